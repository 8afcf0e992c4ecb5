"""What a run did, what the policies say, the outputs, and what to try next."""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from operations.access import Matrix
from operations.changes import Run, short_type
from operations.cost import Estimate, Line, prices, prices_of
from operations.errors import Invocation
from operations.events import PolicyViolation
from operations.policies import RuleResult
from operations.program_name import headroom
from operations.progress import elapsed
from policies.judging import read_message
from policies.verdict import Outcome

RULES_WIDTH = 110
"""Columns of the names of rules that are kept."""
WHY = re.compile(r"Why: ")
"""Begins the line of a finding that is the same for all of a rule."""
CHEAP = 3.0
"""Below this many dollars a month, equal things are told in one line."""
DONE = {
    "create": "created",
    "update": "updated",
    "replace": "replaced",
    "delete": "deleted",
    "import": "imported",
    "refresh": "refreshed",
}


def did(run: Run) -> str:
    """`60 created, 1 updated, 20 unchanged`; counts what is finished."""
    found = run.count(lambda change: change.done and not change.quiet)
    still = sum(1 for change in run.resources if change.quiet)
    words = [f"{found[op]} {word}" for op, word in DONE.items() if found.get(op)]
    words += [f"{number} {op}" for op, number in sorted(found.items()) if op not in DONE]
    return ", ".join([*words, *([f"{still} unchanged"] if still else [])]) or "no resource changed"


def up(run: Run, invocation: Invocation, seconds: float) -> Text:
    """The first line after an `up` that went well."""
    name = invocation.environment
    if not run.changed:
        return Text(f"Nothing changed: {settled(run, name)}, in {elapsed(seconds)}.", style="green")
    return Text(f"{name} is up: {did(run)}, in {elapsed(seconds)}.", style="bold green")


def down(run: Run, invocation: Invocation, seconds: float) -> Text:
    """The first line after a `down` that went well."""
    if not run.changed:
        return Text(f"Nothing to delete: {invocation.environment} holds no resources.", style="green")
    return Text(f"{invocation.environment} is down: {did(run)}, in {elapsed(seconds)}.", style="bold green")


def failed(run: Run, environment: str, again: str, seconds: float) -> Text | None:
    """The line before the errors of a run that stopped half way, with the command that goes on; None when it did
    nothing."""
    if not any(change.done and not change.quiet for change in run.resources):
        return None
    return Text(
        f"{environment} is half way: {did(run)}, in {elapsed(seconds)}. That is kept; {again} goes on from there.",
        style="bold yellow",
    )


def settled(run: Run, name: str) -> str:
    """`dev is as its settings say, with 128 resources`."""
    number = len(run.resources)
    return f"{name} is as its settings say, with {number} {'resource' if number == 1 else 'resources'}"


def policies(found: Sequence[RuleResult]) -> Iterator[Text]:
    """What rules found, the worst first, and the names of those that are kept."""
    if not found:
        return
    broken = sum(result.breaches for result in found)
    remarks = sum(len(result.violations) for result in found) - broken
    verdict = [f"{broken} broken"] if broken else []
    verdict += [f"{remarks} to look at"] if remarks else []
    yield Text(f"Policies: {', '.join(verdict) or 'all kept'}", style="bold")
    for result in sorted(found, key=lambda result: not result.breaches):
        if result.violations:
            yield from _rule(result)
    for level in dict.fromkeys(sorted((result.level for result in found), key="mandatory".__ne__)):
        yield from _kept(level, [result.rule for result in found if result.level == level and not result.violations])


def _kept(level: str, rules: Sequence[str]) -> Iterator[Text]:
    head = f"  ✓ {level.ljust(len('mandatory'))}  "
    for line in textwrap.wrap(", ".join(rules), RULES_WIDTH - len(head), break_on_hyphens=False):
        yield Text(head, style="green").append(line, style="default")
        head = " " * len(head)


def _rule(result: RuleResult) -> Iterator[Text]:
    mark, style = ("✗", "bold red") if result.breaches else ("!", "yellow")
    text = Text(f"  {mark} ", style=style).append(result.rule, style="default").append(f"  {result.level}", style="dim")
    told = [(violation, *read_message(violation.message)) for violation in result.violations]
    apart = [violation for violation, place, _ in told if not place.where]
    yield text
    for violation in apart:
        yield from _in_its_words(violation, style)
    together: dict[tuple[str, str, str], list[str]] = {}
    for violation, place, outcome in told:
        if place.where:
            kind, name = _label(violation.urn)
            still = " (cannot be told yet)" if outcome is Outcome.UNDETERMINED else ""
            what = f"{place.where}: {place.what}{still}"
            together.setdefault((short_type(kind), what, place.remedy), []).append(name)
    for (kind, what, remedy), names in together.items():
        yield Text(f"      {kind} {', '.join(sorted(set(names)))}, {what}", style=style)
        yield Text(f"        Remedy: {remedy}", style="dim")
    reasons = dict.fromkeys(line for one in result.violations for line in one.message.splitlines() if WHY.match(line))
    yield from (Text(f"      {reason}", style="dim") for reason in reasons)


