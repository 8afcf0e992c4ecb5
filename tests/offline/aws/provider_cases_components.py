"""What components give beyond the cases of a type: each property of theirs is made, read, imported, compared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_cases_pooling import namespace, own_proxy
from tests.offline.aws.provider_world import World, cache, document

TAGS: Properties = {"tags": {"Service": "life"}}


def const(**properties: object) -> Callable[[World], Properties]:
    return lambda world: properties


def key_policy(world: World) -> str:
    return document({"Effect": "Allow", "Principal": {"AWS": "111111111111"}, "Action": "kms:*", "Resource": "*"})


def balancer(world: World) -> Properties:
    logs = {"bucket": world.logs_bucket.id, "enabled": True}
    return {
        "accessLogs": {**logs, "prefix": "requests"},
        "connectionLogs": {**logs, "prefix": "connections"},
        "desyncMitigationMode": "strictest",
        "enableDeletionProtection": False,
        "enableHttp2": True,
        "enableZonalShift": True,
        "internal": False,
        "loadBalancerType": "application",
        "preserveHostHeader": True,
        "xffHeaderProcessingMode": "append",
    }


def registry(world: World) -> str:
    records = {"namespaceId": namespace(world), "dnsRecords": [{"type": "A", "ttl": 10}]}
    return str(world.second("registry", "aws:servicediscovery/service:Service", {"dnsConfig": records})["arn"])


def ecs_service(world: World) -> Properties:
    alias = {"dnsName": "api", "port": 5000}
    return {
        **TAGS,
        "availabilityZoneRebalancing": "ENABLED",
        "enableEcsManagedTags": True,
        "serviceConnectConfiguration": {
            "enabled": True,
            "namespace": "world",
            "services": [{"portName": "http", "clientAlias": [alias]}],
        },
        "serviceRegistries": {"registryArn": registry(world)},
        "waitForSteadyState": True,
    }


MORE: dict[str, Callable[[World], Properties]] = {
    "aws:acm/certificate:Certificate": const(keyAlgorithm="EC_prime256v1"),
    "aws:appautoscaling/target:Target": const(**TAGS),
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": const(
        guardrailPolicyArns=["arn:aws:iam::aws:policy/ReadOnlyAccess"]
    ),
    "aws:cloudfront/distribution:Distribution": const(defaultRootObject="index.html"),
    "aws:cloudwatch/alarmMuteRule:AlarmMuteRule": const(description="nights", **TAGS),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": lambda w: {"okActions": [w.topic.id], **TAGS},
    "aws:cloudwatch/eventRule:EventRule": const(description="one"),
    "aws:cloudwatch/eventTarget:EventTarget": const(
        targetId="life", retryPolicy={"maximumEventAgeInSeconds": 3600, "maximumRetryAttempts": 2}
    ),
    "aws:cloudwatch/logGroup:LogGroup": const(**TAGS),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": const(ingress=[], egress=[]),
    "aws:ec2/flowLog:FlowLog": const(logDestinationType="cloud-watch-logs"),
    "aws:ec2/securityGroup:SecurityGroup": const(description="life", **TAGS),
    "aws:ec2/subnet:Subnet": const(**TAGS),
    "aws:ec2/vpc:Vpc": const(enableDnsSupport=True, **TAGS),
    "aws:ec2/vpcEndpoint:VpcEndpoint": const(**TAGS),
    "aws:ecs/cluster:Cluster": const(configuration={"executeCommandConfiguration": {"logging": "NONE"}}),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": const(
        defaultCapacityProviderStrategies=[{"capacityProvider": "FARGATE", "weight": 1}]
    ),
    "aws:ecs/service:Service": ecs_service,
    "aws:ecs/taskDefinition:TaskDefinition": lambda w: {"skipDestroy": False, "taskRoleArn": w.role["arn"]},
    "aws:eks/accessEntry:AccessEntry": const(type="STANDARD"),
    "aws:eks/cluster:Cluster": const(deletionProtection=False),
    "aws:elasticache/parameterGroup:ParameterGroup": const(description="life", **TAGS),
    "aws:elasticache/replicationGroup:ReplicationGroup": const(
        applyImmediately=True, autoMinorVersionUpgrade=True, **TAGS
    ),
    "aws:elasticache/subnetGroup:SubnetGroup": const(**TAGS),
    "aws:elasticache/user:User": const(**TAGS),
    "aws:elasticache/userGroup:UserGroup": const(**TAGS),
    "aws:iam/policy:Policy": const(name="life", description="life"),
    "aws:iam/role:Role": const(
        name="life",
        maxSessionDuration=7200,
        permissionsBoundary="arn:aws:iam::aws:policy/PowerUserAccess",
        **TAGS,
    ),
    "aws:kms/key:Key": lambda w: {"deletionWindowInDays": 7, "policy": key_policy(w)},
    "aws:lambda/function:Function": const(name="life"),
    "aws:lb/listener:Listener": const(routingHttpResponseStrictTransportSecurityHeaderValue="max-age=31536000"),
    "aws:lb/listenerRule:ListenerRule": const(**TAGS),
    "aws:lb/loadBalancer:LoadBalancer": balancer,
    "aws:lb/targetGroup:TargetGroup": const(slowStart=30, **TAGS),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": const(description="life", **TAGS),
    "aws:rds/parameterGroup:ParameterGroup": const(description="life", **TAGS),
    "aws:rds/subnetGroup:SubnetGroup": const(**TAGS),
    "aws:route53/record:Record": const(allowOverwrite=True),
    "aws:s3/bucket:Bucket": const(bucket="life-of-a-bucket"),
    "aws:s3/bucketLogging:BucketLogging": const(
        targetObjectKeyFormat={"partitionedPrefix": {"partitionDateSource": "EventTime"}}
    ),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": const(ignorePublicAcls=True, restrictPublicBuckets=True),
    "aws:scheduler/schedule:Schedule": const(description="life"),
    "aws:secretsmanager/secret:Secret": const(**TAGS),
    "aws:secretsmanager/secretPolicy:SecretPolicy": const(blockPublicPolicy=True),
    "aws:servicediscovery/service:Service": const(forceDestroy=True, **TAGS),
    "aws:sns/topic:Topic": const(name="life"),
    "aws:sns/topicSubscription:TopicSubscription": const(endpointAutoConfirms=False),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": const(description="life"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": const(description="life"),
}
"""Added to the first case of its type."""


def with_more(cases: list[Case]) -> list[Case]:
    """The cases, the first of each type with what components give beside it."""
    seen: set[str] = set()
    found = []
    for case in cases:
        more = MORE.get(case.token) if case.token not in seen else None
        found.append(replace(case, inputs=_both(case.inputs, more)) if more else case)
        seen.add(case.token)
    return found


def _both(inputs: Callable[[World], Properties], more: Callable[[World], Properties]) -> Callable[[World], Properties]:
    return lambda world: {**inputs(world), **more(world)}


def address(world: World) -> str:
    return str(world.second("address", "aws:ec2/eip:Eip", {"domain": "vpc"}).id)


CASES = [
    Case(
        "aws:cloudwatch/eventRule:EventRule",
        const(name="life-hours", scheduleExpression="rate(1 hour)"),
        const(scheduleExpression="rate(2 hours)"),
        "by the clock",
    ),
    Case(
        "aws:ec2/natGateway:NatGateway",
        lambda w: {"subnetId": w.subnet_a.id, "allocationId": address(w)},
        const(tags={"Name": "changed"}),
        "public",
    ),
    Case(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        lambda w: {**cache(w), "finalSnapshotIdentifier": "life-final"},
        None,
        "kept in a snapshot",
    ),
    Case(
        "aws:rds/proxyTarget:ProxyTarget",
        lambda w: {"dbProxyName": own_proxy(w), "targetGroupName": "default", "dbClusterIdentifier": w.aurora.id},
        None,
        "aurora",
    ),
    Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        lambda w: {
            "securityGroupId": w.group.id,
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "referencedSecurityGroupId": w.other_group.id,
        },
        const(toPort=5433),
        "group",
    ),
    Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        lambda w: {
            "securityGroupId": w.group.id,
            "ipProtocol": "tcp",
            "fromPort": 443,
            "toPort": 443,
            "cidrIpv4": "192.0.2.0/24",
        },
        const(description="changed"),
        "addresses",
    ),
]
