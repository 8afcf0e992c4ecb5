"""What CloudWatch measured at the load balancers of a stack: requests, failures, response times.

Sources: docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html (a 5xx count
is "reported if there is a nonzero value", so silence beside requests is none),
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from operations.promotion.health.look import Span
from operations.state import of_type, outputs

PERIOD = 300
"""Seconds of one data point; the worst of them is told beside the whole."""
LONGEST_PERIOD = 86_400
"""Seconds that one data point may span; of a longer time the worst day counts."""
AT_ONCE = 500
"""Queries of one GetMetricData (its documented limit)."""
ATTEMPTS = 3
"""How often data is asked for that CloudWatch gives in part only."""

BALANCER, GROUP, RULE = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:lb/targetGroup:TargetGroup",
    "aws:lb/listenerRule:ListenerRule",
)

Resource = Mapping[str, Any]


class NotMeasuredError(Exception):
    """CloudWatch did not give all the data that was asked for."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """What requests are counted of: a load balancer, or a service behind it."""

    name: str
    """The load balancer's name in the program, or the service's."""
    dimensions: Sequence[Mapping[str, str]]
    """Of its metrics: a service has several target groups where ECS moves requests between two."""
    whole: bool
    """Whether it is a load balancer, which counts what it answers itself."""


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was counted of it."""

    requests: float
    """That a target was chosen for."""
    failed: float
    """Answered 5xx by a target."""
    refused: float = 0.0
    """Answered 5xx by the load balancer itself."""
    p95: float | None = None
    """Seconds in which 95 % were answered, over the whole time; None where nobody measured."""
    worst: float | None = None
    """The same of the worst 5 minutes that have enough requests to tell."""
    worst_at: datetime | None = None

    @property
    def total(self) -> float:
        """All requests: RequestCount leaves out those that found no target."""
        return self.requests + self.refused

    @property
    def error_percent(self) -> float:
        """How many failed, of all."""
        return 100 * (self.failed + self.refused) / self.total if self.total else 0.0


def targets(resources: Sequence[Resource]) -> list[Target]:
    """The load balancers of a stack's state, and the services behind them, as its listener rules lead."""
    balancers = {
        str(outputs(one).get("arnSuffix")): str(one.get("urn", "")).rpartition("::")[2]
        for one in of_type(resources, BALANCER)
        if str(outputs(one).get("arnSuffix") or "").startswith("app/")
    }
    groups = {str(outputs(one).get("arn")): one for one in of_type(resources, GROUP)}
    found: dict[str, dict[str, str]] = {}
    for rule in of_type(resources, RULE):
        balancer = str(outputs(rule).get("listenerArn") or "").partition(":listener/")[2].rpartition("/")[0]
        for arn in _forwards(outputs(rule)):
            if arn in groups and balancer in balancers:
                group = outputs(groups[arn])
                service = (group.get("tags") or {}).get("Service") or str(groups[arn].get("urn", "")).rpartition("::")[
                    2
                ]
                found.setdefault(str(service), {})[str(group.get("arnSuffix"))] = balancer
    whole = [
        Target(name=name, dimensions=[{"LoadBalancer": suffix}], whole=True)
        for suffix, name in sorted(balancers.items())
    ]
    parts = [
        Target(
            name=service,
            dimensions=[{"TargetGroup": group, "LoadBalancer": balancer} for group, balancer in sorted(of.items())],
            whole=False,
        )
        for service, of in sorted(found.items())
    ]
    return [*whole, *parts]


def _forwards(rule: Mapping[str, Any]) -> Iterator[str]:
    """ARNs of the target groups that a rule leads to."""
    for action in rule.get("actions") or ():
        if action.get("targetGroupArn"):
            yield str(action["targetGroupArn"])
        for group in (action.get("forward") or {}).get("targetGroups") or ():
            yield str(group.get("arn"))


@dataclass
class _Series:
    """Data points of one query, by their times."""

    points: dict[datetime, float] = field(default_factory=dict)
    status: str = ""


