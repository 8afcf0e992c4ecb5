"""What went wrong, said once and plainly, with what to do about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from operations.changes import STACK_TYPE, Run, readable, short_type
from operations.events import Diagnostic
from operations.program_name import headroom

CLOUD_LOST = "the emulated AWS that held this stack is gone"
"""Words by which the offline engine says that the server which held a stack's resources is no more."""


AFTERMATH = re.compile(
    r"Resource monitor has terminated.*|(update|preview|destroy|refresh) failed"
    r"|an unhandled error occurred: .* exited with non-zero exit code: \d+",
    re.IGNORECASE,
)
"""What is said after an error, because of it."""


UNWRITABLE = re.compile(
    r": (No such file or directory|Permission denied|Not a directory)$"
    r"|No space left on device|Disk quota exceeded|Read-only file system",
    re.MULTILINE,
)
"""What the system says of a folder in which nothing can be kept."""


class Failure(Exception):  # noqa: N818 - it reads as what it is: the command failed
    """A command can't do what it was asked; shown without a traceback, exit code 1."""

    def __init__(self, message: str, remedies: Sequence[str] = ()) -> None:
        """The message names place and value and may have several lines; a remedy is one sentence or command."""
        super().__init__(message)
        self.message = message
        self.remedies = tuple(remedies)


class Stopped(Failure):
    """The user ended it; what was done is kept."""


class CloudLost(Failure):
    """The emulated AWS that held the stack's resources is gone; the stack can only be rebuilt."""


class NoStack(Failure):
    """There is no such stack: the environment was never brought up."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a command of the engine ended."""

    code: int
    """Exit code; 0 when it did what it was asked."""
    stdout: str
    stderr: str


@dataclass(frozen=True, kw_only=True)
class Invocation:
    """The command that the user gave, to be named in a remedy."""

    environment: str
    offline: bool
    verb: str = "up"

    def command(self, verb: str, *options: str) -> str:
        return headroom(verb, self.environment, *(["--offline"] if self.offline else []), *options)


def check(outcome: Outcome, invocation: Invocation, run: Run | None = None) -> None:
    """Raises Failure, or CloudLost, when the engine's command failed."""
    if outcome.code == 0:
        return
    text = said(outcome)
    if CLOUD_LOST in text or (run and any(CLOUD_LOST in error.message for error in run.errors)):
        raise CloudLost(
            f"{CLOUD_LOST}: it keeps everything in memory, and has been stopped since.",
            (
                f"{invocation.command('up', '--rebuild')}  forgets what was lost and builds it again",
                f"{headroom('offline', 'reset')}  forgets every offline stack",
            ),
        )
    if "the stack is currently locked by" in text or "Another update is currently in progress" in text:
        raise Failure(
            f"{invocation.environment} is in use by another run.\n{_holders(_after_label(text))}",
            ("wait until it is done", f"{invocation.command('cancel')}  stops that run after its steps under way"),
        )
    shown = list(dict.fromkeys(explain(error) for error in run.errors)) if run else []
    # An aftermath is shown only where there is nothing else.
    shown = [error for error in shown if not AFTERMATH.fullmatch(error)] or shown
    # The same words, said of the run and of a resource, are one error.
    shown = [error for error in shown if not any(error.endswith(f": {other}") for other in shown)]
    if shown:
        raise Failure("\n".join(_counted(shown, invocation)), _remedies("\n".join([text, *shown]), invocation))
    raise Failure(
        _after_label(text) or f"the engine stopped with exit code {outcome.code}", _remedies(text, invocation)
    )


def _counted(shown: list[str], invocation: Invocation) -> list[str]:
    """Several errors below their number, also where one message holds a line for each wrong setting."""
    if len(shown) > 1:
        return [f"{len(shown)} errors:", *shown]
    lines = shown[0].splitlines()
    if len(lines) > 1 and all(line.startswith(f"Pulumi.{invocation.environment}.yaml: ") for line in lines):
        return [f"{len(lines)} settings are wrong:", *lines]
    return shown


