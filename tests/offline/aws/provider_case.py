"""What a case of a described type is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from offline.aws.values import Properties
from tests.offline.aws.provider_world import World


@dataclass(frozen=True)
class Case:
    """Valid inputs of a type, and one change in place (none: every change replaces, or nothing can change)."""

    token: str
    inputs: Callable[[World], Properties]
    change: Callable[[World], Properties] | None = None
    name: str = ""
