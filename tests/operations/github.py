"""The part of GitHub's API that our commands use, on loopback: issues, comments and pull requests."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from operations.github import ACTIONS

OWNER = "team"
REPOSITORY = f"{OWNER}/backend"
REPO = f"/repos/{REPOSITORY}"
Item = dict[str, Any]
"""An issue, a comment or a pull request, as GitHub's API shows it."""


class Answer(NamedTuple):
    """What a request is answered."""

    status: int
    document: Any = None
    """None: an answer without a body."""
    headers: Mapping[str, str] = MappingProxyType({})


class Fault(NamedTuple):
    """An answer that comes instead of the next one to this method."""

    method: str
    status: int
    """0 does the work and answers nothing."""
    message: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    errors: Sequence[str] = ()
    """What GitHub says beside the message."""

    @property
    def answer(self) -> Answer:
        details = {"errors": [{"message": error} for error in self.errors]} if self.errors else {}
        return Answer(self.status, {"message": self.message, **details}, self.headers)


@dataclass
class Hub:
    """What the fake holds, and how it misbehaves."""

    address: str = ""
    login: str = ACTIONS
    """Whose token it is; a workflow's may not ask."""
    issues: list[Item] = field(default_factory=list)
    comments: list[Item] = field(default_factory=list)
    pulls: list[Item] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    """Method and path of each request, in their order."""

    def add_issue(self, title: str, body: str, login: str = ACTIONS) -> Item:
        told = {"title": title, "body": body, "state": "open", "user": {"login": login}}
        return self._add(self.issues, "issues", {**told, "number": len(self.issues) + 1})

    def add_pull(self, number: int | None = None, **sent: Any) -> Item:
        number = number or len(self.pulls) + 1
        place = {"number": number, "issue_url": f"{self.address}{REPO}/issues/{number}"}
        return self._add(self.pulls, "pulls", {**sent, **place, "state": "open"})

    def add_comment(self, login: str, body: str, pull: int = 7) -> Item:
        number = 1 + max((comment["id"] for comment in self.comments), default=0)
        told = {"body": body, "user": {"login": login}, "issue_url": f"{self.address}{REPO}/issues/{pull}"}
        return self._add(self.comments, "issues/comments", {**told, "id": number})

    def _add(self, among: list[Item], kind: str, item: Item) -> Item:
        number = item.get("number") or item["id"]
        among.append({**item, "url": f"{self.address}{REPO}/{kind}/{number}", "html_url": f"https://x/{number}"})
        return among[-1]

    @property
    def open(self) -> list[Item]:
        """Issues that are open."""
        return [issue for issue in self.issues if issue["state"] == "open"]

    @property
    def bodies(self) -> list[str]:
        """Of the comments."""
        return [comment["body"] for comment in self.comments]

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]

    def work(self, method: str, address: str, sent: Item) -> Answer:
        """Does what is asked, and tells what GitHub says to it."""
        path, query = urlsplit(address).path, dict(parse_qsl(urlsplit(address).query))
        for verb, pattern, does in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and verb == method:
                return does(self, Request(f"{self.address}{path}", query, sent, *map(int, found.groups())))
        return MISSING


class Request(NamedTuple):
    """What is asked for."""

    url: str
    """Without its query."""
    query: Mapping[str, str]
    sent: Item
    number: int = 0
    """Of the one that the path names."""


MISSING = Answer(404, {"message": "Not Found"})


def _user(hub: Hub, asked: Request) -> Answer:
    if hub.login == ACTIONS:
        return Answer(403, {"message": "Resource not accessible by integration"})
    return Answer(200, {"login": hub.login})


def _page(items: Sequence[Item], asked: Request) -> Answer:
    size, page = int(asked.query.get("per_page", 30)), int(asked.query.get("page", 1))
    following = f"{asked.url}?{urlencode({**asked.query, 'page': page + 1})}"
    link = {"Link": f'<{following}>; rel="next"'} if len(items) > page * size else {}
    return Answer(200, items[(page - 1) * size : page * size], link)


