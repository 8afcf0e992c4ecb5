"""What a report says. Plain data, already redacted: each format only writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from operations.findings.found import Found
from operations.findings.origin import Origin
from operations.price_list import basis

Verdict = Literal["nothing", "changes", "guarded", "error"]
EXIT_CODES: Mapping[Verdict, int] = {"nothing": 0, "error": 1, "changes": 2, "guarded": 3}
"""What the command ends with."""

Danger = Literal["replace", "delete", "unknown", "unprotect"]
"""What threatens data: `unknown` is a change of which nobody can say that it does not replace."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One property that differs."""

    path: str
    """Pulumi's property path."""
    mark: str
    """`+` added, `-` taken away, `~` changed."""
    old: str
    """As JSON in one line; empty where there was none."""
    new: str
    """As JSON in one line; empty where there is none."""
    replaces: bool = False
    """Whether it forces a replacement."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A policy that is not kept."""

    found: Found
    """Rule, resource, place, remedy and the line of the settings or the program that it comes from."""
    new: bool = True
    """Whether the base of the report did not have it."""

    @property
    def rule(self) -> str:
        """Its id, as `headroom policies explain` takes it."""
        return self.found.rule

    @property
    def level(self) -> str:
        """mandatory or advisory."""
        return self.found.level

    @property
    def urn(self) -> str:
        """The resource; empty where it is about the whole stack."""
        return self.found.urn

    @property
    def message(self) -> str:
        """Where and what, why it matters, how to mend it: a line each."""
        place = self.found.place
        open_ = " (can't be told yet)" if self.found.open else ""
        lines = [f"{place.where}: {place.what}{open_}" if place.where else f"{place.what}{open_}"]
        lines += [f"Why: {self.found.why}"] if self.found.why else []
        lines += [f"Remedy: {place.remedy}"] if place.remedy else []
        return "\n".join(lines)


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """What a change of permissions or of the network means."""

    text: str
    """A sentence such as `api may now read objects of bucket uploads`."""
    wider: bool = False
    """Whether somebody may now do, or reach, more than before."""


@dataclass(frozen=True, kw_only=True)
class Loss:
    """Data that a change would endanger."""

    urn: str
    """The resource that holds it."""
    label: str
    """Short type and name."""
    holds: str
    """What it holds, such as `the rows of a database`."""
    danger: Danger
    """What would happen."""
    causes: Sequence[str]
    """Properties that cause it; empty for a deletion."""
    protection: Sequence[str]
    """What stands against it, or softens it, as configured now."""
    lowered: Sequence[str] = ()
    """Properties by which the same change takes protection away."""
    origin: Origin | None = None
    """The line of the settings or the program that it comes from."""
    approved: bool = False
    """Whether the pull request names it."""

    @property
    def named(self) -> str:
        """How an approval names it: `replace URN`."""
        return f"{'replace' if self.danger == 'unknown' else self.danger} {self.urn}"

    @property
    def approval(self) -> str:
        """The line of a pull request's text that approves it."""
        return f"headroom-approve: {self.named}"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One resource that changes."""

    urn: str
    """Pulumi's identity of it."""
    type: str
    """Type token."""
    label: str
    """Short type and name: `rds.Instance main`."""
    component: Sequence[str]
    """Names of the components around it, outermost first."""
    op: str
    """create, update, replace, delete, import, refresh, or a word that only the engine knows; unprotect where all that
    changes is that Pulumi no longer refuses to delete it."""
    lines: Sequence[Line] = ()
    """What differs; for what is new, nothing."""
    forced_by: Sequence[str] = ()
    """Properties that force a replacement."""
    findings: Sequence[Finding] = ()
    """Policies that it does not keep."""
    meanings: Sequence[Meaning] = ()
    """What its change means for permissions and network."""
    loss: Loss | None = None
    """The data that it endangers."""
    pending: bool = False
    """Whether the base of the report would change it in the same way: it is not this change's doing."""


