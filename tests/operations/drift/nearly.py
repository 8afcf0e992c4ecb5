"""Of each entry of the table of benign differences: what it must not be taken for."""

from __future__ import annotations

import json

from tests.operations.drift.cases import (
    AS_ECS_HAS_IT,
    CONTAINER,
    DATABASE,
    DEPLOYMENT,
    ECS,
    EVENING,
    GOES_ALONG,
    ISSUER,
    NEWER,
    OF_TARGET,
    RECORD,
    ROLE_POLICY,
    RULE,
    SCALING,
    SECRET,
    SHIFTING,
    TARGET,
    TASK,
    Case,
    allow,
    balancer,
    forward,
    policy,
)
from tests.operations.drift.refreshed import ABSENT

NEARLY: dict[str, list[Case]] = {
    "aws-tags": [
        Case("aws:ec2/vpc:Vpc", "tags.awsome", {"A": "1"}, {"A": "1", "awsome": "x"}),
        Case("aws:ec2/vpc:Vpc", "tags", ABSENT, {"aws:a": "1", "hand": "made"}),
        Case("aws:ec2/vpc:Vpc", "tags", {"A": "1"}, ABSENT),
    ],
    "tags-of-provider": [
        Case("aws:ec2/vpc:Vpc", "tagsAll", ABSENT, {"A": "1", "hand": "made"}, {"tags": {"A": "1"}}),
        Case("aws:ec2/vpc:Vpc", "tagsAll", ABSENT, {"B": "1"}, {"tags": {"A": "1"}}),
    ],
    "same-order-of-a-set": [
        Case("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmActions", ["a", "b"], ["b", "c"]),
        Case("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmActions", ["a", "b"], ["a"]),
        Case(
            "aws:cloudfront/distribution:Distribution",
            "orderedCacheBehaviors",
            [{"x": 1}, {"y": 1}],
            [{"y": 1}, {"x": 1}],
        ),
        Case(
            ECS,
            "networkConfiguration.subnets",
            {"subnets": ["a", "b"], "assignPublicIp": False},
            {"subnets": ["b", "a"], "assignPublicIp": True},
        ),
    ],
    "same-policy": [
        Case(ROLE_POLICY, "policy", policy(allow("s3:GetObject")), policy(allow("s3:*"))),
        Case(ROLE_POLICY, "policy", policy(allow("s3:GetObject")), policy(allow("s3:GetObject"), version="2008-10-17")),
        Case(
            ROLE_POLICY,
            "policy",
            policy(allow("s3:GetObject", Condition={"Bool": {"aws:SecureTransport": "true"}})),
            policy(allow("s3:GetObject")),
        ),
        Case(
            "aws:s3/bucketPolicy:BucketPolicy",
            "policy",
            policy(allow("s3:GetObject", Principal={"AWS": "arn:aws:iam::111111111111:role/api"})),
            policy(allow("s3:GetObject", Principal={"AWS": "AROAEXAMPLE"})),
        ),
        Case(
            ROLE_POLICY,
            "policy",
            policy(allow("s3:GetObject", "[secret]")),
            policy(allow(["s3:GetObject"], "[secret]")),
        ),
    ],
    "same-document": [
        Case("aws:cloudwatch/dashboard:Dashboard", "dashboardBody", '{"a": [1, 2]}', '{"a": [2, 1]}'),
        Case("aws:sqs/queue:Queue", "redrivePolicy", '{"maxReceiveCount": 5}', '{"maxReceiveCount": 50}'),
    ],
    "same-containers": [
        Case(TASK, "containerDefinitions", json.dumps([CONTAINER]), json.dumps(NEWER)),
        Case(
            TASK,
            "containerDefinitions",
            json.dumps([{**CONTAINER, "command": ["a", "b"]}]),
            json.dumps([{**AS_ECS_HAS_IT, "command": ["b", "a"]}]),
        ),
    ],
    "nothing-is-empty": [
        Case("aws:ec2/vpc:Vpc", "enableDnsSupport", ABSENT, False),
        Case("aws:lb/loadBalancer:LoadBalancer", "idleTimeout", ABSENT, 0),
        Case("aws:sns/topic:Topic", "displayName", "alarms", ""),
    ],
    "default-filled-in": [
        Case(ECS, "availabilityZoneRebalancing", "DISABLED", "ENABLED"),
        Case("aws:lb/targetGroup:TargetGroup", "ipAddressType", ABSENT, "ipv6"),
    ],
    "lower-case": [Case(DATABASE, "maintenanceWindow", "Sun:03:00-Sun:04:00", "mon:03:00-mon:04:00")],
    "dns-name": [
        Case(
            RECORD,
            "aliases[0].name",
            [{"name": "alb-1.elb.amazonaws.com"}],
            [{"name": "dualstack.alb-1.elb.amazonaws.com"}],
        ),
    ],
    "blue-green-weights": [
        Case(
            RULE,
            "actions",
            forward(("blue", 100)),
            forward(("blue", 0), ("green", 100)),
            {"id": "another"},
            (SHIFTING,),
        ),
        Case(
            RULE,
            "actions",
            forward(("blue", 100)),
            forward(("blue", 1), ("somebody-elses", 99)),
            {"id": "rule"},
            (SHIFTING,),
        ),
        Case(RULE, "actions", forward(("blue", 100)), [{"type": "fixed-response"}], {"id": "rule"}, (SHIFTING,)),
        Case(RULE, "actions", forward(("blue", 100)), forward(("green", 100)), {"id": "rule"}),
    ],
    "blue-green-groups": [Case(ECS, "loadBalancers", balancer("blue", "green"), balancer("blue", "red"))],
    "autoscaled-tasks": [
        Case(ECS, "desiredCount", 2, 11, {"name": "api-1"}, (SCALING,)),
        Case(ECS, "desiredCount", 2, 3, {"name": "web-1"}, (SCALING,)),
    ],
    "scheduled-capacity": [
        Case(TARGET, "maxCapacity", 2, 5, OF_TARGET, (EVENING,)),
        Case(TARGET, "maxCapacity", 2, 0, OF_TARGET | {"resourceId": "service/cluster/api"}, (EVENING,)),
    ],
    "grown-storage": [
        Case(DATABASE, "allocatedStorage", 20, 200, {"maxAllocatedStorage": 100}),
        Case(DATABASE, "allocatedStorage", 20, 55),
    ],
    "minor-release": [
        Case(DATABASE, "engineVersion", "17.4", "18.0", GOES_ALONG),
        Case(DATABASE, "engineVersion", "17.4", "17.2", GOES_ALONG),
        Case(DATABASE, "engineVersion", "17.4", "17.6", GOES_ALONG | {"autoMinorVersionUpgrade": False}),
        Case(DATABASE, "engineVersion", "8.0", "8.4", GOES_ALONG | {"engine": "mysql"}),
    ],
    "zone-after-failover": [Case(DATABASE, "availabilityZone", "eu-central-1a", "eu-central-1b", {"multiAz": False})],
    "apply-method": [
        Case(
            "aws:rds/parameterGroup:ParameterGroup",
            "parameters[0]",
            [{"name": "a", "value": "1", "applyMethod": "immediate"}],
            [{"name": "a", "value": "0", "applyMethod": "pending-reboot"}],
        ),
    ],
    "renewed-certificate": [Case("aws:acm/certificate:Certificate", "domainName", "a.example.com", "b.example.com")],
    "thumbprints": [
        Case(
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            "thumbprintLists",
            ["aa"],
            ["bb"],
            {"url": "https://login.example.com"},
        ),
        Case(
            "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
            "clientIdLists",
            ["sts.amazonaws.com"],
            ["other"],
            ISSUER,
        ),
    ],
    "function-times": [Case("aws:lambda/function:Function", "runtime", "python3.13", "python3.9")],
    "confirmed-subscription": [
        Case("aws:sns/topicSubscription:TopicSubscription", "endpoint", "a@example.com", "b@example.com")
    ],
    "rotation-tags": [Case(SECRET, 'tags["headroom:kind"]', {"headroom:kind": "api-key"}, {"headroom:kind": "none"})],
    "rotated-password": [Case(DATABASE, "username", "headroom", "root")],
    "restarted-pods": [
        Case(
            DEPLOYMENT,
            "spec.template.metadata.annotations.hand",
            {"template": {"metadata": {"annotations": {}}}},
            {"template": {"metadata": {"annotations": {"hand": "made"}}}},
        ),
    ],
    "kubernetes-bookkeeping": [
        Case(DEPLOYMENT, "metadata.labels.app", {"labels": {"app": "api"}}, {"labels": {"app": "web"}})
    ],
}
"""Differences that look alike and are real."""
