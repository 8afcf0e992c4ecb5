"""For each described type valid inputs, and a change that AWS makes in place."""

from __future__ import annotations

import json

from offline.aws.values import Properties, Secret
from tests.offline.aws import (
    provider_cases_aurora,
    provider_cases_cloudfront,
    provider_cases_components,
    provider_cases_databases,
    provider_cases_deployments,
    provider_cases_edge,
    provider_cases_eks,
    provider_cases_functions,
    provider_cases_pooling,
    provider_cases_serverless,
    provider_cases_watching,
    provider_cases_work,
)
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import (
    CERTIFICATE,
    World,
    alarm,
    cache,
    database,
    delivery,
    document,
    not_found,
    replica,
    scaled,
    service,
    target_group,
    task_definition,
    trust,
    user,
)


def tags(world: World) -> Properties:
    return {"tags": {"Name": "changed", "Added": "yes"}}


def nat_gateway(world: World, name: str) -> str:
    inputs = {"subnetId": world.subnet_a.id, "connectivityType": "private"}
    return str(world.second(name, "aws:ec2/natGateway:NatGateway", inputs).id)


LOGS_ONLY = {"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}
DENY = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}

_CASES = [
    Case("aws:ec2/vpc:Vpc", lambda w: {"cidrBlock": "10.60.0.0/16"}, lambda w: {"enableDnsHostnames": True}),
    Case(
        "aws:ec2/subnet:Subnet",
        lambda w: {"vpcId": w.vpc.id, "cidrBlock": "10.50.9.0/24", "availabilityZone": "eu-central-1c"},
        lambda w: {"mapPublicIpOnLaunch": True},
    ),
    Case("aws:ec2/internetGateway:InternetGateway", lambda w: {"tags": {"Name": "one"}}, tags),
    Case("aws:ec2/eip:Eip", lambda w: {"domain": "vpc"}, tags),
    Case(
        "aws:ec2/natGateway:NatGateway",
        lambda w: {"subnetId": w.subnet_a.id, "connectivityType": "private"},
        tags,
    ),
    Case("aws:ec2/routeTable:RouteTable", lambda w: {"vpcId": w.vpc.id, "tags": {"Old": "1"}}, tags),
    Case(
        "aws:ec2/route:Route",
        lambda w: {"routeTableId": w.table.id, "destinationCidrBlock": "0.0.0.0/0", "gatewayId": w.gateway.id},
    ),
    Case(
        "aws:ec2/route:Route",
        lambda w: {
            "routeTableId": w.table.id,
            "destinationCidrBlock": "198.51.100.0/24",
            "natGatewayId": nat_gateway(w, "one"),
        },
        lambda w: {"natGatewayId": nat_gateway(w, "two")},
        "nat",
    ),
    Case(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        lambda w: {"routeTableId": w.table.id, "subnetId": w.subnet_a.id},
        lambda w: {"routeTableId": w.other_table.id},
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda w: {"vpcId": w.vpc.id, "serviceName": "com.amazonaws.eu-central-1.s3"},
        lambda w: {"routeTableIds": [w.table.id]},
        "gateway",
    ),
    Case(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        lambda w: {
            "vpcId": w.vpc.id,
            "serviceName": "com.amazonaws.eu-central-1.logs",
            "vpcEndpointType": "Interface",
            "subnetIds": [w.subnet_a.id],
            "securityGroupIds": [w.group.id],
            "privateDnsEnabled": True,
        },
        lambda w: {"securityGroupIds": [w.other_group.id]},
        "interface",
    ),
    Case(
        "aws:ec2/flowLog:FlowLog",
        lambda w: {
            "vpcId": w.vpc.id,
            "trafficType": "ALL",
            "logDestination": w.logs["arn"],
            "iamRoleArn": w.role["arn"],
            "maxAggregationInterval": 60,
        },
        tags,
    ),
    Case("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", lambda w: {"vpcId": w.vpc.id}, tags),
    Case(
        "aws:ec2/securityGroup:SecurityGroup",
        lambda w: {
            "vpcId": w.vpc.id,
            "ingress": [{"protocol": "tcp", "fromPort": 80, "toPort": 80, "cidrBlocks": ["10.0.0.0/8"]}],
        },
        lambda w: {"ingress": [{"protocol": "tcp", "fromPort": 81, "toPort": 81, "cidrBlocks": ["10.0.0.0/8"]}]},
    ),
    Case(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        lambda w: {
            "securityGroupId": w.group.id,
            "ipProtocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "referencedSecurityGroupId": w.other_group.id,
        },
        lambda w: {"toPort": 5433},
    ),
    Case(
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
        lambda w: {"securityGroupId": w.other_group.id, "ipProtocol": "-1", "cidrIpv4": "10.0.0.0/8"},
        lambda w: {"cidrIpv4": "10.50.0.0/16"},
    ),
    Case(
        "aws:kms/key:Key",
        lambda w: {"description": "one", "enableKeyRotation": True, "rotationPeriodInDays": 180},
        lambda w: {"description": "two", "rotationPeriodInDays": 90},
    ),
    Case(
        "aws:kms/alias:Alias",
        lambda w: {"name": "alias/world/test", "targetKeyId": w.key.id},
        lambda w: {"targetKeyId": w.key["arn"]},
    ),
    Case(
        "aws:rds/subnetGroup:SubnetGroup",
        lambda w: {"subnetIds": [w.subnet_a.id, w.subnet_b.id]},
        lambda w: {"description": "changed"},
    ),
    Case(
        "aws:rds/parameterGroup:ParameterGroup",
        lambda w: {"family": "postgres17", "parameters": [{"name": "rds.force_ssl", "value": "1"}]},
        lambda w: {"parameters": [{"name": "rds.force_ssl", "value": "0"}]},
    ),
    Case(
        "aws:rds/instance:Instance",
        database,
        lambda w: {"instanceClass": "db.m7g.large", "backupRetentionPeriod": 30},
    ),
    Case("aws:rds/instance:Instance", replica, lambda w: {"instanceClass": "db.m7g.large"}, "replica"),
    Case(
        "aws:elasticache/subnetGroup:SubnetGroup",
        lambda w: {"subnetIds": [w.subnet_a.id, w.subnet_b.id]},
        lambda w: {"description": "changed", "subnetIds": [w.subnet_a.id]},
    ),
    Case(
        "aws:elasticache/parameterGroup:ParameterGroup",
        lambda w: {"family": "redis7", "parameters": [{"name": "maxmemory-policy", "value": "allkeys-lru"}]},
        lambda w: {"parameters": [{"name": "timeout", "value": "300"}]},
    ),
    Case(
        "aws:elasticache/user:User",
        user,
        lambda w: {"accessString": "on ~app:* +@all", "passwords": [Secret("y" * 16)]},
    ),
    Case(
        "aws:elasticache/user:User",
        lambda w: {**user(w), "passwords": None, "authenticationMode": {"type": "no-password-required"}},
        lambda w: {"accessString": "off ~* +@all"},
        "without-password",
    ),
    Case(
        "aws:elasticache/userGroup:UserGroup",
        lambda w: {"engine": "redis", "userGroupId": "life", "userIds": [w.default_user.id]},
        lambda w: {"userIds": [w.default_user.id, w.user.id]},
    ),
    Case(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        cache,
        lambda w: {
            "nodeType": "cache.r7g.large",
            "numCacheClusters": 3,
            "snapshotRetentionLimit": 14,
            "securityGroupIds": [w.other_group.id],
            "logDeliveryConfigurations": [delivery("engine-log")],
        },
    ),
    Case(
        "aws:iam/role:Role",
        lambda w: {
            "assumeRolePolicy": trust("ecs-tasks.amazonaws.com"),
            "managedPolicyArns": ["arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"],
            "inlinePolicies": [{"name": "logs", "policy": document(LOGS_ONLY)}],
        },
        lambda w: {"description": "changed", "managedPolicyArns": [], "assumeRolePolicy": trust("ec2.amazonaws.com")},
    ),
    Case(
        "aws:iam/rolePolicy:RolePolicy",
        lambda w: {"role": w.role.id, "policy": document(LOGS_ONLY)},
        lambda w: {"policy": document({**LOGS_ONLY, "Action": "logs:CreateLogStream"})},
    ),
    Case(
        "aws:iam/policy:Policy",
        lambda w: {"policy": document(LOGS_ONLY)},
        lambda w: {"policy": document({**LOGS_ONLY, "Action": "logs:CreateLogStream"})},
    ),
    Case(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        lambda w: {
            "role": w.role.id,
            "policyArn": "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
        },
    ),
    Case(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        lambda w: {"url": "https://issuer.example.com", "clientIdLists": ["sts.amazonaws.com"]},
        lambda w: {"clientIdLists": ["https://gitlab.example.com", "sts.amazonaws.com"]},
    ),
    Case(
        "aws:secretsmanager/secret:Secret",
        lambda w: {"name": "world/test", "recoveryWindowInDays": 0},
        lambda w: {"description": "changed", "kmsKeyId": w.key["arn"], "replicas": [{"region": "eu-west-1"}]},
    ),
    Case(
        "aws:secretsmanager/secret:Secret",
        lambda w: {"recoveryWindowInDays": 0, "replicas": [{"region": "eu-west-1"}, {"region": "eu-west-3"}]},
        lambda w: {"replicas": [{"region": "eu-west-3"}, {"region": "us-east-1"}]},
        "copied",
    ),
    Case(
        "aws:secretsmanager/secretVersion:SecretVersion",
        lambda w: {"secretId": w.secret.id, "secretString": Secret("canary-secret-9c2e")},
    ),
    Case(
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        lambda w: {"secretArn": w.secret.id, "policy": document(DENY)},
        lambda w: {"policy": document({**DENY, "Action": "secretsmanager:PutSecretValue"})},
    ),
    Case(
        "aws:cloudwatch/logGroup:LogGroup",
        lambda w: {"name": "/world/test", "retentionInDays": 7, "kmsKeyId": w.key["arn"]},
        lambda w: {"retentionInDays": 30},
    ),
    Case(
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        lambda w: {"policyName": "world", "policyDocument": document(LOGS_ONLY)},
        lambda w: {"policyDocument": document({**LOGS_ONLY, "Action": "logs:CreateLogStream"})},
    ),
    Case("aws:cloudwatch/metricAlarm:MetricAlarm", alarm, lambda w: {"threshold": 90, "alarmActions": []}),
    Case(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        lambda w: {
            "comparisonOperator": "GreaterThanThreshold",
            "evaluationPeriods": 1,
            "threshold": 5,
            "metricQueries": [
                {"id": "result", "expression": "errors * 100", "label": "errors", "returnData": True},
                {
                    "id": "errors",
                    "metric": {
                        "metricName": "HTTPCode_Target_5XX_Count",
                        "namespace": "AWS/ApplicationELB",
                        "period": 60,
                        "stat": "Sum",
                        "dimensions": {"LoadBalancer": "app/x/1"},
                    },
                },
            ],
        },
        lambda w: {"threshold": 6},
        "metric-math",
    ),
    Case(
        "aws:ecs/cluster:Cluster",
        lambda w: {"settings": [{"name": "containerInsights", "value": "enhanced"}]},
        lambda w: {"settings": [{"name": "containerInsights", "value": "disabled"}]},
    ),
    Case(
        "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
        lambda w: {"clusterName": w.cluster["name"], "capacityProviders": ["FARGATE"]},
        lambda w: {"capacityProviders": ["FARGATE", "FARGATE_SPOT"]},
    ),
    Case("aws:ecs/taskDefinition:TaskDefinition", task_definition, tags),
    Case("aws:ecs/service:Service", service, lambda w: {"desiredCount": 3, "deploymentMaximumPercent": 150}),
    Case(
        "aws:appautoscaling/target:Target",
        lambda w: {**scaled(w), "minCapacity": 1, "maxCapacity": 4},
        lambda w: {"maxCapacity": 8},
    ),
    Case(
        "aws:appautoscaling/policy:Policy",
        lambda w: {
            **scaled(w),
            "policyType": "TargetTrackingScaling",
            "targetTrackingScalingPolicyConfiguration": {
                "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
                "targetValue": 70,
                "scaleOutCooldown": 60,
            },
        },
        lambda w: {
            "targetTrackingScalingPolicyConfiguration": {
                "predefinedMetricSpecification": {"predefinedMetricType": "ECSServiceAverageCPUUtilization"},
                "targetValue": 60,
                "scaleOutCooldown": 60,
            },
        },
    ),
    Case(
        "aws:appautoscaling/scheduledAction:ScheduledAction",
        lambda w: {
            **scaled(w),
            "schedule": "cron(0 20 * * ? *)",
            "timezone": "Europe/Berlin",
            "scalableTargetAction": {"minCapacity": 0, "maxCapacity": 0},
        },
        lambda w: {"schedule": "cron(0 21 * * ? *)"},
    ),
    Case(
        "aws:lb/loadBalancer:LoadBalancer",
        lambda w: {"subnets": [w.subnet_a.id, w.subnet_b.id], "idleTimeout": 60, "dropInvalidHeaderFields": True},
        lambda w: {"idleTimeout": 120, "securityGroups": [w.other_group.id]},
    ),
    Case(
        "aws:lb/targetGroup:TargetGroup",
        target_group,
        lambda w: {"deregistrationDelay": 30, "healthCheck": {"path": "/ready", "interval": 20}},
    ),
    Case(
        "aws:lb/listener:Listener",
        lambda w: {
            "loadBalancerArn": w.balancer.id,
            "port": 443,
            "protocol": "HTTPS",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            "certificateArn": CERTIFICATE,
            "defaultActions": [not_found()],
        },
        lambda w: {"certificateArn": CERTIFICATE.replace("1234-1234", "4321-4321")},
    ),
    Case(
        "aws:lb/listener:Listener",
        lambda w: {
            "loadBalancerArn": w.balancer.id,
            "port": 8443,
            "protocol": "HTTP",
            "defaultActions": [not_found()],
            "routingHttpResponseServerEnabled": False,
            "routingHttpResponseXFrameOptionsHeaderValue": "DENY",
            "routingHttpResponseXContentTypeOptionsHeaderValue": "nosniff",
        },
        lambda w: {"routingHttpResponseXFrameOptionsHeaderValue": "SAMEORIGIN"},
        "hardened",
    ),
    Case(
        "aws:lb/listenerRule:ListenerRule",
        lambda w: {
            "listenerArn": w.listener.id,
            "priority": 20,
            "actions": [{"type": "forward", "targetGroupArn": w.targets.id}],
            "conditions": [{"pathPattern": {"values": ["/api/*"]}}],
        },
        lambda w: {"priority": 30, "conditions": [{"pathPattern": {"values": ["/v2/*"]}}]},
    ),
    Case("aws:sns/topic:Topic", lambda w: {"kmsMasterKeyId": w.key["arn"]}, lambda w: {"displayName": "changed"}),
    Case(
        "aws:sns/topicPolicy:TopicPolicy",
        lambda w: {"arn": w.topic.id, "policy": document({**DENY, "Action": "sns:Publish", "Resource": w.topic.id})},
        lambda w: {"policy": document({**DENY, "Action": "sns:Subscribe", "Resource": w.topic.id})},
    ),
    Case(
        "aws:sns/topicSubscription:TopicSubscription",
        lambda w: {"topic": w.topic.id, "protocol": "email", "endpoint": "ops@example.com"},
        lambda w: {"filterPolicy": json.dumps({"severity": ["page"]})},
    ),
    Case("aws:s3/bucket:Bucket", lambda w: {"forceDestroy": True}, tags),
    Case(
        "aws:s3/bucketVersioning:BucketVersioning",
        lambda w: {"bucket": w.bucket.id, "versioningConfiguration": {"status": "Enabled"}},
        lambda w: {"versioningConfiguration": {"status": "Suspended"}},
    ),
    Case(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        lambda w: {"bucket": w.bucket.id, "blockPublicAcls": True},
        lambda w: {"blockPublicPolicy": True},
    ),
    Case(
        "aws:s3/bucketPolicy:BucketPolicy",
        lambda w: {"bucket": w.bucket.id, "policy": document({**DENY, "Action": "s3:*"})},
        lambda w: {"policy": document({**DENY, "Action": "s3:GetObject"})},
    ),
    Case(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        lambda w: {
            "bucket": w.bucket.id,
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}],
        },
        lambda w: {
            "rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}, "bucketKeyEnabled": True}]
        },
    ),
    Case(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        lambda w: {
            "bucket": w.bucket.id,
            "rules": [
                {
                    "id": "old",
                    "status": "Enabled",
                    "filter": {"prefix": "logs/"},
                    "noncurrentVersionExpiration": {"noncurrentDays": 30},
                }
            ],
        },
        lambda w: {
            "rules": [{"id": "old", "status": "Enabled", "filter": {"prefix": "logs/"}, "expiration": {"days": 9}}]
        },
    ),
    Case(
        "aws:s3/bucketCorsConfiguration:BucketCorsConfiguration",
        lambda w: {
            "bucket": w.bucket.id,
            "corsRules": [
                {
                    "allowedMethods": ["GET", "PUT"],
                    "allowedOrigins": ["https://app.example.com"],
                    "allowedHeaders": ["*"],
                    "exposeHeaders": ["ETag"],
                    "maxAgeSeconds": 3600,
                }
            ],
        },
        lambda w: {"corsRules": [{"allowedMethods": ["GET"], "allowedOrigins": ["https://b.example.com"]}]},
    ),
    Case(
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls",
        lambda w: {"bucket": w.bucket.id, "rule": {"objectOwnership": "BucketOwnerEnforced"}},
        lambda w: {"rule": {"objectOwnership": "BucketOwnerPreferred"}},
    ),
    Case(
        "aws:s3/bucketLogging:BucketLogging",
        lambda w: {"bucket": w.bucket.id, "targetBucket": w.logs_bucket.id, "targetPrefix": "s3/"},
        lambda w: {"targetPrefix": "requests/"},
    ),
    Case(
        "aws:s3/bucketNotification:BucketNotification",
        lambda w: {"bucket": w.bucket.id, "eventbridge": True},
        lambda w: {"eventbridge": False},
    ),
    Case(
        "aws:ssm/parameter:Parameter",
        lambda w: {"name": "/world/test", "type": "SecureString", "value": Secret("canary-parameter-1d4b")},
        lambda w: {"value": Secret("canary-parameter-2e5c")},
    ),
    *provider_cases_aurora.CASES,
    *provider_cases_cloudfront.CASES,
    *provider_cases_components.CASES,
    *provider_cases_databases.CASES,
    *provider_cases_deployments.CASES,
    *provider_cases_edge.CASES,
    *provider_cases_eks.CASES,
    *provider_cases_functions.CASES,
    *provider_cases_pooling.CASES,
    *provider_cases_serverless.CASES,
    *provider_cases_watching.CASES,
    *provider_cases_work.CASES,
]
CASES = provider_cases_components.with_more(_CASES)
KEPT_BY_ANOTHER = {
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": "a registry always scans in some way",
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": "the VPC keeps its default group",
    "aws:secretsmanager/secretVersion:SecretVersion": "the secret keeps its current version",
    "aws:sns/topicPolicy:TopicPolicy": "the topic gets AWS's default policy",
    "aws:s3/bucketNotification:BucketNotification": "a bucket always has a configuration, an empty one at first",
    "aws:lambda/invocation:Invocation": "what was called was called",
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": "the proxy keeps its target group",
    "aws:s3/bucketVersioning:BucketVersioning": "the bucket's versioning is suspended",
    "aws:acm/certificateValidation:CertificateValidation": "the certificate stays issued",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "checked only: there is nothing to read",
}
