"""The pools of an environment's databases, made from its settings. D3."""

import dataclasses
from typing import Any

import pulumi
import pytest

from components.access import Scope
from components.links import ClusterLink, DatabaseLink, KeyLink, NetworkLink, PooledUser, TopicsLink
from infra.environment import Environment
from infra.pools import budget_of, make_pools
from infra.settings import Settings, load
from infra.settings.problems import to_config
from tests.components.rotation_examples import pooled_user

KEY = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-dev-data")
CLUSTER = ClusterLink(arn="arn:aws:ecs:eu-central-1:111111111111:cluster/c", name="c")
RIGHT: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "headroom:account": "111111111111",
    "headroom:owner": "backend",
    "headroom:network": {"cidr": "10.10.0.0/16", "zones": ["a", "b"], "nat": "single"},
    "headroom:databases": {"main": {"version": "17", "class": "db.t4g.medium", "pooling": "proxy"}},
    "headroom:services": {
        "api": {"image": "ghcr.io/example/api:1.0.0", "database": "main", "max_count": 4, "workers": 2},
        "worker": {"image": "ghcr.io/example/worker:1.0.0", "database": "main", "max_count": 2},
    },
}


@dataclasses.dataclass
class Standing:
    """What the pools need of a database."""

    address: str
    link: DatabaseLink


def settings(**main: Any) -> Settings:
    content = RIGHT | {"headroom:databases": {"main": RIGHT["headroom:databases"]["main"] | main}}
    return load(*to_config(content), "Pulumi.dev.yaml")


def user(service: str) -> PooledUser:
    return pooled_user(service, KEY)


@pytest.fixture
def made(run: Any) -> Any:
    def make(**main: Any) -> Any:
        chosen = settings(**main)
        link = DatabaseLink(
            secret_arn="s",
            secret_name="headroom/dev/database/main",
            key=KEY,
            security_group_id="sg-database",
            port=5432,
            instances=["headroom-dev-main"],
        )

        def program() -> Any:
            env = Environment(
                logs=None,
                settings=chosen,
                scope=Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
                opts=pulumi.ResourceOptions(),
                keys={"data": KEY, "services": KEY, "operations": KEY},
                topics=TopicsLink(warn_arn="arn:warn", page_arn="arn:page"),
                network=NetworkLink(
                    vpc_id="vpc-1",
                    public_subnet_ids=["subnet-p"],
                    private_subnet_ids=["subnet-a", "subnet-b"],
                    isolated_subnet_ids=["subnet-c", "subnet-d"],
                ),
            )
            users = {"main": [user("api"), user("worker")]}
            standing: Any = Standing("writer.example.com", link)
            return make_pools(env, CLUSTER, {"main": standing}, users)

        return run(program)

    return make


def test_a_database_without_a_pool_gets_none(made: Any) -> None:
    stack = made(pooling="none", **{"class": "db.t4g.large"})
    assert (stack.result, stack.resources) == ({}, [])


def test_a_proxy_stands_in_the_databases_subnets_and_is_watched_by_the_budget(made: Any) -> None:
    stack = made(pool={"max_connections_percent": 70, "idle_seconds": 300})
    proxy = stack.one("aws:rds/proxy:Proxy")["inputs"]
    assert (proxy["vpcSubnetIds"], proxy["idleClientTimeout"]) == (["subnet-c", "subnet-d"], 300)
    assert stack.one("ProxyDefaultTargetGroup")["inputs"]["connectionPoolConfig"]["maxConnectionsPercent"] == 70
    assert stack.one("ProxyTarget")["inputs"]["dbInstanceIdentifier"] == "headroom-dev-main"
    # 4 x 2 in a deploy x 2 workers x (5 + 2), and 2 x 2 x (5 + 2): without a replica reads go through the proxy too.
    assert stack.one("MetricAlarm", "main-proxy-clients-high")["inputs"]["threshold"] == 112 + 28
    assert stack.all("PrivateDnsNamespace") == []


def test_pgbouncer_runs_where_tasks_run_and_opens_its_share(made: Any) -> None:
    stack = made(pooling="pgbouncer")
    assert stack.one("PrivateDnsNamespace")["inputs"]["name"] == "headroom-dev.internal"
    service = stack.one("aws:ecs/service:Service")["inputs"]
    assert service["networkConfiguration"]["subnets"] == ["subnet-a", "subnet-b"]
    # 80 % of 422 connections are 337, 168 each task: one for each user, the rest by 112 to 28.
    definition = stack.one("TaskDefinition")["inputs"]["containerDefinitions"]
    assert "pool_size=133" in definition
    assert "pool_size=34" in definition
    assert {"main-pgbouncer-no-tasks", "main-pgbouncer-pgbouncer-waits"} <= set(stack.names("MetricAlarm"))


def test_the_budget_counts_the_services_of_this_database_only() -> None:
    consumers, capacity = budget_of(settings(), "main")
    assert [(consumer.name, consumer.connections) for consumer in consumers] == [("api", 80), ("worker", 20)]
    assert (capacity.most, capacity.pooled) == (422, 337)
