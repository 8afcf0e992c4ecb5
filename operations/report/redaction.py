"""A second net below the engine's masks: nothing that is, was or looks like a secret leaves in a report."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from operations import properties
from operations.changes import Change, Run

HIDDEN: Final = "[redacted]"
SHORTEST: Final = 6
"""Characters of the shortest former plain value that is looked for elsewhere: shorter ones are words of any text."""

LOOKS: Final = re.compile(
    r"""
      (?:AKIA|ASIA)[A-Z0-9]{16}                                      # AWS access key ids
    | hr_[a-z0-9]+_[0-9A-Za-z]+_[0-9A-Za-z_]{20,}                    # this project's API keys
    | gh[pousr]_[0-9A-Za-z]{30,} | github_pat_[0-9A-Za-z_]{30,} | glpat-[0-9A-Za-z_-]{20,}
    | xox[abeprs]-[0-9A-Za-z-]{10,}                                  # Slack
    | [sr]k_(?:live|test)_[0-9A-Za-z]{10,}                           # Stripe
    | AIza[0-9A-Za-z_-]{30,}                                         # Google
    | eyJ[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]{10,}\.[0-9A-Za-z_-]*      # JSON web tokens
    | -----BEGIN\ [A-Z ]*PRIVATE\ KEY-----[\s\S]*?(?:-----END\ [A-Z ]*PRIVATE\ KEY-----|$)
    | (?<=://)[^/\s:@"']*:[^/\s@"']+(?=@)                            # user:password of a URL
    | (?<=[?&])(?i:(?:[\w-]*[_-])?(?:token|secret|password|key|sig|signature))=[^&\s"'\[]{6,}  # ... a token there
    | (?<=hooks\.slack\.com/services/)[\w/-]+ | (?<=pagerduty\.com/integration/)\w{20,}
    """,
    re.VERBOSE,
)
NAMES: Final = re.compile(
    r"\w*(?:password|passwd|passphrase|private_?key|api_?key|access_?key|auth_?tokens?|"
    r"secret_?string|secret_?key|client_?secret|credentials?)",
    re.IGNORECASE,
)
"""Names of properties and variables whose plain values are secrets whatever they look like."""
SECRET_NAME: Final = "password"
"""Any of these names."""
NO_SECRET: Final = re.compile(r"|arn:.*|alias/.*|urn:.*|-?\d+(?:\.\d+)?|true|false", re.DOTALL)
"""Texts that name a secret, or say something of it, and hold none."""


class Redaction:
    """What must not appear in a report of these runs."""

    def __init__(self, runs: Iterable[Run]) -> None:
        values = {value for run in runs for change in run.changes.values() for value in _newly_secret(change)}
        longest_first = sorted(values, key=lambda value: (-len(value), value))
        self._former = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def text(self, text: str) -> str:
        """A text without secrets."""
        if self._former:
            text = self._former.sub(HIDDEN, text)
        return LOOKS.sub(HIDDEN, text)

    def value(self, path: str, value: Any) -> Any:
        """A property's value without secrets, whatever it is made of."""
        names = [part for part in properties.parts(path) if isinstance(part, str)]
        return self._clean(names[-1] if names else "", value)

    def both(self, change: Change, path: str, old: Any, new: Any) -> tuple[Any, Any]:
        """A property's values before and after a change, without secrets: also of one among names and values."""
        states = [state for state in (change.old, change.new) if state]
        held = (held for state in states for held in (state.inputs, state.outputs))
        if any(NAMES.fullmatch(properties.called(one, path)) for one in held):
            old, new = (self._clean(SECRET_NAME, value) for value in (old, new))
        return self.value(path, old), self.value(path, new)

    def _clean(self, name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            # A list of variables, as containers have it: {"name": "DB_PASSWORD", "value": "..."}.
            named = value.get("name") if isinstance(value.get("name"), str) and "value" in value else None
            return {
                self.text(str(key)): self._clean(named if named and key == "value" else str(key), member)
                for key, member in value.items()
            }
        if isinstance(value, list):
            return [self._clean(name, member) for member in value]
        if not isinstance(value, str) or value in (properties.SECRET, properties.UNKNOWN):
            return value
        document = properties.decoded(value)
        if document is not value:
            return json.dumps(self._clean(name, document), ensure_ascii=False)
        if NAMES.fullmatch(name) and not NO_SECRET.fullmatch(value):
            return HIDDEN
        return self.text(value)


def _newly_secret(change: Change) -> Iterator[str]:
    """Values that were plain before this change, and are secret after it."""
    for old, new in ((change.old, change.new), (change.new, change.old)):
        if old and new:
            yield from _plain_where_secret(dict(old.inputs), dict(new.inputs))
            yield from _plain_where_secret(dict(old.outputs), dict(new.outputs))


def _plain_where_secret(old: Any, new: Any) -> Iterator[str]:
    if new == properties.SECRET and old != properties.SECRET:
        yield from _texts(old)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in old.keys() & new.keys():
            yield from _plain_where_secret(old[key], new[key])
    elif isinstance(old, list) and isinstance(new, list):
        for before, after in zip(old, new, strict=False):
            yield from _plain_where_secret(before, after)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if len(value) >= SHORTEST and value != properties.UNKNOWN:
            yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
