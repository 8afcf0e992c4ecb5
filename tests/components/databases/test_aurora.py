"""The Aurora component under pretended AWS. D1, D2, C4, O1."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.databases.args import Restore
from components.databases.aurora import Aurora
from components.databases.aurora_args import AuroraArgs
from components.databases.aurora_constraints import ServerlessRange
from components.links import KeyLink

Run = Callable[..., Any]

ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
PROD: dict[str, Any] = {
    "scope": Scope(account="333333333333", region="eu-central-1", namespace="headroom/prod"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
    "zones": ZONES,
    "key": KeyLink(arn="arn:aws:kms:eu-central-1:333333333333:key/k", alias="alias/headroom-prod-data"),
    "engine": "aurora-postgresql",
    "version": "17.6",
    "instance_class": "db.r8g.large",
    "replicas": 2,
    "max_replicas": 5,
    "backup_days": 30,
    "deletion_protection": True,
    "final_snapshot": True,
    "insights": True,
    "monitoring_seconds": 60,
    "log_retention_days": 90,
    "secret_recovery_days": 30,
    "protect": True,
}
DEV: dict[str, Any] = PROD | {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "zones": ZONES[:2],
    "engine": "aurora-mysql",
    "version": "8.0.mysql_aurora.3.10.3",
    "instance_class": "db.serverless",
    "serverless": ServerlessRange(min_acu=0, max_acu=4, pause_minutes=10),
    "replicas": 0,
    "max_replicas": 0,
    "backup_days": 1,
    "deletion_protection": False,
    "final_snapshot": False,
    "insights": False,
    "monitoring_seconds": 0,
    "secret_recovery_days": 0,
    "protect": False,
}
WRITER, READER = "main.cluster-abc.rds.amazonaws.com", "main.cluster-ro-abc.rds.amazonaws.com"
CLUSTER = "rds/cluster:Cluster"
MEMBER = "rds/clusterInstance:ClusterInstance"


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(base: dict[str, Any], *, preview: bool = False, **changed: Any) -> Any:
        outputs = {"endpoint": WRITER, "readerEndpoint": READER}
        if changed.get("restore"):
            outputs |= {"masterUsername": "their_user", "databaseName": "theirs"}
        return run(
            lambda: Aurora("main", AuroraArgs(**(base | changed))),
            preview=preview,
            outputs={"aws:rds/cluster:Cluster": outputs},
        )

    return make


def cluster(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one(CLUSTER)["inputs"]
    return inputs


def members(stack: Any) -> list[dict[str, Any]]:
    return sorted((m["inputs"] for m in stack.all(MEMBER)), key=lambda inputs: str(inputs["identifier"]))


def parameters(stack: Any, kind: str = "rds/clusterParameterGroup:ClusterParameterGroup") -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in stack.one(kind)["inputs"]["parameters"]}


def test_prod_has_a_writer_and_two_readers_in_three_zones(made: Run) -> None:
    found = members(made(PROD))
    assert [member["identifier"] for member in found] == [f"headroom-prod-main-{n}" for n in (1, 2, 3)]
    assert [member["availabilityZone"] for member in found] == list(ZONES)
    assert {member["instanceClass"] for member in found} == {"db.r8g.large"}


def test_the_first_instance_stands_before_the_readers_so_that_it_writes(made: Run) -> None:
    stack = made(PROD)
    first = stack.one(MEMBER, "main-1")["urn"]
    assert all(first in stack.one(MEMBER, f"main-{n}")["options"]["depends_on"] for n in (2, 3))
    assert [member["promotionTier"] for member in members(stack)] == [0, 1, 2]


def test_one_more_reader_leaves_the_others_as_they_are(made: Run) -> None:
    two, three = members(made(PROD)), members(made(PROD, replicas=3))
    assert three[:3] == two


def test_no_instance_moves_when_zones_change_and_each_is_replaced_with_its_cluster(made: Run) -> None:
    stack = made(PROD)
    for member in stack.all(MEMBER):
        assert member["options"]["ignore_changes"] == ["availabilityZone"]
        assert member["options"]["replace_with"] == [stack.one(CLUSTER)["urn"]]


def test_the_cluster_is_encrypted_with_our_key_and_backed_up_at_night(made: Run) -> None:
    inputs = cluster(made(PROD))
    assert (inputs["storageEncrypted"], inputs["kmsKeyId"]) == (True, PROD["key"].arn)
    assert (inputs["preferredBackupWindow"], inputs["backupRetentionPeriod"]) == ("07:00-09:00", 30)
    assert inputs["preferredMaintenanceWindow"] == "sun:09:30-sun:10:30"
    assert inputs["copyTagsToSnapshot"] is True
    assert "availabilityZones" not in inputs, "AWS adds a third zone, and the difference would replace the cluster"
    for member in members(made(PROD)):
        assert (member["publiclyAccessible"], member["caCertIdentifier"]) == (False, "rds-ca-rsa2048-g1")


def test_storage_is_standard_unless_asked_otherwise(made: Run) -> None:
    assert "storageType" not in cluster(made(PROD))
    assert cluster(made(PROD, io_optimized=True))["storageType"] == "aurora-iopt1"


def test_prod_resists_deletion_and_keeps_a_last_snapshot_under_a_fixed_name(made: Run) -> None:
    stack = made(PROD)
    inputs = cluster(stack)
    assert (inputs["deletionProtection"], inputs["skipFinalSnapshot"]) == (True, False)
    assert inputs["finalSnapshotIdentifier"] == "headroom-prod-main-final"
    assert inputs["deleteAutomatedBackups"] is False
    assert stack.one(CLUSTER)["options"]["protect"] is True
    assert stack.one("secretsmanager/secret:Secret")["options"]["protect"] is True


def test_dev_can_be_taken_down_without_a_trace(made: Run) -> None:
    stack = made(DEV)
    inputs = cluster(stack)
    assert (inputs["deletionProtection"], inputs["skipFinalSnapshot"]) == (False, True)
    assert inputs["deleteAutomatedBackups"] is True
    assert stack.one("secretsmanager/secret:Secret")["inputs"]["recoveryWindowInDays"] == 0


def test_postgresql_forces_tls_logs_slow_queries_and_loads_what_extensions_need(made: Run) -> None:
    stack = made(PROD, extensions=["pg_trgm", "pg_cron"], slow_query_ms=250)
    assert stack.one("rds/clusterParameterGroup:ClusterParameterGroup")["inputs"]["family"] == "aurora-postgresql17"
    assert parameters(stack) == {
        "cron.database_name": "app",
        "log_min_duration_statement": "250",
        "rds.force_ssl": "1",
        "shared_preload_libraries": "pg_stat_statements,pg_cron",
    }


def test_mysql_forces_tls_and_logs_slow_queries(made: Run) -> None:
    stack = made(DEV)
    assert stack.one("rds/clusterParameterGroup:ClusterParameterGroup")["inputs"]["family"] == "aurora-mysql8.0"
    assert parameters(stack) == {
        "log_output": "FILE",
        "long_query_time": "1",
        "require_secure_transport": "ON",
        "slow_query_log": "1",
    }


@pytest.mark.parametrize(
    ("engine", "version", "connections"),
    [("aurora-postgresql", "17.6", "1774"), ("aurora-mysql", "8.4.mysql_aurora.8.4.7", "1000")],
)
def test_a_provisioned_instance_accepts_as_many_connections_as_its_alarms_believe(
    made: Run, engine: str, version: str, connections: str
) -> None:
    stack = made(PROD, engine=engine, version=version)
    assert parameters(stack, "rds/parameterGroup:ParameterGroup") == {"max_connections": connections}
    assert {member["dbParameterGroupName"] for member in members(stack)} == {"main"}
    assert {str(watched.max_connections) for watched in stack.result.instances} == {connections}


def test_a_serverless_instance_computes_its_connections_itself(made: Run) -> None:
    stack = made(DEV)
    assert stack.all("rds/parameterGroup:ParameterGroup") == []
    assert "dbParameterGroupName" not in members(stack)[0]
    assert stack.result.instances[0].max_connections == 135


def test_devs_serverless_instance_pauses_after_ten_minutes(made: Run) -> None:
    stack = made(DEV)
    scaling = {"minCapacity": 0, "maxCapacity": 4, "secondsUntilAutoPause": 600}
    assert cluster(stack)["serverlessv2ScalingConfiguration"] == scaling
    assert members(stack)[0]["instanceClass"] == "db.serverless"
    assert stack.result.instances[0].pauses is True


def test_a_serverless_cluster_that_never_pauses_says_nothing_of_pauses(made: Run) -> None:
    stack = made(DEV, serverless=ServerlessRange(min_acu=0.5, max_acu=8))
    assert cluster(stack)["serverlessv2ScalingConfiguration"] == {"minCapacity": 0.5, "maxCapacity": 8}
    assert stack.result.instances[0].pauses is False


def test_readers_are_added_while_theirs_are_busy(made: Run) -> None:
    stack = made(PROD)
    target = stack.one("appautoscaling/target:Target")
    assert target["inputs"]["resourceId"] == "cluster:headroom-prod-main"
    assert (target["inputs"]["minCapacity"], target["inputs"]["maxCapacity"]) == (2, 5)
    assert stack.one(MEMBER, "main-3")["urn"] in target["options"]["depends_on"]
    policy = stack.one("appautoscaling/policy:Policy")["inputs"]["targetTrackingScalingPolicyConfiguration"]
    assert policy["targetValue"] == 70
    assert policy["predefinedMetricSpecification"] == {"predefinedMetricType": "RDSReaderAverageCPUUtilization"}


def test_no_reader_is_added_unless_asked_for_and_nothing_in_the_program_counts_them(made: Run) -> None:
    assert made(PROD, max_replicas=0).all("appautoscaling/target:Target") == []
    assert "clusterMembers" not in cluster(made(PROD))


def test_what_watches_an_instance_watches_those_that_autoscaling_adds(made: Run) -> None:
    for inputs in [cluster(made(PROD)), *members(made(PROD))]:
        assert (inputs["performanceInsightsEnabled"], inputs["performanceInsightsRetentionPeriod"]) == (True, 7)
        assert inputs["performanceInsightsKmsKeyId"] == PROD["key"].arn
        assert inputs["monitoringInterval"] == 60
        assert inputs["monitoringRoleArn"].endswith("/main-monitoring")
    assert cluster(made(PROD))["databaseInsightsMode"] == "standard"


def test_readers_that_autoscaling_adds_may_take_the_monitorings_role_though_aws_names_them(made: Run) -> None:
    def trusted(**changed: Any) -> Any:
        role = made(PROD, **changed).one("iam/role:Role")["inputs"]
        (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
        return statement["Condition"]["ArnLike"]["aws:SourceArn"]

    ours = "arn:aws:rds:eu-central-1:333333333333:db:headroom-prod-main*"
    assert trusted(max_replicas=0) == ours
    assert trusted() == [ours, "arn:aws:rds:eu-central-1:333333333333:db:application-autoscaling-*"]


def test_dev_pays_for_neither_insights_nor_monitoring(made: Run) -> None:
    stack = made(DEV)
    assert (cluster(stack)["performanceInsightsEnabled"], cluster(stack)["monitoringInterval"]) == (False, 0)
    assert stack.all("iam/role:Role") == []


@pytest.mark.parametrize(("base", "logs"), [(PROD, ["postgresql"]), (DEV, ["error", "slowquery"])])
def test_logs_go_to_groups_that_were_there_before_the_cluster(made: Run, base: dict[str, Any], logs: list[str]) -> None:
    stack = made(base)
    assert cluster(stack)["enabledCloudwatchLogsExports"] == logs
    groups = {group["inputs"]["name"]: group for group in stack.all("cloudwatch/logGroup:LogGroup")}
    identifier = cluster(stack)["clusterIdentifier"]
    assert set(groups) == {f"/aws/rds/cluster/{identifier}/{log}" for log in logs}
    for group in groups.values():
        assert (group["inputs"]["retentionInDays"], group["inputs"]["kmsKeyId"]) == (90, PROD["key"].arn)
        assert group["urn"] in stack.one(CLUSTER)["options"]["depends_on"]


def test_a_pinned_release_stays_and_a_major_version_follows(made: Run) -> None:
    assert {m["autoMinorVersionUpgrade"] for m in members(made(PROD))} == {False}
    assert {m["autoMinorVersionUpgrade"] for m in members(made(PROD, version="17"))} == {True}


def test_a_major_upgrade_takes_the_new_familys_parameters_along(made: Run) -> None:
    assert "dbInstanceParameterGroupName" not in cluster(made(PROD))
    upgrade = cluster(made(PROD, version="18.3", allow_major_upgrade=True))
    assert upgrade["allowMajorVersionUpgrade"] is True
    assert upgrade["dbInstanceParameterGroupName"] == "main"


def test_only_mysql_is_wound_back(made: Run) -> None:
    assert cluster(made(DEV, backtrack_hours=24))["backtrackWindow"] == 86_400
    assert "backtrackWindow" not in cluster(made(PROD))


def test_the_secret_leads_to_the_clusters_two_names(made: Run) -> None:
    version = made(PROD).one("secretsmanager/secretVersion:SecretVersion")
    value = json.loads(version["inputs"]["secretString"])
    assert (value["engine"], value["host"], value["dbname"]) == ("postgres", WRITER, "app")
    assert value["url"] == f"postgresql://headroom:{value['password']}@{WRITER}:5432/app?sslmode=require"
    assert value["read_url"] == f"postgresql://headroom:{value['password']}@{READER}:5432/app?sslmode=require"


def test_mysqls_secret_has_its_scheme_and_port(made: Run) -> None:
    version = made(DEV).one("secretsmanager/secretVersion:SecretVersion")
    value = json.loads(version["inputs"]["secretString"])
    assert (value["engine"], value["port"]) == ("mysql", 3306)
    assert value["read_url"] == f"mysql://headroom:{value['password']}@{READER}:3306/app"


def test_consumers_are_bound_to_the_cluster_and_not_to_its_readers(made: Run) -> None:
    link = made(PROD).result.link
    assert (link.instances, link.port) == (["headroom-prod-main"], 5432)
    assert link.secret_name == "headroom/prod/database/main"


def test_the_password_is_made_once_and_stays_secret_wherever_it_goes(made: Run) -> None:
    stack = made(PROD)
    assert "masterPassword" in stack.one(CLUSTER)["options"]["ignore_changes"]
    assert "masterPassword" in stack.one(CLUSTER)["secrets"]
    assert "secretString" in stack.one("secretsmanager/secretVersion:SecretVersion")["secrets"]
    for resource in stack.resources:
        shown = {key: value for key, value in resource["inputs"].items() if key not in resource["secrets"]}
        assert "canary" not in json.dumps(shown), resource["urn"]


def test_a_restored_cluster_keeps_the_snapshots_database_and_user_and_takes_a_new_password(made: Run) -> None:
    stack = made(PROD, restore=Restore(snapshot="before-the-change"))
    inputs = cluster(stack)
    assert inputs["snapshotIdentifier"] == "before-the-change"
    assert not {"masterUsername", "databaseName", "restoreToPointInTime"} & set(inputs)
    assert "masterPassword" in inputs
    value = json.loads(stack.one("secretsmanager/secretVersion:SecretVersion")["inputs"]["secretString"])
    assert (value["username"], value["dbname"]) == ("their_user", "theirs")


def test_a_point_in_time_is_the_latest_or_a_given_one(made: Run) -> None:
    latest = cluster(made(PROD, restore=Restore(database="headroom-prod-old")))["restoreToPointInTime"]
    assert latest == {"sourceClusterIdentifier": "headroom-prod-old", "useLatestRestorableTime": True}
    moment = Restore(database="headroom-prod-old", time="2026-11-21T13:00:00Z")
    given = cluster(made(PROD, restore=moment))["restoreToPointInTime"]
    assert given == {"sourceClusterIdentifier": "headroom-prod-old", "restoreToTime": "2026-11-21T13:00:00Z"}


def test_a_cluster_is_not_restored_onto_itself(made: Run) -> None:
    with pytest.raises(ValueError, match=r"restore\.database is headroom-prod-main: a restore makes another"):
        made(PROD, restore=Restore(database="headroom-prod-main"))


def test_windows_certificates_and_parameters_are_settings(made: Run) -> None:
    changed = {
        "backup_window": "01:00-02:00",
        "maintenance_window": "mon:03:00-mon:04:00",
        "ca": "rds-ca-ecc384-g1",
        "parameters": {"work_mem": "65536"},
    }
    stack = made(PROD, **changed)
    inputs = cluster(stack)
    assert inputs["preferredBackupWindow"] == "01:00-02:00"
    assert {m["preferredMaintenanceWindow"] for m in [inputs, *members(stack)]} == {"mon:03:00-mon:04:00"}
    assert {m["caCertIdentifier"] for m in members(stack)} == {"rds-ca-ecc384-g1"}
    assert parameters(stack)["work_mem"] == "65536"


def test_sign_ins_by_iam_have_a_log_of_their_own(made: Run) -> None:
    stack = made(PROD, iam_authentication=True)
    assert cluster(stack)["iamDatabaseAuthenticationEnabled"] is True
    assert cluster(stack)["enabledCloudwatchLogsExports"] == ["postgresql", "iam-db-auth-error"]


def test_a_restore_is_looked_at_once(made: Run) -> None:
    ignored = made(PROD).one(CLUSTER)["options"]["ignore_changes"]
    assert {"snapshotIdentifier", "restoreToPointInTime"} <= set(ignored)


def test_nothing_reaches_the_database_until_a_service_opens_its_own_way(made: Run) -> None:
    stack = made(PROD)
    group = stack.one("ec2/securityGroup:SecurityGroup")["inputs"]
    assert not group.get("ingress") and not group.get("egress")
    assert stack.all("SecurityGroupIngressRule") == []


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    stack = made(PROD, preview=True)
    for resource in [*stack.all("iam/role:Role"), *stack.all("iam/rolePolicy:RolePolicy")]:
        for key in {"assumeRolePolicy", "policy"} & set(resource["inputs"]):
            assert json.loads(resource["inputs"][key])["Version"] == "2012-10-17"
    assert stack.one("appautoscaling/target:Target")["inputs"]["resourceId"] == "cluster:headroom-prod-main"


def test_every_child_belongs_to_the_component_and_carries_its_service(made: Run) -> None:
    stack = made(PROD)
    children = stack.children(stack.one("headroom:data:Aurora"))
    assert len(children) == len(stack.resources) - 1
    for child in children:
        assert child["name"].startswith("main")
        if child["type"].split(":")[-1] not in ("RolePolicy", "SecretVersion", "Policy"):
            assert child["inputs"]["tags"]["Service"] == "main"


def test_outputs_are_registered_without_a_secret(made: Run) -> None:
    stack = made(PROD)
    outputs = stack.registered_outputs[stack.one("headroom:data:Aurora")["urn"]]
    assert set(outputs) == {"identifier", "address", "readerAddress", "secretArn"}
    assert "canary" not in json.dumps(outputs)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "12.7"}, "version is 12.7: it is not in Aurora's standard support"),
        ({"instance_class": "db.m7g.large"}, "class is db.m7g.large: Aurora has no such class"),
        ({"backup_days": 0}, "backup_days is 0: AWS takes 1 to 35 days"),
        ({"backtrack_hours": 1}, "backtrack_hours is 1: only Aurora MySQL can be wound back"),
        ({"max_replicas": 1}, "max_replicas is 1: it is the most of all readers"),
        ({"maintenance_window": "sun:08:00-sun:09:30"}, "maintenance_window is sun:08:00-sun:09:30: it overlaps"),
        ({"extensions": ["pg_nothing"]}, "extensions is pg_nothing"),
        ({"parameters": {"rds.force_ssl": "0"}}, "parameters.rds.force_ssl is 0: the stack sets it"),
        ({"restore": Restore()}, "restore is .*nothing to restore from"),
        ({"restore": Restore(backups="arn:x")}, "restore.backups is arn:x: backups that are kept of an Aurora"),
        ({"secret_recovery_days": 3}, "secret_recovery_days is 3: AWS takes 7 to 30 days"),
    ],
)
def test_what_aws_refuses_is_refused_before_anything_is_made(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        AuroraArgs(**(PROD | changed))
