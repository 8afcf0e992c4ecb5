"""Cases of what stands between services and a database: RDS Proxy, and PgBouncer's names and counts."""

from __future__ import annotations

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World


def sign_in(world: World, description: str = "one") -> Properties:
    return {
        "authScheme": "SECRETS",
        "clientPasswordAuthType": "POSTGRES_SCRAM_SHA_256",
        "iamAuth": "DISABLED",
        "description": description,
        "secretArn": world.secret["arn"],
    }


def proxy(world: World) -> Properties:
    return {
        "name": "life-proxy",
        "engineFamily": "POSTGRESQL",
        "auths": [sign_in(world)],
        "roleArn": world.role["arn"],
        "vpcSubnetIds": [world.subnet_a.id, world.subnet_b.id],
        "vpcSecurityGroupIds": [world.group.id],
        "requireTls": True,
        "idleClientTimeout": 600,
        "debugLogging": False,
    }


def own_proxy(world: World) -> str:
    """A proxy that the cases of its parts share."""
    if "proxy" not in world.made:
        world.add("proxy", "aws:rds/proxy:Proxy", {**proxy(world), "name": "world-proxy"})
    return str(world.proxy.id)


def namespace(world: World) -> str:
    if "namespace" not in world.made:
        inputs = {"name": "world.internal", "vpc": world.vpc.id}
        world.add("namespace", "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace", inputs)
    return str(world.namespace.id)


CASES = [
    Case(
        "aws:rds/proxy:Proxy",
        proxy,
        lambda w: {
            "name": "life-renamed",
            "auths": [sign_in(w, "two")],
            "idleClientTimeout": 1200,
            "requireTls": False,
            "vpcSecurityGroupIds": [w.other_group.id],
            "tags": {"Name": "changed"},
        },
    ),
    Case(
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup",
        lambda w: {
            "dbProxyName": own_proxy(w),
            "connectionPoolConfig": {
                "connectionBorrowTimeout": 30,
                "maxConnectionsPercent": 80,
                "maxIdleConnectionsPercent": 40,
            },
        },
        lambda w: {
            "connectionPoolConfig": {
                "connectionBorrowTimeout": 60,
                "maxConnectionsPercent": 70,
                "maxIdleConnectionsPercent": 10,
            }
        },
    ),
    Case(
        "aws:rds/proxyTarget:ProxyTarget",
        lambda w: {
            "dbProxyName": own_proxy(w),
            "targetGroupName": "default",
            "dbInstanceIdentifier": w.database["identifier"],
        },
    ),
    Case(
        "aws:rds/proxyEndpoint:ProxyEndpoint",
        lambda w: {
            "dbProxyName": own_proxy(w),
            "dbProxyEndpointName": "life-read",
            "vpcSubnetIds": [w.subnet_a.id, w.subnet_b.id],
            "vpcSecurityGroupIds": [w.group.id],
            "targetRole": "READ_ONLY",
        },
        lambda w: {"vpcSecurityGroupIds": [w.other_group.id], "tags": {"Name": "changed"}},
    ),
    Case(
        "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace",
        lambda w: {"name": "life.internal", "vpc": w.vpc.id, "description": "one"},
        lambda w: {"tags": {"Name": "changed"}},
    ),
    Case(
        "aws:servicediscovery/httpNamespace:HttpNamespace",
        lambda w: {"name": "life-calls", "description": "one"},
        lambda w: {"tags": {"Name": "changed"}},
    ),
    Case(
        "aws:servicediscovery/service:Service",
        lambda w: {
            "name": "pgbouncer",
            "dnsConfig": {
                "namespaceId": namespace(w),
                "routingPolicy": "MULTIVALUE",
                "dnsRecords": [{"type": "A", "ttl": 10}],
            },
        },
        lambda w: {
            "description": "changed",
            "dnsConfig": {
                "namespaceId": namespace(w),
                "routingPolicy": "MULTIVALUE",
                "dnsRecords": [{"type": "A", "ttl": 60}],
            },
        },
    ),
    Case(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        lambda w: {
            "name": "life",
            "logGroupName": w.logs.id,
            "pattern": '"query_wait_timeout"',
            "metricTransformation": {"name": "Waited", "namespace": "Headroom/PgBouncer", "value": "1"},
        },
        lambda w: {"pattern": '"closing because"'},
    ),
]
