"""What was imported is compared as the program asks, and changed only where the program differs."""

from __future__ import annotations

from typing import Any

import pytest

from offline.aws import importing, types
from offline.aws.values import Properties, Secret
from tests.offline.aws.provider_harness import REGION, Aws, Maker, Plugin

DATABASE = "aws:rds/instance:Instance"
GROUP = "aws:cloudwatch/logGroup:LogGroup"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
TRUST = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}'
ASKED: Properties = {
    "identifier": "stands",
    "engine": "postgres",
    "engineVersion": "17.6",
    "instanceClass": "db.t4g.small",
    "allocatedStorage": 50,
    "username": "headroom",
    "password": Secret("canary-import-3d1f"),
    "skipFinalSnapshot": True,
}


@pytest.fixture
def stands(aws: Aws) -> Any:
    """A database that somebody made by hand."""
    made = aws("rds").create_db_instance(
        DBInstanceIdentifier="stands",
        Engine="postgres",
        EngineVersion="17.6",
        DBInstanceClass="db.t4g.small",
        AllocatedStorage=50,
        MasterUsername="headroom",
        MasterUserPassword="canary-import-3d1f",
        Tags=[{"Key": "By", "Value": "hand"}],
    )["DBInstance"]
    yield made
    aws("rds").delete_db_instance(DBInstanceIdentifier="stands", SkipFinalSnapshot=True)


def test_a_database_is_adopted_by_its_name_without_a_new_password_or_zone(plugin: Plugin, stands: Any) -> None:
    identifier, inputs, state = plugin.read(DATABASE, "stands", {}, {})
    assert identifier == stands["DbiResourceId"]
    news = plugin.checked(DATABASE, {**ASKED, "tags": {"By": "hand"}})
    assert not plugin.diff(DATABASE, inputs, news, state, identifier).detailedDiff


def test_only_what_differs_is_changed(plugin: Plugin, aws: Aws, stands: Any) -> None:
    identifier, inputs, state = plugin.read(DATABASE, "stands", {}, {})
    news = plugin.checked(DATABASE, {**ASKED, "instanceClass": "db.m7g.large"})
    answer = plugin.diff(DATABASE, inputs, news, state, identifier)
    assert (sorted(answer.diffs), list(answer.replaces)) == (["instanceClass", "tags"], [])
    plugin.update(DATABASE, identifier, state, inputs, news)
    (now,) = aws("rds").describe_db_instances(DBInstanceIdentifier="stands")["DBInstances"]
    assert (now["DBInstanceClass"], now["TagList"]) == ("db.m7g.large", [])
    assert now["AvailabilityZone"] == stands["AvailabilityZone"]


def test_what_cannot_change_makes_a_new_one_after_an_import_too(plugin: Plugin, stands: Any) -> None:
    identifier, inputs, state = plugin.read(DATABASE, "stands", {}, {})
    news = plugin.checked(DATABASE, {**ASKED, "username": "other"})
    assert list(plugin.diff(DATABASE, inputs, news, state, identifier).replaces) == ["username"]


def test_what_the_program_leaves_out_is_taken_away_where_aws_would_not_choose_it(
    plugin: Plugin, make: Maker, aws: Aws
) -> None:
    made = make(ALARM, {"name": "left-out", **alarm(), "alarmDescription": "by hand"})
    identifier, inputs, state = plugin.read(ALARM, "left-out", {}, {})
    news = plugin.checked(ALARM, {"name": "left-out", **alarm()})
    assert list(plugin.diff(ALARM, inputs, news, state, identifier).diffs) == ["alarmDescription"]
    assert identifier == made.id


