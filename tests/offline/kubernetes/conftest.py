"""The Kubernetes plugin without any cluster."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.offline.kubernetes.plugin_harness import Plugin


@pytest.fixture(scope="session")
def plugin() -> Iterator[Plugin]:
    started = Plugin({})
    started.configure()
    yield started
    started.close()
