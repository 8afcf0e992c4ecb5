"""One operation from start to end: server, plugins, policy packs, program; then deletes, stack policies, the state."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .analyzer import Analyzer, PackSource
from .builtin import BuiltinProvider
from .cloud_environment import CloudEnvironment
from .context import Context, Resources
from .engine_service import EngineService
from .errors import BailError, EngineError
from .hooks import Hooks
from .ledger import Ledger
from .monitor import Monitor, serve
from .options import Options, Target
from .plugins import PluginPool
from .policies import Policies
from .program import InlineProgram, Program, ProgramProcess
from .refresh import Refresh
from .registration import Registrar
from .registry import ProviderRegistry
from .reporter import Reporter
from .urns import package_of
from .values import MASK

PROGRAM_END_SECONDS = 10.0
"""How long a program may take to end once the engine has refused to go on."""


@dataclass(frozen=True, kw_only=True)
class Setup:
    """What an operation runs with."""

    target: Target
    options: Options
    python: str
    """The program's interpreter."""
    plugins: Path
    """Searched for provider plugins before PATH."""
    cloud: CloudEnvironment
    stack_outputs: Any
    """(name) -> outputs of another stack, for StackReferences."""
    packs: list[PackSource] = field(default_factory=list)
    client: str = ""
    """Address of an inline program's host; empty for a program in a folder."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What is known at the end, for the displays."""

    reporter: Reporter
    resources: Resources
    packs: list[Analyzer]
    stack_urn: str

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        state = self.resources.news.get(self.stack_urn)
        return state.outputs if state else {}


def make_pool(setup: Setup) -> PluginPool:
    """The plugins of an operation."""
    return PluginPool(
        plugins=setup.plugins,
        python=setup.python,
        folder=Path(setup.target.folder),
        root=Path(setup.target.root),
        environment=setup.cloud.for_package,
    )


