"""The pages for a new team and for its pipelines: every command, file and name in them exists."""

from __future__ import annotations

import re

import pytest

from operations.project import Project
from tests.workflows import GITHUB, ROOT, command, jobs, options, read

PAGES = ("docs/first-day.md", "docs/ci.md", "docs/ci-access.md")


def calls(page: str) -> list[list[str]]:
    """Words of each call of `headroom`, in blocks and in lines."""
    text = (ROOT / page).read_text()
    lines = [
        *re.findall(r"^\.venv/bin/headroom (.+)$", text, re.M),
        *re.findall(r"`(?:\.venv/bin/)?headroom (.+?)`", text),
    ]
    return [line.split("  ")[0].split() for line in lines]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_exists_with_its_options(page: str) -> None:
    assert calls(page)
    for words in calls(page):
        path = words[:2] if words[0] in {"keys", "offline", "policies"} else words[:1]
        known = options(command(path))
        assert {word for word in words if word.startswith("--")} <= known, words


def test_every_environment_that_a_command_names_has_a_stack_file() -> None:
    names = set(Project(ROOT).environments)
    for words in calls("docs/first-day.md"):
        path = 2 if words[0] in {"keys", "offline", "policies"} else 1
        assert {word for word in words[path:] if word.isalpha() and word.islower()} <= names | {"html"}, words


@pytest.mark.parametrize("page", PAGES)
def test_every_page_that_is_linked_is_there_with_its_heading(page: str) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", (ROOT / page).read_text()):
        if target.startswith("https://"):
            continue
        file, _, heading = target.partition("#")
        linked = (ROOT / page).parent / file if file else ROOT / page
        assert linked.is_file(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(), re.M)
            assert heading in {re.sub(r"[^\w -]", "", text.lower()).replace(" ", "-") for text in headings}, target


def test_every_make_target_of_the_first_day_exists() -> None:
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    named = {name for page in PAGES for name in re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / page).read_text(), re.M)}
    assert {"up", "test"} <= named <= made


def test_what_is_to_be_replaced_is_marked_in_the_stack_files() -> None:
    for path in ROOT.glob("Pulumi.*.yaml"):
        assert "Placeholder" in path.read_text(), path.name
    text = (ROOT / "docs" / "first-day.md").read_text()
    config = set(Project(ROOT).config("prod"))
    named = set(re.findall(r"`((?:headroom|aws):[a-z_]+)", text))
    assert len(named) > 6
    assert named <= config


def test_the_first_day_says_what_commands_really_print() -> None:
    text = (ROOT / "docs" / "first-day.md").read_text()
    code = "".join(path.read_text() for path in (ROOT / "operations").rglob("*.py"))
    for said in ("is recorded.", "created", "tasks run revision", "pulumi stack init", "Everything stood already."):
        assert said in code, said
    for said in ("is recorded.", "created", "tasks run revision", "pulumi stack init"):
        assert said in text, said


def test_the_page_of_ci_has_every_workflow_job_and_environment() -> None:
    text = (ROOT / "docs" / "ci.md").read_text()
    for path in sorted((GITHUB / "workflows").glob("*.yml")):
        assert f"| `{path.name}` |" in text
    for one in jobs():
        if one.signs_in:
            assert f"`{one.workflow}/{one.name}`" in text
    trusted = {
        name
        for environment in Project(ROOT).environments
        for key, name in Project(ROOT).config(environment)["headroom:ci"]["github"].items()
        if key in {"preview", "deploy", "promote", "review"} and name != "pull_request"
    }
    listed = set(re.findall(r"^\| `([a-z-]+)` \| (?:none|yes|as you like)", text, re.M))
    assert listed == trusted


def test_the_checks_that_are_to_be_required_are_names_of_jobs() -> None:
    names = {
        one.given["name"]
        for one in jobs()
        if "pull_request" in read(GITHUB / "workflows" / f"{one.workflow}.yml")["on"]
    }
    assert {"make test", "dev and staging"} <= names


def test_every_promise_of_the_check_list_is_one_line() -> None:
    lines = (ROOT / "docs" / "first-day.md").read_text().splitlines()
    assert len([line for line in lines if line.startswith("- [ ] ")]) >= 6
    assert all(len(line) < 130 or line.startswith("|") or "aws " in line for line in lines)
