"""Runs functions outside of the server's lock: their code calls this very server, one request at a time.

A call of Lambda's Invoke leaves a ticket in the answer's headers (see extensions/lambda_.py). It is redeemed here:
the function's code runs in a process of its own, as its own role, while other requests go on.
"""

from __future__ import annotations

import collections
import contextlib
import io
import json
import os
import tempfile
import threading
import time
import uuid
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from offline.aws.function_processes import Place, Processes, kept_variables
from offline.aws.idempotency import WsgiApp, call

TICKET_HEADER = "x-headroom-invocation"


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """One call of a function."""

    name: str
    arn: str
    handler: str
    runtime: str
    role: str
    code: bytes
    environment: dict[str, str]
    timeout_seconds: int
    memory_mib: int
    log_group: str
    account: str
    region: str
    event: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it."""

    payload: str
    """JSON: what the handler returned, or its error."""
    failed: bool
    lines: list[str]
    """What it printed."""
    seconds: float


PENDING: dict[str, Invocation] = {}
"""Calls whose answer is waited for, by ticket; filled under the server's lock."""
UNASKED: collections.deque[Invocation] = collections.deque()
"""Calls that a queue, a topic or a rule made in passing, and whose answer nobody waits for."""
CHAINS: collections.deque[Sequence[Invocation]] = collections.deque()
"""Calls that follow each other as long as none fails, such as the steps of a rotation; nobody waits for them."""


class Invocations:
    """WSGI middleware that turns tickets into answers."""

    def __init__(self, app: WsgiApp, one_at_a_time: threading.Lock) -> None:
        self._app = app
        self._one_at_a_time = one_at_a_time
        self._processes = Processes()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if environ.get("PATH_INFO", "").startswith("/headroom/"):
            return self._app(environ, start_response)
        status, headers, body = call(self._app, environ)
        names = {name.lower(): value for name, value in headers}
        endpoint = f"http://{environ.get('HTTP_HOST', '')}"
        asked = PENDING.pop(names.get(TICKET_HEADER, ""), None)
        self._start_the_others(endpoint)
        if asked is None:
            start_response(status, headers)
            return [body]
        if environ.get("HTTP_X_AMZ_INVOCATION_TYPE") == "Event":
            self._start(asked, endpoint)
            return _answer(start_response, "202 Accepted", [], b"")
        outcome = self._run(asked, endpoint)
        more = [("X-Amz-Executed-Version", "$LATEST")]
        more += [("X-Amz-Function-Error", "Unhandled")] if outcome.failed else []
        return _answer(start_response, "200 OK", more, outcome.payload.encode())

    def _start_the_others(self, endpoint: str) -> None:
        with contextlib.suppress(IndexError):  # another thread may take them at the same time
            while UNASKED:
                self._start(UNASKED.popleft(), endpoint)
            while CHAINS:
                self._start_chain(CHAINS.popleft(), endpoint)

    def _start(self, invocation: Invocation, endpoint: str) -> None:
        self._start_chain([invocation], endpoint)

    def _start_chain(self, chain: Sequence[Invocation], endpoint: str) -> None:
        threading.Thread(target=self._run_chain, args=(chain, endpoint), daemon=True).start()

    def _run_chain(self, chain: Sequence[Invocation], endpoint: str) -> None:
        for invocation in chain:
            if self._run(invocation, endpoint).failed:
                return

    def _run(self, invocation: Invocation, endpoint: str) -> Outcome:
        request = str(uuid.uuid4())
        with self._one_at_a_time:
            credentials = _credentials(invocation)
        access = {**credentials, "AWS_ENDPOINT_URL": endpoint}
        outcome = run(invocation, request, access, self._processes)
        with self._one_at_a_time:
            _log(invocation, request, outcome)
        return outcome


def _answer(start_response: Any, status: str, headers: list[tuple[str, str]], body: bytes) -> list[bytes]:
    start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers])
    return [body]


def _credentials(invocation: Invocation) -> dict[str, str]:
    """Of the function's own role, as Lambda hands them out."""
    from moto.sts.models import sts_backends

    backend = sts_backends[invocation.account]["aws"]
    role = backend.assume_role(invocation.region, invocation.name, invocation.role, "", 3600, "")
    return {
        "AWS_ACCESS_KEY_ID": role.access_key_id,
        "AWS_SECRET_ACCESS_KEY": role.secret_access_key,
        "AWS_SESSION_TOKEN": role.session_token,
    }


def run(invocation: Invocation, request: str, access: dict[str, str], processes: Processes) -> Outcome:
    """The function's code in a process of its own, with nothing of this one's surroundings but what it needs."""
    if not invocation.runtime.startswith("python"):
        return _failed(
            "Runtime.Unsupported", f"{invocation.runtime or 'an image'} is not run offline; Python is", [], 0
        )
    with tempfile.TemporaryDirectory(prefix="headroom-function-") as folder:
        place = Place(Path(folder))
        zipfile.ZipFile(io.BytesIO(invocation.code)).extractall(place.code)
        place.printed.touch()
        asked = {
            "handler": invocation.handler,
            "request": request,
            "arn": invocation.arn,
            "event": invocation.event,
            "timeout_seconds": invocation.timeout_seconds,
            "environment": _environment(invocation, access),
            **place.names(),
        }
        ended = processes.run(asked, invocation.timeout_seconds)
        lines = place.printed.read_text(encoding="utf-8", errors="replace").splitlines()
        answer = place.answer.read_text(encoding="utf-8") if place.answer.exists() else ""
    if ended.code is None:
        text = f"Task timed out after {invocation.timeout_seconds:.2f} seconds"
        return _failed("Sandbox.Timedout", text, lines, ended.seconds)
    if ended.code not in (0, 1) or not answer:
        return _failed("Runtime.ExitError", f"Runtime exited with {ended.code}", lines, ended.seconds)
    return Outcome(payload=answer, failed=ended.code == 1, lines=lines, seconds=ended.seconds)


def _failed(kind: str, text: str, lines: list[str], seconds: float) -> Outcome:
    payload = json.dumps({"errorType": kind, "errorMessage": text})
    return Outcome(payload=payload, failed=True, lines=lines, seconds=seconds)


def _environment(invocation: Invocation, access: dict[str, str]) -> dict[str, str]:
    return {
        **kept_variables(),
        **invocation.environment,
        **access,
        "AWS_REGION": invocation.region,
        "AWS_DEFAULT_REGION": invocation.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_LAMBDA_FUNCTION_NAME": invocation.name,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(invocation.memory_mib),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _log(invocation: Invocation, request: str, outcome: Outcome) -> None:
    """As Lambda logs; a group that is not there is not made: the role may not."""
    from moto.logs.models import logs_backends

    backend = logs_backends[invocation.account][invocation.region]
    if invocation.log_group not in backend.groups:
        return
    stream = time.strftime("%Y/%m/%d/[$LATEST]", time.gmtime()) + request.replace("-", "")
    backend.ensure_log_stream(invocation.log_group, stream)
    milliseconds = f"{outcome.seconds * 1000:.2f} ms"
    lines = [f"START RequestId: {request} Version: $LATEST", *outcome.lines, f"END RequestId: {request}"]
    lines.append(f"REPORT RequestId: {request}\tDuration: {milliseconds}\tMemory Size: {invocation.memory_mib} MB")
    now = int(time.time() * 1000)
    backend.put_log_events(invocation.log_group, stream, [{"timestamp": now, "message": line} for line in lines])
