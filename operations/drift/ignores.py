"""drift.yaml: differences that are left alone, each for a time, and never on trust."""

from __future__ import annotations

import datetime
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

import yaml

from operations.changes import Change
from operations.drift.benign import begins
from operations.errors import Failure
from operations.properties import parts

FILE: Final = "drift.yaml"
KEYS: Final = ("environment", "type", "name", "property", "reason", "owner", "expires")
WARN_DAYS: Final = 14
"""Days before its end from which an entry is told."""
LONGEST_DAYS: Final = 366
"""How far away an end may be."""


@dataclass(frozen=True, kw_only=True)
class Ignore:
    """One entry."""

    environment: str
    """Where it holds."""
    type: str
    """Type token of the resources, without wildcards."""
    name: str
    """Pattern of their names in the program; `*` stands for anything."""
    path: str
    """Property path, or what it begins with; `*` stands for one part of it."""
    reason: str
    owner: str
    """Who answers for it."""
    expires: datetime.date
    """Last day on which it holds."""

    @property
    def told(self) -> str:
        """What it is about, for a line of its own."""
        return f"{FILE}: {self.type} {self.name} {self.path} in {self.environment} ({self.owner})"

    def covers(self, change: Change, path: str) -> bool:
        """Whether it is about a resource's property."""
        return change.type == self.type and fnmatchcase(change.name, self.name) and begins(path, self.path)

    def expired(self, today: datetime.date) -> bool:
        """Whether its last day is over."""
        return self.expires < today

    def ending(self, today: datetime.date) -> bool:
        """Whether it holds and soon does not."""
        return not self.expired(today) and (self.expires - today).days <= WARN_DAYS


def read(file: Path, environments: Collection[str], today: datetime.date) -> tuple[Ignore, ...]:
    """Every entry; none where there is no file. Raises Failure, with all that is wrong, where one is not in order."""
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, yaml.YAMLError) as error:  # the second is of text that is none, or a 30th of February
        place = getattr(error, "problem_mark", None)
        line = f", line {place.line + 1}" if place else ""
        why = f": {error}" if type(error) is ValueError else ""
        raise Failure(f"{file.name}{line}: it can't be read as YAML{why}", _remedies(file)) from error
    entries = document.get("ignores") if isinstance(document, dict) and set(document) == {"ignores"} else None
    if not isinstance(entries, list):
        raise Failure(f"{file.name} must hold one key, ignores, with a list", _remedies(file))
    wrong = [
        f"{file.name}, entry {number}: {problem}"
        for number, entry in enumerate(entries, 1)
        if (problem := _problem(entry, environments, today))
    ]
    if wrong:
        raise Failure("\n".join(wrong), _remedies(file))
    return tuple(Ignore(**{"path" if key == "property" else key: entry[key] for key in KEYS}) for entry in entries)


def _remedies(file: Path) -> tuple[str, ...]:
    return (f"each entry of {file.name} has {', '.join(KEYS)}: see docs/drift.md",)


def _problem(entry: Any, environments: Collection[str], today: datetime.date) -> str:
    """What is wrong with an entry, or nothing."""
    if not isinstance(entry, Mapping):
        return "it is no mapping"
    missing = [key for key in KEYS if not entry.get(key)]
    if missing:
        return f"it lacks {', '.join(missing)}"
    surplus = sorted(str(key) for key in entry if key not in KEYS)
    if surplus:
        return f"it has keys that nobody reads: {', '.join(surplus)}"
    texts = [key for key in KEYS[:-1] if not isinstance(entry[key], str)]
    if texts:
        return f"{', '.join(texts)} must be text"
    if type(entry["expires"]) is not datetime.date:
        return "expires must be a date such as 2027-01-31, without quotes"
    if entry["environment"] not in environments:
        return f"there is no environment {entry['environment']}"
    if not re.fullmatch(r"[^:*?\s]+:[^:*?\s]+:[^:*?\s]+", entry["type"]):
        return f"type {entry['type']!r} is no type token such as aws:rds/instance:Instance"
    if not re.fullmatch(r"[A-Za-z]\w*", str((parts(entry["property"]) or [""])[0])):
        return "property must name the property: what is gone, or all that a resource has, can't be ignored"
    if entry["expires"] > today + datetime.timedelta(days=LONGEST_DAYS):
        return "it expires more than a year from now"
    return ""