@dataclass(frozen=True, kw_only=True)
class Node:
    """One resource or component of the stack's picture."""

    urn: str
    parent: str
    """URN of the component around it; empty at the top."""
    label: str
    """Short type and name."""
    op: str
    """As in `Item`; `same` where nothing changes."""
    physical: bool
    """False for components."""


@dataclass(frozen=True, kw_only=True)
class CostLine:
    """What one resource costs before and after."""

    what: str
    """Short type and name."""
    before: float
    """US dollars a month."""
    after: float
    """US dollars a month."""


@dataclass(frozen=True, kw_only=True)
class CostChange:
    """What a stack costs before and after, as far as it has a fixed price."""

    before: float
    """US dollars a month, of what has a price both before and after."""
    after: float
    """US dollars a month, of what has a price both before and after."""
    lines: Sequence[CostLine] = ()
    """What differs, the largest difference first."""
    unpriced: Sequence[str] = ()
    """Changed resources that cost something nobody here knows; in brackets the part, or what is known of one side."""
    by_use: Sequence[str] = ()
    """Changed resources that are paid for by use, and what for."""
    region: str = ""
    """Whose prices these are."""
    date: str = ""
    """When they were looked up, as 2026-11-21."""
    stack_region: str = ""
    """Where most of the stack is; empty where no resource tells."""

    @property
    def basis(self) -> str:
        """A sentence on whose prices these are; empty where nobody said."""
        return basis(self.region, self.date, self.stack_region) if self.region else ""

    @property
    def told(self) -> bool:
        """Whether there is anything to say beside that nothing changes."""
        return bool(self.lines or self.unpriced or self.by_use)


@dataclass(frozen=True, kw_only=True)
class StackReport:
    """One environment."""

    environment: str
    items: Sequence[Item] = ()
    """What changes, in the engine's order; components apart."""
    unchanged: int = 0
    """Resources that stay as they are."""
    findings: Sequence[Finding] = ()
    """Every policy that is not kept, beside resources that change and others."""
    exceptions: Sequence[str] = ()
    """Exceptions to policies that are in force, and those that are not in order."""
    nodes: Sequence[Node] = ()
    """Every resource and component, parents first."""
    cost: CostChange | None = None
    """None where the stack could not be previewed."""
    notices: Sequence[str] = ()
    """What program and engine want to be known."""
    error: str = ""
    """Why it could not be previewed; empty when it could."""
    incomplete: str = ""
    """What is missing of the preview, where the engine stopped early or spoke words that nobody here knows."""

    @property
    def losses(self) -> list[Loss]:
        """All data that is endangered."""
        return [item.loss for item in self.items if item.loss]

    @property
    def breaches(self) -> list[Finding]:
        """Findings that stop an `up`."""
        return [finding for finding in self.findings if finding.level == "mandatory"]


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource across the environments."""

    label: str
    """Short type and name."""
    component: Sequence[str]
    """Names of the components around it."""
    ops: Mapping[str, str]
    """Environment -> operation, of those in which it changes."""
    spread: Literal["same", "only", "differs"]
    """The same in all environments, in one of several only, or otherwise in some."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """All environments."""

    stacks: Sequence[StackReport]
    """In the order in which a release passes through them."""
    rows: Sequence[Row]
    """The matrix of changes."""
    stray_approvals: Sequence[str] = ()
    """Approvals that name nothing that is endangered."""
    base: str = ""
    """Commit against which old findings and pending changes are told; empty for none."""
    base_problems: Mapping[str, str] = field(default_factory=dict)
    """Environment -> why nothing is told apart there as old or pending."""
    commit: str = ""
    """Commit of the program and settings; empty outside of git."""

    @property
    def verdict(self) -> Verdict:
        """The worst that is to be said."""
        if any(stack.error or stack.breaches for stack in self.stacks):
            return "error"
        if any(not loss.approved for stack in self.stacks for loss in stack.losses):
            return "guarded"
        if any(stack.items or stack.incomplete for stack in self.stacks):
            return "changes"
        return "nothing"
