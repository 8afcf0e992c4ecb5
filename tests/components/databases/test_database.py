"""The database component under pretended AWS. D1, D2, O1."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.access import Scope
from components.databases.args import DatabaseArgs, Restore
from components.databases.database import Database
from components.links import KeyLink

Run = Callable[..., Any]

ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
DEV: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "zones": ZONES[:2],
    "key": KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-dev-data"),
    "version": "17.6",
    "instance_class": "db.t4g.small",
    "storage_gib": 20,
    "max_storage_gib": 100,
    "multi_az": False,
    "replicas": 0,
    "backup_days": 1,
    "deletion_protection": False,
    "final_snapshot": False,
    "insights": False,
    "monitoring_seconds": 0,
    "log_retention_days": 7,
    "secret_recovery_days": 0,
    "protect": False,
}
PROD: dict[str, Any] = DEV | {
    "scope": Scope(account="333333333333", region="eu-central-1", namespace="headroom/prod"),
    "subnet_ids": ["subnet-a", "subnet-b", "subnet-c"],
    "zones": ZONES,
    "instance_class": "db.m7g.large",
    "multi_az": True,
    "replicas": 2,
    "backup_days": 30,
    "deletion_protection": True,
    "final_snapshot": True,
    "insights": True,
    "monitoring_seconds": 60,
    "secret_recovery_days": 30,
    "protect": True,
}


MYSQL: dict[str, Any] = PROD | {"engine": "mysql", "version": "8.4"}
COPY_KEY = KeyLink(arn="arn:aws:kms:eu-west-1:333333333333:key/c", alias="alias/headroom-prod-backups-eu-west-1")


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(base: dict[str, Any], *, writer_zone: str = ZONES[0], preview: bool = False, **changed: Any) -> Any:
        return run(
            lambda: Database("main", DatabaseArgs(**(base | changed))),
            preview=preview,
            outputs={
                "aws:rds/instance:Instance": {"availabilityZone": writer_zone, "username": "headroom", "dbName": "app"}
            },
        )

    return make


def writer(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("rds/instance:Instance", "main")["inputs"]
    return inputs


def replicas(stack: Any) -> list[dict[str, Any]]:
    return [r["inputs"] for r in stack.all("rds/instance:Instance") if "replicateSourceDb" in r["inputs"]]


@pytest.mark.parametrize("zone", ZONES)
def test_prod_puts_two_replicas_in_zones_other_than_the_writers(made: Run, zone: str) -> None:
    zones = [replica["availabilityZone"] for replica in replicas(made(PROD, writer_zone=zone))]
    assert sorted([*zones, zone]) == list(ZONES)


def test_prod_lets_aws_choose_the_writers_zone_because_multi_az_forbids_naming_it(made: Run) -> None:
    assert writer(made(PROD))["multiAz"] is True
    assert "availabilityZone" not in writer(made(PROD))


def test_dev_pins_its_only_instance_to_the_first_zone(made: Run) -> None:
    assert writer(made(DEV))["availabilityZone"] == ZONES[0]


def test_no_instance_moves_when_zones_change(made: Run) -> None:
    for instance in made(PROD).all("rds/instance:Instance"):
        assert "availabilityZone" in instance["options"]["ignore_changes"]


def test_the_writer_is_private_encrypted_with_our_key_and_backed_up_at_night(made: Run) -> None:
    inputs = writer(made(PROD))
    assert inputs["publiclyAccessible"] is False
    assert inputs["storageEncrypted"] is True
    assert inputs["kmsKeyId"] == "arn:aws:kms:eu-central-1:111111111111:key/k"
    assert (inputs["backupWindow"], inputs["backupRetentionPeriod"]) == ("07:00-09:00", 30)
    assert inputs["maintenanceWindow"] == "sun:09:30-sun:10:30"
    assert inputs["caCertIdentifier"] == "rds-ca-rsa2048-g1"
    assert inputs["copyTagsToSnapshot"] is True


@pytest.mark.parametrize(("version", "follows"), [("17", True), ("17.6", False)])
def test_a_major_version_follows_its_minor_releases_and_a_pinned_minor_stays(
    made: Run, version: str, follows: bool
) -> None:
    instances = made(PROD, version=version).all("rds/instance:Instance")
    assert {instance["inputs"]["autoMinorVersionUpgrade"] for instance in instances} == {follows}


def test_storage_grows_by_itself_unless_turned_off(made: Run) -> None:
    assert (writer(made(DEV))["allocatedStorage"], writer(made(DEV))["maxAllocatedStorage"]) == (20, 100)
    assert "maxAllocatedStorage" not in writer(made(DEV, max_storage_gib=0))


def test_the_parameter_group_forces_tls_and_logs_queries_over_a_second(made: Run) -> None:
    group = made(DEV).one("rds/parameterGroup:ParameterGroup")["inputs"]
    values = {parameter["name"]: parameter["value"] for parameter in group["parameters"]}
    assert group["family"] == "postgres17"
    assert values["rds.force_ssl"] == "1"
    assert values["log_min_duration_statement"] == "1000"
    assert values["shared_preload_libraries"] == "pg_stat_statements"
    assert values["max_connections"] == "197"


def test_what_is_rds_own_default_is_set_in_the_way_that_rds_shows_it(made: Run) -> None:
    group = made(DEV).one("rds/parameterGroup:ParameterGroup")["inputs"]
    methods = {parameter["name"]: parameter["applyMethod"] for parameter in group["parameters"]}
    assert methods["rds.force_ssl"] == methods["shared_preload_libraries"] == "pending-reboot"


def test_prod_resists_deletion_and_keeps_a_last_snapshot_under_a_fixed_name(made: Run) -> None:
    stack = made(PROD)
    assert writer(stack)["deletionProtection"] is True
    assert writer(stack)["skipFinalSnapshot"] is False
    assert writer(stack)["finalSnapshotIdentifier"] == "headroom-prod-main-final"
    assert writer(stack)["deleteAutomatedBackups"] is False
    assert stack.one("rds/instance:Instance", "main")["options"]["protect"] is True
    assert stack.one("secretsmanager/secret:Secret")["options"]["protect"] is True


def test_dev_can_be_taken_down_without_a_trace(made: Run) -> None:
    stack = made(DEV)
    assert writer(stack)["deletionProtection"] is False
    assert writer(stack)["skipFinalSnapshot"] is True
    assert writer(stack)["deleteAutomatedBackups"] is True
    assert stack.one("secretsmanager/secret:Secret")["inputs"]["recoveryWindowInDays"] == 0


def test_every_instance_exports_its_logs_to_groups_that_were_there_before_it(made: Run) -> None:
    stack = made(PROD)
    groups = {group["inputs"]["name"]: group for group in stack.all("cloudwatch/logGroup:LogGroup")}
    for instance in stack.all("rds/instance:Instance"):
        assert instance["inputs"]["enabledCloudwatchLogsExports"] == ["postgresql", "upgrade"]
        for log in ("postgresql", "upgrade"):
            group = groups.pop(f"/aws/rds/instance/{instance['inputs']['identifier']}/{log}")
            assert group["inputs"]["retentionInDays"] == 7
            assert "kmsKeyId" in group["inputs"]
            assert group["urn"] in instance["options"]["depends_on"]
    assert groups == {}


def test_every_instance_of_prod_is_watched_from_inside(made: Run) -> None:
    for instance in made(PROD).all("rds/instance:Instance"):
        inputs = instance["inputs"]
        assert inputs["performanceInsightsEnabled"] is True
        assert (inputs["databaseInsightsMode"], inputs["performanceInsightsRetentionPeriod"]) == ("standard", 7)
        assert (inputs["monitoringInterval"], inputs["monitoringRoleArn"]) == (
            60,
            "arn:aws:iam:eu-central-1:111111111111:role/main-monitoring",
        )


def test_enhanced_monitoring_starts_with_a_role_that_may_already_write(made: Run) -> None:
    stack = made(PROD)
    policy = stack.one("iam/rolePolicy:RolePolicy", "main-monitoring")
    for instance in stack.all("rds/instance:Instance"):
        assert policy["urn"] in instance["options"]["depends_on"]


def test_dev_pays_for_neither_insights_nor_monitoring(made: Run) -> None:
    stack = made(DEV)
    assert writer(stack)["performanceInsightsEnabled"] is False
    assert writer(stack)["monitoringInterval"] == 0
    assert stack.all("iam/role:Role") == []


def test_replicas_follow_the_writer_and_hold_nothing_of_their_own(made: Run) -> None:
    for replica in replicas(made(PROD)):
        assert replica["replicateSourceDb"] == "headroom-prod-main"
        assert replica["skipFinalSnapshot"] is True
        assert replica["storageEncrypted"] is True
        refusals = (
            "kmsKeyId",
            "engine",
            "username",
            "password",
            "dbName",
            "dbSubnetGroupName",
            "backupRetentionPeriod",
        )
        for refused in refusals:
            assert refused not in replica, f"AWS refuses {refused} in a replica, or takes the writer's"


def test_replicas_are_replaced_with_their_writer_and_never_left_behind(made: Run) -> None:
    stack = made(PROD)
    source = stack.one("rds/instance:Instance", "main")
    for number in (1, 2):
        replica = stack.one("rds/instance:Instance", f"main-{number}")
        assert replica["options"]["replace_with"] == [source["urn"]]


def test_one_more_replica_leaves_the_others_as_they_are(made: Run) -> None:
    two, three = replicas(made(PROD)), replicas(made(PROD, replicas=3))
    assert three[:2] == two
    assert [replica["identifier"] for replica in three] == [f"headroom-prod-main-{n}" for n in (1, 2, 3)]


def test_nothing_reaches_the_database_until_a_service_opens_its_own_way(made: Run) -> None:
    stack = made(PROD)
    group = stack.one("ec2/securityGroup:SecurityGroup")["inputs"]
    assert not group.get("ingress")
    assert not group.get("egress")
    assert stack.all("SecurityGroupIngressRule") == []
    assert stack.all("SecurityGroupEgressRule") == []


def test_the_secret_leads_to_the_writer_and_its_replicas(made: Run) -> None:
    version = made(PROD).one("secretsmanager/secretVersion:SecretVersion")
    value = json.loads(version["inputs"]["secretString"])
    domain = "abcdefghijkl.eu-central-1.rds.amazonaws.com"
    assert value["host"] == f"main.{domain}"
    assert value["password"] == "canary-Generated-Password-0001"
    assert f"@main-1.{domain}:5432,main-2.{domain}:5432/app" in value["read_url"]


def test_the_password_stays_secret_wherever_it_goes(made: Run) -> None:
    stack = made(PROD)
    assert "password" in stack.one("rds/instance:Instance", "main")["secrets"]
    assert "secretString" in stack.one("secretsmanager/secretVersion:SecretVersion")["secrets"]
    for resource in stack.resources:
        shown = {key: value for key, value in resource["inputs"].items() if key not in resource["secrets"]}
        assert "canary" not in json.dumps(shown), resource["urn"]


def test_the_password_is_made_once(made: Run) -> None:
    assert "password" in made(DEV).one("rds/instance:Instance", "main")["options"]["ignore_changes"]


def test_the_secret_follows_its_instances_until_a_rotation_owns_it(made: Run) -> None:
    assert made(DEV).one("secretsmanager/secretVersion:SecretVersion")["options"]["ignore_changes"] == []


def test_the_secret_has_a_fixed_name_that_policies_know(made: Run) -> None:
    stack = made(PROD)
    assert stack.one("secretsmanager/secret:Secret")["inputs"]["name"] == "headroom/prod/database/main"
    assert stack.result.link.secret_name == "headroom/prod/database/main"


def test_consumers_learn_which_instances_there_are(made: Run) -> None:
    names = ["headroom-prod-main", "headroom-prod-main-1", "headroom-prod-main-2"]
    assert made(PROD).result.link.instances == names


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    stack = made(PROD, preview=True)
    for resource in [*stack.all("iam/role:Role"), *stack.all("iam/rolePolicy:RolePolicy")]:
        for key in {"assumeRolePolicy", "policy"} & set(resource["inputs"]):
            assert json.loads(resource["inputs"][key])["Version"] == "2012-10-17"


def test_a_preview_shows_the_zone_of_a_pinned_writers_replica(made: Run) -> None:
    (replica,) = replicas(made(PROD, multi_az=False, replicas=1, preview=True))
    assert replica["availabilityZone"] == ZONES[1]


def test_every_child_belongs_to_the_component_and_carries_its_service(made: Run) -> None:
    stack = made(PROD)
    component = stack.one("headroom:data:Database")
    children = stack.children(component)
    assert len(children) == len(stack.resources) - 1
    for child in children:
        assert child["name"].startswith("main")
        if child["type"].split(":")[-1] not in ("RolePolicy", "SecretVersion"):
            assert child["inputs"]["tags"]["Service"] == "main"


def test_the_writer_tells_the_policies_how_many_replicas_there_should_be(made: Run) -> None:
    stack = made(PROD, replicas=1)
    writer, replica = (
        child["inputs"]["tags"]
        for child in stack.children(stack.one("headroom:data:Database"))
        if child["type"] == "aws:rds/instance:Instance"
    )
    assert writer["headroom:replicas"] == "1"
    assert "headroom:replicas" not in replica


def test_no_name_of_an_environment_is_written_in_the_component(made: Run) -> None:
    scope = Scope(account="444444444444", region="us-east-1", namespace="headroom/qa7")
    text = json.dumps(made(PROD, scope=scope).resources)
    assert "headroom-qa7-main" in text
    assert "prod" not in text


def test_every_instance_is_named_for_its_alarms(made: Run) -> None:
    watched = made(PROD).result.instances
    assert [instance.name for instance in watched] == ["main", "main-1", "main-2"]
    assert [instance.is_replica for instance in watched] == [False, True, True]


def test_outputs_are_registered_without_a_secret(made: Run) -> None:
    stack = made(PROD)
    outputs = stack.registered_outputs[stack.one("headroom:data:Database")["urn"]]
    assert set(outputs) == {"identifier", "address", "replicaAddresses", "secretArn"}
    assert "canary" not in json.dumps(outputs)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"version": "11"}, "version is 11: PostgreSQL 11 is not in RDS' standard support"),
        ({"engine": "mysql", "version": "17"}, "version is 17: MySQL 17 is not in RDS' standard support"),
        ({"instance_class": "db.x"}, "class is db.x: RDS for PostgreSQL has no such class"),
        ({"replica_class": "db.x"}, "replica_class is db.x: RDS for PostgreSQL has no such class"),
        ({"engine": "mysql", "version": "8.4", "insights": True}, "insights is True: RDS for MySQL has no"),
        ({"iops": 12_000}, "iops is 12000: below 400 GiB"),
        ({"backup_window": "7-9"}, "backup_window is 7-9: it is no daily window"),
        ({"maintenance_window": "sun:08:00-sun:10:00"}, "it overlaps the backup_window"),
        ({"backup_copy_region": "eu-central-1"}, "backup_copy_region is eu-central-1: the database itself"),
        ({"ca": "own"}, "ca is own: RDS has no such certificate authority"),
        ({"database_name": "db"}, "database_name is db: the word is reserved"),
        ({"extensions": ["pgvector"]}, "did you mean vector"),
        ({"parameters": {"rds.force_ssl": "0"}}, "TLS stays forced"),
        ({"blue_green": True, "replicas": 1}, "blue_green is True: the provider swaps no instance"),
        ({"restore": Restore()}, "it names nothing to restore from"),
        ({"storage_gib": 5}, "storage_gib is 5: AWS takes 20 to 65536 GiB of gp3"),
        ({"replicas": 1, "backup_days": 0}, "backup_days is 0: read replicas"),
        ({"log_retention_days": 8}, "retention_days is 8: CloudWatch Logs has fixed retention periods"),
        ({"secret_recovery_days": 3}, "secret_recovery_days is 3: AWS takes 7 to 30 days"),
    ],
)
def test_what_aws_refuses_is_refused_before_anything_is_made(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        DatabaseArgs(**(DEV | changed))


def test_the_database_can_wait_for_others(run: Run) -> None:
    def program() -> None:
        first = pulumi.ComponentResource("test:index:First", "first")
        Database("main", DatabaseArgs(**DEV), pulumi.ResourceOptions(parent=first))

    assert run(program).one("headroom:data:Database")["parent"].endswith("test:index:First::first")


def test_mysql_has_its_own_port_logs_parameters_and_url(made: Run) -> None:
    stack = made(MYSQL)
    inputs = writer(stack)
    assert (inputs["engine"], inputs["engineVersion"], inputs["port"]) == ("mysql", "8.4", 3306)
    assert inputs["enabledCloudwatchLogsExports"] == ["error", "slowquery"]
    group = stack.one("rds/parameterGroup:ParameterGroup")["inputs"]
    values = {parameter["name"]: parameter["value"] for parameter in group["parameters"]}
    assert (group["family"], values["require_secure_transport"]) == ("mysql8.4", "1")
    names = [group["inputs"]["name"].rpartition("/")[2] for group in stack.all("cloudwatch/logGroup:LogGroup")]
    assert set(names) == {"error", "slowquery"}
    value = json.loads(stack.one("secretsmanager/secretVersion:SecretVersion")["inputs"]["secretString"])
    assert value["url"].startswith("mysql://headroom:")
    assert value["url"].endswith(":3306/app")
    assert (stack.result.link.protocol, stack.result.link.port) == ("mysql", 3306)


def test_consumers_learn_which_extensions_the_application_wants(made: Run) -> None:
    assert made(DEV, extensions=["vector", "pg_cron"]).result.link.extensions == (
        "pg_cron",
        "pg_stat_statements",
        "vector",
    )
    assert made(MYSQL).result.link.extensions == ()


def test_failed_sign_ins_by_iam_are_exported_to_a_group_that_was_there_before(made: Run) -> None:
    stack = made(DEV, iam_authentication=True)
    assert writer(stack)["iamDatabaseAuthenticationEnabled"] is True
    group = stack.one("cloudwatch/logGroup:LogGroup", "main-iam-db-auth-error")
    assert group["inputs"]["name"] == "/aws/rds/instance/headroom-dev-main/iam-db-auth-error"


def test_replicas_of_another_class_accept_another_number_of_connections(made: Run) -> None:
    stack = made(PROD, replica_class="db.r7g.large")
    assert {replica["instanceClass"] for replica in replicas(stack)} == {"db.r7g.large"}
    groups = {
        group["name"]: {p["name"]: p["value"] for p in group["inputs"]["parameters"]}["max_connections"]
        for group in stack.all("rds/parameterGroup:ParameterGroup")
    }
    assert groups == {"main": "873", "main-replicas": "1774"}
    assert [watched.max_connections for watched in stack.result.instances] == [873, 1774, 1774]
    assert [watched.instance_class for watched in stack.result.instances][1:] == ["db.r7g.large"] * 2


def test_replicas_of_the_writers_class_share_its_parameters(made: Run) -> None:
    assert made(PROD).names("rds/parameterGroup:ParameterGroup") == ["main"]


def test_zones_of_replicas_may_be_chosen(made: Run) -> None:
    chosen = made(PROD, replicas=3, replica_zones=[ZONES[2], ZONES[0]])
    zones = {replica["identifier"][-1]: replica["availabilityZone"] for replica in replicas(chosen)}
    assert zones == {"1": ZONES[2], "2": ZONES[0], "3": ZONES[2]}


def test_storage_may_be_fast_and_replicas_begin_like_their_writer(made: Run) -> None:
    stack = made(PROD, storage_gib=400, max_storage_gib=1000, iops=16_000, throughput_mib=1_000)
    for inputs in (writer(stack), *replicas(stack)):
        assert (inputs["allocatedStorage"], inputs["iops"], inputs["storageThroughput"]) == (400, 16_000, 1_000)
    assert not {"iops", "storageThroughput"} & set(writer(made(PROD)))


def test_backups_are_copied_to_another_region_under_a_key_of_that_region(made: Run) -> None:
    stack = made(PROD, backup_copy_region="eu-west-1", backup_copy_key=COPY_KEY)
    replication = stack.one("InstanceAutomatedBackupsReplication")
    copies = replication["inputs"]
    assert replication["options"]["delete_before_replace"] is True
    assert (copies["region"], copies["retentionPeriod"], copies["kmsKeyId"]) == ("eu-west-1", 30, COPY_KEY.arn)
    assert made(PROD).all("InstanceAutomatedBackupsReplication") == []


def test_a_database_may_begin_with_a_snapshot_whose_key_user_and_name_it_keeps(made: Run) -> None:
    inputs = writer(made(PROD, restore=Restore(snapshot="rds:headroom-prod-old-2026-11-20-07-10")))
    assert inputs["snapshotIdentifier"] == "rds:headroom-prod-old-2026-11-20-07-10"
    assert not {"username", "dbName", "kmsKeyId", "restoreToPointInTime"} & set(inputs)
    assert "password" in inputs


@pytest.mark.parametrize("time", [None, "latest"])
def test_a_database_may_begin_with_the_last_minutes_of_another(made: Run, time: str | None) -> None:
    inputs = writer(made(PROD, restore=Restore(database="headroom-prod-old", time=time)))
    assert inputs["restoreToPointInTime"] == {
        "sourceDbInstanceIdentifier": "headroom-prod-old",
        "useLatestRestorableTime": True,
    }


def test_a_database_may_begin_with_a_moment_of_backups_that_were_copied(made: Run) -> None:
    arn = "arn:aws:rds:eu-west-1:333333333333:auto-backup:ab-x"
    inputs = writer(made(PROD, restore=Restore(backups=arn, time="2026-11-20T13:00:00Z")))
    assert inputs["restoreToPointInTime"] == {
        "sourceDbInstanceAutomatedBackupsArn": arn,
        "restoreTime": "2026-11-20T13:00:00Z",
    }


def test_no_database_is_replaced_for_where_it_came_from(made: Run) -> None:
    ignored = set(made(PROD).one("rds/instance:Instance", "main")["options"]["ignore_changes"])
    assert {"snapshotIdentifier", "restoreToPointInTime", "username", "dbName", "kmsKeyId"} <= ignored


def test_the_secret_of_a_restored_database_names_the_user_and_database_of_its_data(run: Run) -> None:
    args = DatabaseArgs(**(DEV | {"restore": Restore(snapshot="old")}))
    found = {"username": "postgres", "dbName": "legacy", "availabilityZone": ZONES[0]}
    stack = run(lambda: Database("main", args), outputs={"aws:rds/instance:Instance": found})
    value = json.loads(stack.one("secretsmanager/secretVersion:SecretVersion")["inputs"]["secretString"])
    assert (value["username"], value["dbname"]) == ("postgres", "legacy")


def test_a_database_is_never_restored_onto_itself() -> None:
    args = DatabaseArgs(**(DEV | {"restore": Restore(database="headroom-dev-main")}))
    with pytest.raises(ValueError, match="restore into a database of another name"):
        Database("main", args)


def test_changes_may_be_made_on_a_copy_that_takes_over(made: Run) -> None:
    assert writer(made(PROD, replicas=0, blue_green=True))["blueGreenUpdate"] == {"enabled": True}
    assert "blueGreenUpdate" not in writer(made(PROD))


def test_windows_authority_and_haste_are_as_chosen(made: Run) -> None:
    chosen = {
        "backup_window": "01:00-02:00",
        "maintenance_window": "mon:03:00-mon:04:00",
        "ca": "rds-ca-ecc384-g1",
        "apply_immediately": True,
    }
    inputs = writer(made(PROD, **chosen))
    assert (inputs["backupWindow"], inputs["maintenanceWindow"]) == ("01:00-02:00", "mon:03:00-mon:04:00")
    assert (inputs["caCertIdentifier"], inputs["applyImmediately"]) == ("rds-ca-ecc384-g1", True)


def test_parameters_and_extensions_are_as_chosen(made: Run) -> None:
    group = made(DEV, parameters={"work_mem": "65536"}, extensions=["pg_cron"], slow_query_ms=250).one("ParameterGroup")
    values = {p["name"]: (p["value"], p["applyMethod"]) for p in group["inputs"]["parameters"]}
    assert values["work_mem"] == ("65536", "immediate")
    assert values["log_min_duration_statement"] == ("250", "immediate")
    assert values["shared_preload_libraries"] == ("pg_stat_statements,pg_cron", "pending-reboot")
