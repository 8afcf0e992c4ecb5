"""The picture shows what stands, drawn from the state alone."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from typing import Any

import pytest

from operations.picture import compose, render, resources

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"


def resource(kind: str, name: str, **outputs: Any) -> dict[str, Any]:
    return {"type": kind, "urn": f"urn:pulumi:prod::headroom::{kind}::{name}", "outputs": outputs}


def subnet(tier: str, zone: str, cidr: str) -> dict[str, Any]:
    name = f"network-{tier}-{zone[-1]}"
    return resource("aws:ec2/subnet:Subnet", name, availabilityZone=zone, cidrBlock=cidr)


@pytest.fixture
def state() -> list[dict[str, Any]]:
    """Two zones, a service behind the load balancer and one without a route, a writer and a replica."""
    subnets = [
        subnet(tier, zone, f"10.{i}.{j}.0/24")
        for i, tier in enumerate(("public", "private", "isolated"))
        for j, zone in enumerate(("eu-central-1a", "eu-central-1b"))
    ]
    sizes = {"cpu": "512", "memory": "1024"}
    limits = {"minCapacity": 2, "maxCapacity": 10, "resourceId": "service/c/any"}
    services = [
        made
        for name, balancers in (("api", [{"containerPort": 5000}]), ("worker", []))
        for made in (
            resource("aws:ecs/service:Service", name, loadBalancers=balancers),
            resource("aws:ecs/taskDefinition:TaskDefinition", name, **sizes),
            resource("aws:appautoscaling/target:Target", name, **limits),
        )
    ]
    instance = {"instanceClass": "db.m7g.large", "engine": "postgres"}
    return [
        *subnets,
        *services,
        resource("aws:ec2/natGateway:NatGateway", "network-nat-a"),
        resource("aws:lb/listener:Listener", "alb-http", port=80),
        resource("aws:rds/instance:Instance", "main", availabilityZone="eu-central-1a", multiAz=True, **instance),
        resource(
            "aws:rds/instance:Instance",
            "main-1",
            availabilityZone="eu-central-1b",
            replicateSourceDb="main",
            **instance,
        ),
        resource("aws:kms/key:Key", "data"),
    ]


def drawn(state: list[dict[str, Any]]) -> list[str]:
    svg = render(compose("prod", resources({"deployment": {"resources": state}})))
    return [text for element in ElementTree.fromstring(svg).iter() if (text := (element.text or "").strip())]


def test_every_service_is_drawn_with_its_tasks_and_their_size(state: list[dict[str, Any]]) -> None:
    texts = drawn(state)
    assert "api: 2 to 10 tasks, 0.5 vCPU, 1 GiB each" in texts
    assert "worker: 2 to 10 tasks, 0.5 vCPU, 1 GiB each, no route leads to it" in texts


def test_the_writer_and_its_replica_stand_in_their_zones(state: list[dict[str, Any]]) -> None:
    instances = compose("prod", resources({"deployment": {"resources": state}})).instances
    assert {zone: [i.role for i in boxes] for zone, boxes in instances.items()} == {
        "eu-central-1a": ["PostgreSQL writer with a standby"],
        "eu-central-1b": ["PostgreSQL replica"],
    }


def test_a_load_balancer_without_a_certificate_speaks_plain_http(state: list[dict[str, Any]]) -> None:
    assert "load balancer: HTTP on 80" in drawn(state)


def test_a_zone_without_a_nat_gateway_shows_none(state: list[dict[str, Any]]) -> None:
    assert drawn(state).count("NAT gateway") == 1


def test_only_what_stands_is_counted_beside_the_zones(state: list[dict[str, Any]]) -> None:
    texts = drawn(state)
    assert "1 KMS keys, rotated" in texts
    assert not any("alarms" in text for text in texts)


def test_what_stands_before_the_vpc_and_what_spans_its_zones_is_drawn(state: list[dict[str, Any]]) -> None:
    texts = drawn(
        [
            *state,
            resource("aws:cloudfront/distribution:Distribution", "cdn", aliases=["example.com"], webAclId="arn"),
            resource("aws:lb/loadBalancer:LoadBalancer", "alb", internal=True),
            resource(GROUP, "main", engine="valkey", numCacheClusters=3, nodeType="cache.r7g.large"),
            resource("aws:rds/cluster:Cluster", "orders", engine="aurora-postgresql", clusterIdentifier="orders"),
            resource(MEMBER, "orders-1", clusterIdentifier="orders", instanceClass="db.r7g.large"),
            resource("aws:rds/proxy:Proxy", "main"),
        ]
    )
    assert {
        "CloudFront, behind WAF: example.com",
        "Valkey main: 3 x cache.r7g.large",
        "Aurora PostgreSQL orders: 1 x db.r7g.large",
        "RDS Proxy before main",
    } <= set(texts)