class Measured:
    """Asks CloudWatch, in as few calls as will do."""

    def __init__(self, cloudwatch: Any, span: Span) -> None:
        # Times reach CloudWatch in whole seconds, and it refuses a span of none.
        self._cloudwatch, self._until = cloudwatch, span.until.replace(microsecond=0)
        # CloudWatch counts by the minute. That in which a bake time begins has also what failed while tasks changed.
        minute = span.since.replace(second=0, microsecond=0)
        self._since = minute + timedelta(minutes=1) if span.baking and minute < span.since else minute
        seconds = max(0.0, (span.until - self._since).total_seconds())
        self._whole = min(LONGEST_PERIOD, max(PERIOD, ceil(seconds / PERIOD) * PERIOD))

    def seen(self, asked: Sequence[Target], least: int) -> list[Seen]:
        """What was counted of each; of periods with fewer than `least` requests no response time is
        looked at by itself. Raises NotMeasuredError, and what boto3 raises."""
        if self._until <= self._since:
            return [Seen(requests=0, failed=0) for _ in asked]
        queries = {f"q{n}": query for n, query in enumerate(q for target in asked for q in self._queries(target))}
        series = iter(self._ask(queries))
        return [
            _seen([[next(series) for _ in self._statistics(target)] for _ in target.dimensions], least)
            for target in asked
        ]

    def _statistics(self, target: Target) -> list[tuple[str, str, int]]:
        """Metric, statistic and period in seconds, in the order that `_seen` reads."""
        found = [
            ("RequestCount", "Sum", PERIOD),
            ("HTTPCode_Target_5XX_Count", "Sum", PERIOD),
            ("TargetResponseTime", "p95", PERIOD),
            ("TargetResponseTime", "p95", self._whole),
        ]
        return [*found, ("HTTPCode_ELB_5XX_Count", "Sum", PERIOD)] if target.whole else found

    def _queries(self, target: Target) -> Iterator[dict[str, Any]]:
        for dimensions in target.dimensions:
            named = [{"Name": name, "Value": value} for name, value in dimensions.items()]
            for metric, statistic, period in self._statistics(target):
                of = {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": named}
                yield {"Metric": of, "Period": period, "Stat": statistic}

    def _ask(self, queries: Mapping[str, Mapping[str, Any]]) -> list[_Series]:
        found: dict[str, _Series] = {}
        names = list(queries)
        for start in range(0, len(names), AT_ONCE):
            part = {name: queries[name] for name in names[start : start + AT_ONCE]}
            for _ in range(ATTEMPTS):
                answered, said = self._once(part)
                if all(answered[name].status == "Complete" for name in part):
                    break
            else:
                bad = sorted({one.status or "nothing" for one in answered.values() if one.status != "Complete"})
                raise NotMeasuredError("; ".join([f"CloudWatch answered {', '.join(bad)}", *said]))
            found |= answered
        return [found[name] for name in names]

    def _once(self, queries: Mapping[str, Mapping[str, Any]]) -> tuple[dict[str, _Series], list[str]]:
        """Every page of one answer, with what CloudWatch says beside it."""
        found, said = {name: _Series() for name in queries}, list[str]()
        asked: dict[str, Any] = {
            "MetricDataQueries": [{"Id": name, "MetricStat": query} for name, query in queries.items()],
            "StartTime": self._since,
            "EndTime": self._until,
            "ScanBy": "TimestampAscending",
        }
        while True:
            answer = self._cloudwatch.get_metric_data(**asked)
            for result in answer.get("MetricDataResults") or ():
                one = found[str(result["Id"])]
                one.points |= dict(zip(result.get("Timestamps") or (), result.get("Values") or (), strict=False))
                one.status = str(result.get("StatusCode") or "Complete")
                said += [str(message.get("Value")) for message in result.get("Messages") or ()]
            said += [str(message.get("Value")) for message in answer.get("Messages") or ()]
            if not answer.get("NextToken"):
                return found, list(dict.fromkeys(said))
            asked["NextToken"] = answer["NextToken"]


def _seen(groups: Sequence[Sequence[_Series]], least: int) -> Seen:
    """The sum of several target groups; of percentiles, which can't be added, the worst."""
    worst: list[tuple[float, datetime]] = []
    for requests, _, slow, *_ in groups:
        worst += [(value, at) for at, value in slow.points.items() if requests.points.get(at, 0) >= least]
    slowest = max(worst, default=None)
    return Seen(
        requests=sum(sum(group[0].points.values()) for group in groups),
        failed=sum(sum(group[1].points.values()) for group in groups),
        refused=sum(sum(group[4].points.values()) for group in groups if len(group) > 4),
        p95=max((value for group in groups for value in group[3].points.values()), default=None),
        worst=slowest[0] if slowest else None,
        worst_at=slowest[1] if slowest else None,
    )
