"""The secret of the receiver of traces, under pretended AWS. O3, E4."""

from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.links import KeyLink
from components.services.traces_header import TracesHeader, TracesHeaderArgs

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="services-key", alias="alias/headroom-dev-services")


def test_its_value_is_put_by_hand_and_encrypted(run: Callable[..., Any]) -> None:
    args = TracesHeaderArgs(scope=SCOPE, key=KEY, header="x-api-key", recovery_days=7)
    stack = run(lambda: TracesHeader("traces-header", args).link, preview=True)
    inputs = stack.one("secretsmanager/secret:Secret")["inputs"]
    assert (inputs["name"], inputs["kmsKeyId"]) == ("headroom/dev/telemetry/header", "services-key")
    assert stack.all("SecretVersion") == []
    assert stack.result.secret_name == "headroom/dev/telemetry/header"


def test_a_recovery_that_aws_does_not_know_is_refused() -> None:
    with pytest.raises(ValueError, match="secret_recovery_days is 3"):
        TracesHeaderArgs(scope=SCOPE, key=KEY, header="x-api-key", recovery_days=3)
