"""What is known of an environment's drift. Plain data, already redacted: each format only writes it down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from operations.findings.origin import Origin

Kind = Literal["changed", "gone", "unread", "extra", "coming", "waiting"]
"""A property differs; the resource is gone; nobody can read it; it has something that the stack did not give it; AWS
will change it to something that was not asked for; or some other maintenance waits."""

Verdict = Literal["benign", "ignored", "pending", "real"]
"""`benign`: known, and nobody's doing; `ignored`: drift.yaml names it; `pending`: AWS has accepted it and applies it
later; `real`: everything else."""

Ending = Literal["nothing", "pending", "real", "error"]
EXIT_CODES: Mapping[Ending, int] = {"nothing": 0, "error": 1, "real": 2, "pending": 4}
"""What the command ends with: the worst of all environments."""
WORST_FIRST: Sequence[Ending] = ("error", "real", "pending", "nothing")


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One difference between what was asked for and what AWS has."""

    urn: str
    label: str
    """Short type and name: `rds.Instance main`."""
    kind: Kind
    verdict: Verdict
    path: str = ""
    """Pulumi's property path; empty where it is about the whole resource."""
    asked: str = ""
    """What the last `up` asked for, as JSON in one line; empty for nothing."""
    found: str = ""
    """What AWS has, as JSON in one line; empty for nothing."""
    why: str = ""
    """Why it is benign, ignored or pending; of a resource that nobody can read, why not."""
    rule: str = ""
    """The entry of the table of benign differences that it is known by."""
    source: str = ""
    """Where that is documented."""
    origin: Origin | None = None
    """The line of the settings or of the program that the resource comes from."""
    by: str = ""
    """Who changed it last and when, as CloudTrail knows; empty where nobody asked or nobody knows."""

    @property
    def told(self) -> str:
        """In one line."""
        if self.kind == "gone":
            return f"{self.label} is gone"
        if self.kind == "unread":
            return f"{self.label} can't be read: {self.why}"
        if self.kind == "coming":
            return f"{self.label} {self.path}: AWS will make it {self.found}, and {self.asked} was asked for"
        if self.kind == "extra":
            return f"{self.label} {self.path}: the stack did not make {self.found}"
        if self.kind == "waiting":
            return f"{self.label}: {self.why}"
        return f"{self.label} {self.path}: {self.asked or 'nothing'} was asked for, AWS has {self.found or 'nothing'}"


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A change of the stack file after which it asks for what AWS has."""

    settings: Mapping[str, str]
    """Path of each setting, such as `headroom:databases.main.class`, to its new value as JSON."""
    text: str
    """As a unified diff that `git apply` takes; empty where nothing can be accepted."""
    remarks: Sequence[str] = ()
    """What to know before it is applied, and which settings are left out and why."""


@dataclass(frozen=True, kw_only=True)
class Drift:
    """What one environment has otherwise."""

    environment: str
    differences: Sequence[Difference] = ()
    """By resource, in the engine's order."""
    stale: Sequence[str] = ()
    """Entries of drift.yaml that are expired or match nothing, a line each; they count as real."""
    resources: int = 0
    """How many were looked at."""
    patch: Patch | None = None
    """None where no setting asks for what differs."""
    notes: Sequence[str] = ()
    """What could not be asked, and what is soon to be looked after."""
    error: str = ""
    """Why nothing can be said; empty where something can."""
    absent: str = ""
    """That it was never brought up, where that is no error: of all environments, some others are up."""

    def of(self, verdict: Verdict) -> list[Difference]:
        """The differences of one class."""
        return [one for one in self.differences if one.verdict == verdict]

    @property
    def real(self) -> list[str]:
        """Everything that matters, a line each; empty where AWS has what was asked."""
        return [*(one.told for one in self.of("real")), *self.stale]

    @property
    def ending(self) -> Ending:
        """The worst that is to be said."""
        if self.error:
            return "error"
        if self.real:
            return "real"
        return "pending" if self.of("pending") else "nothing"


def worst(drifts: Sequence[Drift]) -> Ending:
    """The worst of several environments."""
    endings = {drift.ending for drift in drifts}
    return next((ending for ending in WORST_FIRST if ending in endings), "nothing")
