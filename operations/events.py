"""Reads Pulumi's engine events, one JSON object a line, into plain dataclasses.

Pulumi's own reader raises on an operation that it does not know and drops policy summaries, remediations and errors.
This one takes any input: what it can't make sense of becomes `Unknown`, and a field of the wrong kind its empty value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Properties = Mapping[str, Any]

_COLOURS = re.compile(r"<\{%.*?%\}>|\x1b\[[0-9;]*[A-Za-z]")
"""Colour marks as events carry them, and a terminal's own sequences."""


@dataclass(frozen=True, kw_only=True)
class ResourceState:
    """A resource before or after a step."""

    id: str = ""
    """What AWS calls it; empty before it exists."""
    parent: str = ""
    """URN of the component that it belongs to; empty for the stack itself."""
    protect: bool = False
    """Whether Pulumi refuses to delete it."""
    custom: bool = False
    """True for a resource of a provider, False for a component."""
    inputs: Properties = field(default_factory=dict)
    """What the program asked for; secrets are masked by the engine."""
    outputs: Properties = field(default_factory=dict)
    """What the provider answered; secrets are masked by the engine."""


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """One changed property of a step, as the provider reported it."""

    path: str
    """Pulumi's property path, such as `tags.Name` or `ingress[0].fromPort`."""
    kind: str
    """add, delete or update, with -replace when it forces a replacement; other words are kept as they are."""
    of_inputs: bool = True
    """Whether the old value is an input; otherwise it is what the provider last answered."""

    @property
    def replaces(self) -> bool:
        return self.kind.endswith("-replace")


@dataclass(frozen=True, kw_only=True)
class Step:
    """What the engine does to one resource."""

    op: str
    """create, update, delete, same, replace, create-replacement, delete-replaced, read, ...; unknown words are kept."""
    urn: str
    """Names the resource: urn:pulumi:stack::project::parent types$type::name."""
    type: str = ""
    """Type token, such as aws:rds/instance:Instance."""
    old: ResourceState | None = None
    """The resource before the step; None when it did not exist."""
    new: ResourceState | None = None
    """The resource after the step; None when it is deleted."""
    replaced_by: tuple[str, ...] = ()
    """Names of the properties that force a replacement."""
    changed: tuple[str, ...] = ()
    """Names of the properties that changed."""
    detail: tuple[PropertyChange, ...] | None = None
    """Every changed property; None when the provider can't tell."""

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def parent(self) -> str:
        state = self.new or self.old
        return state.parent if state else ""

    @property
    def physical(self) -> bool:
        """Whether it is something of the cloud's; components, providers and the stack are Pulumi's own."""
        state = self.new or self.old
        return (state is None or state.custom) and not self.type.startswith("pulumi:")


@dataclass(frozen=True, kw_only=True)
class StepStarted:
    """A step begins; in a preview, a step is planned."""

    step: Step
    planning: bool = False
    """Whether this is a preview."""


@dataclass(frozen=True, kw_only=True)
class StepFinished:
    """A step is done; its outputs are known."""

    step: Step
    planning: bool = False
    """Whether this is a preview."""


@dataclass(frozen=True, kw_only=True)
class StepFailed:
    """A step failed; a diagnostic with the cause came before."""

    step: Step


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A message for the user."""

    severity: str
    """debug, info, info#err, warning or error."""
    message: str
    """Without colours; may have several lines."""
    urn: str = ""
    """The resource that it is about; empty when it is about the run."""
    ephemeral: bool = False
    """Whether it only describes progress."""


@dataclass(frozen=True, kw_only=True)
class PolicyViolation:
    """A rule of a policy pack found something."""

    pack: str
    rule: str
    level: str
    """advisory (the engine may say warning), mandatory, remediate or disabled."""
    message: str
    urn: str = ""
    """The resource; empty for a rule over the whole stack."""


@dataclass(frozen=True, kw_only=True)
class PolicyRemediated:
    """A rule of a policy pack corrected a resource."""

    pack: str
    rule: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class PoliciesChecked:
    """The rules of a pack that looked at one resource, or at the whole stack."""

    pack: str
    passed: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    urn: str = ""
    """The resource; empty for rules over the whole stack."""


@dataclass(frozen=True, kw_only=True)
class Summary:
    """The run is over."""

    counts: Mapping[str, int]
    """Operation -> number of resources; counts `same` too."""
    packs: Mapping[str, str]
    """Policy pack -> version."""
    seconds: float = 0.0
    """How long the engine worked."""


@dataclass(frozen=True)
class Unknown:
    """An event that is not used here, or not an event at all."""

    kind: str = ""
    """Its name in the event stream; empty when there is none."""


Event = (
    StepStarted
    | StepFinished
    | StepFailed
    | Diagnostic
    | PolicyViolation
    | PolicyRemediated
    | PoliciesChecked
    | Summary
    | Unknown
)


