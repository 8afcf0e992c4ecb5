"""The part of GitHub's API that issues need, on loopback."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from operations.github import ACTIONS

REPO = "/repos/team/backend"
PAGE = 100


@dataclass
class Hub:
    """What the fake holds, and how it misbehaves."""

    address: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)
    faults: list[tuple[str, int, str]] = field(default_factory=list)
    """(method, status, message) of answers that come first; status 0 does the work and answers nothing."""
    calls: list[str] = field(default_factory=list)

    def add(self, title: str, body: str, login: str = ACTIONS, state: str = "open") -> dict[str, Any]:
        number = len(self.issues) + 1
        url = f"{self.address}{REPO}/issues/{number}"
        made = {"number": number, "title": title, "body": body, "state": state, "user": {"login": login}, "url": url}
        self.issues.append({**made, "html_url": f"https://x/{number}"})
        return self.issues[-1]

    @property
    def open(self) -> list[dict[str, Any]]:
        return [issue for issue in self.issues if issue["state"] == "open"]

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if not call.startswith("GET")]


class Handler(BaseHTTPRequestHandler):
    """Answers as GitHub does."""

    hub: Hub

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
        sent = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
        hub.calls.append(f"{method} {self.path.split('?')[0]}")
        fault = next((one for one in hub.faults if one[0] == method), None)
        if fault:
            hub.faults.remove(fault)
            if fault[1]:
                return self.answer(fault[1], {"message": fault[2]})
            self.work(method, sent)
            self.close_connection = True
            return None
        return self.answer(*self.work(method, sent))

    def work(self, method: str, sent: dict[str, Any]) -> tuple[Any, ...]:
        hub, path = self.hub, self.path.split("?")[0]
        if path == "/user":
            return 403, {"message": "Resource not accessible by integration"}
        if path == f"{REPO}/issues" and method == "GET":
            page = int(dict(re.findall(r"(\w+)=(\w+)", self.path)).get("page", 1))
            more = len(hub.open) > page * PAGE
            link = (
                {"Link": f'<{hub.address}{path}?state=open&per_page=100&page={page + 1}>; rel="next"'} if more else {}
            )
            return 200, hub.open[(page - 1) * PAGE : page * PAGE], link
        if path == f"{REPO}/issues":
            return 201, hub.add(sent["title"], sent["body"])
        number = re.fullmatch(rf"{REPO}/issues/(\d+)", path)
        if number and method == "PATCH":
            issue = hub.issues[int(number[1]) - 1]
            issue.update(sent)
            return 200, issue
        return 404, {"message": "Not Found"}

    do_GET = do_POST = do_PATCH = handle_call  # noqa: N815 - the names that http.server calls

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as http.server has it
        """Says nothing."""


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": made}))
    made.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield made
    server.shutdown()
    server.server_close()