def test_a_refresh_of_what_was_imported_finds_drift_only(plugin: Plugin, make: Maker, aws: Aws) -> None:
    make(ALARM, {"name": "refreshed", **alarm()})
    identifier, inputs, state = plugin.read(ALARM, "refreshed", {}, {})
    assert plugin.read(ALARM, identifier, inputs, state)[1] == inputs
    aws("cloudwatch").disable_alarm_actions(AlarmNames=["refreshed"])
    _, now, _ = plugin.read(ALARM, identifier, inputs, state)
    assert {name for name in inputs if now.get(name) != inputs[name]} == {"actionsEnabled"}


def test_a_refresh_knows_the_names_that_the_id_told(plugin: Plugin, make: Maker) -> None:
    role = make("aws:iam/role:Role", {"name": "refreshed", "assumeRolePolicy": TRUST})
    token = "aws:iam/rolePolicy:RolePolicy"
    made = make(token, {"role": role.id, "name": "logs", "policy": TRUST.replace("sts:AssumeRole", "logs:*")})
    identifier, inputs, state = plugin.read(token, "refreshed:logs", {}, {})
    assert plugin.read(token, identifier, inputs, state)[:2] == (made.id, inputs)


def alarm() -> Properties:
    return {
        "namespace": "AWS/RDS",
        "metricName": "CPUUtilization",
        "dimensions": {"DBInstanceIdentifier": "main"},
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 3,
        "period": 60,
        "statistic": "Average",
        "threshold": 80,
    }


def test_a_resource_of_another_region_is_imported_by_its_region(plugin: Plugin, make: Maker) -> None:
    make(GROUP, {"name": "/far", "region": "eu-west-1"})
    assert plugin.read(GROUP, "/far", {}, {})[0] == ""
    identifier, inputs, state = plugin.read(GROUP, "/far@eu-west-1", {}, {})
    assert (identifier, inputs["region"], state["region"]) == ("/far", "eu-west-1", "eu-west-1")


@pytest.mark.parametrize(
    ("token", "given"),
    [
        ("aws:kms/key:Key", "11111111-1111-4111-8111-111111111111"),
        ("aws:eks/addon:Addon", "none:none"),
        ("aws:ecs/cluster:Cluster", "none"),
        ("aws:ecs/service:Service", "none/none"),
        ("aws:ecs/taskDefinition:TaskDefinition", "arn:aws:ecs:eu-central-1:111111111111:task-definition/none:1"),
        ("aws:ec2/routeTableAssociation:RouteTableAssociation", "subnet-1/rtb-1"),
    ],
)
def test_what_is_not_there_is_not_imported(plugin: Plugin, token: str, given: str) -> None:
    assert plugin.read(token, given, {}, {})[0] == ""


@pytest.mark.parametrize(
    ("token", "given", "expected"),
    [
        ("aws:eks/addon:Addon", "main:vpc-cni", {"clusterName": "main", "addonName": "vpc-cni"}),
        (
            "aws:appautoscaling/target:Target",
            "ecs/service/main/api/ecs:service:DesiredCount",
            {
                "serviceNamespace": "ecs",
                "resourceId": "service/main/api",
                "scalableDimension": "ecs:service:DesiredCount",
            },
        ),
        ("aws:route53/record:Record", "Z1__dmarc.a.org_TXT", {"zoneId": "Z1", "name": "_dmarc.a.org", "type": "TXT"}),
        ("aws:ec2/vpc:Vpc", f"vpc-1@{REGION}", {"id": "vpc-1", "region": REGION}),
        ("aws:iam/role:Role", "role@eu-west-1", {"id": "role@eu-west-1"}),
        ("aws:cloudwatch/logGroup:LogGroup", "/a@b", {"id": "/a@b"}),
    ],
)
def test_an_id_of_an_import_is_taken_apart(token: str, given: str, expected: Properties) -> None:
    kind = types.find(token)
    assert kind is not None
    assert importing.parts(kind, given) == expected


def test_every_pattern_is_of_a_described_type() -> None:
    described = {kind.token for kind in types.everything()}
    assert {*importing.PATTERNS, *importing.TAKEN} <= described
