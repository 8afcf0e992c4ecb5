"""Runs git, and tells what it refused without the credentials that a remote's address may hold."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from operations.errors import Failure

CREDENTIALS = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)[^/@\s'\"]+@", re.IGNORECASE)
"""User and password of an address."""
TOKENS = ("GITHUB_TOKEN", "GH_TOKEN", "CI_JOB_TOKEN", "GITLAB_TOKEN")
"""Variables whose values are never printed, wherever git has them from."""
ELSEWHERE = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")
"""Variables by which a hook of git's would lead us to another checkout."""


class Git:
    """git in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(
        self, *arguments: str, given: str | bytes | None = None, variables: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Runs a command, whatever becomes of it. Raises Failure where there is no git."""
        environment = {name: value for name, value in os.environ.items() if name not in ELSEWHERE}
        environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C", **(variables or {})}
        try:
            return subprocess.run(
                ["git", "-C", str(self.folder), *arguments],
                input=given.encode() if isinstance(given, str) else given if given is not None else b"",
                capture_output=True,
                check=False,
                env=environment,
            )
        except OSError as error:
            raise Failure(f"git can't be run: {error}", ("install git, and put it on PATH",)) from error

    def bytes(self, what: str, *arguments: str) -> bytes:
        """What a command prints. Raises Failure, which begins with `what`, when it fails."""
        done = self.ask(*arguments)
        if done.returncode != 0:
            raise Failure(f"{what}: {words(done)}")
        return done.stdout

    def line(
        self, what: str, *arguments: str, given: str | None = None, variables: Mapping[str, str] | None = None
    ) -> str:
        """The same as text, without the line's end."""
        done = self.ask(*arguments, given=given, variables=variables)
        if done.returncode != 0:
            raise Failure(f"{what}: {words(done)}")
        return done.stdout.decode(errors="replace").strip()

    def found(self, *arguments: str) -> str:
        """What a command prints, or nothing where it fails."""
        done = self.ask(*arguments)
        return done.stdout.decode(errors="replace").strip() if done.returncode == 0 else ""


def words(done: subprocess.CompletedProcess[bytes]) -> str:
    """Why git failed, in its own words."""
    text = concealed((done.stderr or done.stdout).decode(errors="replace")).strip()
    lines = [line.removeprefix("remote: ").strip() for line in text.splitlines()]
    said = [line for line in lines if line and not line.startswith(("hint:", "To "))]
    return "\n".join(said) or f"git ended with {done.returncode}"


def concealed(text: str) -> str:
    """Text without credentials in addresses, and without tokens of this environment."""
    for name in TOKENS:
        if len(os.environ.get(name, "")) >= 8:
            text = text.replace(os.environ[name], "***")
    return CREDENTIALS.sub(r"\g<scheme>***@", text)
