"""Earlier versions of a stack's state: a numbered folder each, so that no clock decides which is the later one."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from .checkpoint import Checkpoint, DamagedError, decode
from .errors import EngineError
from .files import WriteError, replace_file, sync_folder

KEPT = 10
"""Earlier versions that are kept beside the present one."""
STATE, JOURNAL, CLOUD = "state.json", "journal.jsonl", "cloud.json"


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version, the present one among them."""

    number: int
    present: bool
    checkpoint: Checkpoint | None
    """None where the file is damaged."""
    problem: str
    """What is wrong with the file; empty where nothing is."""
    interrupted: bool
    """The journal of an interrupted command belongs to it."""


class StateVersions:
    """The versions of one stack; its lock is held by whoever changes anything."""

    def __init__(self, folder: Path, *, state: Path, journal: Path, cloud: Path) -> None:
        """`cloud` is the record of which emulated AWS holds the resources: it belongs to a version as well."""
        self._folder = folder
        self._files = {STATE: state, JOURNAL: journal, CLOUD: cloud}

    def _kept(self) -> list[int]:
        with contextlib.suppress(FileNotFoundError):
            return sorted(int(name) for name in os.listdir(self._folder) if name.isdigit())
        return []

    @property
    def present(self) -> int:
        """The number of the present version."""
        return max(self._kept(), default=0) + 1

    def versions(self) -> list[Version]:
        """All of them, the present one first."""
        present = self.present
        found = [_describe(present, self._files[STATE], self._files[JOURNAL], present=True)]
        for number in reversed(self._kept()):
            folder = self._folder / str(number)
            found.append(_describe(number, folder / STATE, folder / JOURNAL, present=False))
        return found

    def keep(self, *, journal: bool) -> int:
        """Sets the present version aside, with its journal if that is to be dropped: its number."""
        number = self.present
        last = self._folder / str(number - 1) / STATE
        if not journal and last.exists() and last.samefile(self._files[STATE]):
            return number - 1  # a save was stopped after this
        draft = self._folder / f"{number}.partial"
        try:
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir(parents=True)
            for name, path in self._files.items():
                if path.exists() and (journal or name != JOURNAL):
                    _link(path, draft / name)
            sync_folder(draft)
            draft.rename(self._folder / str(number))
            sync_folder(self._folder)
        except OSError as error:
            shutil.rmtree(draft, ignore_errors=True)
            raise WriteError(self._folder / str(number), error) from None
        for old in self._kept()[:-KEPT]:
            shutil.rmtree(self._folder / str(old), ignore_errors=True)
        return number

    def restore(self, number: int) -> int:
        """Puts a version back as it was kept, and keeps the present one: under which number.

        The present version's own number drops what the journal of an interrupted command holds, and nothing else.
        """
        if number == self.present:
            if not self._files[JOURNAL].exists():
                raise EngineError(f"version {number} is the present one: there is nothing to put back")
            kept = self.keep(journal=True)
            self._files[JOURNAL].unlink()
            return kept
        folder = self._folder / str(number)
        contents = {name: (folder / name).read_bytes() for name in self._files if (folder / name).exists()}
        if STATE not in contents:
            known = ", ".join(str(found) for found in (*self._kept(), self.present))
            raise EngineError(f"there is no version {number} of this stack's state; there are {known}")
        try:
            decode(contents[STATE])
        except DamagedError as error:
            raise EngineError(f"version {number} cannot be put back: {folder / STATE} {error}") from None
        kept = self.keep(journal=True)
        for name, path in self._files.items():  # the state first: a journal of another state is told as such
            if name in contents:
                replace_file(path, contents[name])
            else:
                path.unlink(missing_ok=True)
        return kept

    def remove(self) -> None:
        """Forgets them all."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _describe(number: int, state: Path, journal: Path, *, present: bool) -> Version:
    checkpoint, problem = None, ""
    try:
        checkpoint = decode(state.read_bytes())
    except DamagedError as error:
        problem = str(error)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    return Version(number=number, present=present, checkpoint=checkpoint, problem=problem, interrupted=journal.exists())


def _link(source: Path, target: Path) -> None:
    """A second name for the same content, which takes no room; a copy where the file system has no such."""
    try:
        os.link(source, target)
    except OSError:
        with source.open("rb") as original, target.open("wb") as copy:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