def _issues(hub: Hub, asked: Request) -> Answer:
    return _page([issue for issue in hub.issues if issue["state"] == asked.query.get("state", "open")], asked)


def _open_issue(hub: Hub, asked: Request) -> Answer:
    return Answer(201, hub.add_issue(asked.sent["title"], asked.sent["body"], hub.login))


def _pulls(hub: Hub, asked: Request) -> Answer:
    wanted = [asked.query[name] for name in ("state", "head", "base")]
    return _page([p for p in hub.pulls if [p["state"], f"{OWNER}:{p['head']}", p["base"]] == wanted], asked)


def _open_pull(hub: Hub, asked: Request) -> Answer:
    return Answer(201, hub.add_pull(**asked.sent))


def _comments(hub: Hub, asked: Request) -> Answer:
    of_it = f"{hub.address}{REPO}/issues/{asked.number}"
    return _page([comment for comment in hub.comments if comment["issue_url"] == of_it], asked)


def _comment(hub: Hub, asked: Request) -> Answer:
    return Answer(201, hub.add_comment(hub.login, asked.sent["body"], asked.number))


def _numbered(items: Sequence[Item], number: int) -> Item | None:
    return next((item for item in items if number in (item.get("number"), item.get("id"))), None)


def _show(kind: str, hub: Hub, asked: Request) -> Answer:
    found = _numbered(getattr(hub, kind), asked.number)
    return Answer(200, found) if found else MISSING


def _change(kind: str, hub: Hub, asked: Request) -> Answer:
    found = _numbered(getattr(hub, kind), asked.number)
    if found is None:
        return MISSING
    found.update(asked.sent)
    return Answer(200, found)


def _delete_comment(hub: Hub, asked: Request) -> Answer:
    found = _numbered(hub.comments, asked.number)
    if found is None:
        return MISSING
    hub.comments.remove(found)
    return Answer(204)


ROUTES: Sequence[tuple[str, str, Callable[[Hub, Request], Answer]]] = (
    ("GET", "/user", _user),
    ("GET", f"{REPO}/issues", _issues),
    ("POST", f"{REPO}/issues", _open_issue),
    ("PATCH", rf"{REPO}/issues/(\d+)", partial(_change, "issues")),
    ("GET", rf"{REPO}/issues/(\d+)/comments", _comments),
    ("POST", rf"{REPO}/issues/(\d+)/comments", _comment),
    ("PATCH", rf"{REPO}/issues/comments/(\d+)", partial(_change, "comments")),
    ("DELETE", rf"{REPO}/issues/comments/(\d+)", _delete_comment),
    ("GET", f"{REPO}/pulls", _pulls),
    ("POST", f"{REPO}/pulls", _open_pull),
    ("GET", rf"{REPO}/pulls/(\d+)", partial(_show, "pulls")),
    ("PATCH", rf"{REPO}/pulls/(\d+)", partial(_change, "pulls")),
)
"""Method and path to what is done."""


class Handler(BaseHTTPRequestHandler):
    """Answers as GitHub does, unless a fault comes first."""

    hub: Hub

    def handle_call(self) -> None:
        hub, method = self.hub, self.command
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        hub.calls.append(f"{method} {urlsplit(self.path).path}")
        fault = next((one for one in hub.faults if one.method == method), None)
        if fault:
            hub.faults.remove(fault)
        if fault and fault.status:
            return self.answer(fault.answer)
        done = hub.work(method, self.path, sent)
        if fault:
            self.close_connection = True
            return None
        return self.answer(done)

    def answer(self, told: Answer) -> None:
        body = b"" if told.document is None else json.dumps(told.document).encode()
        self.send_response(told.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in told.headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = handle_call  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Says nothing."""


@contextmanager
def served() -> Iterator[Hub]:
    """A GitHub of one's own, with one empty repository."""
    made = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": made}))
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
