"""Databases that begin with others' data, and copies of backups, as AWS would show them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.offline.aws.provider_cases_databases import restored
from tests.offline.aws.provider_harness import Aws, FailedError, Maker, Plugin
from tests.offline.aws.provider_world import World, build

INSTANCE = "aws:rds/instance:Instance"
COPIES = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"
KEY = "arn:aws:kms:eu-west-1:111111111111:key/11111111-1111-4111-8111-111111111111"


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


@pytest.fixture
def snapshot(world: World, aws: Aws) -> Iterator[str]:
    aws("rds").create_db_snapshot(DBInstanceIdentifier="world-main", DBSnapshotIdentifier="before")
    yield "before"
    aws("rds").delete_db_snapshot(DBSnapshotIdentifier="before")


def test_a_database_that_begins_with_a_snapshot_has_its_key_user_and_database(
    world: World, aws: Aws, make: Maker, snapshot: str, plugin: Plugin
) -> None:
    inputs = {**restored(world, snapshotIdentifier=snapshot), "identifier": "again", "multiAz": False}
    made = make(INSTANCE, inputs, "again")
    (instance,) = aws("rds").describe_db_instances(DBInstanceIdentifier="again")["DBInstances"]
    assert (made["username"], made["dbName"], made["kmsKeyId"]) == ("headroom", "app", world.key["arn"])
    assert instance["MultiAZ"] is False
    assert (instance["MonitoringInterval"], instance["PerformanceInsightsEnabled"]) == (60, True)
    assert instance["DbiResourceId"] != world.database["resourceId"]
    assert not plugin.diff(INSTANCE, made.inputs, made.inputs, made.state).detailedDiff


def test_a_snapshot_that_is_not_there_is_told(world: World, make: Maker) -> None:
    with pytest.raises(FailedError, match="DBSnapshotNotFound"):
        make(INSTANCE, {**restored(world, snapshotIdentifier="never"), "identifier": "again"}, "again")


def test_a_database_goes_back_in_time_beside_the_one_that_stands(world: World, aws: Aws, make: Maker) -> None:
    moment = {"sourceDbInstanceIdentifier": "world-main", "restoreTime": "2026-11-20T13:00:00Z"}
    made = make(INSTANCE, {**restored(world, restoreToPointInTime=moment), "identifier": "earlier"}, "earlier")
    found = {i["DBInstanceIdentifier"]: i for i in aws("rds").describe_db_instances()["DBInstances"]}
    assert {"earlier", "world-main"} <= set(found)
    assert "ReadReplicaSourceDBInstanceIdentifier" not in found["earlier"]
    assert made["dbName"] == "app"


def test_backups_are_copied_to_another_region_and_a_database_comes_back_from_them(
    world: World, aws: Aws, make: Maker
) -> None:
    inputs = {"region": "eu-west-1", "sourceDbInstanceArn": world.database["arn"], "kmsKeyId": KEY}
    copies = make(COPIES, inputs, "copies")
    listed = aws("rds", "eu-west-1").describe_db_instance_automated_backups(DBInstanceIdentifier="world-main")
    (backup,) = listed["DBInstanceAutomatedBackups"]
    assert (backup["DBInstanceAutomatedBackupsArn"], backup["Region"]) == (copies.id, "eu-central-1")
    assert (backup["KmsKeyId"], backup["BackupRetentionPeriod"], backup["Status"]) == (KEY, 7, "replicating")
    west = aws("rds", "eu-west-1")
    west.restore_db_instance_to_point_in_time(
        SourceDBInstanceAutomatedBackupsArn=copies.id,
        TargetDBInstanceIdentifier="rescued",
        UseLatestRestorableTime=True,
    )
    (instance,) = west.describe_db_instances()["DBInstances"]
    assert (instance["DBInstanceIdentifier"], instance["DBName"]) == ("rescued", "app")
    assert (instance["AvailabilityZone"], instance["KmsKeyId"]) == ("eu-west-1a", KEY)
    west.delete_db_instance(DBInstanceIdentifier="rescued", SkipFinalSnapshot=True)


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kmsKeyId": None}, "KmsKeyId is required"),
        ({"retentionPeriod": 40}, "Invalid backup retention period"),
        ({"region": "eu-central-1"}, "must be different"),
        ({"sourceDbInstanceArn": "arn:aws:rds:eu-central-1:111111111111:db:never"}, "DBInstance never not found"),
    ],
)
def test_copies_that_aws_refuses_are_refused(world: World, make: Maker, changed: dict[str, object], code: str) -> None:
    inputs = {"region": "eu-west-1", "sourceDbInstanceArn": world.database["arn"], "kmsKeyId": KEY} | changed
    with pytest.raises(FailedError, match=code):
        make(COPIES, {name: value for name, value in inputs.items() if value is not None}, "copies")
