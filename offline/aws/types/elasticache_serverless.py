"""ElastiCache: serverless caches."""

from __future__ import annotations

from typing import Any

from offline.aws import paths, shapes
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope
from offline.aws.types.elasticache_groups import TAGGING


def _limits(scope: Scope) -> Any:
    """The provider has a list where AWS has one rate."""
    found = scope["item"].get("CacheUsageLimits")
    if not found:
        return paths.MISSING
    parts = {
        "dataStorage": shapes.decode(found.get("DataStorage")),
        "ecpuPerSeconds": [shapes.decode(found["ECPUPerSecond"])] if found.get("ECPUPerSecond") else None,
    }
    return {name: part for name, part in parts.items() if part}


def _endpoint(member: str) -> Any:
    def read(scope: Scope) -> Any:
        found = scope["item"].get(member)
        return [{"address": found["Address"], "port": found["Port"]}] if found else []

    return read


def _cannot_become(old: Scope, new: Scope) -> tuple[str, ...]:
    """Redis and Valkey become each other in place, and a version goes up under Valkey; the rest makes a new cache.

    Source: github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/elasticache/serverless_cache.go
    (RequiresReplaceIf of engine and major_engine_version; pull request 45087 brought the second).
    """
    replacing = []
    engines = {str(scope.get("engine")) for scope in (old, new)}
    if len(engines) > 1 and engines != {"redis", "valkey"}:
        replacing.append("engine")
    before, after = (_number(scope.get("majorEngineVersion")) for scope in (old, new))
    if before and after and before != after and not (before < after and new.get("engine") == "valkey"):
        replacing.append("majorEngineVersion")
    return tuple(replacing)


def _number(version: object) -> float:
    """Memcached's are like 1.6; 0 where there is none yet."""
    text = str(version or "")
    return float(text) if text.replace(".", "", 1).isdecimal() else 0


def _without_users(scope: Scope) -> bool:
    return not scope.get("userGroupId")


SERVERLESS_CACHE = ResourceType(
    token="aws:elasticache/serverlessCache:ServerlessCache",
    service="elasticache",
    create=(Call(operation="create_serverless_cache", names={"name": "ServerlessCacheName"}, extended=True),),
    id="{name}",
    find=(
        Find(
            operation="describe_serverless_caches",
            params={"ServerlessCacheName": "$id"},
            path="ServerlessCaches[0]",
            extended=True,
        ),
    ),
    update=(
        Call(
            operation="modify_serverless_cache",
            params={"ServerlessCacheName": "$id"},
            only=(
                "description",
                "cacheUsageLimits",
                "userGroupId",
                "securityGroupIds",
                "snapshotRetentionLimit",
                "dailySnapshotTime",
                "engine",
                "majorEngineVersion",
            ),
            full=False,
            extended=True,
        ),
        Call(
            operation="modify_serverless_cache",
            params={"ServerlessCacheName": "$id", "RemoveUserGroup": True},
            names={"userGroupId": ""},
            only=("userGroupId",),
            when=_without_users,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_serverless_cache", params={"ServerlessCacheName": "$id"}, extended=True),),
    replace=("kmsKeyId", "name", "networkType", "snapshotArnsToRestores", "subnetIds"),
    replace_if=_cannot_become,
    autoname=Autoname(longest=40, lower=True, prefix_property=""),
    local=("timeouts",),
    lost=("snapshotArnsToRestores", "networkType"),
    reads={"name": "ServerlessCacheName", "cacheUsageLimits": _limits},
    unordered=("securityGroupIds", "subnetIds"),
    outputs={
        "arn": "ARN",
        "endpoints": _endpoint("Endpoint"),
        "readerEndpoints": _endpoint("ReaderEndpoint"),
        "fullEngineVersion": "FullEngineVersion",
        "status": "Status",
    },
    predicted={"arn": "arn:{partition}:elasticache:{region}:{account}:serverlesscache:{name}"},
    tagging=TAGGING,
)

TYPES = (SERVERLESS_CACHE,)
