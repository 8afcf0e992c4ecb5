"""Provider plugins as processes: found, started ahead of need, and spoken to over gRPC."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from . import children
from .errors import EngineError, ProviderCrashError, ProviderError
from .wire import GRPC_OPTIONS, from_struct

START_SECONDS = 60.0
"""How long a plugin may take to print its port."""
DYNAMIC_PACKAGE = "pulumi-python"
"""The package of resources whose provider is written in the program itself."""
ANOTHER = "/headroom.Plugins/Another"
"""A call that plugins of ours know: one more provider in the same process. It answers with the port as text."""


class UnimplementedError(ProviderError):
    """The plugin does not know the call; the caller does without."""


class PartialFailureError(ProviderError):
    """The resource exists, but a later part of the call failed (`pulumirpc.ErrorResourceInitFailed`)."""

    def __init__(self, message: str, failure: provider_pb2.ErrorResourceInitFailed) -> None:
        super().__init__(message)
        self.id = failure.id
        self.outputs: dict[str, Any] = from_struct(failure.properties)
        self.inputs: dict[str, Any] = from_struct(failure.inputs)
        self.reasons = list(failure.reasons) or [message]


class Plugin:
    """One running plugin."""

    def __init__(self, package: str, child: children.Child, port: int) -> None:
        self.package = package
        self.child = child
        self._channel = grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=GRPC_OPTIONS)
        self._stub = provider_pb2_grpc.ResourceProviderStub(self._channel)
        self._another = self._channel.unary_unary(ANOTHER)

    async def call(self, method: str, request: Message, metadata: Sequence[tuple[str, str]] = ()) -> Any:
        """One call; raises ProviderError with the plugin's own words."""
        try:
            return await getattr(self._stub, method)(request, metadata=metadata or None)
        except grpc.aio.AioRpcError as error:
            raise await self._explain(error) from None

    async def _explain(self, error: grpc.aio.AioRpcError) -> ProviderError:
        if error.code() == grpc.StatusCode.UNIMPLEMENTED:
            return UnimplementedError(error.details() or "")
        if error.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED) and await self._ended():
            return ProviderCrashError(f"the provider plugin {self.child.story()}")
        message = error.details() or error.code().name
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                found = _partial_failure(value if isinstance(value, bytes) else value.encode())
                if found is not None:
                    return PartialFailureError(message, found)
        return ProviderError(message)

    async def _ended(self) -> bool:
        """True when the process is gone; it may take a moment to be noticed."""
        try:
            await asyncio.wait_for(asyncio.shield(self.child.process.wait()), 1)
        except TimeoutError:
            return False
        return True

    async def another(self) -> Plugin | None:
        """One more provider in this process; None where the plugin serves a single one, or has ended."""
        try:
            port = await self._another(b"")
        except grpc.aio.AioRpcError:
            return None
        return Plugin(self.package, self.child, int(port))

    async def stop(self) -> None:
        """Closes the connection and ends the process, with all that it serves."""
        await self._channel.close()
        await self.child.stop()


def _partial_failure(details: bytes) -> provider_pb2.ErrorResourceInitFailed | None:
    try:
        status = status_pb2.Status.FromString(details)
        for detail in status.details:
            if detail.type_url.endswith("pulumirpc.ErrorResourceInitFailed"):
                return provider_pb2.ErrorResourceInitFailed.FromString(detail.value)
    except ValueError:
        return None
    return None


class PluginPool:
    """Finds, starts and ends the plugins of one operation."""

    def __init__(
        self,
        *,
        plugins: Path,
        python: str,
        folder: Path,
        root: Path,
        environment: Callable[[str], Awaitable[dict[str, str]]],
    ) -> None:
        """`plugins` is searched before PATH; `environment` gives the variables of a package's plugin."""
        self.engine_address = ""
        self._plugins = plugins
        self._python = python
        self._folder = folder
        self._root = root
        self._environment = environment
        self._idle: dict[str, asyncio.Task[Plugin]] = {}
        self._started: list[asyncio.Task[Plugin]] = []
        self._first: dict[str, asyncio.Task[Plugin]] = {}

    def command(self, package: str) -> list[str] | None:
        """The command of a package's plugin; None where there is none."""
        if package == DYNAMIC_PACKAGE:
            return [self._python, "-u", "-m", "pulumi.dynamic"]
        name = f"pulumi-resource-{package}"
        own = self._plugins / name
        found = str(own) if os.access(own, os.X_OK) else shutil.which(name)
        return [found] if found else None

    def start_ahead(self, package: str) -> None:
        """Starts a plugin that will be needed, while something else still takes its time."""
        if package not in self._idle and self.command(package):
            self._idle[package] = self._start(package)

    async def take(self, package: str) -> Plugin:
        """A plugin for one configuration: the one started ahead, or another."""
        if self.command(package) is None:
            raise EngineError(
                f"there is no provider plugin for the package '{package}': "
                f"no executable pulumi-resource-{package} in {self._plugins} or on PATH"
            )
        plugin = await (self._idle.pop(package, None) or self._start(package))
        await self._greet(plugin)
        return plugin

    def _start(self, package: str) -> asyncio.Task[Plugin]:
        first = self._first.get(package)
        task = asyncio.create_task(self._beside(first) if first else self._launch(package))
        self._first.setdefault(package, task)
        self._started.append(task)
        return task

    async def _beside(self, first: asyncio.Task[Plugin]) -> Plugin:
        """In the process of the package's first plugin, else in one more."""
        plugin = await asyncio.shield(first)
        return await plugin.another() or await self._launch(plugin.package)

    async def _launch(self, package: str) -> Plugin:
        command = self.command(package) or []
        environment = await self._environment(package)
        child = await children.start(
            command[0] if package != DYNAMIC_PACKAGE else package,
            [*command, self.engine_address],
            folder=str(self._folder),
            environment=environment,
        )
        child.remember_stderr()
        assert child.process.stdout is not None
        try:
            line = (await asyncio.wait_for(child.process.stdout.readline(), START_SECONDS)).decode().strip()
        except TimeoutError:
            line = ""
        if not line.isdigit():
            await asyncio.sleep(0.05)  # its last words are still on their way
            story = child.story()
            await child.stop()
            raise EngineError(f"the provider plugin of '{package}' did not start: it printed no port. {story}")
        child.read_lines(child.process.stdout, lambda _: None)
        return Plugin(package, child, int(line))

    async def _greet(self, plugin: Plugin) -> None:
        request = provider_pb2.ProviderHandshakeRequest(
            engine_address=self.engine_address,
            root_directory=str(self._root),
            program_directory=str(self._folder),
            configure_with_urn=True,
            invoke_with_preview=True,
        )
        try:
            await plugin.call("Handshake", request)
        except UnimplementedError:
            return

    async def stop(self) -> None:
        """Ends every plugin."""
        for task in self._started:
            if not task.done():
                task.cancel()
        for result in await asyncio.gather(*self._started, return_exceptions=True):
            if isinstance(result, Plugin):
                await result.stop()
