"""What RDS refuses, with its message word for word. D1, D2, D4."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.database_constraints import database_problems, name_problems

GUIDE = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
RELEASES = "docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-release-calendar.html"

VALID: dict[str, Any] = {
    "version": "17.6",
    "instance_class": "db.m7g.large",
    "storage_gib": 100,
    "max_storage_gib": 1000,
    "replicas": 2,
    "backup_days": 30,
    "monitoring_seconds": 60,
}


def messages(**changed: Any) -> list[str]:
    return [str(problem) for problem in database_problems(**(VALID | changed))]


def test_a_valid_database_has_no_problem() -> None:
    assert messages() == []


@pytest.mark.parametrize("version", ["14", "15.13", "16", "17", "18.1"])
def test_supported_versions_pass(version: str) -> None:
    assert messages(version=version) == []


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            {"version": "12"},
            "version is 12: PostgreSQL 12 is not in RDS' standard support; choose one of 14, 15, 16, 17, 18 "
            f"({RELEASES})",
        ),
        (
            {"version": "17.2"},
            "version is 17.2: RDS no longer creates this minor release; choose 17.5 or newer, or 17 alone "
            f"({RELEASES})",
        ),
        (
            {"version": "latest"},
            "version is latest: a version is a number such as 17 or 17.6; choose one of 14, 15, 16, 17, 18 "
            f"({RELEASES})",
        ),
        (
            {"instance_class": "db.t4g.4xlarge"},
            "class is db.t4g.4xlarge: RDS for PostgreSQL has no such class that components/sizing.py knows; choose one "
            "of db.t4g.micro, db.t4g.small, db.t4g.medium, db.t4g.large, db.t4g.xlarge, db.t4g.2xlarge "
            f"({GUIDE}/Concepts.DBInstanceClass.Summary.html)",
        ),
        (
            {"storage_gib": 10},
            f"storage_gib is 10: AWS takes 20 to 65536 GiB of gp3; choose 20 to 65536 GiB of gp3 "
            f"({GUIDE}/CHAP_Storage.html)",
        ),
        (
            {"max_storage_gib": 105},
            "max_storage_gib is 105: it must be at least 10 % above storage_gib, 100; choose 110 or more (26 % more, "
            f"126, avoids a notice), or 0 to turn growing off ({GUIDE}/USER_PIOPS.Autoscaling.html)",
        ),
        (
            {"replicas": 16},
            "replicas is 16: AWS takes 0 to 15 read replicas of one instance; choose 0 to 15 read replicas of one "
            f"instance ({GUIDE}/USER_PostgreSQL.Replication.ReadReplicas.html)",
        ),
        (
            {"backup_days": 0},
            "backup_days is 0: read replicas (2) need automated backups on their source; choose 1 or more, or "
            f"replicas: 0 ({GUIDE}/USER_PostgreSQL.Replication.ReadReplicas.html)",
        ),
        (
            {"backup_days": 36},
            f"backup_days is 36: AWS takes 0 to 35 days; choose 0 to 35 days "
            f"({GUIDE}/USER_WorkingWithAutomatedBackups.html)",
        ),
        (
            {"monitoring_seconds": 20},
            "monitoring_seconds is 20: enhanced monitoring runs every 1, 5, 10, 15, 30 or 60 seconds, or not at all "
            f"(0); choose 15 or 30 ({GUIDE}/USER_Monitoring.OS.Enabling.html)",
        ),
    ],
)
def test_each_wrong_value_is_told_with_its_way_out(changed: dict[str, Any], message: str) -> None:
    assert messages(**changed) == [message]


def test_a_class_of_no_known_family_names_the_families() -> None:
    (message,) = messages(instance_class="db.x2g.large")
    assert "choose a class of db.m6g, db.m6i, db.m7g" in message


def test_growing_may_be_turned_off() -> None:
    assert messages(max_storage_gib=0) == []


def test_all_wrong_values_are_told_together() -> None:
    assert len(messages(version="9", storage_gib=1, replicas=99, monitoring_seconds=7)) == 4


@given(
    version=st.text(max_size=6),
    instance_class=st.text(max_size=20),
    numbers=st.tuples(*[st.integers(-(10**9), 10**9)] * 5),
)
def test_no_value_makes_the_rules_fail(version: str, instance_class: str, numbers: tuple[int, ...]) -> None:
    keys = ("storage_gib", "max_storage_gib", "replicas", "backup_days", "monitoring_seconds")
    for message in messages(version=version, instance_class=instance_class, **dict(zip(keys, numbers, strict=True))):
        assert " is " in message


@pytest.mark.parametrize("name", ["main", "a", "orders-2", "x" * 40])
def test_ordinary_names_pass(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize("name", ["", "2nd", "a--b", "a-", "Main", "a_b", "x" * 41])
def test_a_name_that_rds_refuses_is_told(name: str) -> None:
    assert [str(problem) for problem in name_problems(name)] == [
        f"name is {name}: an RDS identifier has small letters, digits and single hyphens, a letter first, no hyphen "
        f"last; rename the database, to 40 characters at most ({GUIDE}/CHAP_Limits.html#RDS_Limits.Constraints)"
    ]
