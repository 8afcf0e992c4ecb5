"""What an environment makes of each rule: policies/<environment>.json, as Pulumi's `--policy-pack-config` takes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

Level = Literal["disabled", "advisory", "mandatory"]

LEVELS: tuple[Level, ...] = ("disabled", "advisory", "mandatory")


@dataclass(frozen=True)
class Setting:
    """One rule in one environment."""

    level: Level = "mandatory"
    """Whether a breach stops an `up`, is a remark, or is not looked for."""
    undetermined_fails: bool = False
    """Whether a verdict that cannot be reached counts as a breach."""
    takes_exceptions: bool = True
    """Whether exceptions.yaml counts for it."""

    @classmethod
    def of(cls, level: Level, properties: Mapping[str, Any]) -> Setting:
        """From a level and what a level file says beside it."""
        return cls(level, properties.get("undetermined") == "fail", properties.get("exceptions") != "refuse")


Settings = Mapping[str, Setting]
"""By rule. A rule that is not named is mandatory."""


def read_levels(file: Path) -> Settings:
    """The level file of an environment. Raises ValueError where it is none, and OSError where it cannot be read."""
    content = json.loads(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise ValueError(f"{file.name} holds no JSON object")
    settings = {}
    for rule, entry in content.items():
        level = entry.get("enforcementLevel") if isinstance(entry, dict) else entry
        if level not in LEVELS:
            raise ValueError(f"{file.name}: {rule} has no enforcementLevel of {', '.join(LEVELS)}")
        settings[rule] = Setting.of(cast(Level, level), entry if isinstance(entry, dict) else {})
    return settings
