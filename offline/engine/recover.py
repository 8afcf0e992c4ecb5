"""Runs a recovery: the plugins that it needs, and the checkpoint at its end."""

from __future__ import annotations

from collections.abc import Callable

import grpc
from pulumi.runtime.proto import engine_pb2_grpc

from .backend import FileBackend
from .builtin import BuiltinProvider
from .engine_service import EngineService
from .journal import Journal
from .ledger import Ledger
from .operation import Setup, make_pool
from .recovery import Recovery
from .registry import ProviderRegistry
from .reporter import Reporter
from .resource_state import ResourceState
from .state_store import StackState, save
from .wire import GRPC_OPTIONS


async def recover(
    setup: Setup, backend: FileBackend, state: StackState, reporter: Reporter, say: Callable[[str], None]
) -> None:
    """Finishes what the journal says was under way, and folds it into the checkpoint."""
    ledger = state.ledger
    assert ledger is not None
    project, stack = setup.target.project, setup.target.stack
    journal = Journal(backend.journal_file(project, stack), state.secrets, base=state.digest, operation="")
    ledger.write_to(journal)
    folded = False
    try:
        await _finish(setup, ledger, reporter, say)
        save(backend, project, stack, ledger, journal, "recovery")
        folded = True
    finally:
        journal.close(remove=folded)


async def _finish(setup: Setup, ledger: Ledger, reporter: Reporter, say: Callable[[str], None]) -> None:
    def find(urn: str, provider_id: str) -> ResourceState | None:
        return next((state for state in ledger.resources if state.urn == urn and state.id == provider_id), None)

    pool = make_pool(setup)
    server = grpc.aio.server(options=GRPC_OPTIONS)
    engine_pb2_grpc.add_EngineServicer_to_server(EngineService(reporter), server)
    pool.engine_address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    try:
        registry = ProviderRegistry(pool, BuiltinProvider(setup.stack_outputs), find)
        await Recovery(ledger, registry, say).finish()
    finally:
        await pool.stop()
        await server.stop(0)