def _holders(text: str) -> str:
    """Who holds the stack, without the engine's advice and the paths of its lock files."""
    held = re.sub(r"^the stack is currently locked by \d+ lock\(s\)[.:]?\s*(Either wait[^\n]*)?", "", text).strip()
    return re.sub(r"^\s*\S+\.(lock|json): ", "", held, flags=re.MULTILINE) or text


def said(outcome: Outcome) -> str:
    """What the engine said of its failure: its errors, which it writes to stderr, or else what it printed."""
    return outcome.stderr.strip() or outcome.stdout.strip()


def explain(error: Diagnostic) -> str:
    """One error as a user reads it: the resource first, then the words of AWS or of the program."""
    message = _without_traceback(error.message.strip())
    message = message.removeprefix("error: ")
    parts = error.urn.split("::")
    kind = parts[2].rsplit("$", 1)[-1] if len(parts) > 3 else ""
    if not error.urn or kind == STACK_TYPE:
        return readable(message)
    label = f"{short_type(kind)} {parts[-1]}".strip()
    # Engine and provider name the URN again and again; the label says it once.
    message = re.sub(rf"\s*(?:resource )?['\"]?{re.escape(error.urn)}['\"]?:?\s*", " ", message).strip()
    if re.search(r"cannot be deleted\s+because it is protected", message):
        return f"{label} is protected and can't be deleted"
    for said in (f"{kind} {parts[-1]}", parts[-1]):
        message = message.removeprefix(f"{said}:").strip()
    return f"{label}: {readable(message)}"


def _without_traceback(message: str) -> str:
    """The last line of a Python traceback with the place in this project that it came from."""
    start = message.find("Traceback (most recent call last):")
    if start < 0:
        return message
    lines = message[start:].splitlines()
    last = max((i for i, line in enumerate(lines) if line.startswith("  File ")), default=0)
    places = [m for line in lines if (m := re.match(r'  File "([^"]+)", line (\d+)', line))]
    own = [
        m
        for m in places
        if "site-packages" not in m[1]
        and "/lib/python" not in m[1]
        and "/offline/engine/" not in m[1]
        and not m[1].startswith("<")
    ]
    cause = "\n".join(line for line in lines[last + 1 :] if line and not line.startswith(" ")).strip()
    cause = cause or lines[-1].strip()
    return f"{cause}\n  in {own[-1][1]}, line {own[-1][2]}" if own else cause


def _after_label(text: str) -> str:
    """The engine's words from its first `error:` on, without the label."""
    match = re.search(r"^error: ", text, re.MULTILINE)
    return text[match.end() :].strip() if match else text


def _remedies(text: str, invocation: Invocation) -> tuple[str, ...]:
    settings = f"Pulumi.{invocation.environment}.yaml"
    found: Sequence[tuple[str, tuple[str, ...]]] = (
        (
            r"is protected and can't be deleted|because it is protected"
            r"|DeletionProtection|deletion protection|[Cc]annot delete protected",
            (
                f"set protect and deletion_protection to false in {settings}, under headroom:databases and "
                "headroom:load_balancer",
                f"{invocation.command('up')}  applies that",
                f"{invocation.command('down')}  then deletes everything",
            ),
        ),
        (
            r"incorrect passphrase|passphrase must be set",
            ("use the passphrase that the stack was made with (PULUMI_CONFIG_PASSPHRASE or its _FILE)",),
        ),
        (
            r"ExpiredToken|InvalidClientTokenId|NoCredentialProviders|No valid credential sources",
            ("sign in to the account again (aws sso login, or your usual way), then give the same command",),
        ),
    )
    for pattern, remedies in found:
        if re.search(pattern, text):
            return remedies
    if invocation.offline and UNWRITABLE.search(text):
        return ("make room there, or let HEADROOM_OFFLINE_HOME name another folder for state and emulated AWS",)
    return ()
