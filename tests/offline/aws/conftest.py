"""One emulated AWS for the session, with the provider plugin configured for one account."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from offline import cloud
from tests.offline.aws.provider_harness import ACCOUNT, REGION, Aws, Maker, Plugin


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("offline-home")


@pytest.fixture(scope="session")
def aws_cloud(home: Path) -> Iterator[cloud.Cloud]:
    running = cloud.ensure(home)
    yield running
    cloud.stop(home)


@pytest.fixture(scope="session")
def environment(aws_cloud: cloud.Cloud) -> dict[str, str]:
    return cloud.environment(aws_cloud, ACCOUNT, REGION)


@pytest.fixture(scope="session")
def aws(environment: dict[str, str]) -> Aws:
    return Aws(environment)


@pytest.fixture(scope="session")
def plugin(environment: dict[str, str]) -> Iterator[Plugin]:
    started = Plugin(environment)
    started.configure(region=REGION)
    yield started
    assert "checked only: the emulated AWS lacks" not in started.close()  # the coverage page says what it executes


@pytest.fixture
def make(plugin: Plugin) -> Iterator[Maker]:
    maker = Maker(plugin)
    yield maker
    maker.clean()
