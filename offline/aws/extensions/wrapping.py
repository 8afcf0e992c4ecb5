"""Replaces a method of moto's by one that is given the original."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any


def wrap(owner: Any, name: str, replacement: Callable[..., Any]) -> None:
    """`replacement(original, self, ...)` answers instead of `owner.name`.

    Of several replacements the later one is given the earlier one as its original; the same one twice changes nothing.
    """
    original = getattr(owner, name)
    identity = f"{replacement.__module__}.{replacement.__qualname__}"
    before = getattr(original, "headroom_extensions", ())
    if identity in before:
        return

    @functools.wraps(original)
    def extended(*args: Any, **arguments: Any) -> Any:
        return replacement(original, *args, **arguments)

    extended.headroom_extensions = (*before, identity)  # type: ignore[attr-defined]
    setattr(owner, name, extended)
