"""What every described type must be put through besides its making: an import, and a change that makes a new one.

A type that cannot be imported, has no change in place or no replacing change says why.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

from offline.aws.values import Properties, Secret
from tests.offline.aws.provider_cases_cloudfront import distribution
from tests.offline.aws.provider_cases_pooling import proxy
from tests.offline.aws.provider_cases_work import keep
from tests.offline.aws.provider_world import World, database, not_found, service
from tests.offline.aws.provider_world_edge import certificate, validation, web_acl

Replacement = Callable[[World], Properties]


def const(**changes: Any) -> Replacement:
    """The same change in every world."""
    return lambda world: changes


IMPORT_IDS: dict[str, Callable[[Any], str]] = {
    "aws:appautoscaling/policy:Policy": lambda m: "/".join((_target(m), m["name"])),
    "aws:appautoscaling/target:Target": lambda m: _target(m),
    "aws:cloudwatch/eventTarget:EventTarget": lambda m: f"{m['rule']}/{m['targetId']}",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": lambda m: f"{m['logGroupName']}:{m['name']}",
    "aws:cloudwatch/queryDefinition:QueryDefinition": lambda m: (
        f"arn:aws:logs:eu-central-1:111111111111:query-definition:{m.id}"
    ),
    "aws:ec2/route:Route": lambda m: f"{m['routeTableId']}_{m['destinationCidrBlock']}",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": lambda m: f"{m['subnetId']}/{m['routeTableId']}",
    "aws:ecs/cluster:Cluster": lambda m: str(m["name"]),
    "aws:ecs/service:Service": lambda m: f"{m['cluster'].rpartition('/')[2]}/{m['name']}",
    "aws:ecs/taskDefinition:TaskDefinition": lambda m: str(m["arn"]),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": lambda m: f"{m['clusterName']},{m.id}",
    "aws:lambda/invocation:Invocation": lambda m: f"{m['functionName']},$LATEST,{_hash(m['result'])}",
    "aws:lambda/permission:Permission": lambda m: f"{m['function']}/{m.id}",
    "aws:rds/instance:Instance": lambda m: str(m["identifier"]),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": lambda m: f"{m.id}:{m['vpc']}",
    "aws:wafv2/webAcl:WebAcl": lambda m: f"{m.id}/{m['name']}/{m['scope']}",
}
"""Where the id of an import is not the resource's own."""


def _hash(result: str) -> str:
    return hashlib.md5(result.encode(), usedforsecurity=False).hexdigest()


def _target(made: Any) -> str:
    return "/".join((made["serviceNamespace"], made["resourceId"], made["scalableDimension"]))


NOT_IMPORTED = {
    "aws:appautoscaling/scheduledAction:ScheduledAction": "the provider has no import of it",
    "aws:acm/certificateValidation:CertificateValidation": "the provider has no import of it: it is a wait, no thing",
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "checked only: moto lacks the service",
}

NOT_READ_BY_AN_IMPORT = {"aws:lambda/invocation:Invocation": {"input", "triggers"}}
"""Lambda keeps no calls: what is imported is called again by the next update, as the provider's page says."""

NOT_CHANGED = {
    "aws:acm/certificateValidation:CertificateValidation": "it is a wait: every property names what is waited for",
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": "the provider puts a new one after it has deleted the old",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "EKS associates, and changes no association",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "an attachment has nothing but its two ends",
    "aws:lambda/invocation:Invocation": "another input is another call",
    "aws:lambda/permission:Permission": "Lambda adds and removes statements, and changes none",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": "RDS starts and stops it",
    "aws:rds/proxyTarget:ProxyTarget": "a registration has nothing but its two ends",
    "aws:secretsmanager/secretVersion:SecretVersion": "its value is for ever; its labels are moved by rotations",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "an association has nothing but its two ends",
}
"""Types whose every change makes a new resource."""


def _second_vpc(world: World) -> str:
    return str(world.second("vpc", "aws:ec2/vpc:Vpc", {"cidrBlock": "10.51.0.0/16"}).id)


