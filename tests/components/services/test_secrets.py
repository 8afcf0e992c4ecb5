"""Secrets of a service under pretended AWS. E5, E6."""

from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.keys.by_hand import ByHand
from components.links import KeyLink
from components.services.secrets import ServiceSecrets, ServiceSecretsArgs

Run = Callable[..., Any]

ARGS: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "key": KeyLink(arn="key-arn", alias="alias/headroom-dev-services"),
    "secrets": {"SESSION_KEY": "generated", "PAYMENT_API_KEY": "external"},
    "recovery_days": 7,
}


def made(run: Run) -> Any:
    return run(lambda: ServiceSecrets("api", ServiceSecretsArgs(**ARGS)))


def test_each_variable_has_a_secret_under_a_fixed_name_and_our_key(run: Run) -> None:
    secrets = {secret["inputs"]["name"]: secret["inputs"] for secret in made(run).all("secretsmanager/secret:Secret")}
    assert set(secrets) == {"headroom/dev/service/api/SESSION_KEY", "headroom/dev/service/api/PAYMENT_API_KEY"}
    for inputs in secrets.values():
        assert inputs["kmsKeyId"] == "key-arn"
        assert inputs["recoveryWindowInDays"] == 7


def test_a_generated_secret_has_a_random_first_value_that_stays(run: Run) -> None:
    version = made(run).one("secretsmanager/secretVersion:SecretVersion")
    assert version["name"] == "api-SESSION_KEY"
    assert version["inputs"]["secretString"] == "canary-Generated-Password-0001"
    assert version["secrets"] == ["secretString"]
    assert version["options"]["ignore_changes"] == ["secretString"]


def test_an_external_secret_waits_for_the_team(run: Run) -> None:
    stack = made(run)
    assert "api-PAYMENT_API_KEY" in stack.names("secretsmanager/secret:Secret")
    assert "api-PAYMENT_API_KEY" not in stack.names("secretsmanager/secretVersion:SecretVersion")


def test_each_says_that_a_team_rotates_it_whose_and_how_often(run: Run) -> None:
    args = ServiceSecretsArgs(**ARGS, by_hand=ByHand(owner="payments", period_days=60, overlap_days=3))
    stack = run(lambda: ServiceSecrets("api", args))
    for secret in stack.all("secretsmanager/secret:Secret"):
        assert secret["inputs"]["tags"] == {
            "Service": "api",
            "headroom:owner": "payments",
            "headroom:rotated-by": "team",
            "headroom:period-days": "60",
            "headroom:overlap-days": "3",
        }


def test_a_recovery_window_that_aws_refuses_is_refused_here() -> None:
    with pytest.raises(ValueError, match="secret_recovery_days is 2: AWS takes 7 to 30 days"):
        ServiceSecretsArgs(**(ARGS | {"recovery_days": 2}))
