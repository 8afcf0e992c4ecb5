"""Registers what a preview of the real program registered, by the SDK's classes alone.

The same types, names, inputs, dependencies and providers; no settings, no components, and no checks of ours. What
nobody knows before the resources stand, and what is secret, comes from the outputs of the resources that it came from.
"""

import json
from pathlib import Path

import pulumi

from benchmarks.bare.recording import CONFIG_KEY
from benchmarks.bare.replay import register

made: dict[str, pulumi.CustomResource] = {}
recorded = json.loads(Path(pulumi.Config().require(CONFIG_KEY)).read_text(encoding="utf-8"))
for number, state in enumerate(recorded):
    made[state["urn"]] = register(state, number, made)
