"""The function that rotates, and who may call it. E3."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope, allow
from components.keys.rotator import Rotator, RotatorArgs
from components.links import KeyLink
from tests.components.rotation_examples import REDIS, api_key

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
NAME = "headroom-dev-rotate-secret"
SECRETS = {"headroom/dev/keys/frontend": api_key("frontend", "read", "api"), "headroom/dev/cache/main": REDIS}
ARGS: dict[str, Any] = {
    "scope": SCOPE,
    "key": KeyLink(arn="arn:key", alias="alias/headroom-dev-operations"),
    "secrets": SECRETS,
    "digests": {"headroom/dev/service/api/key-digests": ["frontend"]},
    "statements": [allow("Do", ["secretsmanager:DescribeSecret"], ["arn:one"])],
    "cluster_arn": "arn:cluster",
    "log_retention_days": 7,
    "settle_seconds": 90,
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    return lambda **changed: run(lambda: Rotator("rotate-secret", RotatorArgs(**(ARGS | changed))))


def test_secrets_manager_may_call_it_for_this_environments_secrets_only(made: Run) -> None:
    permission = made().one("lambda/permission:Permission", "rotate-secret-secrets")["inputs"]
    assert permission["principal"] == "secretsmanager.amazonaws.com"
    assert permission["sourceAccount"] == "111111111111"
    assert permission["sourceArn"] == "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev/*"


def test_every_hour_it_is_told_of_every_secret(made: Run) -> None:
    stack = made()
    assert stack.one("cloudwatch/eventRule:EventRule")["inputs"]["scheduleExpression"] == "rate(1 hour)"
    target = stack.one("cloudwatch/eventTarget:EventTarget")
    told = json.loads(target["inputs"]["input"])
    assert told == {"Action": "sweep", "Secrets": sorted(SECRETS), "Digests": ARGS["digests"]}
    permission = stack.one("lambda/permission:Permission", "rotate-secret-clock")
    assert permission["inputs"]["sourceArn"] == f"arn:aws:events:eu-central-1:111111111111:rule/{NAME}"
    assert permission["urn"] in target["options"]["depends_on"]


def test_its_role_has_the_name_that_the_keys_policies_know(made: Run) -> None:
    stack = made()
    assert stack.one("iam/role:Role")["inputs"]["name"] == NAME
    function = stack.one("lambda/function:Function")["inputs"]
    assert function["environment"]["variables"] == {"SETTLE_SECONDS": "90", "CLUSTER": "arn:cluster"}
    assert function["timeout"] == 900


def test_on_eks_it_knows_no_cluster(made: Run) -> None:
    variables = made(cluster_arn=None).one("lambda/function:Function")["inputs"]["environment"]["variables"]
    assert "CLUSTER" not in variables


def test_more_secrets_than_a_rule_can_name_are_told(made: Run) -> None:
    many = {f"headroom/dev/service/service-{number:03}/database": REDIS for number in range(250)}
    with pytest.raises(ValueError, match="secrets are 250, too many for one rule, which tells a function 8 KiB"):
        made(secrets=many)
