"""What an environment of many services is told before anything is built. S1, T3."""

import copy
from typing import Any

import pytest

from benchmarks.scenarios import with_services
from infra.settings import SettingsError, load
from infra.settings.problems import to_config


def mistakes(count: int, compute: str = "ecs", change: dict[str, Any] | None = None, **services: Any) -> list[str]:
    """What is said of so many services, of which `services` changes each, and `change` the rest."""
    config = copy.deepcopy(dict(with_services(count, compute).config)) | (change or {})
    for service in config["headroom:services"].values():
        service.update({key: value(service) if callable(value) else value for key, value in services.items()})
    try:
        load(*to_config(config), "Pulumi.dev.yaml")
    except SettingsError as error:
        return [line for line in str(error).splitlines() if line.startswith("Pulumi.dev.yaml")]
    return []


def all_public(count: int, compute: str = "ecs", change: dict[str, Any] | None = None, **more: Any) -> list[str]:
    model = with_services(1).config["headroom:services"]["service-1"]
    config = with_services(count, compute).config["headroom:services"]
    services = {
        name: {
            **copy.deepcopy(model),
            "paths": [f"/{name}/*"],
            "priority": number,
            "database": config[name]["database"],
        }
        | {"cache": config[name]["database"]}
        | more
        for number, name in enumerate(config, 1)
    }
    return mistakes(count, compute, {"headroom:queues": {}, "headroom:services": services, **(change or {})})


@pytest.mark.parametrize("compute", ["ecs", "eks"])
def test_a_hundred_services_half_of_them_public_meet_no_quota(compute):
    assert mistakes(100, compute) == []


def test_sixty_public_services_on_ecs_are_as_many_as_the_load_balancers_security_group_lets_out():
    assert all_public(60) == []
    (said,) = all_public(61)
    assert said.startswith(
        "Pulumi.dev.yaml: headroom:quotas.security_group_rules is 60: the security group of the load balancer needs 61 "
        "rules in one direction, one a service; have AWS raise the quota and write it here"
    )
    assert all_public(61, change={"headroom:quotas": {"security_group_rules": 100}}) == []


def test_fifty_public_services_on_eks_are_as_many_as_have_two_rules_each():
    assert all_public(50, "eks") == []
    (said,) = all_public(51, "eks")
    assert "headroom:quotas.listener_rules is 100: 51 public services need 102 listener rules" in said
    assert all_public(51, "eks", {"headroom:quotas": {"listener_rules": 150}}) == []


def test_two_target_groups_a_service_make_fifty_services_the_most_whatever_aws_raises():
    granted = {"headroom:quotas": {"listener_rules": 1000, "security_group_rules": 200}}
    blue_green = {"strategy": "blue-green", "rollback_on_alarms": False}
    assert all_public(50, change=granted, deploy=blue_green, requests_per_target=None) == []
    (said,) = all_public(51, change=granted, deploy=blue_green, requests_per_target=None)
    assert 'headroom:services is "51 public ones": they need 102 target groups, and a load balancer has 100' in said


def test_a_database_or_cache_of_too_many_services_is_named():
    config = with_services(60).config
    large = {"headroom:databases": {"main-1": config["headroom:databases"]["main-1"] | {"class": "db.m7g.large"}}}
    caches = {"headroom:caches": {"main-1": config["headroom:caches"]["main-1"]}}
    said = mistakes(60, change=large | caches, database="main-1", cache="main-1")
    assert len(said) == 1
    assert "the security group of database main-1 needs 61 rules" in said[0]
    more = {**large, **caches, "headroom:quotas": {"security_group_rules": 200}}
    (said_of_users,) = mistakes(61, change=more, database="main-1", cache="main-1")
    assert (
        'headroom:databases.main-1 is "the database of 61 services and tenants": 60 users are the most' in said_of_users
    )


def test_more_saved_queries_than_aws_keeps_are_refused_until_they_are_off():
    granted = {"headroom:quotas": {"security_group_rules": 200}}
    (said,) = mistakes(167, change=granted)
    assert "headroom:observability.saved_queries is true: 167 services have 1002 saved queries" in said
    assert mistakes(167, change=granted | {"headroom:observability": {"saved_queries": False}}) == []
