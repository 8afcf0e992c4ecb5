"""What the parts of one operation share: the target, the options, and all that is known of the stack's resources."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from .errors import BailError
from .hooks import Hooks
from .ledger import Ledger
from .options import Options, Target
from .registry import ProviderRegistry
from .reporter import Reporter
from .resource_state import Goal, ResourceState
from .urns import STACK_TYPE, is_provider_type
from .values import UNKNOWN_TEXT

T = TypeVar("T")


class Resources:
    """The stack's resources as they were, as they are wanted, and as they have become."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.goals: dict[str, Goal] = {}
        self.news: dict[str, ResourceState] = {}
        """What steps have made, by URN."""
        self.taken: set[ResourceState] = set()
        """Old states that have a successor, or are gone."""
        self.condemned: list[ResourceState] = []
        """Replaced states that are to be deleted."""
        self.deleted: set[str] = set()
        """URNs that this operation deletes, replaced resources among them: what goes with them needs no delete."""
        self.replaced: set[str] = set()
        self.skipped: set[str] = set()
        """New resources that targets leave out."""
        self.failed: set[str] = set()
        """Whose step failed while the operation goes on, and what needs them."""
        self.planned: set[str] = set()
        """What a preview would create: nothing may be read through it yet."""
        self.aliases: dict[str, str] = {}
        """New URN by what it was called before, the other way round: new -> old."""
        self.aliased: dict[str, str] = {}
        """Old URN -> new URN."""
        self.olds: dict[str, ResourceState] = {}
        """Old states by URN, without those that are to be deleted."""
        self.old_order: list[ResourceState] = []
        """All old states, each after what it needs."""
        self.stack_outputs: dict[str, Any] = {}
        """The stack's outputs of the last operation."""
        self.reload()

    def reload(self) -> None:
        """Takes the ledger's present state for the old one; after a refresh."""
        self.old_order = self.ledger.snapshot().resources
        self.olds = {state.urn: state for state in self.old_order if not state.delete}
        self.condemned = [state for state in self.old_order if state.delete]
        self.stack_outputs = next((state.outputs for state in self.old_order if state.type == STACK_TYPE), {})

    def find_provider(self, urn: str, provider_id: str) -> ResourceState | None:
        """The state of a provider: of this run, or the old one with that id."""
        new = self.news.get(urn)
        if new is not None and (provider_id in (new.id, UNKNOWN_TEXT)):
            return new
        candidates = [state for state in self.old_order if state.urn == urn]
        exact = [state for state in candidates if state.id == provider_id]
        return next(iter([*exact, *([new] if new else []), *candidates]), None)

    def current(self, urn: str) -> ResourceState | None:
        """The newest state of a URN."""
        return self.news.get(urn) or self.olds.get(urn)


@dataclass(kw_only=True, eq=False)
class Context:
    """One operation."""

    target: Target
    options: Options
    reporter: Reporter
    resources: Resources
    registry: ProviderRegistry
    hooks: Hooks
    limit: asyncio.Semaphore
    """How many provider operations run at once."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """No step begins any more; those that run are awaited."""
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def dry_run(self) -> bool:
        """Nothing is changed."""
        return self.options.dry_run

    @property
    def ledger(self) -> Ledger:
        """The state and its journal."""
        return self.resources.ledger

    def bail(self, message: str, urn: str = "") -> BailError:
        """Stops the operation with a message; the caller raises what this returns."""
        self.stop.set()
        return self.reporter.bail(message, urn)

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Runs a piece of work to its end, whatever becomes of the program's call that asked for it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return await asyncio.shield(task)

    async def settle(self) -> None:
        """Returns once no work is under way."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)


def owns_something(state: ResourceState) -> bool:
    """True for what exists outside the state: custom resources that the stack owns."""
    return state.custom and not state.external and not is_provider_type(state.type)
