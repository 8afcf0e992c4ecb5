"""Opens a stack through Pulumi's Automation API. The only place that knows which engine runs it.

Events are read from the engine's event log by `events.parse`: the Automation API's own reader raises on operations
that it does not know, and drops policy summaries and remediations.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from botocore.exceptions import BotoCoreError
from pulumi import automation
from pulumi.automation.errors import create_command_error

from operations import events, sign_in
from operations.clients import SIGN_IN
from operations.errors import Failure, Invocation, NoStack, Outcome, check
from operations.interrupts import Interrupts
from operations.program_name import headroom
from operations.project import Project

POLL_SECONDS = 0.05
"""How often the event log is looked at; below what a person sees as delay."""

MASKED = "[secret]"
"""What the engine prints in place of a secret."""

SECRET_VALUES = "**aws:secretsmanager/secretVersion:SecretVersion::**"
"""URNs of what can be read only with the value of a secret."""

NOT_OFFLINE = ("PULUMI_ACCESS_TOKEN", "PULUMI_ORG", "PULUMI_STACK", "PULUMI_HOME")
"""Variables that belong to real stacks and are kept from the offline engine, with everything that starts with AWS_."""


class Listener(Protocol):
    """Follows a run while it goes on."""

    def heard(self, event: events.Event) -> None:
        """An event came."""

    def tick(self) -> None:
        """Time has passed."""

    def interrupted(self) -> None:
        """The user wants the run to stop."""


class Engine(automation.PulumiCommand):
    """A Pulumi command, with the environment that it runs in and its process at hand."""

    def __init__(self, root: Path | None, environment: Mapping[str, str]) -> None:
        try:
            super().__init__(root=str(root) if root else None)
        except (OSError, subprocess.SubprocessError, automation.InvalidVersionError) as error:
            raise Failure(f"Pulumi does not answer as it should: {error}") from error
        self.environment = environment
        self.process: subprocess.Popen[str] | None = None
        self.last = Outcome(code=0, stdout="", stderr="")

    def execute(self, args: list[str], cwd: Path, extra: Mapping[str, str]) -> Outcome:
        """Runs a command to its end, whatever that is."""
        environment = {
            **self.environment,
            "PULUMI_DEBUG_COMMANDS": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            **extra,
            "PULUMI_AUTOMATION_API": "true",
        }
        self.process = subprocess.Popen(
            [self.command, "--non-interactive", *args],
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        stdout, stderr = self.process.communicate()
        self.last = Outcome(code=self.process.returncode, stdout=stdout, stderr=stderr)
        return self.last

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], Any] | None = None,
        on_error: Callable[[str], Any] | None = None,
    ) -> automation.CommandResult:
        """What the Automation API calls. Raises its CommandError when the command fails."""
        outcome = self.execute(args, Path(cwd), additional_env)
        for said, callback in ((outcome.stdout, on_output), (outcome.stderr, on_error)):
            for line in said.splitlines() if callback else ():
                callback(line)  # type: ignore[misc]
        result = automation.CommandResult(stdout=outcome.stdout, stderr=outcome.stderr, code=outcome.code)
        if outcome.code != 0:
            raise create_command_error(result)
        return result


@dataclass(frozen=True)
class Stack:
    """One environment's stack, on one engine."""

    project: Project
    invocation: Invocation
    engine: Engine
    handle: automation.Stack

    def preview(
        self, listener: Listener, *, parallel: int | None = None, refresh: bool = False, handle_signals: bool = True
    ) -> Outcome:
        """What an `up` would do; changes nothing. With `refresh`, compared with what AWS has, not with the state.

        Only the main thread of a process may handle signals: who previews in others calls `interrupt` by itself.
        """
        command = ["preview", *_refresh(refresh), *self._policies(), *_parallel(parallel)]
        return self._operate(command, listener, handle_signals=handle_signals)

    def drift(self, listener: Listener, *, parallel: int | None = None, handle_signals: bool = True) -> Outcome:
        """What AWS has otherwise than the stack's state, resource by resource; changes neither.

        The program does not run: what is asked of a resource is what the last `up` asked. Values of secrets are left
        out: rotation owns them, and who looks need not be allowed to read them.
        """
        command = ["refresh", "--preview-only", "--exclude", SECRET_VALUES, *_parallel(parallel)]
        return self._operate(command, listener, handle_signals=handle_signals)

    def up(self, listener: Listener, *, parallel: int | None = None, refresh: bool = False) -> Outcome:
        """Makes the environment what its settings say; with `refresh`, also where somebody has changed AWS since."""
        command = ["up", "--yes", "--skip-preview", *_refresh(refresh), *self._policies(), *_parallel(parallel)]
        return self._operate(command, listener)

    def destroy(self, listener: Listener, *, parallel: int | None = None) -> Outcome:
        """Deletes every resource of the environment; the stack itself stays, empty."""
        return self._operate(["destroy", "--yes", "--skip-preview", *_parallel(parallel)], listener)

    def outputs(self) -> dict[str, Any]:
        """Outputs of the last `up`; a secret reads [secret]."""
        outcome = self._run(["stack", "output", "--json"])
        check(outcome, self.invocation)
        found = json.loads(outcome.stdout or "{}")
        return dict(found) if isinstance(found, dict) else {}

    def resources(self) -> list[dict[str, Any]]:
        """Every resource in the stack's state; secrets stay encrypted."""
        outcome = self._run(["stack", "export"])
        check(outcome, self.invocation)
        deployment = json.loads(outcome.stdout or "{}").get("deployment") or {}
        return list(deployment.get("resources") or [])

    def tag(self, name: str, value: str) -> None:
        """Writes a tag of the stack: what the backend shows of it, never a resource's."""
        check(self._run(["stack", "tag", "set", name, value]), self.invocation)

    def cancel(self) -> None:
        """Stops the run that holds the stack, after the steps that it has under way."""
        check(self._run(["cancel", "--yes"]), self.invocation)

    def _run(self, args: list[str]) -> Outcome:
        return self.engine.execute([*args, "--stack", self.handle.name], self.project.root, {})

    def _policies(self) -> list[str]:
        config = self.project.policy_config(self.invocation.environment)
        if not config.is_file():
            raise Failure(
                f"{config.relative_to(self.project.root)} is missing: it holds the levels of the policies in "
                f"{self.invocation.environment}",
                ("copy the file of the environment that is most like it",),
            )
        return ["--policy-pack", "policies", "--policy-pack-config", str(config.relative_to(self.project.root))]

    def _operate(self, args: list[str], listener: Listener, *, handle_signals: bool = True) -> Outcome:
        """Runs an operation in a thread and hands its events to the listener in this one."""
        outcomes: list[Outcome] = []
        with tempfile.TemporaryDirectory(prefix="headroom-") as folder:
            log = Path(folder) / "events.json"
            log.touch()
            command = [*args, "--color", "never", "--event-log", str(log)]
            worker = threading.Thread(target=lambda: outcomes.append(self._run(command)), daemon=True)
            signals = Interrupts(self.interrupt, listener.interrupted) if handle_signals else contextlib.nullcontext()
            with log.open("rb") as stream, signals:
                worker.start()
                reader = _Lines(stream)
                while worker.is_alive():
                    worker.join(POLL_SECONDS)
                    _hand_over(reader, listener)
                _hand_over(reader, listener)
        if not outcomes:
            raise Failure(f"{self.engine.command} could not be run")
        return outcomes[0]

    def interrupt(self, number: int) -> None:
        """Passes a signal on to the engine's command, if one runs."""
        if self.engine.process and self.engine.process.poll() is None:
            self.engine.process.send_signal(number)


