"""A pull request has one comment with the report, whatever goes wrong on the way; GitHub is a fake on loopback."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from operations.errors import Failure
from operations.github import ACTIONS
from operations.report.comment import MARKER, Target, post, target
from tests.operations.github import Fault, Hub

TOKEN = "ghp_canary0123456789"


@pytest.fixture
def hub(hub: Hub) -> Hub:
    """It has one pull request, 7."""
    hub.add_pull(7)
    return hub


def comment(hub: Hub, body: str = "the report", number: int = 7) -> str:
    where = Target(repository="team/backend", number=number, token=TOKEN, api=hub.address)
    return post(body, where, wait=lambda seconds: None)


def test_the_first_report_is_posted_and_the_next_one_takes_its_place(hub: Hub) -> None:
    assert comment(hub, "first") == "https://x/1"
    assert comment(hub, "second") == "https://x/1"
    assert hub.bodies == [f"{MARKER}\nsecond"]


def test_the_same_report_again_changes_nothing(hub: Hub) -> None:
    comment(hub)
    comment(hub)
    assert not any(call.startswith("PATCH") for call in hub.calls)


def test_its_comment_is_found_behind_hundreds_of_others(hub: Hub) -> None:
    for number in range(250):
        hub.add_comment("somebody", f"comment {number}")
    hub.add_comment(ACTIONS, f"{MARKER}\nold")
    comment(hub, "new")
    assert len(hub.comments) == 251
    assert hub.bodies[-1] == f"{MARKER}\nnew"


def test_somebody_elses_comment_is_left_alone_whatever_it_says(hub: Hub) -> None:
    hub.add_comment("mallory", f"{MARKER}\nnothing to see")
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nnothing to see", f"{MARKER}\nthe report"]


def test_a_persons_token_finds_that_persons_comment(hub: Hub) -> None:
    hub.login = "ada"
    hub.add_comment("ada", "by hand")
    comment(hub, "first")
    comment(hub, "second")
    assert hub.bodies == ["by hand", f"{MARKER}\nsecond"]


def test_of_two_that_two_runs_made_one_stays(hub: Hub) -> None:
    hub.add_comment(ACTIONS, f"{MARKER}\none")
    hub.add_comment(ACTIONS, f"{MARKER}\ntwo")
    comment(hub, "three")
    assert hub.bodies == [f"{MARKER}\nthree"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_moment_of_trouble_is_waited_out(hub: Hub, method: str, status: int) -> None:
    hub.faults += [Fault(method, status, "trouble")] * 2
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nthe report"]


def test_a_post_whose_answer_was_lost_is_not_made_twice(hub: Hub) -> None:
    hub.faults.append(Fault("POST", 0))
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nthe report"]


def test_a_rate_limit_that_is_soon_over_is_waited_out(hub: Hub) -> None:
    hub.faults.append(Fault("GET", 403, "You have exceeded a secondary rate limit", {"Retry-After": "0"}))
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nthe report"]


@pytest.mark.parametrize(
    ("status", "headers", "message", "said"),
    [
        (401, {}, "Bad credentials", "401, Bad credentials"),
        (403, {}, "Resource not accessible", "403, Resource not accessible"),
        (404, {}, "Not Found", "404, Not Found"),
        (422, {}, "Validation Failed", "422, Validation Failed"),
    ],
)
def test_a_refusal_is_one_error_in_githubs_words_without_the_token(
    hub: Hub, status: int, headers: dict[str, str], message: str, said: str
) -> None:
    hub.faults += [Fault("POST", status, message, headers)] * 5
    with pytest.raises(Failure) as failure:
        comment(hub)
    assert said in failure.value.message
    assert failure.value.remedies
    assert TOKEN not in str(failure.value)
    assert hub.bodies == []


def test_trouble_that_stays_is_an_error(hub: Hub) -> None:
    hub.faults += [Fault("POST", 502, "Bad Gateway")] * 9
    with pytest.raises(Failure, match="502, Bad Gateway"):
        comment(hub)


def test_a_pull_request_that_is_not_there_is_named(hub: Hub) -> None:
    with pytest.raises(Failure, match="team/backend#8"):
        comment(hub, number=8)


def test_a_report_that_is_too_long_is_refused_before_anything_is_sent(hub: Hub) -> None:
    with pytest.raises(Failure, match=r"65,536 at most"):
        comment(hub, "x" * 65_536)
    assert hub.calls == []


def test_in_a_workflow_the_pull_request_is_known(tmp_path: Path) -> None:
    event = tmp_path / "event.json"
    event.write_text(json.dumps({"pull_request": {"number": 7}}))
    environ = {"GITHUB_REPOSITORY": "team/backend", "GITHUB_EVENT_PATH": str(event), "GITHUB_TOKEN": TOKEN}
    found = target(None, None, environ)
    assert (found.repository, found.number, found.api) == ("team/backend", 7, "https://api.github.com")
    assert target("a/b", 3, environ | {"GITHUB_API_URL": "https://ghe/api/v3/"}).api == "https://ghe/api/v3"


@pytest.mark.parametrize(
    ("repository", "number", "environ", "said"),
    [
        (None, 7, {"GITHUB_TOKEN": TOKEN}, "no repository"),
        ("backend", 7, {"GITHUB_TOKEN": TOKEN}, "no repository"),
        ("team/backend", None, {"GITHUB_TOKEN": TOKEN}, "no pull request"),
        ("team/backend", 7, {}, "GITHUB_TOKEN is not set"),
    ],
)
def test_what_is_missing_is_named(
    repository: str | None, number: int | None, environ: dict[str, str], said: str
) -> None:
    with pytest.raises(Failure, match=said):
        target(repository, number, environ)


def test_the_command_posts_a_file_and_says_where(project: Any, hub: Hub) -> None:
    (project.root / "report.md").write_text("the report")
    given = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": hub.address}
    printed = project.headroom("comment", "report.md", "--repo", "team/backend", "--pull", "7", **given)
    assert printed == "Commented: https://x/1\n"
    (project.root / "empty.md").write_text("\n")
    for name in ("empty.md", "absent.md"):
        assert name in project.headroom("comment", name, "--repo", "a/b", "--pull", "7", code=1, **given)
