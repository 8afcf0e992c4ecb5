"""A comparison as JSON, for programs. The format's version changes when a field's meaning does."""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from typing import Any

from operations.differing.model import ABSENT, Comparison
from operations.differing.telling import sentence

VERSION = 1


def render(found: Comparison) -> str:
    """The whole comparison. A value that is not set at all is left out; null is a value."""
    document = {"version": VERSION, "differs": found.differs, "sentence": sentence(found), **_plain(found)}
    return json.dumps(document, indent=2, ensure_ascii=False, default=str) + "\n"


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        fields = {name: getattr(value, name) for name in value.__dataclass_fields__}
        return {name: _plain(one) for name, one in fields.items() if one is not ABSENT}
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
