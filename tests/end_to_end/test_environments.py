"""Three environments side by side on the emulated AWS, each in its own account, seen through boto3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")
Inventory = dict[str, set[str]]


def instances(session: boto3.Session) -> dict[str, dict[str, Any]]:
    found = session.client("rds").describe_db_instances()["DBInstances"]
    return {instance["DBInstanceIdentifier"]: instance for instance in found}


def writer(session: boto3.Session) -> dict[str, Any]:
    [found] = [i for i in instances(session).values() if not i.get("ReadReplicaSourceDBInstanceIdentifier")]
    return found


def replicas(session: boto3.Session) -> list[dict[str, Any]]:
    return [i for i in instances(session).values() if i.get("ReadReplicaSourceDBInstanceIdentifier")]


def service_of(name_or_path: str) -> str:
    """The service's name in the settings, of `api-1a2b3c4` or `service/<cluster>/api-1a2b3c4`."""
    return name_or_path.rsplit("/", 1)[-1].rsplit("-", 1)[0]


def made_by_autoscaling(alarm: str) -> bool:
    """Target tracking makes alarms of its own and takes them away again; nobody else may touch them."""
    return alarm.startswith("TargetTracking-")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_stands_in_its_own_account(
    environment: str, standing: Any, accounts: dict[str, boto3.Session]
) -> None:
    caller = accounts[environment].client("sts").get_caller_identity()
    assert caller["Account"] == standing.settings(environment)["headroom:account"]
    assert len(accounts[environment].client("ecs").list_clusters()["clusterArns"]) == 1


def test_no_two_environments_share_an_address_range(accounts: dict[str, boto3.Session]) -> None:
    ranges = [
        vpc["CidrBlock"]
        for session in accounts.values()
        for vpc in session.client("ec2").describe_vpcs()["Vpcs"]
        if not vpc.get("IsDefault")
    ]
    assert len(ranges) == len(set(ranges)) == 3


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_up_prints_the_outputs_the_policy_results_and_what_to_try_next(
    environment: str, outputs_of_up: dict[str, str]
) -> None:
    printed = outputs_of_up[environment]
    for expected in ("rds-private", "kms-rotation-enabled", "autoscaling-cpu-70", "created", "Next", "offline"):
        assert expected in printed, printed


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_up_leaves_nothing_to_do(environment: str, previews: dict[str, tuple[str, list[Any]]]) -> None:
    assert "Nothing would change" in previews[environment][0]


