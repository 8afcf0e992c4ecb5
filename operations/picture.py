"""A picture of an environment, drawn from its state: `python -m operations.picture prod FILE`.

The environment is brought up on an emulated AWS of its own for that. The picture shows what stands where: zones as
columns, subnets as rows, and beside them what guards and watches. It is one SVG without script or outside reference,
readable on light and dark pages.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

ROOT = Path(__file__).resolve().parents[1]
TEMPLATES = Path(__file__).parent / "templates"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
ENGINES = {
    "postgres": "PostgreSQL",
    "mysql": "MySQL",
    "aurora-postgresql": "Aurora PostgreSQL",
    "aurora-mysql": "Aurora MySQL",
    "valkey": "Valkey",
    "redis": "Redis OSS",
}
TIERS = ("public", "private", "isolated")


@dataclass(frozen=True)
class Resource:
    """A resource as it stands."""

    type: str
    name: str
    outputs: Mapping[str, Any]


@dataclass(frozen=True)
class Service:
    """A row across the private subnets."""

    name: str
    sizing: str
    """Tasks and size of one, in words."""
    public: bool


@dataclass(frozen=True)
class Instance:
    """A box in a zone's isolated subnet."""

    role: str
    """Engine and part, `PostgreSQL writer`."""
    instance_class: str


@dataclass(frozen=True)
class Picture:
    """What is drawn, free of any position."""

    title: str
    zones: Sequence[str]
    cidrs: Mapping[str, Mapping[str, str]]
    """Tier, then zone, to address range."""
    nat_zones: Sequence[str]
    edge: str
    """What stands before the VPC; empty if nothing does."""
    balancer: str
    """How the load balancer is reached; empty without one."""
    balancer_tier: str
    """Tier that it stands in: public, or private behind the edge."""
    services: Sequence[Service]
    instances: Mapping[str, Sequence[Instance]]
    """Zone to the database instances in it; a standby is no instance of its own."""
    stores: Sequence[str]
    """What spans the isolated subnets: caches, clusters, pools."""
    beside: Sequence[str]
    """What guards and watches, a line each."""


def resources(exported: Mapping[str, Any]) -> list[Resource]:
    """The resources of `pulumi stack export`."""
    states = exported["deployment"].get("resources") or []
    return [Resource(s["type"], s["urn"].rsplit("::", 1)[-1], s.get("outputs") or {}) for s in states]


def compose(environment: str, found: Sequence[Resource]) -> Picture:
    """What to draw of the resources."""
    subnets = _of(found, "aws:ec2/subnet:Subnet")
    zones = sorted({subnet.outputs["availabilityZone"] for subnet in subnets})
    cidrs: dict[str, dict[str, str]] = {tier: {} for tier in TIERS}
    for subnet in subnets:
        tier = next(tier for tier in TIERS if tier in subnet.name)
        cidrs[tier][subnet.outputs["availabilityZone"]] = subnet.outputs["cidrBlock"]
    gateways = _of(found, "aws:ec2/natGateway:NatGateway")
    return Picture(
        title=f"{environment}: what stands where",
        zones=zones,
        cidrs=cidrs,
        nat_zones=[zone for zone in zones if any(gateway.name.endswith(zone[-1]) for gateway in gateways)],
        edge=_edge(found),
        balancer=_balancer(found),
        balancer_tier="private" if any(b.outputs.get("internal") for b in _of(found, BALANCER)) else "public",
        services=_services(found),
        instances=_instances(found, zones),
        stores=_stores(found),
        beside=_beside(found),
    )


def _of(found: Sequence[Resource], kind: str) -> list[Resource]:
    return [resource for resource in found if resource.type == kind]


def _balancer(found: Sequence[Resource]) -> str:
    ports = sorted(int(listener.outputs["port"]) for listener in _of(found, "aws:lb/listener:Listener"))
    words = {443: "HTTPS on 443", 80: "80 redirects" if 443 in ports else "HTTP on 80"}
    return ", ".join(words[port] for port in reversed(ports))


def _edge(found: Sequence[Resource]) -> str:
    """The CDN with its names, and the firewall before it."""
    for distribution in _of(found, "aws:cloudfront/distribution:Distribution"):
        names = ", ".join(distribution.outputs.get("aliases") or ()) or "a name of CloudFront's"
        firewall = ", behind WAF" if distribution.outputs.get("webAclId") else ""
        return f"CloudFront{firewall}: {names}"
    return ""


