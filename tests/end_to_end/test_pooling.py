"""Pools on the emulated AWS, seen through boto3: RDS Proxy in staging, prod and before Aurora, PgBouncer. D3."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

PROXIED = ("staging", "prod")


def connection(session: boto3.Session, environment: str, service: str) -> dict[str, Any]:
    """What the service reads from its secret."""
    name = f"headroom/{environment}/service/{service}/database"
    return dict(json.loads(session.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]))


def proxy(session: boto3.Session, name: str) -> dict[str, Any]:
    (found,) = session.client("rds").describe_db_proxies(DBProxyName=name)["DBProxies"]
    return dict(found)


def pool_of(session: boto3.Session, name: str) -> dict[str, Any]:
    (group,) = session.client("rds").describe_db_proxy_target_groups(DBProxyName=name)["TargetGroups"]
    return dict(group["ConnectionPoolConfig"])


def callers(session: boto3.Session, group: str, port: int) -> set[str]:
    """Names of the security groups that a group lets in on a port, without Pulumi's seven letters."""
    ec2 = session.client("ec2")
    names = {g["GroupId"]: g["GroupName"].rsplit("-", 1)[0] for g in ec2.describe_security_groups()["SecurityGroups"]}
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {
        names[pair["GroupId"]]
        for rule in found["IpPermissions"]
        if rule["FromPort"] <= port <= rule["ToPort"]
        for pair in rule["UserIdGroupPairs"]
    }


def container(session: boto3.Session, family: str) -> dict[str, Any]:
    found = session.client("ecs").describe_task_definition(taskDefinition=family)["taskDefinition"]
    return dict(found["containerDefinitions"][0])


@pytest.mark.parametrize("environment", PROXIED)
@pytest.mark.parametrize("service", ["api", "worker"])
def test_services_write_through_the_proxy_and_read_past_it(
    environment: str, service: str, accounts: dict[str, boto3.Session]
) -> None:
    found = connection(accounts[environment], environment, service)
    endpoint = proxy(accounts[environment], f"headroom-{environment}-main")["Endpoint"]
    assert f"@{endpoint}:5432/" in found["url"]
    assert endpoint not in found["read_url"]
    assert f"headroom-{environment}-main-1." in found["read_url"]
    assert endpoint not in found["direct_url"]


def test_dev_has_no_pool(accounts: dict[str, boto3.Session]) -> None:
    assert accounts["dev"].client("rds").describe_db_proxies()["DBProxies"] == []
    assert "@headroom-dev-main." in connection(accounts["dev"], "dev", "api")["url"]


