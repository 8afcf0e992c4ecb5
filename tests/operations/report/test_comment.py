"""A pull request has one comment with the report, whatever goes wrong on the way; GitHub is a fake on loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from operations.errors import Failure
from operations.github import ACTIONS
from operations.report.comment import MARKER, Target, post, target

TOKEN = "ghp_canary0123456789"
REPO = "/repos/team/backend"
PAGE = 100


@dataclass
class GitHub:
    """What the fake holds, and how it misbehaves."""

    address: str = ""
    login: str | None = ACTIONS
    """Whose token it is; None for a workflow's, which may not ask."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, int, dict[str, str], str]] = field(default_factory=list)
    """(method, status, headers, message) of answers that come first; status 0 does the work and answers nothing."""
    calls: list[str] = field(default_factory=list)

    def add(self, login: str, body: str) -> None:
        number = 1 + max((comment["id"] for comment in self.comments), default=0)
        url = f"{self.address}{REPO}/issues/comments/{number}"
        self.comments.append(
            {"id": number, "body": body, "user": {"login": login}, "url": url, "html_url": f"https://x/{number}"}
        )

    @property
    def bodies(self) -> list[str]:
        return [comment["body"] for comment in self.comments]


class Handler(BaseHTTPRequestHandler):
    """The part of GitHub's API that comments need."""

    hub: GitHub

    def answer(self, status: int, document: Any, headers: dict[str, str] | None = None) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def handle_call(self) -> None:
        hub, method = self.hub, self.command
        length = int(self.headers.get("Content-Length") or 0)
        sent = json.loads(self.rfile.read(length) or b"{}")
        hub.calls.append(f"{method} {self.path.split('?')[0]}")
        fault = next((one for one in hub.faults if one[0] == method), None)
        if fault:
            hub.faults.remove(fault)
            _, status, headers, message = fault
            if status:
                return self.answer(status, {"message": message}, headers)
            self.work(method, sent, silent=True)
            self.close_connection = True
            return None
        return self.work(method, sent)

    def work(self, method: str, sent: dict[str, Any], silent: bool = False) -> None:
        hub, path = self.hub, self.path.split("?")[0]
        number = int(path.rsplit("/", 1)[-1]) if re.search(r"/issues/comments/\d+$", path) else 0
        found = next((comment for comment in hub.comments if comment["id"] == number), None)
        if path == "/user":
            known = hub.login != ACTIONS
            refusal = {"message": "Resource not accessible by integration"}
            return self.answer(200 if known else 403, {"login": hub.login} if known else refusal)
        if path == f"{REPO}/pulls/7":
            issue = f"{hub.address}{REPO}/issues/7"
            return self.answer(200, {"number": 7, "url": f"{hub.address}{path}", "issue_url": issue})
        if path == f"{REPO}/issues/7/comments" and method == "GET":
            page = int(dict(re.findall(r"(\w+)=(\w+)", self.path)).get("page", 1))
            part = hub.comments[(page - 1) * PAGE : page * PAGE]
            more = len(hub.comments) > page * PAGE
            link = {"Link": f'<{hub.address}{path}?per_page=100&page={page + 1}>; rel="next"'} if more else {}
            return self.answer(200, part, link)
        if path == f"{REPO}/issues/7/comments":
            hub.add(hub.login or ACTIONS, sent["body"])
            return None if silent else self.answer(201, hub.comments[-1])
        if found and method == "PATCH":
            found["body"] = sent["body"]
            return self.answer(200, found)
        if found and method == "DELETE":
            hub.comments.remove(found)
            self.send_response(204)
            self.end_headers()
            return None
        return self.answer(404, {"message": "Not Found"})

    do_GET = do_POST = do_PATCH = do_DELETE = handle_call  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Says nothing."""


@pytest.fixture
def hub() -> Iterator[GitHub]:
    made = GitHub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": made}))
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()


def comment(hub: GitHub, body: str = "the report", number: int = 7) -> str:
    where = Target(repository="team/backend", number=number, token=TOKEN, api=hub.address)
    return post(body, where, wait=lambda seconds: None)


def test_the_first_report_is_posted_and_the_next_one_takes_its_place(hub: GitHub) -> None:
    assert comment(hub, "first") == "https://x/1"
    assert comment(hub, "second") == "https://x/1"
    assert hub.bodies == [f"{MARKER}\nsecond"]


def test_the_same_report_again_changes_nothing(hub: GitHub) -> None:
    comment(hub)
    comment(hub)
    assert not any(call.startswith("PATCH") for call in hub.calls)


def test_its_comment_is_found_behind_hundreds_of_others(hub: GitHub) -> None:
    for number in range(250):
        hub.add("somebody", f"comment {number}")
    hub.add(ACTIONS, f"{MARKER}\nold")
    comment(hub, "new")
    assert len(hub.comments) == 251
    assert hub.bodies[-1] == f"{MARKER}\nnew"


def test_somebody_elses_comment_is_left_alone_whatever_it_says(hub: GitHub) -> None:
    hub.add("mallory", f"{MARKER}\nnothing to see")
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nnothing to see", f"{MARKER}\nthe report"]


def test_a_persons_token_finds_that_persons_comment(hub: GitHub) -> None:
    hub.login = "ada"
    hub.add("ada", "by hand")
    comment(hub, "first")
    comment(hub, "second")
    assert hub.bodies == ["by hand", f"{MARKER}\nsecond"]


def test_of_two_that_two_runs_made_one_stays(hub: GitHub) -> None:
    hub.add(ACTIONS, f"{MARKER}\none")
    hub.add(ACTIONS, f"{MARKER}\ntwo")
    comment(hub, "three")
    assert hub.bodies == [f"{MARKER}\nthree"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_moment_of_trouble_is_waited_out(hub: GitHub, method: str, status: int) -> None:
    hub.faults += [(method, status, {}, "trouble")] * 2
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nthe report"]


def test_a_post_whose_answer_was_lost_is_not_made_twice(hub: GitHub) -> None:
    hub.faults.append(("POST", 0, {}, ""))
    comment(hub)
    assert hub.bodies == [f"{MARKER}\nthe report"]


def test_a_rate_limit_that_is_soon_over_is_waited_out(hub: GitHub) -> None:
    hub.faults.append(("GET", 403, {"Retry-After": "0"}, "You have exceeded a secondary rate limit"))
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
    hub: GitHub, status: int, headers: dict[str, str], message: str, said: str
) -> None:
    hub.faults += [("POST", status, headers, message)] * 5
    with pytest.raises(Failure) as failure:
        comment(hub)
    assert said in failure.value.message
    assert failure.value.remedies
    assert TOKEN not in str(failure.value)
    assert hub.bodies == []


def test_trouble_that_stays_is_an_error(hub: GitHub) -> None:
    hub.faults += [("POST", 502, {}, "Bad Gateway")] * 9
    with pytest.raises(Failure, match="502, Bad Gateway"):
        comment(hub)


def test_a_pull_request_that_is_not_there_is_named(hub: GitHub) -> None:
    with pytest.raises(Failure, match="team/backend#8"):
        comment(hub, number=8)


def test_a_report_that_is_too_long_is_refused_before_anything_is_sent(hub: GitHub) -> None:
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


def test_the_command_posts_a_file_and_says_where(project: Any, hub: GitHub) -> None:
    (project.root / "report.md").write_text("the report")
    given = {"GITHUB_TOKEN": TOKEN, "GITHUB_API_URL": hub.address}
    printed = project.headroom("comment", "report.md", "--repo", "team/backend", "--pull", "7", **given)
    assert printed == "Commented: https://x/1\n"
    (project.root / "empty.md").write_text("\n")
    for name in ("empty.md", "absent.md"):
        assert name in project.headroom("comment", name, "--repo", "a/b", "--pull", "7", code=1, **given)
