"""What rules find, told alike whoever asked them: an engine in a run, or the rules themselves on an exported state."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from operations.changes import across
from operations.events import PolicyViolation
from operations.findings.origin import Origin, Sources
from policies.judging import Finding, read_message
from policies.rule import Rule
from policies.verdict import Outcome, Place
from policies.waivers import EXCEPTIONS_POLICY

FINGERPRINT_LENGTH = 32
"""Hexadecimal digits."""

_RANDOM = re.compile(r"(?<![0-9A-Za-z])(?=[0-9a-f]*[0-9])[0-9a-f]{7,}(?![0-9A-Za-z])")
"""What generators put into names: seven digits of a hash, or more."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """One place that breaks a rule, or leaves it open."""

    rule: str
    title: str
    """What should hold; empty for a policy that is none of the pack's."""
    level: Literal["advisory", "mandatory"]
    """A mandatory one stops an `up`."""
    open: bool
    """Whether it cannot be told yet."""
    urn: str
    """The resource; empty for the whole stack."""
    place: Place
    """Where, what and how to mend it."""
    why: str
    origin: Origin
    fingerprint: str
    """The same as long as it is the same breach, whatever else changes; differs by environment."""
    exception: str = ""
    """The exception that excuses it; then it counts nothing."""

    @property
    def counts(self) -> bool:
        """Whether it stops an `up`."""
        return self.level == "mandatory" and not self.exception


@dataclass(frozen=True, kw_only=True)
class Findings:
    """All that is told of one environment."""

    environment: str
    source: str
    """What was looked at: a file, or `preview`."""
    found: Sequence[Found]
    exceptions: Sequence[str]
    """A line for each."""
    levels: Mapping[str, str]
    """Level of every rule in this environment."""
    known: int = 0
    """Findings that the base had, too, and that are left out here."""

    @property
    def breaches(self) -> list[Found]:
        """What stops an `up`."""
        return [one for one in self.found if one.counts]

    def without(self, base: Iterable[str]) -> Findings:
        """Only what none of these fingerprints names."""
        before = set(base)
        fresh = [one for one in self.found if one.fingerprint not in before]
        return replace(self, found=fresh, known=len(self.found) - len(fresh))


def judged(findings: Iterable[Finding], environment: str, origins: Sources) -> list[Found]:
    """What the rules themselves found."""
    told = [
        Found(
            rule=finding.rule.id,
            title=finding.rule.title,
            level=finding.level,
            open=finding.outcome is Outcome.UNDETERMINED,
            urn=finding.urn,
            place=finding.place,
            why=finding.rule.why,
            origin=origins.of(finding.urn, finding.place.remedy),
            fingerprint="",
            exception=f"{finding.waiver.reason}; {finding.waiver.owner}; until {finding.waiver.expires}"
            if finding.waiver
            else "",
        )
        for finding in findings
    ]
    return list(_marked(told, environment))


def reported(
    violations: Iterable[PolicyViolation], rules: Iterable[Rule], environment: str, origins: Sources
) -> list[Found]:
    """What an engine reported."""
    known = {rule.id: rule for rule in rules}
    told = []
    for violation in dict.fromkeys(violations):
        if violation.rule == EXCEPTIONS_POLICY:
            continue
        rule = known.get(violation.rule)
        place, outcome = read_message(violation.message)
        told.append(
            Found(
                rule=violation.rule,
                title=rule.title if rule else "",
                level="mandatory" if violation.level == "mandatory" else "advisory",
                open=outcome is Outcome.UNDETERMINED,
                urn=violation.urn,
                place=place,
                why=rule.why if rule else "",
                origin=origins.of(violation.urn, place.remedy),
                fingerprint="",
            )
        )
    return list(_marked(told, environment))


def told_exceptions(violations: Iterable[PolicyViolation]) -> list[str]:
    """The lines about exceptions of a run; the first line of each is the policy's title."""
    lines = [violation.message.partition("\n")[2] for violation in violations if violation.rule == EXCEPTIONS_POLICY]
    return list(dict.fromkeys(lines))


def _marked(told: Iterable[Found], environment: str) -> Iterator[Found]:
    """Each with its fingerprint; equal ones are numbered, in an order that does not depend on the engine's."""
    ordered = sorted(told, key=lambda one: (one.rule, one.urn, one.place.where, one.place.what))
    seen: Counter[str] = Counter()
    for one in ordered:
        key = _key(one, environment)
        seen[key] += 1
        text = f"{key}\n{seen[key]}"
        yield replace(one, fingerprint=hashlib.sha256(text.encode()).hexdigest()[:FINGERPRINT_LENGTH])


def _key(one: Found, environment: str) -> str:
    """Rule, resource and property: without the stack's and project's names, positions in lists, and random parts."""
    resource = across(one.urn)
    return "\n".join((environment, one.rule, _RANDOM.sub("*", resource), re.sub(r"\[\d+\]", "[]", one.place.where)))
