"""The small project whose engine is a stub, for `headroom drift`."""

from __future__ import annotations

from tests.operations.conftest import project

__all__ = ["project"]
