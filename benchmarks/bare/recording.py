"""What the plain program is to register: the resources of a preview's JSON, without components."""

from __future__ import annotations

import json
import re
from graphlib import TopologicalSorter
from typing import Any

from benchmarks.measure import CommandFailedError

CONFIG_KEY = "recording"
"""Name of the plain program's only setting: the path of the recording."""
UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What a preview writes for a value that is not known yet."""
SECRET = "[secret]"
"""What it writes for a secret."""


def read(output: str) -> dict[str, Any]:
    """The JSON that `preview --json` printed; raises CommandFailedError if there is none. Warnings may stand before."""
    begins = re.search(r"^\{", output, re.MULTILINE)
    if begins is None:
        raise CommandFailedError(f"the preview printed no JSON:\n{output}")
    return dict(json.JSONDecoder().raw_decode(output, begins.start())[0])


def record(preview: dict[str, Any]) -> list[dict[str, Any]]:
    """The states of custom resources, each after those that it depends on; a preview's JSON has no such order."""
    states = {step["urn"]: step["newState"] for step in preview["steps"] if step["newState"]["custom"]}
    order = TopologicalSorter({urn: _before(state) for urn, state in states.items()})
    return [states[urn] for urn in order.static_order() if urn in states]


def _before(state: dict[str, Any]) -> list[str]:
    """What stands before a resource: what it depends on, and its provider."""
    provider = state.get("provider", "").rpartition("::")[0]
    return [*state.get("dependencies", ()), *([provider] if provider else [])]