def test_a_second_up_says_that_nothing_changed(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    assert "othing changed" in standing.headroom("up", "staging", "--offline")


def test_a_refresh_after_an_up_finds_nothing(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    counted = standing.pulumi("refresh", "--preview-only", "--diff", "--stack", "prod").rpartition("Resources:\n")[2]
    assert [line.split()[-1] for line in counted.split("\n\n")[0].splitlines()] == ["unchanged"], counted


@pytest.mark.parametrize(("environment", "zones"), [("dev", 2), ("staging", 2), ("prod", 3)])
def test_databases_are_encrypted_private_and_in_subnets_without_internet(
    environment: str, zones: int, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    for instance in instances(session).values():
        assert instance["StorageEncrypted"] is True
        assert instance["PubliclyAccessible"] is False
    group = writer(session)["DBSubnetGroup"]
    subnets = [subnet["SubnetIdentifier"] for subnet in group["Subnets"]]
    assert len(subnets) == zones
    tables = session.client("ec2").describe_route_tables(
        Filters=[{"Name": "association.subnet-id", "Values": subnets}]
    )["RouteTables"]
    assert tables
    assert [route for t in tables for route in t["Routes"] if route.get("DestinationCidrBlock") == "0.0.0.0/0"] == []


def test_prod_puts_two_replicas_in_zones_of_their_own(accounts: dict[str, boto3.Session]) -> None:
    found = replicas(accounts["prod"])
    assert len(found) == 2
    assert len({replica["AvailabilityZone"] for replica in found}) == 2
    assert writer(accounts["prod"])["MultiAZ"] is True


def test_dev_has_no_replica_and_staging_has_one(accounts: dict[str, boto3.Session]) -> None:
    assert len(replicas(accounts["dev"])) == 0
    assert len(replicas(accounts["staging"])) == 1


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_backups_and_deletion_protection_guard_the_database(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    instance = writer(accounts[environment])
    assert instance["BackupRetentionPeriod"] >= 7
    assert instance["PreferredBackupWindow"] == "07:00-09:00"
    assert instance["DeletionProtection"] is True


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_keys_rotate_and_have_an_alias(environment: str, accounts: dict[str, boto3.Session]) -> None:
    kms = accounts[environment].client("kms")
    aliased = {a["TargetKeyId"] for a in kms.list_aliases()["Aliases"] if a["AliasName"].startswith("alias/headroom")}
    assert aliased
    assert all(kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] for key in aliased)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_services_roll_back_failed_deploys_and_take_no_public_address(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    ecs = accounts[environment].client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    services = ecs.describe_services(cluster=cluster, services=ecs.list_services(cluster=cluster)["serviceArns"])
    assert {service_of(service["serviceName"]) for service in services["services"]} == {"api", "web", "worker"}
    for service in services["services"]:
        assert service["deploymentConfiguration"]["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
        assert service["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"
        if service["loadBalancers"]:
            assert service["healthCheckGracePeriodSeconds"] == 60


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_services_scale_at_70_percent_cpu_and_80_percent_memory(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    scaling = accounts[environment].client("application-autoscaling")
    policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
    targets: dict[str, set[tuple[str, float]]] = {}
    for policy in policies:
        tracking = policy["TargetTrackingScalingPolicyConfiguration"]
        metric = tracking.get("PredefinedMetricSpecification", {}).get("PredefinedMetricType", "its own")
        targets.setdefault(service_of(policy["ResourceId"]), set()).add((metric, tracking["TargetValue"]))
        assert (tracking["ScaleOutCooldown"], tracking["ScaleInCooldown"]) == (60, 300)
    assert set(targets) == {"api", "web", "worker"}
    for found in targets.values():
        assert {("ECSServiceAverageCPUUtilization", 70.0), ("ECSServiceAverageMemoryUtilization", 80.0)} <= found


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_target_groups_check_health_and_have_no_stickiness(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    elb = accounts[environment].client("elbv2")
    groups = elb.describe_target_groups()["TargetGroups"]
    assert len(groups) == 2
    for group in groups:
        assert (group["HealthCheckPath"], group["TargetType"]) == ("/health", "ip")
        attributes = elb.describe_target_group_attributes(TargetGroupArn=group["TargetGroupArn"])["Attributes"]
        values = {a["Key"]: a["Value"] for a in attributes}
        assert values["stickiness.enabled"] == "false"
        assert values["deregistration_delay.timeout_seconds"] == "60"


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_http_is_redirected_to_https_where_a_certificate_is_set(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    elb = accounts[environment].client("elbv2")
    [balancer] = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    by_port = {listener["Port"]: listener for listener in listeners}
    assert set(by_port) == {80, 443}
    assert by_port[80]["DefaultActions"][0]["RedirectConfig"]["StatusCode"] == "HTTP_301"
    assert "-Res-" in by_port[443]["SslPolicy"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_world_reaches_nothing_but_cloudfront(environment: str, accounts: dict[str, boto3.Session]) -> None:
    groups = accounts[environment].client("ec2").describe_security_groups()["SecurityGroups"]
    assert groups
    assert [
        permission
        for group in groups
        for permission in group["IpPermissions"]
        if any(r["CidrIp"] == "0.0.0.0/0" for r in permission["IpRanges"])
    ] == []


def execution_policies(session: boto3.Session) -> dict[str, list[dict[str, Any]]]:
    """Statements of each execution role, by whose it is: a service's name, or a one-off task's full one."""
    iam = session.client("iam")
    found: dict[str, list[dict[str, Any]]] = {}
    for name in (role["RoleName"] for role in iam.list_roles()["Roles"] if "-execution" in role["RoleName"]):
        found[name.partition("-execution")[0]] = [
            statement
            for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]
            for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]
        ]
    return found


def readable(statements: list[dict[str, Any]]) -> set[str]:
    """Names of the secrets that the statements open."""
    arns = [arn for s in statements if "secretsmanager:GetSecretValue" in s["Action"] for arn in s["Resource"]]
    return {arn.partition(":secret:")[2].removesuffix("-??????") for arn in arns}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_service_starts_with_its_own_secrets_only_and_the_users_task_with_its_databases(
    environment: str, standing: Any, accounts: dict[str, boto3.Session]
) -> None:
    services = standing.settings(environment)["headroom:services"]
    roles, users = execution_policies(accounts[environment]), f"headroom-{environment}-main_users"
    assert set(roles) == {*services, users}
    for name, given in services.items():
        shared = {f"headroom/{environment}/cache/{given['cache']}"} if "cache" in given else set()
        own = {
            secret for secret in readable(roles[name]) if secret.startswith(f"headroom/{environment}/service/{name}/")
        }
        assert readable(roles[name]) == own | shared
    assert readable(roles[users]) == {
        f"headroom/{environment}/{secret}" for secret in ("database/main", "database/main/logins")
    }
    everything = [
        statement for statements in roles.values() for statement in statements if "*" in statement["Resource"]
    ]
    assert {action for statement in everything for action in statement["Action"]} <= {"ecr:GetAuthorizationToken"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_is_heard_or_part_of_an_incident_that_is(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    client = accounts[environment].client("cloudwatch")
    alarms = [a for a in client.describe_alarms()["MetricAlarms"] if not made_by_autoscaling(a["AlarmName"])]
    incidents = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    heard = {s["TopicArn"] for s in accounts[environment].client("sns").list_subscriptions()["Subscriptions"]}
    assert len(alarms) >= 10
    for alarm in (*alarms, *incidents):
        assert set(alarm.get("AlarmActions", [])) <= heard, alarm["AlarmName"]
    told = "".join(incident["AlarmRule"] for incident in incidents if incident.get("AlarmActions"))
    silent = [a["AlarmName"] for a in alarms if not a["AlarmActions"] and f'ALARM("{a["AlarmName"]}")' not in told]
    assert silent == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_nothing_stands_in_the_account_that_the_state_does_not_know(
    environment: str, standing: Any, accounts: dict[str, boto3.Session], inventory: Callable[..., Inventory]
) -> None:
    known = str(standing.state(environment))
    taken = inventory(accounts[environment])
    defaults = {"vpcs", "subnets", "route tables", "internet gateways"}
    unknown = [name for kind, names in taken.items() if kind not in defaults for name in names if name not in known]
    assert [name for name in unknown if not made_by_autoscaling(name)] == []
