"""Exceptions to rules: read from exceptions.yaml, and never taken on trust.

An exception names rule, URN pattern, reason, owner and expiry date. One that is malformed or expired counts for
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import yaml

EXCEPTIONS_POLICY = "exceptions-in-force"
"""Name under which engines report the exceptions."""
WARN_DAYS = 14
"""Days before its expiry from which an exception warns."""

KEYS = ("rule", "urn", "reason", "owner", "expires")


@dataclass(frozen=True)
class Waiver:
    """One exception in force."""

    rule: str
    """Id of the rule that is not applied."""
    urn: str
    """Pattern of URNs it holds for; `*` stands for anything, and `urn:pulumi:prod::*` for a whole stack."""
    reason: str
    """Why the rule may be broken there."""
    owner: str
    """Who answers for it."""
    expires: date
    """Last day on which it holds."""

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it holds for a rule and a resource."""
        return rule == self.rule and fnmatchcase(urn, self.urn)

    @property
    def refused(self) -> str:
        """A line for reports of an environment where its rule takes no exceptions."""
        return f"{self.rule} takes no exceptions here: the one for {self.urn} ({self.owner}) counts for nothing"

    def spoken(self, today: date) -> str:
        """A line for reports."""
        days = (self.expires - today).days
        soon = f", in {days} days: renew it or mend what it excuses" if days <= WARN_DAYS else ""
        return f"{self.rule} is not applied to {self.urn} ({self.reason}; {self.owner}) until {self.expires}{soon}"


@dataclass(frozen=True)
class Waivers:
    """What exceptions.yaml holds."""

    in_force: tuple[Waiver, ...]
    """Exceptions that count."""
    problems: tuple[str, ...]
    """One line for each entry that counts for nothing, and why."""


def read_waivers(file: Path, rules: Collection[str], today: date) -> Waivers:
    """Read the file; a missing one holds no exception, an unreadable one is a problem and holds none either."""
    try:
        text = file.read_text(encoding="utf-8")
        content = yaml.safe_load(text) or {}
    except FileNotFoundError:
        return Waivers((), ())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        return Waivers((), (f"{file.name} cannot be read ({type(error).__name__}); no exception is in force",))
    entries = content.get("exceptions", []) if isinstance(content, Mapping) else None
    if not isinstance(entries, list):
        return Waivers((), (f"{file.name} must hold one key, exceptions, with a list; no exception is in force",))
    in_force: list[Waiver] = []
    problems: list[str] = []
    for number, entry in enumerate(entries, start=1):
        problem = _problem(entry, rules, today)
        if problem:
            problems.append(f"{file.name}, exception {number}: {problem}; it is not in force")
        else:
            in_force.append(Waiver(**{key: entry[key] for key in KEYS}))
    return Waivers(tuple(in_force), tuple(problems))


def _problem(entry: Any, rules: Collection[str], today: date) -> str | None:
    """What is wrong with an entry, or None."""
    if not isinstance(entry, Mapping):
        return "is not a mapping with " + ", ".join(KEYS)
    missing = [key for key in KEYS if not entry.get(key)]
    if missing:
        return "lacks " + ", ".join(missing)
    surplus = sorted(str(key) for key in entry if key not in KEYS)
    if surplus:
        return "has keys it should not: " + ", ".join(surplus)
    texts = [key for key in KEYS[:-1] if not isinstance(entry[key], str)]
    if texts:
        return ", ".join(texts) + " must be text"
    if type(entry["expires"]) is not date:
        return "expires must be a date such as 2027-01-31, without quotes"
    if not re.match(r"urn:pulumi:[^*?\[:]+::", entry["urn"]):
        return "urn must name its stack: urn:pulumi:STACK::..."
    if entry["rule"] not in rules:
        return f"there is no rule {entry['rule']}"
    if entry["expires"] < today:
        return f"expired on {entry['expires']}"
    if entry["expires"] > today + timedelta(days=366):
        return "expires more than a year from now"
    return None
