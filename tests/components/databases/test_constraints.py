"""What RDS refuses, with its message word for word. D1, D2, D4."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.constraints import Problem
from components.databases.constraints import (
    CERTIFICATES,
    blue_green_problems,
    certificate_problems,
    copy_problems,
    database_name_problems,
    monitoring_problems,
    name_problems,
    proxied_blue_green_problems,
    replica_problems,
    restore_problems,
    restored_onto_itself_problems,
)

LATEST_DOCS = "docs.aws.amazon.com/AmazonRDS/latest"
GUIDE = f"{LATEST_DOCS}/UserGuide"
CREATE = f"{LATEST_DOCS}/APIReference/API_CreateDBInstance.html"


def said(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


@pytest.mark.parametrize("name", ["main", "a", "orders-2", "x" * 40])
def test_ordinary_names_pass(name: str) -> None:
    assert name_problems(name) == []


@pytest.mark.parametrize("name", ["", "2nd", "a--b", "a-", "Main", "a_b", "x" * 41])
def test_a_name_that_rds_refuses_is_told(name: str) -> None:
    assert said(name_problems(name)) == [
        f"name is {name}: an RDS identifier has small letters, digits and single hyphens, a letter first, no hyphen "
        f"last; rename the database, to 40 characters at most ({GUIDE}/CHAP_Limits.html#RDS_Limits.Constraints)"
    ]


@pytest.mark.parametrize("name", ["app", "Orders_2", "x" * 63])
@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_ordinary_database_names_pass(engine: Any, name: str) -> None:
    assert database_name_problems(engine, name) == []


@pytest.mark.parametrize(("engine", "longest"), [("postgres", 63), ("mysql", 64)])
@pytest.mark.parametrize("name", ["", "2nd", "a-b", "_a", "x" * 65])
def test_a_database_name_that_rds_refuses_is_told(engine: Any, longest: int, name: str) -> None:
    assert said(database_name_problems(engine, name)) == [
        f"database_name is {name}: it has letters, digits and underscores, a letter first, {longest} characters at "
        f"most; choose another, such as app ({CREATE})"
    ]


@pytest.mark.parametrize("name", ["db", "USER", "table", "template1", "mysql"])
def test_reserved_words_are_no_database_names(name: str) -> None:
    message = f"database_name is {name}: the word is reserved; choose another, such as app ({CREATE})"
    assert said(database_name_problems("postgres", name)) == [message]


def test_an_instance_takes_15_replicas() -> None:
    assert replica_problems(15, 1) == []
    assert said(replica_problems(16, 1)) == [
        "replicas is 16: AWS takes 0 to 15 read replicas of one instance; choose 0 to 15 read replicas of one instance "
        f"({GUIDE}/USER_ReadRepl.html)"
    ]


def test_replicas_need_backups() -> None:
    assert said(replica_problems(2, 0)) == [
        "backup_days is 0: read replicas (2) need automated backups on their source; choose 1 or more, or replicas: 0 "
        f"({GUIDE}/USER_ReadRepl.html)"
    ]


@pytest.mark.parametrize(
    ("region", "days", "why"),
    [
        ("eu-central-1", 7, "the database itself is in this region; choose another region, or none"),
        ("us-gov-west-1", 7, "nothing is copied between it and eu-central-1; choose a region of the same partition"),
        ("eu-west-1", 0, "there are no automated backups to copy; choose backup_days 1 or more, or none"),
    ],
)
def test_backups_are_copied_where_there_are_any_and_a_way(region: str, days: int, why: str) -> None:
    message = f"backup_copy_region is {region}: {why} ({GUIDE}/USER_ReplicateBackups.html)"
    assert said(copy_problems(region, days, "eu-central-1")) == [message]


def test_backups_are_copied_to_another_region_or_nowhere() -> None:
    assert copy_problems("eu-west-1", 7, "eu-central-1") == []
    assert copy_problems("none", 0, "eu-central-1") == []


def test_enhanced_monitoring_has_fixed_intervals() -> None:
    assert monitoring_problems(0) == monitoring_problems(60) == []
    assert said(monitoring_problems(20)) == [
        "monitoring_seconds is 20: enhanced monitoring runs every 1, 5, 10, 15, 30 or 60 seconds, or not at all (0); "
        f"choose 15 or 30 ({GUIDE}/USER_Monitoring.OS.Enabling.html)"
    ]


def test_there_are_three_authorities() -> None:
    assert [certificate_problems(ca) for ca in CERTIFICATES] == [[], [], []]
    assert said(certificate_problems("rds-ca-2019")) == [
        "ca is rds-ca-2019: RDS has no such certificate authority; choose one of rds-ca-rsa2048-g1, rds-ca-rsa4096-g1, "
        f"rds-ca-ecc384-g1 ({GUIDE}/UsingWithRDS.SSL.html)"
    ]


@pytest.mark.parametrize(
    "restore",
    [
        {"snapshot": "rds:headroom-prod-main-2026-11-20-07-10"},
        {"database": "headroom-prod-main"},
        {"database": "headroom-prod-main", "time": "latest"},
        {"backups": "arn:aws:rds:eu-west-1:333333333333:auto-backup:ab-x", "time": "2026-11-20T13:00:00Z"},
    ],
)
def test_a_database_begins_with_one_snapshot_or_one_moment(restore: dict[str, str | None]) -> None:
    assert restore_problems(restore) == []


@pytest.mark.parametrize(
    ("restore", "key", "why", "page"),
    [
        ({}, "restore", "it names nothing to restore from; name one of snapshot, database and backups", "USER_PIT"),
        (
            {"snapshot": "s", "database": "d"},
            "restore",
            "it names snapshot and database to restore from; name one of snapshot, database and backups",
            "USER_PIT",
        ),
        (
            {"snapshot": "s", "time": "latest"},
            "restore.time",
            "a snapshot is of one moment; take time out, or name the database in place of the snapshot",
            "USER_RestoreFromSnapshot",
        ),
        (
            {"database": "d", "time": "2026-13-01T00:00:00Z"},
            "restore.time",
            "it is no time in UTC; write it as 2026-11-21T13:00:00Z, or latest",
            "USER_PIT",
        ),
    ],
)
def test_a_restore_that_says_too_much_or_too_little_is_told(
    restore: dict[str, str | None], key: str, why: str, page: str
) -> None:
    value = restore["time"] if key.endswith("time") else restore
    assert said(restore_problems(restore)) == [f"{key} is {value}: {why} ({GUIDE}/{page}.html)"]


def test_nothing_is_restored_onto_itself() -> None:
    assert restored_onto_itself_problems("headroom-prod-main", None) == []
    assert restored_onto_itself_problems("headroom-prod-again", "headroom-prod-main") == []
    (message,) = said(restored_onto_itself_problems("headroom-prod-main", "headroom-prod-main"))
    assert "restore into a database of another name, and point the services at it" in message


def blue_green(engine: Any = "postgres", **changed: Any) -> list[str]:
    values: dict[str, Any] = {"replicas": 0, "backup_days": 7, "allow_major_upgrade": False, "parameters": {}}
    return said(blue_green_problems(engine, True, **(values | changed)))


def test_blue_green_is_for_a_backed_up_instance_without_replicas() -> None:
    assert blue_green() == blue_green("mysql") == []
    assert "the provider swaps no instance that has replicas (2)" in blue_green(replicas=2)[0]
    assert "the copy is made from backups; choose backup_days 1 or more, or false" in blue_green(backup_days=0)[0]


def test_another_major_version_of_postgresql_by_blue_green_needs_logical_replication() -> None:
    (message,) = blue_green(allow_major_upgrade=True)
    assert 'set parameters rds.logical_replication: "1" and restart the instance before' in message
    assert blue_green(allow_major_upgrade=True, parameters={"rds.logical_replication": "1"}) == []
    assert blue_green("mysql", allow_major_upgrade=True) == []


def test_mysqls_events_would_run_twice_in_blue_green() -> None:
    assert blue_green("mysql", parameters={"event_scheduler": "OFF"}) == []
    assert "events would run on both instances" in blue_green("mysql", parameters={"event_scheduler": "ON"})[0]


def test_nothing_is_said_of_blue_green_where_it_is_off() -> None:
    assert blue_green_problems("postgres", False, 5, 0, True, {}) == []


def test_blue_green_does_not_go_with_rds_proxy() -> None:
    assert proxied_blue_green_problems(True, "pgbouncer") == proxied_blue_green_problems(False, "proxy") == []
    (message,) = said(proxied_blue_green_problems(True, "proxy"))
    assert "behind RDS Proxy; choose false, or pooling: pgbouncer" in message


NUMBERS = st.integers(-(10**6), 10**6)


@settings(max_examples=60)
@given(text=st.text(max_size=70), numbers=st.tuples(NUMBERS, NUMBERS))
def test_no_value_makes_the_rules_fail(text: str, numbers: tuple[int, int]) -> None:
    problems = [
        *name_problems(text),
        *database_name_problems("mysql", text),
        *replica_problems(*numbers),
        *copy_problems(text, numbers[0], "eu-central-1"),
        *monitoring_problems(numbers[0]),
        *certificate_problems(text),
        *restore_problems({"snapshot": text, "time": text}),
        *restored_onto_itself_problems(text, text),
        *blue_green_problems("mysql", True, *numbers, True, {"event_scheduler": text}),
    ]
    assert all(" is " in str(problem) and problem.source for problem in problems)
