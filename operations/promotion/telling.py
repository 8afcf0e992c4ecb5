"""Releases and reviews in words: for a terminal, for a pull request, for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from operations import preview, summary
from operations.errors import Failure
from operations.promotion.model import UNTOUCHED, Check, Phase, Release, Value
from operations.promotion.reviewing import Review
from operations.promotion.source import stack_file
from operations.report import document, markdown
from operations.report.redaction import Redaction
from operations.words import listed

STANDS: dict[Phase, str] = {
    "approved": "it was approved, and nothing of it is applied",
    "committed": "its settings are in git, and nothing of it is applied",
    "recorded": "its settings are in git, and nothing of it is applied",
    "applying": "the engine had begun: part of it may be applied",
    "applied": "it is applied, and not all of it may run yet",
    "running": "it runs, and its bake time is not over",
    "baked": "it runs, and came through its bake time",
}
"""What is live of a release, by the phase that it reached."""

MARKS = {True: ("✓", "green"), False: ("✗", "red")}


def shut_gate(check: Check) -> str:
    """`alarms quiet: api-5xx is in ALARM`, and below it what to do."""
    return "\n".join([f"{check.name}: {check.said}", *(f"  {remedy}" for remedy in check.remedies)])


def gates(checks: Sequence[Check]) -> Iterator[Text]:
    """A line for each gate."""
    width = max((len(check.name) for check in checks), default=0)
    for check in checks:
        mark, style = MARKS[check.passed]
        yield Text.assemble((f"  {mark} ", style), f"{check.name:<{width}}  {check.said}")
        if not check.passed:
            yield from (Text(f"    {'':<{width}}  {remedy}", style="cyan") for remedy in check.remedies)


def settings(review: Review) -> Iterator[Text]:
    """The settings that change, and those that can't."""
    plan = review.change.plan
    name = stack_file(review.change.environment)
    if plan.changes:
        yield Text(name, style="bold")
        for path, (old, new) in sorted(plan.changes.items()):
            yield Text(f"  {path}: {old} -> {new}")
    else:
        yield Text(f"{name} has these settings already.")
    yield from (Text(f"  {line}") for line in _beside(review))


def _beside(review: Review) -> Iterator[str]:
    """Settings that one of both environments has alone."""
    plan, origin = review.change.plan, review.change.origin
    if plan.absent:
        yield f"Not there, so not brought on: {listed(sorted(plan.absent))}"
    if plan.extra and review.change.kind == "promotion":
        yield f"Not in {origin.environment}, so left as they are: {listed(sorted(plan.extra))}"


def shown(review: Review, rules: Sequence[Any]) -> Iterator[Text | str]:
    """A whole review, for a terminal."""
    yield Text(review.change.title, style="bold")
    if review.checks:
        yield ""
        yield from gates(review.checks)
    yield ""
    yield from settings(review)
    tree = preview.render(review.run)
    if tree:
        yield ""
        yield from tree
    found = list(summary.policies(rules))
    if found:
        yield ""
        yield from found
    yield ""
    yield from warnings(review)
    changed = preview.counts(review.run) if review.run.changed else "nothing to change"
    yield Text(f"{review.change.environment}: {changed}.", style="bold")


def warnings(review: Review) -> Iterator[Text]:
    """What is under way already, and what no rollback brings back."""
    if review.under_way:
        lines = left_behind(review.under_way.release, review.under_way.phase).splitlines()
        yield from (Text(line, style="yellow") for line in ["Under way, or interrupted:", *lines])
    if review.migrations:
        yield Text(f"Migrations run, and no rollback takes them back: {listed(review.migrations)}", style="yellow")
    for line in review.irreversible:
        yield Text(f"Not to be taken back: {line}", style="yellow")


def as_markdown(review: Review, approval: str | None) -> str:
    """A review for a pull request or a job's summary: gates, settings, then the report of the environment.

    None says nothing of approvals: what is merged is another commit, and reviewed as such.
    """
    lines = [f"## {review.change.title}", ""]
    if review.checks:
        lines += ["| gate | | |", "|---|---|---|"]
        lines += [f"| {check.name} | {MARKS[check.passed][0]} | {_cell(check)} |" for check in review.checks]
        lines.append("")
    changes = sorted(review.change.plan.changes.items())
    if changes:
        lines += ["| setting | now | then |", "|---|---|---|"]
        lines += [f"| `{path}` | {_code(old)} | {_code(new)} |" for path, (old, new) in changes]
        lines.append("")
    lines += [f"{line}  " for line in (*_beside(review), *(warning.plain for warning in warnings(review)))]
    if approval is not None:
        lines.append(f"Approval: `{approval}`" if approval else "**It can't be approved as it is.**")
    return "\n".join([*lines, "", markdown.render(review.report)])


def _cell(check: Check) -> str:
    return "<br>".join([check.said, *check.remedies]).replace("|", "\\|").replace("\n", "<br>")


def _code(value: Value) -> str:
    """In a cell of a table, which ends at a bar even within code."""
    return "`" + str(value).replace("|", "\\|").replace("\n", " ") + "`"


def as_json(review: Review, approval: str) -> str:
    """A review for programs."""
    change = review.change
    told = {
        "environment": change.environment,
        "kind": change.kind,
        "brings": change.brings,
        "base": review.base,
        "approval": approval,
        "gates": [
            {"name": check.name, "passed": check.passed, "said": check.said, "remedies": list(check.remedies)}
            for check in review.checks
        ],
        "settings": {path: {"old": old, "new": new} for path, (old, new) in sorted(change.plan.changes.items())},
        "absent": sorted(change.plan.absent),
        "extra": sorted(change.plan.extra),
        "under_way": review.under_way.release.id if review.under_way else None,
        "migrations": review.migrations,
        "irreversible": review.irreversible,
        "verdict": review.report.verdict,
        "report": json.loads(document.render(review.report)),
    }
    return json.dumps(told, indent=2, sort_keys=True) + "\n"


def left_behind(release: Release, phase: Phase) -> str:
    """What is live of a release that stopped, and what no rollback takes back."""
    lines = [f"Release {release.id} of {release.environment}: {STANDS[phase]}."]
    if phase not in UNTOUCHED:
        if release.migrations:
            lines.append(f"Migrations of {listed(release.migrations)} may have run; no rollback takes them back.")
        lines += [f"Not to be taken back: {line}." for line in release.irreversible]
    return "\n".join(lines)


def kept(message: str) -> str:
    """What of an error is written down and sent: without the lines that a task wrote last, and what looks secret."""
    lines = [line for line in message.splitlines() if not line.startswith(" ")]
    return Redaction(()).text("\n".join(lines))


def refused(review: Review) -> Failure:
    """The gates that are shut, as an error."""
    shut = review.shut
    lines = [f"{len(shut)} of {len(review.checks)} gates are shut:" if len(shut) > 1 else "a gate is shut:"]
    lines += [f"{check.name}: {check.said}" for check in shut]
    remedies = [remedy for check in shut for remedy in check.remedies]
    return Failure("\n".join(lines), tuple(dict.fromkeys(remedies)))
