"""The gates before an environment: whether the release that comes from it is live there, whole and healthy."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

from operations.errors import Failure
from operations.promotion import seal
from operations.promotion.health.health import Limits
from operations.promotion.health.look import counted
from operations.promotion.model import Check, Known, Release
from operations.promotion.settings.wishes import Wishes
from operations.promotion.world import World
from operations.report.build import Previewed

SHOWN = 3
"""Resources and differences that a gate names; the commands that it proposes name all."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """A release that is to go on."""

    environment: str
    known: Known
    config: Mapping[str, Any]
    """The stack file's settings by which it was made."""

    @property
    def release(self) -> Release:
        return self.known.release

    @property
    def name(self) -> str:
        """`staging 20261121-231504-ab12cd3`."""
        return f"{self.environment} {self.release.id}"


def stack_file(environment: str) -> str:
    """Name of an environment's file."""
    return f"Pulumi.{environment}.yaml"


def settings_of(world: World, release: Release) -> Mapping[str, Any]:
    """The settings that a release was made from: those of the present commit where they are the same, as the release's
    own is gone with a branch that was squashed; else that commit's. Raises Failure where git has them no more."""
    repository, name = world.repository, stack_file(release.environment)
    text = repository.text(repository.head(), name)
    if seal.of_text(text) != release.digests.config:
        if not repository.has(release.commit):
            made = f"release {release.id} of {release.environment} was made"
            raise Failure(
                f"commit {release.commit[:12]}, of which {made}, is not in this clone",
                (
                    "git fetch --all, and --unshallow where the clone is shallow",
                    f"{world.command('up', release.environment)}  from a commit that stays makes another release",
                ),
            )
        text = repository.text(release.commit, name)
    if seal.of_text(text) != release.digests.config:
        raise Failure(
            f"{name} of commit {release.commit[:7]} is not the file that release {release.id} was recorded with",
            ("bring the environment up again from a commit that is in git",),
        )
    document = yaml.safe_load(text)
    return dict(document["config"])


def find_source(world: World, environment: str) -> Source:
    """The newest release of an environment, whatever became of it. Raises Failure where there is none."""
    known = world.place(environment).store.last()
    if known is None:
        raise Failure(
            f"{environment} has no release that could go on: none was recorded there",
            (f"{world.command('up', environment)}  from a clean checkout records one",),
        )
    return Source(environment=environment, known=known, config=settings_of(world, known.release))


def gates(world: World, source: Source, limits: Wishes, base: str, previewed: Previewed) -> list[Check]:
    """What every gate says. `limits` are the target's; `previewed` is the source's preview at the commit `base`."""
    place = world.place(source.environment)
    outcome = source.known.outcome
    checks = [_is_live(world, source), *_is_settled(world, source, limits, outcome.finished if outcome else None)]
    resources = world.engine.resources(source.environment)
    checks.append(_stands(world, source, seal.of_state(resources)))
    checks += [
        _same_program(world, source, base),
        _same_settings(world, source, base),
        _nothing_pending(source, previewed),
    ]
    checks.append(_no_drift(world, source))
    health = place.health(world.engine.outputs(source.environment), resources)
    checks += health.checks(
        outcome.finished if outcome else world.now(),
        Limits(
            soak_minutes=limits.soak_minutes,
            max_error_percent=limits.max_error_percent,
            max_p95_seconds=limits.max_p95_seconds,
            min_requests=limits.min_requests,
        ),
    )
    return checks


def _is_live(world: World, source: Source) -> Check:
    name, outcome = "release live", source.known.outcome
    if outcome is None:
        return Check(
            name=name, passed=False, said=f"{source.name} was begun and never finished",
            remedies=(
                f"{world.command('up', source.environment)}  from a clean checkout makes and records another"
                if source.release.kind == "up"
                else f"{world.command('releases', source.environment)}  tells where it stands",
            ),
        )  # fmt: skip
    if not source.known.live:
        why = f": {outcome.said.splitlines()[0]}" if outcome.said else ""
        return Check(
            name=name, passed=False, said=f"{source.name} failed{why}",
            remedies=(f"mend it, and bring {source.environment} up again",),
        )  # fmt: skip
    return Check(name=name, passed=True, said=f"{source.name}, since {outcome.finished:%Y-%m-%d %H:%M} UTC")