def parse(line: str | bytes) -> Event:
    """The event in a line of an event log. Never raises."""
    try:
        document = json.loads(line)
    except (ValueError, RecursionError):
        return Unknown()
    return read(document)


def read(document: object) -> Event:
    """The event in a decoded JSON document. Never raises."""
    for kind, body in _mapping(document).items():
        reader = _READERS.get(kind)
        if reader is not None and isinstance(body, Mapping):
            return reader(body)
    kinds = [kind for kind in _mapping(document) if kind.endswith("Event")]
    return Unknown(kinds[0] if kinds else "")


def _started(body: Properties) -> Event:
    return StepStarted(step=_step(body), planning=body.get("planning") is True)


def _finished(body: Properties) -> Event:
    return StepFinished(step=_step(body), planning=body.get("planning") is True)


def _failed(body: Properties) -> Event:
    return StepFailed(step=_step(body))


def _diagnostic(body: Properties) -> Event:
    return Diagnostic(
        severity=_text(body.get("severity")) or "info",
        message=_plain(_text(body.get("message"))),
        urn=_text(body.get("urn")),
        ephemeral=body.get("ephemeral") is True,
    )


def _violation(body: Properties) -> Event:
    level = _text(body.get("enforcementLevel"))
    return PolicyViolation(
        pack=_text(body.get("policyPackName")),
        rule=_text(body.get("policyName")),
        level="advisory" if level == "warning" else level,
        message=_plain(_text(body.get("message"))),
        urn=_text(body.get("resourceUrn")),
    )


def _remediated(body: Properties) -> Event:
    return PolicyRemediated(
        pack=_text(body.get("policyPackName")),
        rule=_text(body.get("policyName")),
        urn=_text(body.get("resourceUrn")),
    )


def _checked(body: Properties) -> Event:
    return PoliciesChecked(
        pack=_text(body.get("policyPackName")),
        passed=_texts(body.get("passed")),
        failed=_texts(body.get("failed")),
        urn=_text(body.get("resourceUrn")),
    )


def _summary(body: Properties) -> Event:
    counts = {op: count for op, count in _mapping(body.get("resourceChanges")).items() if _is_count(count)}
    packs = {pack: _text(version) for pack, version in _mapping(body.get("PolicyPacks")).items()}
    seconds: Any = body.get("durationSeconds")
    return Summary(counts=counts, packs=packs, seconds=float(seconds) if _is_count(seconds) else 0.0)


_READERS = {
    "resourcePreEvent": _started,
    "resOutputsEvent": _finished,
    "resOpFailedEvent": _failed,
    "diagnosticEvent": _diagnostic,
    "policyEvent": _violation,
    "policyRemediationEvent": _remediated,
    "policyAnalyzeSummaryEvent": _checked,
    "policyRemediateSummaryEvent": _checked,
    "policyAnalyzeStackSummaryEvent": _checked,
    "summaryEvent": _summary,
}


def _step(body: Properties) -> Step:
    data = _mapping(body.get("metadata"))
    urn = _text(data.get("urn"))
    detail = data.get("detailedDiff")
    return Step(
        op=_text(data.get("op")) or "unknown",
        urn=urn,
        type=_text(data.get("type")) or _type_of(urn),
        old=_state(data.get("old")),
        new=_state(data.get("new")),
        replaced_by=_texts(data.get("keys")),
        changed=_texts(data.get("diffs")),
        # An empty map says "nothing in particular", like null: real providers send both.
        detail=_detail(detail) if isinstance(detail, Mapping) and detail else None,
    )


def _detail(detail: Properties) -> tuple[PropertyChange, ...]:
    found = []
    for path, change in detail.items():
        body = _mapping(change)
        # `preview --json` says kind where engine events say diffKind.
        kind = _text(body.get("diffKind")) or _text(body.get("kind")) or "update"
        found.append(PropertyChange(path=path, kind=kind, of_inputs=body.get("inputDiff") is True))
    return tuple(sorted(found, key=lambda change: change.path))


def _state(data: object) -> ResourceState | None:
    if not isinstance(data, Mapping) or not data:
        return None
    return ResourceState(
        id=_text(data.get("id")),
        parent=_text(data.get("parent")),
        protect=data.get("protect") is True,
        custom=data.get("custom") is True,
        inputs=_mapping(data.get("inputs")),
        outputs=_mapping(data.get("outputs")),
    )


def _type_of(urn: str) -> str:
    parts = urn.split("::")
    return parts[2].rsplit("$", 1)[-1] if len(parts) > 2 else ""


def _mapping(value: object) -> Properties:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _is_count(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and abs(value) < 1e15


def _plain(message: str) -> str:
    return _COLOURS.sub("", message).rstrip()
