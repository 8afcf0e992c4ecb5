"""The budget of connections of a stack file: services against databases. D3."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.settings import SettingsError, load, read_file
from infra.settings.checks_connections import capacity_of, consumers_of, users_of
from infra.settings.problems import to_config

ROOT = Path(__file__).parents[3]

RIGHT: dict[str, Any] = {
    "aws:region": "eu-central-1",
    "headroom:account": "111111111111",
    "headroom:owner": "backend",
    "headroom:network": {"cidr": "10.10.0.0/16", "zones": ["a", "b"], "nat": "single"},
    "headroom:databases": {"main": {"version": "17", "class": "db.t4g.small"}},
    "headroom:services": {
        "api": {"image": "ghcr.io/example/api:1.0.0", "database": "main", "max_count": 4},
        "worker": {"image": "ghcr.io/example/worker:1.0.0", "database": "main", "max_count": 2},
    },
}


def said(**changes: dict[str, Any]) -> str:
    """What is said of the settings with some keys changed, `databases={"main": {...}}`; nothing if they are right."""
    content = copy.deepcopy(RIGHT)
    for section, entries in changes.items():
        for name, values in entries.items():
            content[f"headroom:{section}"].setdefault(name, {}).update(values)
    try:
        load(*to_config(content), "Pulumi.dev.yaml")
    except SettingsError as error:
        return str(error)
    return ""


def test_an_overflow_shows_each_service_and_the_ways_out() -> None:
    assert said(services={"api": {"workers": 4, "database_pool": 10}}) == (
        'Pulumi.dev.yaml: headroom:databases.main.class is "db.t4g.small": '
        "the writer accepts 197 connections (db.t4g.small), and these may come at once:\n"
        "    api: 4 tasks x 2 in a deploy x 4 workers x 12 = 384\n"
        "    worker: 2 tasks x 2 in a deploy x 7 = 28\n"
        "    reserve: 15\n"
        "    384 + 28 + 15 = 427, 230 too many; ways out: database_pool and database_read_pool: 3 at most; "
        "class: db.t4g.large (the first that fits); pooling: proxy, or pgbouncer "
        "(docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections)"
    )


@pytest.mark.parametrize(
    "way_out",
    [
        {"services": {"api": {"workers": 4, "database_pool": 3}, "worker": {"database_pool": 3}}},
        {"services": {"api": {"workers": 4, "database_pool": 10}}, "databases": {"main": {"class": "db.t4g.large"}}},
        {"services": {"api": {"workers": 4, "database_pool": 10}}, "databases": {"main": {"pooling": "proxy"}}},
        {"services": {"api": {"workers": 4, "database_pool": 10}}, "databases": {"main": {"pooling": "pgbouncer"}}},
    ],
    ids=["smaller pools", "a larger class", "proxy", "pgbouncer"],
)
def test_each_way_out_leads_out(way_out: dict[str, Any]) -> None:
    assert said(**way_out) == ""


def test_migrations_schedules_and_tenants_count_as_well() -> None:
    content = copy.deepcopy(RIGHT)
    content["headroom:services"]["api"] |= {"workers": 6, "migrate": ["migrate"], "tenants": {"acme": "main"}}
    content["headroom:schedules"] = {"nightly": {"service": "api", "command": ["tidy"], "every": "daily"}}
    with pytest.raises(SettingsError) as error:
        load(*to_config(content), "Pulumi.dev.yaml")
    lines = [line.strip() for line in str(error.value).splitlines()]
    assert "api: 4 tasks x 2 in a deploy x 6 workers x 2 databases x 7 = 672" in lines
    assert "migration of api: 1 task x 2 databases x 5 = 10" in lines
    assert "schedule nightly: 1 task x 2 databases x 7 = 14" in lines


def test_replicas_are_counted_apart() -> None:
    found = said(databases={"main": {"replicas": 1}}, services={"api": {"workers": 4, "database_read_pool": 10}})
    assert "each replica accepts 197 connections (db.t4g.small)" in found
    assert "the writer accepts" not in found


def test_a_database_that_stood_before_has_no_budget_here() -> None:
    existing = {
        "address": "db.example.com",
        "secret": "arn:aws:secretsmanager:eu-central-1:111111111111:secret:other-AbCdEf",
        "security_group": "sg-0123456789abcdef0",
    }
    content = copy.deepcopy(RIGHT)
    content["headroom:databases"] = {"main": {"existing": existing}}
    content["headroom:services"]["api"] |= {"workers": 64, "database_pool": 500}
    assert load(*to_config(content), "Pulumi.dev.yaml").databases["main"].existing is not None


def test_a_wrong_class_is_told_by_itself() -> None:
    found = said(databases={"main": {"class": "db.t4g.tiny"}}, services={"api": {"workers": 64}})
    assert "accepts" not in found
    assert 'class is "db.t4g.tiny"' in found


def test_a_proxy_keeps_a_cluster_awake_that_should_pause() -> None:
    main = {
        "engine": "aurora-postgresql",
        "class": "db.serverless",
        "serverless": {"min_acu": 0, "max_acu": 8, "pause_minutes": 5},
        "pooling": "proxy",
    }
    assert "serverless.min_acu is" in said(databases={"main": main})


def test_a_pools_image_must_be_within_reach() -> None:
    found = said(network={}, databases={"main": {"pooling": "pgbouncer"}})
    assert found == ""
    content = copy.deepcopy(RIGHT)
    content["headroom:network"]["nat"] = "none"
    content["headroom:databases"]["main"]["pooling"] = "pgbouncer"
    for service in content["headroom:services"].values():
        service["image"] = "111111111111.dkr.ecr.eu-central-1.amazonaws.com/api:1.0.0"
    with pytest.raises(SettingsError, match=r"databases\.main\.pool\.image .* with nat none no task can reach"):
        load(*to_config(content), "Pulumi.dev.yaml")


@pytest.mark.parametrize("file", sorted(ROOT.glob("Pulumi.*.yaml")), ids=lambda path: path.name)
def test_every_stack_file_stays_within_its_budget(file: Path) -> None:
    """Reading it says so; and the budget is not empty."""
    read_file(file)
    config = yaml.safe_load(file.read_text())["config"]
    settings = read_file(file).model_dump(by_alias=True)
    for name in config.get("headroom:databases", {}):
        users = users_of(name, settings["services"])
        assert capacity_of(settings["databases"][name]) is not None
        assert consumers_of(users, settings["schedules"])