def _in_its_words(violation: PolicyViolation, style: str) -> Iterator[Text]:
    """A finding of a policy that speaks in another way than ours."""
    kind, name = _label(violation.urn)
    where = f"{short_type(kind)} {name}: " if name else ""
    first, *rest = (violation.message.strip() or "no reason given").splitlines()
    yield Text(f"      {where}{first}", style=style)
    yield from (Text(f"        {line.strip()}", style="dim") for line in rest if line.strip())


def _label(urn: str) -> tuple[str, str]:
    parts = urn.split("::")
    return (parts[2].rsplit("$", 1)[-1], parts[-1]) if len(parts) > 3 else ("", "")


def outputs(values: Mapping[str, Any]) -> Iterator[Text]:
    """Outputs by name; nested ones indented; secrets as the engine masks them."""
    if values:
        yield Text("Outputs", style="bold")
        yield from _outputs(values, 1)


def _outputs(values: Mapping[str, Any], indent: int) -> Iterator[Text]:
    width = max(len(str(name)) for name in values)
    for name, value in sorted(values.items()):
        pad = "  " * indent
        if isinstance(value, Mapping) and value:
            yield Text(f"{pad}{name}", style="cyan")
            yield from _outputs(value, indent + 1)
        else:
            text = Text(f"{pad}{str(name).ljust(width)}  ", style="cyan")
            text.append(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False), style="default")
            yield text


def access(found: Matrix, width: int) -> Iterator[Text]:
    """Services by resources as a table, in several blocks where not all fit side by side; a line for each other."""
    first = max(len(label) for label in found.cells)
    columns = {name: max(len(name), *(len(row[name]) for row in found.cells.values())) for name in found.services}
    for block in _fitting(columns, width - first):
        yield Text(" " * first + "".join(f"  {name.ljust(columns[name])}" for name in block), style="bold")
        for label, row in found.cells.items():
            line = Text(label.ljust(first), style="cyan")
            for name in block:
                style = {"none": "dim", "read": "green"}.get(row[name], "yellow")
                line.append(f"  {row[name].ljust(columns[name])}", style=style)
            line.rstrip()
            yield line
        yield Text("")
    for name in found.others:
        yield Text(name, style="bold")
        for verb in ("read", "write", "read-write"):
            reached = [label for label, row in found.cells.items() if row[name] == verb]
            if reached:
                yield Text(f"  {verb}: {', '.join(reached)}")
    for policy in found.unread:
        yield Text(f"not evaluated, the stack does not hold its document: {policy}", style="red")


def cost(found: Estimate) -> Iterator[Text]:
    """What is paid for, dearest first; the same price for several is one line."""
    groups: dict[str, list[Line]] = {}
    for line in found.lines:
        if line.monthly:
            groups.setdefault(line.how if line.monthly < CHEAP else f"{line.what}: {line.how}", []).append(line)
    ordered = sorted(groups.items(), key=lambda group: -sum(line.monthly for line in group[1]))
    for how, lines in ordered:
        many = f"{len(lines)} x " if len(lines) > 1 else ""
        yield Text(f"{sum(line.monthly for line in lines):>10.2f}  {many}{how}")
    listed = prices()
    yield Text(f"{found.monthly:>10.2f}  US dollars a month", style="bold")
    yield Text(f"{listed['note']} {prices_of(found.region)}", style="dim")
    if found.by_use:
        yield Text("Paid by use, not in the sum:", style="dim")
    for kind, paid in sorted(found.by_use.items()):
        yield Text(f"  {short_type(kind)}: {paid}", style="dim")
    if found.unpriced:
        yield Text(f"No price known, not in the sum: {', '.join(found.unpriced)}", style="yellow")


def _fitting(columns: Mapping[str, int], width: int) -> Iterator[list[str]]:
    block: list[str] = []
    for name, wide in columns.items():
        if block and sum(columns[other] + 2 for other in block) + wide + 2 > width:
            yield block
            block = []
        block.append(name)
    if block:
        yield block


def next_steps(steps: Sequence[tuple[str, str]]) -> Iterator[Text]:
    """Commands to try, each with what it does."""
    if not steps:
        return
    yield Text("Next", style="bold")
    width = max(len(command) for command, _ in steps)
    for command, meaning in steps:
        text = Text("  ")
        text.append(command.ljust(width), style="cyan")
        text.append(f"  {meaning}", style="dim")
        yield text


def after_up(invocation: Invocation, environments: Sequence[str]) -> list[tuple[str, str]]:
    """What to try once an environment is up."""
    name = invocation.environment
    later = environments[environments.index(name) + 1 :] if name in environments else []
    steps = [(f"edit Pulumi.{name}.yaml", "change a setting, such as a service's max_count, and then:")]
    steps.append((invocation.command("preview"), "what that would change, before anything does"))
    if later:
        following = Invocation(environment=later[-1], offline=invocation.offline)
        steps.append((following.command("preview"), f"the whole {later[-1]} stack as a diff"))
    if invocation.offline:
        steps.append((f'eval "$({headroom("offline", "env", name)})"', "point boto3 or the AWS CLI at this account"))
    steps.append((invocation.command("down"), "delete everything in this environment"))
    return steps
