"""Folds a stream of engine events into what happened to each resource, and what was said about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from operations import events
from operations.events import Event, PropertyChange, ResourceState, Step

STACK_TYPE = "pulumi:pulumi:Stack"

REPLACING = frozenset({"replace", "create-replacement", "import-replacement", "read-replacement", "discard-replaced"})
"""Steps of one replacement; the engine reports three for a resource, which are shown as one."""

QUIET = frozenset({"same", "read", "discard", "remove-pending-replace"})
"""Operations that change nothing in AWS."""

_TOKEN = re.compile(r"^(?P<package>[^:]+):(?P<module>[^:]*):(?P<type>[^:]+)$")

_URN = re.compile(r"urn:pulumi:[^:\s]+::[^:\s]+::(?P<types>[^\s]+?)::(?P<name>[^\s'\"`,:]+)")


@dataclass(frozen=True, kw_only=True)
class Change:
    """What one run does, or did, to one resource."""

    urn: str
    type: str
    op: str
    """create, update, replace, delete, same, read, import, refresh, or a word that only the engine knows."""
    old: ResourceState | None = None
    new: ResourceState | None = None
    forced_by: tuple[str, ...] = ()
    """Properties that force a replacement."""
    changed: tuple[str, ...] = ()
    """Names of changed properties."""
    detail: tuple[PropertyChange, ...] | None = None
    """Every changed property; None when the provider can't tell."""
    physical: bool = True
    """Whether it is something of the cloud's; components and providers are Pulumi's own."""
    done: bool = False
    failed: bool = False

    @property
    def name(self) -> str:
        return self.urn.rsplit("::", 1)[-1]

    @property
    def parent(self) -> str:
        state = self.new or self.old
        return state.parent if state else ""

    @property
    def label(self) -> str:
        """Short type and name: `rds.Instance main`."""
        return f"{short_type(self.type)} {self.name}"

    @property
    def forcing(self) -> tuple[str, ...]:
        """What forces a replacement: as the engine names it, or else by the difference."""
        return self.forced_by or tuple(item.path for item in self.detail or () if item.replaces)

    @property
    def quiet(self) -> bool:
        return self.op in QUIET

    @property
    def hidden(self) -> bool:
        """The stack itself, and the provider that Pulumi makes by default, are not the user's resources."""
        return is_hidden(self.type, self.name)


@dataclass
class Run:
    """Everything that a run has told so far."""

    changes: dict[str, Change] = field(default_factory=dict)
    """URN -> change, in the order in which the engine came to them."""
    diagnostics: list[events.Diagnostic] = field(default_factory=list)
    """Messages that stay, in order."""
    violations: list[events.PolicyViolation] = field(default_factory=list)
    remediated: list[events.PolicyRemediated] = field(default_factory=list)
    checked: dict[str, set[str]] = field(default_factory=dict)
    """Policy pack -> rules that looked at something."""
    summary: events.Summary | None = None
    """None when the engine stopped before its end."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Outputs of the stack, secrets masked."""

    def add(self, event: Event) -> None:
        match event:
            case events.StepStarted(step=step):
                self._step(step)
            case events.StepFinished(step=step):
                self._step(step, done=True)
                if step.type == STACK_TYPE and step.new and step.op != "delete":
                    self.outputs = step.new.outputs
            case events.StepFailed(step=step):
                self._step(step, failed=True)
            case events.Diagnostic() if not event.ephemeral and event.severity != "debug":
                self.diagnostics.append(event)
            case events.PolicyViolation():
                self.violations.append(event)
            case events.PolicyRemediated():
                self.remediated.append(event)
            case events.PoliciesChecked():
                self.checked.setdefault(event.pack, set()).update(event.passed, event.failed)
            case events.Summary():
                self.summary = event

    def _step(self, step: Step, *, done: bool = False, failed: bool = False) -> None:
        if not step.urn:
            return
        known = self.changes.get(step.urn)
        change = _merge(known, step) if known else _first(step)
        # A replacement is done when its last step is: a later step of the same resource opens it again.
        self.changes[step.urn] = replace(change, done=done, failed=failed or change.failed)

    @property
    def shown(self) -> list[Change]:
        """The user's components and resources, changed or not."""
        return [change for change in self.changes.values() if not change.hidden]

    @property
    def changed(self) -> list[Change]:
        return [change for change in self.shown if not change.quiet]

    @property
    def resources(self) -> list[Change]:
        """What stands in AWS, or will."""
        return [change for change in self.shown if change.physical]

    def count(self, chosen: Callable[[Change], bool] = lambda change: True) -> dict[str, int]:
        """Operation -> number of resources."""
        counts: dict[str, int] = {}
        for change in self.resources:
            if chosen(change):
                counts[change.op] = counts.get(change.op, 0) + 1
        return counts

    @property
    def errors(self) -> list[events.Diagnostic]:
        return _distinct(diagnostic for diagnostic in self.diagnostics if diagnostic.severity == "error")

    @property
    def notices(self) -> list[events.Diagnostic]:
        """What the program and the engine want the user to know, apart from errors."""
        return _distinct(d for d in self.diagnostics if d.severity in {"warning", "info", "info#err"})


def _first(step: Step) -> Change:
    return Change(
        urn=step.urn,
        type=step.type,
        op="replace" if step.op in REPLACING else "delete" if step.op == "delete-replaced" else step.op,
        old=step.old,
        new=step.new,
        forced_by=step.replaced_by,
        changed=step.changed,
        detail=step.detail,
        physical=step.physical,
    )


def _merge(known: Change, step: Step) -> Change:
    """The three steps of a replacement come in either order, and not each of them carries the difference."""
    replaces = known.op == "replace" or step.op in REPLACING
    left_over = step.op == "delete-replaced"
    # What a refresh finds (same, update, delete) comes only with its end.
    gives_way = known.op in {"same", "delete", "refresh"} and not left_over
    return replace(
        known,
        op="replace" if replaces else step.op if gives_way else known.op,
        old=known.old or step.old,
        new=known.new if left_over or (step.op == "replace" and known.new) else step.new or known.new,
        forced_by=known.forced_by or step.replaced_by,
        changed=known.changed or step.changed,
        detail=known.detail or step.detail,
    )


def _distinct(diagnostics: Iterable[events.Diagnostic]) -> list[events.Diagnostic]:
    return list({(d.urn, d.message.strip()): d for d in diagnostics if d.message.strip()}.values())


def is_hidden(type_token: str, name: str) -> bool:
    default_provider = type_token.startswith("pulumi:providers:") and name.startswith("default")
    return type_token == STACK_TYPE or default_provider


def short_type(token: str) -> str:
    """A type as programs write it: aws:rds/instance:Instance is rds.Instance, headroom:data:Database is Database."""
    parts = _TOKEN.match(token)
    if parts is None:
        return token
    package, module, kind = parts["package"], parts["module"], parts["type"]
    if token.startswith("pulumi:providers:"):
        return f"{kind}.Provider"
    if package in {"headroom", "pulumi"}:
        return kind
    first, _, last = module.partition("/")
    return f"{first if last.lower() == kind.lower() else module}.{kind}"


def across(urn: str) -> str:
    """A URN without its stack and project: the same resource has the same in every environment."""
    return urn.split("::", 2)[-1]


def readable(text: str) -> str:
    """A text with resources named as elsewhere here: `ec2.Vpc network` in place of its URN."""
    return _URN.sub(lambda found: f"{short_type(found['types'].rsplit('$', 1)[-1])} {found['name']}", text)
