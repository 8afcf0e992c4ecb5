"""The stacks as committed keep every rule."""

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from policies.catalog import RULES
from policies.graph import Graph
from policies.rule import ResourceRule
from policies.verdict import Outcome

POLICIES = Path(__file__).parents[2] / "policies"
ENVIRONMENTS = ("dev", "staging", "prod")


@pytest.fixture(scope="module")
def stack(first_preview):
    return cache(first_preview)


def breaches(graph: Graph, environment: str = "prod") -> Iterator[tuple[str, str]]:
    """Rule and outcome of everything that does not pass, less the rules that the environment has disabled."""
    levels = json.loads((POLICIES / f"{environment}.json").read_text())
    for rule in RULES:
        if levels[rule.id]["enforcementLevel"] == "disabled":
            continue
        for resource in graph.of_type(*rule.types):
            verdict = rule.check(resource.properties) if isinstance(rule, ResourceRule) else rule.check(resource, graph)
            if verdict.outcome is not Outcome.PASS:
                yield rule.id, verdict.outcome.value


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_first_preview_keeps_every_rule_and_leaves_none_open(stack, environment):
    assert list(breaches(stack(environment), environment)) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_first_preview_on_eks_keeps_every_rule_and_its_autoscalers_are_judged(stack, environment):
    graph = stack(environment, compute="eks")
    assert list(breaches(graph, environment)) == []
    [scalers] = [{r.name for r in graph.of_type(*rule.types)} for rule in RULES if rule.id == "autoscaling-cpu-70"]
    assert {"api-scaling", "web-scaling", "worker-scaling"} <= scalers


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_rule_has_something_to_judge(stack, environment):
    idle = [rule.id for rule in RULES if not stack(environment).of_type(*rule.types)]
    assert idle == []


def test_sleep_is_for_dev_and_staging_and_found_in_prod(stack):
    for environment in ("dev", "staging"):
        assert set(breaches(stack(environment), "prod")) == {("ecs-awake", "fail")}
