"""The adapter: the one module that knows pulumi_policy. It turns rules into the SDK's policies.

What the SDK does by itself would weaken the pack, so it is met here: reading an unknown raises an error that turns a
mandatory policy into a remark, and any other error in a rule ends the run without a finding.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    Severity,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, UnknownValueError

from policies.catalog import RULES
from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.tokens import canonical
from policies.verdict import UNKNOWN, Outcome, Place, Verdict
from policies.waivers import Waivers, read_waivers

NAME: Final = "headroom"
FOLDER: Final = Path(__file__).resolve().parent
EXCEPTIONS_POLICY: Final = "exceptions-in-force"

SETTINGS: Final = PolicyConfigSchema(
    properties={
        "undetermined": {"type": "string", "enum": ["advise", "fail"], "default": "advise"},
        "exceptions": {"type": "string", "enum": ["accept", "refuse"], "default": "accept"},
    }
)
"""What a level file may set beside a rule's level: whether "cannot tell" fails, and whether exceptions count."""


@dataclass(frozen=True)
class Context:
    """What a rule's policy needs beside the resources."""

    waivers: Waivers
    """Exceptions of this pack."""
    report: ReportViolation
    """The SDK's way to report at the rule's level."""
    settings: Mapping[str, Any]
    """This rule's entry in the level file, less its level."""

    @property
    def undetermined_fails(self) -> bool:
        """Whether a verdict that cannot be reached counts as a breach."""
        return self.settings.get("undetermined") == "fail"

    def excuses(self, rule: Rule, urn: str) -> bool:
        """Whether an exception covers a breach here."""
        if self.settings.get("exceptions") == "refuse":
            return False
        return any(waiver.covers(rule.id, urn) for waiver in self.waivers.in_force)


def sdk_policies(folder: Path = FOLDER, today: Callable[[], date] = date.today) -> list[Policy]:
    """The pack's rules as policies of the SDK, and one more policy that lists the exceptions."""
    waivers = read_waivers(folder / "exceptions.yaml", [rule.id for rule in RULES], today())
    policies: list[Policy] = [_policy(rule, waivers) for rule in RULES]
    return [*policies, _exceptions_policy(waivers, today)]


def _policy(rule: Rule, waivers: Waivers) -> Policy:
    if isinstance(rule, ResourceRule):
        return ResourceValidationPolicy(
            rule.id,
            rule.title,
            validate=_resource_validation(rule, waivers),
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=SETTINGS,
            severity=Severity(rule.severity),
        )
    return StackValidationPolicy(
        rule.id,
        rule.title,
        validate=_stack_validation(rule, waivers),
        enforcement_level=EnforcementLevel.MANDATORY,
        config_schema=SETTINGS,
        severity=Severity(rule.severity),
    )


def _resource_validation(
    rule: ResourceRule, waivers: Waivers
) -> Callable[[ResourceValidationArgs, ReportViolation], None]:
    def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
        if canonical(args.resource_type) in rule.types:
            context = Context(waivers, report, args.get_config())
            _raise_unknown(_judge(rule, args.urn, lambda: rule.check(plain(args.props)), context))

    return validate


def _stack_validation(rule: GraphRule, waivers: Waivers) -> Callable[[StackValidationArgs, ReportViolation], None]:
    def validate(args: StackValidationArgs, report: ReportViolation) -> None:
        if not any(canonical(resource.resource_type) in rule.types for resource in args.resources):
            return
        context = Context(waivers, report, args.get_config())
        graph = _graph(args)
        open_places: list[Place] = []
        for resource in graph.of_type(*sorted(rule.types)):
            open_places += _judge(rule, resource.urn, partial(rule.check, resource, graph), context)
        _raise_unknown(open_places)

    return validate


def _judge(rule: Rule, urn: str, check: Callable[[], Verdict], context: Context) -> Sequence[Place]:
    """Report what breaks the rule; return the places that leave it open and are not to fail."""
    try:
        verdict = check()
    except Exception as error:
        context.report(_crash(rule, error), urn)
        return ()
    if verdict.outcome is Outcome.PASS or context.excuses(rule, urn):
        return ()
    if verdict.outcome is Outcome.UNDETERMINED and not context.undetermined_fails:
        return verdict.places
    for place in verdict.places:
        context.report(message(rule, place), urn)
    return ()


def message(rule: Rule, place: Place) -> str:
    """Where and what, why it matters, how to mend it. The SDK puts the rule's title before it."""
    return f"{place.where}: {place.what}.\nWhy: {rule.why}\nRemedy: {place.remedy}."


def _crash(rule: Rule, error: Exception) -> str:
    """A crash is a finding. Its text is left out: it may quote a value of the resource."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).name}:{frame.lineno}"
    return (
        f"The rule {rule.id} itself failed: {type(error).__name__} at {where}. Nothing was checked here; mend the rule."
    )


def _raise_unknown(places: Sequence[Place]) -> None:
    """Hand what is undetermined to the SDK in its own way: a remark that names the property."""
    if places:
        raise UnknownValueError(UNKNOWN_STRING_VALUE, [", ".join(sorted({place.where for place in places}))])


def _graph(args: StackValidationArgs) -> Graph:
    return Graph(
        [
            Resource(
                type=canonical(resource.resource_type),
                name=resource.name,
                urn=resource.urn,
                properties=plain(resource.props),
                depends_on={
                    path: tuple(source.urn for source in sources)
                    for path, sources in resource.property_dependencies.items()
                },
                parent=resource.parent.urn if resource.parent else "",
                protect=bool(resource.opts.protect),
            )
            for resource in args.resources
        ]
    )


def plain(value: Any) -> Any:
    """The SDK's proxies as plain data: unknowns become UNKNOWN, whole floats integers."""
    if isinstance(value, Mapping):
        return {key: _member(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_member(value, index) for index in range(len(value))]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _member(parent: Any, key: Any) -> Any:
    try:
        return plain(parent[key])
    except UnknownValueError:
        return UNKNOWN


def _exceptions_policy(waivers: Waivers, today: Callable[[], date]) -> Policy:
    """Shows in every report which exceptions count, which do not, and which end soon."""

    def validate(_: StackValidationArgs, report: ReportViolation) -> None:
        for waiver in waivers.in_force:
            report(waiver.spoken(today()), None)
        for problem in waivers.problems:
            report(problem, None)

    return StackValidationPolicy(
        EXCEPTIONS_POLICY,
        "Exceptions to rules are known, owned and end",
        validate=validate,
        enforcement_level=EnforcementLevel.ADVISORY,
        severity=Severity.LOW,
    )
