"""The text at the end of an operation."""

from __future__ import annotations

import json
import time

from ..operation import Outcome
from ..reporter import Diagnostic, Violation
from ..serialize import masked
from ..urns import urn_name, urn_type
from ..values import UNKNOWN_TEXT
from .tree import tree
from .words import COUNTED, DONE, MARKS, PLANNED


def report(outcome: Outcome, *, dry_run: bool, diff: bool, outputs: bool) -> str:
    """Tree of changes, diagnostics, policies, outputs, counts."""
    reporter = outcome.reporter
    parts = [tree(reporter.steps, dry_run=dry_run, diff=diff), ""]
    parts += _diagnostics(reporter.diagnostics)
    parts += _policies(outcome)
    if outputs:
        parts += _outputs(outcome)
    parts += _resources(outcome, dry_run=dry_run)
    parts.append(f"Duration: {time.monotonic() - reporter.started:.1f}s")
    return "\n".join(parts)


def _diagnostics(diagnostics: list[Diagnostic]) -> list[str]:
    if not diagnostics:
        return []
    lines = ["Diagnostics:"]
    for urn in dict.fromkeys(found.urn for found in diagnostics):
        lines.append(f"  {urn_type(urn)} ({urn_name(urn)}):" if urn else "  global:")
        for found in diagnostics:
            if found.urn == urn:
                prefix = f"{found.severity}: " if found.severity in ("warning", "error") else ""
                lines.append("    " + (prefix + found.message.rstrip()).replace("\n", "\n    "))
    return [*lines, ""]


def _policies(outcome: Outcome) -> list[str]:
    if not outcome.packs:
        return []
    lines = ["Policies:"]
    for pack in outcome.packs:
        mine = [found for found in outcome.reporter.violations if found.pack == pack.name]
        mine.sort(key=lambda found: (found.level != "mandatory", found.policy, found.urn))
        failed = pack.broken or any(found.level == "mandatory" for found in mine)
        sign = "❌" if failed else "⚠️" if mine else "✅"
        version = f"@v{pack.version}" if pack.version else ""
        lines.append(f"    {sign} {pack.name}{version} (local: {pack.path})")
        for violation in mine:
            lines += _violation(outcome, violation)
    return [*lines, ""]


def _violation(outcome: Outcome, violation: Violation) -> list[str]:
    where = f"({urn_type(violation.urn)}: {urn_name(violation.urn)})"
    message = outcome.reporter.redactor.clean(violation.message).replace("\n", "\n          ")
    return [f"        - [{violation.level}]  {violation.policy}  {where}", f"          {message}"]


def _outputs(outcome: Outcome) -> list[str]:
    shown = masked(outcome.outputs())
    if not shown:
        return []
    lines = ["Outputs:"]
    for key, value in sorted(shown.items()):
        text = json.dumps(value, ensure_ascii=False).replace(f'"{UNKNOWN_TEXT}"', "(known after apply)")
        lines.append(f"    {key}: {text}")
    return [*lines, ""]


def _resources(outcome: Outcome, *, dry_run: bool) -> list[str]:
    changes = outcome.reporter.changes
    words = PLANNED if dry_run else DONE
    lines = ["Resources:"]
    for operation in COUNTED:
        if changes.get(operation):
            lines.append(f"    {MARKS[operation]} {changes[operation]} {words[operation]}")
    same = changes.get("same", 0)
    if same:
        lines.append(f"    {same} unchanged")
    if len(lines) == 1:
        lines.append("    none")
    return [*lines, ""]
