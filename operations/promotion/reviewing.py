"""What is laid before whoever approves: the target's report, made from the very commit that would be applied."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.changes import Run
from operations.promotion import seal
from operations.promotion.model import Check, Kind, Origin, Position, Value
from operations.promotion.settings import promotable
from operations.promotion.settings.images import is_of_service
from operations.promotion.settings.promotable import Plan
from operations.promotion.source import stack_file
from operations.promotion.world import World
from operations.report.build import Previewed, build
from operations.report.commands import sources
from operations.report.model import Report

Gates = Callable[[str, Mapping[str, Previewed]], Sequence[Check]]
"""What the gates say, given the commit that the review is made of and every preview by its environment."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is wanted of an environment."""

    environment: str
    kind: Kind
    origin: Origin
    """The release that is brought on, or gone back to."""
    plan: Plan
    """Which settings change."""

    @property
    def brings(self) -> str:
        """`staging 20261121-231504-ab12cd3`."""
        return f"{self.origin.environment} {self.origin.release}"

    @property
    def title(self) -> str:
        """`Promote staging 20261121-231504-ab12cd3 to prod`."""
        if self.kind == "rollback":
            return f"Roll {self.environment} back to {self.origin.release}"
        return f"Promote {self.brings} to {self.environment}"

    @property
    def message(self) -> str:
        """Of the commit that changes them."""
        lines = [f"{path}: {old} -> {new}" for path, (old, new) in sorted(self.plan.changes.items())]
        return "\n".join([self.title, *([""] if lines else []), *lines]) + "\n"


@dataclass(frozen=True, kw_only=True)
class Review:
    """What was found, and what an approval of it is bound to."""

    change: Change
    base: str
    """The commit that the review was made of."""
    commit: str
    """The commit that would be applied: `base`, or one more that changes the stack file."""
    checks: Sequence[Check]
    report: Report
    run: Run
    """The preview."""
    seal: seal.Seal
    settings: Mapping[str, Value]
    """Promotable settings of the environment, as they would be."""

    @property
    def shut(self) -> list[Check]:
        """Gates that let nothing pass."""
        return [check for check in self.checks if not check.passed]

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to do, in git or in AWS."""
        return self.settled and self.commit == self.base and self.report.verdict == "nothing"

    @property
    def irreversible(self) -> list[str]:
        """What no rollback brings back."""
        return irreversible(self.report)

    @property
    def migrations(self) -> list[str]:
        """Services whose new image brings migrations that run before it does."""
        services: Mapping[str, Any] = self.config.get("headroom:services") or {}
        images = {path.split(".")[1] for path in self.change.plan.changes if is_of_service(path)}
        return sorted(name for name in images if (services.get(name) or {}).get("migrate"))

    under_way: Position | None
    """A release of the environment that is under way, or was interrupted: whatever is given next has to do with it."""
    config: Mapping[str, Any]
    """Settings of the environment, as they would be."""
    settled: bool
    """Whether the newest release of the environment is live: one that failed is carried out anew, whatever stands."""


def review(
    world: World, change: Change, *, approved: frozenset[str] = frozenset(), beside: Sequence[str] = (), gates: Gates
) -> Review:
    """Previews a change of an environment from a commit of its own, which no branch has yet.

    `beside` are environments that the gates want the preview of.
    """
    environment, repository = change.environment, world.repository
    base = repository.head()
    name = stack_file(environment)
    before = repository.text(base, name)
    text = promotable.edited(before, {path: new for path, (_, new) in change.plan.changes.items()}, name)
    commit = repository.propose({name: text}, change.message) if text != before else base
    with repository.checkout(commit) as checkout:
        found = {each.environment: each for each in world.engine.preview(checkout, [environment, *beside])}
        own = found[environment]
        report = build([own], approved, None, commit, {environment: sources(checkout, own)})
        wishes = world.place(environment).wishes
        config = checkout.config(environment)
    checks = gates(base, found)
    store = world.place(environment).store
    last = store.last()
    state = seal.of_state(world.engine.resources(environment))
    digests = seal.digests(repository.digest(base), text, own.run, state)
    return Review(
        change=change,
        base=base,
        commit=commit,
        checks=checks,
        report=report,
        run=own.run,
        seal=seal.Seal(environment=environment, source=change.brings, commit=base, digests=digests),
        settings=promotable.read(config, wishes.settings),
        under_way=store.position(),
        config=config,
        settled=last is not None and last.live,
    )


def irreversible(report: Report) -> list[str]:
    """Data that is replaced or deleted."""
    found = [loss for stack in report.stacks for loss in stack.losses if loss.danger != "unprotect"]
    return [f"{loss.danger} {loss.label}" for loss in found]
