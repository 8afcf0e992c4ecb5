"""What every command needs: the project, the offline home, the backend, the stack that is meant."""

from __future__ import annotations

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from ..backend import FileBackend
from ..crypter import Passphrase
from ..errors import EngineError
from ..project import Project, find
from ..stack_config import StackConfig
from ..state_store import StackState, load

INSTALLATION = Path(__file__).resolve().parents[3]
"""The folder that `offline/` lies in."""


class Workspace:
    """One command's surroundings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        found = find(folder)
        root = found.parent if found else INSTALLATION
        home = os.environ.get("HEADROOM_OFFLINE_HOME")
        self.home = Path(home).absolute() if home else root / ".headroom"
        self.backend = FileBackend(os.environ.get("PULUMI_BACKEND_URL") or f"file://{self.home / 'state'}")
        self.passphrase = Passphrase(self.home)
        self._project: Project | None = None

    @property
    def project(self) -> Project:
        """The project; raises EngineError when there is none."""
        if self._project is None:
            self._project = Project(self.folder)
        return self._project

    def stack_name(self, given: str | None) -> str:
        """The stack that is meant, which need not exist; `given` may have its organization and project before it."""
        name = given or os.environ.get("PULUMI_STACK") or self.backend.selected(self.project.name)
        if not name:
            raise EngineError(
                "no stack selected; please use `pulumi stack select` or `pulumi stack init` to choose one, or --stack"
            )
        parts = name.split("/")
        if len(parts) > 1 and parts[-2] not in (self.project.name, "organization"):
            raise EngineError(f"the stack {name} is of the project {parts[-2]}, not of {self.project.name}")
        if not parts[-1] or not all(letter.isalnum() or letter in "-_." for letter in parts[-1]):
            raise EngineError(f"{parts[-1]!r} is no stack name: letters, digits, '-', '_' and '.' only")
        return parts[-1]

    def existing_stack(self, given: str | None) -> str:
        """The stack that is meant; raises EngineError when it does not exist."""
        name = self.stack_name(given)
        if not self.backend.exists(self.project.name, name):
            raise EngineError(f"no stack named '{name}' found")
        return name

    def config(self, stack: str, arguments: Namespace) -> StackConfig:
        """The stack's configuration file."""
        path = getattr(arguments, "config_file", None)
        return StackConfig(self.project, stack, self.passphrase, Path(path) if path else None)

    def state(self, stack: str) -> StackState:
        """The stack's state."""
        return load(self.backend, self.project.name, stack, self.passphrase)

    def stack_outputs(self, name: str) -> dict[str, Any]:
        """Outputs of a stack named `stack`, `project/stack` or `organization/project/stack`, for StackReferences."""
        parts = name.split("/")
        project = parts[-2] if len(parts) > 1 else self.project.name
        if not self.backend.exists(project, parts[-1]):
            raise EngineError(f"unknown stack {name!r}")
        return load(self.backend, project, parts[-1], self.passphrase).snapshot.outputs()
