"""Aurora on the emulated AWS, seen through boto3: PostgreSQL with readers that scale, MySQL that pauses. D1, D2, C4."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

PROVISIONED, SERVERLESS = "headroom-dev-orders", "headroom-dev-sketches"


def cluster(session: boto3.Session, identifier: str) -> dict[str, Any]:
    (found,) = session.client("rds").describe_db_clusters(DBClusterIdentifier=identifier)["DBClusters"]
    return dict(found)


def members(session: boto3.Session, identifier: str) -> list[dict[str, Any]]:
    found = session.client("rds").describe_db_instances(Filters=[{"Name": "db-cluster-id", "Values": [identifier]}])
    return sorted(found["DBInstances"], key=lambda instance: str(instance["DBInstanceIdentifier"]))


def connection(session: boto3.Session, name: str) -> dict[str, Any]:
    stored = session.client("secretsmanager").get_secret_value(SecretId=f"headroom/dev/database/{name}")
    return dict(json.loads(stored["SecretString"]))


def test_the_provisioned_cluster_has_a_writer_and_two_readers_in_three_zones(options_account: boto3.Session) -> None:
    found = members(options_account, PROVISIONED)
    assert [instance["DBInstanceIdentifier"] for instance in found] == [f"{PROVISIONED}-{n}" for n in (1, 2, 3)]
    assert len({instance["AvailabilityZone"] for instance in found}) == 3
    assert {instance["DBInstanceClass"] for instance in found} == {"db.r8g.large"}
    writers = [m for m in cluster(options_account, PROVISIONED)["DBClusterMembers"] if m["IsClusterWriter"]]
    assert [writer["DBInstanceIdentifier"] for writer in writers] == [f"{PROVISIONED}-1"]


def test_the_serverless_cluster_pauses_after_ten_minutes(options_account: boto3.Session) -> None:
    scaling = cluster(options_account, SERVERLESS)["ServerlessV2ScalingConfiguration"]
    assert scaling == {"MinCapacity": 0, "MaxCapacity": 4, "SecondsUntilAutoPause": 600}
    assert [instance["DBInstanceClass"] for instance in members(options_account, SERVERLESS)] == ["db.serverless"]


@pytest.mark.parametrize("identifier", [PROVISIONED, SERVERLESS])
def test_clusters_are_private_encrypted_with_our_key_and_backed_up_at_night(
    identifier: str, options_account: boto3.Session
) -> None:
    found = cluster(options_account, identifier)
    aliases = options_account.client("kms").list_aliases(KeyId=found["KmsKeyId"])["Aliases"]
    assert [alias["AliasName"] for alias in aliases] == ["alias/headroom-dev-data"]
    assert found["StorageEncrypted"] is True
    assert found["PreferredBackupWindow"] == "07:00-09:00"
    assert not any(instance["PubliclyAccessible"] for instance in members(options_account, identifier))


@pytest.mark.parametrize(
    ("identifier", "family", "tls"),
    [
        (PROVISIONED, "aurora-postgresql17", ("rds.force_ssl", "1")),
        (SERVERLESS, "aurora-mysql8.0", ("require_secure_transport", "ON")),
    ],
)
def test_clusters_force_tls(identifier: str, family: str, tls: tuple[str, str], options_account: boto3.Session) -> None:
    rds = options_account.client("rds")
    name = cluster(options_account, identifier)["DBClusterParameterGroup"]
    (group,) = rds.describe_db_cluster_parameter_groups(DBClusterParameterGroupName=name)["DBClusterParameterGroups"]
    assert group["DBParameterGroupFamily"] == family
    parameters = rds.describe_db_cluster_parameters(DBClusterParameterGroupName=name)["Parameters"]
    assert tls in {(parameter["ParameterName"], parameter["ParameterValue"]) for parameter in parameters}


def test_storage_is_optimized_for_input_and_output_where_asked_for(options_account: boto3.Session) -> None:
    assert cluster(options_account, PROVISIONED)["StorageType"] == "aurora-iopt1"
    assert "StorageType" not in cluster(options_account, SERVERLESS)


def test_mysql_can_be_wound_back_by_a_day(options_account: boto3.Session) -> None:
    assert cluster(options_account, SERVERLESS)["BacktrackWindow"] == 86_400


def test_readers_are_added_at_70_percent_cpu_up_to_five(options_account: boto3.Session) -> None:
    scaling = options_account.client("application-autoscaling")
    (target,) = scaling.describe_scalable_targets(ServiceNamespace="rds")["ScalableTargets"]
    assert target["ResourceId"] == f"cluster:{PROVISIONED}"
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 5)
    (policy,) = scaling.describe_scaling_policies(ServiceNamespace="rds")["ScalingPolicies"]
    tracked = policy["TargetTrackingScalingPolicyConfiguration"]
    assert tracked["TargetValue"] == 70
    assert tracked["PredefinedMetricSpecification"]["PredefinedMetricType"] == "RDSReaderAverageCPUUtilization"


def test_a_second_preview_finds_nothing_not_even_a_reader_that_autoscaling_added(
    options: Any, options_account: boto3.Session
) -> None:
    rds = options_account.client("rds")
    added = "application-autoscaling-61aabbcc-4e2f-4c65-b620-ab7421abc123"
    rds.create_db_instance(
        DBInstanceIdentifier=added,
        DBClusterIdentifier=PROVISIONED,
        DBInstanceClass="db.r8g.large",
        Engine="aurora-postgresql",
        PromotionTier=15,
    )
    try:
        assert options.planned("dev") == {}
    finally:
        rds.delete_db_instance(DBInstanceIdentifier=added, SkipFinalSnapshot=True)


@pytest.mark.parametrize(
    ("name", "identifier", "start"),
    [("orders", PROVISIONED, "postgresql://headroom:"), ("sketches", SERVERLESS, "mysql://headroom:")],
)
def test_one_secret_leads_to_the_writer_and_to_the_readers(
    name: str, identifier: str, start: str, options_account: boto3.Session
) -> None:
    found, secret = cluster(options_account, identifier), connection(options_account, name)
    keys = {"engine", "host", "port", "dbname", "username", "password", "url", "read_url", "read_hosts"}
    assert set(secret) == keys, "the same for all engines"
    assert (secret["host"], secret["port"]) == (found["Endpoint"], found["Port"])
    assert secret["url"].startswith(f"{start}{secret['password']}@{found['Endpoint']}:{found['Port']}/app")
    assert f"@{found['ReaderEndpoint']}:{found['Port']}/app" in secret["read_url"]
    assert ".cluster-ro-" in secret["read_url"]


def test_logs_go_to_groups_of_ours(options_account: boto3.Session) -> None:
    groups = options_account.client("logs").describe_log_groups(logGroupNamePrefix="/aws/rds/cluster/")["logGroups"]
    wanted = [(PROVISIONED, "postgresql"), (SERVERLESS, "error"), (SERVERLESS, "slowquery")]
    assert {group["logGroupName"] for group in groups} == {f"/aws/rds/cluster/{name}/{log}" for name, log in wanted}
    assert all(group.get("kmsKeyId") and group.get("retentionInDays") for group in groups)


def test_every_instance_and_each_volume_has_its_alarms(options_account: boto3.Session) -> None:
    alarms = options_account.client("cloudwatch").describe_alarms()["MetricAlarms"]
    watched: dict[str, set[str]] = {}
    for alarm in alarms:
        for dimension in alarm.get("Dimensions", []):
            if dimension["Name"] != "ProxyName":  # a proxy has its cluster's name
                watched.setdefault(dimension["Value"], set()).add(alarm["MetricName"])
    common = {"CPUUtilization", "DatabaseConnections", "FreeableMemory", "AuroraReplicaLag"}
    for number in (1, 2, 3):
        assert watched[f"{PROVISIONED}-{number}"] == common | {"FreeLocalStorage"}
    assert watched[f"{SERVERLESS}-1"] == common | {"ACUUtilization"}
    assert watched[PROVISIONED] == watched[SERVERLESS] == {"VolumeBytesUsed"}


def test_a_larger_class_and_one_more_reader_replace_nothing(options: Any) -> None:
    def grow(content: dict[str, Any]) -> None:
        content["headroom:databases"]["orders"] |= {"class": "db.r8g.xlarge", "replicas": 3, "max_replicas": 6}

    with options.changed("dev", grow):
        planned = {label: step for label, step in options.planned("dev").items() if "orders" in label}
    assert planned["aws:rds/clusterInstance:ClusterInstance orders-4"] == "create"
    assert {planned[f"aws:rds/clusterInstance:ClusterInstance orders-{n}"] for n in (1, 2, 3)} == {"update"}
    assert planned["aws:appautoscaling/target:Target orders-readers"] == "update"
    assert "aws:rds/cluster:Cluster orders" not in planned
    assert set(planned.values()) <= {"create", "update"}


def test_the_passwords_stand_nowhere_but_in_the_secrets(options: Any, options_account: boto3.Session) -> None:
    kept = [path for path in options.home.rglob("*") if path.is_file() and path.suffix not in (".sock", ".lock")]
    for name in ("orders", "sketches"):
        password = connection(options_account, name)["password"]
        assert len(password) == 32
        assert [path for path in kept if password.encode() in path.read_bytes()] == []
