"""Reports of real changes to the example environments, in every format, as they were read and found right.

What the engine said was recorded (`record.py`). `pytest --snapshot-update` writes them anew: read what differs.
"""

from __future__ import annotations

import json
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode

from operations.report import document, markdown, page, sarif
from operations.report.build import build
from operations.report.model import Report
from tests.operations.report import recordings

pytestmark = pytest.mark.xdist_group("golden reports")
EVERYWHERE = "a-new-image-everywhere"
CHANGES = [
    (environment, name)
    for environment in recordings.ENVIRONMENTS
    for name in recordings.names(environment)
    if name not in {"first", "nothing", EVERYWHERE}
]
SCENARIOS: dict[str, dict[str, str]] = {
    **{f"{environment}-{name}": {environment: name} for environment, name in CHANGES},
    "nothing-anywhere": {},
    "first-everywhere": dict.fromkeys(recordings.ENVIRONMENTS, "first"),
    EVERYWHERE: dict.fromkeys(recordings.ENVIRONMENTS, EVERYWHERE),
}


class _Text(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


def shapes(file_extension: str) -> type[_Text]:
    return type(file_extension, (_Text,), {"file_extension": file_extension})


@cache
def report(scenario: str) -> Report:
    """Over all environments."""
    return build(recordings.three(**SCENARIOS[scenario]))


@cache
def of_changed(scenario: str) -> Report:
    """Over those that change; over all where none does."""
    changed = SCENARIOS[scenario] or dict.fromkeys(recordings.ENVIRONMENTS, "nothing")
    return build([recordings.previewed(environment, name) for environment, name in changed.items()])


def test_there_are_enough_changes_and_what_matters_is_among_them() -> None:
    reports = {name: report(name) for name in SCENARIOS}
    dangers = {loss.danger for made in reports.values() for stack in made.stacks for loss in stack.losses}
    assert len(SCENARIOS) >= 25
    assert {"replace", "delete", "unprotect"} <= dangers
    assert {made.verdict for made in reports.values()} == {"nothing", "changes", "guarded", "error"}
    assert any(m.wider for made in reports.values() for s in made.stacks for i in s.items for m in i.meanings)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_as_markdown(scenario: str, snapshot: SnapshotAssertion) -> None:
    assert markdown.render(report(scenario)) == snapshot(extension_class=shapes("md"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_as_json(scenario: str, snapshot: SnapshotAssertion) -> None:
    """Without what only the page draws."""
    told = json.loads(document.render(of_changed(scenario)))
    for stack in told["stacks"]:
        stack["nodes"] = len(stack["nodes"])
        if len(stack["items"]) > 100:
            stack["items"] = [item["label"] for item in stack["items"]]
    told["rows"] = len(told["rows"])
    assert json.dumps(told, indent=1, ensure_ascii=False) + "\n" == snapshot(extension_class=shapes("json"))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_as_sarif(scenario: str, snapshot: SnapshotAssertion) -> None:
    """Without the rules, of which each run has all."""
    told = json.loads(sarif.render(of_changed(scenario)))
    for run in told["runs"]:
        run["tool"]["driver"]["rules"] = "all"
        for result in run["results"]:
            del result["ruleIndex"]
    assert json.dumps(told, indent=1, ensure_ascii=False) + "\n" == snapshot(extension_class=shapes("sarif"))


class Reader(HTMLParser):
    """What a page says, a line each; of the pictures only boxes and what changes."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self._silent = 0
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        quiet = tag in {"style", "script"} or "chip op-same" in str(given.get("class"))
        if tag not in {"meta", "input", "br"}:
            self._open.append((tag, quiet))
            self._silent += quiet
        self.lines += [f"open {tag}"] if "open" in given and not self._silent else []

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, quiet = self._open.pop()
            self._silent -= quiet
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._silent:
            self.lines.append(text)


HTML = sorted(name for name in SCENARIOS if name != "first-everywhere")


@pytest.mark.parametrize("scenario", HTML)
def test_as_a_page(scenario: str, snapshot: SnapshotAssertion) -> None:
    reader = Reader()
    reader.feed(page.render(of_changed(scenario)))
    assert "\n".join(reader.lines) + "\n" == snapshot(extension_class=shapes("txt"))


def everything(made: Report) -> list[Any]:
    return [markdown.render(made), document.render(made), sarif.render(made), page.render(made)]


@pytest.mark.parametrize("environment", recordings.ENVIRONMENTS)
def test_no_format_of_a_first_preview_holds_what_looks_like_a_secret(environment: str) -> None:
    from operations.report.redaction import LOOKS

    for text in everything(build([recordings.previewed(environment, "first")])):
        assert LOOKS.findall(text) == []
