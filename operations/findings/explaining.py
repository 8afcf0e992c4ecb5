"""What there is to say of a rule: why it exists, what it judges, how it counts where, how to mend and to except."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from operations.changes import short_type
from policies.known_after import read_known_after
from policies.levels import Setting, Settings
from policies.rule import ResourceRule, Rule

REMEDIES = Path(__file__).resolve().parents[2] / "policies" / "remedies.json"
"""Made from the rules' failing cases by `make docs`."""


def remedies() -> Mapping[str, Sequence[str]]:
    """What each rule says to whoever breaks it, by rule."""
    found: dict[str, list[str]] = json.loads(REMEDIES.read_text(encoding="utf-8"))
    return found


def listed(rules: Sequence[Rule], levels: Mapping[str, Settings]) -> Iterator[Text]:
    """A line for each rule: its id, its level in each environment, and what holds where it passes."""
    width = max(len(rule.id) for rule in rules)
    columns = {name: max(len(name), len("mandatory")) for name in levels}
    heads = "".join(f"  {name.ljust(size)}" for name, size in columns.items())
    yield Text(f"{'rule'.ljust(width)}{heads}", style="bold")
    for rule in rules:
        line = Text(rule.id.ljust(width))
        for name, size in columns.items():
            level = levels[name].get(rule.id, Setting()).level
            line.append(f"  {level.ljust(size)}", style="default" if level == "mandatory" else "dim")
        line.append(f"  {rule.title}", style="dim")
        yield line


def as_json(rules: Sequence[Rule], levels: Mapping[str, Settings]) -> str:
    """The same for programs."""
    return json.dumps([_document(rule, levels) for rule in rules], indent=2) + "\n"


def _document(rule: Rule, levels: Mapping[str, Settings]) -> Mapping[str, Any]:
    return {
        "rule": rule.id,
        "title": rule.title,
        "why": rule.why,
        "severity": rule.severity,
        "judges": "resource" if isinstance(rule, ResourceRule) else "stack",
        "types": sorted(rule.types),
        "references": list(rule.references),
        "levels": {
            name: {
                "level": settings.get(rule.id, Setting()).level,
                "undetermined": "fail" if settings.get(rule.id, Setting()).undetermined_fails else "advise",
                "exceptions": "accept" if settings.get(rule.id, Setting()).takes_exceptions else "refuse",
            }
            for name, settings in levels.items()
        },
    }


def explained(rule: Rule, levels: Mapping[str, Settings]) -> Iterator[Text]:
    """All of one rule."""
    yield Text(f"{rule.id}: {rule.title}", style="bold")
    yield from _block("Why", *(" ".join(part.split()) for part in (inspect.getdoc(rule.check) or "").split("\n\n")))
    when = "by the inputs of each, before it is made" if isinstance(rule, ResourceRule) else "by the whole stack"
    yield from _block("Judges", f"{', '.join(kinds(rule))}, {when}")
    yield from _block("Severity", f"{rule.severity}; also known as {'; '.join(rule.references)}")
    yield from _block("Level", *(f"{name}: {counted(settings, rule)}" for name, settings in levels.items()))
    yield from _block("Mend", *(remedies().get(rule.id) or ["as each finding says"]))
    later = [entry for entry in read_known_after().values() if entry.type in rule.types]
    if later:
        words = (f"{short_type(entry.type)}, {entry.property}: {entry.why}" for entry in later)
        yield from _block("Known only after creation", *words)
    yield from _block("Except", *exception(rule, levels))


def kinds(rule: Rule) -> list[str]:
    """What a rule judges, as programs write it; of Kubernetes the kinds, whichever versions of its API there are."""
    words = {token.rpartition(":")[2] if token.startswith("kubernetes:") else short_type(token) for token in rule.types}
    return sorted(words)


def counted(settings: Settings, rule: Rule) -> str:
    """`mandatory; what cannot be told fails; takes no exceptions`."""
    setting = settings.get(rule.id, Setting())
    words: list[str] = [setting.level]
    if setting.level != "disabled":
        words += ["what cannot be told fails"] if setting.undetermined_fails else []
        words += [] if setting.takes_exceptions else ["takes no exceptions"]
    return "; ".join(words)


def exception(rule: Rule, levels: Mapping[str, Settings]) -> Iterator[str]:
    """How to except a resource from a rule for a time."""
    open_to = [name for name, settings in levels.items() if settings.get(rule.id, Setting()).takes_exceptions]
    if not open_to:
        yield "no environment takes exceptions to it"
        return
    yield f"in {' and '.join(open_to)}, by an entry in policies/exceptions.yaml:"
    yield f"  - rule: {rule.id}"
    yield f'    urn: "urn:pulumi:{open_to[0]}::headroom::*::NAME"'
    yield "    reason: why it may be so"
    yield "    owner: who answers for it"
    yield "    expires: YYYY-MM-DD, within a year"


def _block(title: str, *lines: str) -> Iterator[Text]:
    yield Text(f"  {title}", style="cyan")
    yield from (Text(f"    {line}") for line in lines)
