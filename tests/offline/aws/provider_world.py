"""A small world that the types under test need around them, and valid inputs for each type in it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from offline.aws.values import Properties, Secret
from tests.offline.aws import provider_world_aurora, provider_world_edge

ALLOW_ALL = {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": "*"}
CERTIFICATE = "arn:aws:acm:eu-central-1:111111111111:certificate/12345678-1234-1234-1234-123456789012"
PASSWORD = "canary-password-7f3a"


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def trust(service: str) -> str:
    return document({"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"})


@dataclass
class World:
    """What exists already, by what it is."""

    make: Any
    made: dict[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Any:
        return self.__dict__["made"][name]

    def add(self, name: str, token: str, inputs: Properties) -> None:
        self.made[name] = self.make(token, inputs, name)

    def second(self, name: str, token: str, inputs: Properties | None = None) -> Any:
        """Another one of what is there already, made when a test first moves something to it."""
        if f"second_{name}" not in self.made:
            self.add(f"second_{name}", token, inputs or {})
        return self.made[f"second_{name}"]


def build(make: Any) -> World:
    world = World(make)
    world.add("vpc", "aws:ec2/vpc:Vpc", {"cidrBlock": "10.50.0.0/16"})
    for number, zone in enumerate("ab"):
        inputs = {"vpcId": world.vpc.id, "cidrBlock": f"10.50.{number}.0/24", "availabilityZone": f"eu-central-1{zone}"}
        world.add(f"subnet_{zone}", "aws:ec2/subnet:Subnet", inputs)
    world.add("gateway", "aws:ec2/internetGateway:InternetGateway", {"vpcId": world.vpc.id})
    for table in ("table", "other_table"):
        world.add(table, "aws:ec2/routeTable:RouteTable", {"vpcId": world.vpc.id})
    world.add("group", "aws:ec2/securityGroup:SecurityGroup", {"vpcId": world.vpc.id, "description": "one"})
    world.add("other_group", "aws:ec2/securityGroup:SecurityGroup", {"vpcId": world.vpc.id, "description": "two"})
    world.add("key", "aws:kms/key:Key", {"description": "world", "deletionWindowInDays": 7})
    world.add("role", "aws:iam/role:Role", {"assumeRolePolicy": trust("ecs-tasks.amazonaws.com")})
    world.add("logs", "aws:cloudwatch/logGroup:LogGroup", {"name": "/world/logs"})
    subnets = [world.subnet_a.id, world.subnet_b.id]
    world.add("subnet_group", "aws:rds/subnetGroup:SubnetGroup", {"subnetIds": subnets})
    world.add("parameters", "aws:rds/parameterGroup:ParameterGroup", {"family": "postgres17"})
    world.add("database", "aws:rds/instance:Instance", {**database(world), "identifier": "world-main"})
    provider_world_aurora.add_to(world)
    provider_world_edge.add_to(world)
    world.add("cache_subnets", "aws:elasticache/subnetGroup:SubnetGroup", {"subnetIds": subnets})
    world.add("cache_parameters", "aws:elasticache/parameterGroup:ParameterGroup", {"family": "valkey8"})
    off = {"authenticationMode": {"type": "no-password-required"}, "accessString": "off -@all", "engine": "redis"}
    world.add("default_user", "aws:elasticache/user:User", {**off, "userId": "world-off", "userName": "default"})
    world.add("user", "aws:elasticache/user:User", {**user(world), "userId": "world-app"})
    users = {"engine": "redis", "userGroupId": "world", "userIds": [world.default_user.id, world.user.id]}
    world.add("user_group", "aws:elasticache/userGroup:UserGroup", users)
    world.add("secret", "aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 0})
    world.add("cluster", "aws:ecs/cluster:Cluster", {})
    world.add("definition", "aws:ecs/taskDefinition:TaskDefinition", task_definition(world))
    balancer = {"subnets": subnets, "securityGroups": [world.group.id]}
    world.add("balancer", "aws:lb/loadBalancer:LoadBalancer", balancer)
    world.add("targets", "aws:lb/targetGroup:TargetGroup", target_group(world))
    listener = {"loadBalancerArn": world.balancer.id, "port": 8080, "protocol": "HTTP", "defaultActions": [not_found()]}
    world.add("listener", "aws:lb/listener:Listener", listener)
    world.add("topic", "aws:sns/topic:Topic", {})
    world.add("bucket", "aws:s3/bucket:Bucket", {"forceDestroy": True})
    world.add("logs_bucket", "aws:s3/bucket:Bucket", {"forceDestroy": True})
    policy = log_delivery(world.logs_bucket.id)
    world.add("logs_bucket_policy", "aws:s3/bucketPolicy:BucketPolicy", {"bucket": world.logs_bucket.id, **policy})
    world.add("service", "aws:ecs/service:Service", service(world))
    world.add("target", "aws:appautoscaling/target:Target", {**scaled(world), "minCapacity": 1, "maxCapacity": 4})
    return world


def log_delivery(bucket: str) -> Properties:
    """S3 asks the target's policy before it agrees to log there."""
    service = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}}
    return {"policy": document({**service, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{bucket}/*"})}


def database(world: World) -> Properties:
    return {
        "engine": "postgres",
        "engineVersion": "17.6",
        "instanceClass": "db.t4g.small",
        "allocatedStorage": 50,
        "storageType": "gp3",
        "storageEncrypted": True,
        "kmsKeyId": world.key["arn"],
        "username": "headroom",
        "password": Secret(PASSWORD),
        "dbName": "app",
        "dbSubnetGroupName": world.subnet_group.id,
        "parameterGroupName": world.parameters.id,
        "vpcSecurityGroupIds": [world.group.id],
        "multiAz": True,
        "backupRetentionPeriod": 7,
        "backupWindow": "07:00-09:00",
        "maintenanceWindow": "Sun:04:00-Sun:05:00",
        "monitoringInterval": 60,
        "monitoringRoleArn": world.role["arn"],
        "performanceInsightsEnabled": True,
        "performanceInsightsRetentionPeriod": 7,
        "performanceInsightsKmsKeyId": world.key["arn"],
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "iamDatabaseAuthenticationEnabled": True,
        "publiclyAccessible": False,
        "copyTagsToSnapshot": True,
        "skipFinalSnapshot": True,
    }


def replica(world: World) -> Properties:
    return {
        "replicateSourceDb": world.database["identifier"],
        "instanceClass": "db.t4g.small",
        "availabilityZone": "eu-central-1b",
        "storageEncrypted": True,
        "vpcSecurityGroupIds": [world.group.id],
        "parameterGroupName": world.parameters.id,
        "performanceInsightsEnabled": True,
        "iamDatabaseAuthenticationEnabled": True,
        "skipFinalSnapshot": True,
    }


def user(world: World) -> Properties:
    return {
        "userId": "life",
        "userName": "headroom",
        "engine": "redis",
        "accessString": "on ~* +@all",
        "passwords": [Secret(PASSWORD)],
    }


def delivery(kind: str) -> Properties:
    return {
        "destination": "/world/logs",
        "destinationType": "cloudwatch-logs",
        "logFormat": "json",
        "logType": kind,
    }


def cache(world: World) -> Properties:
    return {
        "description": "Cache",
        "engine": "valkey",
        "engineVersion": "8.1",
        "nodeType": "cache.t4g.small",
        "numCacheClusters": 2,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "subnetGroupName": world.cache_subnets.id,
        "parameterGroupName": world.cache_parameters.id,
        "securityGroupIds": [world.group.id],
        "atRestEncryptionEnabled": True,
        "kmsKeyId": world.key["arn"],
        "transitEncryptionEnabled": True,
        "transitEncryptionMode": "required",
        "userGroupIds": [world.user_group.id],
        "snapshotRetentionLimit": 7,
        "snapshotWindow": "07:00-09:00",
        "maintenanceWindow": "sun:09:30-sun:10:30",
        "logDeliveryConfigurations": [delivery("slow-log"), delivery("engine-log")],
        "port": 6379,
    }


def task_definition(world: World) -> Properties:
    container = {
        "name": "api",
        "image": "nginx",
        "essential": True,
        "portMappings": [{"containerPort": 5000, "protocol": "tcp"}],
        "environment": [{"name": "PORT", "value": "5000"}],
        "linuxParameters": {"initProcessEnabled": True},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/world/logs"}},
    }
    return {
        "family": "world-api",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "runtimePlatform": {"cpuArchitecture": "ARM64", "operatingSystemFamily": "LINUX"},
        "executionRoleArn": world.role["arn"],
        "containerDefinitions": json.dumps([container]),
    }


def target_group(world: World) -> Properties:
    return {
        "vpcId": world.vpc.id,
        "targetType": "ip",
        "protocol": "HTTP",
        "port": 5000,
        "deregistrationDelay": 60,
        "stickiness": {"type": "lb_cookie", "enabled": False},
        "healthCheck": {"path": "/health", "matcher": "200", "interval": 15, "timeout": 5, "healthyThreshold": 2},
    }


def not_found() -> Properties:
    answer = {"contentType": "text/plain", "messageBody": "nothing here", "statusCode": "404"}
    return {"type": "fixed-response", "fixedResponse": answer}


def service(world: World) -> Properties:
    return {
        "cluster": world.cluster.id,
        "taskDefinition": world.definition["arn"],
        "desiredCount": 2,
        "capacityProviderStrategies": [{"capacityProvider": "FARGATE", "weight": 1}],
        "forceNewDeployment": True,
        "networkConfiguration": {
            "subnets": [world.subnet_a.id, world.subnet_b.id],
            "securityGroups": [world.group.id],
            "assignPublicIp": False,
        },
        "loadBalancers": [{"targetGroupArn": world.targets.id, "containerName": "api", "containerPort": 5000}],
        "healthCheckGracePeriodSeconds": 60,
        "deploymentMinimumHealthyPercent": 100,
        "deploymentMaximumPercent": 200,
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "enableExecuteCommand": True,
        "propagateTags": "SERVICE",
    }


def scaled(world: World) -> Properties:
    return {
        "resourceId": f"service/{world.cluster['name']}/{world.service['name']}",
        "scalableDimension": "ecs:service:DesiredCount",
        "serviceNamespace": "ecs",
    }


def alarm(world: World) -> Properties:
    return {
        "comparisonOperator": "GreaterThanThreshold",
        "evaluationPeriods": 3,
        "datapointsToAlarm": 2,
        "metricName": "CPUUtilization",
        "namespace": "AWS/RDS",
        "period": 60,
        "statistic": "Average",
        "threshold": 80,
        "dimensions": {"DBInstanceIdentifier": "world-main"},
        "alarmActions": [world.topic.id],
        "treatMissingData": "notBreaching",
    }