@pytest.mark.parametrize("environment", PROXIED)
def test_a_client_must_encrypt_waits_for_30_s_and_is_let_go_after_10_idle_minutes(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    name = f"headroom-{environment}-main"
    found, pool = proxy(accounts[environment], name), pool_of(accounts[environment], name)
    assert (found["RequireTLS"], found["IdleClientTimeout"], found["DebugLogging"]) == (True, 600, False)
    assert (pool["ConnectionBorrowTimeout"], pool["MaxConnectionsPercent"]) == (30, 80)
    (target,) = accounts[environment].client("rds").describe_db_proxy_targets(DBProxyName=name)["Targets"]
    assert (target["RdsResourceId"], target["Type"]) == (name, "RDS_INSTANCE")


@pytest.mark.parametrize("environment", PROXIED)
def test_the_proxy_knows_both_users_of_each_service_and_may_read_its_own_secrets_only(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    found = proxy(accounts[environment], f"headroom-{environment}-main")
    arns = [auth["SecretArn"] for auth in found["Auth"]]
    assert [arn.rpartition(":secret:")[2].rpartition("-")[0] for arn in arns] == [
        f"headroom/{environment}/database/main/proxy/{user}" for user in ("api", "api__2", "worker", "worker__2")
    ]
    known = json.loads(
        accounts[environment].client("secretsmanager").get_secret_value(SecretId=arns[0])["SecretString"]
    )
    found_by_service = connection(accounts[environment], environment, "api")
    assert known == {key: found_by_service[key] for key in ("username", "password")}
    iam, role = accounts[environment].client("iam"), found["RoleArn"].rpartition("/")[2]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    (read,) = [statement for statement in statements if "secretsmanager:GetSecretValue" in statement["Action"]]
    assert sorted(read["Resource"]) == sorted(f"{arn.rpartition('-')[0]}-??????" for arn in arns)


@pytest.mark.parametrize("environment", PROXIED)
def test_only_the_services_and_what_proves_their_users_reach_the_proxy_and_it_reaches_the_database(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    (group,) = proxy(session, f"headroom-{environment}-main")["VpcSecurityGroupIds"]
    assert callers(session, group, 5432) == {"api", "worker", "main-users"}
    (writer,) = session.client("rds").describe_db_instances(DBInstanceIdentifier=f"headroom-{environment}-main")[
        "DBInstances"
    ]
    database = writer["VpcSecurityGroups"][0]["VpcSecurityGroupId"]
    assert "main-proxy" in callers(session, database, 5432)


@pytest.mark.parametrize("environment", PROXIED)
def test_each_service_is_told_what_the_budget_counts_with(
    environment: str, accounts: dict[str, boto3.Session], standing: Any
) -> None:
    chosen = standing.settings(environment)["headroom:services"]["api"]
    told = {
        e["name"]: e["value"] for e in container(accounts[environment], f"headroom-{environment}-api")["environment"]
    }
    assert (told["DATABASE_POOL"], told["DATABASE_READ_POOL"], told["WEB_CONCURRENCY"]) == tuple(
        str(chosen[key]) for key in ("database_pool", "database_read_pool", "workers")
    )


def test_a_stack_that_asks_for_too_many_connections_is_refused_with_the_arithmetic(standing: Any) -> None:
    def widen(content: dict[str, Any]) -> None:
        content["headroom:services"]["api"] |= {"workers": 16, "database_pool": 20}

    with standing.changed("dev", widen):
        said = standing.headroom("preview", "dev", "--offline", ok=False)
    assert "api: 2 tasks x 2 in a deploy x 16 workers x 22 = 1408" in said
    assert "class: db.r7g.large (the first that fits); pooling: proxy, or pgbouncer" in " ".join(said.split())


def test_readers_of_aurora_are_reached_through_the_proxy(options_account: boto3.Session) -> None:
    rds = options_account.client("rds")
    (endpoint,) = rds.describe_db_proxy_endpoints()["DBProxyEndpoints"]
    found = connection(options_account, "dev", "shop")
    assert (endpoint["DBProxyName"], endpoint["TargetRole"]) == ("headroom-dev-orders", "READ_ONLY")
    assert f"@{proxy(options_account, 'headroom-dev-orders')['Endpoint']}:5432/" in found["url"]
    assert f"@{endpoint['Endpoint']}:5432/" in found["read_url"]
    (target,) = rds.describe_db_proxy_targets(DBProxyName="headroom-dev-orders")["Targets"]
    assert (target["RdsResourceId"], target["Type"]) == ("headroom-dev-orders", "TRACKED_CLUSTER")


def test_pgbouncer_is_found_by_a_name_in_the_vpc(options_account: boto3.Session) -> None:
    names = options_account.client("servicediscovery")
    (space,) = (found for found in names.list_namespaces()["Namespaces"] if found["Type"] == "DNS_PRIVATE")
    (service,) = names.list_services()["Services"]
    assert (space["Name"], service["Name"]) == ("headroom-dev.internal", "events-pgbouncer")
    found = connection(options_account, "dev", "collector")
    assert "@events-pgbouncer.headroom-dev.internal:6432/" in found["url"]
    assert "@events-pgbouncer.headroom-dev.internal:6432/" in found["read_url"]
    assert "@headroom-dev-events." in found["direct_url"]


def test_pgbouncer_runs_twice_and_lets_in_whom_the_document_names(options_account: boto3.Session) -> None:
    ecs = options_account.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (arn,) = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if "pgbouncer" in arn]
    (service,) = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    assert service["desiredCount"] == 2
    assert service["deploymentConfiguration"]["maximumPercent"] == 100
    assert "servicediscovery" in service["serviceRegistries"][0]["registryArn"]
    found = container(options_account, "headroom-dev-events-pgbouncer")
    given = {entry["name"]: entry["valueFrom"].rpartition(":secret:")[2] for entry in found["secrets"]}
    assert given["USERLIST"].startswith("headroom/dev/database/events/logins-")
    assert set(given) == {"USERLIST"}
    # 80 % of 197 connections, half of them each task's.
    assert "pool_size=78" in found["command"][0]


def test_only_its_service_reaches_pgbouncer(options_account: boto3.Session) -> None:
    ec2 = options_account.client("ec2")
    (group,) = [
        g["GroupId"]
        for g in ec2.describe_security_groups()["SecurityGroups"]
        if g["GroupName"].startswith("events-pgbouncer-")
    ]
    assert callers(options_account, group, 6432) == {"collector"}
