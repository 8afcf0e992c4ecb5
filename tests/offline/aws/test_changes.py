"""Changes in place that take more than one request, or that AWS wants told in its own way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.offline.aws.provider_harness import Aws, Maker, Plugin
from tests.offline.aws.provider_world import World, build, cache, database, service


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


def instance(aws: Aws, identifier: str) -> Any:
    return aws("rds").describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]


def test_a_database_takes_many_changes_at_once(world: World, make: Maker, aws: Aws) -> None:
    made = make("aws:rds/instance:Instance", {**database(world), "identifier": "many"})
    made.update(
        instanceClass="db.m7g.large",
        multiAz=False,
        enabledCloudwatchLogsExports=["postgresql"],
        performanceInsightsEnabled=False,
        performanceInsightsRetentionPeriod=None,
        performanceInsightsKmsKeyId=None,
        maxAllocatedStorage=200,
        monitoringInterval=30,
        vpcSecurityGroupIds=[world.other_group.id],
        deletionProtection=True,
    )
    now = instance(aws, "many")
    assert (now["DBInstanceClass"], now["MultiAZ"], now["MaxAllocatedStorage"]) == ("db.m7g.large", False, 200)
    assert now["EnabledCloudwatchLogsExports"] == ["postgresql"]
    assert now["PerformanceInsightsEnabled"] is False
    assert now["VpcSecurityGroups"][0]["VpcSecurityGroupId"] == world.other_group.id
    assert now["DeletionProtection"] is True
    made.update(deletionProtection=None)
    assert instance(aws, "many")["DeletionProtection"] is False


def test_database_insights_go_from_standard_to_advanced_and_back(world: World, make: Maker, aws: Aws) -> None:
    made = make("aws:rds/instance:Instance", {**database(world), "identifier": "insights"})
    assert instance(aws, "insights")["DatabaseInsightsMode"] == "standard"
    made.update(databaseInsightsMode="advanced", performanceInsightsRetentionPeriod=465)
    now = instance(aws, "insights")
    assert (now["DatabaseInsightsMode"], now["PerformanceInsightsRetentionPeriod"]) == ("advanced", 465)
    made.update(databaseInsightsMode="standard", performanceInsightsRetentionPeriod=7)
    now = instance(aws, "insights")
    assert (now["DatabaseInsightsMode"], now["PerformanceInsightsRetentionPeriod"]) == ("standard", 7)


def test_a_renamed_database_keeps_its_id(world: World, make: Maker, aws: Aws) -> None:
    made = make("aws:rds/instance:Instance", {**database(world), "identifier": "before"})
    made.update(identifier="after")
    assert instance(aws, "after")["DbiResourceId"] == made.id


def test_a_protected_database_is_not_deleted(world: World, make: Maker, plugin: Plugin) -> None:
    made = make("aws:rds/instance:Instance", {**database(world), "identifier": "kept", "deletionProtection": True})
    with pytest.raises(Exception, match="DeleteDBInstance: InvalidParameterCombination: Cannot delete protected"):
        made.delete()
    made.update(deletionProtection=False)


def test_a_final_snapshot_is_made_unless_it_is_skipped(world: World, plugin: Plugin, aws: Aws) -> None:
    inputs = {
        **database(world),
        "identifier": "last",
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last-one",
    }
    Maker(plugin)("aws:rds/instance:Instance", inputs).delete()
    snapshots = aws("rds").describe_db_snapshots(DBSnapshotIdentifier="last-one")["DBSnapshots"]
    assert len(snapshots) == 1
    aws("rds").delete_db_snapshot(DBSnapshotIdentifier="last-one")


CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"


def test_a_cache_grows_to_three_nodes_in_zones_of_their_own_and_shrinks_to_one(
    world: World, make: Maker, aws: Aws
) -> None:
    made = make(CACHE, {**cache(world), "replicationGroupId": "grows"})
    made.update(numCacheClusters=3)
    (group,) = aws("elasticache").describe_replication_groups(ReplicationGroupId="grows")["ReplicationGroups"]
    members = group["NodeGroups"][0]["NodeGroupMembers"]
    assert group["MemberClusters"] == ["grows-001", "grows-002", "grows-003"]
    assert {member["PreferredAvailabilityZone"] for member in members} == {"eu-central-1a", "eu-central-1b"}
    assert [member["CurrentRole"] for member in members] == ["primary", "replica", "replica"]
    with pytest.raises(Exception, match="at least one replica while automatic failover is enabled"):
        made.update(numCacheClusters=1)
    made.update(numCacheClusters=1, automaticFailoverEnabled=False, multiAzEnabled=False)
    (group,) = aws("elasticache").describe_replication_groups(ReplicationGroupId="grows")["ReplicationGroups"]
    assert (group["MemberClusters"], group["AutomaticFailover"], group["MultiAZ"]) == (
        ["grows-001"],
        "disabled",
        "disabled",
    )


def test_a_cache_takes_many_changes_at_once(world: World, make: Maker, aws: Aws) -> None:
    made = make(CACHE, {**cache(world), "engine": "redis", "engineVersion": "7.1", "replicationGroupId": "many"})
    made.update(
        engine="valkey",
        engineVersion="8.1",
        nodeType="cache.r7g.large",
        snapshotRetentionLimit=30,
        securityGroupIds=[world.other_group.id],
        logDeliveryConfigurations=None,
        maintenanceWindow="mon:01:00-mon:02:00",
    )
    (group,) = aws("elasticache").describe_replication_groups(ReplicationGroupId="many")["ReplicationGroups"]
    (node,) = aws("elasticache").describe_cache_clusters(CacheClusterId="many-002")["CacheClusters"]
    assert (group["Engine"], group["CacheNodeType"], group["SnapshotRetentionLimit"]) == (
        "valkey",
        "cache.r7g.large",
        30,
    )
    assert group["LogDeliveryConfigurations"] == []
    assert node["ARN"] == "arn:aws:elasticache:eu-central-1:111111111111:cluster:many-002"
    assert (node["EngineVersion"], node["PreferredMaintenanceWindow"]) == ("8.1.0", "mon:01:00-mon:02:00")
    assert [entry["SecurityGroupId"] for entry in node["SecurityGroups"]] == [world.other_group.id]


def test_a_final_snapshot_of_a_cache_is_made_where_it_is_named(world: World, plugin: Plugin, aws: Aws) -> None:
    Maker(plugin)(CACHE, {**cache(world), "finalSnapshotIdentifier": "cache-last"}).delete()
    snapshots = aws("elasticache").describe_snapshots(SnapshotName="cache-last")["Snapshots"]
    assert len(snapshots) == 1
    aws("elasticache").delete_snapshot(SnapshotName="cache-last")


def test_a_group_of_redis_users_needs_one_named_default(world: World, make: Maker) -> None:
    inputs = {"engine": "redis", "userGroupId": "lonely", "userIds": [world.user.id]}
    with pytest.raises(Exception, match="DefaultUserRequired: Redis user group needs to contain a user"):
        make("aws:elasticache/userGroup:UserGroup", inputs)


@pytest.mark.parametrize(
    ("token", "inputs", "name"),
    [
        ("aws:cloudwatch/logGroup:LogGroup", {"namePrefix": "/prefixed-"}, "name"),
        ("aws:kms/alias:Alias", {"namePrefix": "alias/prefixed-"}, "name"),
        ("aws:rds/parameterGroup:ParameterGroup", {"namePrefix": "prefixed-", "family": "postgres17"}, "name"),
        ("aws:lb/targetGroup:TargetGroup", {"namePrefix": "pre-", "port": 80, "protocol": "HTTP"}, "name"),
        ("aws:s3/bucket:Bucket", {"bucketPrefix": "prefixed-"}, "bucket"),
    ],
)
def test_a_prefix_makes_a_name_that_stays(world: World, make: Maker, plugin: Plugin, token, inputs, name) -> None:
    if token.endswith(":Alias"):
        inputs = {**inputs, "targetKeyId": world.key.id}
    if token.endswith(":TargetGroup"):
        inputs = {**inputs, "vpcId": world.vpc.id}
    made = make(token, inputs)
    chosen = made[name]
    assert chosen.startswith(next(value for key, value in inputs.items() if key.endswith("Prefix")))
    assert not plugin.diff(token, made.inputs, made.inputs, made.state).detailedDiff
    assert made.read()[2][name] == chosen
    if "tags" in made.state:
        assert made.update(tags={"Name": "x"})[name] == chosen


def test_a_deployment_leaves_the_count_to_the_autoscaler(world: World, aws: Aws) -> None:
    """The program ignores changes of the count: another revision must not send the old one."""
    aws("ecs").update_service(cluster=world.cluster.id, service=world.service["name"], desiredCount=7)
    world.service.update(enableExecuteCommand=False)
    (service,) = aws("ecs").describe_services(cluster=world.cluster.id, services=[world.service.id])["services"]
    assert service["desiredCount"] == 7


def test_a_gateway_moves_to_another_vpc(world: World, make: Maker, aws: Aws) -> None:
    other = make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.61.0.0/16"})
    third = make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.62.0.0/16"})
    gateway = make("aws:ec2/internetGateway:InternetGateway", {"vpcId": other.id})
    gateway.update(vpcId=third.id)
    (found,) = aws("ec2").describe_internet_gateways(InternetGatewayIds=[gateway.id])["InternetGateways"]
    assert [attachment["VpcId"] for attachment in found["Attachments"]] == [third.id]


def test_log_retention_is_taken_away(make: Maker, aws: Aws) -> None:
    group = make("aws:cloudwatch/logGroup:LogGroup", {"name": "/for-ever", "retentionInDays": 7})
    group.update(retentionInDays=None)
    (found,) = aws("logs").describe_log_groups(logGroupNamePrefix="/for-ever")["logGroups"]
    assert "retentionInDays" not in found


def test_rotation_is_switched_off(make: Maker, aws: Aws) -> None:
    key = make("aws:kms/key:Key", {"enableKeyRotation": True})
    key.update(enableKeyRotation=False)
    assert aws("kms").get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is False


def test_tags_come_and_go(make: Maker, aws: Aws) -> None:
    topic = make("aws:sns/topic:Topic", {"tags": {"Name": "a", "Old": "b"}})
    topic.update(tags={"Name": "c"})
    assert aws("sns").list_tags_for_resource(ResourceArn=topic.id)["Tags"] == [{"Key": "Name", "Value": "c"}]
    topic.update(tags=None)
    assert aws("sns").list_tags_for_resource(ResourceArn=topic.id)["Tags"] == []


def test_a_service_gets_a_proxy_and_loses_it(world: World, make: Maker, aws: Aws) -> None:
    space = make("aws:servicediscovery/httpNamespace:HttpNamespace", {"name": "proxied"})
    connect = {
        "enabled": True,
        "namespace": space["arn"],
        "services": [{"portName": "http", "clientAlias": [{"dnsName": "api", "port": 5000}]}],
    }
    made = make("aws:ecs/service:Service", {**service(world), "serviceConnectConfiguration": connect})

    def told() -> Any:
        found = aws("ecs").describe_services(cluster=world.cluster.id, services=[made.id])["services"][0]
        return found["deployments"][0].get("serviceConnectConfiguration")

    assert told()["services"][0]["clientAliases"] == [{"dnsName": "api", "port": 5000}]
    made.update(serviceConnectConfiguration=None)
    assert told() == {"enabled": False}