def _is_settled(world: World, source: Source, limits: Wishes, live_since: datetime.datetime | None) -> list[Check]:
    """Nothing is said of a release that is not live."""
    if live_since is None:
        return []
    minutes = (world.now() - live_since).total_seconds() / 60
    said = f"live for {counted(minutes, 'minute')}, of {limits.soak_minutes} that are asked for"
    left = max(1, round(limits.soak_minutes - minutes))
    return [
        Check(
            name="soak time",
            passed=minutes >= limits.soak_minutes,
            said=said,
            remedies=() if minutes >= limits.soak_minutes else (f"wait {counted(left, 'minute')} more",),
        )
    ]


def _stands(world: World, source: Source, state: str) -> Check:
    name, outcome = "state as recorded", source.known.outcome
    if outcome is not None and outcome.state == state:
        return Check(name=name, passed=True, said=f"nothing touched the stack since {source.release.id}")
    return Check(
        name=name,
        passed=False,
        said=f"the stack {source.environment} was changed after {source.release.id} by what recorded no release",
        remedies=(f"{world.command('up', source.environment)}  from a clean checkout makes and records one",),
    )


def _same_program(world: World, source: Source, base: str) -> Check:
    same = world.repository.digest(base) == source.release.digests.program
    ran = source.release.commit[:7]
    return Check(
        name="same program",
        passed=same,
        said=f"{base[:7]} has the program that ran there"
        if same
        else f"{source.environment} runs the program of {ran}, and {base[:7]} has another",
        remedies=()
        if same
        else (f"{world.command('up', source.environment)}  first, so that it runs there what is to go on",),
    )


def _same_settings(world: World, source: Source, base: str) -> Check:
    name = stack_file(source.environment)
    same = seal.of_text(world.repository.text(base, name)) == source.release.digests.config
    return Check(
        name="settings as recorded",
        passed=same,
        said=f"{name} is as {source.release.id} was made from"
        if same
        else f"{name} was changed since {source.release.id}",
        remedies=() if same else (f"{world.command('up', source.environment)}  makes what it says",),
    )


def _nothing_pending(source: Source, previewed: Previewed) -> Check:
    name, run = "nothing pending", previewed.run
    if previewed.error or run.errors or run.summary is None:
        why = (previewed.error or "the engine ended early").splitlines()[0]
        return Check(name=name, passed=False, said=f"the preview of {source.environment} failed: {why}")
    if run.changed:
        some = ", ".join(change.label for change in run.changed[:SHOWN])
        more = ", …" if len(run.changed) > SHOWN else ""
        said = f"an up would change {counted(len(run.changed), 'resource')}: {some}{more}"
        return Check(name=name, passed=False, said=said, remedies=(f"bring {source.environment} up first",))
    return Check(name=name, passed=True, said=f"an up would change none of {len(run.resources)} resources")


def _no_drift(world: World, source: Source) -> Check:
    name = "no drift"
    try:
        real = world.engine.drift(source.environment)
    except Failure as failure:
        return Check(name=name, passed=False, said=f"drift was not to be found out: {failure.message.splitlines()[0]}")
    if not real:
        return Check(name=name, passed=True, said="what AWS has is what the state has")
    more = "; …" if len(real) > SHOWN else ""
    said = f"{counted(len(real), 'difference')}: {'; '.join(real[:SHOWN])}{more}"
    return Check(
        name=name, passed=False, said=said, remedies=(f"{world.command('drift', source.environment)}  tells all",)
    )
