"""`headroom offline visit`: requests are counted as though users had come, for the emulated AWS measures nothing.

What nobody measures shuts the gates of a promotion (docs/health-gates.md). So the load balancers' metrics are put as
AWS would put them, and alarms that take silence for trouble are set to OK by hand. Never on the real AWS.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.clients import Clients, clients
from operations.errors import Failure, Invocation
from operations.project import Project
from operations.promotion.health.alarms import Alarms
from operations.promotion.health.look import Span, counted
from operations.promotion.health.traffic import Target, targets
from operations.screen import Screen
from operations.state import standing
from operations.words import listed

OK = 0
MOST_TIMES = 100
"""Response times that are put: all are the same, so that more of them say nothing more."""


@dataclass(frozen=True, kw_only=True)
class Visits:
    """What each public service is asked, and how it answers."""

    requests: int = 200
    failed: int = 0
    """Of these, answered 5xx."""
    seconds: float = 0.1
    """How long an answer takes."""


def visit(project: Project, screen: Screen, environment: str, visits: Visits) -> int:
    """Counts requests to every public service of an environment that stands on the emulated AWS."""
    from operations.stacks import open_stack

    if visits.failed > visits.requests:
        raise Failure(f"{visits.failed} of {visits.requests} requests can't fail: give --failed a smaller number")
    project.require(environment)
    invocation = Invocation(environment=environment, offline=True)
    resources = standing(open_stack(project, invocation, create=False).resources())
    aws = clients(project, invocation)
    visited = count(aws, resources, visits)
    if visited:
        answers = f"{visits.failed} failed" if visits.failed else "none failed"
        number = counted(visits.requests, "request")
        screen.print(f"{number} to each of {listed(visited)}: {answers}, {visits.seconds:g} s each.")
    else:
        screen.print(f"{environment} has no load balancer with a service behind it: nobody can be visited.")
    calmed = calm(aws, resources)
    if calmed:
        screen.print(f"{counted(len(calmed), 'alarm')} that nothing measures here set to OK: {listed(calmed)}.")
    return OK


def count(aws: Clients, resources: Sequence[Mapping[str, Any]], visits: Visits) -> list[str]:
    """Puts the metrics of this moment, of services and of load balancers before them. Returns the services' names."""
    found = targets(resources)
    services = [target for target in found if not target.whole]
    # What is looked at ends before the present second.
    cloudwatch, at = aws("cloudwatch"), datetime.now(UTC) - timedelta(seconds=2)
    for target in found:
        # Of a service's two groups, either may have the requests.
        dimensions = target.dimensions[0]
        times = 1 if not target.whole else sum(_leads_to(dimensions, service) for service in services)
        if times:
            data = _data([{"Name": name, "Value": value} for name, value in dimensions.items()], visits, times, at)
            cloudwatch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=data)
    return [service.name for service in services]


def _leads_to(balancer: Mapping[str, str], service: Target) -> bool:
    return service.dimensions[0]["LoadBalancer"] == balancer["LoadBalancer"]


def _data(dimensions: Sequence[Mapping[str, str]], visits: Visits, times: int, at: datetime) -> list[dict[str, Any]]:
    """As the load balancer reports: a count of failures only where there are any."""
    known = {"Dimensions": dimensions, "Timestamp": at}
    slow = {"Values": [visits.seconds], "Counts": [min(MOST_TIMES, visits.requests)]}
    data: list[dict[str, Any]] = []
    if visits.requests:
        data.append({**known, "MetricName": "RequestCount", "Value": visits.requests * times})
        data.append({**known, "MetricName": "TargetResponseTime", **slow})
    if visits.failed:
        data.append({**known, "MetricName": "HTTPCode_Target_5XX_Count", "Value": visits.failed * times})
    return data


def calm(aws: Clients, resources: Sequence[Mapping[str, Any]]) -> list[str]:
    """Sets to OK what takes silence for trouble and never had a datum. Returns the alarms' names."""
    now = datetime.now(UTC)
    calmed = []
    for alarm in Alarms(aws, resources).read(Span(since=now - timedelta(minutes=1), until=now)):
        known = alarm.now or {}
        if alarm.state == "INSUFFICIENT_DATA" and known.get("TreatMissingData") == "breaching":
            cloudwatch = aws.at(str(known["AlarmArn"]).split(":")[3])("cloudwatch")
            why = "set by hand: the emulated AWS measures nothing"
            cloudwatch.set_alarm_state(AlarmName=alarm.name, StateValue="OK", StateReason=why)
            calmed.append(alarm.name)
    return calmed
