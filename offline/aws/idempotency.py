"""A create that is sent twice happens once.

A client that was killed between sending a request and storing its answer sends it again with the same operation
token, and gets the recorded answer: no orphan, no duplicate.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Any

HEADER = "x-headroom-operation"
ENVIRON_KEY = "HTTP_X_HEADROOM_OPERATION"
MAX_RECORDS = 20_000
"""About 40 MB of answers; an environment of 1,000 resources makes some 3,000."""

Headers = list[tuple[str, str]]
Answer = tuple[str, Headers, bytes]
WsgiApp = Callable[[dict[str, Any], Any], Iterable[bytes]]


class IdempotentCreates:
    """WSGI middleware that records the answer to each operation token, and repeats it."""

    def __init__(self, app: WsgiApp, max_records: int = MAX_RECORDS) -> None:
        self._app = app
        self._max_records = max_records
        self._answers: OrderedDict[str, Answer] = OrderedDict()
        self._running: dict[str, threading.Event] = {}
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        token = environ.get(ENVIRON_KEY)
        if not token:
            return self._app(environ, start_response)
        answer = self._answer(token, environ)
        status, headers, body = answer
        start_response(status, headers)
        return [body]

    def _answer(self, token: str, environ: dict[str, Any]) -> Answer:
        while True:
            with self._lock:
                if token in self._answers:
                    return self._answers[token]
                running = self._running.get(token)
                if running is None:
                    done = self._running[token] = threading.Event()
                    break
            running.wait()
        try:
            answer = call(self._app, environ)
            if answer[0].startswith("2"):  # a refused request changed nothing and may be sent again
                self._record(token, answer)
            return answer
        finally:
            with self._lock:
                del self._running[token]
            done.set()

    def _record(self, token: str, answer: Answer) -> None:
        with self._lock:
            self._answers[token] = answer
            while len(self._answers) > self._max_records:
                self._answers.popitem(last=False)


def call(app: WsgiApp, environ: dict[str, Any]) -> Answer:
    """The whole answer of a WSGI application."""
    captured: list[tuple[str, Headers]] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> None:
        captured.append((status, list(headers)))

    chunks = app(environ, start_response)
    try:
        body = b"".join(chunks)
    finally:
        close = getattr(chunks, "close", None)
        if close:
            close()
    status, headers = captured[-1]
    return status, headers, body
