"""Versions and classes that RDS refuses, with its message word for word. D1, D4."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.constraints import Problem
from components.databases.engines import ENGINES, family, follows_minor_releases, major_version
from components.databases.version_constraints import insights_problems, instance_class_problems, version_problems
from components.sizing import RDS_CLASSES

RDS = "docs.aws.amazon.com/AmazonRDS/latest"
POSTGRES = f"{RDS}/PostgreSQLReleaseNotes/postgresql-release-calendar.html"
MYSQL = f"{RDS}/UserGuide/MySQL.Concepts.VersionMgmt.html"

FLOORS: dict[str, dict[str, tuple[str, ...]]] = {
    "postgres": {
        **dict.fromkeys(("m5", "r5", "t3", "t4g", "m6g", "r6g", "m6i", "r6i", "x2g"), ("14.1",)),
        **dict.fromkeys(("m7g", "r7g"), ("14.5", "15.2")),
    },
    "mysql": {
        **dict.fromkeys(("t4g", "x2g"), ("8.0.25",)),
        **dict.fromkeys(("m6g", "r6g"), ("8.0.23",)),
        **dict.fromkeys(("m6i", "r6i", "m7g", "r7g"), ("8.0.28",)),
    },
}
"""Engine -> family -> the oldest releases that run on it. Source: Concepts.DBInstanceClass.Support.html"""


def said(problems: list[Problem]) -> list[str]:
    return [str(problem) for problem in problems]


@pytest.mark.parametrize(
    ("engine", "version"),
    [("postgres", v) for v in ("14", "15.13", "16", "17", "18.1")] + [("mysql", v) for v in ("8.0", "8.0.42", "8.4.6")],
)
def test_supported_versions_pass(engine: Any, version: str) -> None:
    assert version_problems(engine, version) == []


@pytest.mark.parametrize(
    ("engine", "version", "why", "source"),
    [
        ("postgres", "12", "PostgreSQL 12 is not in RDS' standard support; choose one of 14, 15, 16, 17, 18", POSTGRES),
        (
            "postgres",
            "17.2",
            "RDS no longer creates this minor release; choose 17.5 or newer, or 17 alone",
            POSTGRES,
        ),
        (
            "postgres",
            "latest",
            "a version is a number such as 17 or 17.6; choose one of 14, 15, 16, 17, 18",
            POSTGRES,
        ),
        ("mysql", "5.7.44", "MySQL 5.7 is not in RDS' standard support; choose one of 8.0, 8.4", MYSQL),
        (
            "mysql",
            "8.0.35",
            "RDS no longer creates this minor release; choose 8.0.42 or newer, or 8.0 alone",
            MYSQL,
        ),
        ("mysql", "8.4.", "a version is a number such as 8.4 or 8.4.6; choose one of 8.0, 8.4", MYSQL),
        ("mysql", "8", "MySQL 8 is not in RDS' standard support; choose one of 8.0, 8.4", MYSQL),
    ],
)
def test_other_versions_are_told_with_the_way_out(engine: Any, version: str, why: str, source: str) -> None:
    assert said(version_problems(engine, version)) == [f"version is {version}: {why} ({source})"]


def test_every_version_that_can_be_created_runs_on_every_class() -> None:
    """So no rule needs to look at both."""
    for engine, families in FLOORS.items():
        for releases in families.values():
            for major, _, minor in (release.rpartition(".") for release in releases):
                assert ENGINES[engine].oldest[major] >= int(minor)


def test_a_major_version_follows_minor_releases() -> None:
    assert follows_minor_releases("postgres", "17") and not follows_minor_releases("postgres", "17.6")
    assert follows_minor_releases("mysql", "8.4") and not follows_minor_releases("mysql", "8.4.6")


def test_families_of_parameters_follow_from_the_major_version() -> None:
    assert (family("postgres", "17.6"), family("mysql", "8.4.6")) == ("postgres17", "mysql8.4")
    assert (major_version("postgres", "17"), major_version("mysql", "8.0.42")) == ("17", "8.0")


@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_every_known_class_is_offered_to_both_engines(engine: Any) -> None:
    assert [name for name in RDS_CLASSES if instance_class_problems(engine, name)] == []


def test_a_size_that_a_family_lacks_names_its_sizes() -> None:
    assert said(instance_class_problems("postgres", "db.t4g.4xlarge")) == [
        "class is db.t4g.4xlarge: RDS for PostgreSQL has no such class that components/sizing.py knows; choose one of "
        "db.t4g.micro, db.t4g.small, db.t4g.medium, db.t4g.large, db.t4g.xlarge, db.t4g.2xlarge "
        f"({RDS}/UserGuide/Concepts.DBInstanceClass.Summary.html)"
    ]


@pytest.mark.parametrize("name", ["db.z9.large", "db.serverless", ""])
def test_a_class_of_no_known_family_names_the_families(name: str) -> None:
    (message,) = said(instance_class_problems("mysql", name, "replica_class"))
    assert message.startswith(f"replica_class is {name}: RDS for MySQL has no such class")
    assert "choose a class of db.m5, db.m6g, db.m6i, db.m7g" in message


@pytest.mark.parametrize("name", ["db.t3.micro", "db.t3.small", "db.t4g.micro", "db.t4g.small"])
def test_mysqls_smallest_classes_have_no_insights(name: str) -> None:
    family_of = name.rpartition(".")[0]
    assert said(insights_problems("mysql", name, True)) == [
        f"insights is True: RDS for MySQL has no Performance Insights, and so no Database Insights, on {name}; choose "
        f"insights: false, or {family_of}.medium or larger ({RDS}/UserGuide/USER_PerfInsights.Overview.Engines.html)"
    ]
    assert insights_problems("mysql", name, False) == insights_problems("postgres", name, True) == []


@settings(max_examples=60)
@given(text=st.one_of(st.text(max_size=12), st.from_regex(r"\d{1,3}(\.\d{1,3}){0,3}", fullmatch=True)))
@pytest.mark.parametrize("engine", ["postgres", "mysql"])
def test_no_value_makes_the_rules_fail(engine: Any, text: str) -> None:
    problems = [*version_problems(engine, text), *instance_class_problems(engine, text)]
    assert all(" is " in str(problem) and problem.source for problem in problems)
