"""The stacks as committed keep every rule."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from policies.catalog import RULES
from policies.graph import Graph
from policies.rule import ResourceRule
from policies.verdict import Outcome

POLICIES = Path(__file__).parents[2] / "policies"
ENVIRONMENTS = ("dev", "staging", "prod")


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
    assert list(breaches(stack(environment, compute="ecs"), environment)) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_first_preview_on_eks_keeps_every_rule_and_its_autoscalers_are_judged(stack, environment):
    graph = stack(environment, compute="eks")
    assert list(breaches(graph, environment)) == []
    [scalers] = [{r.name for r in graph.of_type(*rule.types)} for rule in RULES if rule.id == "autoscaling-cpu-70"]
    assert {"api-scaling", "web-scaling", "worker-scaling"} <= scalers


def test_every_rule_has_something_to_judge_or_is_listed_as_idle(stack):
    """A rule on resources that a fork may add is named in idle.yaml; one that has found work may not stay there."""
    graphs = [stack(environment, compute=compute) for environment in ENVIRONMENTS for compute in ("ecs", "eks")]
    idle = {rule.id for rule in RULES if not any(graph.of_type(*rule.types) for graph in graphs)}
    listed = yaml.safe_load((Path(__file__).parent / "idle.yaml").read_text()) or {}
    assert set(listed) == idle
    assert all(isinstance(why, str) and why for why in listed.values())


def test_sleep_is_for_dev_and_staging_and_found_in_prod(stack):
    for environment in ("dev", "staging"):
        assert set(breaches(stack(environment, compute="ecs"), "prod")) == {("ecs-awake", "fail")}
