"""Reports what an operation does, as it does it: to the event log and to the display."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any, Protocol

from .concealment import concealed
from .errors import BailError
from .event_log import EventLog
from .provider import Diff
from .resource_state import ResourceState
from .serialize import masked
from .urns import is_default_provider
from .values import MASK, secret_texts, unwrap

REPLACEMENT_PARTS = frozenset(
    {"create-replacement", "delete-replaced", "discard-replaced", "import-replacement", "read-replacement"}
)
"""Operations that are counted as part of one `replace`."""
UNCOUNTED = REPLACEMENT_PARTS | {"read", "refresh", "remove-pending-replace"}
"""Operations that the summary leaves out, but for reads that find something else than the last time."""


@dataclass(eq=False, kw_only=True)
class Step:
    """One operation on one resource."""

    operation: str
    """create, update, same, ... as Pulumi's OpType names them."""
    urn: str
    old: ResourceState | None
    new: ResourceState | None
    diff: Diff | None = None
    before: ResourceState | None = None
    """`old` as it was when the step began; `old` and `new` go on changing."""
    planned: ResourceState | None = None
    """`new` as it was when the step began."""
    started: float = field(default_factory=time.monotonic)
    """Seconds on the monotonic clock."""
    outcome: str = ""
    """What it came to; differs from the operation for a refresh (same, update, delete)."""

    @property
    def resource(self) -> ResourceState:
        """The newest state there is."""
        found = self.new or self.old
        assert found is not None
        return found


@dataclass(frozen=True, kw_only=True)
class Diagnostic:
    """A message to the user."""

    severity: str
    """info, info#err, warning or error."""
    message: str
    urn: str = ""


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A policy that is not kept."""

    policy: str
    pack: str
    pack_version: str
    level: str
    """mandatory or advisory."""
    severity: str
    message: str
    urn: str


class Watcher(Protocol):
    """Someone who looks on, such as the live display."""

    def begun(self, step: Step) -> None:
        """A step begins."""

    def done(self, step: Step) -> None:
        """A step has succeeded."""

    def failed(self, step: Step) -> None:
        """A step has failed."""


class Redactor:
    """Blinds secret values in texts that come from elsewhere: a program's output, a provider's error."""

    def __init__(self) -> None:
        self._texts: set[str] = set()

    def learn(self, values: Any) -> None:
        """Remembers every secret inside property values."""
        self._texts |= secret_texts(values)

    def add(self, text: str) -> None:
        """Remembers one secret; shorter ones than four characters would blind half of every text."""
        if len(text) >= 4:
            self._texts.add(text)

    def clean(self, text: str) -> str:
        """The text without any secret."""
        for secret in sorted(self._texts, key=len, reverse=True):
            if secret in text:
                text = text.replace(secret, MASK)
        return text


class Reporter:
    """Collects and passes on all that happens in one operation."""

    def __init__(self, log: EventLog, watcher: Watcher, *, dry_run: bool) -> None:
        self._log = log
        self._watcher = watcher
        self._dry_run = dry_run
        self.redactor = Redactor()
        self.steps: list[Step] = []
        self.diagnostics: list[Diagnostic] = []
        self.violations: list[Violation] = []
        self.changes: dict[str, int] = {}
        """How many resources each operation was done to."""
        self.failed = False
        self.cancelled = False
        self.started = time.monotonic()

    def diagnose(
        self, severity: str, message: str, urn: str = "", *, prefix: str | None = None, fails: bool = True
    ) -> None:
        """A message; an error fails the operation, but one that the program only logs."""
        if severity == "error" and fails:
            self.failed = True
        message = self.redactor.clean(message)
        self.diagnostics.append(Diagnostic(severity=severity, message=message, urn=urn))
        if self._log.active:
            payload = {
                "urn": urn,
                "prefix": f"{severity}: " if prefix is None else prefix,
                "message": message + "\n",
                "color": "never",
                "severity": severity,
            }
            self._log.emit("diagnosticEvent", payload)

    def bail(self, message: str, urn: str = "") -> BailError:
        """Fails the operation with a message (none if the cause has been told); the caller raises what this returns."""
        if message:
            self.diagnose("error", message, urn)
        self.failed = True
        return BailError(message)

    def begin(
        self, operation: str, old: ResourceState | None, new: ResourceState | None, diff: Diff | None = None
    ) -> Step:
        """A step begins."""
        resource = new or old
        assert resource is not None
        for state in (old, new, concealed(old, new) if old and new else None):
            if state is not None:
                self.redactor.learn(state.inputs)
        step = Step(
            operation=operation,
            urn=resource.urn,
            old=old,
            new=new,
            diff=diff,
            before=old.copy() if old else None,
            planned=new.copy() if new else None,
            outcome=operation,
        )
        if not is_default_provider(step.urn):
            self.steps.append(step)
            self._watcher.begun(step)
        if self._log.active:
            self._log.emit("resourcePreEvent", {"metadata": metadata(step, begun=True), "planning": self._dry_run})
        return step

    def done(self, step: Step) -> None:
        """A step has succeeded."""
        if step.new is not None:
            self.redactor.learn(step.new.outputs)
        if not is_default_provider(step.urn):
            if step.outcome not in UNCOUNTED or _finds_another(step):
                self.changes[step.outcome] = self.changes.get(step.outcome, 0) + 1
            self._watcher.done(step)
        refreshed = step.operation == "refresh"
        if step.resource.custom or step.new is None or refreshed:  # a component registers its outputs by itself
            self.outputs(step)

    def outputs(self, step: Step) -> None:
        """A resource's outputs are known, or have changed without a step of their own (components, the stack)."""
        if self._log.active:
            self._log.emit("resOutputsEvent", {"metadata": metadata(step), "planning": self._dry_run})

    def outputs_changed(self, operation: str, old: ResourceState | None, new: ResourceState) -> None:
        """A component has registered its outputs."""
        if self._log.active:
            self.outputs(Step(operation=operation, urn=new.urn, old=old, new=new, outcome=operation))

    def fail(self, step: Step, message: str) -> None:
        """A step has failed; the message is the provider's."""
        self.failed = True
        self.diagnose("error", message, step.urn)
        self._watcher.failed(step)
        if self._log.active:
            self._log.emit("resOpFailedEvent", {"metadata": metadata(step), "status": 0, "steps": 0})

    def violate(self, violation: Violation) -> None:
        """A policy is not kept."""
        if violation.level == "mandatory":
            self.failed = True
        self.violations.append(violation)
        if self._log.active:
            payload = {
                "resourceUrn": violation.urn,
                "message": self.redactor.clean(violation.message),
                "color": "never",
                "policyName": violation.policy,
                "policyPackName": violation.pack,
                "policyPackVersion": violation.pack_version,
                "policyPackVersionTag": violation.pack_version,
                "enforcementLevel": violation.level,
                "severity": violation.severity,
            }
            self._log.emit("policyEvent", payload)

    def remediate(self, payload: dict[str, Any]) -> None:
        """A policy has changed a resource's inputs."""
        if self._log.active:
            self._log.emit("policyRemediationEvent", payload)

    def prelude(self, config: dict[str, str]) -> None:
        """The operation begins with this configuration, its secrets blinded."""
        if self._log.active:
            self._log.emit("preludeEvent", {"config": config})

    def summarize(self, packs: dict[str, str]) -> None:
        """The operation has ended."""
        if self._log.active:
            payload = {
                "maybeCorrupt": False,
                "durationSeconds": round(time.monotonic() - self.started),
                "resourceChanges": self.changes,
                "PolicyPacks": packs,
                "isPreview": self._dry_run,
                "result": "canceled" if self.cancelled else "failed" if self.failed else "succeeded",
            }
            self._log.emit("summaryEvent", payload)


