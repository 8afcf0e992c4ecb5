"""The file backend: `file://<folder>` in the project-scoped layout of Pulumi's CLI."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import EngineError, UnsupportedError
from .lock import StackLock, holder


@dataclass(frozen=True, kw_only=True)
class Checkpoint:
    """A stack's state file as read."""

    deployment: dict[str, Any] | None
    """The deployment; None for a stack without any update yet."""
    digest: str
    """SHA-256 of the file: a journal names the file that it goes on from by this."""
    journal: str
    """Id of the journal that was folded into it last; empty when none was."""


class FileBackend:
    """Stacks, their history, locks and journals below one folder."""

    def __init__(self, url: str) -> None:
        if not url.startswith("file://"):
            raise UnsupportedError(f"state in {url}: set PULUMI_BACKEND_URL to file://<folder>, or unset it")
        self.url = url
        path = url.removeprefix("file://")
        if path == "~" or path.startswith("~/"):
            path = str(Path.home()) + path[1:]
        self.root = Path(path or ".").absolute() / ".pulumi"

    def file(self, project: str, stack: str) -> Path:
        """The checkpoint of a stack."""
        return self.root / "stacks" / project / f"{stack}.json"

    def journal_file(self, project: str, stack: str) -> Path:
        """The journal of a running or interrupted operation."""
        return self.root / "journals" / project / f"{stack}.jsonl"

    def cloud_file(self, project: str, stack: str) -> Path:
        """Which emulated cloud holds the stack's resources."""
        return self.root / "clouds" / project / f"{stack}.json"

    def lock(self, project: str, stack: str, operation: str) -> StackLock:
        """The stack's lock, to be entered."""
        return StackLock(self._lock_file(project, stack), operation)

    def lock_holder(self, project: str, stack: str) -> dict[str, Any] | None:
        """Who operates on the stack now; None when nobody does."""
        return holder(self._lock_file(project, stack))

    def _lock_file(self, project: str, stack: str) -> Path:
        return self.root / "locks" / project / f"{stack}.lock"

    def exists(self, project: str, stack: str) -> bool:
        """True when the stack has been made."""
        return self.file(project, stack).exists()

    def stacks(self, project: str | None) -> list[tuple[str, str]]:
        """(project, stack) of every stack, or of one project's."""
        found = (self.root / "stacks").glob(f"{project or '*'}/*.json")
        return sorted((path.parent.name, path.stem) for path in found)

    def load(self, project: str, stack: str) -> Checkpoint:
        """The stack's state; raises EngineError when the file is damaged, and changes nothing."""
        path = self.file(project, stack)
        content = path.read_bytes()
        try:
            document = json.loads(content)
            deployment = document["checkpoint"].get("latest")
            if document.get("version") != 3 or not (deployment is None or isinstance(deployment, dict)):
                raise ValueError(f"it is of version {document.get('version')}, not 3")
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            backup = path.with_suffix(".json.bak")
            remedy = f"; the state before the last command is in {backup}" if backup.exists() else ""
            raise EngineError(f"the state file {path} is damaged ({error}); nothing was changed{remedy}") from None
        digest = hashlib.sha256(content).hexdigest()
        return Checkpoint(deployment=deployment, digest=digest, journal=document.get("journal", ""))

    def save(self, project: str, stack: str, deployment: dict[str, Any] | None, journal: str = "") -> None:
        """Replaces the state at one stroke, keeping the previous one as `.bak`."""
        path = self.file(project, stack)
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint: dict[str, Any] = {"stack": f"organization/{project}/{stack}"}
        if deployment is not None:
            checkpoint["latest"] = deployment
        document = {"version": 3, **({"journal": journal} if journal else {}), "checkpoint": checkpoint}
        draft = path.with_suffix(".json.tmp")
        with draft.open("w", encoding="utf-8") as file:
            json.dump(document, file, indent=4)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            backup = path.with_suffix(".json.bak")
            backup.unlink(missing_ok=True)
            os.link(path, backup)
        draft.replace(path)
        _sync_folder(path.parent)
        meta = self.root / "meta.yaml"
        if not meta.exists():
            meta.write_text("version: 1\n", encoding="utf-8")

    def remove(self, project: str, stack: str) -> None:
        """Forgets the stack, its history and its journal."""
        path = self.file(project, stack)
        for found in (
            path.with_suffix(".json.bak"),
            self.journal_file(project, stack),
            self.cloud_file(project, stack),
        ):
            found.unlink(missing_ok=True)
        for found in self._history(project, stack).glob("*.history.json"):
            found.unlink()
        path.unlink(missing_ok=True)

    def _history(self, project: str, stack: str) -> Path:
        return self.root / "history" / project / stack

    def add_history(self, project: str, stack: str, entry: dict[str, Any]) -> None:
        """Records one finished operation."""
        folder = self._history(project, stack)
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{stack}-{time.time_ns()}.history.json"
        path.write_text(json.dumps(entry, indent=4), encoding="utf-8")

    def history(self, project: str, stack: str) -> list[dict[str, Any]]:
        """Finished operations, the latest first; an entry that cannot be read is left out."""
        found: list[dict[str, Any]] = []
        for path in sorted(self._history(project, stack).glob("*.history.json"), reverse=True):
            with contextlib.suppress(ValueError):
                found.append(json.loads(path.read_text(encoding="utf-8")))
        return found

    def selected(self, project: str) -> str:
        """The stack that `stack select` chose last; empty when none was."""
        try:
            chosen = json.loads(self._workspace(project).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return ""
        return str(chosen.get("stack", ""))

    def select(self, project: str, stack: str) -> None:
        """Chooses the stack for commands that name none."""
        path = self._workspace(project)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"stack": stack}), encoding="utf-8")

    def _workspace(self, project: str) -> Path:
        return self.root / "workspaces" / f"{project}.json"


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
