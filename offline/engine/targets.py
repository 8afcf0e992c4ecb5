"""Which resources `--target` and `--exclude` let an operation touch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .options import Options
from .resource_state import ResourceState
from .urns import STACK_TYPE, is_provider_type, matches, urn_type


class Targets:
    """Answers for one operation; dependents count as their targets are seen, so resources come after what they need."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._targeted: set[str] = set()
        self._excluded: set[str] = set()

    @property
    def limited(self) -> bool:
        """False when the operation is about everything."""
        return bool(self._options.targets or self._options.excludes)

    def include(self, urn: str, references: Iterable[str]) -> bool:
        """True when the operation may touch the resource, which needs the given others."""
        if not self.limited:
            return True
        if self._options.targets:
            hit = any(matches(pattern, urn) for pattern in self._options.targets)
            hit = hit or (self._options.target_dependents and bool(self._targeted.intersection(references)))
            if hit:
                self._targeted.add(urn)
            return hit or is_provider_type(urn_type(urn)) or urn_type(urn) == STACK_TYPE
        hit = any(matches(pattern, urn) for pattern in self._options.excludes)
        hit = hit or (self._options.exclude_dependents and bool(self._excluded.intersection(references)))
        if hit:
            self._excluded.add(urn)
        return not hit

    def matching(self, resources: Sequence[ResourceState]) -> list[ResourceState]:
        """Those of a state, in its order, that a refresh reads."""
        return [state for state in resources if self.include(state.urn, state.references())]


def deletable(options: Options, resources: Sequence[ResourceState]) -> tuple[set[str], set[str]]:
    """(URNs that may be deleted, URNs that would have to be but are not targeted), of a state in its order."""
    every = {state.urn for state in resources}
    if options.targets:
        named = {urn for urn in every if any(matches(pattern, urn) for pattern in options.targets)}
        closure = dependents(named, resources)
        return (closure, set()) if options.target_dependents else (named, closure - named)
    if options.excludes:
        kept = {urn for urn in every if any(matches(pattern, urn) for pattern in options.excludes)}
        if options.exclude_dependents:
            kept = dependents(kept, resources)
        return every - needed_by(kept, resources), set()
    return every, set()


def dependents(urns: set[str], resources: Sequence[ResourceState]) -> set[str]:
    """The URNs with all that needs them, directly or not; `resources` stand after what they need."""
    found = set(urns)
    for state in resources:
        if found.intersection(state.references()):
            found.add(state.urn)
    return found


def needed_by(urns: set[str], resources: Sequence[ResourceState]) -> set[str]:
    """The URNs with all that they need, directly or not."""
    found = set(urns)
    for state in reversed(resources):
        if state.urn in found:
            found |= state.references()
    return found
