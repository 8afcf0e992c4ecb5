"""Each described type is made, read, imported, changed in place, replaced and deleted; AWS is asked what it holds."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Any

import pytest

from offline.aws import importing, mapping, schema, types
from offline.aws.model import ResourceType
from offline.aws.values import plain
from offline.cloud import ROOT
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_cases import CASES, KEPT_BY_ANOTHER
from tests.offline.aws.provider_harness import FailedError, Made, Maker, Plugin
from tests.offline.aws.provider_steps import (
    IMPORT_IDS,
    NOT_CHANGED,
    NOT_IMPORTED,
    NOT_READ_BY_AN_IMPORT,
    NOT_REPLACED,
    REPLACEMENTS,
)
from tests.offline.aws.provider_world import World, build

ARN = re.compile(r"arn:aws:[a-z0-9-]+:([a-z]{2}(-[a-z]+)+-\d)?:(\d{12}|aws|lambda)?:\S+")
FIRST = {case.token: case for case in reversed(CASES)}
TOKENS = {kind.token for kind in types.everything()}
MADE = re.compile(r"(?:aws\.)?(\w+)\.([A-Z]\w+)")
MADE_WITH_THE_WORLD = {("aws:ec2/internetGateway:InternetGateway", "vpcId")}
"""What a case cannot give: the world's VPC has a gateway, and another VPC's would be in the way of the replacement."""


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


def test_every_described_type_has_a_case() -> None:
    assert set(FIRST) == TOKENS


class Anything(str):
    """Whatever a case asks of a world."""

    def __getattr__(self, name: str) -> Anything:
        if name.startswith("__"):
            raise AttributeError(name)
        return Anything(name)

    def __getitem__(self, name: Any) -> Anything:
        return Anything(name)

    def __call__(self, *args: Any) -> Anything:
        return Anything("called")


def given_by_components() -> Iterator[tuple[str, str]]:
    """(type, property) of all that a component writes out; `region` is everybody's."""
    tokens = {(token.split(":")[1].split("/")[0], token.split(":")[2]): token for token in TOKENS}
    for path in sorted((ROOT / "components").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (made := MADE.fullmatch(ast.unparse(node.func))):
                token = tokens.get((made[1].rstrip("_"), made[2]), "")
                names = {re.sub(r"_(\w)", lambda m: m[1].upper(), word.arg) for word in node.keywords if word.arg}
                yield from ((token, name) for name in names - {"opts", "region", "resourceName"} if token)


def test_every_property_that_a_component_gives_is_given_by_a_case() -> None:
    covered: set[tuple[str, str]] = set()
    for case in CASES:
        for properties in (case.inputs, case.change):
            covered |= {(case.token, name) for name in (properties(Anything("world")) if properties else ())}  # type: ignore[arg-type]
    asked = set(given_by_components())
    assert len(asked) > 400
    assert asked - covered - MADE_WITH_THE_WORLD == set()


def test_a_case_says_why_a_step_is_missing() -> None:
    changed = {case.token for case in CASES if case.change}
    assert TOKENS - changed == set(NOT_CHANGED)
    assert TOKENS - set(REPLACEMENTS) == set(NOT_REPLACED)
    assert set(IMPORT_IDS) | set(NOT_IMPORTED) <= TOKENS
    assert not set(IMPORT_IDS) & set(NOT_IMPORTED)
    assert set(KEPT_BY_ANOTHER) <= TOKENS


@pytest.mark.parametrize("token", NOT_CHANGED)
def test_what_is_not_changed_has_nothing_that_its_table_updates(token: str) -> None:
    kind = types.find(token)
    assert kind is not None
    assert mapping.updatable(kind, {"before": {}, "id": "one"}) - set(kind.replace) == set()


@pytest.mark.parametrize("token", NOT_REPLACED)
def test_what_is_not_replaced_has_nothing_that_replaces_not_even_its_region(token: str) -> None:
    kind = types.find(token)
    assert kind is not None
    assert (kind.replace, kind.replace_if, kind.regional) == ((), None, False)


@pytest.mark.parametrize("kind", list(types.everything()), ids=lambda kind: kind.token)
def test_what_has_an_import_by_its_page_is_imported(kind: ResourceType) -> None:
    """The pages of the installed provider's own types, which are those of the Terraform provider it is made of."""
    described = f"$ pulumi import {kind.token} " in (schema.source_of(kind.token) or "")
    listed = kind.token in ("aws:cloudfront/vpcOrigin:VpcOrigin",)  # its page has it without an example
    assert (described or listed) == (kind.token not in NOT_IMPORTED) or kind.checked_only


@pytest.mark.parametrize("token", sorted(importing.REFUSED))
def test_what_the_provider_does_not_import_is_refused(plugin: Plugin, token: str) -> None:
    with pytest.raises(FailedError, match="the AWS provider has no import of"):
        plugin.read(token, "one", {}, {})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.token.rpartition(":")[2] + case.name)
