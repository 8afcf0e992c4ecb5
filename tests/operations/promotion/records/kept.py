"""An emulated AWS with a state bucket, and in it the releases of an environment of its own for every test."""

from __future__ import annotations

import itertools
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest

from offline import cloud
from operations.bootstrap import bootstrap
from operations.clients import Clients
from operations.errors import Invocation
from operations.promotion.model import Holder
from operations.promotion.records.lease import Pace
from operations.promotion.records.objects import Objects
from operations.promotion.records.store import Store

ACCOUNT, REGION = "700000000001", "eu-central-1"
NUMBERS = itertools.count(1)


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The home of an emulated AWS that runs."""
    home = tmp_path_factory.mktemp("promotion-home")
    cloud.ensure(home)
    yield home
    cloud.stop(home)


@pytest.fixture(scope="session")
def account(emulator: Path) -> Clients:
    """An account in it that was bootstrapped."""
    given = cloud.environment(cloud.ensure(emulator), ACCOUNT, REGION)
    session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"])
    made = Clients(session, REGION, given["AWS_ENDPOINT_URL"])
    bootstrap(made, account=ACCOUNT, region=REGION)
    return made


@pytest.fixture
def store(account: Clients) -> Store:
    """Releases of an environment; none yet."""
    name = f"dev{next(NUMBERS)}"
    invocation = Invocation(environment=name, offline=True, verb="promote")
    return Store(Objects(account("s3"), f"headroom-state-{ACCOUNT}-{REGION}", invocation), name)


@pytest.fixture
def quick(store: Store) -> Store:
    """The same where a lease is renewed all the time, and stale soon; S3's clock tells whole seconds."""
    return replace(store, pace=Pace(renew_seconds=0.1, stale_seconds=2))


@pytest.fixture
def holder() -> Callable[[str], Holder]:
    """This process, as somebody."""
    tokens = itertools.count(1)

    def of(who: str) -> Holder:
        return Holder(who=who, host=socket.gethostname(), process=os.getpid(), token=f"{who}-{next(tokens)}")

    return of
