"""How it is no longer written down what happened."""

from policies.graph import Resource
from tests.policies.mutations.mutation import Mutation, drop, put, without

NEEDED_BY_PROD = ("staging", "prod")
"""Where the hosts of databases are measured; dev leaves that out by design."""


def on_cloudfront(source: Resource) -> bool:
    return bool(source.properties["logType"] == "ACCESS_LOGS")


MUTATIONS = [
    Mutation(rule="access-logs", change=put("aws:lb/loadBalancer:LoadBalancer", "accessLogs.enabled", False)),
    Mutation(rule="access-logs", change=without("aws:s3/bucketLogging:BucketLogging")),
    Mutation(rule="access-logs", change=without("aws:cloudwatch/logDeliverySource:LogDeliverySource", on_cloudfront)),
    Mutation(rule="flow-logs", change=without("aws:ec2/flowLog:FlowLog")),
    Mutation(rule="flow-logs", change=put("aws:ec2/flowLog:FlowLog", "trafficType", "ACCEPT")),
    Mutation(
        rule="rds-logs",
        change=put("aws:rds/instance:Instance", "enabledCloudwatchLogsExports", ["upgrade"]),
        environments=NEEDED_BY_PROD,
    ),
    Mutation(
        rule="rds-logs",
        change=put("aws:rds/instance:Instance", "monitoringInterval", 0),
        environments=NEEDED_BY_PROD,
    ),
    Mutation(rule="cluster-logs", change=put("aws:ecs/cluster:Cluster", "settings.0.value", "disabled")),
    Mutation(
        rule="cluster-logs",
        change=put("aws:eks/cluster:Cluster", "enabledClusterLogTypes", ["scheduler"]),
        compute="eks",
    ),
    Mutation(rule="log-retention", change=drop("aws:cloudwatch/logGroup:LogGroup", "retentionInDays")),
    Mutation(rule="waf-logging", change=without("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration")),
]
