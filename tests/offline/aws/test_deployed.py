"""What stands in AWS after a deployment looks as AWS would show it, where moto alone would not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.offline.aws.provider_harness import Aws, Maker, Plugin
from tests.offline.aws.provider_world import World, build, replica


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


def test_a_service_keeps_its_circuit_breaker_grace_period_and_shell(world: World, aws: Aws) -> None:
    (service,) = aws("ecs").describe_services(cluster=world.cluster.id, services=[world.service.id])["services"]
    configuration = service["deploymentConfiguration"]
    assert configuration["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (configuration["minimumHealthyPercent"], configuration["maximumPercent"]) == (100, 200)
    assert service["healthCheckGracePeriodSeconds"] == 60
    assert service["enableExecuteCommand"] is True
    assert service["capacityProviderStrategy"] == [{"capacityProvider": "FARGATE", "weight": 1}]
    assert "launchType" not in service
    assert service["networkConfiguration"]["awsvpcConfiguration"]["assignPublicIp"] == "DISABLED"


def test_a_service_reaches_its_count_and_is_stable(world: World, aws: Aws) -> None:
    world.service.update(desiredCount=3)
    waiter = aws("ecs").get_waiter("services_stable")
    waiter.wait(cluster=world.cluster.id, services=[world.service.id], WaiterConfig={"Delay": 1, "MaxAttempts": 2})
    (service,) = aws("ecs").describe_services(cluster=world.cluster.id, services=[world.service.id])["services"]
    assert (service["runningCount"], service["pendingCount"]) == (3, 0)
    assert service["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_database_is_encrypted_multi_zone_private_and_observed(world: World, aws: Aws) -> None:
    (instance,) = aws("rds").describe_db_instances(DBInstanceIdentifier="world-main")["DBInstances"]
    assert instance["MultiAZ"] is True
    assert instance["StorageEncrypted"] is True
    assert instance["KmsKeyId"] == world.key["arn"]
    assert instance["PubliclyAccessible"] is False
    assert instance["PerformanceInsightsEnabled"] is True
    assert instance["PerformanceInsightsRetentionPeriod"] == 7
    assert instance["PerformanceInsightsKMSKeyId"] == world.key["arn"]
    assert instance["MonitoringInterval"] == 60
    assert instance["EnhancedMonitoringResourceArn"].endswith(instance["DbiResourceId"])
    assert instance["PreferredBackupWindow"] == "07:00-09:00"


def test_a_replica_stands_in_its_own_zone_with_its_own_identity(world: World, aws: Aws, make: Maker) -> None:
    copy = make("aws:rds/instance:Instance", {**replica(world), "identifier": "world-replica"}, "replica")
    (instance,) = aws("rds").describe_db_instances(DBInstanceIdentifier="world-replica")["DBInstances"]
    assert instance["AvailabilityZone"] == "eu-central-1b"
    assert instance["ReadReplicaSourceDBInstanceIdentifier"] == "world-main"
    assert instance["MultiAZ"] is False
    assert instance["StorageEncrypted"] is True
    assert copy.id != world.database.id


def test_rotation_has_the_period_that_was_asked_for(make: Maker, aws: Aws) -> None:
    key = make("aws:kms/key:Key", {"enableKeyRotation": True, "rotationPeriodInDays": 180})
    status = aws("kms").get_key_rotation_status(KeyId=key.id)
    assert status["KeyRotationEnabled"] is True
    assert status["RotationPeriodInDays"] == 180
    assert "NextRotationDate" in status


def test_a_key_is_of_one_region(make: Maker, aws: Aws) -> None:
    key = make("aws:kms/key:Key", {})
    assert aws("kms").describe_key(KeyId=key.id)["KeyMetadata"]["MultiRegion"] is False


def test_a_new_group_lets_nothing_out(world: World, aws: Aws) -> None:
    (group,) = aws("ec2").describe_security_groups(GroupIds=[world.other_group.id])["SecurityGroups"]
    assert group["IpPermissionsEgress"] == []


def test_the_default_group_is_emptied(world: World, make: Maker, aws: Aws) -> None:
    adopted = make("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", {"vpcId": world.vpc.id})
    (group,) = aws("ec2").describe_security_groups(GroupIds=[adopted.id])["SecurityGroups"]
    assert group["IpPermissions"] == group["IpPermissionsEgress"] == []


def test_an_endpoint_changed_after_it_was_made_can_be_deleted(world: World, make: Maker, aws: Aws) -> None:
    inputs = {"vpcId": world.vpc.id, "serviceName": "com.amazonaws.eu-central-1.dynamodb"}
    endpoint = make("aws:ec2/vpcEndpoint:VpcEndpoint", inputs)
    endpoint.update(routeTableIds=[world.table.id])
    (table,) = aws("ec2").describe_route_tables(RouteTableIds=[world.table.id])["RouteTables"]
    assert endpoint.id in [route.get("GatewayId") for route in table["Routes"]]
    endpoint.delete()
    assert aws("ec2").describe_vpc_endpoints()["VpcEndpoints"] == []


def test_a_removed_revision_leaves_nothing_behind(world: World, aws: Aws, make: Maker) -> None:
    definition = make("aws:ecs/taskDefinition:TaskDefinition", {**world.definition.inputs, "family": "gone"})
    definition.delete()
    for status in ("ACTIVE", "INACTIVE"):
        listed = aws("ecs").list_task_definitions(familyPrefix="gone", status=status)["taskDefinitionArns"]
        assert listed == []


def test_the_description_of_a_rule_reaches_aws(world: World, aws: Aws, make: Maker) -> None:
    rule = {"securityGroupId": world.group.id, "ipProtocol": "tcp", "fromPort": 1, "toPort": 1}
    make(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        {**rule, "cidrIpv4": "10.0.0.0/8", "description": "why"},
    )
    (group,) = aws("ec2").describe_security_groups(GroupIds=[world.group.id])["SecurityGroups"]
    assert group["IpPermissions"][0]["IpRanges"] == [{"CidrIp": "10.0.0.0/8", "Description": "why"}]