def _finds_another(step: Step) -> bool:
    old, new = step.old, step.new
    return step.outcome == "read" and bool(old and new and unwrap(old.outputs) != unwrap(new.outputs))


def metadata(step: Step, *, begun: bool = False) -> dict[str, Any]:
    """A step in the form of Pulumi's StepEventMetadata, its secrets blinded."""
    diff = step.diff
    old = concealed(step.old, step.new) if step.old and step.new else step.old
    if old is not None and begun and not old.custom and step.new:
        old.outputs = {}  # which of them are secret now is known once the component registers them
    found: dict[str, Any] = {
        "op": step.outcome,
        "urn": step.urn,
        "type": step.resource.type,
        "old": _state(old),
        "new": _state(step.new),
        "detailedDiff": None,
        "logical": step.outcome not in REPLACEMENT_PARTS and step.operation != "refresh",
        "provider": step.resource.provider,
    }
    if diff is not None:
        found["diffs"] = diff.changed
        if diff.replaced_by:
            found["keys"] = diff.replaced_by
        if not diff.own:
            found["detailedDiff"] = {
                path: {"diffKind": change.kind, "inputDiff": change.of_input} for path, change in diff.detailed.items()
            }
    return found


def _state(state: ResourceState | None) -> dict[str, Any] | None:
    if state is None:
        return None
    found = {
        "type": state.type,
        "urn": state.urn,
        "custom": state.custom,
        "id": masked(state.id) or "",
        "parent": state.parent,
        "provider": state.provider,
        "inputs": masked(state.inputs),
        "outputs": masked(state.outputs),
    }
    optional = {
        "delete": state.delete,
        "protect": state.protect,
        "taint": state.taint,
        "external": state.external,
        "retainOnDelete": state.retain_on_delete,
        "initErrors": state.init_errors,
    }
    return found | {key: value for key, value in optional.items() if value}
