"""Properties that only AWS can tell, once it has made a resource: a preview of a new one leaves them open in any
environment. known_after.json lists them, each with the reason; everything else is to be computed from settings."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).resolve().parent / "known_after.json"
KEYS = {"type", "property", "why"}


@dataclass(frozen=True)
class KnownAfter:
    """One property."""

    type: str
    """Type token in its one spelling."""
    property: str
    """Path; `[]` stands for any item of a list."""
    why: str
    """What decides it, as a clause."""


Listed = Mapping[tuple[str, str], KnownAfter]
"""By type and property."""


def read_known_after(file: Path = FILE) -> Listed:
    """The list. Raises ValueError for an entry that lacks a key or has another."""
    entries = json.loads(file.read_text(encoding="utf-8"))
    for number, entry in enumerate(entries, start=1):
        if set(entry) != KEYS or not all(isinstance(value, str) and value for value in entry.values()):
            raise ValueError(f"{file.name}, entry {number}: it must have {', '.join(sorted(KEYS))}, each a text")
    return {(entry["type"], entry["property"]): KnownAfter(**entry) for entry in entries}


def listed(known_after: Listed, token: str, where: str) -> KnownAfter | None:
    """The entry for a property path of a resource of a type, or None."""
    return known_after.get((token, re.sub(r"\[\d+\]", "[]", where)))
