"""The smallest backend comes up, at the price in the README; a stack can stand in another's network. S1, S2."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.xdist_group("minimal")


@pytest.fixture(scope="module")
def up(minimal: Any) -> Any:
    minimal.headroom("up", "dev", "--offline")
    return minimal


def test_it_has_one_service_and_one_small_database_and_nothing_of_the_edge(
    up: Any, inventory: Callable[..., dict[str, set[str]]]
) -> None:
    found = inventory(up.aws("dev"))
    assert {kind: len(found[kind]) for kind in ("services", "database instances", "load balancers")} == {
        "services": 1,
        "database instances": 1,
        "load balancers": 1,
    }
    absent = ("caches", "queues", "distributions", "web ACLs", "database proxies")
    assert [kind for kind in absent if found.get(kind)] == []


def test_its_price_stands_in_the_readme(up: Any) -> None:
    printed = up.headroom("cost", "dev", "--offline")
    [monthly] = re.findall(r"([\d.]+)  US dollars a month", printed)
    assert "No price known" not in printed
    assert f"${float(monthly):.0f} a month" in (ROOT / "README.md").read_text()


def test_a_stack_can_stand_in_a_network_that_stood_before(up: Any) -> None:
    outputs = json.loads(up.headroom("outputs", "dev", "--offline", "--json"))
    subnets = up.aws("dev").client("ec2").describe_subnets(Filters=[{"Name": "vpc-id", "Values": [outputs["vpc_id"]]}])
    tiers: dict[str, dict[str, str]] = {"public": {}, "private": {}, "isolated": {}}
    for subnet in subnets["Subnets"]:
        name = next(tag["Value"] for tag in subnet["Tags"] if tag["Key"] == "Name")
        tiers[name.split("-")[1]][subnet["AvailabilityZone"]] = subnet["SubnetId"]
    (up.root / "Pulumi.second.yaml").write_text((up.root / "Pulumi.dev.yaml").read_text())

    def move_in(config: dict[str, Any]) -> None:
        config["headroom:network"]["existing"] = {
            "vpc_id": outputs["vpc_id"],
            **{f"{tier}_subnets": [found[zone] for zone in sorted(found)] for tier, found in tiers.items()},
        }

    up.change("second", move_in)
    up.pulumi("stack", "init", "second")
    up.pulumi("up", "--yes", "--skip-preview", "--stack", "second")
    kinds = {resource["type"] for resource in up.state("second")}
    assert not kinds & {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:ec2/natGateway:NatGateway"}
    balancers = up.aws("dev").client("elbv2").describe_load_balancers()["LoadBalancers"]
    assert [balancer["VpcId"] for balancer in balancers] == [outputs["vpc_id"]] * 2


def test_a_version_that_crashes_is_rolled_back_and_up_fails_with_its_reasons(up: Any) -> None:
    def deploy(image: str, **chosen: Any) -> None:
        up.change("dev", lambda c: c["headroom:services"]["api"].update(image=f"example/api:{image}", deploy=chosen))

    deploy("1.0.0", strategy="canary", rollback_on_alarms=True)
    assert "api has one target group so far" in up.headroom("up", "dev", "--offline", ok=False)
    deploy("1.0.0", strategy="rolling", second_target_group=True)
    up.headroom("up", "dev", "--offline")
    service = next(r for r in up.state("dev") if r["type"] == "aws:ecs/service:Service")
    deploy("1.1.0", strategy="canary", rollback_on_alarms=True)
    up.headroom("up", "dev", "--offline")
    assert next(r for r in up.state("dev") if r["type"] == "aws:ecs/service:Service")["id"] == service["id"]
    deploy("1.2.0-offline-crashes", strategy="canary", rollback_on_alarms=True)
    said = up.headroom("up", "dev", "--offline", ok=False)
    assert "api: ECS rolled revision" in said and "the circuit breaker threshold was exceeded" in said
    assert "Essential container in task exited" in said and "container api: exit code 1" in said
    assert "api wrote: The emulated AWS runs no image: example/api:1.2.0-offline-crashes ends with 1." in said
