"""The plugin's process: it outlives the terminal's ^C, and ends when the engine is through with it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2_grpc

from offline.engine.plugins import ANOTHER

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def process() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "offline.aws", "127.0.0.1:1"]
    started = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    yield started
    started.kill()
    started.communicate()


def test_further_providers_share_the_process_until_each_of_them_is_cancelled(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    first = int(process.stdout.readline())
    with grpc.insecure_channel(f"127.0.0.1:{first}") as channel:
        second = int(channel.unary_unary(ANOTHER)(b"", timeout=60))
        with grpc.insecure_channel(f"127.0.0.1:{second}") as other:
            providers = [provider_pb2_grpc.ResourceProviderStub(one) for one in (channel, other)]
            assert second != first
            providers[0].Cancel(empty_pb2.Empty(), timeout=60)
            process.send_signal(signal.SIGINT)
            assert all(provider.GetPluginInfo(empty_pb2.Empty(), timeout=60).version for provider in providers)
            providers[1].Cancel(empty_pb2.Empty(), timeout=60)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=60) == 0


def test_an_interrupt_ends_the_plugin_only_after_the_engine_has_cancelled_it(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    with grpc.insecure_channel(f"127.0.0.1:{int(process.stdout.readline())}") as channel:
        provider = provider_pb2_grpc.ResourceProviderStub(channel)
        provider.GetPluginInfo(empty_pb2.Empty(), timeout=60)
        process.send_signal(signal.SIGINT)
        assert provider.GetPluginInfo(empty_pb2.Empty(), timeout=60).version
        provider.Cancel(empty_pb2.Empty(), timeout=60)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
