"""The small project whose engine is a stub, and GitHub on loopback."""

from __future__ import annotations

from tests.operations.conftest import project
from tests.operations.drift.hub import hub

__all__ = ["hub", "project"]
