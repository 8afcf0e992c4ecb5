"""Of each entry of the table of benign differences: what it is for."""

from __future__ import annotations

import json

from tests.operations.drift.cases import (
    AS_ECS_HAS_IT,
    CACHE,
    CONTAINER,
    DATABASE,
    DEPLOYMENT,
    ECS,
    EVENING,
    FRESH,
    GOES_ALONG,
    ISSUER,
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

FITS: dict[str, list[Case]] = {
    "aws-tags": [
        Case(
            "aws:ec2/vpc:Vpc",
            'tags["aws:cloudformation:stack-id"]',
            {"A": "1"},
            {"A": "1", "aws:cloudformation:stack-id": "x"},
        ),
        Case("aws:ec2/vpc:Vpc", "tags", ABSENT, {"aws:a": "1", "aws:b": "2"}),
    ],
    "tags-of-provider": [
        Case("aws:ec2/vpc:Vpc", "tagsAll", ABSENT, {"A": "1", "aws:x": "y"}, {"tags": {"A": "1"}}),
    ],
    "same-order-of-a-set": [
        Case("aws:cloudwatch/metricAlarm:MetricAlarm", "alarmActions", ["a", "b"], ["b", "a"]),
        Case(ECS, "networkConfiguration.subnets", {"subnets": ["a", "b"]}, {"subnets": ["b", "a"]}),
        Case("aws:wafv2/webAcl:WebAcl", "rules[0]", [{"name": "x"}, {"name": "y"}], [{"name": "y"}, {"name": "x"}]),
    ],
    "same-policy": [
        Case(
            ROLE_POLICY,
            "policy",
            policy(allow(["s3:GetObject", "s3:PutObject"])),
            policy(allow(["s3:putobject", "s3:GetObject"], ["*"], Sid="x")),
        ),
        Case(
            "aws:iam/role:Role",
            "assumeRolePolicy",
            policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": "111111111111"}}),
            policy(
                {
                    "Effect": "Allow",
                    "Action": ["sts:AssumeRole"],
                    "Principal": {"AWS": ["arn:aws:iam::111111111111:root"]},
                }
            ),
        ),
        Case(
            "aws:iam/role:Role",
            "inlinePolicies",
            [{"name": "a", "policy": policy(allow("a:b"), allow("c:d"))}],
            [{"name": "a", "policy": policy(allow("c:d"), allow("a:b"))}],
        ),
    ],
    "same-document": [
        Case("aws:cloudwatch/dashboard:Dashboard", "dashboardBody", '{"a": 1, "b": [1, 2]}', '{"b":[1,2],"a":1}'),
        Case(
            "aws:scheduler/schedule:Schedule",
            "target.input",
            {"arn": "x", "input": '{"a": 1, "b": 2}'},
            {"arn": "x", "input": '{"b":2,"a":1}'},
        ),
    ],
    "same-containers": [Case(TASK, "containerDefinitions", json.dumps([CONTAINER]), json.dumps([AS_ECS_HAS_IT]))],
    "nothing-is-empty": [
        Case("aws:sns/topic:Topic", "displayName", ABSENT, ""),
        Case("aws:ec2/vpcEndpoint:VpcEndpoint", "dnsOptions", {}, ABSENT),
    ],
    "default-filled-in": [
        Case(ECS, "availabilityZoneRebalancing", ABSENT, "ENABLED"),
        Case("aws:lb/targetGroup:TargetGroup", "ipAddressType", ABSENT, "ipv4"),
    ],
    "lower-case": [Case(DATABASE, "maintenanceWindow", "Sun:03:00-Sun:04:00", "sun:03:00-sun:04:00")],
    "dns-name": [
        Case(RECORD, "name", "API.example.com", "api.example.com."),
        Case(RECORD, "aliases[0].name", [{"name": "ALB-1.elb.amazonaws.com"}], [{"name": "alb-1.elb.amazonaws.com"}]),
    ],
    "blue-green-weights": [
        Case(
            RULE,
            "actions",
            forward(("blue", 100), ("green", 0)),
            forward(("blue", 0), ("green", 100)),
            {"id": "rule"},
            (SHIFTING,),
        ),
        Case(
            RULE,
            "actions",
            [{"type": "forward", "targetGroupArn": "blue"}],
            forward(("green", 100)),
            {"id": "rule"},
            (SHIFTING,),
        ),
    ],
    "blue-green-groups": [Case(ECS, "loadBalancers", balancer("blue", "green"), balancer("green", "blue"))],
    "autoscaled-tasks": [Case(ECS, "desiredCount", 2, 10, {"name": "api-1"}, (SCALING,))],
    "scheduled-capacity": [
        Case(TARGET, "maxCapacity", 2, 0, OF_TARGET, (EVENING,)),
        Case(TARGET, "minCapacity", 1, 0, OF_TARGET, (EVENING,)),
    ],
    "grown-storage": [Case(DATABASE, "allocatedStorage", 20, 55, {"maxAllocatedStorage": 100})],
    "minor-release": [
        Case(DATABASE, "engineVersion", "17.4", "17.6", GOES_ALONG),
        Case(DATABASE, "engineVersion", "17", "17.6", GOES_ALONG),
        Case(DATABASE, "engineVersion", "8.4.3", "8.4.10", GOES_ALONG | {"engine": "mysql"}),
        Case(CACHE, "engineVersion", "8.0", "8.1", GOES_ALONG | {"engine": "valkey"}),
    ],
    "zone-after-failover": [Case(DATABASE, "availabilityZone", "eu-central-1a", "eu-central-1b", {"multiAz": True})],
    "apply-method": [
        Case(
            "aws:rds/parameterGroup:ParameterGroup",
            "parameters[0].applyMethod",
            [{"name": "a", "value": "1", "applyMethod": "immediate"}],
            [{"name": "a", "value": "1", "applyMethod": "pending-reboot"}],
        ),
    ],
    "renewed-certificate": [
        Case("aws:acm/certificate:Certificate", "notAfter", "2026-12-01T00:00:00Z", "2027-12-01T00:00:00Z")
    ],
    "thumbprints": [
        Case("aws:iam/openIdConnectProvider:OpenIdConnectProvider", "thumbprintLists", ["aa"], ["bb"], ISSUER)
    ],
    "function-times": [Case("aws:lambda/function:Function", "lastModified", "2026-11-01T00:00:00Z", FRESH)],
    "confirmed-subscription": [Case("aws:sns/topicSubscription:TopicSubscription", "pendingConfirmation", True, False)],
    "rotation-tags": [Case(SECRET, 'tags["rotation:phase"]', {"A": "1"}, {"A": "1", "rotation:phase": "done"})],
    "rotated-password": [Case(DATABASE, "password", "[secret]", "[secret]")],
    "restarted-pods": [
        Case(
            DEPLOYMENT,
            'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',
            {"template": {"metadata": {"annotations": {}}}},
            {"template": {"metadata": {"annotations": {"kubectl.kubernetes.io/restartedAt": FRESH}}}},
        ),
    ],
    "kubernetes-bookkeeping": [Case(DEPLOYMENT, "metadata.generation", {"generation": 1}, {"generation": 2})],
}
"""Differences that an entry is for."""