def _second_repository(world: World) -> str:
    return str(world.second("repository", "aws:ecr/repository:Repository", {"name": "world/second"}).id)


def _second_secret(world: World) -> str:
    return str(world.second("secret", "aws:secretsmanager/secret:Secret", {"recoveryWindowInDays": 0}).id)


def _to_second_bucket(world: World) -> Properties:
    return {"bucket": world.second("bucket", "aws:s3/bucket:Bucket", {"forceDestroy": True}).id}


def _second_certificate(world: World) -> Properties:
    domain = "second.world.example.com"
    made = world.second("certificate", "aws:acm/certificate:Certificate", certificate(domain))
    record = world.second("validation", "aws:route53/record:Record", validation(world.zone.id, made))
    return {"certificateArn": made.id, "validationRecordFqdns": [record["fqdn"]]}


def _second_distribution(world: World) -> Any:
    inputs = {**distribution(world), "aliases": ["second.world.example.com"]}
    return world.second("distribution", "aws:cloudfront/distribution:Distribution", inputs)


def _second_log_source(world: World) -> str:
    inputs = {"name": "second", "logType": "ACCESS_LOGS", "region": "us-east-1"}
    source = {**inputs, "resourceArn": _second_distribution(world)["arn"]}
    return str(world.second("log_source", "aws:cloudwatch/logDeliverySource:LogDeliverySource", source)["name"])


def _second_balancer(world: World) -> str:
    inputs = {"subnets": [world.subnet_a.id, world.subnet_b.id], "securityGroups": [world.group.id]}
    return str(world.second("balancer", "aws:lb/loadBalancer:LoadBalancer", inputs).id)


def _second_listener(world: World) -> str:
    inputs = {"port": 8080, "protocol": "HTTP", "defaultActions": [not_found()]}
    balancer = _second_balancer(world)
    return str(world.second("listener", "aws:lb/listener:Listener", {"loadBalancerArn": balancer, **inputs}).id)


def _second_proxy(world: World) -> str:
    return str(world.second("proxy", "aws:rds/proxy:Proxy", {**proxy(world), "name": "second-proxy"}).id)


