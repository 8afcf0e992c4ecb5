"""What the gates ask AWS is what the docs name, and what the roles of a continuous integration may."""

from __future__ import annotations

import re
from pathlib import Path

from components.ci.roles import WATCHED
from tests.operations.promotion.health.test_health_rollouts import described as service
from tests.operations.promotion.health.test_health_rollouts import outputs
from tests.operations.promotion.health.watched import (
    HOUR,
    LIMITS,
    NOON,
    Replayed,
    alarm,
    balancer,
    described,
    health,
    public,
)

DOCS = Path(__file__).resolve().parents[4] / "docs/health-gates.md"


def asked() -> set[str]:
    """IAM actions of one look at all gates, with an alarm that is on and a deployment."""
    aws, heard = Replayed(), set[str]()
    aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": [described("api-slow", "ALARM")]})
    aws.answers("cloudwatch", "describe_alarm_history", {})
    aws.answers("cloudwatch", "list_alarm_mute_rules", {})
    aws.answers("cloudwatch", "get_metric_data", {})
    aws.answers("ecs", "describe_services", {"services": [service("api")]})
    arn = "arn:aws:ecs:eu-central-1:222222222222:service-deployment/headroom-staging/api/one"
    revision = {"arn": "arn:aws:ecs:eu-central-1:222222222222:service-revision/headroom-staging/api/1"}
    aws.answers("ecs", "list_service_deployments", {"serviceDeployments": [{"serviceDeploymentArn": arn}]})
    deployment = {"serviceDeploymentArn": arn, "status": "SUCCESSFUL", "targetServiceRevision": revision}
    aws.answers("ecs", "describe_service_deployments", {"serviceDeployments": [deployment]})
    aws.answers("ecs", "describe_service_revisions", {})
    for name, client in aws.clients.items():
        client.meta.events.register(
            "provide-client-params", lambda model, of=name, **_: heard.add(f"{of}:{model.name}")
        )
    health(aws, [alarm("api-slow"), *balancer(), *public("api")], outputs("api")).checks(NOON - HOUR, LIMITS)
    return heard


def test_every_call_is_named_in_the_docs_and_allowed_to_the_roles() -> None:
    section = DOCS.read_text().partition("## What a role needs")[2].partition("\n## ")[0]
    named = set(re.findall(r"(?:cloudwatch|ecs):\w+", section))
    assert asked() == named
    assert named <= set(WATCHED)