class _Lines:
    """Whole lines of a file that grows."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._rest = b""

    def __iter__(self) -> Iterator[bytes]:
        *lines, self._rest = (self._rest + self._stream.read()).split(b"\n")
        yield from lines


def _hand_over(reader: _Lines, listener: Listener) -> None:
    for line in reader:
        listener.heard(events.parse(line))
    listener.tick()


def _refresh(refresh: bool) -> list[str]:
    return ["--refresh"] if refresh else []


def _parallel(parallel: int | None) -> list[str]:
    return ["--parallel", str(parallel)] if parallel else []


def open_stack(project: Project, invocation: Invocation, *, create: bool) -> Stack:
    """Selects the environment's stack. Makes it when asked to and offline.

    A real stack is made once by its owner, who chooses where its secrets are kept.
    Raises Failure when there is no engine or no such stack.
    """
    project.require(invocation.environment)
    engine = _engine(project, invocation)
    name = invocation.environment
    workspace = automation.LocalWorkspace(work_dir=str(project.root), pulumi_command=engine)
    try:
        if create and invocation.offline:
            handle = automation.Stack.create_or_select(name, workspace)
        else:
            handle = automation.Stack.select(name, workspace)
    except automation.StackNotFoundError as error:
        raise _no_stack(invocation) from error
    except automation.CommandError as error:
        check(engine.last, invocation)
        raise Failure(str(error)) from error
    return Stack(project, invocation, engine, handle)


def init(project: Project, invocation: Invocation) -> None:
    """Makes a stack, in the backend in use, whose secrets a passphrase encrypts. Raises Failure."""
    engine = _engine(project, invocation)
    command = ["stack", "init", invocation.environment, "--secrets-provider=passphrase"]
    check(engine.execute(command, project.root, {}), invocation)


def forget(project: Project, invocation: Invocation) -> None:
    """Drops what is known of an offline stack's resources, without touching any, and starts the stack anew."""
    remove(project, invocation)
    engine = _engine(project, invocation)
    check(engine.execute(["stack", "init", invocation.environment], project.root, {}), invocation)


