"""`headroom report` as a user and a workflow call it: what it writes where, and what it exits with."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.operations.report.streams import BUCKET, DATABASE, SUMMARY, TOPIC, step, urn, violation

CREATED = step("create", TOPIC, "t", new={"note": "a"})
LOST = step("delete", DATABASE, "main", old={"engine": "postgres"})


def script(project: Any, *events: Any, **more: Any) -> None:
    """What the engine says of each environment."""
    project.script(preview={"events": [*events, SUMMARY], **more})


@pytest.mark.parametrize(
    ("events", "code", "headline"),
    [
        ([step("same", TOPIC, "t", old={}, new={})], 0, "Nothing changes"),
        ([CREATED], 2, "Changes"),
        ([LOST], 3, "Data is endangered"),
        ([CREATED, violation("rds-private", urn(TOPIC, "t"))], 1, "This can't be applied"),
    ],
    ids=["nothing", "changes", "guarded", "a mandatory policy"],
)
def test_the_exit_code_is_the_verdict(project: Any, events: list[Any], code: int, headline: str) -> None:
    script(project, *events, code=1 if code == 1 else 0)
    assert headline in project.headroom("report", "--offline", code=code)


def test_a_preview_that_fails_is_an_error_with_the_engines_words(project: Any) -> None:
    script(project, CREATED, code=1, stderr="error: the program stopped\n")
    printed = project.headroom("report", "prod", "--offline", code=1)
    assert "prod could not be previewed" in printed
    assert "the program stopped" in printed


def test_every_environment_is_previewed_with_its_policies_and_none_is_changed(project: Any) -> None:
    script(project, CREATED)
    project.headroom("report", "--offline", code=2)
    verbs = [call[0] for call in project.calls if call[0] not in {"version", "stack"}]
    assert verbs == ["preview"] * 3
    given = {call[call.index("--policy-pack-config") + 1] for call in project.calls if call[0] == "preview"}
    assert given == {f"policies/{name}.json" for name in ("dev", "staging", "prod")}


def test_a_file_is_written_whole_and_nothing_is_printed(project: Any, tmp_path: Path) -> None:
    script(project, CREATED)
    out = tmp_path / "report.json"
    assert project.headroom("report", "dev", "--offline", "--format", "json", "--out", str(out), code=2) == ""
    document = json.loads(out.read_text())
    assert (document["version"], document["verdict"], document["exit_code"]) == (1, "changes", 2)
    assert [item["label"] for item in document["stacks"][0]["items"]] == ["sns.Topic t"]
    assert [path.name for path in tmp_path.glob(".report*")] == []


def test_one_preview_fills_several_files_each_by_its_ending(project: Any, tmp_path: Path) -> None:
    script(project, CREATED)
    files = [tmp_path / f"report{ending}" for ending in (".md", ".html", ".json", ".sarif", ".txt")]
    project.headroom("report", "dev", "--offline", *(word for file in files for word in ("--out", str(file))), code=2)
    assert [call[0] for call in project.calls].count("preview") == 1
    markdown, page, document, findings, other = (file.read_text() for file in files)
    assert markdown.startswith("#") and other == markdown
    assert page.startswith("<!doctype html>")
    assert json.loads(document)["verdict"] == "changes"
    assert json.loads(findings)["runs"]


def test_a_loss_is_approved_by_the_text_of_the_pull_request(project: Any, tmp_path: Path) -> None:
    script(project, LOST)
    text = tmp_path / "body.md"
    text.write_text(f"Moves away.\n\nheadroom-approve: delete {urn(DATABASE, 'main')}\n")
    assert "approved" in project.headroom("report", "prod", "--offline", "--approvals", str(text), code=2)
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"body": text.read_text()}}))
    project.headroom("report", "prod", "--offline", code=2, GITHUB_EVENT_PATH=str(event))


def test_an_approval_of_something_else_approves_nothing_and_is_told(project: Any, tmp_path: Path) -> None:
    script(project, LOST)
    text = tmp_path / "body.md"
    text.write_text(f"headroom-approve: delete {urn(BUCKET, 'uploads')}\n")
    printed = project.headroom("report", "prod", "--offline", "--approvals", str(text), code=3)
    assert "approved, but not endangered" in printed


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["prod", "--format", "pdf"], "--format pdf is none of"),
        (["produktion"], "there is no environment 'produktion'"),
        (["prod", "--approvals", "absent.md"], "absent.md"),
        (["prod", "--base", "nowhere"], "--base nowhere is no revision"),
        (["prod", "--out", "absent/report.md"], "can't be written to absent/report.md"),
    ],
)
def test_what_cannot_be_done_is_one_error(project: Any, arguments: list[str], said: str) -> None:
    script(project, CREATED)
    subprocess.run(["git", "init", "-q", str(project.root)], check=True)
    assert said in project.headroom("report", "--offline", *arguments, code=1)


def test_protection_is_never_ignored(project: Any) -> None:
    script(project, LOST)
    printed = project.headroom("report", "prod", "--offline", "--ignore-protect", code=1)
    assert "protect" in printed
    assert not any(call[0] == "preview" for call in project.calls)


def test_the_base_is_previewed_from_its_own_revision_and_its_checkout_is_gone_afterwards(project: Any) -> None:
    script(project, CREATED)

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run(["git", "-C", str(project.root), *identity, *arguments], check=True, capture_output=True)

    git("init", "-q")
    git("add", "-A")
    git("commit", "-q", "-m", "first")
    document = json.loads(project.headroom("report", "dev", "--offline", "--base", "HEAD", "--format", "json", code=2))
    assert document["base"] == document["commit"] != ""
    assert [item["pending"] for item in document["stacks"][0]["items"]] == [True]
    listed = subprocess.run(
        ["git", "-C", str(project.root), "worktree", "list"], capture_output=True, text=True, check=True
    )
    assert len(listed.stdout.splitlines()) == 1
