"""The project that a command works on: where it lies, its environments and their files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from operations.errors import Failure


@dataclass(frozen=True)
class Project:
    """A fork of Headroom on this machine."""

    root: Path
    """The folder that holds Pulumi.yaml."""
    home: Path | None = None
    """Where the offline default keeps its things, in place of the usual folder."""

    @property
    def environments(self) -> tuple[str, ...]:
        """Every environment that has a stack file, in the order in which releases pass through them."""
        names = [path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in self.root.glob("Pulumi.*.yaml")]
        order = {"dev": 0, "staging": 1, "prod": 3}
        return tuple(sorted(names, key=lambda name: (order.get(name, 2), name)))

    def require(self, environment: str) -> None:
        """Raises Failure when the environment has no stack file; suggests the nearest that has one."""
        known = self.environments
        if environment in known:
            return
        nearest = difflib.get_close_matches(environment, known, n=1, cutoff=0.5)
        listed = f"Environments are: {', '.join(known)}." if known else f"There is no stack file in {self.root}."
        hint = f" Did you mean {nearest[0]}?" if nearest else ""
        raise Failure(f"there is no environment {environment!r}: no file Pulumi.{environment}.yaml.\n{listed}{hint}")

    def policy_config(self, environment: str) -> Path:
        """The file with the levels of the policies in this environment."""
        return self.root / "policies" / f"{environment}.json"

    def setting(self, environment: str, key: str) -> str:
        """A plain setting of the stack file, such as headroom:account. Raises Failure when it is not there."""
        value = self.given(environment, key)
        if value is None:
            name = f"Pulumi.{environment}.yaml"
            raise Failure(f"{name}: {key} is missing", (f"add it under config: in {name}",))
        return value

    def given(self, environment: str, key: str) -> str | None:
        """A plain setting, or None when it is not there. Raises Failure when the stack file can't be read."""
        value = self.config(environment).get(key)
        return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else None

    def config(self, environment: str) -> Mapping[str, Any]:
        """All settings of the stack file, as they are written. Raises Failure when it can't be read."""
        return self._config(self.root / f"Pulumi.{environment}.yaml")

    def _config(self, path: Path) -> Mapping[str, Any]:
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.MarkedYAMLError as error:
            line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise Failure(f"{path.name}{line}: {error.problem or error}; it can't be read as YAML") from error
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise Failure(f"{path.name} can't be read: {error}") from error
        config = document.get("config") if isinstance(document, dict) else None
        if not isinstance(config, dict):
            raise Failure(f"{path.name} holds no settings: all of them stand under `config:`, which is missing")
        return config

    @property
    def offline_home(self) -> Path:
        """Where the offline default keeps state and emulated AWS."""
        return self.home or self.root / (os.environ.get("HEADROOM_OFFLINE_HOME") or ".headroom")


def find(start: Path) -> Project:
    """The project around a folder. Raises Failure when there is none."""
    for folder in (start, *start.parents):
        if (folder / "Pulumi.yaml").is_file():
            return Project(folder)
    raise Failure(f"there is no Pulumi.yaml in {start}, nor in a folder above it", ("go to your copy of Headroom",))
