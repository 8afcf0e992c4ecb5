"""What is known of releases. Plain data; `store` keeps it as JSON, each in an object of its own."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["up", "promotion", "rollback"]
"""How a release came: by `headroom up`, `headroom promote` or `headroom rollback`."""

Ending = Literal["live", "failed"]
"""What became of a release: `live` is applied, rolled out and baked; `failed` stands as far as it came. One that gave
way to an earlier release keeps its ending: the rollback is a release of its own."""

Phase = Literal["approved", "committed", "recorded", "applying", "applied", "running", "baked"]
"""How far a release is: it may be done; its settings are in git; its record is kept; the engine has begun; the engine
is done; what runs is what was asked; and its bake time is over. Between each of them it may be killed."""

PHASES: tuple[Phase, ...] = ("approved", "committed", "recorded", "applying", "applied", "running", "baked")
"""In their order."""

UNTOUCHED: frozenset[Phase] = frozenset({"approved", "committed", "recorded"})
"""Those in which nothing was asked of the engine yet."""

Value = str | int | float | bool | None
"""A promotable setting: always one scalar."""


@dataclass(frozen=True, kw_only=True)
class Digests:
    """SHA-256, in hex, of everything that a review was about."""

    program: str
    """Of the program as git has it: infra, components, policies, functions, and what they are installed from."""
    config: str
    """Of the stack file."""
    policies: str
    """Of what the policies found."""
    preview: str
    """Of what the engine would do, secrets masked."""
    state: str
    """Of the stack's state before."""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """The release that another one is made of."""

    environment: str
    release: str
    """Its id."""


@dataclass(frozen=True, kw_only=True)
class Release:
    """What was asked of an environment, once and for all: its record never changes."""

    id: str
    """`20261121-231504-ab12cd3`: when it was begun (UTC), and the commit's first seven digits."""
    environment: str
    kind: Kind
    commit: str
    """The git commit, whole."""
    settings: Mapping[str, Value]
    """Promotable settings, by path: `services.api.image`."""
    digests: Digests
    approval: str
    """The hash by which it was approved; empty for `up`."""
    by: str
    """Who, as AWS knows them: the ARN of the caller."""
    started: datetime.datetime
    source: Origin | None = None
    """Of a promotion, the release that it brings on; of a rollback, the one that it goes back to; None for `up`."""
    previous: str = ""
    """Id of the release that was live before; empty for the first."""
    run: str = ""
    """URL of the CI job, where there is one."""
    break_glass: str = ""
    """Why gates were passed by; empty when they were kept."""
    passed_by: Sequence[str] = ()
    """What the gates said that were passed by."""
    migrations: Sequence[str] = ()
    """Services whose migrations run with it."""
    irreversible: Sequence[str] = ()
    """What it replaces or deletes and no rollback brings back, as `replace rds.Instance main`."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a release. Written once, at its end."""

    release: str
    ending: Ending
    finished: datetime.datetime
    state: str
    """SHA-256 of the stack's state afterwards, in hex; empty where a failed release kept it from being read."""
    phase: Phase
    """How far it came."""
    said: str = ""
    """Why it failed; empty when it did not."""


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Who works on an environment."""

    who: str
    """ARN of the caller."""
    host: str
    process: int
    token: str
    """Random: tells two runs of the same process id apart."""
    run: str = ""
    """URL of the CI job, where there is one."""
    verb: str = ""
    """The command: `up`, `promote` or `rollback`."""


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a release stands that is under way; kept until its outcome is."""

    release: Release
    phase: Phase
    holder: Holder
    bake_until: datetime.datetime | None = None
    """When its bake time ends; None before it began."""


@dataclass(frozen=True, kw_only=True)
class Known:
    """A release with what became of it."""

    release: Release
    outcome: Outcome | None = None
    """None while it is under way, or where it was never finished."""

    @property
    def live(self) -> bool:
        """Whether it came through to its end."""
        return self.outcome is not None and self.outcome.ending == "live"


@dataclass(frozen=True, kw_only=True)
class Check:
    """What one gate says."""

    name: str
    """A few words: `alarms quiet`."""
    passed: bool
    said: str
    """What was found, with numbers and units; of a gate that stays shut, why."""
    remedies: Sequence[str] = field(default=())
    """What to do about it."""
