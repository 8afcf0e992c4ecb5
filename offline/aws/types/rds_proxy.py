"""RDS Proxy: proxies, their target group, their targets and endpoints of their own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="add_tags_to_resource", params={"ResourceName": "$arn", "Tags": "$tags_added"}),
    remove=Call(operation="remove_tags_from_resource", params={"ResourceName": "$arn", "TagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"ResourceName": "$arn"}, path="TagList"),
)
_PROXY = {"name": "DBProxyName", "auths": "Auth"}


def _auths(scope: Scope) -> Any:
    """In the order they were given; AWS adds an empty user name of its own."""
    found = {
        entry.get("SecretArn"): {
            "authScheme": entry.get("AuthScheme"),
            "clientPasswordAuthType": entry.get("ClientPasswordAuthType"),
            "description": entry.get("Description") or None,
            "iamAuth": entry.get("IAMAuth"),
            "secretArn": entry.get("SecretArn"),
            "username": entry.get("UserName") or None,
        }
        for entry in scope["item"].get("Auth") or []
    }
    given = scope.get("auths") or []
    order = [entry.get("secretArn") for entry in given if entry.get("secretArn") in found]
    order += [arn for arn in found if arn not in order]
    known = {entry.get("secretArn"): entry for entry in given}
    return [
        {key: value for key, value in found[arn].items() if value is not None and key in known.get(arn, found[arn])}
        for arn in order
    ] or paths.MISSING


PROXY = ResourceType(
    token="aws:rds/proxy:Proxy",
    service="rds",
    create=(Call(operation="create_db_proxy", names=_PROXY, extended=True),),
    id="{name}",
    find=(Find(operation="describe_db_proxies", params={"DBProxyName": "$name|id"}, path="DBProxies[0]"),),
    update=(
        Call(
            operation="modify_db_proxy",
            params={"DBProxyName": "$before.name"},
            names={"name": "NewDBProxyName", "auths": "Auth", "vpcSecurityGroupIds": "SecurityGroups"},
            only=(
                "name",
                "auths",
                "requireTls",
                "idleClientTimeout",
                "debugLogging",
                "roleArn",
                "vpcSecurityGroupIds",
                "defaultAuthScheme",
            ),
            full=False,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_db_proxy", params={"DBProxyName": "$name"}, extended=True),),
    replace=("engineFamily", "vpcSubnetIds", "endpointNetworkType", "targetConnectionNetworkType"),
    autoname=Autoname(longest=60, lower=True, prefix_property=""),
    reads={"name": "DBProxyName", "auths": _auths},
    lost=("endpointNetworkType", "targetConnectionNetworkType"),
    unordered=("auths", "vpcSubnetIds", "vpcSecurityGroupIds"),
    outputs={"arn": "DBProxyArn", "endpoint": "Endpoint", "name": "DBProxyName"},
    members={"UserAuthConfig.username": "UserName"},
    tagging=TAGGING,
)

_POOL = Call(
    operation="modify_db_proxy_target_group",
    params={"DBProxyName": "$dbProxyName", "TargetGroupName": "default"},
    names={"dbProxyName": ""},
    extended=True,
)


def _pool(scope: Scope) -> Any:
    """AWS has a value for each setting of the pool; of those that were not given it reports its own."""
    config: Mapping[str, Any] = scope["item"].get("ConnectionPoolConfig") or {}
    found = {
        "connectionBorrowTimeout": config.get("ConnectionBorrowTimeout"),
        "initQuery": config.get("InitQuery"),
        "maxConnectionsPercent": config.get("MaxConnectionsPercent"),
        "maxIdleConnectionsPercent": config.get("MaxIdleConnectionsPercent"),
        "sessionPinningFilters": config.get("SessionPinningFilters") or None,
    }
    given = scope.get("connectionPoolConfig")
    names = set(given) if isinstance(given, Mapping) else set(found)
    return {name: value for name, value in found.items() if value is not None and name in names} or paths.MISSING


DEFAULT_TARGET_GROUP = ResourceType(
    token="aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
    service="rds",
    create=(_POOL,),
    id="{dbProxyName}",
    find=(
        Find(
            operation="describe_db_proxy_target_groups",
            params={"DBProxyName": "$id", "TargetGroupName": "default"},
            path="TargetGroups[0]",
            extended=True,
        ),
    ),
    update=(_POOL,),
    replace=("dbProxyName",),
    reads={"dbProxyName": "DBProxyName", "connectionPoolConfig": _pool},
    outputs={"arn": "TargetGroupArn", "name": "TargetGroupName"},
    note="the proxy makes and deletes it; deleting this resource deletes nothing, as with the real provider",
)


def _target(found: list[Any], scope: Scope) -> Any:
    wanted = str(scope["id"]).rpartition("/")[2]
    return next((target for target in found if target.get("RdsResourceId") == wanted), None)


def _target_id(scope: Scope) -> str:
    kind = "TRACKED_CLUSTER" if scope.get("dbClusterIdentifier") else "RDS_INSTANCE"
    resource = scope.get("dbClusterIdentifier") or scope.get("dbInstanceIdentifier")
    return f"{scope['dbProxyName']}/{scope['targetGroupName']}/{kind}/{resource}"


def _part(place: int) -> Any:
    return lambda scope: str(scope["id"]).split("/")[place]


def _resource_of(kind: str) -> Any:
    def read(scope: Scope) -> Any:
        parts = str(scope["id"]).split("/")
        return parts[3] if parts[2] == kind else paths.MISSING

    return read


def _registered(scope: Scope) -> list[Mapping[str, Any]]:
    cluster, instance = scope.get("dbClusterIdentifier"), scope.get("dbInstanceIdentifier")
    return [{"DBClusterIdentifiers": [cluster]} if cluster else {"DBInstanceIdentifiers": [instance]}]


TARGET = ResourceType(
    token="aws:rds/proxyTarget:ProxyTarget",
    service="rds",
    create=(
        Call(
            operation="register_db_proxy_targets",
            names={"dbClusterIdentifier": "", "dbInstanceIdentifier": ""},
            each=_registered,
            extended=True,
        ),
    ),
    id=_target_id,
    find=(
        Find(
            operation="describe_db_proxy_targets",
            params={"DBProxyName": "$dbProxyName", "TargetGroupName": "$targetGroupName"},
            path="Targets",
            pick=_target,
            extended=True,
        ),
    ),
    delete=(
        Call(
            operation="deregister_db_proxy_targets",
            params={"DBProxyName": "$dbProxyName", "TargetGroupName": "$targetGroupName"},
            each=_registered,
            ignore=("DBProxyNotFoundFault", "DBProxyTargetNotFoundFault"),
            extended=True,
        ),
    ),
    replace=("dbProxyName", "targetGroupName", "dbClusterIdentifier", "dbInstanceIdentifier"),
    one_of=(("dbClusterIdentifier", "dbInstanceIdentifier"),),
    reads={
        "dbProxyName": _part(0),
        "targetGroupName": _part(1),
        "dbClusterIdentifier": _resource_of("TRACKED_CLUSTER"),
        "dbInstanceIdentifier": _resource_of("RDS_INSTANCE"),
    },
    outputs={
        "endpoint": "Endpoint",
        "port": "Port",
        "rdsResourceId": "RdsResourceId",
        "targetArn": "TargetArn",
        "trackedClusterId": "TrackedClusterId",
        "type": "Type",
    },
)

ENDPOINT = ResourceType(
    token="aws:rds/proxyEndpoint:ProxyEndpoint",
    service="rds",
    create=(Call(operation="create_db_proxy_endpoint", extended=True),),
    id="{dbProxyName}/{dbProxyEndpointName}",
    find=(
        Find(
            operation="describe_db_proxy_endpoints",
            params={"DBProxyName": "$dbProxyName", "DBProxyEndpointName": "$dbProxyEndpointName"},
            path="DBProxyEndpoints[0]",
            extended=True,
        ),
    ),
    update=(
        Call(
            operation="modify_db_proxy_endpoint",
            params={"DBProxyEndpointName": "$dbProxyEndpointName"},
            only=("vpcSecurityGroupIds",),
            extended=True,
        ),
    ),
    delete=(
        Call(
            operation="delete_db_proxy_endpoint",
            params={"DBProxyEndpointName": "$dbProxyEndpointName"},
            extended=True,
        ),
    ),
    replace=("dbProxyEndpointName", "dbProxyName", "targetRole", "vpcSubnetIds"),
    unordered=("vpcSubnetIds", "vpcSecurityGroupIds"),
    outputs={"arn": "DBProxyEndpointArn", "endpoint": "Endpoint", "isDefault": "IsDefault", "vpcId": "VpcId"},
    tagging=TAGGING,
)

TYPES = (PROXY, DEFAULT_TARGET_GROUP, TARGET, ENDPOINT)
