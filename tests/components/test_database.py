"""The database component under pretended AWS. D1, D2, O1."""

import json
from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.access import Scope
from components.database import Database, DatabaseArgs
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


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(base: dict[str, Any], *, writer_zone: str = ZONES[0], preview: bool = False, **changed: Any) -> Any:
        return run(
            lambda: Database("main", DatabaseArgs(**(base | changed))),
            preview=preview,
            outputs={"aws:rds/instance:Instance": {"availabilityZone": writer_zone}},
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
        for refused in ("kmsKeyId", "engine", "username", "password", "dbSubnetGroupName", "backupRetentionPeriod"):
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
