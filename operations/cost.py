"""What a stack costs a month while nobody uses it: the fixed prices of what it holds.

What is paid by use (requests, traffic, stored objects, logs) is named and not guessed. A type without a price here is
listed as such, never counted as nothing. Prices, with their date, region and source: `prices.json`.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from components.services.sleep import awake_share
from operations.state import Resource, outputs, standing

PRICES = Path(__file__).with_name("prices.json")

BY_USE = {
    "aws:cloudfront/distribution:Distribution": "requests and traffic out",
    "aws:cloudwatch/logGroup:LogGroup": "text written and kept",
    "aws:ec2/flowLog:FlowLog": "text written and kept",
    "aws:ecr/repository:Repository": "images kept",
    "aws:lambda/function:Function": "invocations",
    "aws:s3/bucket:Bucket": "objects kept and requests",
    "aws:scheduler/schedule:Schedule": "invocations",
    "aws:sns/topic:Topic": "messages",
    "aws:sqs/queue:Queue": "messages",
    "kubernetes:karpenter.sh/v1:NodePool": "EC2 instances for the pods, and Auto Mode's share of them",
}
"""Types that cost nothing until they are used, and what is then paid for."""
FREE = (
    "aws:acm/", "aws:appautoscaling/", "aws:chatbot/", "aws:cloudfront/", "aws:cloudwatch/",
    "aws:ec2/defaultSecurityGroup", "aws:ec2/internetGateway", "aws:ec2/route", "aws:ec2/securityGroup",
    "aws:ec2/subnet", "aws:ec2/vpc:", "aws:ecr/", "aws:eks/access", "aws:eks/addon", "aws:eks/podIdentity",
    "aws:ecs/cluster", "aws:ecs/taskDefinition", "aws:elasticache/parameterGroup", "aws:elasticache/subnetGroup",
    "aws:elasticache/user", "aws:iam/", "aws:kms/alias", "aws:lambda/", "aws:lb/listener", "aws:lb/targetGroup",
    "aws:rds/parameterGroup", "aws:rds/subnetGroup", "aws:rds/proxyDefaultTargetGroup", "aws:rds/proxyTarget",
    "aws:route53/record", "aws:s3/", "aws:scheduler/", "aws:secretsmanager/secretPolicy",
    "aws:secretsmanager/secretVersion", "aws:sns/", "aws:sqs/", "aws:vpc/", "aws:wafv2/webAcl",
)  # fmt: skip
"""Starts of types that are never billed themselves; what carries the price is looked for before."""
FREE_DASHBOARDS, FREE_METRICS = 3, 50
"""Dashboards that cost nothing, and the most metrics that one of them may draw: aws.amazon.com/cloudwatch/pricing."""


@dataclass(frozen=True)
class Line:
    """What one resource costs."""

    what: str
    """Type and logical name, `rds.Instance main`."""
    monthly: float
    """US dollars a month."""
    how: str
    """What was multiplied."""


@dataclass(frozen=True)
class Estimate:
    """What a stack costs a month."""

    lines: Sequence[Line]
    """Dearest first."""
    by_use: Mapping[str, str]
    """Type -> what is paid for once it is used."""
    unpriced: Sequence[str]
    """Resources that cost something nobody here knows."""

    @property
    def monthly(self) -> float:
        """US dollars a month, of what has a price."""
        return sum(line.monthly for line in self.lines)


@cache
def prices() -> Mapping[str, Any]:
    """The price list: `date`, `region`, and under `prices` each price with its source."""
    return dict(json.loads(PRICES.read_text(encoding="utf-8")))


def estimate(resources: Iterable[Resource]) -> Estimate:
    """The fixed cost of a stack's state, as `pulumi stack export` gives it."""
    held = [r for r in standing(resources) if str(r.get("type", "")).startswith("aws:") or r.get("type") in BY_USE]
    lines, unpriced, by_use = list[Line](), list[str](), dict[str, str]()
    for resource in held:
        kind, name = str(resource["type"]), str(resource["urn"]).rsplit("::", 1)[-1]
        what = f"{kind.split(':')[1].split('/')[0]}.{kind.rsplit(':', 1)[-1]} {name}"
        if kind in RULES:
            priced = _priced(RULES[kind], resource, held)
            lines += [Line(what, amount, how) for amount, how in priced]
            unpriced += [] if priced else [what]
        elif kind in BY_USE:
            by_use[kind] = BY_USE[kind]
        elif not kind.startswith(FREE):
            unpriced.append(what)
    return Estimate(sorted(lines, key=lambda line: (-line.monthly, line.what)), by_use, sorted(unpriced))


Priced = Iterator[tuple[float, str]]
Rule = Callable[[Resource, Sequence[Resource]], Priced]


def _priced(rule: Rule, resource: Resource, held: Sequence[Resource]) -> list[tuple[float, str]]:
    """What a resource costs; nothing where its state lacks, or does not know yet, what the price is made of."""
    try:
        return list(rule(resource, held))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def _price(name: str) -> float | None:
    found = prices()["prices"].get(name)
    return None if found is None else float(found["price"])


def _monthly(name: str, times: float = 1, said: str = "") -> Priced:
    """A price by the month, or by the hour for all of a month; nothing where it is not known."""
    price = _price(name)
    if price is not None and times:
        hours = float(prices()["hours_a_month"]) if name.endswith("_hour") else 1.0
        many = f"{times:g} x " if times != 1 else ""
        yield price * hours * times, f"{many}{said or name.rpartition('_')[0].replace('_', ' ')}"


