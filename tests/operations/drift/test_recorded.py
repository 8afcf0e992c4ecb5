"""What two engines said of dev, after the same things were done to it by hand, comes to the same drift.

`pulumi.jsonl` is of Pulumi's own CLI, v3.260.0, over the project's provider plugin; `record.py` tells how they came.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from operations import events
from operations.changes import Run
from operations.drift.patches import patch
from operations.findings.origin import Origins
from tests.operations.drift.refreshed import judged

FOLDER = Path(__file__).parent / "recorded"
ROOT = Path(__file__).resolve().parents[3]
RECORDED = ("offline.jsonl", "pulumi.jsonl")


def recorded(name: str) -> Run:
    made = Run()
    for line in gzip.decompress((FOLDER / f"{name}.gz").read_bytes()).splitlines():
        made.add(events.parse(line))
    return made


@pytest.mark.parametrize("name", RECORDED)
def test_what_was_done_by_hand_is_found_and_classed(name: str) -> None:
    found = judged(recorded(name)).drift
    assert sorted(found.real) == [
        "cloudwatch.LogMetricFilter worker-errors is gone",
        'iam.RolePolicy report-schedule policy.Statement[0].Action: ["ecs:RunTask"] was asked for, AWS has "*"',
        "rds.Instance main backupRetentionPeriod: 1 was asked for, AWS has 3",
        'rds.Instance main instanceClass: "db.t4g.small" was asked for, AWS has "db.t4g.large"',
        'sns.Topic alarms-page tags.Owner: "backend" was asked for, AWS has "somebody"',
        'sns.Topic alarms-page tags.hand: nothing was asked for, AWS has "made"',
    ]
    assert {(one.path, one.rule) for one in found.of("benign")} == {
        ("minCapacity", "scheduled-capacity"),
        ("maxCapacity", "scheduled-capacity"),
    }
    assert found.resources > 300


@pytest.mark.parametrize("name", RECORDED)
def test_its_patch_accepts_what_settings_decide_on(name: str) -> None:
    run = recorded(name)
    made = judged(run)
    real = [seen for seen, one in zip(made.seen, made.drift.differences, strict=False) if one.verdict == "real"]
    origins = Origins(ROOT, "dev", {urn: change.parent for urn, change in run.changes.items()})
    found = patch(ROOT / "Pulumi.dev.yaml", real, origins)
    assert found is not None
    assert sorted(found.settings) == ["headroom:databases.main.backup_days", "headroom:databases.main.class"]


@pytest.mark.parametrize("name", RECORDED)
def test_a_secret_that_was_rotated_by_hand_shows_nowhere(name: str) -> None:
    assert b"CANARY" not in gzip.decompress((FOLDER / f"{name}.gz").read_bytes())
    assert "CANARY" not in repr(judged(recorded(name)).drift)
