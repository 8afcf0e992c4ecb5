"""Alarms of an Aurora cluster. O1."""

from dataclasses import replace

import pytest

from components.alarms.watched import WatchedMember
from components.databases.aurora_alarms import THRESHOLDS, cluster_conditions, member_conditions

PROVISIONED = WatchedMember(
    name="main-1",
    identifier="headroom-prod-main-1",
    instance_class="db.r8g.large",
    max_connections=1774,
    is_serverless=False,
    pauses=False,
    is_scaled=False,
)
SERVERLESS = replace(PROVISIONED, instance_class="db.serverless", is_serverless=True, max_connections=823)
COMMON = ["database-cpu-high", "database-connections-high", "database-memory-low"]


def conditions(member: WatchedMember) -> dict[str, object]:
    return {condition.name: condition for condition in member_conditions(member)}


def test_a_provisioned_instance_is_watched_for_local_storage_and_lag() -> None:
    assert list(conditions(PROVISIONED)) == [*COMMON, "database-local-storage-low", "database-replica-lag"]


def test_a_serverless_one_is_watched_for_its_capacity_and_has_no_local_storage_to_report() -> None:
    assert list(conditions(SERVERLESS)) == [*COMMON, "database-capacity-high", "database-replica-lag"]


def test_every_condition_asks_for_one_instance_of_rds() -> None:
    for condition in [*member_conditions(PROVISIONED), *member_conditions(SERVERLESS)]:
        (metric,) = condition.metrics.values()
        assert metric.namespace == "AWS/RDS"
        assert metric.dimensions == {"DBInstanceIdentifier": "headroom-prod-main-1"}


@pytest.mark.parametrize(("most", "limit"), [(1774, 1419), (823, 658), (90, 72)])
def test_connections_are_counted_against_what_the_instance_accepts(most: int, limit: int) -> None:
    (condition,) = (c for c in member_conditions(replace(PROVISIONED, max_connections=most)) if "connections" in c.name)
    assert condition.threshold == limit
    assert str(most) in condition.what


def test_memory_is_a_tenth_of_the_class_or_a_fixed_floor_of_a_serverless_one() -> None:
    floors = [c.threshold for m in (PROVISIONED, SERVERLESS) for c in member_conditions(m) if "memory" in c.name]
    assert floors == [16 * 1024**3 // 10, 1024**3 // 4]


def test_an_instance_that_may_pause_is_allowed_to_say_nothing() -> None:
    assert {c.missing for c in member_conditions(replace(SERVERLESS, pauses=True))} == {"notBreaching"}
    silent = [c.name for c in member_conditions(SERVERLESS) if c.missing == "breaching"]
    assert silent == ["database-memory-low"], "told once"


def test_the_lag_is_in_milliseconds_and_nobody_is_wrong_who_has_none() -> None:
    (lag,) = (c for c in member_conditions(PROVISIONED) if c.name == "database-replica-lag")
    assert (lag.metrics["lag"].name, lag.threshold, lag.missing) == ("AuroraReplicaLag", 1000, "notBreaching")


def test_cpu_waits_for_autoscaling_before_it_calls_somebody() -> None:
    (plain,) = (c for c in member_conditions(PROVISIONED) if c.name == "database-cpu-high")
    (scaled,) = (c for c in member_conditions(replace(PROVISIONED, is_scaled=True)) if c.name == "database-cpu-high")
    assert (plain.periods, scaled.periods) == (5, 20)
    assert plain.threshold == scaled.threshold == 70


def test_a_volume_near_its_end_pages() -> None:
    (volume,) = cluster_conditions("headroom-prod-main")
    assert volume.severity == "page"
    assert volume.metrics["used"].dimensions == {"DBClusterIdentifier": "headroom-prod-main"}
    assert volume.threshold == 100 * 1024**4


def test_every_limit_says_where_it_comes_from() -> None:
    assert all("docs.aws.amazon.com" in limit.source or "ours" in limit.source for limit in THRESHOLDS.values())
