"""A process that only speaks Pulumi's protocol imports no SDK."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
from offline.protocol import without_sdk

without_sdk()
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc
print(provider_pb2.DiffResponse.DIFF_SOME, sorted({"dill", "opentelemetry", "pulumi.resource"} & {*sys.modules}))
"""


def test_the_protocol_is_imported_alone() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("2 []\n", "")


def test_an_sdk_that_is_there_stays() -> None:
    import pulumi

    from offline.protocol import without_sdk

    without_sdk()
    assert sys.modules["pulumi"] is pulumi
