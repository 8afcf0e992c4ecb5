"""The report as GitHub's Markdown, for a comment on a pull request or a job's summary.

What matters first comes first, and stays: where it grows too long, detail is shed in a fixed order (`SHED`), and the
report says what was left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from operations.changes import across
from operations.preview import MARK, together
from operations.report.markup import capital, code, fenced, folded, plain
from operations.report.model import Finding, Item, Line, Loss, Report, Row, StackReport
from operations.words import listed

LIMIT: Final = 65_536
"""Characters of a comment on GitHub: github.com/mattermost/mattermost-server/pull/14027 quotes its error."""
ROOM: Final = 512
"""Characters kept free for who posts it."""
MOST: Final = 60
"""Endangered resources, errors and the like that are listed one by one even in the shortest report."""
SHED: Final = (
    "",
    "values longer than 88 characters",
    "property differences of updates beyond the first fifty in an environment",
    "narrower permissions and old findings",
    "all property differences",
    "resources that are the same in all environments",
    "all resources one by one",
    "wider permissions and advisory findings beyond the first hundred",
    "wider permissions and advisory findings beyond the first ten",
)
"""What each further step leaves out."""
MOST_BY_STEP: Final = {7: 100, 8: 10}
"""Step -> entries that are left of the lists that it cuts."""
MOST_DETAILS: Final = 50
"""Resources of an environment whose differences are left by the step that cuts them; the weightiest come first."""
OPENED: Final = 12
"""Entries of a list that is shown unfolded."""
SHORT_VALUE: Final = 88

LIGHT: Final = {"nothing": "🟢", "changes": "🟡", "guarded": "🔴", "error": "🔴"}
HEADLINE: Final = {
    "nothing": "Nothing changes",
    "changes": "Changes",
    "guarded": "Data is endangered",
    "error": "This can't be applied",
}
DANGER: Final = {
    "replace": "would be **replaced**",
    "delete": "would be **deleted**",
    "unknown": "**may be replaced**: nobody can rule it out",
    "unprotect": "would **lose its protection**",
}
WORDS: Final = {"create": "create", "update": "update", "replace": "replace", "delete": "delete", "import": "import"}


def render(report: Report, limit: int = LIMIT - ROOM) -> str:
    """The whole report, or as much of it as fits into `limit` characters."""
    for shed in range(len(SHED)):
        text = "\n".join(_written(report, shed)).rstrip("\n") + "\n"
        if len(text) <= limit:
            return text
    note = "\n\nThe rest does not fit here.\n"
    return text[: limit - len(note)].rsplit("\n", 1)[0] + note


def _written(report: Report, shed: int) -> Iterator[str]:
    yield f"## {LIGHT[report.verdict]} {HEADLINE[report.verdict]}"
    yield ""
    yield _summary(report)
    yield ""
    yield from _table(report)
    yield from _errors(report)
    yield from _losses(report)
    yield from _wider(report, shed)
    yield from _findings(report, shed)
    yield from _costs(report)
    yield from _rows(report, shed)
    for stack in report.stacks:
        yield from _details(stack, shed)
    yield from _notices(report)
    yield from _end(report, shed)


def _summary(report: Report) -> str:
    names = listed([stack.environment for stack in report.stacks])
    open_losses = [loss for stack in report.stacks for loss in stack.losses if not loss.approved]
    if report.verdict == "nothing":
        return f"The settings and the program say of {names} what is there already."
    if report.verdict == "error":
        failed = [stack.environment for stack in report.stacks if stack.error]
        broken = [stack.environment for stack in report.stacks if stack.breaches and not stack.error]
        said = [f"the preview of {listed(failed)} fails"] if failed else []
        said += [f"a mandatory policy is not kept in {listed(broken)}"] if broken else []
        return f"{capital('; '.join(said))}."
    if report.verdict == "guarded":
        count = len(open_losses)
        return (
            f"{count} resource{'s' if count > 1 else ''} with data would be lost or left open, and nothing approves it."
        )
    changed = [stack.environment for stack in report.stacks if stack.items]
    return f"{capital(listed(changed) or names)} would change; nothing that holds data is endangered unapproved."


def _table(report: Report) -> Iterator[str]:
    yield "| environment | create | update | replace | delete | other | unchanged | policies | a month |"
    yield "|---|--:|--:|--:|--:|--:|--:|---|--:|"
    for stack in report.stacks:
        counts = {op: sum(1 for item in stack.items if item.op == op) for op in WORDS if op != "import"}
        other = len(stack.items) - sum(counts.values())
        numbers = [*counts.values(), other]
        cells = [str(number) if number else "" for number in numbers]
        if stack.error:
            cells = ["?"] * len(cells)
        cost = _money(stack)
        yield f"| **{stack.environment}** | {' | '.join(cells)} | {stack.unchanged or ''} | {_kept(stack)} | {cost} |"
    yield ""


def _kept(stack: StackReport) -> str:
    if stack.error:
        return "not looked at"
    breaches, others = len(stack.breaches), len(stack.findings) - len(stack.breaches)
    said = [f"🔴 {breaches} not kept"] if breaches else []
    said += [f"🟡 {others} to look at"] if others else []
    return ", ".join(said) or "kept"


def _money(stack: StackReport) -> str:
    if stack.cost is None:
        return ""
    change = stack.cost.after - stack.cost.before
    sign = "+" if change > 0 else "-" if change < 0 else "±"
    return f"{sign}${abs(change):,.2f}"


def _errors(report: Report) -> Iterator[str]:
    for stack in report.stacks:
        if stack.error:
            yield f"### {stack.environment} could not be previewed"
            yield from fenced(stack.error.splitlines()[:MOST])
            yield ""
        if stack.incomplete:
            yield f"**{stack.environment}**: {plain(stack.incomplete)}."
            yield ""


def _losses(report: Report) -> Iterator[str]:
    found = [(stack.environment, loss) for stack in report.stacks for loss in stack.losses]
    if not found and not report.stray_approvals:
        return
    yield "### Data"
    for environment, loss in found[:MOST]:
        yield from _loss(environment, loss)
    if len(found) > MOST:
        yield f"- and {len(found) - MOST} more"
    for approval in report.stray_approvals[:MOST]:
        yield f"- 🟡 approved, but not endangered: {code(approval)}"
    yield ""


def _loss(environment: str, loss: Loss) -> Iterator[str]:
    because = f", because of {listed([code(cause) for cause in loss.causes])}" if loss.causes else ""
    state = "✅ approved:" if loss.approved else "🔴"
    yield f"- {state} **{environment}**: {code(loss.label)} {DANGER[loss.danger]}{because}. It holds {loss.holds}."
    yield f"  - {'; '.join(loss.protection) or 'nothing stands against it, and no copy is kept'}"
    if loss.lowered:
        yield f"  - the same change takes protection away: {listed([code(name) for name in loss.lowered])}"
    if not loss.approved:
        yield f"  - to approve it, put this line into the pull request's text: {code(loss.approval)}"


def _wider(report: Report, shed: int) -> Iterator[str]:
    told = _grouped(report, lambda item: [m.text for m in item.meanings if m.wider and not item.pending])
    narrower = _grouped(report, lambda item: [m.text for m in item.meanings if not m.wider and not item.pending])
    if not told and not narrower:
        return
    yield f"### Permissions and network: {len(told)} wider, {len(narrower)} narrower"
    lines = [f"- {_where(report, names)}{text}" for text, names in told.items()]
    yield from folded("Wider", _first(lines, shed), opened=len(told) <= OPENED)
    if shed < 3 and narrower:
        lines = [f"- {_where(report, names)}{text}" for text, names in narrower.items()]
        yield from folded("Narrower", lines, opened=False)
    yield ""


def _first(lines: Sequence[str], shed: int) -> list[str]:
    """As many as the step of shedding leaves, and how many there are more."""
    most = MOST_BY_STEP.get(shed, len(lines))
    return [*lines[:most], *([f"- and {len(lines) - most} more"] if len(lines) > most else [])]


def _grouped(report: Report, texts: Callable[[Item], Sequence[str]]) -> dict[str, list[str]]:
    """Text -> environments, so that what is the same in all is said once."""
    found: dict[str, list[str]] = {}
    for stack in report.stacks:
        for text in dict.fromkeys(text for item in stack.items for text in texts(item)):
            found.setdefault(text, []).append(stack.environment)
    return {plain(text, spans=True): names for text, names in found.items()}


def _where(report: Report, names: Sequence[str]) -> str:
    return "" if len(names) == len(report.stacks) else f"**{listed(names)}**: "


def _findings(report: Report, shed: int) -> Iterator[str]:
    found: dict[tuple[str, str, str], list[tuple[str, Finding]]] = {}
    for stack in report.stacks:
        for finding in stack.findings:
            found.setdefault((finding.rule, finding.level, finding.message), []).append((stack.environment, finding))
    if not found:
        return
    new = [group for group in found.values() if any(finding.new for _, finding in group)]
    old = [group for group in found.values() if not any(finding.new for _, finding in group)]
    yield f"### Policies: {_resources(new)} {'new' if report.base else 'not kept'}{_old(old)}"
    stopping = [group for group in new if group[0][1].level == "mandatory"]
    yield from (line for group in stopping[:MOST] for line in _finding(report, group))
    advisory = [group for group in new if group not in stopping]
    if advisory:
        told = ["\n".join(_finding(report, group)) for group in advisory]
        yield from folded(f"{_resources(advisory)} advisory", _first(told, shed), opened=False)
    if shed < 3 and old:
        lines = [line for group in old for line in _finding(report, group)]
        yield from folded(f"{_resources(old)} old, which the base has as well", lines, opened=False)
    yield ""


def _old(groups: Sequence[Sequence[tuple[str, Finding]]]) -> str:
    return f", {_resources(groups)} old" if groups else ""


def _resources(groups: Sequence[Sequence[tuple[str, Finding]]]) -> int:
    return sum(len({across(finding.urn) for _, finding in group}) for group in groups)


def _finding(report: Report, group: Sequence[tuple[str, Finding]]) -> Iterator[str]:
    """The same breach of one rule, with all resources that have it."""
    first = group[0][1]
    mark = "🔴" if first.level == "mandatory" else "🟡"
    where = _where(report, list(dict.fromkeys(environment for environment, _ in group)))
    names = sorted({finding.urn.rsplit("::", 1)[-1] for _, finding in group if finding.urn})
    name = f" on {code(together(names))}" if names else ""
    lines = [line.strip() for line in first.message.splitlines() if line.strip()]
    yield f"- {mark} {where}{code(first.rule)}{name}: {plain(lines[0] if lines else '')}"
    yield from (f"  - {plain(line)}" for line in lines[1:])


def _costs(report: Report) -> Iterator[str]:
    stacks = [stack for stack in report.stacks if stack.cost and stack.cost.told]
    if not stacks:
        return
    yield "### Cost a month, before anybody uses it"
    for stack in stacks:
        assert stack.cost is not None
        cost = stack.cost
        lines = [f"- {code(line.what)}: ${line.before:,.2f} → ${line.after:,.2f}" for line in cost.lines[:MOST]]
        if len(cost.lines) > MOST:
            lines.append(f"- and {len(cost.lines) - MOST} more")
        lines += [f"- paid by use: {plain(what)}" for what in cost.by_use]
        lines += [f"- no price is known of {code(what)}" for what in cost.unpriced[:MOST]]
        if len(cost.unpriced) > MOST:
            lines.append(f"- nor of {len(cost.unpriced) - MOST} more")
        title = f"{stack.environment}: ${cost.before:,.2f} → ${cost.after:,.2f} ({_money(stack)})"
        yield from folded(title, lines, opened=False)
    yield ""
    yield from dict.fromkeys(plain(stack.cost.basis) for stack in stacks if stack.cost and stack.cost.basis)
    yield ""


SPREAD: Final = {
    "differs": "Not the same in all environments",
    "only": "In one environment only",
    "same": "The same in all environments",
}


def _rows(report: Report, shed: int) -> Iterator[str]:
    if not report.rows:
        return
    yield "### Resources"
    names = [stack.environment for stack in report.stacks]
    titles = SPREAD if len(names) > 1 else {"same": "Changed"}
    for spread, title in titles.items():
        rows = [row for row in report.rows if row.spread == spread]
        if not rows:
            continue
        if shed >= 6 or (shed >= 5 and spread == "same" and len(names) > 1):
            yield f"{title}: {len(rows)}"
            yield ""
            continue
        table = ["", f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
        table += [_row(group, names) for group in _alike(rows)]
        yield from folded(f"{title}: {len(rows)}", [*table, ""], opened=len(rows) <= 10)
    yield ""


def _alike(rows: Sequence[Row]) -> list[list[Row]]:
    """Resources of one component that undergo the same are one row."""
    groups: dict[tuple[object, ...], list[Row]] = {}
    for row in rows:
        kind = row.label.split(" ", 1)[0]
        groups.setdefault((kind, tuple(row.component), tuple(sorted(row.ops.items()))), []).append(row)
    return list(groups.values())


def _row(group: Sequence[Row], names: Sequence[str]) -> str:
    first = group[0]
    kind = first.label.split(" ", 1)[0]
    label = code(f"{kind} {together([row.label.split(' ', 1)[-1] for row in group])}".replace("|", "¦"))
    inside = f" in {' / '.join(first.component)}" if first.component else ""
    return f"| {label}{plain(inside)} | {' | '.join(first.ops.get(name, '') for name in names)} |"


def _details(stack: StackReport, shed: int) -> Iterator[str]:
    """What differs in each resource; what is new or gone is named above."""
    items = [item for item in stack.items if item.lines]
    if shed >= 4 or not items:
        return
    weight = {"replace": 1, "update": 2}
    items.sort(key=lambda item: 0 if item.loss or item.findings else weight.get(item.op, 3))
    told = items if shed < 2 else items[:MOST_DETAILS]
    lines = [line for item in told for line in _item(item, shed)]
    if len(told) < len(items):
        lines += ["", f"and {len(items) - len(told)} more"]
    yield from folded(f"{stack.environment}: what differs in {len(items)} resources", lines, opened=False)
    yield ""


def _item(item: Item, shed: int) -> Iterator[str]:
    pending = " (pending already)" if item.pending else ""
    inside = f" in {' / '.join(item.component)}" if item.component else ""
    yield ""
    yield f"{MARK.get(item.op, '*')} {code(item.label)}{plain(inside)}: {item.op}{pending}"
    yield from fenced([text for line in item.lines for text in _difference(line, shed)], "diff")


def _difference(line: Line, shed: int) -> Iterator[str]:
    forced = "  # forces the replacement" if line.replaces else ""
    if not line.old and not line.new:
        yield f"! {line.path}{forced}"
    if line.old:
        yield f"- {line.path}: {_short(line.old, shed)}{'' if line.new else forced}"
    if line.new:
        yield f"+ {line.path}: {_short(line.new, shed)}{forced}"


def _short(text: str, shed: int) -> str:
    return text if shed < 1 or len(text) <= SHORT_VALUE else f"{text[: SHORT_VALUE - 1]}…"


def _notices(report: Report) -> Iterator[str]:
    found: dict[str, list[str]] = {}
    for stack in report.stacks:
        for notice in stack.notices:
            found.setdefault(notice, []).append(stack.environment)
    if found:
        lines = [f"- {_where(report, names)}{plain(text)}" for text, names in list(found.items())[:MOST]]
        yield from folded(f"{len(found)} notices of the program", lines, opened=False)
        yield ""


def _end(report: Report, shed: int) -> Iterator[str]:
    if shed:
        left_out = "; ".join(SHED[1 : shed + 1])
        yield f"Left out here, as it would not fit: {left_out}. The whole report: `headroom report --format html`."
        yield ""
    for environment, problem in report.base_problems.items():
        yield f"Nothing is told apart as old or pending in {environment}: {plain(problem.splitlines()[0])}"
        yield ""
    said = [f"of {report.commit[:12]}"] if report.commit else []
    said += [f"against {report.base[:12]}"] if report.base else []
    if said:
        yield f"<sub>{' '.join(said)}</sub>"
