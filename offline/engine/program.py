"""The Pulumi program: a process of its own, or (inline programs) the Automation API's caller."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import grpc
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

from . import children
from .options import Options, Target
from .wire import GRPC_OPTIONS

ALREADY_SHOWN = 32
"""Exit status of the runner for a failure that the user has been told of."""


class ProgramProcess:
    """A program in a folder, run by the project's Python."""

    def __init__(self, *, python: str, folder: str, environment: dict[str, str]) -> None:
        self._python = python
        self._folder = folder
        self._environment = environment
        self._child: children.Child | None = None

    async def start(self, engine: str, target: Target, options: Options, said: Callable[[str, str], None]) -> None:
        """Starts it; `said` gets (severity, line) of what it prints."""
        environment = self._environment | {
            "PULUMI_CONFIG": json.dumps(target.config_texts()),
            "PULUMI_CONFIG_SECRET_KEYS": json.dumps(target.secret_keys()),
            "PYTHONUNBUFFERED": "1",
        }
        flags = {
            "monitor": engine,
            "engine": engine,
            "project": target.project,
            "stack": target.stack,
            "folder": self._folder,
            "organization": target.organization,
            "root": target.root,
            "parallel": str(options.parallel),
        }
        command = [self._python, str(Path(__file__).with_name("program_runner.py"))]
        command += [part for name, value in flags.items() for part in (f"--{name}", value)]
        if options.dry_run:
            command.append("--dry-run")
        self._child = await children.start("the program", command, folder=self._folder, environment=environment)
        self._child.read_lines(self._child.process.stdout, lambda line: said("info", line))
        self._child.read_lines(self._child.process.stderr, lambda line: said("info#err", line))

    async def wait(self) -> str:
        """Returns once it has ended: an error's text, empty for success or a failure that has been told."""
        assert self._child is not None
        code = await self._child.process.wait()
        await self._child.drained()
        if code == 0:
            return ""
        return "" if code == ALREADY_SHOWN else f"the program {_ending(code)}"

    def succeeded(self) -> bool:
        """True once it has ended well."""
        return self._child is not None and self._child.process.returncode == 0

    async def stop(self) -> None:
        """Ends it."""
        if self._child is not None:
            await self._child.stop()


def _ending(code: int) -> str:
    return f"exited with non-zero exit code: {code}" if code > 0 else f"was ended by signal {-code}"


class InlineProgram:
    """A function in the process of an Automation API's caller, which is the language host then."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._succeeded = False

    async def start(self, engine: str, target: Target, options: Options, said: Callable[[str, str], None]) -> None:
        """Prepares the call; the function runs in `wait`."""
        self._request = language_pb2.RunRequest(
            project=target.project,
            stack=target.stack,
            pwd=target.root,
            program=".",
            args=[engine],
            config=target.config_texts(),
            configSecretKeys=target.secret_keys(),
            dryRun=options.dry_run,
            parallel=options.parallel,
            monitor_address=engine,
            organization=target.organization,
        )
        self._channel = grpc.aio.insecure_channel(self._address, options=GRPC_OPTIONS)

    async def wait(self) -> str:
        """See ProgramProcess."""
        stub = language_pb2_grpc.LanguageRuntimeStub(self._channel)
        try:
            answer = await stub.Run(self._request)
        except grpc.aio.AioRpcError as error:
            return f"the inline program's host does not answer: {error.details()}"
        self._succeeded = not answer.error
        return str(answer.error)

    def succeeded(self) -> bool:
        """See ProgramProcess."""
        return self._succeeded

    async def stop(self) -> None:
        """Leaves the caller alone."""
        await self._channel.close()


Program = ProgramProcess | InlineProgram
