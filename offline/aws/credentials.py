"""Credentials of an earlier life: what it held is gone, and moto would take its keys for those of another account.

A shell keeps them where the emulated AWS was reset behind its back, and so does an `up` that was under way: it would go
on in an empty account, and find nothing there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from offline.aws.faults import Fault, refusal
from offline.aws.idempotency import WsgiApp

CODE = "InvalidClientTokenId"
"""AWS's own, of keys that it does not know."""
MESSAGE = (
    "The security token included in the request is invalid: another life of the emulated AWS issued it, which has ended"
)
ISSUED = re.compile(r"Credential=(ASIA\w+)[/%]")
"""Keys that come with a session token, in a header or in a presigned URL. Others may be made up, as tests do."""


class Credentials:
    """WSGI middleware that refuses session keys which this life has not issued."""

    def __init__(self, app: WsgiApp) -> None:
        self._app = app
        self._known: set[str] = set()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        signed = environ.get("HTTP_AUTHORIZATION") or environ.get("QUERY_STRING", "")
        key = ISSUED.search(signed)
        if key is None or self._knows(key[1]):
            return self._app(environ, start_response)
        status, headers, body = refusal(environ, Fault(match="", code=CODE, message=MESSAGE, status=403))
        start_response(status, headers)
        return [body]

    def _knows(self, key: str) -> bool:
        """A key stays known: no session ends before the server does."""
        if key not in self._known and _issued(key):
            self._known.add(key)
        return key in self._known


def _issued(key: str) -> bool:
    from moto.iam.models import iam_backends

    accounts = [partitions for _, partitions in list(iam_backends.items())]
    return any(key in backend.access_keys for partitions in accounts for backend in list(partitions.values()))
