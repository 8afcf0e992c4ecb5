"""Serverless caches, which moto lacks."""

from __future__ import annotations

import datetime
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from offline.aws.extensions.elasticache_groups import answer, arn_of, fault, refuse_second
from offline.aws.regions import short

NEWEST: Mapping[tuple[str, str], str] = {("redis", "7"): "7.1", ("valkey", "7"): "7.2", ("valkey", "8"): "8.1"}
"""What AWS runs for a major version."""
CHANGES: Mapping[str, str] = {
    "Description": "description",
    "CacheUsageLimits": "cache_usage_limits",
    "UserGroupId": "user_group_id",
    "SecurityGroupIds": "security_group_ids",
    "SnapshotRetentionLimit": "snapshot_retention_limit",
    "DailySnapshotTime": "daily_snapshot_time",
    "Engine": "engine",
    "MajorEngineVersion": "major_engine_version",
}
"""Members of ModifyServerlessCache to attributes."""
PORT, READER_PORT = 6379, 6380


@dataclass
class ServerlessCache:
    """A serverless cache as DescribeServerlessCaches shows it."""

    serverless_cache_name: str
    arn: str
    engine: str
    major_engine_version: str
    description: str | None
    cache_usage_limits: dict[str, Any] | None
    kms_key_id: str | None
    security_group_ids: list[str]
    subnet_ids: list[str]
    user_group_id: str | None
    snapshot_retention_limit: int
    daily_snapshot_time: str | None
    endpoint: dict[str, Any]
    reader_endpoint: dict[str, Any]
    create_time: datetime.datetime
    status: str = "available"
    storage_encryption_type: str = "sse-kms"

    @property
    def full_engine_version(self) -> str:
        """`8.1` of 8."""
        return NEWEST.get((self.engine, self.major_engine_version), f"{self.major_engine_version}.0")


def install() -> None:
    """Adds the operations to moto's; the caches are kept where the groups are."""
    from moto.elasticache.responses import ElastiCacheResponse

    for operation in (
        create_serverless_cache,
        describe_serverless_caches,
        modify_serverless_cache,
        delete_serverless_cache,
    ):
        setattr(ElastiCacheResponse, operation.__name__, operation)


def _found(response: Any) -> ServerlessCache:
    name = response._get_params()["ServerlessCacheName"].lower()
    found: ServerlessCache | None = response.elasticache_backend.serverless_caches.get(name)
    if found is None:
        raise fault("ServerlessCacheNotFoundFault", f"ServerlessCache {name} not found")
    return found


def create_serverless_cache(response: Any) -> Any:
    """CreateServerlessCache; its name becomes part of its address, and both ports lead to the same."""
    params, backend = response._get_params(), response.elasticache_backend
    name = params["ServerlessCacheName"].lower()
    refuse_second(backend.serverless_caches, name, "ServerlessCache")
    engine = params["Engine"].lower()
    mark = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(6))
    address = f"{name}-{mark}.serverless.{short(backend.region_name)}.cache.amazonaws.com"
    made = ServerlessCache(
        serverless_cache_name=name,
        arn=arn_of(backend, "serverlesscache", name),
        engine=engine,
        major_engine_version=params.get("MajorEngineVersion", "7" if engine == "redis" else "8"),
        description=params.get("Description"),
        cache_usage_limits=params.get("CacheUsageLimits"),
        kms_key_id=params.get("KmsKeyId"),
        security_group_ids=list(params.get("SecurityGroupIds") or []),
        subnet_ids=list(params.get("SubnetIds") or []),
        user_group_id=params.get("UserGroupId"),
        snapshot_retention_limit=params.get("SnapshotRetentionLimit", 0),
        daily_snapshot_time=params.get("DailySnapshotTime"),
        endpoint={"Address": address, "Port": PORT},
        reader_endpoint={"Address": address, "Port": READER_PORT},
        create_time=datetime.datetime.now(datetime.UTC),
    )
    backend.serverless_caches[name] = made
    backend.tagging_service.tag_resource(made.arn, params.get("Tags") or [])
    return answer({"ServerlessCache": made})


def describe_serverless_caches(response: Any) -> Any:
    """DescribeServerlessCaches."""
    if response._get_params().get("ServerlessCacheName"):
        return answer({"ServerlessCaches": [_found(response)]})
    return answer({"ServerlessCaches": list(response.elasticache_backend.serverless_caches.values())})


def modify_serverless_cache(response: Any) -> Any:
    """ModifyServerlessCache."""
    cache, params = _found(response), response._get_params()
    for member, attribute in CHANGES.items():
        if member in params:
            setattr(cache, attribute, params[member])
    if params.get("RemoveUserGroup"):
        cache.user_group_id = None
    return answer({"ServerlessCache": cache})


def delete_serverless_cache(response: Any) -> Any:
    """DeleteServerlessCache."""
    cache, backend = _found(response), response.elasticache_backend
    backend.tagging_service.delete_all_tags_for_resource(cache.arn)
    return answer({"ServerlessCache": backend.serverless_caches.pop(cache.serverless_cache_name)})
