"""The stacks as committed keep every rule."""

from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path

import pytest
import yaml

from policies.catalog import RULES
from policies.graph import Graph
from policies.judging import Finding, Judge
from policies.known_after import listed, read_known_after
from policies.levels import read_levels
from policies.verdict import Outcome
from policies.waivers import Waivers, read_waivers

pytestmark = pytest.mark.xdist_group("stacks")  # one worker makes each stack once
POLICIES = Path(__file__).parents[2] / "policies"
ENVIRONMENTS = ("dev", "staging", "prod")


def findings(graph: Graph, environment: str) -> Iterator[Finding]:
    """All that an environment's rules find without exceptions, less what AWS alone can tell."""
    known_after = read_known_after()
    judge = Judge(RULES, Waivers((), ()), known_after, read_levels(POLICIES / f"{environment}.json"))
    types = {resource.urn: resource.type for resource in graph.resources}
    found = chain(judge.of_stack(graph), *(judge.of_resource(resource) for resource in graph.resources))
    for finding in found:
        later = listed(known_after, types[finding.urn], finding.place.where)
        if finding.outcome is Outcome.FAIL or later is None:
            yield finding


def breaches(graph: Graph, environment: str) -> list[tuple[str, str, str]]:
    """Rule, outcome and resource of what stops an `up`."""
    found = findings(graph, environment)
    return [(one.rule.id, one.outcome.value, one.urn) for one in found if one.level == "mandatory"]


def remarks(graph: Graph, environment: str) -> set[str]:
    """Advisory rules that find something."""
    return {finding.rule.id for finding in findings(graph, environment) if finding.level == "advisory"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_first_preview_keeps_every_rule_and_leaves_none_open(stack, environment):
    assert breaches(stack(environment, compute="ecs"), environment) == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_first_preview_on_eks_keeps_every_rule_and_its_autoscalers_are_judged(stack, environment):
    graph = stack(environment, compute="eks")
    assert breaches(graph, environment) == []
    [scalers] = [{r.name for r in graph.of_type(*rule.types)} for rule in RULES if rule.id == "autoscaling-cpu-70"]
    assert {"api-scaling", "web-scaling", "worker-scaling"} <= scalers


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_an_environment_gets_the_remarks_that_are_listed_and_no_others(stack, environment):
    """What dev and staging leave out by design is named in remarks.yaml, with the reason; prod leaves out nothing."""
    listed = (yaml.safe_load((Path(__file__).parent / "remarks.yaml").read_text()) or {}).get(environment, {})
    found = {rule for compute in ("ecs", "eks") for rule in remarks(stack(environment, compute=compute), environment)}
    assert found == set(listed)
    assert all(isinstance(why, str) and why for why in listed.values())
    assert environment != "prod" or not listed


def test_prod_has_no_exception():
    waivers = read_waivers(POLICIES / "exceptions.yaml", [rule.id for rule in RULES], date.today())
    assert [waiver.urn for waiver in waivers.in_force if waiver.urn.startswith("urn:pulumi:prod::")] == []
    assert waivers.problems == ()


def test_every_rule_has_something_to_judge_or_is_listed_as_idle(stack):
    """A rule on resources that a fork may add is named in idle.yaml; one that has found work may not stay there."""
    graphs = [stack(environment, compute=compute) for environment in ENVIRONMENTS for compute in ("ecs", "eks")]
    idle = {rule.id for rule in RULES if not any(graph.of_type(*rule.types) for graph in graphs)}
    listed = yaml.safe_load((Path(__file__).parent / "idle.yaml").read_text()) or {}
    assert set(listed) == idle
    assert all(isinstance(why, str) and why for why in listed.values())


def test_sleep_is_for_dev_and_staging_and_found_in_prod(stack):
    for environment in ("dev", "staging"):
        assert "ecs-awake" in {rule for rule, _, _ in breaches(stack(environment, compute="ecs"), "prod")}
