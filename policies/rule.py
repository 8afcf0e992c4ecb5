"""What a rule is: a pure function, and what is said about it."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from policies.graph import Graph, Resource
from policies.verdict import Properties, Verdict

Severity = Literal["low", "medium", "high", "critical"]


@dataclass(frozen=True, kw_only=True)
class _Described:
    check: Callable[..., Verdict]
    """Its name is the rule's id, its docstring says why the rule exists."""
    title: str
    """What holds where the rule passes."""
    types: frozenset[str]
    """Type tokens of the resources that it judges."""
    severity: Severity
    """How bad a breach is."""
    references: tuple[str, ...] = ()
    """The same control in published sets."""

    @property
    def id(self) -> str:
        """Name of the rule in levels, exceptions and reports."""
        return self.check.__name__.replace("_", "-")

    @property
    def why(self) -> str:
        """What goes wrong without the rule."""
        return " ".join((inspect.getdoc(self.check) or "").split("\n\n")[0].split())


@dataclass(frozen=True, kw_only=True)
class ResourceRule(_Described):
    """Decided by one resource's inputs, so it stops a resource before it is created."""

    check: Callable[[Properties], Verdict]


@dataclass(frozen=True, kw_only=True)
class GraphRule(_Described):
    """Decided by a resource and what surrounds it; asked for each resource of its types apart."""

    check: Callable[[Resource, Graph], Verdict]


Rule = ResourceRule | GraphRule
