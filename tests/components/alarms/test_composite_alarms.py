"""Incidents as composite alarms under pretended AWS. O1."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from components.access import Scope
from components.alarms.composite_alarms import CompositeAlarms, CompositeAlarmsArgs
from components.alarms.incidents import balancer_incident, service_incident, services_incidents
from components.links import TopicsLink

Run = Callable[..., Any]
SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KIND = "cloudwatch/compositeAlarm:CompositeAlarm"


def incidents(run: Run) -> Any:
    api = service_incident(SCOPE.prefix, "api", ["errors-page", "down"], None)
    assert api is not None
    web = replace(api, name="web-failing")
    (together,) = services_incidents(SCOPE.prefix, [api, web])
    made = [api, web, together, balancer_incident(SCOPE.prefix, "alb", together.name)]
    link = TopicsLink(warn_arn="warn-arn", page_arn="page-arn")
    return run(lambda: CompositeAlarms("incidents", CompositeAlarmsArgs(scope=SCOPE, topics=link, incidents=made)))


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
    assert any(urn.endswith("::services-failing") for urn in alarm["options"]["depends_on"])
