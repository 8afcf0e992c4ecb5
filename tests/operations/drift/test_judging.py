"""Every difference is benign, pending, ignored or real; and nothing is told twice, or hidden for ever."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

import pytest

from operations.drift.ignores import Ignore
from operations.drift.judging import Around
from operations.drift.model import EXIT_CODES, Drift, worst
from operations.drift.pending import Pending, Waiting
from tests.operations.drift.refreshed import DATABASE, TODAY, failed, judged, read, run, told, urn

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
SLOW = read(BALANCER, "alb", asked={"idleTimeout": 60}, found={"idleTimeout": 90}, detail={"idleTimeout": "update"})
IGNORE = Ignore(
    environment="dev",
    type=BALANCER,
    name="al*",
    path="idleTimeout",
    reason="a load test",
    owner="data team",
    expires=datetime.date(2026, 12, 31),
)
BIGGER = read(
    DATABASE,
    asked={"instanceClass": "db.t4g.large", "identifier": "main"},
    found={"instanceClass": "db.t4g.small", "identifier": "main"},
    detail={"instanceClass": "update"},
)


def around(*ignored: Ignore, **waits: Pending) -> Around:
    by_urn = {urn(DATABASE, name): pending for name, pending in waits.items()}
    return Around(today=TODAY, ignored=ignored, waiting=Waiting(by_urn=by_urn))


def test_a_difference_that_nobody_knows_is_real() -> None:
    made = judged(run(SLOW))
    assert made.drift.real == ["lb.LoadBalancer alb idleTimeout: 60 was asked for, AWS has 90"]
    assert EXIT_CODES[made.drift.ending] == 2


def test_what_is_gone_and_what_nobody_can_read_is_real() -> None:
    made = judged(run(read(DATABASE, asked={"port": 1}, found=None), *failed(BALANCER, "alb", "AccessDenied")))
    assert made.drift.real == ["rds.Instance main is gone", "lb.LoadBalancer alb can't be read: AccessDenied"]
    assert any("may hide more" in note for note in made.drift.notes)


def test_nothing_that_differs_is_nothing() -> None:
    made = judged(run(read(DATABASE, asked={"port": 1}, found={"port": 1})))
    assert (made.drift.real, made.drift.ending, made.drift.resources) == ([], "nothing", 1)


def test_what_aws_is_about_to_do_as_asked_is_pending() -> None:
    waits = Pending(values={"instanceClass": "db.t4g.large"}, window="in the window sun:03:00-sun:04:00 (UTC)")
    made = judged(run(BIGGER), around(main=waits))
    assert told(made) == [("rds.Instance main", "instanceClass", "pending")]
    assert "sun:03:00" in made.drift.differences[0].why
    assert (made.drift.ending, EXIT_CODES["pending"]) == ("pending", 4)


def test_what_waits_but_is_not_what_was_asked_for_stays_real() -> None:
    made = judged(run(BIGGER), around(main=Pending(values={"instanceClass": "db.r7g.large"})))
    assert told(made) == [("rds.Instance main", "instanceClass", "real")]


def test_a_change_that_waits_and_nobody_asked_for_is_real_before_it_happens() -> None:
    standing = read(DATABASE, asked={"instanceClass": "db.t4g.small"}, found={"instanceClass": "db.t4g.small"})
    made = judged(run(standing), around(main=Pending(values={"instanceClass": "db.r7g.large"})))
    assert made.drift.real == [
        'rds.Instance main instanceClass: AWS will make it "db.r7g.large", and "db.t4g.small" was asked for'
    ]


def test_what_waits_and_was_asked_for_all_along_is_nothing() -> None:
    standing = read(DATABASE, asked={"engineVersion": "17"}, found={"engineVersion": "17"})
    made = judged(run(standing), around(main=Pending(values={"engineVersion": "17.6", "iops": 3000})))
    assert made.drift.differences == []


@pytest.mark.parametrize(
    ("engine", "asked", "waits", "real"),
    [
        ("mysql", {"engineVersion": "8.0"}, {"engineVersion": "8.4.3"}, True),
        ("mysql", {"engineVersion": "8.4"}, {"engineVersion": "8.4.3"}, False),
        ("postgres", {"engineVersion": "17"}, {"engineVersion": "18.1"}, True),
        ("postgres", {"allocatedStorage": 20, "maxAllocatedStorage": 100}, {"allocatedStorage": 22}, False),
        ("postgres", {"allocatedStorage": 20, "maxAllocatedStorage": 100}, {"allocatedStorage": 200}, True),
        ("postgres", {"allocatedStorage": 20}, {"allocatedStorage": 22}, True),
    ],
)
def test_what_aws_will_choose_by_itself_is_told_from_what_somebody_asked_of_it(
    engine: str, asked: dict[str, Any], waits: dict[str, Any], real: bool
) -> None:
    standing = read(DATABASE, asked=asked, found=asked, outputs={"engine": engine})
    made = judged(run(standing), around(main=Pending(values=waits)))
    assert bool(made.drift.real) is real


def test_maintenance_that_waits_is_pending() -> None:
    standing = read(DATABASE, asked={"port": 1}, found={"port": 1})
    made = judged(
        run(standing), around(main=Pending(actions=["system-update, by 2026-12-01"], window="in the window x"))
    )
    assert [one.told for one in made.drift.of("pending")] == [
        "rds.Instance main: system-update, by 2026-12-01, in the window x"
    ]


def test_an_entry_of_drift_yaml_leaves_a_difference_alone() -> None:
    made = judged(run(SLOW), around(IGNORE))
    assert told(made) == [("lb.LoadBalancer alb", "idleTimeout", "ignored")]
    assert made.drift.differences[0].why == "a load test; data team; until 2026-12-31"
    assert made.drift.ending == "nothing"


@pytest.mark.parametrize(
    "other",
    [{"name": "web*"}, {"path": "tags"}, {"type": "aws:lb/targetGroup:TargetGroup"}, {"path": "idleTimeout.more"}],
)
def test_an_entry_that_matches_nothing_is_told_and_counts_as_real(other: dict[str, str]) -> None:
    made = judged(run(SLOW), around(replace(IGNORE, **other)))  # type: ignore[arg-type]
    assert told(made) == [("lb.LoadBalancer alb", "idleTimeout", "real")]
    assert any("matches nothing" in line for line in made.drift.real)


def test_an_entry_that_is_over_is_told_and_excuses_nothing() -> None:
    made = judged(run(SLOW), around(replace(IGNORE, expires=datetime.date(2026, 11, 21))))
    assert told(made) == [("lb.LoadBalancer alb", "idleTimeout", "real")]
    assert len(made.drift.stale) == 1
    assert "expired on 2026-11-21" in made.drift.stale[0]


@pytest.mark.parametrize(("days", "told"), [(0, True), (14, True), (15, False)])
def test_an_entry_holds_on_its_last_day_and_says_beforehand_that_it_ends(days: int, told: bool) -> None:
    last = TODAY + datetime.timedelta(days=days)
    made = judged(run(SLOW), around(replace(IGNORE, expires=last)))
    assert made.drift.ending == "nothing"
    assert any(f"ends on {last}" in note for note in made.drift.notes) is told


def test_where_not_everything_was_read_no_entry_is_said_to_match_nothing() -> None:
    made = judged(run(*failed(BALANCER, "alb", "AccessDenied")), around(IGNORE))
    assert made.drift.stale == []


def test_what_is_gone_is_never_ignored() -> None:
    made = judged(run(read(BALANCER, "alb", asked={"idleTimeout": 60}, found=None)), around(IGNORE))
    assert "lb.LoadBalancer alb is gone" in made.drift.real


def test_no_secret_leaves_whatever_carries_it() -> None:
    canary = "AKIAABCDEFGHIJKLMNOP"
    documents: list[dict[str, Any]] = [
        read(DATABASE, asked={"tags": {"a": "1"}}, found={"tags": {"a": canary}}, detail={"tags.a": "update"}),
        read(
            "aws:ssm/parameter:Parameter",
            "p",
            asked={"value": "[secret]"},
            found={"value": "CANARY"},
            detail={"value": "update"},
        ),
        read(
            "kubernetes:apps/v1:Deployment",
            "api",
            asked={"spec": [{"name": "DB_PASSWORD", "value": "CANARY"}]},
            found={"spec": [{"name": "DB_PASSWORD", "value": "CANARY BY HAND"}]},
            detail={"spec[0].value": "update"},
        ),
        *failed(BALANCER, "alb", f"AccessDenied for {canary}"),
    ]
    made = judged(run(*documents))
    assert len(made.drift.differences) == 4
    assert canary not in repr(made.drift)
    assert "CANARY" not in repr(made.drift)


def test_the_worst_of_several_environments_is_the_exit_code() -> None:
    nothing, failed_one = Drift(environment="a"), Drift(environment="b", error="no stack")
    assert (worst([nothing]), worst([nothing, failed_one]), worst([])) == ("nothing", "error", "nothing")
