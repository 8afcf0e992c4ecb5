"""A list of the calls that were made, for tests of what a role must be allowed to do.

`PUT /headroom/calls` on the emulator's own address begins one, `GET` shows it, and `DELETE` ends it. It holds each
kind of call once: the account, the service, the operation (`METHOD /path` for services that put it so) and the names of
what it was about. Values are never kept: a request may hold a secret.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections.abc import Iterable, Mapping
from typing import Any

from offline.aws.faults import body_of, from_here, label, text_answer
from offline.aws.idempotency import Answer, WsgiApp

PATH = "/headroom/calls"
NAMES = ("RoleName", "PolicyArn", "OpenIDConnectProviderArn", "SecretId", "Name", "QueueName", "logGroupName")
"""Parameters that name what a call is about and by which roles are told apart; none of them is ever secret."""


class Calls:
    """WSGI middleware around all else. It costs nothing while nobody has begun a list."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._seen: dict[str, dict[str, Any]] | None = None
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO") == PATH:
            status, headers, body = self._show(environ)
            start_response(status, headers)
            return [body]
        if self._seen is not None and not str(environ.get("PATH_INFO", "")).startswith("/headroom/"):
            self._note(environ)
        return self._app(environ, start_response)

    def _show(self, environ: dict[str, Any]) -> Answer:
        if not from_here(environ):
            return text_answer("403 Forbidden", "calls are told to this machine only")
        with self._lock:
            if environ.get("REQUEST_METHOD") == "PUT":
                self._seen = {}
            found = [*(self._seen or {}).values()]
            if environ.get("REQUEST_METHOD") == "DELETE":
                self._seen = None
        return "200 OK", [("Content-Type", "application/json")], json.dumps(found).encode()

    def _note(self, environ: dict[str, Any]) -> None:
        service, _, operation = label(environ).partition(":")
        call = {
            "account": _account(environ),
            "service": service,
            "operation": operation,
            "names": _names(environ),
        }
        with self._lock:
            if self._seen is not None:
                self._seen[json.dumps(call, sort_keys=True)] = call


def _account(environ: dict[str, Any]) -> str:
    """Whose credentials signed it; empty where nobody signed."""
    from moto.iam.models import get_account_id_from  # here, so that the emulator starts without waiting for it

    key = re.search(r"Credential=([^/]+)/", environ.get("HTTP_AUTHORIZATION", ""))
    return str(get_account_id_from(key[1])) if key else ""


def _names(environ: dict[str, Any]) -> Mapping[str, str]:
    kind = str(environ.get("CONTENT_TYPE", ""))
    given: Mapping[str, Any] = {}
    if "form" in kind:
        given = {name: values[0] for name, values in urllib.parse.parse_qs(body_of(environ).decode()).items()}
    elif "HTTP_X_AMZ_TARGET" in environ:
        given = json.loads(body_of(environ) or b"{}")
    return {name: given[name] for name in NAMES if isinstance(given.get(name), str)}