REPLACEMENTS: dict[str, Replacement] = {
    "aws:acm/certificate:Certificate": const(domainName="replaced.example.com"),
    "aws:acm/certificateValidation:CertificateValidation": _second_certificate,
    "aws:appautoscaling/policy:Policy": const(name="replaced"),
    "aws:appautoscaling/scheduledAction:ScheduledAction": const(name="replaced"),
    "aws:appautoscaling/target:Target": lambda w: {
        "resourceId": f"service/{w.cluster['name']}/"
        + w.second("service", "aws:ecs/service:Service", service(w))["name"]
    },
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": const(configurationName="replaced"),
    "aws:cloudfront/distribution:Distribution": const(staging=True),
    "aws:cloudfront/function:Function": const(name="replaced"),
    "aws:cloudfront/monitoringSubscription:MonitoringSubscription": lambda w: {
        "distributionId": _second_distribution(w).id
    },
    "aws:cloudwatch/alarmMuteRule:AlarmMuteRule": const(name="replaced"),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": const(alarmName="replaced"),
    "aws:cloudwatch/dashboard:Dashboard": const(dashboardName="replaced"),
    "aws:cloudwatch/eventRule:EventRule": const(name="replaced"),
    "aws:cloudwatch/eventTarget:EventTarget": const(targetId="replaced"),
    "aws:cloudwatch/logDelivery:LogDelivery": lambda w: {"deliverySourceName": _second_log_source(w)},
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": const(name="replaced"),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": const(name="replaced"),
    "aws:cloudwatch/logGroup:LogGroup": const(name="/world/replaced"),
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": const(name="replaced"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": const(policyName="replaced"),
    "aws:cloudwatch/metricAlarm:MetricAlarm": const(name="replaced"),
    "aws:cloudwatch/queryDefinition:QueryDefinition": const(region="eu-west-1"),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": lambda w: {"vpcId": _second_vpc(w)},
    "aws:ec2/eip:Eip": const(address="203.0.113.20"),
    "aws:ec2/internetGateway:InternetGateway": const(region="eu-west-1"),
    "aws:ec2/flowLog:FlowLog": lambda w: {
        "logDestination": w.second("logs", "aws:cloudwatch/logGroup:LogGroup", {"name": "/world/second"})["arn"]
    },
    "aws:ec2/natGateway:NatGateway": lambda w: {"subnetId": w.subnet_b.id},
    "aws:ec2/route:Route": const(destinationCidrBlock="192.0.2.0/24"),
    "aws:ec2/routeTable:RouteTable": lambda w: {"vpcId": _second_vpc(w)},
    "aws:ec2/routeTableAssociation:RouteTableAssociation": lambda w: {"subnetId": w.subnet_b.id},
    "aws:ec2/securityGroup:SecurityGroup": const(description="replaced"),
    "aws:ec2/subnet:Subnet": const(cidrBlock="10.50.10.0/24"),
    "aws:ec2/vpc:Vpc": const(cidrBlock="10.61.0.0/16"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": const(serviceName="com.amazonaws.eu-central-1.dynamodb"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": lambda w: {"policy": keep(20)},
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": const(region="eu-west-1"),
    "aws:ecr/repository:Repository": const(name="life/replaced"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": lambda w: {"repository": _second_repository(w)},
    "aws:ecs/cluster:Cluster": const(name="replaced"),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": lambda w: {
        "clusterName": w.second("cluster", "aws:ecs/cluster:Cluster")["name"]
    },
    "aws:ecs/service:Service": const(name="replaced"),
    "aws:ecs/taskDefinition:TaskDefinition": const(cpu="512", memory="1024"),
    "aws:eks/accessEntry:AccessEntry": const(principalArn="arn:aws:iam::111111111111:role/ci/replaced"),
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": const(accessScope={"type": "cluster"}),
    "aws:eks/addon:Addon": const(addonName="vpc-cni"),
    "aws:eks/cluster:Cluster": const(name="replaced"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": const(serviceAccount="replaced"),
    "aws:elasticache/parameterGroup:ParameterGroup": const(description="replaced"),
    "aws:elasticache/replicationGroup:ReplicationGroup": const(port=6380),
    "aws:elasticache/serverlessCache:ServerlessCache": const(name="replaced"),
    "aws:elasticache/subnetGroup:SubnetGroup": const(name="replaced"),
    "aws:elasticache/user:User": const(userName="replaced"),
    "aws:elasticache/userGroup:UserGroup": const(userGroupId="replaced"),
    "aws:iam/openIdConnectProvider:OpenIdConnectProvider": const(url="https://replaced.example.com"),
    "aws:iam/policy:Policy": const(description="replaced"),
    "aws:iam/role:Role": const(path="/replaced/"),
    "aws:iam/rolePolicy:RolePolicy": const(name="replaced"),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": const(policyArn="arn:aws:iam::aws:policy/ReadOnlyAccess"),
    "aws:kms/alias:Alias": const(name="alias/world/replaced"),
    "aws:kms/key:Key": const(multiRegion=True),
    "aws:lambda/function:Function": const(name="replaced"),
    "aws:lambda/invocation:Invocation": lambda w: {"input": json.dumps({"number": 2})},
    "aws:lambda/permission:Permission": const(principal="sns.amazonaws.com"),
    "aws:lb/listener:Listener": lambda w: {"loadBalancerArn": _second_balancer(w)},
    "aws:lb/listenerRule:ListenerRule": lambda w: {"listenerArn": _second_listener(w)},
    "aws:lb/loadBalancer:LoadBalancer": const(internal=True),
    "aws:lb/targetGroup:TargetGroup": const(port=5001),
    "aws:rds/cluster:Cluster": const(databaseName="replaced"),
    "aws:rds/clusterEndpoint:ClusterEndpoint": const(clusterEndpointIdentifier="replaced"),
    "aws:rds/clusterInstance:ClusterInstance": const(identifier="replaced"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": const(description="replaced"),
    "aws:rds/instance:Instance": const(dbName="replaced"),
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": lambda w: {
        "sourceDbInstanceArn": w.second(
            "database", "aws:rds/instance:Instance", {**database(w), "identifier": "world-second"}
        )["arn"]
    },
    "aws:rds/parameterGroup:ParameterGroup": const(description="replaced"),
    "aws:rds/proxy:Proxy": lambda w: {"vpcSubnetIds": [w.subnet_a.id]},
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": lambda w: {"dbProxyName": _second_proxy(w)},
    "aws:rds/proxyEndpoint:ProxyEndpoint": const(dbProxyEndpointName="replaced"),
    "aws:rds/proxyTarget:ProxyTarget": lambda w: {"dbProxyName": _second_proxy(w)},
    "aws:rds/subnetGroup:SubnetGroup": const(name="replaced"),
    "aws:route53/record:Record": const(name="b.world.example.com"),
    "aws:route53/zone:Zone": const(name="replaced.example.com"),
    "aws:scheduler/schedule:Schedule": const(name="replaced"),
    "aws:scheduler/scheduleGroup:ScheduleGroup": const(name="replaced"),
    "aws:secretsmanager/secret:Secret": const(name="world/replaced"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": lambda w: {"secretArn": _second_secret(w)},
    "aws:secretsmanager/secretRotation:SecretRotation": lambda w: {"secretId": _second_secret(w)},
    "aws:secretsmanager/secretVersion:SecretVersion": const(secretString=Secret("replaced")),
    "aws:servicediscovery/httpNamespace:HttpNamespace": const(name="replaced"),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": const(name="replaced.internal"),
    "aws:servicediscovery/service:Service": const(name="replaced"),
    "aws:sns/topic:Topic": const(name="replaced"),
    "aws:sns/topicPolicy:TopicPolicy": lambda w: {"arn": w.second("topic", "aws:sns/topic:Topic").id},
    "aws:sns/topicSubscription:TopicSubscription": const(endpoint="replaced@example.com"),
    "aws:sqs/queue:Queue": const(name="replaced"),
    "aws:sqs/queuePolicy:QueuePolicy": lambda w: {"queueUrl": w.second("queue", "aws:sqs/queue:Queue").id},
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": lambda w: {
        "queueUrl": w.second("queue", "aws:sqs/queue:Queue").id
    },
    "aws:sqs/redrivePolicy:RedrivePolicy": lambda w: {"queueUrl": w.second("queue", "aws:sqs/queue:Queue").id},
    "aws:ssm/parameter:Parameter": const(name="/world/replaced"),
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": lambda w: {"securityGroupId": w.group.id},
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": lambda w: {"securityGroupId": w.other_group.id},
    "aws:wafv2/webAcl:WebAcl": const(name="replaced"),
    "aws:wafv2/webAclAssociation:WebAclAssociation": lambda w: {"resourceArn": _second_balancer(w)},
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": lambda w: {
        "resourceArn": w.second("acl", "aws:wafv2/webAcl:WebAcl", web_acl())["arn"]
    },
    **{
        f"aws:s3/{name[0].lower()}{name[1:]}:{name}": const(bucket="replaced")
        if name == "Bucket"
        else _to_second_bucket
        for name in (
            "Bucket",
            "BucketCorsConfiguration",
            "BucketLifecycleConfiguration",
            "BucketLogging",
            "BucketNotification",
            "BucketOwnershipControls",
            "BucketPolicy",
            "BucketPublicAccessBlock",
            "BucketServerSideEncryptionConfiguration",
            "BucketVersioning",
        )
    },
}
"""Properties whose change makes a new resource, which is then made beside the old one or after it."""

NOT_REPLACED = {
    "aws:cloudfront/cachePolicy:CachePolicy": "CloudFront changes every property in place, the name too",
    "aws:cloudfront/originAccessControl:OriginAccessControl": "CloudFront changes every property in place",
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": "CloudFront changes every property in place",
    "aws:cloudfront/vpcOrigin:VpcOrigin": "CloudFront changes every property in place",
}
