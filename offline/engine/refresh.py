"""Reads every resource from its provider: what was changed by hand, and what is gone."""

from __future__ import annotations

import asyncio
from typing import Any

from .context import Context, owns_something
from .errors import EngineError, ProviderError
from .plugins import PartialFailureError
from .property_diff import ignore_changes
from .provider import Diff, PropertyChange, Provider
from .resource_state import ResourceState, timestamp
from .step_runner import mark_secrets
from .targets import Targets
from .values import carry_secrets

_INVERSE = {"add": "delete", "delete": "add"}


class Refresh:
    """Brings the state to what the providers say."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def run(self) -> bool:
        """Reads all that is targeted, in parallel; False when something cannot be read."""
        targeted = Targets(self._context.options).matching(self._context.resources.old_order)
        states = [state for state in targeted if not state.pending_replacement]
        return all(await asyncio.gather(*(self._refresh(state) for state in states)))

    async def _refresh(self, old: ResourceState) -> bool:
        if self._context.stop.is_set() or old.external:
            return True
        if not owns_something(old):  # components and providers have nothing to be read, and are no targets
            if self._context.options.targets:
                return True
            step = self._context.reporter.begin("refresh", old, old)
            step.outcome = self._outcome("same")
            self._context.reporter.done(step)
            return True
        async with self._context.limit:
            if self._context.stop.is_set():
                return True
            step = self._context.reporter.begin("refresh", old, old)
            try:
                provider = self._context.registry.get(old.provider)
                new = await self._read(old, provider)
                step.diff = await _drift(old, new, provider) if new else None
            except (ProviderError, EngineError) as error:
                self._context.reporter.fail(step, f"refreshing {old.urn}: {error}")
                return False
        if new is None:
            step.outcome, step.new = self._outcome("delete"), None
            self._context.ledger.record(drop=[old], gone=[old.urn])
            self._context.reporter.done(step)
            return True
        step.outcome = self._outcome("update" if step.diff else "same")
        step.new = new
        if not old.same_as(new):
            new.modified = timestamp()
            self._context.ledger.record(put=[new], drop=[old])
        self._context.reporter.done(step)
        return True

    async def _read(self, old: ResourceState, provider: Provider) -> ResourceState | None:
        """The resource as it is; one that the provider calls half made is told and kept so."""
        problems: list[str] = []
        try:
            found = await provider.read(old.urn, old.id, old.inputs, old.outputs)
        except PartialFailureError as error:
            found, problems = (error.id, error.inputs or old.inputs, error.outputs), error.reasons
            text = "\n* ".join(["Refreshed resource is in an unhealthy state:", *problems])
            self._context.reporter.diagnose("warning", text, old.urn)
        if not found or not found[0]:
            return None
        new = _as_found(old, found)
        new.init_errors = problems
        return new

    def _outcome(self, found: str) -> str:
        """Only a refresh by itself counts what it finds; ahead of another operation that one's steps count."""
        return found if self._context.options.kind == "refresh" else "refresh"


def _as_found(old: ResourceState, found: tuple[str, dict[str, Any], dict[str, Any]]) -> ResourceState:
    new = old.copy()
    new.id, new.inputs, new.outputs = found
    new.inputs = carry_secrets(old.inputs, new.inputs)
    mark_secrets(new, old.outputs)
    return new


async def _drift(old: ResourceState, new: ResourceState, provider: Provider) -> Diff | None:
    """What the next up would set back, seen from the other side.

    So outputs that only AWS decides on, such as the status of a certificate, are read into the state and no difference;
    nor is what the program ignores. As in Pulumi's RefreshStep.Apply (pkg/resource/deploy/step.go).
    """
    wanted, _ = ignore_changes(old.inputs, new.inputs, old.ignore_changes)
    ahead = await provider.diff(new, wanted, old.ignore_changes)
    if not ahead.any:
        return None
    detailed = {path: _backwards(change) for path, change in ahead.detailed.items()}
    return Diff(detailed=detailed, changed=ahead.changed)


def _backwards(change: PropertyChange) -> PropertyChange:
    kind = change.kind.removesuffix("-replace")
    return PropertyChange(kind=_INVERSE.get(kind, kind), of_input=change.of_input)