def _services(found: Sequence[Resource]) -> list[Service]:
    targets = {t.name: t for t in _of(found, "aws:appautoscaling/target:Target")}
    definitions = {d.name: d for d in _of(found, "aws:ecs/taskDefinition:TaskDefinition")}
    drawn = []
    for service in _of(found, "aws:ecs/service:Service"):
        limits, size = targets[service.name].outputs, definitions[service.name].outputs
        tasks = f"{int(limits['minCapacity'])} to {int(limits['maxCapacity'])} tasks"
        each = f"{int(size['cpu']) / 1024:g} vCPU, {int(size['memory']) / 1024:g} GiB each"
        drawn.append(Service(service.name, f"{tasks}, {each}", bool(service.outputs.get("loadBalancers"))))
    return sorted(drawn, key=lambda service: (not service.public, service.name))


def _instances(found: Sequence[Resource], zones: Sequence[str]) -> dict[str, list[Instance]]:
    drawn: dict[str, list[Instance]] = {zone: [] for zone in zones}
    for instance in sorted(_of(found, "aws:rds/instance:Instance"), key=lambda i: i.name):
        writer = "writer with a standby" if instance.outputs.get("multiAz") else "writer"
        part = "replica" if instance.outputs.get("replicateSourceDb") else writer
        role = f"{ENGINES[instance.outputs['engine']]} {part}"
        drawn[instance.outputs["availabilityZone"]].append(Instance(role, instance.outputs["instanceClass"]))
    return drawn


def _stores(found: Sequence[Resource]) -> list[str]:
    """What AWS spreads over the zones by itself, a line each."""
    drawn = []
    for group in _of(found, "aws:elasticache/replicationGroup:ReplicationGroup"):
        nodes, kind = int(group.outputs["numCacheClusters"]), group.outputs["nodeType"]
        drawn.append(f"{ENGINES[group.outputs['engine']]} {group.name}: {nodes} x {kind}")
    for cache in _of(found, "aws:elasticache/serverlessCache:ServerlessCache"):
        drawn.append(f"{ENGINES[cache.outputs['engine']]} {cache.name}: serverless")
    for cluster in _of(found, "aws:rds/cluster:Cluster"):
        members = _of(found, "aws:rds/clusterInstance:ClusterInstance")
        mine = [m for m in members if m.outputs.get("clusterIdentifier") == cluster.outputs.get("clusterIdentifier")]
        kinds = ", ".join(sorted({str(member.outputs["instanceClass"]) for member in mine}))
        drawn.append(f"{ENGINES[cluster.outputs['engine']]} {cluster.name}: {len(mine)} x {kinds}")
    drawn += [f"RDS Proxy before {proxy.name}" for proxy in _of(found, "aws:rds/proxy:Proxy")]
    return drawn


def _beside(found: Sequence[Resource]) -> list[str]:
    """One line a kind, with its number, for what has no place in a subnet."""
    kinds = {
        "queues": "aws:sqs/queue:Queue",
        "schedules": "aws:scheduler/schedule:Schedule",
        "buckets": "aws:s3/bucket:Bucket",
        "KMS keys, rotated": "aws:kms/key:Key",
        "secrets": "aws:secretsmanager/secret:Secret",
        "IAM roles": "aws:iam/role:Role",
        "security groups": "aws:ec2/securityGroup:SecurityGroup",
        "log groups": "aws:cloudwatch/logGroup:LogGroup",
        "alarms": "aws:cloudwatch/metricAlarm:MetricAlarm",
        "incidents that page": "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        "dashboards": "aws:cloudwatch/dashboard:Dashboard",
        "topics, warn and page": "aws:sns/topic:Topic",
    }
    return [f"{len(_of(found, kind))} {words}" for words, kind in kinds.items() if _of(found, kind)]


def render(picture: Picture) -> str:
    """The picture as SVG text."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return environment.get_template("picture.svg.j2").render(picture=picture)


def state_of(environment: str) -> Mapping[str, Any]:
    """The state of an environment that is brought up for this and thrown away, as `pulumi stack export` gives it."""
    with tempfile.TemporaryDirectory() as home:
        environ = {**os.environ, "HEADROOM_OFFLINE_HOME": home}

        def run(*command: str) -> str:
            done = subprocess.run(command, cwd=ROOT, env=environ, check=True, stdout=subprocess.PIPE, text=True)
            return done.stdout

        pulumi = str(ROOT / "offline/bin/pulumi")
        try:
            run(pulumi, "stack", "init", environment)
            run(pulumi, "up", "--yes", "--stack", environment)
            exported: Mapping[str, Any] = json.loads(run(pulumi, "stack", "export", "--stack", environment))
        finally:
            run(sys.executable, "-m", "offline.cloud", "stop")
    return exported


def main(environment: str, file: Path) -> None:
    """Draws an environment."""
    file.write_text(render(compose(environment, resources(state_of(environment)))), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
