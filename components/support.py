"""Until when AWS supports versions of engines: facts that people look up, with the day when they did, in support.json.

The policies read the same file: there, what has left standard support is found in a running environment, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

FACTS = Path(__file__).with_name("support.json")


@cache
def _facts() -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(FACTS.read_text(encoding="utf-8"))
    return content


def looked_at() -> date:
    """The day when somebody last looked."""
    return date.fromisoformat(_facts()["looked_at"])


def support_ends(engine: str) -> Mapping[str, date | None]:
    """Lines of releases of an engine, oldest first, and the last day of their standard support; None: not announced."""
    ends: Mapping[str, str | None] = _facts()["engines"][engine]["until"]
    return {version: date.fromisoformat(end) if end else None for version, end in ends.items()}


def in_standard_support(engine: str) -> tuple[str, ...]:
    """The lines that were in standard support on that day. Not today's: what may be chosen changes with the project,
    never overnight."""
    day = looked_at()
    return tuple(version for version, end in support_ends(engine).items() if end is None or end >= day)
