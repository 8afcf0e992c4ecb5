"""Pulumi's protocol without Pulumi's SDK, for processes that only speak it: half of what such a process imports."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

PACKAGES = ("pulumi", "pulumi.runtime")
"""What is imported with `pulumi.runtime.proto`: the whole SDK, and what it needs to trace and to automate."""


def without_sdk() -> None:
    """From here on `pulumi.runtime.proto` is imported alone. To be called first, and by a process's own script only:
    nothing else of the SDK can be imported afterwards."""
    found = importlib.util.find_spec("pulumi")
    if "pulumi" in sys.modules or found is None or not found.submodule_search_locations:
        return
    places = list(found.submodule_search_locations)
    for name in PACKAGES:
        package = ModuleType(name)
        package.__path__ = [place + name.removeprefix("pulumi").replace(".", "/") for place in places]
        sys.modules[name] = package
