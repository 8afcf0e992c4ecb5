"""From what the engine said of each environment to what the report says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from operations import properties
from operations.changes import Change, Run, readable
from operations.errors import explain
from operations.findings.found import Found, reported, told_exceptions
from operations.findings.origin import Nowhere, Sources
from operations.report import losses, meaning
from operations.report.costs import cost_change
from operations.report.matrix import rows
from operations.report.model import Finding, Item, Line, Loss, Node, Report, StackReport
from operations.report.redaction import Redaction
from policies.catalog import RULES
from policies.verdict import Place

LONGEST = 400
"""Characters of a value that a report shows; of longer ones, the part that differs."""
WHOLE = 1_000_000
"""Characters that no value has."""
BEFORE = 60
"""Characters before the difference of a long value."""


@dataclass(frozen=True, kw_only=True)
class Previewed:
    """What the engine said of one environment."""

    environment: str
    run: Run
    error: str = ""
    """Why the preview failed; empty when it did not. A mandatory policy that is not kept is no error of its own."""


@dataclass(frozen=True, kw_only=True)
class Base:
    """What the engine says of the same stacks, from the revision that a pull request starts from."""

    commit: str
    runs: Mapping[str, Run] = field(default_factory=dict)
    """By environment."""
    problems: Mapping[str, str] = field(default_factory=dict)
    """Environment -> why there is no run of it: there nothing is told apart as old or pending."""


def build(
    previewed: Sequence[Previewed],
    approved: frozenset[str] = frozenset(),
    base: Base | None = None,
    commit: str = "",
    sources: Mapping[str, Sources] | None = None,
) -> Report:
    """The report of these previews. Pure: the same events and sources, by environment, give the same report."""
    runs = [found.run for found in previewed] + list(base.runs.values() if base else ())
    redaction = Redaction(runs)
    stacks = [
        _stack(
            found,
            approved,
            base.runs.get(found.environment) if base else None,
            redaction,
            (sources or {}).get(found.environment, Nowhere()),
        )
        for found in previewed
    ]
    endangered = {loss.named for stack in stacks for loss in stack.losses}
    return Report(
        stacks=stacks,
        rows=rows(stacks),
        stray_approvals=sorted(approved - endangered),
        base=base.commit if base else "",
        base_problems={name: redaction.text(why) for name, why in base.problems.items()} if base else {},
        commit=commit,
    )


def _stack(
    previewed: Previewed, approved: frozenset[str], before: Run | None, redaction: Redaction, sources: Sources
) -> StackReport:
    run = previewed.run
    findings = _findings(previewed, before, redaction, sources)
    by_urn: dict[str, list[Finding]] = {}
    for finding in findings:
        by_urn.setdefault(finding.urn, []).append(finding)
    gone = meaning.ended(run.resources)
    items = [
        _item(change, run, before, loss, gone, by_urn.get(change.urn, []), redaction)
        for change in run.shown
        if change.physical or change.failed
        if (loss := _loss(change, approved, sources)) or not change.quiet
    ]
    error = previewed.error or "\n".join(dict.fromkeys(explain(error) for error in run.errors))
    changing = {item.urn for item in items}
    return StackReport(
        environment=previewed.environment,
        items=items,
        unchanged=sum(1 for change in run.resources if change.urn not in changing),
        findings=findings,
        exceptions=[redaction.text(line) for line in told_exceptions(run.violations)],
        nodes=_nodes(run),
        notices=[redaction.text(readable(notice.message)) for notice in run.notices],
        cost=None if error else cost_change(run),
        error=redaction.text(error),
        incomplete="" if error or run.summary else "the engine ended without a summary: more may change",
    )


def _findings(previewed: Previewed, before: Run | None, redaction: Redaction, sources: Sources) -> list[Finding]:
    """What the policies found; new is what the base has not, by fingerprints that outlive a changed wording."""
    environment = previewed.environment
    old = reported(before.violations, RULES, environment, sources) if before else []
    known = {found.fingerprint for found in old}
    return [
        Finding(found=_redacted(found, redaction), new=found.fingerprint not in known)
        for found in reported(previewed.run.violations, RULES, environment, sources)
    ]


def _redacted(found: Found, redaction: Redaction) -> Found:
    where, what, remedy = (
        redaction.text(readable(text)) for text in (found.place.where, found.place.what, found.place.remedy)
    )
    return replace(found, place=Place(where, what, remedy))


def _item(
    change: Change,
    run: Run,
    before: Run | None,
    loss: Loss | None,
    gone: frozenset[str],
    findings: Sequence[Finding],
    redaction: Redaction,
) -> Item:
    lines = _lines(change, redaction)
    old = before.changes.get(change.urn) if before else None
    return Item(
        urn=change.urn,
        type=change.type,
        label=change.label,
        component=_components(change, run),
        op="unprotect" if change.quiet else change.op,
        lines=lines,
        forced_by=change.forcing,
        findings=findings,
        meanings=[replace(told, text=redaction.text(told.text)) for told in meaning.meanings(change, gone)],
        loss=loss,
        pending=old is not None and old.op == change.op and _lines(old, redaction) == lines,
    )


def _loss(change: Change, approved: frozenset[str], sources: Sources) -> Loss | None:
    found = losses.loss(change, approved)
    return replace(found, origin=sources.of(change.urn)) if found else None


def _lines(change: Change, redaction: Redaction) -> tuple[Line, ...]:
    if change.op not in {"update", "replace", "refresh"}:
        return ()
    return tuple(_line(change, line, redaction) for line in properties.differences(change))


def _line(change: Change, line: properties.PropertyLine, redaction: Redaction) -> Line:
    values = redaction.both(change, line.path, line.old, line.new)
    old, new = _cut(*(properties.show(value, WHOLE) for value in values))
    return Line(path=redaction.text(line.path), mark=line.mark, old=old, new=new, replaces=line.replaces)


def _cut(old: str, new: str) -> tuple[str, str]:
    """Both in LONGEST characters, from a little before where they differ. They are redacted by now."""
    if max(len(old), len(new)) <= LONGEST:
        return old, new
    pairs = enumerate(zip(old, new, strict=False))
    alike = next((index for index, pair in pairs if pair[0] != pair[1]), min(len(old), len(new)))
    start = max(0, alike - BEFORE) if old and new else 0
    return _part(old, start), _part(new, start)


def _part(text: str, start: int) -> str:
    part = text[start : start + LONGEST]
    return f"{'…' if start and part else ''}{part}{'…' if start + LONGEST < len(text) else ''}"


def _components(change: Change, run: Run) -> tuple[str, ...]:
    """Names of the components around a resource; parents that lead round in a circle end where it closes."""
    names: list[str] = []
    seen = {change.urn}
    above = run.changes.get(change.parent)
    while above is not None and above.urn not in seen and not above.hidden:
        seen.add(above.urn)
        names.insert(0, above.name)
        above = run.changes.get(above.parent)
    return tuple(names)


def _nodes(run: Run) -> list[Node]:
    shown = {change.urn for change in run.shown}
    return [
        Node(
            urn=change.urn,
            parent=change.parent if change.parent in shown else "",
            label=change.label,
            op=change.op if not change.quiet else "same",
            physical=change.physical,
        )
        for change in run.shown
    ]
