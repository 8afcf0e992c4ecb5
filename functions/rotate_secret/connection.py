"""Connections in secrets: each URL carries the credential too, and all of them change together."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from functions.rotate_secret.store import Value

_START = re.compile(r"^(?P<scheme>[a-z][a-z0-9+.-]*)://(?:[^@/]*@)?")


def with_credential(value: Value, username: str, password: str) -> dict[str, Any]:
    """The same value, with this credential in its fields and in every URL."""
    who = f"{quote(username, safe='')}:{quote(password, safe='')}@"
    changed = {
        key: _START.sub(lambda found: f"{found['scheme']}://{who}", text) if isinstance(text, str) else text
        for key, text in value.items()
        if key not in ("username", "password")
    }
    return {**changed, "username": username, "password": password}


def connected(value: Value, fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same credential, with other fields: `fields` are all of the others, with URLs that name nobody."""
    if not (value.get("username") and value.get("password")):
        return dict(fields)
    return with_credential(fields, str(value["username"]), str(value["password"]))
