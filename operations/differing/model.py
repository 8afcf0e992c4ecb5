"""What is told of the difference between two environments. Plain data without any secret: renderers lay it out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Group = Literal["promotable", "size", "safety", "choice", "identity", "only"]
"""What kind of difference a setting is: `promotable` is what a promotion carries, `size` classes, capacity and numbers,
`safety` what keeps data and tells of harm, `choice` anything else that is chosen, `identity` what makes an environment
itself and is meant to differ, and `only` what the other environment has not at all."""

GROUPS: tuple[Group, ...] = ("promotable", "safety", "size", "choice", "only", "identity")
"""In the order in which they are told."""


class _Absent:
    """No value at all, as opposed to null."""

    def __repr__(self) -> str:
        return "ABSENT"


ABSENT: Any = _Absent()


@dataclass(frozen=True, kw_only=True)
class Side:
    """One of the two environments."""

    environment: str
    account: str
    region: str
    resources: int | None = None
    """How many stand in AWS; None where it is not up, or was not looked at."""


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A setting that has two values."""

    path: str
    """Below `headroom:`, as in `services.api.max_count`; `aws:region` is itself."""
    group: Group
    a: Any
    """As the settings' model reads it, with its default filled in; ABSENT where the section is not there."""
    b: Any
    unit: str = ""
    """Unit of the numbers, such as days; empty where it has none."""
    about: str = ""
    """The setting's description."""


@dataclass(frozen=True, kw_only=True)
class Version:
    """What a service runs."""

    service: str
    a: str
    """`1.4.2 (sha256:ab12cd34ef56…)`; empty where the environment has no such service."""
    b: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """A resource that stands in one environment only."""

    type: str
    """Pulumi's token."""
    name: str
    component: str
    """Type and name of what it is part of, as in `EcsService api`; empty for none."""


@dataclass(frozen=True, kw_only=True)
class Property:
    """A property that has two values, without what makes the environments themselves."""

    path: str
    """Pulumi's property path; below a policy or another document, the path in it."""
    a: Any
    """ABSENT where it is not set."""
    b: Any
    follows: bool = False
    """Whether it only names what stands in one of the environments alone, such as a third zone's subnet."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A resource of both environments that differs by meaning."""

    type: str
    name: str
    component: str
    properties: Sequence[Property]
    """By path."""

    @property
    def follows(self) -> bool:
        """Whether nothing of it says more than what stands in one of the environments alone."""
        return all(one.follows for one in self.properties)


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """All that differs."""

    a: Side
    b: Side
    settings: Sequence[Setting]
    """By group and path."""
    versions: Sequence[Version]
    """Of every service, differing or not, by name."""
    only_a: Sequence[Standing] = ()
    only_b: Sequence[Standing] = ()
    changed: Sequence[Changed] = ()
    same: int = 0
    """Resources that stand in both and mean the same."""
    notes: Sequence[str] = ()
    """Why something was not compared, as whole sentences."""
    resources_compared: bool = False

    @property
    def by_group(self) -> Mapping[Group, Sequence[Setting]]:
        """Settings by group, each group that has any."""
        found: dict[Group, list[Setting]] = {group: [] for group in GROUPS}
        for setting in self.settings:
            found[setting.group].append(setting)
        return {group: settings for group, settings in found.items() if settings}

    @property
    def differs(self) -> bool:
        """Whether anything does beside what makes an environment itself."""
        return bool(
            self.only_a or self.only_b or self.changed or [one for one in self.settings if one.group != "identity"]
        )
