"""Data is given up by a line of the pull request's text that names it, and by nothing that only looks like one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.errors import Failure
from operations.report.approvals import approved, read

URN = "urn:pulumi:prod::headroom::headroom:data:Database$aws:rds/instance:Instance::main"


@pytest.mark.parametrize(
    "text",
    [
        f"headroom-approve: replace {URN}",
        f"Moves to MySQL.\r\n\r\n- headroom-approve: replace {URN}\r\nThanks",
        f"`headroom-approve: replace {URN}`",
    ],
    ids=["a line", "in a list, with Windows' line ends", "as code"],
)
def test_a_line_approves_one_danger_of_one_resource(text: str) -> None:
    assert approved(text) == {f"replace {URN}"}


@pytest.mark.parametrize(
    "text",
    [
        "headroom-approve: replace everything",
        "headroom-approve: all",
        f"headroom-approve: destroy {URN}",
        f"headroom-approve: replace {URN} and more",
        f"please headroom-approve: replace {URN}",
    ],
)
def test_a_line_that_only_looks_like_an_approval_is_an_error(text: str) -> None:
    with pytest.raises(Failure, match="approves nothing"):
        approved(text)


def test_no_line_approves_nothing() -> None:
    assert approved("A pull request as any other.") == frozenset()


def test_in_a_workflow_the_text_is_the_pull_requests_own(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"body": "from the event"}}))
    assert read(None, {"GITHUB_EVENT_PATH": str(event)}) == "from the event"
    event.write_text(json.dumps({"pull_request": {"body": None}}))
    assert read(None, {"GITHUB_EVENT_PATH": str(event)}) == ""
    assert read(None, {}) == ""


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"absent\.md"):
        read(str(tmp_path / "absent.md"), {})
    broken = tmp_path / "event.json"
    broken.write_text("{")
    with pytest.raises(Failure, match=r"event\.json"):
        read(None, {"GITHUB_EVENT_PATH": str(broken)})
