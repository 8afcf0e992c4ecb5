"""A stack's state with alarms and load balancers, AWS's answers about them, and AWS itself as a stub replays it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.stub import Stubber

from operations.promotion.health.health import Health, Limits

REGION, ACCOUNT = "eu-central-1", "222222222222"
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
LIMITS = Limits(soak_minutes=60, max_error_percent=1, max_p95_seconds=2, min_requests=100)
ELB = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}"

Resource = dict[str, Any]


def resource(kind: str, name: str, **outputs: Any) -> Resource:
    urn = f"urn:pulumi:staging::headroom::{kind}::{name}"
    return {"urn": urn, "type": kind, "custom": True, "outputs": outputs}


def alarm(name: str, *, composite: bool = False, region: str = REGION) -> Resource:
    kind = "compositeAlarm:CompositeAlarm" if composite else "metricAlarm:MetricAlarm"
    return resource(f"aws:cloudwatch/{kind}", name, arn=f"arn:aws:cloudwatch:{region}:{ACCOUNT}:alarm:{name}")


def balancer(name: str = "alb") -> list[Resource]:
    """A load balancer; its suffix is `app/alb/1`."""
    return [resource("aws:lb/loadBalancer:LoadBalancer", name, arnSuffix=f"app/{name}/1")]


def public(service: str, *groups: str, of: str = "alb", weighted: bool = False) -> list[Resource]:
    """A service behind a load balancer; of its groups the suffixes are `targetgroup/api/2`."""
    found = []
    for group in groups or (service,):
        arn = f"{ELB}:targetgroup/{group}/2"
        action = {"forward": {"targetGroups": [{"arn": arn}]}} if weighted else {"targetGroupArn": arn}
        found += [
            resource(
                "aws:lb/targetGroup:TargetGroup",
                group,
                arn=arn,
                arnSuffix=f"targetgroup/{group}/2",
                tags={"Service": service},
            ),
            resource(
                "aws:lb/listenerRule:ListenerRule",
                group,
                listenerArn=f"{ELB}:listener/app/{of}/1/3",
                actions=[{"type": "forward", **action}],
            ),
        ]
    return found


class Replayed:
    """AWS that answers what was put in, in that order, and nothing else; botocore checks both against its models."""

    emulated = False

    def __init__(self) -> None:
        self.stubs: dict[str, Stubber] = {}
        self.clients: dict[str, Any] = {}

    def at(self, region: str) -> Callable[[str], Any]:
        return lambda service: self(f"{service}@{region}" if region != REGION else service)

    def __call__(self, service: str) -> Any:
        if service not in self.clients:
            name, _, region = service.partition("@")
            self.clients[service] = boto3.client(
                name,
                region_name=region or REGION,
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            self.stubs[service] = Stubber(self.clients[service])
            self.stubs[service].activate()
        return self.clients[service]

    def answers(self, service: str, operation: str, answer: Mapping[str, Any], **expected: Any) -> None:
        self(service)
        self.stubs[service].add_response(operation, dict(answer), expected or None)

    def refuses(self, service: str, operation: str, code: str, said: str) -> None:
        self(service)
        self.stubs[service].add_client_error(operation, code, said, 400)

    @property
    def all_asked(self) -> bool:
        """Whether every answer was asked for; raises AssertionError that names those that were not."""
        for stub in self.stubs.values():
            stub.assert_no_pending_responses()
        return True


def described(name: str, state: str = "OK", **more: Any) -> dict[str, Any]:
    """An alarm as DescribeAlarms tells of it."""
    times = {"StateTransitionedTimestamp": NOON - 9 * HOUR, "AlarmConfigurationUpdatedTimestamp": NOON - 90 * HOUR}
    return {"AlarmName": name, "StateValue": state, "TreatMissingData": "notBreaching", **times, **more}


def changed(name: str, before: str, after: str, minutes_ago: float, **more: Any) -> dict[str, Any]:
    """An item of an alarm's history."""
    data = {"version": "1.0", "oldState": {"stateValue": before}, "newState": {"stateValue": after}}
    return {
        "AlarmName": name,
        "AlarmType": "MetricAlarm",
        "Timestamp": NOON - timedelta(minutes=minutes_ago),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {before} to {after}",
        "HistoryData": json.dumps(data),
        **more,
    }


def quiet(aws: Replayed, *names: str, history: Sequence[Mapping[str, Any]] = (), **of: Any) -> None:
    """CloudWatch's answers to one look at metric alarms that are all well, but for what `of` says of the first."""
    found = [described(name, **(of if name == names[0] else {})) for name in names]
    aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": found})
    aws.answers("cloudwatch", "describe_alarm_history", {"AlarmHistoryItems": list(history)})


def health(aws: Any, resources: Sequence[Resource], outputs: Mapping[str, Any] | None = None) -> Health:
    """The health of a stack at noon."""
    return Health(aws, "staging", outputs or {}, resources, clock=lambda: NOON)
