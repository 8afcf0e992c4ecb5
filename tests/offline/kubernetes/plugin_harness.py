"""The Kubernetes plugin as a process, spoken to as the engine does."""

from __future__ import annotations

import os
import subprocess
import sys

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from offline import cloud
from tests.offline.aws import provider_harness


class Plugin(provider_harness.Plugin):
    """The same conversation as with the AWS plugin, with another process."""

    def __init__(self, environment: dict[str, str]) -> None:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HEADROOM_KUBE"))}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "offline.kubernetes", "127.0.0.1:1"],
            env={**env, **environment, "PYTHONPATH": str(cloud.ROOT)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        port = self.process.stdout.readline().strip()
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")
        self.stub = provider_pb2_grpc.ResourceProviderStub(self.channel)
