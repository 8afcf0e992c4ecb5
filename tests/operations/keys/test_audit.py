"""What the audit finds, told from what AWS tells."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from operations.keys.audit import findings
from operations.keys.credential import Credential, Rotation

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
ROTATION = Rotation(
    phase="done",
    begun=True,
    current="v2",
    previous="",
    pending="",
    settled=True,
    rolling=False,
    rolled=NOW,
    deactivate_after=None,
    delete_after=None,
    extended=None,
    leaked="",
)
USER = Credential(
    name="service/api/database",
    arn="arn",
    kind="postgres-user",
    owner="api-team",
    made=NOW - timedelta(days=400),
    rotated=NOW - timedelta(days=30),
    period_days=90,
    overlap_days=7,
    rotates=True,
    next_rotation=NOW + timedelta(days=60),
    last_use=NOW - timedelta(days=1),
    use_told="reads",
    readers=("api",),
    rotation=ROTATION,
)


def days(number: float) -> datetime:
    return NOW - timedelta(days=number)


def overlap(**changes: object) -> Rotation:
    return replace(ROTATION, phase="overlap", previous="v1", **changes)  # type: ignore[arg-type]


def test_what_is_in_order_has_no_finding():
    assert findings([USER], NOW) == []


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"owner": ""}, "no-owner"),
        ({"rotates": False, "rotation": None}, "no-rotation"),
        ({"kind": "secret", "rotates": False, "rotation": None, "rotated": days(91)}, "no-rotation"),
        ({"period_days": 0}, "no-period"),
        ({"rotated": days(93)}, "overdue"),
        ({"rotation": replace(ROTATION, begun=False)}, "not-begun"),
        ({"rotation": overlap(deactivate_after=days(0.2))}, "two-live"),
        ({"live": 2}, "two-live"),
        ({"stale": ("api",)}, "stale"),
        ({"rotated": days(-1)}, "future"),
        ({"rotation": overlap(leaked="v1", deactivate_after=days(-5))}, "leaked"),
        ({"rotation": replace(ROTATION, phase="making", pending="v3", making_since=days(2))}, "stuck"),
    ],
)
def test_each_of_these_is_one_finding(changed, rule):
    assert [finding.rule for finding in findings([replace(USER, **changed)], NOW)] == [rule]


@pytest.mark.parametrize(
    "changed",
    [
        {"rotated": days(91.5)},
        {"rotation": overlap(deactivate_after=days(0.05))},
        {"rotation": overlap(deactivate_after=days(-5)), "live": 2},
        {"rotation": replace(ROTATION, phase="making", pending="v3", making_since=days(0.5)), "live": 2},
        {"rotated": days(0.01), "stale": ("api",)},
        {"deleted": days(1), "owner": ""},
        {"kind": "secret", "rotates": False, "rotation": None, "rotated": days(89)},
        {"kind": "digests", "owner": "", "rotates": False},
    ],
)
def test_none_of_these_is_a_finding(changed):
    assert findings([replace(USER, **changed)], NOW) == []


@pytest.mark.parametrize(("last_use", "told"), [(None, True), (days(100), True), (days(80), False)])
def test_what_nobody_has_used_for_90_days_is_found(last_use, told):
    unused = replace(USER, rotated=days(120), period_days=365, last_use=last_use)
    assert [finding.rule for finding in findings([unused], NOW)] == (["unused"] if told else [])


def test_a_use_that_nobody_tells_of_is_no_finding():
    untold = replace(USER, rotated=days(120), period_days=365, last_use=None, use_told="")
    assert findings([untold], NOW) == []


def test_a_clock_that_jumped_back_gives_no_negative_age():
    assert replace(USER, rotated=days(-10)).age_days(NOW) == 0
