"""Everything outside that promotion works with, in one place, so that tests can stand in for it."""

from __future__ import annotations

import datetime
import os
import secrets
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.clients import Clients, clients
from operations.errors import Failure, Invocation
from operations.program_name import headroom
from operations.project import Project
from operations.promotion.checkouts.repository import Repository
from operations.promotion.engine import Engine
from operations.promotion.health.health import Health
from operations.promotion.model import Holder
from operations.promotion.records.store import Store, open_store
from operations.promotion.settings.wishes import Wishes, wishes
from operations.screen import Screen


def now() -> datetime.datetime:
    """The time, to the second: what records are written with."""
    return datetime.datetime.now(datetime.UTC).replace(microsecond=0)


def ci_run(environ: Mapping[str, str] = os.environ) -> str:
    """URL of the CI job that this process runs in; empty elsewhere."""
    server, repository, number = (environ.get(f"GITHUB_{name}") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID"))
    if server and repository and number:
        return f"{server}/{repository}/actions/runs/{number}"
    return environ.get("CI_JOB_URL", "")


@dataclass(frozen=True)
class Place:
    """One environment: its account, its releases, what it wishes."""

    project: Project
    environment: str
    offline: bool

    @property
    def invocation(self) -> Invocation:
        return Invocation(environment=self.environment, offline=self.offline, verb="promote")

    @cached_property
    def aws(self) -> Clients:
        """Clients of its account."""
        return clients(self.project, self.invocation)

    @cached_property
    def store(self) -> Store:
        """Its releases."""
        return open_store(self.project, self.invocation, self.aws)

    @cached_property
    def wishes(self) -> Wishes:
        """What its settings say of promotion."""
        return wishes(self.project, self.environment)

    def caller(self) -> str:
        """Who works on it, as AWS knows them. Raises Failure where AWS does not say."""
        try:
            return str(self.aws("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError) as error:
            raise Failure(f"AWS did not say whose the credentials in use are: {error}") from error

    def holder(self, verb: str) -> Holder:
        """Who this process is, for whoever finds the environment taken."""
        return Holder(
            who=self.caller(),
            host=socket.gethostname(),
            process=os.getpid(),
            token=secrets.token_hex(8),
            run=ci_run(),
            verb=verb,
        )

    def command(self, verb: str, *words: str) -> str:
        """A command line of ours that can be pasted."""
        return headroom(verb, *words, *(["--offline"] if self.offline else []))

    def health(self, outputs: Mapping[str, Any], resources: Sequence[Mapping[str, Any]]) -> Health:
        """What AWS says of how it does."""
        return Health(self.aws, self.environment, outputs, resources)


@dataclass(frozen=True, kw_only=True)
class World:
    """Project, git, engine, AWS, terminal and clock."""

    project: Project
    offline: bool
    screen: Screen
    engine: Engine
    repository: Repository
    now: Callable[[], datetime.datetime] = now
    sleep: Callable[[float], None] = time.sleep
    places: dict[str, Place] = field(default_factory=dict)
    """Those that were asked for."""

    def place(self, environment: str) -> Place:
        """An environment. Raises Failure where it has no stack file."""
        if environment not in self.places:
            self.project.require(environment)
            self.places[environment] = Place(self.project, environment, self.offline)
        return self.places[environment]

    def command(self, verb: str, *words: str) -> str:
        """A command line of ours that can be pasted."""
        return headroom(verb, *words, *(["--offline"] if self.offline else []))
