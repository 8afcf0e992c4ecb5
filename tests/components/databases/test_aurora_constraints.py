"""What Aurora refuses. D1, D2."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.constraints import Problem
from components.databases.aurora_constraints import (
    AURORA_CLASSES,
    WITHOUT_BACKTRACK,
    ServerlessRange,
    aurora_class_problems,
    aurora_insights_problems,
    aurora_problems,
    backtrack_problems,
    burstable_problems,
    io_problems,
    reader_problems,
    serverless_problems,
    without_effect_problems,
)
from components.sizing import RDS_CLASSES, max_connections, serverless_max_connections

RIGHT: dict[str, Any] = {
    "engine": "aurora-postgresql",
    "version": "17.6",
    "instance_class": "db.r8g.large",
    "serverless": None,
    "replicas": 2,
    "max_replicas": 5,
    "backup_days": 7,
    "backtrack_hours": 0,
    "io_optimized": False,
    "deletion_protection": True,
    "backup_window": "07:00-09:00",
    "maintenance_window": "sun:09:30-sun:10:30",
    "insights": True,
    "monitoring_seconds": 60,
    "ca": "rds-ca-rsa2048-g1",
    "database_name": "app",
    "extensions": ["pg_trgm"],
    "parameters": {"work_mem": "65536"},
    "region": "eu-central-1",
}
PAUSING = ServerlessRange(min_acu=0, max_acu=4, pause_minutes=10)
OLD_MYSQL = "8.0.mysql_aurora.3.04.4"


def only(problems: list[Problem]) -> Problem:
    (problem,) = problems
    assert problem.source.startswith("docs.aws.amazon.com/"), problem
    assert problem.reason and problem.remedy
    return problem


def test_a_right_cluster_has_no_problem() -> None:
    assert aurora_problems(**RIGHT) == []


@pytest.mark.parametrize(
    ("changed", "keys"),
    [
        ({"version": "11.9"}, ["version"]),
        ({"instance_class": "db.t4g.micro"}, ["class"]),
        ({"instance_class": "db.t4g.medium"}, ["class"]),
        ({"instance_class": "db.serverless"}, ["class"]),
        ({"serverless": PAUSING}, ["class", "max_replicas"]),
        ({"replicas": 16, "max_replicas": 0}, ["replicas"]),
        ({"backup_days": 0}, ["backup_days"]),
        ({"backup_days": 36}, ["backup_days"]),
        ({"backtrack_hours": 24}, ["backtrack_hours"]),
        ({"version": "14.6", "io_optimized": True}, ["io_optimized"]),
        ({"monitoring_seconds": 7}, ["monitoring_seconds"]),
        ({"maintenance_window": "mon:07:30-mon:08:30"}, ["maintenance_window"]),
        ({"ca": "rds-ca-2019"}, ["ca"]),
        ({"database_name": "order"}, ["database_name"]),
        ({"engine": "aurora-mysql", "version": "8.0"}, ["extensions"]),
        ({"parameters": {"rds.force_ssl": "0"}}, ["parameters.rds.force_ssl"]),
    ],
)
def test_each_wrong_value_is_told_at_its_key(changed: dict[str, Any], keys: list[str]) -> None:
    assert [problem.key for problem in aurora_problems(**(RIGHT | changed))] == keys


@pytest.mark.parametrize("name", ["db.t4g.micro", "db.t4g.small", "db.t3.xlarge", "db.m7g.large", "db.r6g.metal"])
def test_classes_of_rds_that_aurora_lacks_are_refused(name: str) -> None:
    assert "db.serverless" in only(aurora_class_problems(name, None)).remedy


def test_a_wrong_size_is_answered_with_the_familys_sizes() -> None:
    assert "db.t4g.large, db.t4g.medium" in only(aurora_class_problems("db.t4g.micro", None)).remedy


@pytest.mark.parametrize("name", sorted(AURORA_CLASSES))
def test_every_class_of_aurora_has_its_connections(name: str) -> None:
    assert name in RDS_CLASSES
    assert max_connections(name, "aurora-postgresql") > 0
    assert max_connections(name, "aurora-mysql") > 0


def test_the_serverless_class_and_the_range_go_together() -> None:
    assert aurora_class_problems("db.serverless", PAUSING) == []
    assert "needs a range" in only(aurora_class_problems("db.serverless", None)).reason
    assert "db.serverless only" in only(aurora_class_problems("db.r8g.large", PAUSING)).reason


def test_burstable_classes_are_for_what_nobody_protects() -> None:
    assert burstable_problems("db.t4g.medium", False) == []
    assert burstable_problems("db.r8g.large", True) == []
    assert "development" in only(burstable_problems("db.t4g.medium", True)).reason


@pytest.mark.parametrize(
    ("chosen", "key", "reason"),
    [
        (ServerlessRange(min_acu=0.3, max_acu=4), "serverless.min_acu", "steps of 0.5"),
        (ServerlessRange(min_acu=1, max_acu=4.25), "serverless.max_acu", "steps of 0.5"),
        (ServerlessRange(min_acu=0.5, max_acu=0.5), "serverless.max_acu", "1 to 256 ACU"),
        (ServerlessRange(min_acu=1, max_acu=257), "serverless.max_acu", "1 to 256 ACU"),
        (ServerlessRange(min_acu=8, max_acu=4), "serverless.min_acu", "0 to the most"),
        (ServerlessRange(min_acu=-1, max_acu=4), "serverless.min_acu", "0 to the most"),
        (ServerlessRange(min_acu=0, max_acu=4), "serverless.pause_minutes", "5 to 1440 minutes"),
        (ServerlessRange(min_acu=0, max_acu=4, pause_minutes=4), "serverless.pause_minutes", "5 to 1440 minutes"),
        (ServerlessRange(min_acu=0, max_acu=4, pause_minutes=1441), "serverless.pause_minutes", "5 to 1440 minutes"),
        (ServerlessRange(min_acu=1, max_acu=4, pause_minutes=10), "serverless.pause_minutes", "least capacity is 0"),
    ],
)
def test_the_range_of_capacity_has_bounds_and_steps(chosen: ServerlessRange, key: str, reason: str) -> None:
    problem = only(serverless_problems("aurora-postgresql", "17.6", chosen))
    assert problem.key == key
    assert reason in problem.reason


def test_an_older_release_neither_pauses_nor_grows_as_far() -> None:
    assert "can't scale to 0" in only(serverless_problems("aurora-mysql", OLD_MYSQL, PAUSING)).reason
    large = ServerlessRange(min_acu=1, max_acu=256)
    assert "1 to 128 ACU" in only(serverless_problems("aurora-mysql", OLD_MYSQL, large)).reason
    assert serverless_problems("aurora-mysql", "8.0", large) == []


@given(
    least=st.integers(0, 512).map(lambda halves: halves / 2),
    most=st.integers(0, 600).map(lambda halves: halves / 2),
    pause=st.integers(0, 2000),
)
@settings(max_examples=100)
def test_a_range_passes_exactly_when_it_is_in_order(least: float, most: float, pause: int) -> None:
    problems = serverless_problems(
        "aurora-mysql", "8.0", ServerlessRange(min_acu=least, max_acu=most, pause_minutes=pause)
    )
    in_order = 1 <= most <= 256 and least <= most and (5 <= pause <= 1440 if least == 0 else pause == 0)
    assert (problems == []) is in_order


@given(least=st.sampled_from([0, 0.5, 1, 2]), most=st.integers(2, 512).map(lambda halves: halves / 2))
@settings(max_examples=60)
def test_more_capacity_never_takes_connections_away(least: float, most: float) -> None:
    for engine in ("aurora-postgresql", "aurora-mysql"):
        assert serverless_max_connections(least, most, engine) <= serverless_max_connections(least, most + 8, engine)


@pytest.mark.parametrize(
    ("replicas", "most", "serverless", "reason"),
    [
        (2, 1, None, "it is the most of all readers"),
        (0, 3, None, "without a first one nothing would ever be added"),
        (1, 3, PAUSING, "AWS does not add readers to them"),
        (1, 16, None, "AWS takes 0 to 15"),
    ],
)
def test_autoscaling_needs_a_reader_room_and_provisioned_instances(
    replicas: int, most: int, serverless: ServerlessRange | None, reason: str
) -> None:
    problem = only(reader_problems(replicas, most, serverless))
    assert problem.key == "max_replicas"
    assert reason in problem.reason


@given(replicas=st.integers(-3, 20), most=st.integers(-3, 20))
@settings(max_examples=80)
def test_readers_pass_exactly_within_the_clusters_fifteen(replicas: int, most: int) -> None:
    fits = 0 <= replicas <= 15 and (most == 0 or 1 <= replicas <= most <= 15)
    assert (reader_problems(replicas, most, None) == []) is fits


def test_winding_back_needs_mysql_a_region_and_three_days_at_most() -> None:
    assert backtrack_problems("aurora-mysql", 72, "eu-central-1") == []
    assert backtrack_problems("aurora-postgresql", 0, "eu-north-1") == []
    assert "only Aurora MySQL" in only(backtrack_problems("aurora-postgresql", 1, "eu-central-1")).reason
    assert "0 to 72 hours" in only(backtrack_problems("aurora-mysql", 73, "eu-central-1")).reason
    for region in WITHOUT_BACKTRACK:
        assert region in only(backtrack_problems("aurora-mysql", 1, region)).reason


def test_io_optimized_storage_came_with_a_release() -> None:
    assert io_problems("aurora-postgresql", "17.6", True) == []
    assert "14.6 has no" in only(io_problems("aurora-postgresql", "14.6", True)).reason


def test_insights_do_not_see_into_t3_of_aurora_mysql() -> None:
    assert aurora_insights_problems("aurora-mysql", "db.t4g.medium", True) == []
    assert aurora_insights_problems("aurora-postgresql", "db.t3.medium", True) == []
    assert aurora_insights_problems("aurora-mysql", "db.t3.medium", False) == []
    assert "db.t3.medium" in only(aurora_insights_problems("aurora-mysql", "db.t3.medium", True)).reason


def test_what_an_rds_instance_takes_and_a_cluster_ignores_is_told_when_written() -> None:
    problems = without_effect_problems("aurora-mysql", ["version", "storage_gib", "multi_az"])
    assert [problem.key for problem in problems] == ["storage_gib", "multi_az"]
    assert {problem.remedy for problem in problems} == {"leave it out of an aurora-mysql database"}
    assert without_effect_problems("aurora-mysql", ["version"]) == []
