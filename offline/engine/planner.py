"""Decides what a registered resource needs: nothing, an update or a replacement, and why."""

from __future__ import annotations

import dataclasses

from .context import Context
from .property_diff import parse_path, path_matches, root_key
from .provider import Diff, PropertyChange, Provider, diff_config, structural_diff
from .resource_state import Goal, ResourceState
from .urns import is_provider_type, matches, package_of, reference_urn, urn_type
from .values import has_unknown, unwrap

_HALF_MADE = "#initerror"
"""Stands among the reasons of a change for what the last create or update has left undone."""


class Planner:
    """Compares what exists with what the program wants."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._resources = context.resources
        self._provider_changes: dict[tuple[str, str], bool] = {}

    async def diff(self, goal: Goal, old: ResourceState, new: ResourceState, provider: Provider | None) -> Diff:
        """The difference; `replaced_by` names what forces a replacement."""
        forced = await self._forced(old, new)
        if forced:
            return Diff(replaced_by=[forced])
        if is_provider_type(new.type):
            return await self._diff_provider(old, new)
        if not new.custom or provider is None:
            return structural_diff(old.inputs, new.inputs)
        found = await provider.diff(old, new.inputs, goal.ignore_changes)
        found = replace_on_changes(found, goal.replace_on_changes)
        if old.init_errors and any(parse_path(pattern) in (["*"], [_HALF_MADE]) for pattern in goal.replace_on_changes):
            return dataclasses.replace(found, replaced_by=sorted([*found.replaced_by, _HALF_MADE]))
        if old.init_errors and not found.any:
            return Diff(changed=[_HALF_MADE])
        return found

    async def _forced(self, old: ResourceState, new: ResourceState) -> str:
        """What replaces the resource apart from its own inputs; empty when nothing does."""
        replaced = self._resources.replaced
        if old.taint or any(matches(pattern, new.urn) for pattern in self._context.options.replaces):
            return "id"
        if replaced.intersection(new.replace_with):
            return "replaceWith"
        if new.deleted_with in replaced:
            return "deletedWith"
        if old.replacement_trigger is not None and new.replacement_trigger is not None:
            unknown = has_unknown(new.replacement_trigger)
            if unknown or unwrap(old.replacement_trigger) != unwrap(new.replacement_trigger):
                return "replacementTrigger"
        if old.custom != new.custom:
            return "custom"
        return "provider" if await self._provider_changed(old, new) else ""

    async def _provider_changed(self, old: ResourceState, new: ResourceState) -> bool:
        """True when the new provider cannot take over what the old one made."""
        if old.provider == new.provider or not new.provider or not old.provider:
            return bool(old.provider) != bool(new.provider)
        old_urn, new_urn = reference_urn(old.provider), reference_urn(new.provider)
        if self._resources.aliased.get(old_urn) == new_urn:
            return False
        key = (old.provider, new.provider)
        if key not in self._provider_changes:
            self._provider_changes[key] = await self._compare_providers(old, new)
        return self._provider_changes[key]

    async def _compare_providers(self, old: ResourceState, new: ResourceState) -> bool:
        old_urn, _, old_id = old.provider.rpartition("::")
        before = next((s for s in self._resources.old_order if s.urn == old_urn and s.id == old_id), None)
        after = self._resources.current(reference_urn(new.provider))
        if before is None or after is None:
            return old_urn != reference_urn(new.provider)
        package = package_of(urn_type(after.urn))
        if package == "pulumi" or has_unknown(after.inputs):
            return False
        plugin = await self._context.registry.checker(package)
        return bool((await diff_config(plugin, before, after.inputs)).replaced_by)

    async def _diff_provider(self, old: ResourceState, new: ResourceState) -> Diff:
        own = structural_diff(old.inputs, new.inputs)
        package = package_of(new.type)
        if not own.any or package == "pulumi" or has_unknown(new.inputs):
            return own
        plugin = await self._context.registry.checker(package)
        found = await diff_config(plugin, old, new.inputs)
        return found if found.any else own


def replace_on_changes(diff: Diff, patterns: list[str]) -> Diff:
    """The difference with the changes that `replaceOnChanges` names turned into replacements.

    A pattern names what lies in it. Where the provider tells no paths, only whole properties count.
    """
    if not patterns or not diff.any:
        return diff
    parsed = [parse_path(pattern) for pattern in patterns]

    def named(path: str) -> bool:
        steps = parse_path(path)
        return any(len(pattern) <= len(steps) and path_matches(pattern, steps) for pattern in parsed)

    replaced = set(diff.replaced_by) | {key for key in diff.changed if named(key)}
    if not diff.own:
        replaced |= {root_key(path) for path in diff.detailed if named(path)}
    detailed = dict(diff.detailed)
    for path, change in diff.detailed.items():
        if named(path) if not diff.own else root_key(path) in replaced:
            kind = change.kind.removesuffix("-replace") + "-replace"
            detailed[path] = PropertyChange(kind=kind, of_input=change.of_input)
    return dataclasses.replace(diff, detailed=detailed, replaced_by=sorted(replaced))
