"""Schedules of rotations, and the age of access keys on a day."""

from datetime import date

import pytest

from policies.graph import Resource
from policies.rules.keys import access_key_age_on
from policies.rules.rotation import longest_days
from policies.verdict import Outcome


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("rate(90 days)", 90),
        ("rate(12 hours)", 0.5),
        ("cron(0 8 1 * ? *)", 31),
        ("cron(0 8 L * ? *)", 31),
        ("cron(0 8 ? * SUN *)", 31),
        ("cron(0 8 1 */2 ? *)", 62),
        ("cron(0 8 1 1/3 ? *)", 93),
        ("cron(0 8 1 JAN,JUL ? *)", 186),
        ("cron(0 8 1 11-2 ? *)", 366),
        ("cron(0 8 1 * ? 2027)", 366),
        ("weekly", None),
    ],
)
def test_a_schedule_leaves_so_many_days_at_most(schedule: str, days: float | None) -> None:
    assert longest_days(schedule) == days


def key(made: str) -> Resource:
    return Resource("aws:iam/accessKey:AccessKey", "ci", "urn:ci", {"createDate": made, "status": "Active"})


@pytest.mark.parametrize(
    ("made", "outcome"),
    [
        ("2026-08-23T12:00:00Z", Outcome.PASS),
        ("2026-08-23T01:00:00+02:00", Outcome.FAIL),
        ("2026-08-22", Outcome.FAIL),
        ("2026-11-21T09:00:00Z", Outcome.PASS),
    ],
)
def test_an_access_key_may_be_ninety_days_old(made: str, outcome: Outcome) -> None:
    assert access_key_age_on(key(made), date(2026, 11, 21)).outcome is outcome
