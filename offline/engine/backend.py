"""The file backend: `file://<folder>` in the project-scoped layout of Pulumi's CLI."""

from __future__ import annotations

import contextlib
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from .checkpoint import Checkpoint, DamagedError, decode, encode
from .errors import EngineError, UnsupportedError
from .files import replace_file
from .lock import StackLock, holder
from .state_versions import StateVersions


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

    def tags_file(self, project: str, stack: str) -> Path:
        """The tags of a stack: no resource's."""
        return self.root / "stacks" / project / f"{stack}.pulumi-tags"

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
        try:
            return decode(path.read_bytes())
        except DamagedError as error:
            raise EngineError(f"the state file {path} {error}; nothing was changed. {remedy(stack)}") from None

    def digest(self, project: str, stack: str) -> str:
        """Of the state file as it is now."""
        return hashlib.sha256(self.file(project, stack).read_bytes()).hexdigest()

    def versions(self, project: str, stack: str) -> StateVersions:
        """The stack's state, now and earlier."""
        return StateVersions(
            self.root / "versions" / project / stack,
            state=self.file(project, stack),
            journal=self.journal_file(project, stack),
            cloud=self.cloud_file(project, stack),
        )

    def save(self, project: str, stack: str, deployment: dict[str, Any] | None, *, by: str, journal: str = "") -> None:
        """Replaces the state at one stroke, and keeps the previous one where it differs by more than its date."""
        path = self.file(project, stack)
        dropped = not journal and self.journal_file(project, stack).exists()
        if path.exists() and (dropped or not self._holds(project, stack, deployment)):
            self.versions(project, stack).keep(journal=dropped)
        replace_file(path, encode(f"organization/{project}/{stack}", deployment, by=by, journal=journal))
        meta = self.root / "meta.yaml"
        if not meta.exists():
            replace_file(meta, b"version: 1\n")

    def _holds(self, project: str, stack: str, deployment: dict[str, Any] | None) -> bool:
        with contextlib.suppress(EngineError):
            present = self.load(project, stack).deployment
            return {**(present or {}), "manifest": 0} == {**(deployment or {}), "manifest": 0}
        return False

    def remove(self, project: str, stack: str) -> None:
        """Forgets the stack, its earlier versions, its history and its journal."""
        path = self.file(project, stack)
        self.versions(project, stack).remove()
        for found in (self.journal_file(project, stack), self.cloud_file(project, stack)):
            found.unlink(missing_ok=True)
        for found in self._history(project, stack).glob("*.history.json"):
            found.unlink()
        self.tags_file(project, stack).unlink(missing_ok=True)
        path.unlink(missing_ok=True)

    def _history(self, project: str, stack: str) -> Path:
        return self.root / "history" / project / stack

    def add_history(self, project: str, stack: str, entry: dict[str, Any]) -> None:
        """Records one finished operation, as the latest one whatever the clock says."""
        numbers = [_number(path) for path in self._entries(project, stack)]
        number = max([time.time_ns(), *(number + 1 for number in numbers)])
        numbered = {**entry, "version": 1 + max((_version(old) for old in self.history(project, stack)), default=0)}
        path = self._history(project, stack) / f"{stack}-{number}.history.json"
        replace_file(path, json.dumps(numbered, indent=4).encode())

    def _entries(self, project: str, stack: str) -> list[Path]:
        return sorted(self._history(project, stack).glob("*.history.json"), key=_number, reverse=True)

    def history(self, project: str, stack: str) -> list[dict[str, Any]]:
        """Finished operations, the latest first; an entry that cannot be read is left out."""
        found: list[dict[str, Any]] = []
        for path in self._entries(project, stack):
            with contextlib.suppress(ValueError):
                entry = json.loads(path.read_bytes())
                found += [entry] if isinstance(entry, dict) else []
        return found

    def selected(self, project: str) -> str:
        """The stack that `stack select` chose last; empty when none was."""
        try:
            chosen = json.loads(self._workspace(project).read_bytes())
        except (FileNotFoundError, ValueError):
            return ""
        return str(chosen.get("stack", "")) if isinstance(chosen, dict) else ""

    def select(self, project: str, stack: str) -> None:
        """Chooses the stack for commands that name none."""
        replace_file(self._workspace(project), json.dumps({"stack": stack}).encode())

    def _workspace(self, project: str) -> Path:
        return self.root / "workspaces" / f"{project}.json"


def remedy(stack: str) -> str:
    """How to go on from a damaged state."""
    return f"`headroom offline restore {stack}` lists what is kept of it, and puts an earlier version back"


def _number(path: Path) -> int:
    digits = path.name.removesuffix(".history.json").rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0


def _version(entry: dict[str, Any]) -> int:
    found = entry.get("version")
    return found if isinstance(found, int) else 0