class Operation:
    """Preview, update, refresh or destroy."""

    def __init__(self, setup: Setup, ledger: Ledger, reporter: Reporter, notes: Sequence[str] = ()) -> None:
        """`notes` are told as a warning at the start."""
        self._setup = setup
        self._notes = notes
        self._reporter = reporter
        self._pool = make_pool(setup)
        resources = Resources(ledger)
        options = setup.options
        self._context = Context(
            target=setup.target,
            options=options,
            reporter=reporter,
            resources=resources,
            registry=ProviderRegistry(self._pool, BuiltinProvider(setup.stack_outputs), resources.find_provider),
            hooks=Hooks(reporter, dry_run=options.dry_run),
            limit=asyncio.Semaphore(options.parallel),
        )
        self._policies = Policies(self._context, [Analyzer(source) for source in setup.packs])
        self._registrar = Registrar(self._context, self._policies)
        self._monitor = Monitor(self._context, self._registrar)

    async def run(self) -> Outcome:
        """Runs to the end; what failed is in the outcome's reporter."""
        config = self._setup.target.config
        self._reporter.prelude({key: MASK if value.secret else value.text for key, value in config.items()})
        for value in config.values():
            if value.secret:
                self._reporter.redactor.add(value.text)
        if self._notes:
            self._reporter.diagnose("warning", "\n".join(self._notes))
        server, address = await serve(self._monitor, EngineService(self._reporter))
        self._pool.engine_address = address
        with self._interruptible():
            try:
                await self._work(address)
            except BailError:
                pass
            except EngineError as error:
                self._context.bail(str(error))
            finally:
                await self._context.settle()
                await self._policies.stop()
                await self._pool.stop()
                await self._monitor.close()
                await server.stop(0)
        self._reporter.summarize(self._policies.packs())
        return Outcome(
            reporter=self._reporter,
            resources=self._context.resources,
            packs=self._policies.analyzers,
            stack_urn=self._setup.target.stack_urn,
        )

    async def _work(self, address: str) -> None:
        kind = self._setup.options.kind
        options = self._setup.options
        early = (*options.targets, *options.excludes) if kind in ("refresh", "destroy") else ()
        self._check_patterns(*early, *options.replaces)
        if self._reporter.failed:
            return
        self._start_plugins()
        if kind == "refresh" or self._setup.options.refresh:
            found = await Refresh(self._context).run()
            self._context.resources.reload()
            if not found:
                return
        if kind == "destroy" and not self._context.stop.is_set():
            await self._registrar.deletions.run()
        elif kind in ("preview", "update") and not self._context.stop.is_set():
            await self._run_program(address)

    def _check_patterns(self, *patterns: str) -> None:
        """A URN on the command line that names nothing is a mistake."""
        resources = self._context.resources
        for pattern in dict.fromkeys(patterns):
            known = pattern in resources.goals or pattern in resources.olds
            if not known and "*" not in pattern:
                text = f"Target '{pattern}' could not be found in the stack. Did you forget to escape $ in your shell?"
                self._reporter.diagnose("error", text)

    def _start_plugins(self) -> None:
        """Starts the plugins that the state or the configuration tell of while the program loads."""
        resources = self._context.resources.old_order
        packages = {package_of(state.type) for state in resources if state.custom}
        packages |= {key.partition(":")[0] for key in self._setup.target.config}
        for package in sorted(packages - {"pulumi", self._setup.target.project}):
            self._pool.start_ahead(package)

    async def _run_program(self, address: str) -> None:
        setup, context = self._setup, self._context
        needed = setup.cloud.needed(context.resources.old_order)
        environment = await asyncio.to_thread(setup.cloud.variables) if needed else setup.cloud.base()
        self._policies.start(address, environment)
        program: Program = (
            InlineProgram(setup.client)
            if setup.client
            else ProgramProcess(python=setup.python, folder=setup.target.folder, environment=environment)
        )
        await program.start(address, setup.target, setup.options, self._said)
        ended = asyncio.create_task(program.wait())
        try:
            await self._until_registered(ended)
            if self._monitor.program_done.is_set():
                self._check_patterns(*setup.options.targets, *setup.options.excludes)
                if context.dry_run or not self._reporter.failed or self._goes_on():
                    await self._registrar.deletions.run()
                if not self._reporter.failed:
                    self._policies.ask_ahead()
            self._monitor.release.set()
            await self._await_end(program, ended)
            if self._reporter.failed:
                self._registrar.keep_outputs(self._setup.target.stack_urn)
        finally:
            self._monitor.release.set()
            await context.settle()
            await program.stop()
            ended.cancel()
            await asyncio.gather(ended, return_exceptions=True)
        whole = not context.stop.is_set() and not context.resources.failed
        if whole or (context.dry_run and not self._reporter.cancelled):
            await self._policies.check_stack()

    def _goes_on(self) -> bool:
        """Steps have failed, and no more than that: what does not need them is brought to its end."""
        return self._setup.options.continue_on_error and not self._context.stop.is_set()

    async def _until_registered(self, ended: asyncio.Task[str]) -> None:
        waits = [
            asyncio.create_task(self._monitor.program_done.wait()),
            asyncio.create_task(self._context.stop.wait()),
        ]
        await asyncio.wait([ended, *waits], return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)

    async def _await_end(self, program: Program, ended: asyncio.Task[str]) -> None:
        context = self._context
        if self._reporter.cancelled:
            return
        stopping = context.stop.is_set()
        try:
            error = await asyncio.wait_for(asyncio.shield(ended), PROGRAM_END_SECONDS if stopping else None)
        except TimeoutError:
            return
        if context.stop.is_set():
            return
        if error:
            self._reporter.diagnose("error", f"an unhandled error occurred: {error}")
        elif not program.succeeded():
            self._reporter.failed = True

    def _said(self, severity: str, line: str) -> None:
        self._reporter.diagnose(severity, line, self._setup.target.stack_urn, prefix=" ")

    @contextlib.contextmanager
    def _interruptible(self) -> Iterator[None]:
        """SIGINT and SIGTERM let steps under way end and save them; a second one ends the plugins at once."""
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            if self._reporter.cancelled:
                self._killing = asyncio.ensure_future(self._pool.stop())
                return
            self._reporter.cancelled = True
            self._reporter.diagnose(
                "warning", "interrupted: no step begins any more, those under way are finished and saved"
            )
            self._reporter.failed = True
            self._context.stop.set()

        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, interrupt)
        try:
            yield
        finally:
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)
