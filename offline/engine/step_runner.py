"""Runs single steps: hooks, the provider's operation, the journal, the report."""

from __future__ import annotations

import uuid
from typing import Any

from .concealment import concealed, with_secrets
from .context import Context, owns_something
from .errors import EngineError, HookError, ProviderCrashError, ProviderError
from .ledger import Begun
from .plugins import PartialFailureError
from .provider import Diff, Provider
from .reporter import Step
from .resource_state import ResourceState, timestamp
from .urns import is_provider_type
from .values import UNKNOWN, carry_secrets


class StepRunner:
    """Each method is one step; it returns True for success, and raises BailError where nothing more may happen."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._resources = context.resources
        self._unended: dict[str, tuple[str, ResourceState | None]] = {}
        """Components whose hooks after a step are still to run: (when, old state) by URN."""

    async def same(self, old: ResourceState, new: ResourceState) -> None:
        """Nothing to do for the provider; what the program says of the resource may have changed."""
        step = self._context.reporter.begin("same", old, new)
        new.id, new.outputs, new.init_errors = old.id, old.outputs, old.init_errors
        if new.custom and new is not old:
            mark_secrets(new)  # the program may call a value secret that it did not before
        self._succeed(old, new)
        if old.same_as(new):
            self._resources.news[new.urn] = old
        else:
            self._context.ledger.record(put=[new], drop=[old], rename=_renamed(old, new))
        self._context.reporter.done(step)

    async def create(
        self,
        new: ResourceState,
        provider: Provider | None,
        replaced: ResourceState | None = None,
        diff: Diff | None = None,
    ) -> bool:
        """Makes a resource, or the replacement of one."""
        operation = "create-replacement" if replaced else "create"
        step = self._context.reporter.begin(operation, replaced, new, diff)
        if replaced is not None:  # it may stand in the state for a while, beside the new one
            hidden = concealed(replaced, new)
            replaced.inputs, replaced.outputs = hidden.inputs, hidden.outputs
        if not await self._prepared(step, "before_create", None, new):
            return False
        if not owns_something(new):
            self._make_without_provider(new)
            self._context.ledger.record(put=[new, *condemn(replaced)], drop=gone(replaced))
        elif not await self._create_by(provider, step, new, replaced):
            return False
        if self._context.dry_run and owns_something(new):
            self._resources.planned.add(new.urn)
        self._succeed(replaced, new)
        if replaced is not None and not replaced.pending_replacement:
            self._resources.condemned.append(replaced)
        await self._ended("after_create", None, new)
        self._context.reporter.done(step)
        return True

    async def _prepared(self, step: Step, when: str, old: ResourceState | None, new: ResourceState | None) -> bool:
        """Runs the hooks before a step; False when one of them has failed it."""
        try:
            await self._context.hooks.run(when, old, new)
        except HookError as error:
            return self._fail(step, str(error))
        return True

    async def _ended(self, when: str, old: ResourceState | None, new: ResourceState) -> None:
        """Runs the hooks after a step; a component's step ends once it registers its outputs."""
        if new.custom:
            await self._context.hooks.run(when, old, new)
        else:
            self._unended[new.urn] = (when, old)

    async def end(self, component: ResourceState) -> None:
        """A component has registered its outputs."""
        when, old = self._unended.pop(component.urn, ("", None))
        if when:
            await self._context.hooks.run(when, old, component)

    def _make_without_provider(self, new: ResourceState) -> None:
        if is_provider_type(new.type):
            new.id = UNKNOWN if self._context.dry_run else str(uuid.uuid4())
            new.outputs = {key: value for key, value in new.inputs.items() if key != "__internal"}
        if not self._context.dry_run:
            new.created = new.modified = timestamp()

    async def _create_by(
        self, provider: Provider | None, step: Step, new: ResourceState, replaced: ResourceState | None
    ) -> bool:
        assert provider is not None
        async with self._context.limit:
            begun = await self._begin(step.operation, new, replaced)
            try:
                new.id, new.outputs = await provider.create(new, self._context.dry_run, begun.token)
            except PartialFailureError as error:
                new.id, new.outputs, new.init_errors = error.id, error.outputs, error.reasons
                created(new)
                await self._context.ledger.finish(begun, put=[new, *condemn(replaced)], drop=gone(replaced))
                self._succeed(replaced, new)
                return self._failed(step, "creating", error)
            except ProviderCrashError as error:
                return self._failed(step, "creating", error)  # it stays begun: the next command finds out
            except ProviderError as error:
                await self._context.ledger.finish(begun)
                return self._failed(step, "creating", error)
            except EngineError:  # the provider could not be reached at all
                await self._context.ledger.finish(begun)
                raise
            if self._context.dry_run:
                mark_secrets(new)
            else:
                created(new)
            await self._context.ledger.finish(begun, put=[new, *condemn(replaced)], drop=gone(replaced))
        return True

    async def update(
        self, old: ResourceState, new: ResourceState, provider: Provider | None, diff: Diff, ignore: list[str]
    ) -> bool:
        """Changes a resource in place."""
        step = self._context.reporter.begin("update", old, new, diff)
        new.id = old.id
        if not await self._prepared(step, "before_update", old, new):
            return False
        if owns_something(new):
            assert provider is not None
            if not await self._update_by(provider, step, old, new, ignore):
                return False
        else:
            new.outputs = dict(new.inputs) if is_provider_type(new.type) else old.outputs
            new.modified = timestamp()
            self._context.ledger.record(put=[new], drop=[old], rename=_renamed(old, new))
        self._succeed(old, new)
        await self._ended("after_update", old, new)
        self._context.reporter.done(step)
        return True

    async def _update_by(
        self, provider: Provider, step: Step, old: ResourceState, new: ResourceState, ignore: list[str]
    ) -> bool:
        async with self._context.limit:
            begun = await self._begin("update", new, old)
            try:
                new.outputs = await provider.update(old, new, self._context.dry_run, ignore)
            except PartialFailureError as error:
                new.outputs, new.init_errors = error.outputs, error.reasons
                mark_secrets(new)
                await self._context.ledger.finish(begun, put=[new], drop=[old])
                self._succeed(old, new)
                return self._failed(step, "updating", error)
            except ProviderError as error:
                await self._context.ledger.finish(begun)
                return self._failed(step, "updating", error)
            mark_secrets(new)
            if not self._context.dry_run:
                new.modified = timestamp()
            if _renamed(old, new):
                self._context.ledger.record(rename=_renamed(old, new))
            await self._context.ledger.finish(begun, put=[new], drop=[old])
        return True

    async def delete(self, operation: str, old: ResourceState, *, skip: bool, pending: bool = False) -> bool:
        """Deletes a resource; `skip` forgets it only, `pending` keeps in mind that its replacement is to come."""
        step = self._context.reporter.begin(operation, old, None)
        if not await self._prepared(step, "before_delete", old, None):
            return False
        if not skip and not old.retain_on_delete and owns_something(old) and not self._context.dry_run:
            async with self._context.limit:
                begun = await self._begin(operation, old)
                try:
                    await self._context.registry.get(old.provider).delete(old)
                except ProviderError as error:
                    await self._context.ledger.finish(begun)
                    return self._failed(step, "deleting", error)
                old.pending_replacement = pending
                await self._context.ledger.finish(begun, put=[old] if pending else [], drop=[] if pending else [old])
        else:
            old.pending_replacement = pending
            self._context.ledger.record(put=[old] if pending else [], drop=[] if pending else [old])
        self._resources.taken.add(old)
        await self._context.hooks.run("after_delete", old, None)
        self._context.reporter.done(step)
        return True

    async def _begin(self, operation: str, state: ResourceState, replaced: ResourceState | None = None) -> Begun:
        if self._context.stop.is_set():  # while it waited for its turn
            raise self._context.bail("")
        return await self._context.ledger.begin(operation, state, replaced)

    def _succeed(self, old: ResourceState | None, new: ResourceState) -> None:
        if old is not None:
            self._resources.taken.add(old)
        self._resources.news[new.urn] = new

    def _failed(self, step: Step, doing: str, error: ProviderError) -> bool:
        return self._fail(step, f"{doing} {step.urn}: {error}")

    def _fail(self, step: Step, text: str) -> bool:
        self._context.reporter.fail(step, text)
        if not self._context.options.continue_on_error:
            self._context.stop.set()
        return False


def created(state: ResourceState) -> None:
    """Sets what every created resource has."""
    mark_secrets(state)
    state.created = state.modified = timestamp()


def mark_secrets(state: ResourceState, before: dict[str, Any] | None = None) -> None:
    """Outputs are as secret as the inputs of the same name, as before, and as the program says."""
    outputs = state.outputs if before is None else carry_secrets(before, state.outputs)
    state.outputs = with_secrets(outputs, state)


def condemn(replaced: ResourceState | None) -> list[ResourceState]:
    """A replaced resource that still exists is deleted later."""
    if replaced is None or replaced.pending_replacement:
        return []
    replaced.delete = True
    return [replaced]


def gone(replaced: ResourceState | None) -> list[ResourceState]:
    """A resource that was deleted before its replacement leaves the state with it."""
    return [replaced] if replaced is not None and replaced.pending_replacement else []


def _renamed(old: ResourceState, new: ResourceState) -> dict[str, str]:
    return {old.urn: new.urn} if old.urn != new.urn else {}
