"""Parts of a resource, such as one container of several, with the path that leads to each."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, fail, lookup, undetermined


@dataclass(frozen=True)
class Part:
    """A part of a resource's properties, and where it is."""

    where: str
    """Path from the resource's root; empty for the root itself."""
    value: Any
    """Plain data; UNKNOWN where nothing of it is known."""

    def get(self, path: str) -> Any:
        """What stands at a path below: UNKNOWN if it or what it is in is unknown, MISSING if it is not set."""
        if isinstance(self.value, Mapping):
            return lookup(self.value, path)
        return UNKNOWN if self.value is UNKNOWN else MISSING

    def at(self, path: str) -> str:
        """The path from the root of what is below; of something unknown, the path as far as it is known."""
        if self.value is UNKNOWN:
            return self.where
        below = known_path(self.value, path) if isinstance(self.value, Mapping) else path
        return f"{self.where}.{below}" if self.where else below

    def part(self, path: str) -> Part:
        """What is below as a part of its own."""
        return Part(self.at(path), self.get(path))

    def parts(self, path: str) -> list[Part]:
        """The members of a list below; one part for all of them where the list is unknown."""
        found = self.get(path)
        if found is UNKNOWN:
            return [Part(self.at(path), UNKNOWN)]
        members = found if isinstance(found, list) else [found] if isinstance(found, Mapping) else []
        where = self.at(path)
        return [Part(f"{where}[{index}]", member) for index, member in enumerate(members)]

    def demand(self, path: str, holds: Callable[[Any], bool], what: str, remedy: str) -> Verdict:
        """Fail with `what` unless the value below, or MISSING, is as it must be."""
        value = self.get(path)
        if value is UNKNOWN:
            return undetermined(self.at(path))
        return PASS if holds(value) else fail(self.at(path), what, remedy)


def whole(properties: Properties) -> Part:
    """A resource as one part."""
    return Part("", properties)


def known_path(properties: Properties, path: str) -> str:
    """The shortest beginning of a path at which something unknown stands; the path itself where nothing does."""
    for step in re.finditer(r"[^.\[\]]+|\[\d+\]", path):
        beginning = path[: step.end()]
        if lookup(properties, beginning) is UNKNOWN:
            return beginning
    return path


def is_true(value: Any) -> bool:
    """Set to true."""
    return value is True


def is_not_true(value: Any) -> bool:
    """Not set, or set to false."""
    return value is not True


def is_set(value: Any) -> bool:
    """Set to something that is not empty."""
    return not (value is MISSING or value in ("", [], {}, 0))
