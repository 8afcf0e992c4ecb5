"""Event streams as no engine should send them: no traceback in any format, and nothing that changes is hidden."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from operations import events
from operations.changes import QUIET, Run
from operations.report.build import Previewed, build
from operations.report.commands import FORMATS
from operations.report.model import Report
from tests.operations.report import recordings
from tests.operations.report.streams import BUCKET, DATABASE, TOPIC, previewed, step, urn, violation

STREAMS = 1_000
"""Mutated streams, in BATCHES tests."""
BATCHES = 10
Events = list[Any]
Mutation = Callable[[Events, random.Random], Events]


def original() -> Events:
    """A stream with a bit of everything."""
    policy = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
    return [
        step("create", TOPIC, "new", new={"note": "a"}),
        step("update", TOPIC, "old", old={"note": "a"}, new={"note": "b"}, detail={"note": "update"}),
        step(
            "replace", DATABASE, "main", old={"engine": "a"}, new={"engine": "b"}, detail={"engine": "update-replace"}
        ),
        step("delete", BUCKET, "uploads", old={"forceDestroy": False}),
        step("update", "aws:iam/rolePolicy:RolePolicy", "r", old={"policy": "{}"}, new={"policy": policy}),
        step("same", TOPIC, "still", old={}, new={}),
        violation("rds-private", urn(DATABASE, "main"), level="advisory"),
        {"diagnosticEvent": {"severity": "warning", "message": "careful"}},
        {"summaryEvent": {"resourceChanges": {"create": 1}, "PolicyPacks": {}}},
    ]


def truncated(stream: Events, chance: random.Random) -> Events:
    return stream[: chance.randrange(len(stream) + 1)]


def shuffled(stream: Events, chance: random.Random) -> Events:
    return chance.sample(stream, len(stream))


def repeated(stream: Events, chance: random.Random) -> Events:
    return stream + chance.sample(stream, min(3, len(stream)))


def _metadata(stream: Events) -> list[dict[str, Any]]:
    """What the steps of a stream say, as far as it is still there."""
    bodies = [document.get("resourcePreEvent") for document in stream if isinstance(document, dict)]
    found = [body.get("metadata") for body in bodies if isinstance(body, dict)]
    return [metadata for metadata in found if isinstance(metadata, dict)]


def of_unknown_operations(stream: Events, chance: random.Random) -> Events:
    for metadata in _metadata(stream):
        if chance.random() < 0.5:
            metadata["op"] = chance.choice(["transmogrify", "", None, 7, "REPLACE"])
    return stream


def without_something(stream: Events, chance: random.Random) -> Events:
    """Null differences, lists where mappings belong, no states, no names."""
    for document in stream:
        for path in _paths(document):
            if chance.random() < 0.1:
                _set(document, path, chance.choice([None, [], {}, "", 0, True, "x", [None], {"a": None}]))
    return stream


def with_foreign_events(stream: Events, chance: random.Random) -> Events:
    strange: list[Any] = [
        None,
        [],
        5,
        "text",
        {"resourcePreEvent": None},
        {"futureEvent": {"a": 1}},
        {"policyEvent": []},
    ]
    for one in strange:
        stream.insert(chance.randrange(len(stream) + 1), one)
    return stream


def with_parents_in_a_circle(stream: Events, chance: random.Random) -> Events:
    found = _metadata(stream)
    for metadata in found:
        state = metadata.get("new") or metadata.get("old")
        if isinstance(state, dict):
            state["parent"] = chance.choice(found).get("urn")
    return stream


MUTATIONS: list[Mutation] = [
    truncated,
    shuffled,
    repeated,
    of_unknown_operations,
    without_something,
    with_foreign_events,
    with_parents_in_a_circle,
]


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [found for key, member in members for found in [(*path, key), *_paths(member, (*path, key))]]


def _set(document: Any, path: tuple[Any, ...], value: Any) -> None:
    try:
        for key in path[:-1]:
            document = document[key]
        if isinstance(document, dict | list):
            document[path[-1]] = value
    except (KeyError, IndexError, TypeError):
        return  # gone with what was replaced before


def reported(stream: Events) -> tuple[Run, Report]:
    run = Run()
    for document in stream:
        run.add(events.parse(json.dumps(document)))
    return run, build([previewed(stack="dev"), Previewed(environment="prod", run=run)])


def check_nothing_hidden(run: Run, report: Report) -> None:
    stack = report.stacks[1]
    changing = {change.urn for change in run.changes.values() if change.op not in QUIET and not change.hidden}
    components = {change.urn for change in run.changes.values() if not change.physical and not change.failed}
    assert {item.urn for item in stack.items} == changing - components
    assert len(stack.findings) == len(set(run.violations))
    assert bool(stack.incomplete) == (run.summary is None)
    if stack.items or stack.incomplete:
        assert report.verdict != "nothing"


@pytest.mark.parametrize("batch", range(BATCHES))
def test_a_broken_stream_breaks_no_report_and_hides_nothing(batch: int) -> None:
    for number in range(STREAMS // BATCHES):
        chance = random.Random(batch * 1_000_003 + number)
        stream = copy.deepcopy(original())
        for mutate in chance.sample(MUTATIONS, chance.randint(1, 3)):
            stream = mutate(stream, chance)
        run, report = reported(stream)
        check_nothing_hidden(run, report)
        for name, render in FORMATS.items():
            if name != "sarif" or number % 10 == 0:  # all rules stand in it each time
                assert render(report), name


@pytest.mark.parametrize("environment", recordings.ENVIRONMENTS)
def test_a_recorded_stream_that_breaks_off_anywhere_is_told_as_incomplete(environment: str) -> None:
    lines = recordings.lines(environment, "first")
    chance = random.Random(environment)
    for cut in sorted(chance.sample(range(len(lines)), 5)):
        run = Run()
        for line in lines[:cut]:
            run.add(events.parse(line[: len(line) if chance.random() < 0.8 else len(line) // 2]))
        report = build([previewed(stack="dev"), Previewed(environment=environment, run=run)])
        check_nothing_hidden(run, report)
        assert report.stacks[1].incomplete
