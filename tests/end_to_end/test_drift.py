"""What somebody changes by hand is found, without anything being changed; `standing` stays as it was found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
import pytest

from operations.access import principals
from tests.end_to_end.by_hand import changed_by_hand
from tests.end_to_end.needs import needed, refused

READS = ("Describe", "Get", "List", "AssumeRole", "GET ", "HEAD ")
"""How operations begin that change nothing."""


@pytest.fixture(scope="module")
def drifted(standing: Any, accounts: dict[str, boto3.Session], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What `headroom drift` tells while dev is changed, what it calls of AWS, and whether the state stays the same."""
    out = Path(tmp_path_factory.mktemp("drift")) / "drift.json"
    before = standing.state("dev")
    with changed_by_hand(accounts["dev"]), standing.listed_calls() as calls:
        command = str(standing.root / ".venv/bin/headroom"), "drift", "dev", "--offline"
        process = standing.start(*command, "--format", "json", "--out", str(out))
        process.communicate(timeout=120)
    [found] = json.loads(out.read_text())["environments"]
    return process.returncode, found, calls, before == standing.state("dev")


def test_what_was_changed_by_hand_is_real_and_what_a_schedule_did_is_not(drifted: Any) -> None:
    code, found, _, _ = drifted
    assert code == 2
    assert {(one["label"], one["path"]) for one in found["differences"] if one["verdict"] == "real"} == {
        ("rds.Instance main", "instanceClass"),
        ("rds.Instance main", "backupRetentionPeriod"),
        ("iam.RolePolicy report-schedule", "policy.Statement[0].Action"),
        ("cloudwatch.LogMetricFilter worker-errors", ""),
        ("sns.Topic alarms-page", "tags.Owner"),
        ("sns.Topic alarms-page", "tags.hand"),
        ("ec2.SecurityGroup alb", "ingress"),
        ("iam.Role api-task", "inlinePolicies"),
    }
    assert {one["rule"] for one in found["differences"] if one["verdict"] == "benign"} == {"scheduled-capacity"}


def test_a_look_changes_neither_aws_nor_the_state(drifted: Any) -> None:
    _, _, calls, same_state = drifted
    assert same_state
    assert calls
    assert {call["operation"] for call in calls if not call["operation"].startswith(READS)} == set()


def test_the_job_that_looks_every_night_may_do_all_that_a_look_does(drifted: Any, standing: Any) -> None:
    role = principals(standing.state("dev"))["headroom-dev-ci-preview"]
    wanted = needed(drifted[2], "dev", role.account)
    assert {"ec2:DescribeSecurityGroupRules", "iam:ListRolePolicies"} <= {action for action, _ in wanted}
    assert refused(role, wanted) == []


def test_the_settings_that_would_accept_it_are_told(drifted: Any) -> None:
    _, found, _, _ = drifted
    assert sorted(found["patch"]["settings"]) == [
        "headroom:databases.main.backup_days",
        "headroom:databases.main.class",
    ]


def test_no_secret_is_in_it(drifted: Any) -> None:
    assert "CANARY" not in json.dumps(drifted[1])


def test_environments_that_nobody_touched_have_what_was_asked_for(standing: Any, drifted: Any) -> None:
    """And dev, where all of it was undone."""
    printed = standing.headroom("drift", "dev", "staging", "--offline")
    assert printed.count("AWS has what was asked for") == 2, printed
