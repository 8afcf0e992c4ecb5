"""What the audit log tells of jobs. O1, T7."""

import re
from typing import Any

import pytest

from components.eks.audit import DIMENSIONS, failed_condition, failed_pattern, refused_condition, refused_pattern
from tests.components.eks_examples import SCOPE

CONDITION = re.compile(r"\((\$[\w.\[\]]+) (=|!=|>=) (?:\"([^\"]*)\"|(\d+))\)")


def matches(pattern: str, event: dict[str, Any]) -> bool:
    """A filter pattern over JSON, as far as ours go: `and` of conditions, one of which may be a list of `or`.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntaxForMetricFilters.html
    """
    parts = pattern.removeprefix("{ ").removesuffix(" }").split(" && ")
    return all(any(holds(one, event) for one in part.split(" || ")) for part in parts)


def holds(text: str, event: dict[str, Any]) -> bool:
    found = CONDITION.search(text)
    assert found, text
    selector, sign, word, number = found.groups()
    value = selected(selector, event)
    if value is None:
        return False
    if number is not None:
        return bool({"=": value == int(number), "!=": value != int(number), ">=": value >= int(number)}[sign])
    return bool(re.fullmatch(re.escape(word).replace("\\*", ".*"), str(value)))


def selected(selector: str, event: Any) -> Any:
    for name, place in re.findall(r"(\w+)(?:\[(\d+)\])?", selector.removeprefix("$.")):
        event = event.get(name) if isinstance(event, dict) else None
        if place and event is not None:
            event = event[int(place)] if len(event) > int(place) else None
    return event


def status_update(*conditions: str, labels: dict[str, str] | None = None) -> dict[str, Any]:
    """A change of a Job's status as the audit log has it (audit.k8s.io/v1), shortened."""
    return {
        "kind": "Event",
        "verb": "update",
        "user": {"username": "system:serviceaccount:kube-system:job-controller"},
        "objectRef": {"resource": "jobs", "namespace": "worker", "name": "cleanup-29", "subresource": "status"},
        "responseStatus": {"code": 200},
        "requestObject": {
            "kind": "Job",
            "metadata": {"name": "cleanup-29", "labels": {"schedule": "cleanup"} if labels is None else labels},
            "status": {"failed": 1, "conditions": [{"type": kind, "status": "True"} for kind in conditions]},
        },
    }


def created(code: int) -> dict[str, Any]:
    return {
        "verb": "create",
        "user": {"username": "system:serviceaccount:kube-system:cronjob-controller"},
        "objectRef": {"resource": "jobs", "namespace": "worker"},
        "responseStatus": {"code": code},
    }


@pytest.mark.parametrize("conditions", [["Failed"], ["FailureTarget", "Failed"]])
def test_a_job_that_failed_for_good_counts(conditions: list[str]) -> None:
    assert matches(failed_pattern(), status_update(*conditions))


@pytest.mark.parametrize("conditions", [[], ["FailureTarget"], ["SuccessCriteriaMet", "Complete"]])
def test_a_job_that_runs_or_is_done_or_may_try_again_does_not(conditions: list[str]) -> None:
    assert not matches(failed_pattern(), status_update(*conditions))


def test_a_change_that_was_refused_does_not_count_and_comes_again() -> None:
    event = status_update("Failed")
    event["responseStatus"]["code"] = 409
    assert not matches(failed_pattern(), event)


def test_the_event_has_the_dimensions_of_the_alarm() -> None:
    event = status_update("Failed")
    found = {name: selected(selector, event) for name, selector in DIMENSIONS.items()}
    (metric,) = failed_condition(SCOPE, "worker", "cleanup", "/headroom/dev/service/worker").metrics.values()
    assert found == dict(metric.dimensions) == {"Service": "worker", "Schedule": "cleanup"}


def test_a_migration_has_no_schedule_and_so_counts_nowhere() -> None:
    event = status_update("Failed", labels={})
    assert selected(DIMENSIONS["Schedule"], event) is None


@pytest.mark.parametrize(("code", "counts"), [(201, False), (409, False), (403, True), (500, True)])
def test_a_job_that_could_not_be_made_counts_unless_it_is_there(code: int, counts: bool) -> None:
    assert matches(refused_pattern(), created(code)) is counts


def test_patterns_are_as_short_as_aws_takes_them() -> None:
    assert max(len(failed_pattern()), len(refused_pattern())) <= 1024


def test_both_conditions_say_where_kubernetes_tells_why() -> None:
    failed = failed_condition(SCOPE, "worker", "cleanup", "/headroom/dev/service/worker")
    assert "kubectl describe jobs -n worker" in failed.first and failed.first.endswith(
        "in /headroom/dev/service/worker"
    )
    assert "kubectl" in refused_condition(SCOPE).first
