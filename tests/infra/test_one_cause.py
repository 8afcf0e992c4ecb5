"""One cause pages once: each cause with all alarms that it sets off, by the rules as CloudWatch reads them. O1."""

from typing import Any

import pytest

from offline.aws.extensions.cloudwatch_rules import rule_holds

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
INCIDENT = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
SATURATED = ("main-database-connections-high", "main-database-cpu-high")
API_ERRORS = ("api-errors-warn", "api-errors-page", "cdn-errors-warn")
REFUSED = ("alb-refused-warn", "alb-refused-page")
WAITING = ("jobs-queue-age", "jobs-queue-idle")
CAUSES: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "the API answers with errors": ((*API_ERRORS, "api-slow"), {"api-failing"}),
    "no task of the API runs": (("api-down", *REFUSED, "cdn-errors-warn"), {"api-failing"}),
    "the load balancer reaches no target, and no service says why": (REFUSED, {"alb-failing"}),
    "the database has no room left": ((*SATURATED, *API_ERRORS, "api-slow", *WAITING), {"main-database-saturated"}),
    "the database is gone": (
        ("main-database-silent", "main-proxy-unavailable", *API_ERRORS, *WAITING),
        {"main-database-saturated"},
    ),
    "a replica is gone": (("main-1-database-silent", "main-1-database-replica-lag"), {"main-database-saturated"}),
    "the database runs out of storage": (("main-database-storage-low",), {"main-database-storage-low"}),
    "no worker runs": (("worker-no-tasks", *WAITING), {"worker-failing"}),
    "workers run and do nothing": ((*WAITING, "worker-errors-logged"), {"jobs-queue-stuck"}),
    "CloudFront does not reach the load balancer": (("cdn-unreachable", "cdn-errors-warn"), {"cdn-unreachable"}),
    "two things are wrong at once": ((*API_ERRORS, *WAITING), {"api-failing", "jobs-queue-stuck"}),
}
"""What is wrong -> the alarms that it sets off, and what of it pages."""


def paging(stack: Any, on: set[str]) -> set[str]:
    """What tells those who are paged while these alarms are on, and no other."""
    states = {alarm["inputs"]["name"]: "OK" for alarm in stack.all(ALARM)}
    assert on <= set(states)
    states |= dict.fromkeys(on, "ALARM")
    telling = {alarm["inputs"]["name"]: alarm["inputs"] for alarm in stack.all(ALARM) if alarm["inputs"]["name"] in on}
    for incident in (one["inputs"] for one in stack.all(INCIDENT)):
        name = incident["alarmName"]
        states[name] = "ALARM" if rule_holds(incident["alarmRule"], states) else "OK"
        suppressor = (incident.get("actionsSuppressor") or {}).get("alarm")
        assert suppressor is None or suppressor in states, "one that silences stands before it"
        if states[name] == "ALARM" and states.get(suppressor) != "ALARM":
            telling[name] = incident
    return {
        name
        for name, inputs in telling.items()
        if any(str(topic).endswith("-page") for topic in inputs.get("alarmActions") or ())
    }


@pytest.mark.parametrize("compute", ["ecs", "eks"])
@pytest.mark.parametrize("cause", CAUSES)
def test_one_cause_pages_once(up: Any, eks: Any, compute: str, cause: str) -> None:
    stack = (eks if compute == "eks" else up)("prod")
    on, pages = ({f"headroom-prod-{name}" for name in names} for names in CAUSES[cause])
    assert paging(stack, on) == pages


def test_on_eks_agents_that_are_gone_page_and_the_workers_that_nobody_counts_do_not(eks: Any) -> None:
    on = {"headroom-prod-cluster-silent", "headroom-prod-worker-no-tasks"}
    assert paging(eks("prod"), on) == {"headroom-prod-cluster-silent"}
