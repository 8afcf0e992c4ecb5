"""Users of databases, tenants and migrations on the emulated AWS, seen through boto3. E5, E6, T9."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from tests.end_to_end.conftest import ENVIRONMENTS, Project

DATABASES = {"api": "main", "worker": "main"}
"""Services of the three environments with a database."""


def secret(session: boto3.Session, name: str) -> dict[str, Any]:
    return dict(json.loads(session.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]))


def containers(session: boto3.Session, family: str) -> dict[str, Any]:
    found = session.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    return dict(found["containerDefinitions"][0])


def references(session: boto3.Session, family: str) -> dict[str, str]:
    return {
        given["name"]: given["valueFrom"].partition("secret:")[2] for given in containers(session, family)["secrets"]
    }


def ended(session: boto3.Session, family: str) -> Iterator[dict[str, Any]]:
    ecs = session.client("ecs")
    for cluster in ecs.list_clusters()["clusterArns"]:
        tasks = ecs.list_tasks(cluster=cluster, family=family, desiredStatus="STOPPED")["taskArns"]
        yield from ecs.describe_tasks(cluster=cluster, tasks=tasks)["tasks"] if tasks else []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_service_signs_in_as_its_own_user_to_its_own_database(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    found = {
        name: secret(accounts[environment], f"headroom/{environment}/service/{name}/database") for name in DATABASES
    }
    assert {name: (each["username"], each["dbname"]) for name, each in found.items()} == {
        name: (name, name) for name in DATABASES
    }
    passwords = {each["password"] for each in found.values()}
    master = secret(accounts[environment], f"headroom/{environment}/database/main")
    assert len(passwords - {master["password"]}) == len(DATABASES)
    for name, each in found.items():
        assert f"@{master['host']}:5432/{name}?" in each["direct_url"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_service_is_given_the_masters_secret_or_anothers(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    for name in DATABASES:
        own = f"headroom/{environment}/service/{name}/database-"
        given = references(accounts[environment], f"headroom-{environment}-{name}")
        urls = {variable: reference for variable, reference in given.items() if variable.startswith("DATABASE")}
        assert set(urls) == {"DATABASE_URL", "DATABASE_READ_URL"}
        assert all(reference.startswith(own) for reference in urls.values())


def test_prods_services_write_through_the_proxy_and_migrate_past_it(
    accounts: dict[str, boto3.Session],
) -> None:
    found = secret(accounts["prod"], "headroom/prod/service/api/database")
    assert found["read_url"].count("headroom-prod-main-") == 2
    assert ".proxy-" in found["url"] and ".proxy-" not in found["direct_url"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_users_were_made_by_one_task_inside_the_network(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session, family = accounts[environment], f"headroom-{environment}-main_users"
    (task,) = ended(session, family)
    assert [container["exitCode"] for container in task["containers"]] == [0]
    subnet = next(d["value"] for d in task["attachments"][0]["details"] if d["name"] == "subnetId")
    (described,) = session.client("ec2").describe_subnets(SubnetIds=[subnet])["Subnets"]
    assert described["MapPublicIpOnLaunch"] is False
    document = secret(session, f"headroom/{environment}/database/main/logins")
    users = {line.split("|")[1] for line in document["lines"].splitlines() if line.rpartition("|")[2]}
    assert users == set(DATABASES)
    lines = references(session, family)["LOGINS"]
    assert lines.startswith(f"headroom/{environment}/database/main/logins-") and lines.endswith(":lines::")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_rotation_may_run_these_tasks_and_no_other(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session = accounts[environment]
    function = session.client("lambda").get_function_configuration(FunctionName=f"headroom-{environment}-rotate-secret")
    role = function["Role"].rpartition("/")[2]
    iam = session.client("iam")
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    allowed = {statement["Sid"]: statement["Resource"] for statement in document["Statement"]}
    assert [arn.rpartition("/")[2] for arn in allowed["RunTasks"]] == [f"headroom-{environment}-main_users:*"]
    assert {arn.rpartition("/")[2] for arn in allowed["PassRoles"]} == {
        f"headroom-{environment}-main_users-{kind}" for kind in ("execution", "task")
    }


def test_a_tenant_has_a_database_and_a_user_of_its_own(options_account: boto3.Session) -> None:
    beside, elsewhere = (
        secret(options_account, f"headroom/dev/service/shop/database/{tenant}") for tenant in ("acme", "big-corp")
    )
    assert (beside["dbname"], elsewhere["dbname"]) == ("shop__acme", "shop__big_corp")
    assert elsewhere["url"].startswith("mysql://shop__big_corp:")
    given = references(options_account, "headroom-dev-shop")
    assert given["DATABASE_URL_ACME"].startswith("headroom/dev/service/shop/database/acme-")
    assert given["DATABASE_READ_URL_BIG_CORP"].startswith("headroom/dev/service/shop/database/big-corp-")


def test_users_in_mysql_are_made_by_mysqls_client(options_account: boto3.Session) -> None:
    container = containers(options_account, "headroom-dev-reports_users")
    assert "/mysql:" in container["image"]
    assert "MASTER_PASSWORD" in references(options_account, "headroom-dev-reports_users")
    assert [task["containers"][0]["exitCode"] for task in ended(options_account, "headroom-dev-reports_users")] == [0]


def test_a_migration_ran_with_the_services_image_and_past_its_pool(options_account: boto3.Session) -> None:
    assert [task["containers"][0]["exitCode"] for task in ended(options_account, "headroom-dev-shop_migrate")] == [0]
    migration, service = (containers(options_account, f"headroom-dev-{name}") for name in ("shop_migrate", "shop"))
    assert migration["image"] == service["image"]
    assert migration["command"] == ["bin/migrate", "--all"]
    assert references(options_account, "headroom-dev-shop_migrate")["DATABASE_URL"].endswith(":direct_url::")


def definitions(session: boto3.Session) -> dict[str, str]:
    ecs = session.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    services = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])
    return {service["serviceName"]: service["taskDefinition"] for service in services["services"]}


def test_a_failed_migration_fails_the_up_and_the_service_stays_as_it_was(
    options: Project, options_account: boto3.Session
) -> None:
    before = definitions(options_account)
    try:
        with options.changed(
            "dev", lambda c: c["headroom:services"]["shop"].update(image="registry:2", migrate=["false"])
        ):
            said = options.headroom("up", "dev", "--offline", ok=False)
        assert "Migration of shop failed, exit code 1: Essential container in task exited" in said
        assert "log group /headroom/dev/service/shop, stream task/shop-migrate/" in said
        assert definitions(options_account) == before
        for name in ("shop/database", "shop/database/acme"):
            assert secret(options_account, f"headroom/dev/service/{name}")["password"] not in said
    finally:
        options.headroom("up", "dev", "--offline")
