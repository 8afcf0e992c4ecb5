"""Rules applied to resources: what they find, and how much it counts. Free of Pulumi."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import Final, Literal

from policies.graph import Graph, Resource
from policies.known_after import Listed, listed
from policies.levels import Setting, Settings
from policies.naming import in_settings
from policies.rule import GraphRule, ResourceRule, Rule
from policies.verdict import Outcome, Place, Verdict
from policies.waivers import Waiver, Waivers

OPEN: Final = "; whether the rule is kept cannot be told yet"
"""Marks an undetermined finding in words."""
_MESSAGE: Final = re.compile(
    r"^(?P<where>(?:\S+: )*\S+|the rule \S+ itself): (?P<what>[^\n]*)\.\nWhy: [^\n]*\nRemedy: (?P<remedy>[^\n]*)\.$",
    re.MULTILINE,
)
"""Where it is: a property path, or a path within another resource that is named before it."""
BY_DEFAULT: Final = Setting()


@dataclass(frozen=True)
class Finding:
    """One place that breaks a rule, or leaves it open."""

    rule: Rule
    urn: str
    """The resource."""
    place: Place
    """Where, what and how to mend it."""
    outcome: Outcome
    """FAIL or UNDETERMINED."""
    level: Literal["advisory", "mandatory"]
    """What it counts here: a mandatory one stops an `up`."""
    waiver: Waiver | None = None
    """The exception that excuses it; then it counts nothing."""

    @property
    def message(self) -> str:
        """Where and what, why it matters, how to mend it."""
        return message(self.rule, self.place, self.outcome)


@dataclass(frozen=True)
class Judge:
    """The rules with all that decides what their verdicts count."""

    rules: Sequence[Rule]
    waivers: Waivers
    known_after: Listed
    settings: Settings = field(default_factory=dict)

    def of_resource(self, resource: Resource) -> Iterator[Finding]:
        """What rules that are decided by one resource's inputs find."""
        for rule in self._by_type.get(resource.type, ()):
            if self._is_on(rule):
                yield from self._judged(rule, resource, partial(rule.check, resource.properties))

    def judges(self, token: str) -> bool:
        """Whether any rule is decided by the inputs of one resource of such a type."""
        return token in self._by_type

    def of_stack(self, graph: Graph) -> Iterator[Finding]:
        """What rules that need the whole stack find."""
        for rule in self.rules:
            if isinstance(rule, GraphRule) and self._is_on(rule):
                for resource in graph.of_type(*sorted(rule.types)):
                    yield from self._judged(rule, resource, partial(rule.check, resource, graph))

    def setting(self, rule: Rule) -> Setting:
        """How a rule counts."""
        return self.settings.get(rule.id, BY_DEFAULT)

    def exceptions(self, today: date) -> Iterator[str]:
        """A line for each exception: in force, refused here, or not to be counted."""
        refused = {rule.id for rule in self.rules if not self.setting(rule).takes_exceptions}
        for waiver in self.waivers.in_force:
            yield waiver.spoken(today) if waiver.rule not in refused else waiver.refused
        yield from self.waivers.problems

    @cached_property
    def _by_type(self) -> Mapping[str, list[ResourceRule]]:
        """Rules that are decided by one resource."""
        index: dict[str, list[ResourceRule]] = {}
        for rule in self.rules:
            if isinstance(rule, ResourceRule):
                for token in rule.types:
                    index.setdefault(token, []).append(rule)
        return index

    def _is_on(self, rule: Rule) -> bool:
        return self.setting(rule).level != "disabled"

    def _judged(self, rule: Rule, resource: Resource, check: Callable[[], Verdict]) -> Iterator[Finding]:
        try:
            verdict = check()
        except Exception as error:
            verdict = Verdict(Outcome.FAIL, (_crash(rule, error),))
        if verdict.outcome is Outcome.PASS:
            return
        waiver = self._waiver(rule, resource.urn)
        for place in verdict.places:
            yield replace(self._finding(rule, resource, place, verdict.outcome), waiver=waiver)

    def _finding(self, rule: Rule, resource: Resource, place: Place, outcome: Outcome) -> Finding:
        setting, place = self.setting(rule), in_settings(place, resource)
        level: Literal["advisory", "mandatory"] = "mandatory" if setting.level == "mandatory" else "advisory"
        if outcome is Outcome.UNDETERMINED:
            later = listed(self.known_after, resource.type, place.where)
            if later:
                place = replace(place, remedy=f"none is needed in a preview, as {later.why}")
            if later or not setting.undetermined_fails:
                level = "advisory"
        return Finding(rule, resource.urn, place, outcome, level)

    def _waiver(self, rule: Rule, urn: str) -> Waiver | None:
        if not self.setting(rule).takes_exceptions:
            return None
        return next((waiver for waiver in self.waivers.in_force if waiver.covers(rule.id, urn)), None)


def message(rule: Rule, place: Place, outcome: Outcome = Outcome.FAIL) -> str:
    """Where and what, why it matters, how to mend it. An engine shows the rule's title before it."""
    still = OPEN if outcome is Outcome.UNDETERMINED else ""
    return f"{place.where}: {place.what}{still}.\nWhy: {rule.why}\nRemedy: {place.remedy}."


def read_message(text: str) -> tuple[Place, Outcome]:
    """What `message` wrote, from a report of an engine; words of another kind are taken as what is wrong."""
    parts = _MESSAGE.search(text)
    if parts is None:
        return Place("", text.strip(), ""), Outcome.FAIL
    what = parts["what"]
    outcome = Outcome.UNDETERMINED if what.endswith(OPEN) else Outcome.FAIL
    return Place(parts["where"], what.removesuffix(OPEN), parts["remedy"]), outcome


def _crash(rule: Rule, error: Exception) -> Place:
    """A crash is a finding. Its text is left out: it may quote a value of the resource."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    at = f"{Path(frame.filename).name}:{frame.lineno}"
    what = f"failed with {type(error).__name__} at {at}, and checked nothing here"
    return Place(f"the rule {rule.id} itself", what, "mend the rule")
