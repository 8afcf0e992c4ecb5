"""What the plain program is to register: the resources of a preview's JSON, without components."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from typing import Any

CONFIG_KEY = "recording"
"""Name of the plain program's only setting: the path of the recording."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview writes for a value that is not known yet."""
SECRET = "[secret]"
"""What it writes for a secret."""


def record(preview: str) -> list[dict[str, Any]]:
    """The states of custom resources, each after those that it depends on; a preview's JSON has no such order."""
    begins = re.search(r"^\{", preview, re.MULTILINE)  # warnings may stand before
    steps = json.JSONDecoder().raw_decode(preview, begins.start() if begins else 0)[0]["steps"]
    states = {step["urn"]: step["newState"] for step in steps if step["newState"]["custom"]}
    order = TopologicalSorter({urn: _before(state) for urn, state in states.items()})
    return [states[urn] for urn in order.static_order() if urn in states]


def _before(state: dict[str, Any]) -> list[str]:
    """What stands before a resource: what it depends on, and its provider."""
    provider = state.get("provider", "").rpartition("::")[0]
    return [*state.get("dependencies", ()), *([provider] if provider else [])]
