"""The versions that this engine answers with."""

from __future__ import annotations

import functools
from importlib import metadata


@functools.cache
def sdk_version() -> str:
    """Version of the installed Pulumi SDK, whose protocols this engine speaks."""
    return metadata.version("pulumi")


def engine_version() -> str:
    """What `pulumi version` prints: the SDK's version, marked so that nobody takes it for the real engine."""
    return f"v{sdk_version()}+offline"
