"""YAML that tests read: by libyaml where PyYAML has it, which takes an eighth of the time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader
except ImportError:
    from yaml import SafeLoader as CSafeLoader  # type: ignore[assignment]

__all__ = ["CSafeLoader", "read"]


def read(path: Path) -> Any:
    """What a file holds."""
    return yaml.load(path.read_text(encoding="utf-8"), CSafeLoader)
