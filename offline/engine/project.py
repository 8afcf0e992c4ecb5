"""Pulumi.yaml: the project that a command works on."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import yaml

from .errors import EngineError, UnsupportedError

_NAMES = ("Pulumi.yaml", "Pulumi.yml", "Pulumi.json")


class Project:
    """The nearest Pulumi.yaml at or above a folder."""

    def __init__(self, folder: Path) -> None:
        """Raises EngineError when there is none, or when it is broken."""
        path = find(folder)
        if path is None:
            raise EngineError(
                f"no Pulumi.yaml project file found in {folder.absolute()} or above it. Change to the project's "
                "folder, or name it with --cwd"
            )
        self.path = path
        self.root = path.parent
        self._data = _read(path)
        self.name = str(self._data.get("name") or "")
        if not self.name:
            raise EngineError(f"{path} has no 'name'")
        runtime = self._data.get("runtime")
        self.runtime = runtime if isinstance(runtime, str) else (runtime or {}).get("name")
        if not self.runtime:
            raise EngineError(f"{path} has no 'runtime'")
        given = runtime.get("options") if isinstance(runtime, dict) else None
        self._runtime_options: dict[str, Any] = given or {}

    @property
    def main(self) -> Path:
        """The program's folder."""
        return self.root / str(self._data.get("main") or "")

    def stack_file(self, stack: str) -> Path:
        """Pulumi.<stack>.yaml."""
        return self.root / str(self._data.get("stackConfigDir") or "") / f"Pulumi.{stack}.yaml"

    def config_defaults(self) -> dict[str, Any]:
        """Values that Pulumi.yaml gives for every stack, by full key."""
        declared = self._data.get("config")
        found: dict[str, Any] = {}
        for key, spec in declared.items() if isinstance(declared, dict) else ():
            value = spec.get("value", spec.get("default")) if isinstance(spec, dict) else spec
            if value is not None:
                found[self.key(key)] = value
        return found

    def key(self, key: str) -> str:
        """The full configuration key: the project's namespace where none is given."""
        return key if ":" in key else f"{self.name}:{key}"

    def python(self) -> str:
        """The program's Python; raises EngineError when its virtual environment is missing."""
        if self.runtime != "python":
            raise UnsupportedError(f"programs in {self.runtime}: it runs Python ({self.path})")
        environment = str(self._runtime_options.get("virtualenv") or "")
        if not environment:
            return sys.executable
        python = os.path.join(self.root, environment, "bin", "python")
        if not os.access(python, os.X_OK):
            raise EngineError(
                f"{self.path} names the virtual environment {environment!r}, but there is no {python}. Make it first"
            )
        return python


def find(folder: Path) -> Path | None:
    """The nearest project file at or above a folder."""
    for candidate in (folder.absolute(), *folder.absolute().parents):
        for name in _NAMES:
            if (candidate / name).is_file():
                return candidate / name
    return None


def _read(path: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise EngineError(f"{path} cannot be read: {one_line(error)}") from None
    if not isinstance(found, dict):
        raise EngineError(f"{path} is not a mapping: a project file has at least 'name' and 'runtime'")
    return found


def one_line(error: Exception) -> str:
    """An error's text without line breaks."""
    return " ".join(str(error).split())
