"""The Kubernetes plugin without any cluster, and with a real API server that all tests of a run share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from offline.kubernetes.schemas import custom_definitions
from tests.offline.aws.provider_harness import Made
from tests.offline.kubernetes.api_server import RunningApiServer
from tests.offline.kubernetes.plugin_harness import Plugin

CUSTOM = "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"


@pytest.fixture(scope="session")
def plugin() -> Iterator[Plugin]:
    started = Plugin({})
    started.configure()
    yield started
    started.close()


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningApiServer]:
    """A kube-apiserver that serves every custom kind as well."""
    running = RunningApiServer(tmp_path_factory.mktemp("apiserver"))
    plugin = Plugin({"HEADROOM_KUBE_APISERVER": str(running.kubeconfig)})
    plugin.configure()
    for definition in custom_definitions():
        Made(plugin, CUSTOM, definition, "definition")
    plugin.close()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def real(api: RunningApiServer) -> Iterator[Plugin]:
    """The plugin, told of the server by the variable, with data that changes in place as the components have it."""
    started = Plugin({"HEADROOM_KUBE_APISERVER": str(api.kubeconfig)})
    started.configure(enableConfigMapMutable=True)
    yield started
    started.close()
