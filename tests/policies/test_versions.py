"""What is in support on which day: the rule's day is an argument, so no test changes its mind overnight."""

from datetime import date, timedelta

import pytest

from policies import clock
from policies.graph import Graph, Resource
from policies.rules.versions import read_support, versions_supported
from policies.verdict import Outcome

DAY = timedelta(days=1)
KINDS = {
    "postgres": ("aws:rds/instance:Instance", "engineVersion"),
    "mysql": ("aws:rds/instance:Instance", "engineVersion"),
    "mariadb": ("aws:rds/instance:Instance", "engineVersion"),
    "aurora-postgresql": ("aws:rds/cluster:Cluster", "engineVersion"),
    "aurora-mysql": ("aws:rds/cluster:Cluster", "engineVersion"),
    "redis": ("aws:elasticache/replicationGroup:ReplicationGroup", "engineVersion"),
    "valkey": ("aws:elasticache/serverlessCache:ServerlessCache", "majorEngineVersion"),
    "kubernetes": ("aws:eks/cluster:Cluster", "version"),
}
ENDS = [(engine, line, end) for engine, lines in read_support().until.items() for line, end in lines.items()]


def outcome(engine: str, version: str, today: date) -> Outcome:
    token, path = KINDS[engine]
    properties = {path: version} if engine == "kubernetes" else {"engine": engine, path: version}
    holder = Resource(token, "main", "urn", properties)
    return versions_supported(holder, Graph([holder]), today).outcome


def test_the_rule_knows_where_each_engine_of_the_file_is_used():
    assert {engine for engine, _, _ in ENDS} == set(KINDS)


@pytest.mark.parametrize(("engine", "line", "end"), ENDS)
def test_a_version_is_supported_until_the_end_of_its_last_day(engine, line, end):
    version = ".".join(str(number) for number in line)
    assert outcome(engine, version, end or date(2099, 1, 1)) is Outcome.PASS
    if end is not None:
        assert outcome(engine, version, end + DAY) is Outcome.FAIL


@pytest.mark.parametrize(
    ("engine", "version", "line"),
    [
        ("postgres", "17.6", "17"),
        ("mysql", "8.0.42", "8.0"),
        ("aurora-mysql", "8.0.mysql_aurora.3.10.3", "8.0"),
        ("redis", "6.x", "6"),
        ("redis", "7.1", "7"),
    ],
)
def test_a_release_is_supported_as_long_as_its_line(engine, version, line):
    days = [end + DAY for _, _, end in ENDS if end]
    assert [outcome(engine, version, day) for day in days] == [outcome(engine, line, day) for day in days]


@pytest.mark.parametrize("version", ["", "latest", "99"])
def test_what_is_no_known_version_is_not_called_old(version):
    assert outcome("postgres", version, date(2099, 1, 1)) is Outcome.PASS


def test_a_finding_tells_when_somebody_last_looked():
    holder = Resource("aws:eks/cluster:Cluster", "eks", "urn", {"version": "1.30"})
    [place] = versions_supported(holder, Graph([holder]), date(2026, 11, 21)).places
    assert f"looked up on {read_support().looked_at}" in place.what
    assert "headroom:eks.version" in place.remedy


def test_the_day_may_be_chosen_to_see_what_comes(monkeypatch):
    monkeypatch.setenv("HEADROOM_TODAY", "2027-03-28")
    assert clock.today() == date(2027, 3, 28)
    holder = Resource("aws:eks/cluster:Cluster", "eks", "urn", {"version": "1.35"})
    assert versions_supported(holder, Graph([holder])).outcome is Outcome.FAIL


def test_without_a_chosen_day_it_is_the_clocks(monkeypatch):
    monkeypatch.delenv("HEADROOM_TODAY")
    assert clock.today() == date.today()
