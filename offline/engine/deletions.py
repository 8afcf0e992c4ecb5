"""Deletes what is no longer wanted: dependents first, and otherwise in parallel."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from .context import Context
from .errors import BailError, EngineError
from .resource_state import ResourceState
from .step_runner import StepRunner
from .targets import deletable, needed_by


async def delete_in_order(
    context: Context, victims: Sequence[ResourceState], delete: Callable[[ResourceState], Awaitable[bool]]
) -> bool:
    """Deletes each after all that depend on it; False when one failed, and then nothing that it needs is deleted."""
    waiting, needs = _graph(victims)
    succeeded = True
    running: dict[asyncio.Task[bool], ResourceState] = {}
    ready = [state for state in victims if not waiting[state]]
    while ready or running:
        for state in ready:
            if not context.stop.is_set():
                running[asyncio.create_task(_guard(context, delete(state)))] = state
        ready = []
        if not running:
            break
        finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
        for task in finished:
            state = running.pop(task)
            if not task.result():
                succeeded = False
                continue
            for needed in needs[state]:
                waiting[needed].discard(state)
                if not waiting[needed]:
                    ready.append(needed)
    return succeeded and not context.stop.is_set()


async def _guard(context: Context, work: Awaitable[bool]) -> bool:
    try:
        return await work
    except BailError:
        return False
    except EngineError as error:
        context.bail(str(error))
        return False


def _graph(
    victims: Sequence[ResourceState],
) -> tuple[dict[ResourceState, set[ResourceState]], dict[ResourceState, list[ResourceState]]]:
    """(who must go before each, whom each needs), of victims in the state's order."""
    by_urn: dict[str, list[ResourceState]] = {}
    for state in victims:
        by_urn.setdefault(state.urn, []).append(state)
    position = {state: index for index, state in enumerate(victims)}
    waiting: dict[ResourceState, set[ResourceState]] = {state: set() for state in victims}
    needs: dict[ResourceState, list[ResourceState]] = {state: [] for state in victims}
    for state in victims:
        for urn in state.references():
            for needed in by_urn.get(urn, ()):
                # two generations of a resource can name each other; the state's order has no circle
                if position[needed] < position[state]:
                    waiting[needed].add(state)
                    needs[state].append(needed)
    return waiting, needs


class Deletions:
    """The deletes at the end of an update, or all of a destroy."""

    def __init__(self, context: Context, runner: StepRunner) -> None:
        self._context = context
        self._resources = context.resources
        self._runner = runner

    async def run(self) -> bool:
        """Deletes what no registration has taken, and what replacements have left; False when something failed."""
        context = self._context
        order = self._resources.old_order
        allowed, extra = deletable(context.options, order)
        needed = self._needed_by_failed()
        gone = [state for state in order if self._unwanted(state) and state.urn not in needed]
        unwanted = [state for state in gone if state.urn in allowed]
        untargeted = [state for state in gone if state.urn in extra]
        for state in untargeted:
            context.reporter.diagnose(
                "error",
                f"Resource '{state.urn}' will be destroyed but was not specified in --target list. "
                "Either include resource in --target list or pass --target-dependents to proceed.",
                state.urn,
            )
        if untargeted and not context.dry_run:
            return False
        for state in order:
            if state.urn not in allowed and self._unwanted(state) and not state.delete:
                context.reporter.done(context.reporter.begin("same", state, state))
        victims = self._without_protected(unwanted)
        if victims is None:
            return False
        self._resources.deleted |= {state.urn for state in victims}

        async def delete(state: ResourceState) -> bool:
            if state.pending_replacement:
                return await self._runner.delete("remove-pending-replace", state, skip=True)
            operation = "delete-replaced" if state.delete else "delete"
            if state.external:
                operation = "discard-replaced" if state.delete else "discard"
            skip = state.deleted_with in self._resources.deleted
            return await self._runner.delete(operation, state, skip=skip)

        return await delete_in_order(context, victims, delete)

    def _needed_by_failed(self) -> set[str]:
        """What failed, and what that needs: it stays while the rest of the operation goes on."""
        resources = self._resources
        if not resources.failed:
            return set()
        kept = {old.urn for old in resources.old_order if resources.aliased.get(old.urn, old.urn) in resources.failed}
        return needed_by(kept, resources.old_order)

    def _unwanted(self, state: ResourceState) -> bool:
        if not self._context.ledger.holds(state):
            return False
        if state.delete:
            return True
        if state.pending_replacement:
            return state.urn not in self._resources.news
        return state not in self._resources.taken and state.urn not in self._resources.news

    def _without_protected(self, victims: list[ResourceState]) -> list[ResourceState] | None:
        """The victims, unless one is protected: then none is deleted, but with `--exclude-protected` the others."""
        protected = [state for state in victims if state.protect and not state.delete]
        if not protected:
            return victims
        if self._context.options.exclude_protected:
            kept = needed_by({state.urn for state in protected}, self._resources.old_order)
            return [state for state in victims if state.urn not in kept]
        for state in protected:
            step = self._context.reporter.begin("delete", state, None)
            self._context.reporter.fail(
                step,
                f'resource "{state.urn}" cannot be deleted\nbecause it is protected. To unprotect the resource, remove '
                "the `protect` flag from the resource in your Pulumi program and run `pulumi up`",
            )
        return [state for state in victims if state not in protected] if self._context.dry_run else None
