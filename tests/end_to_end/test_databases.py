"""Databases on RDS on the emulated AWS, seen through boto3: MySQL, copies of backups, a restore, one that stood before.

D1, D2, D7, S2.
"""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

REPORTS = "headroom-dev-reports"
EUROPE_WEST = "eu-west-1"


def instance(session: boto3.Session, identifier: str) -> dict[str, Any]:
    (found,) = session.client("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"]
    return dict(found)


def connection(session: boto3.Session, name: str, environment: str = "dev") -> dict[str, Any]:
    stored = session.client("secretsmanager").get_secret_value(SecretId=f"headroom/{environment}/database/{name}")
    return dict(json.loads(stored["SecretString"]))


def parameters(session: boto3.Session, found: dict[str, Any]) -> dict[str, str]:
    name = found["DBParameterGroups"][0]["DBParameterGroupName"]
    listed = session.client("rds").describe_db_parameters(DBParameterGroupName=name, Source="user")["Parameters"]
    return {parameter["ParameterName"]: parameter["ParameterValue"] for parameter in listed}


def abroad(session: boto3.Session) -> list[dict[str, Any]]:
    """What was copied to the other region."""
    west = session.client("rds", EUROPE_WEST)
    return list(west.describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"])


def test_mysql_stands_as_it_was_asked_for(options_account: boto3.Session) -> None:
    found = instance(options_account, REPORTS)
    assert (found["Engine"], found["EngineVersion"], found["Endpoint"]["Port"]) == ("mysql", "8.4", 3306)
    assert (found["AllocatedStorage"], found["Iops"], found["StorageThroughput"]) == (400, 16000, 1000)
    assert (found["PreferredBackupWindow"], found["PreferredMaintenanceWindow"]) == (
        "01:00-02:00",
        "mon:03:00-mon:04:00",
    )
    assert found["CACertificateIdentifier"] == "rds-ca-ecc384-g1"
    assert found["IAMDatabaseAuthenticationEnabled"] is True
    assert (found["StorageEncrypted"], found["PubliclyAccessible"]) == (True, False)


def test_mysql_forces_tls_and_logs_what_is_slow(options_account: boto3.Session) -> None:
    found = instance(options_account, REPORTS)
    values = parameters(options_account, found)
    assert (values["require_secure_transport"], values["long_query_time"], values["wait_timeout"]) == (
        "1",
        "0.5",
        "600",
    )
    logs = options_account.client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/rds/instance/{REPORTS}/")
    names = {group["logGroupName"].rpartition("/")[2] for group in logs["logGroups"]}
    assert names == {"error", "slowquery", "iam-db-auth-error"} == set(found["EnabledCloudwatchLogsExports"])


def test_mysqls_replica_has_a_class_a_zone_and_connections_of_its_own(options_account: boto3.Session) -> None:
    writer, replica = instance(options_account, REPORTS), instance(options_account, f"{REPORTS}-1")
    assert (writer["DBInstanceClass"], replica["DBInstanceClass"]) == ("db.m7g.large", "db.r7g.large")
    assert (writer["AvailabilityZone"], replica["AvailabilityZone"]) == ("eu-central-1a", "eu-central-1c")
    assert replica["ReadReplicaSourceDBInstanceIdentifier"] == REPORTS
    most = [int(parameters(options_account, found)["max_connections"]) for found in (writer, replica)]
    assert most[0] < most[1]
    alarms = options_account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    limits = {alarm["AlarmName"]: alarm["Threshold"] for alarm in alarms if "connections" in alarm["AlarmName"]}
    assert sorted(value for name, value in limits.items() if "reports" in name) == [int(m * 0.8) for m in most]


def test_mysqls_secret_leads_to_writer_and_replica(options_account: boto3.Session) -> None:
    secret = connection(options_account, "reports")
    assert secret["url"] == f"mysql://headroom:{secret['password']}@{secret['host']}:3306/reports"
    assert secret["read_hosts"] == instance(options_account, f"{REPORTS}-1")["Endpoint"]["Address"]
    assert f"@{secret['read_hosts']}:3306/" in secret["read_url"]


def test_backups_are_copied_abroad_under_a_key_there(options_account: boto3.Session) -> None:
    (copy,) = abroad(options_account)
    assert (copy["DBInstanceIdentifier"], copy["Region"], copy["BackupRetentionPeriod"]) == (REPORTS, "eu-central-1", 2)
    assert f":kms:{EUROPE_WEST}:" in copy["KmsKeyId"]


def test_only_prod_copies_its_backups_abroad(accounts: dict[str, boto3.Session]) -> None:
    copies = {name: [copy["DBInstanceIdentifier"] for copy in abroad(account)] for name, account in accounts.items()}
    assert copies == {"dev": [], "staging": [], "prod": ["headroom-prod-main"]}


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_instances_force_tls_log_slow_statements_and_count_them(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    values = parameters(accounts[environment], instance(accounts[environment], f"headroom-{environment}-main"))
    assert (values["rds.force_ssl"], values["log_min_duration_statement"]) == ("1", "1000")
    assert values["shared_preload_libraries"] == "pg_stat_statements"


def test_a_database_comes_back_beside_the_one_that_stands_and_one_that_stood_before_is_used(
    options: Any, options_account: boto3.Session
) -> None:
    """One `up` for both; what is restored keeps its name and user, and gets a password of its own."""
    ec2 = options_account.client("ec2")
    (vpc,) = [vpc["VpcId"] for vpc in ec2.describe_vpcs()["Vpcs"] if not vpc.get("IsDefault")]
    group = ec2.create_security_group(GroupName="shared", Description="shared database", VpcId=vpc)["GroupId"]

    def change(content: dict[str, Any]) -> None:
        databases = content["headroom:databases"]
        kept = ("engine", "version", "class", "backup_days", "deletion_protection", "final_snapshot", "protect")
        again = {key: databases["reports"][key] for key in kept}
        databases["again"] = again | {"storage_gib": 400, "restore": {"database": REPORTS, "time": "latest"}}
        databases["legacy"] = {
            "existing": {
                "address": "legacy.example.com",
                "secret": "arn:aws:secretsmanager:eu-central-1:444444444444:secret:legacy-AbCdEf",
                "security_group": group,
            }
        }
        content["headroom:services"]["shop"]["database"] = "legacy"

    def forget(content: dict[str, Any]) -> None:
        del content["headroom:databases"]["again"]["restore"]

    with options.changed("dev", change):
        options.headroom("up", "dev", "--offline")
        assert options.planned("dev") == {}
        with options.changed("dev", forget):
            assert options.planned("dev") == {}
        restored, secret = instance(options_account, "headroom-dev-again"), connection(options_account, "again")
        assert (restored["Engine"], restored["DBName"], restored["MasterUsername"]) == ("mysql", "reports", "headroom")
        assert (secret["dbname"], secret["username"]) == ("reports", "headroom")
        assert secret["password"] != connection(options_account, "reports")["password"]
        (opened,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]
        assert (opened["FromPort"], len(opened["UserIdGroupPairs"])) == (5432, 1)
    options.headroom("up", "dev", "--offline")
    identifiers = {
        i["DBInstanceIdentifier"] for i in options_account.client("rds").describe_db_instances()["DBInstances"]
    }
    assert "headroom-dev-again" not in identifiers
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"] == []
    ec2.delete_security_group(GroupId=group)
