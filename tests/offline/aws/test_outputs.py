"""What a resource tells of itself has AWS's own shape: ARNs, addresses, zones of aliases."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from offline.aws import regions
from tests.offline.aws.provider_cases_cloudfront import own_distribution
from tests.offline.aws.provider_harness import ACCOUNT, REGION, Maker, Plugin
from tests.offline.aws.provider_world import World, alarm, build, cache


@pytest.fixture(scope="module")
def world(plugin: Plugin) -> Iterator[World]:
    maker = Maker(plugin)
    yield build(maker)
    maker.clean()


HERE = f"{REGION}:{ACCOUNT}"
SHAPES = {
    ("vpc", "arn"): rf"arn:aws:ec2:{HERE}:vpc/vpc-[0-9a-f]{{17}}",
    ("subnet_a", "arn"): rf"arn:aws:ec2:{HERE}:subnet/subnet-[0-9a-f]{{17}}",
    ("subnet_a", "availabilityZoneId"): r"euc1-az[123]",
    ("gateway", "arn"): rf"arn:aws:ec2:{HERE}:internet-gateway/igw-[0-9a-f]{{17}}",
    ("table", "arn"): rf"arn:aws:ec2:{HERE}:route-table/rtb-[0-9a-f]{{17}}",
    ("group", "arn"): rf"arn:aws:ec2:{HERE}:security-group/sg-[0-9a-f]{{17}}",
    ("key", "arn"): rf"arn:aws:kms:{HERE}:key/[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}",
    ("role", "arn"): rf"arn:aws:iam::{ACCOUNT}:role/role-[0-9a-f]{{7}}",
    ("role", "uniqueId"): r"AROA[A-Z0-9]{16,17}",
    ("logs", "arn"): rf"arn:aws:logs:{HERE}:log-group:/world/logs",
    ("subnet_group", "arn"): rf"arn:aws:rds:{HERE}:subgrp:subnet_group-[0-9a-f]{{7}}",
    ("parameters", "arn"): rf"arn:aws:rds:{HERE}:pg:parameters-[0-9a-f]{{7}}",
    ("database", "arn"): rf"arn:aws:rds:{HERE}:db:world-main",
    ("database", "id"): r"db-[A-Z0-9]{26}",
    ("database", "address"): rf"world-main\.[a-z0-9]{{10,12}}\.{REGION}\.rds\.amazonaws\.com",
    ("database", "endpoint"): rf"world-main\.[a-z0-9]{{10,12}}\.{REGION}\.rds\.amazonaws\.com:5432",
    ("database", "hostedZoneId"): r"Z1RLNUO7B9Q6NB",
    ("aurora", "arn"): rf"arn:aws:rds:{HERE}:cluster:world-aurora",
    ("aurora", "endpoint"): rf"world-aurora\.cluster-[a-z0-9]{{12}}\.{REGION}\.rds\.amazonaws\.com",
    ("aurora", "readerEndpoint"): rf"world-aurora\.cluster-ro-[a-z0-9]{{12}}\.{REGION}\.rds\.amazonaws\.com",
    ("aurora", "hostedZoneId"): r"Z1RLNUO7B9Q6NB",
    ("aurora", "clusterResourceId"): r"cluster-[A-Z0-9]{26}",
    ("aurora_1", "arn"): rf"arn:aws:rds:{HERE}:db:[a-z0-9-]+",
    ("cache_subnets", "arn"): rf"arn:aws:elasticache:{HERE}:subnetgroup:cache_subnets-[0-9a-f]{{7}}",
    ("cache_parameters", "arn"): rf"arn:aws:elasticache:{HERE}:parametergroup:cache_parameters-[0-9a-f]{{7}}",
    ("user", "arn"): rf"arn:aws:elasticache:{HERE}:user:world-app",
    ("user_group", "arn"): rf"arn:aws:elasticache:{HERE}:usergroup:world",
    ("cache", "arn"): rf"arn:aws:elasticache:{HERE}:replicationgroup:cache-[0-9a-f]{{7}}",
    ("cache", "primaryEndpointAddress"): r"master\.cache-[0-9a-f]{7}\.[a-z]{6}\.euc1\.cache\.amazonaws\.com",
    ("cache", "readerEndpointAddress"): r"replica\.cache-[0-9a-f]{7}\.[a-z]{6}\.euc1\.cache\.amazonaws\.com",
    ("secret", "arn"): rf"arn:aws:secretsmanager:{HERE}:secret:secret-[0-9a-f]{{7}}-[A-Za-z0-9]{{6}}",
    ("cluster", "arn"): rf"arn:aws:ecs:{HERE}:cluster/cluster-[0-9a-f]{{7}}",
    ("definition", "arn"): rf"arn:aws:ecs:{HERE}:task-definition/world-api:\d+",
    ("definition", "arnWithoutRevision"): rf"arn:aws:ecs:{HERE}:task-definition/world-api",
    ("service", "id"): rf"arn:aws:ecs:{HERE}:service/cluster-[0-9a-f]{{7}}/service-[0-9a-f]{{7}}",
    ("balancer", "arn"): rf"arn:aws:elasticloadbalancing:{HERE}:loadbalancer/app/balancer-[0-9a-f]{{7}}/[0-9a-f]{{16}}",
    ("balancer", "arnSuffix"): r"app/balancer-[0-9a-f]{7}/[0-9a-f]{16}",
    ("balancer", "dnsName"): rf"balancer-[0-9a-f]{{7}}-\d+\.{REGION}\.elb\.amazonaws\.com",
    ("balancer", "zoneId"): r"Z215JYRZR1TBD5",
    ("targets", "arn"): rf"arn:aws:elasticloadbalancing:{HERE}:targetgroup/targets-[0-9a-f]{{7}}/[0-9a-f]{{16}}",
    ("targets", "arnSuffix"): r"targetgroup/targets-[0-9a-f]{7}/[0-9a-f]{16}",
    (
        "listener",
        "arn",
    ): rf"arn:aws:elasticloadbalancing:{HERE}:listener/app/balancer-\w+/[0-9a-f]{{16}}/[0-9a-f]{{16}}",
    ("topic", "arn"): rf"arn:aws:sns:{HERE}:topic-[0-9a-f]{{7}}",
    ("bucket", "arn"): r"arn:aws:s3:::bucket-[0-9a-f]{7}",
    ("bucket", "bucketDomainName"): r"bucket-[0-9a-f]{7}\.s3\.amazonaws\.com",
    ("bucket", "bucketRegionalDomainName"): rf"bucket-[0-9a-f]{{7}}\.s3\.{REGION}\.amazonaws\.com",
    ("bucket", "hostedZoneId"): r"Z21DNDUVLTQW6Q",
    ("certificate", "arn"): r"arn:aws:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ("zone", "zoneId"): r"[A-Z0-9]{10,32}",
    ("acl", "arn"): rf"arn:aws:wafv2:{HERE}:regional/webacl/acl-[0-9a-f]{{7}}/[0-9a-f-]{{36}}",
    ("endpoint", "arn"): rf"arn:aws:ec2:{HERE}:vpc-endpoint/vpce-[0-9a-f]{{17}}",
    ("flow", "arn"): rf"arn:aws:ec2:{HERE}:vpc-flow-log/fl-[0-9a-f]{{17}}",
    ("alarm", "arn"): rf"arn:aws:cloudwatch:{HERE}:alarm:alarm-[0-9a-f]{{7}}",
    ("queue", "arn"): rf"arn:aws:sqs:{HERE}:queue-[0-9a-f]{{7}}",
    ("queue", "url"): rf"http://127\.0\.0\.1:\d+/{ACCOUNT}/queue-[0-9a-f]{{7}}",  # where it can be called offline
    ("repository", "arn"): rf"arn:aws:ecr:{HERE}:repository/outputs/api",
    ("repository", "repositoryUrl"): rf"{ACCOUNT}\.dkr\.ecr\.{REGION}\.amazonaws\.com/outputs/api",
    ("rule", "arn"): rf"arn:aws:events:{HERE}:rule/rule-[0-9a-f]{{7}}",
    ("parameter", "arn"): rf"arn:aws:ssm:{HERE}:parameter/outputs/one",
    ("schedules", "arn"): rf"arn:aws:scheduler:{HERE}:schedule-group/schedules-[0-9a-f]{{7}}",
    ("calls", "arn"): rf"arn:aws:servicediscovery:{HERE}:namespace/ns-[a-z0-9]{{16,20}}",
    ("address", "publicDns"): rf"ec2(-\d+){{4}}\.{REGION}\.compute\.amazonaws\.com",
    ("distribution", "arn"): rf"arn:aws:cloudfront::{ACCOUNT}:distribution/[A-Z0-9]{{13,14}}",
    ("distribution", "domainName"): r"[a-z0-9]{13,14}\.cloudfront\.net",
    ("distribution", "hostedZoneId"): r"Z2FDTNDATAQYW2",
}


@pytest.fixture(scope="module")
def told(world: World) -> World:
    """The world, and what it lacks of the types that tell something."""
    own_distribution(world)
    world.add("cache", "aws:elasticache/replicationGroup:ReplicationGroup", cache(world))
    interface = {"serviceName": f"com.amazonaws.{REGION}.ecr.api", "vpcEndpointType": "Interface"}
    world.add("endpoint", "aws:ec2/vpcEndpoint:VpcEndpoint", {"vpcId": world.vpc.id, **interface})
    flow = {"trafficType": "ALL", "logDestination": world.logs["arn"], "iamRoleArn": world.role["arn"]}
    world.add("flow", "aws:ec2/flowLog:FlowLog", {"vpcId": world.vpc.id, **flow})
    world.add("alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", alarm(world))
    world.add("queue", "aws:sqs/queue:Queue", {})
    world.add("repository", "aws:ecr/repository:Repository", {"name": "outputs/api"})
    world.add("rule", "aws:cloudwatch/eventRule:EventRule", {"eventPattern": '{"source": ["aws.ecs"]}'})
    world.add("parameter", "aws:ssm/parameter:Parameter", {"name": "/outputs/one", "type": "String", "value": "1"})
    world.add("schedules", "aws:scheduler/scheduleGroup:ScheduleGroup", {})
    world.add("calls", "aws:servicediscovery/httpNamespace:HttpNamespace", {"name": "outputs"})
    world.add("address", "aws:ec2/eip:Eip", {"domain": "vpc"})
    return world


@pytest.mark.parametrize(("name", "output"), SHAPES)
def test_an_output_has_the_shape_that_aws_gives_it(told: World, name: str, output: str) -> None:
    made = getattr(told, name)
    value = made.id if output == "id" else made[output]
    assert re.fullmatch(SHAPES[(name, output)], str(value)), value


def test_an_endpoint_of_a_vpc_is_named_by_service_and_region(told: World) -> None:
    (entry,) = told.endpoint["dnsEntries"]
    assert re.fullmatch(rf"vpce-[0-9a-f]{{17}}-\w{{8}}\.api\.ecr\.{REGION}\.vpce\.amazonaws\.com", entry["dnsName"])
    assert entry["hostedZoneId"] == "Z273ZU8SZ5RJPC"


def test_a_flow_log_tells_its_one_subject(told: World) -> None:
    assert told.flow["vpcId"] == told.vpc.id
    assert not {"subnetId", "eniId", "transitGatewayId"} & set(told.flow.state)


@pytest.mark.parametrize(
    ("region", "short"),
    [("eu-central-1", "euc1"), ("us-east-1", "use1"), ("ap-southeast-2", "apse2"), ("ca-central-1", "cac1")],
)
def test_a_region_has_a_short_name_in_addresses(region: str, short: str) -> None:
    assert regions.short(region) == short


def test_a_balancer_of_another_region_has_that_regions_zone() -> None:
    assert regions.LOAD_BALANCER_ZONES["eu-west-1"] == "Z32O12XQLNTSW2"


def test_a_database_has_the_zone_of_its_region_and_no_two_regions_share_one() -> None:
    zones = [*regions.DATABASE_ZONES.values(), *regions.LOAD_BALANCER_ZONES.values(), *regions.ENDPOINT_ZONES.values()]
    assert len(set(zones)) == len(zones)
    assert all(re.fullmatch("Z[0-9A-Z]{12,14}", zone) for zone in zones)
    assert set(regions.LOAD_BALANCER_ZONES) - set(regions.DATABASE_ZONES) == {
        *("ap-northeast-3", "ca-central-1", "eu-north-1", "sa-east-1"),  # no answer of these is known: OTHER_ZONE
    }