def remove(project: Project, invocation: Invocation) -> None:
    """Drops an offline stack with all that is known of its resources, without touching any; its file stays."""
    engine = _engine(project, invocation)
    command = ["stack", "rm", "--force", "--yes", "--preserve-config", invocation.environment]
    check(engine.execute(command, project.root, {}), invocation)


def versions(project: Project, invocation: Invocation) -> list[dict[str, Any]]:
    """What is kept of an offline stack's state, the present version first."""
    outcome = _of_existing(project, invocation, "restore", "--json")
    found = json.loads(outcome.stdout or "[]")
    return list(found) if isinstance(found, list) else []


def restore(project: Project, invocation: Invocation, version: int) -> int:
    """Puts a version of an offline stack's state back: the number under which the present one is kept."""
    outcome = _of_existing(project, invocation, "restore", "--json", str(version))
    return int(json.loads(outcome.stdout)["kept"])


def _of_existing(project: Project, invocation: Invocation, *command: str) -> Outcome:
    outcome = _engine(project, invocation).execute(
        ["stack", *command, "--stack", invocation.environment], project.root, {}
    )
    if "no stack named" in outcome.stderr:
        raise _no_stack(invocation)
    check(outcome, invocation)
    return outcome


def offline_stacks(project: Project) -> list[automation.StackSummary]:
    """Every stack that the offline engine knows."""
    workspace = automation.LocalWorkspace(work_dir=str(project.root), pulumi_command=_offline_engine(project))
    return list(workspace.list_stacks())


def _engine(project: Project, invocation: Invocation) -> Engine:
    return _offline_engine(project) if invocation.offline else _real_engine(project, invocation)


def _offline_engine(project: Project) -> Engine:
    command = project.root / "offline" / "bin" / "pulumi"
    if not command.is_file():
        raise Failure(f"{command} is missing: the offline engine is part of the project", ("git checkout -- offline",))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("AWS_") and name not in NOT_OFFLINE and not _is_remote_backend(name, value)
    }
    return Engine(project.root / "offline", {**kept, "HEADROOM_OFFLINE_HOME": str(project.offline_home)})


def _is_remote_backend(name: str, value: str) -> bool:
    return name == "PULUMI_BACKEND_URL" and not value.startswith("file://")


def _real_engine(project: Project, invocation: Invocation) -> Engine:
    if shutil.which("pulumi") is None:
        raise Failure(
            "there is no `pulumi` on PATH, and without --offline this works on real AWS through it.",
            (
                f"{_offline_command(invocation)}  runs on the emulated AWS, on this machine alone",
                "or install the Pulumi CLI, 3.208 or later, and sign in to your AWS account",
            ),
        )
    try:
        engine = Engine(None, sign_in.variables(project, invocation.environment))
    except BotoCoreError as error:
        raise Failure(f"AWS's configuration can't be read: {error}", (SIGN_IN,)) from error
    if engine.version and engine.version.build == "offline":
        raise Failure(
            f"the `pulumi` on PATH ({shutil.which('pulumi')}) is the offline engine: it does nothing on real AWS.",
            (f"{_offline_command(invocation)}  if that is what you want", "or take it off PATH"),
        )
    return engine


def _offline_command(invocation: Invocation) -> str:
    return headroom(invocation.verb, invocation.environment, "--offline")


def _no_stack(invocation: Invocation) -> NoStack:
    name = invocation.environment
    if invocation.offline:
        return NoStack(f"{name} has not been brought up offline.", (f"{invocation.command('up')}",))
    return NoStack(
        f"there is no stack {name} in the state backend that you are signed in to.",
        (f"{headroom('bootstrap', name)}  prepares the account, and prints the commands that make the stack",),
    )
