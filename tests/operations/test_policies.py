"""Results by rule: what was on, at which level, what it found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from operations import events
from operations.changes import Run
from operations.policies import results


def config(tmp_path: Path, content: Any) -> Path:
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(content))
    return path


def told(*documents: dict[str, Any]) -> Run:
    run = Run()
    for document in documents:
        run.add(events.read(document))
    return run


CHECKED = {"summaryEvent": {"PolicyPacks": {"headroom": "0.1.0"}}}


def violation(rule: str, level: str) -> dict[str, Any]:
    return {"policyEvent": {"policyPackName": "headroom", "policyName": rule, "enforcementLevel": level}}


def test_every_rule_of_the_level_file_is_listed_unless_it_is_off(tmp_path: Path) -> None:
    levels = {"all": "mandatory", "b": "mandatory", "a": {"enforcementLevel": "advisory", "x": 1}, "c": "disabled"}
    assert [(found.rule, found.level) for found in results(told(CHECKED), config(tmp_path, levels))] == [
        ("a", "advisory"),
        ("b", "mandatory"),
    ]


def test_a_rule_that_the_level_file_does_not_name_is_listed_when_it_speaks(tmp_path: Path) -> None:
    [found] = results(told(CHECKED, violation("new", "advisory")), config(tmp_path, {}))
    assert (found.rule, found.level, len(found.violations), found.breaches) == ("new", "advisory", 1, 0)


def test_only_mandatory_findings_are_breaches(tmp_path: Path) -> None:
    run = told(CHECKED, violation("a", "mandatory"), violation("a", "advisory"))
    [found] = results(run, config(tmp_path, {"a": "mandatory"}))
    assert (len(found.violations), found.breaches) == (2, 1)


def test_nothing_is_claimed_when_no_pack_came_to_look(tmp_path: Path) -> None:
    assert results(told({"summaryEvent": {}}), config(tmp_path, {"a": "mandatory"})) == []


def test_a_level_file_that_is_no_json_does_not_hide_findings(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    path.write_text("{")
    assert [found.rule for found in results(told(violation("a", "mandatory")), path)] == ["a"]
