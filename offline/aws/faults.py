"""Faults on purpose, for tests: what AWS does now and then, and moto never does.

`PUT /headroom/faults` on the emulator's own address sets a list of them, `GET` shows those that are left, and `DELETE`
ends them. One is a map of

    match      pattern of `service:Operation`, or `service:METHOD /path` for services that put it so (S3, Lambda, EKS)
    times      how many requests it meets (1)
    code       AWS's error code to answer with, `message` and `status` (400) beside it
    reset      true closes the connection instead of answering
    seconds    waits as long before anything else
    executed   true carries the request out first, so that only its answer is lost

Without code and reset the request is answered as ever, after its `seconds`.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import threading
import time
import urllib.parse
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from io import BytesIO
from typing import Any

from offline.aws.idempotency import Answer, WsgiApp, call

PATH = "/headroom/faults"


@dataclass(kw_only=True)
class Fault:
    """One of them; see above."""

    match: str
    times: int = 1
    code: str = ""
    message: str = ""
    status: int = 400
    reset: bool = False
    seconds: float = 0
    executed: bool = False


class Faults:
    """WSGI middleware around all else. It costs nothing while there are no faults."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._faults: list[Fault] = []
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            status, headers, body = self._set(environ)
        elif self._faults:
            status, headers, body = self._answer(environ)
        else:
            return self._app(environ, start_response)
        start_response(status, headers)
        return [body]

    def _set(self, environ: dict[str, Any]) -> Answer:
        if not from_here(environ):
            return text_answer("403 Forbidden", "faults are set from this machine only")
        method = environ.get("REQUEST_METHOD")
        if method in ("PUT", "DELETE"):
            try:
                wanted = [Fault(**item) for item in json.loads(body_of(environ))] if method == "PUT" else []
                [re.compile(fault.match) for fault in wanted]
            except (ValueError, TypeError, re.error) as error:
                return text_answer("400 Bad Request", f"these are no faults: {error}")
            with self._lock:
                self._faults = wanted
        return "200 OK", [("Content-Type", "application/json")], json.dumps([*map(asdict, self._faults)]).encode()

    def _answer(self, environ: dict[str, Any]) -> Answer:
        fault = self._meet(label(environ))
        if fault is None:
            return call(self._app, environ)
        time.sleep(fault.seconds)
        plain = not fault.code and not fault.reset
        if fault.executed or plain:
            answer = call(self._app, environ)
            if plain:
                return answer
        if fault.reset:
            _reset(environ)
        return refusal(environ, fault)

    def _meet(self, label: str) -> Fault | None:
        with self._lock:
            for fault in self._faults:
                if re.search(fault.match, label):
                    fault.times -= 1
                    if fault.times <= 0:
                        self._faults = [other for other in self._faults if other is not fault]
                    return fault
        return None


def from_here(environ: dict[str, Any]) -> bool:
    """Also the name that the client used must be this machine's: a page in a browser may have made up another."""
    host = urllib.parse.urlsplit(f"//{environ.get('HTTP_HOST', '')}").hostname or ""
    try:
        return host == "localhost" or all(
            ipaddress.ip_address(address).is_loopback for address in (host, environ.get("REMOTE_ADDR", ""))
        )
    except ValueError:
        return False


def body_of(environ: dict[str, Any]) -> bytes:
    """The request's body, which can be read again."""
    found: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = BytesIO(found)
    return found


def label(environ: dict[str, Any]) -> str:
    operation = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2]
    if not operation and "form" in environ.get("CONTENT_TYPE", ""):
        operation = urllib.parse.parse_qs(body_of(environ).decode(errors="replace")).get("Action", [""])[0]
    if not operation:
        query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
        operation = f"{environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}{query}"
    return f"{_service(environ)}:{operation}"


def _service(environ: dict[str, Any]) -> str:
    scope = re.search(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return scope.group(1) if scope else ""


def refusal(environ: dict[str, Any], fault: Fault) -> Answer:
    """An error in the words of the service's protocol."""
    status = f"{fault.status} Refused"
    if "HTTP_X_AMZ_TARGET" in environ or "json" in environ.get("CONTENT_TYPE", ""):
        body = json.dumps({"__type": fault.code, "message": fault.message}).encode()
        return status, [("Content-Type", "application/json"), ("x-amzn-errortype", fault.code)], body
    text = f"<Error><Code>{fault.code}</Code><Message>{fault.message}</Message></Error>"
    outer = {"ec2": "<Response><Errors>{}</Errors></Response>", "s3": "{}"}
    body = outer.get(_service(environ), "<ErrorResponse>{}</ErrorResponse>").format(text).encode()
    return status, [("Content-Type", "text/xml")], body


def text_answer(status: str, text: str) -> Answer:
    return status, [("Content-Type", "text/plain")], text.encode()


def _reset(environ: dict[str, Any]) -> None:
    """Ends the connection without an answer."""
    connection: socket.socket = environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    raise ConnectionResetError("on purpose")