def _fixed(name: str) -> Rule:
    return lambda resource, held: _monthly(name)


def _load_balancer(resource: Resource, held: Sequence[Resource]) -> Priced:
    found = outputs(resource)
    yield from _monthly("load_balancer_hour")
    if not found.get("internal"):
        yield from _monthly("public_ipv4_hour", len(found.get("subnets") or ()), "public IPv4 address")


def _endpoint(resource: Resource, held: Sequence[Resource]) -> Priced:
    found = outputs(resource)
    if found.get("vpcEndpointType") == "Interface":
        yield from _monthly("interface_endpoint_zone_hour", len(found.get("subnetIds") or ()), "endpoint in a zone")
    else:
        yield 0.0, "gateway endpoint, free"


def _database(resource: Resource, held: Sequence[Resource]) -> Priced:
    found = outputs(resource)
    copies = 2 if found.get("multiAz") else 1
    kind, storage = str(found.get("instanceClass")), float(found.get("allocatedStorage") or 0)
    instance = list(_monthly(f"{kind}_hour", copies, kind))
    if instance:
        yield from instance
        yield from _monthly("rds_gp3_gib_month", copies * storage, "GiB of gp3")


def _service(resource: Resource, held: Sequence[Resource]) -> Priced:
    """The smallest number of tasks that autoscaling leaves, all of them on demand: at most this much. Where services
    sleep, only the hours in which they are awake."""
    definition = next((outputs(r) for r in held if outputs(r).get("arn") == outputs(resource)["taskDefinition"]), {})
    targets = [outputs(r) for r in held if r["type"] == "aws:appautoscaling/target:Target"]
    suffix = f"/{outputs(resource).get('name')}"
    least = next((t["minCapacity"] for t in targets if str(t.get("resourceId", "")).endswith(suffix)), None)
    tasks = float(outputs(resource).get("desiredCount") or 0) if least is None else float(least)
    tasks *= _awake(suffix, held)
    platform = (definition.get("runtimePlatform") or {}).get("cpuArchitecture", "X86_64").lower()
    if definition:
        yield from _monthly(f"fargate_{platform}_vcpu_hour", tasks * float(definition["cpu"]) / 1024, "vCPU")
        yield from _monthly(f"fargate_{platform}_gib_hour", tasks * float(definition["memory"]) / 1024, "GiB of memory")


def _awake(suffix: str, held: Sequence[Resource]) -> float:
    """Share of the week in which a service has tasks."""
    actions = [outputs(r) for r in held if r["type"] == "aws:appautoscaling/scheduledAction:ScheduledAction"]
    own = [action for action in actions if str(action.get("resourceId", "")).endswith(suffix)]
    evening, morning = (
        next((a["schedule"] for a in own if bool(a["scalableTargetAction"].get("maxCapacity")) is by_day), "")
        for by_day in (False, True)
    )
    return awake_share(evening, morning) if evening and morning else 1.0


def _alarm(resource: Resource, held: Sequence[Resource]) -> Priced:
    """An alarm is paid by the metrics that it looks at."""
    queries = [query for query in outputs(resource).get("metricQueries") or () if query.get("metric")]
    yield from _monthly("alarm_metric_month", len(queries) or 1, "metric of an alarm")


def _dashboard(resource: Resource, held: Sequence[Resource]) -> Priced:
    """AWS gives an account three small ones."""
    small = [r["urn"] for r in held if r["type"] == resource["type"] and _metrics_of(r) <= FREE_METRICS]
    if resource["urn"] in small[:FREE_DASHBOARDS]:
        yield 0.0, "one of three free dashboards"
    else:
        yield from _monthly("dashboard_month")


def _metrics_of(dashboard: Resource) -> int:
    """How many metrics a dashboard draws."""
    widgets = json.loads(outputs(dashboard).get("dashboardBody") or "{}").get("widgets", [])
    drawn = [line for widget in widgets for line in widget["properties"].get("metrics", ())]
    return sum(not (isinstance(line[0], dict) and "expression" in line[0]) for line in drawn)


def _web_acl(resource: Resource, held: Sequence[Resource]) -> Priced:
    yield from _monthly("web_acl_month")
    yield from _monthly("web_acl_rule_month", len(outputs(resource).get("rules") or ()), "rule")


RULES: Mapping[str, Rule] = {
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": _fixed("composite_alarm_month"),
    "aws:cloudwatch/dashboard:Dashboard": _dashboard,
    "aws:cloudwatch/metricAlarm:MetricAlarm": _alarm,
    "aws:ec2/eip:Eip": _fixed("public_ipv4_hour"),
    "aws:ec2/natGateway:NatGateway": _fixed("nat_gateway_hour"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _endpoint,
    "aws:ecs/service:Service": _service,
    "aws:eks/cluster:Cluster": _fixed("eks_cluster_hour"),
    "aws:kms/key:Key": _fixed("kms_key_month"),
    "aws:lb/loadBalancer:LoadBalancer": _load_balancer,
    "aws:rds/instance:Instance": _database,
    "aws:route53/zone:Zone": _fixed("hosted_zone_month"),
    "aws:secretsmanager/secret:Secret": _fixed("secret_month"),
    "aws:wafv2/webAcl:WebAcl": _web_acl,
}
"""How each type that has a price of its own is priced."""
