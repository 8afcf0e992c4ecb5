"""Services and a cluster on EKS, as their tests and those of a real API server use them."""

from collections.abc import Callable, Mapping
from typing import Any

import pulumi
import pulumi_kubernetes

from components.access import Scope
from components.databases.links import DatabaseUserLink, Door
from components.eks.cluster import EksCluster, EksClusterArgs
from components.eks.link import EksLink
from components.eks.service import EksService
from components.eks.service_args import EksServiceArgs
from components.kubernetes.jobs import Work
from components.links import CacheLink, KeyLink, LoadBalancerLink, RouteLink
from components.services.telemetry import HeaderLink, TracesArgs

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="services-key", alias="alias/headroom-dev-services")
SECRETS = "arn:aws:secretsmanager:eu-central-1:111111111111:secret"
DATABASE = DatabaseUserLink(
    secret_arn=f"{SECRETS}:headroom/dev/login/api-AbCdEf",
    secret_name="headroom/dev/login/api",
    key=KEY,
    variables={"DATABASE_URL": "url", "DATABASE_READ_URL": "read_url"},
    migration_variables={"DATABASE_URL": "direct_url"},
    doors=[Door(name="main", security_group_id="sg-database", port=5432)],
    label="headroom-dev-main",
)
CACHE = CacheLink(
    name="main",
    secret_arn=f"{SECRETS}:headroom/dev/cache/main-AbCdEf",
    secret_name="headroom/dev/cache/main",
    key=KeyLink(arn="data-key", alias="alias/headroom-dev-data"),
    security_group_id="sg-cache",
    port=6379,
    has_replicas=True,
)
ROUTE = RouteLink(
    target_group_arn="arn:aws:elasticloadbalancing:eu-central-1:111111111111:targetgroup/api/2",
    target_group_arn_suffix="targetgroup/api/2",
    load_balancer=LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb"),
)
WORKER: dict[str, Any] = {
    "scope": SCOPE,
    "key": KEY,
    "image": "ghcr.io/example/worker:1.0.0",
    "port": None,
    "log_retention_days": 30,
    "secret_recovery_days": 7,
}
TRACES = TracesArgs(
    to="otlp",
    region="eu-central-1",
    environment="dev",
    endpoint="https://otlp.example.com",
    header=HeaderLink(
        name="x-api-key",
        secret_arn=f"{SECRETS}:headroom/dev/telemetry/header-AbCdEf",
        secret_name="headroom/dev/telemetry/header",
        key=KEY,
    ),
)
API: dict[str, Any] = WORKER | {
    "image": "ghcr.io/example/api:1.0.0",
    "port": 5000,
    "route": ROUTE,
    "caller_cidrs": ["10.10.0.0/24", "10.10.1.0/24"],
    "callers": ["web"],
    "calls": {"users": 8080},
    "traces": TRACES,
    "databases": [DATABASE],
    "cache": CACHE,
    "store_cidrs": ["10.10.32.0/24"],
    "secrets": {"SESSION_KEY": "generated"},
    "environment": {"LOG_LEVEL": "info"},
    "schedules": {"cleanup": Work(schedule="0 2 * * *", command=["/app/cleanup"])},
    "migration": ["/app/migrate"],
}


def started(run: Run, given: Mapping[str, Any] | None = None, preview: bool = False, **changed: Any) -> Any:
    def program() -> None:
        provider = pulumi_kubernetes.Provider("cluster", kubeconfig="{}")
        link = EksLink(name="headroom-dev", provider=provider, security_group_id=pulumi.Output.from_input("sg-nodes"))
        EksService("api", EksServiceArgs(cluster=link, **{**(given or API), **changed}))

    return run(program, preview=preview)


def objects(stack: Any) -> list[dict[str, Any]]:
    return [r for r in stack.resources if r["type"].startswith("kubernetes:")]


CLUSTER: dict[str, Any] = {
    "scope": SCOPE,
    "key": KEY,
    "subnet_ids": ["subnet-a", "subnet-b"],
    "log_retention_days": 30,
    "admins": {"deploy": "arn:aws:iam::111111111111:role/deploy"},
}
MADE = {
    "aws:eks/cluster:Cluster": {
        "endpoint": "https://ABC.gr7.eu-central-1.eks.amazonaws.com",
        "certificateAuthority": {"data": "Q0E="},
        "vpcConfig": {"clusterSecurityGroupId": "sg-nodes", "subnetIds": ["subnet-a", "subnet-b"]},
    }
}


def cluster(run: Run, preview: bool = False, **changed: Any) -> Any:
    def program() -> Any:
        return EksCluster("main", EksClusterArgs(**{**CLUSTER, **changed}))

    return run(program, preview=preview, outputs={} if preview else MADE)