def test_a_type_lives_its_whole_life(case: Case, world: World, plugin: Plugin) -> None:
    maker = Maker(plugin)
    made = maker(case.token, case.inputs(world), "life")
    try:
        assert_settled(plugin, made)
        assert_arns(made)
        if case.token not in NOT_IMPORTED:
            assert_imported(plugin, made)
        if case.change:
            changes = case.change(world)
            before = made.inputs
            detailed = plugin.diff(case.token, before, {**before, **changes}, made.state)
            assert set(detailed.diffs) == set(changes)
            assert list(detailed.replaces) == []
            made.update(**changes)
            assert {name: made[name] for name in changes} == plain(changes)
            assert_settled(plugin, made)
        if case is FIRST[case.token] and case.token in REPLACEMENTS:
            replace(plugin, maker, made, case, world)
    finally:
        maker.clean()
    made.delete()
    if case.token not in KEPT_BY_ANOTHER:
        assert made.read()[0] == ""


def assert_arns(made: Made) -> None:
    """Whatever is called an ARN is one."""
    named = {name: value for name, value in plain(made.state).items() if name == "arn" or name.endswith("Arn")}
    assert {name: value for name, value in named.items() if not ARN.fullmatch(value)} == {}


def replace(plugin: Plugin, maker: Maker, made: Made, case: Case, world: World) -> None:
    """A change that cannot be made in place asks for a new resource, which can be made as the answer says."""
    changes = REPLACEMENTS[case.token](world)
    answer = plugin.diff(case.token, made.inputs, {**made.inputs, **changes}, made.state)
    assert set(answer.replaces) == set(changes)
    if answer.deleteBeforeReplace:
        made.delete()
    other = maker(case.token, {**case.inputs(world), **changes}, "life")
    assert_settled(plugin, other)
    if not answer.deleteBeforeReplace:
        made.delete()
        assert_settled(plugin, other)


def assert_imported(plugin: Plugin, made: Made) -> None:
    """What exists is found by its name, and is what the program asks for: no change, so no new resource either.

    What AWS does not keep is the exception.
    """
    given = IMPORT_IDS[made.token](made) if made.token in IMPORT_IDS else made.id
    examples = re.findall(rf"\$ pulumi import {made.token} \S+ [\"']*(\S+)", schema.source_of(made.token) or "")
    assert not examples or form(given) in map(form, examples)
    region = plain(made.inputs.get("region"))
    identifier, inputs, state = plugin.read(made.token, f"{given}@{region}" if region else given, {}, {})
    assert identifier == made.id
    changed = plugin.diff(made.token, inputs, made.inputs, state, identifier).diffs
    assert set(changed) == NOT_READ_BY_AN_IMPORT.get(made.token, set())


def form(identifier: str) -> str:
    """What an id of an import begins as: a name tells nothing, and an id of EC2's what it is of."""
    told = re.match(r"arn:|https?:|(?:eipalloc|fl|igw|nat|rtb|rtbassoc|sgr?|subnet|vpce?)-", identifier)
    return told[0].replace("https", "http") if told else "name"


def assert_settled(plugin: Plugin, made: Any) -> None:
    """AWS holds what was asked for: reading changes nothing, and a second run has nothing to do."""
    assert not plugin.diff(made.token, made.inputs, made.inputs, made.state).detailedDiff
    identifier, inputs, _ = made.read()
    assert identifier == made.id
    assert plain(inputs) == plain(made.inputs)
