"""Which policies looked at a run, at which level, and what they found."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from operations.changes import Run
from operations.events import PolicyViolation


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """One rule's result over a whole stack."""

    rule: str
    level: str
    """advisory, mandatory or remediate; mandatory stops an `up`."""
    violations: tuple[PolicyViolation, ...] = ()
    """What it found; a mandatory rule also reports as advisory, where it can't tell yet."""

    @property
    def breaches(self) -> int:
        """Findings that stop an `up`."""
        return sum(1 for violation in self.violations if violation.level == "mandatory")


def results(run: Run, config: Path) -> list[RuleResult]:
    """Every rule that was on, by name; empty when no policy pack came to look."""
    if not (run.summary and run.summary.packs) and not run.checked and not run.violations:
        return []
    levels = _levels(config)
    names = {rule for rules in run.checked.values() for rule in rules}
    names |= {violation.rule for violation in run.violations}
    names |= {rule for rule, level in levels.items() if level != "disabled"}
    return [_result(rule, run, levels) for rule in sorted(names)]


def _result(rule: str, run: Run, levels: dict[str, str]) -> RuleResult:
    violations = tuple(violation for violation in run.violations if violation.rule == rule)
    found = violations[0].level if violations else "advisory"
    level = levels.get(rule, found)
    return RuleResult(rule=rule, level=level, violations=violations)


def _levels(config: Path) -> dict[str, str]:
    """Rule -> level, from a policy pack's configuration: a word, or an object with enforcementLevel."""
    try:
        document = json.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    levels = {}
    for rule, value in document.items() if isinstance(document, dict) else ():
        level = value.get("enforcementLevel") if isinstance(value, dict) else value
        if isinstance(level, str) and rule != "all":
            levels[rule] = level
    return levels
