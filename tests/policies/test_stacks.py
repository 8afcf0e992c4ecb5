"""The stacks as committed keep every rule, and each rule notices when its promise is broken."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from policies.catalog import RULES
from policies.graph import Graph, Resource
from policies.rule import ResourceRule
from policies.verdict import Outcome

POLICIES = Path(__file__).parents[2] / "policies"
ENVIRONMENTS = ("dev", "staging", "prod")
SCALING_POLICY = "aws:appautoscaling/policy:Policy"
TRACKING = "targetTrackingScalingPolicyConfiguration"


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


def changed(graph: Graph, token: str, change: Mapping[str, object]) -> Graph:
    return Graph([
        replace(r, properties={**r.properties, **change}) if r.type == token else r for r in graph.resources
    ])  # fmt: skip


def cpu_policies(graph: Graph) -> list[Resource]:
    return [policy for policy in graph.of_type(SCALING_POLICY) if "CPU" in str(policy.properties[TRACKING])]


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


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_public_database_is_found_by_its_rule_alone(stack, environment):
    broken = changed(stack(environment), "aws:rds/instance:Instance", {"publiclyAccessible": True})
    assert set(breaches(broken, environment)) == {("rds-private", "fail")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_database_in_public_subnets_is_found_by_its_rule_alone(stack, environment):
    graph = stack(environment)
    public = [subnet for subnet in graph.of_type("aws:ec2/subnet:Subnet") if "public" in subnet.name]
    assert public
    broken = Graph([
        replace(r, depends_on={"subnetIds": tuple(subnet.urn for subnet in public)})
        if r.type == "aws:rds/subnetGroup:SubnetGroup" else r
        for r in graph.resources
    ])  # fmt: skip
    assert set(breaches(broken, environment)) == {("rds-private-subnets", "fail")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_key_that_does_not_rotate_is_found_by_its_rule_alone(stack, environment):
    broken = changed(stack(environment), "aws:kms/key:Key", {"enableKeyRotation": False})
    assert set(breaches(broken, environment)) == {("kms-rotation-enabled", "fail")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_another_cpu_target_is_found_by_its_rule_alone(stack, environment):
    graph = stack(environment)
    urns = {policy.urn for policy in cpu_policies(graph)}
    broken = Graph([
        replace(r, properties={**r.properties, TRACKING: {**r.properties[TRACKING], "targetValue": 60}})
        if r.urn in urns else r
        for r in graph.resources
    ])  # fmt: skip
    assert set(breaches(broken, environment)) == {("autoscaling-cpu-70", "fail")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_service_that_scales_without_looking_at_cpu_is_found_by_its_rule_alone(stack, environment):
    graph = stack(environment)
    urns = {policy.urn for policy in cpu_policies(graph)}
    broken = Graph([resource for resource in graph.resources if resource.urn not in urns])
    assert set(breaches(broken, environment)) == {("autoscaling-cpu-tracked", "fail")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_shell_in_tasks_is_found_by_its_rule_alone(stack, environment):
    broken = changed(stack(environment), "aws:ecs/service:Service", {"enableExecuteCommand": True})
    assert set(breaches(broken, environment)) == {("ecs-exec-off", "fail")}


def test_sleep_is_for_dev_and_staging_and_found_in_prod(stack):
    for environment in ("dev", "staging"):
        assert set(breaches(stack(environment), "prod")) == {("ecs-awake", "fail")}
