"""Containers and pods are found wherever they are described, each with its path."""

import pytest

from policies.parts import known_path, whole
from policies.verdict import MISSING, UNKNOWN, Outcome
from policies.workloads import lasting_containers, pod_containers, pod_spec, selects, task_containers

POD = {
    "containers": [{"name": "api"}],
    "initContainers": [{"name": "prepare"}, {"name": "proxy", "restartPolicy": "Always"}],
}


@pytest.mark.parametrize(
    ("workload", "path"),
    [
        ({"spec": POD}, "spec"),
        ({"spec": {"template": {"spec": POD}}}, "spec.template.spec"),
        ({"spec": {"jobTemplate": {"spec": {"template": {"spec": POD}}}}}, "spec.jobTemplate.spec.template.spec"),
    ],
    ids=["pod", "deployment", "cron job"],
)
def test_a_pod_is_found_in_whatever_makes_it(workload, path):
    found = [part.where for part in pod_containers(pod_spec(workload))]
    assert found == [f"{path}.containers[0]", f"{path}.initContainers[0]", f"{path}.initContainers[1]"]


def test_a_sidecar_lasts_and_what_prepares_does_not():
    assert [part.get("name") for part in lasting_containers(pod_spec({"spec": POD}))] == ["api", "proxy"]


def test_the_json_text_of_a_task_definition_is_read():
    [container] = task_containers({"containerDefinitions": '[{"healthCheck": {"command": ["CMD", "ls"]}}]'})
    assert container.get("healthCheck.command[1]") == "ls"
    assert container.at("healthCheck.command[1]") == "containerDefinitions[0].healthCheck.command[1]"


@pytest.mark.parametrize("text", ["", "no JSON", "{", '"text"', "null"])
def test_text_that_aws_would_refuse_has_no_containers(text):
    assert task_containers({"containerDefinitions": text}) == []


def test_what_is_unknown_is_named_as_far_as_it_is_known():
    resource = {"a": {"b": [{"c": UNKNOWN}]}}
    assert known_path(resource, "a.b[0].c.d.e") == "a.b[0].c"
    assert whole(resource).part("a").at("b[0].c.d") == "a.b[0].c"
    verdict = whole(resource).demand("a.b[0].c.d", bool, "is wrong", "mend it")
    assert (verdict.outcome, verdict.places[0].where) == (Outcome.UNDETERMINED, "a.b[0].c")


def test_a_list_that_is_unknown_is_one_unknown_part():
    [part] = whole({"a": UNKNOWN}).parts("a.b")
    assert (part.where, part.value, part.get("c"), part.at("c")) == ("a", UNKNOWN, UNKNOWN, "a")
    assert whole({}).parts("a.b") == []
    assert whole({}).get("a") is MISSING


@pytest.mark.parametrize(
    ("selector", "picked"),
    [
        ({}, True),
        ({"matchLabels": {"app": "api"}}, True),
        ({"matchLabels": {"app": "web"}}, False),
        ({"matchLabels": {"tier": "front"}}, False),
        ({"matchLabels": {"app": UNKNOWN}}, None),
        ({"matchLabels": {"app": UNKNOWN, "tier": "front"}}, False),
        ({"matchExpressions": [{"key": "app", "operator": "In", "values": ["api"]}]}, True),
        ({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["api"]}]}, False),
        ({"matchExpressions": [{"key": "tier", "operator": "DoesNotExist"}]}, True),
        ({"matchExpressions": [{"key": "tier", "operator": "Exists"}]}, False),
        ({"matchExpressions": [{"key": "app", "operator": "Near"}]}, None),
        (UNKNOWN, None),
        (MISSING, False),
    ],
)
def test_a_selector_picks_by_labels_or_says_that_it_cannot_tell(selector, picked):
    assert selects(selector, {"app": "api"}) is picked
