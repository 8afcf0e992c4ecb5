"""Delete before replace: what must be deleted first because it cannot stand without the resource."""

from __future__ import annotations

import asyncio

from .context import Context
from .deletions import delete_in_order
from .planner import replace_on_changes
from .resource_state import ResourceState
from .step_runner import StepRunner
from .urns import is_provider_type, reference_urn
from .values import UNKNOWN


class Cascade:
    """Deletes dependents ahead of a resource, and remembers them: once registered, they are created anew."""

    def __init__(self, context: Context, runner: StepRunner) -> None:
        self._context = context
        self._resources = context.resources
        self._runner = runner
        self.keys: dict[ResourceState, list[str]] = {}
        """Which inputs of a deleted dependent forced its replacement."""
        self._running: dict[ResourceState, asyncio.Future[None]] = {}

    async def wait_for(self, old: ResourceState) -> bool:
        """True when a cascade has deleted the resource; returns once it is done."""
        if old not in self.keys:
            return False
        running = self._running.get(old)
        if running is not None:
            await asyncio.shield(running)
        return True

    async def delete(self, root: ResourceState) -> bool:
        """Deletes a resource and, before it, the dependents that its absence replaces; False when one failed."""
        dependents = await self._dependents(root)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        for state, keys in dependents.items():
            self.keys[state] = keys
            self._running[state] = done
            self._resources.replaced.add(state.urn)
        try:
            for state in dependents:
                self._refuse_protected(state, root)
            victims = [*([] if root.pending_replacement else [root]), *dependents]
            self._resources.deleted |= {state.urn for state in victims}

            async def remove(state: ResourceState) -> bool:
                skip = state.deleted_with in self._resources.deleted
                return await self._runner.delete("delete-replaced", state, skip=skip, pending=True)

            return await delete_in_order(self._context, victims, remove)
        finally:
            done.set_result(None)

    def _refuse_protected(self, state: ResourceState, root: ResourceState) -> None:
        if state.protect:
            raise self._context.bail(
                f'unable to replace resource "{state.urn}" as part of replacing "{root.urn}" as it is currently marked '
                "for protection. To unprotect the resource, remove the `protect` flag from the resource in your Pulumi "
                "program and run `pulumi up`",
                root.urn,
            )

    async def _dependents(self, root: ResourceState) -> dict[ResourceState, list[str]]:
        """The dependents, in the state's order. What is registered already cannot depend on the resource any more."""
        found: dict[ResourceState, list[str]] = {}
        replaced = {root.urn}
        affected = {root.urn}
        for state in self._resources.old_order:
            if state is root or not affected.intersection(state.references()):
                continue
            affected.add(state.urn)
            if self._is_registered(state) or state.delete or state in self.keys:
                continue
            keys = await self._replaced_by(state, replaced)
            if keys is not None:
                found[state] = keys
                replaced.add(state.urn)
        return {state: keys for state, keys in found.items() if not self._is_registered(state)}

    def _is_registered(self, state: ResourceState) -> bool:
        """The program has named it by now, be it by another name."""
        return self._resources.aliased.get(state.urn, state.urn) in self._resources.goals

    async def _replaced_by(self, state: ResourceState, replaced: set[str]) -> list[str] | None:
        """Which inputs replace a dependent when those of the set are replaced; None when it can stay."""
        if not state.custom or state.external:
            return None
        if reference_urn(state.provider) in replaced:
            return ["provider"]
        if state.deleted_with in replaced:
            return ["deletedWith"]
        if replaced.intersection(state.replace_with):
            return ["replaceWith"]
        inputs = dict(state.inputs)
        for key in inputs:
            if replaced.intersection(state.property_dependencies.get(key, ())):
                inputs[key] = UNKNOWN
        if not any(value is UNKNOWN for value in inputs.values()) or is_provider_type(state.type):
            return None
        provider = self._context.registry.get(state.provider)
        diff = replace_on_changes(await provider.diff(state, inputs, state.ignore_changes), state.replace_on_changes)
        return diff.replaced_by or None
