"""Each mandatory rule notices when its promise is broken in the real stacks, and no other mandatory rule mistakes it.

A group's mutations are in `mutations/<group>.py`, as its rules are in `policies/rules/<group>.py`.
"""

import json
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
import yaml

from policies.catalog import RULES
from policies.graph import Graph
from policies.rule import ResourceRule, Rule
from policies.verdict import PASS, Outcome, Verdict
from tests.policies.mutations.mutation import Mutation

pytestmark = pytest.mark.xdist_group("stacks")  # one worker makes each stack once
POLICIES = Path(__file__).parents[2] / "policies"
GROUPS = sorted(path.stem for path in Path(__file__).parent.glob("mutations/*.py") if path.stem != "mutation")
MUTATIONS: list[Mutation] = [
    mutation for group in GROUPS for mutation in import_module(f"tests.policies.mutations.{group}").MUTATIONS
]
NOT_IN_THE_STACKS: dict[str, str] = {
    "ecs-awake": "dev and staging sleep, and so break it as they are: test_stacks.py",
}
"""Mandatory rules without a mutation, and why there is none; those of idle.yaml need none."""


def mandatory(environment: str) -> set[str]:
    levels = json.loads((POLICIES / f"{environment}.json").read_text())
    return {rule for rule, entry in levels.items() if entry["enforcementLevel"] == "mandatory"}


def verdict(rule: Rule, graph: Graph) -> Verdict:
    """The worst that a rule says of a stack."""
    worst = PASS
    for resource in graph.of_type(*sorted(rule.types)):
        found = rule.check(resource.properties) if isinstance(rule, ResourceRule) else rule.check(resource, graph)
        if found.outcome is Outcome.FAIL:
            return found
        worst = found if found.outcome is not Outcome.PASS else worst
    return worst


def findings(graph: Graph) -> Iterator[tuple[str, Outcome]]:
    for rule in RULES:
        outcome = verdict(rule, graph).outcome
        if outcome is not Outcome.PASS:
            yield rule.id, outcome


def name(mutation: Mutation) -> str:
    same = [other for other in MUTATIONS if other.rule == mutation.rule]
    return f"{mutation.rule}-{same.index(mutation) + 1}" if len(same) > 1 else mutation.rule


_UNMUTATED: dict[tuple[str, str], set[tuple[str, Outcome]]] = {}


def unmutated(graph: Graph, environment: str, compute: str) -> set[tuple[str, Outcome]]:
    """What rules find in a stack as it is; asked once for each stack. One that leaves it open may still fail it."""
    if (environment, compute) not in _UNMUTATED:
        _UNMUTATED[environment, compute] = set(findings(graph))
    return _UNMUTATED[environment, compute]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=name)
def test_a_broken_promise_is_found_by_its_rule_and_no_other_mandatory_one(
    mutation: Mutation, stack: Callable[..., Graph]
) -> None:
    for environment in mutation.environments:
        graph = stack(environment, compute=mutation.compute)
        before = unmutated(graph, environment, mutation.compute)
        found = dict(set(findings(mutation.change(graph))) - before)
        assert found.get(mutation.rule) is mutation.outcome, f"{environment}: {mutation.rule} says nothing"
        assert set(found) & mandatory(environment) <= {mutation.rule}, environment


def test_every_mandatory_rule_has_a_mutation_that_breaks_it() -> None:
    broken = {mutation.rule for mutation in MUTATIONS}
    idle = set(yaml.safe_load((Path(__file__).parent / "idle.yaml").read_text()) or ())
    needed = {rule for environment in ("dev", "staging", "prod") for rule in mandatory(environment)}
    assert needed - broken - idle == set(NOT_IN_THE_STACKS)
    assert broken <= {rule.id for rule in RULES}
