"""Incidents as composite alarms under pretended AWS. O1."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi

from components.access import Scope
from components.alarms.composite_alarms import CompositeAlarms, CompositeAlarmsArgs
from components.alarms.incidents import balancer_incident, service_incident, services_incidents
from components.links import TopicsLink

Run = Callable[..., Any]
SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KIND = "cloudwatch/compositeAlarm:CompositeAlarm"


def incidents(run: Run) -> Any:
    def program() -> None:
        link = TopicsLink(warn_arn="warn-arn", page_arn="page-arn")
        names = ("api-errors-page", "api-down", "web-errors-page", "alb-refused-page")
        alarms = {
            f"{SCOPE.prefix}-{name}": pulumi.CustomResource("aws:cloudwatch/metricAlarm:MetricAlarm", name)
            for name in names
        }
        args = CompositeAlarmsArgs(scope=SCOPE, topics=link, incidents=made, alarms=alarms)
        CompositeAlarms("incidents", args)

    api = service_incident(SCOPE.prefix, "api", ["errors-page", "down"], None)
    assert api is not None
    web = replace(api, name="web-failing")
    (together,) = services_incidents(SCOPE.prefix, [api, web])
    made = [api, web, together, balancer_incident(SCOPE.prefix, "alb", together.name)]
    return run(program)


def test_an_incident_pages_and_tells_of_its_end(run: Run) -> None:
    inputs = incidents(run).one(KIND, "api-failing")["inputs"]
    assert inputs["alarmName"] == "headroom-dev-api-failing"
    assert inputs["alarmActions"] == inputs["okActions"] == ["page-arn"]
    assert "First: roll back" in inputs["alarmDescription"]
    assert inputs["alarmDescription"].endswith("Runbook: docs/runbooks/failing.md")
    assert inputs["tags"] == {"Service": "api"}


def test_what_only_silences_others_tells_nobody(run: Run) -> None:
    inputs = incidents(run).one(KIND, "services-failing")["inputs"]
    assert not inputs.get("alarmActions")


def test_an_incident_waits_for_its_suppressor_and_is_made_after_it(run: Run) -> None:
    alarm = incidents(run).one(KIND, "alb-failing")
    assert alarm["inputs"]["actionsSuppressor"] == {
        "alarm": "headroom-dev-services-failing",
        "waitPeriod": 120,
        "extensionPeriod": 180,
    }
    assert waits(alarm) == {"services-failing", "alb-refused-page"}


def test_an_incident_waits_for_what_its_rule_names_and_for_no_other(run: Run) -> None:
    stack = incidents(run)
    assert waits(stack.one(KIND, "api-failing")) == {"api-errors-page", "api-down"}
    assert waits(stack.one(KIND, "services-failing")) == {"api-failing", "web-failing"}


def waits(alarm: dict[str, Any]) -> set[str]:
    return {urn.split("::")[-1] for urn in alarm["options"]["depends_on"]}
