"""Replaces a method of moto's by one that is given the original."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """`replacement(original, self, ...)` answers instead of `owner.name`; wrapping twice changes nothing."""
    original = getattr(owner, name)
    if getattr(original, "headroom_extension", False):
        return

    @functools.wraps(original)
    def extended(*args: Any, **arguments: Any) -> Any:
        return replacement(original, *args, **arguments)

    extended.headroom_extension = True  # type: ignore[attr-defined]
    setattr(owner, name, extended)
