"""Looks for drift: asks the engine, classes what differs, and says what could be done. Prints nothing."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Any

from operations import clients as aws
from operations.changes import Run
from operations.drift import ignores, patches, who
from operations.drift.ignores import Ignore
from operations.drift.judging import Around, judge
from operations.drift.model import Drift
from operations.drift.pending import waiting
from operations.drift.seeing import see, unexplained
from operations.drift.strays import strays
from operations.errors import CloudLost, Failure, Invocation, NoStack, Outcome, check
from operations.findings.origin import Origins
from operations.project import Project
from operations.report.collect import Asked, ask_all, spoken
from operations.stacks import Listener, Stack


def look(
    project: Project,
    invocation: Invocation,
    *,
    who_changed: bool = False,
    today: datetime.date | None = None,
    parallel: int | None = None,
) -> Drift:
    """What one environment has otherwise than its last `up` asked for; changes nothing.

    Raises Failure where that can't be told. To be called in the main thread, as the user may interrupt it.
    """
    found = look_all(
        project,
        [invocation.environment],
        offline=invocation.offline,
        who_changed=who_changed,
        today=today,
        parallel=parallel,
        raising=True,
    )
    return found[0]


def look_all(
    project: Project,
    environments: Sequence[str],
    *,
    offline: bool,
    who_changed: bool = False,
    today: datetime.date | None = None,
    parallel: int | None = None,
    raising: bool = False,
    every: bool = False,
) -> list[Drift]:
    """The same of several, at once where there are processors; an error is part of what is found unless `raising`.

    Nobody named the environments where they are `every` one: some may not be up yet, but not all of them, which is
    what a wrong state backend looks like. Raises Failure where drift.yaml is not in order.
    """
    day = today or datetime.datetime.now(datetime.UTC).date()
    ignored = ignores.read(project.root / ignores.FILE, project.environments, day)

    def drift(stack: Stack, listener: Listener) -> Outcome:
        return stack.drift(listener, parallel=parallel, handle_signals=False)

    found = []
    for asked in ask_all(project, environments, drift, offline=offline, verb="drift", create=False):
        entries = [entry for entry in ignored if entry.environment == asked.environment]
        try:
            found.append(_looked(project, asked, entries, day, offline=offline, who_changed=who_changed))
        except Failure as failure:
            if raising:
                raise
            name, why = asked.environment, spoken(failure)
            passes = every and isinstance(failure, NoStack)
            found.append(Drift(environment=name, absent=why) if passes else Drift(environment=name, error=why))
    if all(drift.absent for drift in found):
        return [replace(drift, absent="", error=drift.absent) for drift in found]
    return found


def _looked(
    project: Project,
    asked: Asked,
    ignored: Sequence[Ignore],
    today: datetime.date,
    *,
    offline: bool,
    who_changed: bool,
) -> Drift:
    """What the engine found, with what AWS tells beside. Raises Failure."""
    name, run = asked.environment, asked.run
    invocation = Invocation(environment=name, offline=offline, verb="drift")
    _require(asked, invocation)
    made_once = cache(lambda: aws.clients(project, invocation))  # needs credentials: where it is asked for only

    def clients(service: str) -> Any:
        return made_once()(service)

    def trails(region: str) -> Any:
        return (made_once().at(region) if region else made_once())("cloudtrail")

    beside, unasked = strays(run, clients)
    around = Around(today=today, ignored=ignored, waiting=waiting(run, clients, offline=offline), strays=beside)
    origins = Origins(project.root, name, {urn: change.parent for urn, change in run.changes.items()})
    made = judge(name, run, around, origins)
    by, untold = _who(made.drift, run, trails) if who_changed and not offline else ({}, [])
    real = [seen for seen, one in zip(made.seen, made.drift.differences, strict=False) if one.verdict == "real"]
    return replace(
        made.drift,
        differences=[
            replace(one, by=by.get(one.urn, "")) if one.verdict == "real" else one for one in made.drift.differences
        ],
        patch=patches.patch(project.root / f"Pulumi.{name}.yaml", real, origins),
        notes=[*made.drift.notes, *unasked, *untold],
    )


def _who(drift: Drift, run: Run, trails: Callable[[str], Any]) -> tuple[Mapping[str, str], list[str]]:
    return who.ask((run.changes[one.urn] for one in drift.of("real")), trails)


def _require(asked: Asked, invocation: Invocation) -> None:
    """Raises Failure where the engine can't say what differs; resources that it can't read are a difference."""
    if asked.failure:
        raise asked.failure
    outcome = asked.outcome or Outcome(code=1, stdout="", stderr="the engine was not asked")
    unread = any(seen.kind == "unread" for seen in see(asked.run))
    if outcome.code != 0:
        try:
            check(outcome, invocation, asked.run)
        except CloudLost:
            raise
        except Failure:
            if not unread or unexplained(asked.run):
                raise
    elif asked.run.summary is None:
        raise Failure("the engine ended without a summary: what it found may not be all")
