"""What a stack costs a month while nobody uses it: the fixed prices of what it holds.

What is paid by use (requests, traffic, stored objects, logs) is named and not guessed. A type, or a part of a resource,
without a price here is listed as such, never counted as nothing. Prices, with their date, region and source:
`prices.json`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.changes import short_type
from operations.cost_rules import RULES
from operations.price_list import Part, Rule, basis, prices
from operations.state import Resource, outputs, standing

__all__ = ["Estimate", "Line", "estimate", "prices", "prices_of"]

Properties = Mapping[str, Any]


def _scans(found: Properties) -> str:
    return "scans by Inspector" if found.get("scanType") == "ENHANCED" else ""


def _insights(found: Properties) -> str:
    settings = {setting.get("name"): setting.get("value") for setting in found.get("settings") or ()}
    return "metrics of Container Insights" if settings.get("containerInsights", "disabled") != "disabled" else ""


def _agents(found: Properties) -> str:
    return "metrics and logs of Container Insights" if "observability" in str(found.get("addonName")) else ""


BY_USE: Mapping[str, str | Callable[[Properties], str]] = {
    "aws:appautoscaling/policy:Policy": "alarms that AWS makes for it",
    "aws:cloudfront/distribution:Distribution": "requests and traffic out",
    "aws:cloudfront/function:Function": "invocations",
    "aws:cloudwatch/logDelivery:LogDelivery": "text delivered",
    "aws:cloudwatch/logGroup:LogGroup": "text written and kept",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "the metric, in hours in which it has values",
    "aws:ec2/flowLog:FlowLog": "text written and kept",
    "aws:ec2/natGateway:NatGateway": "traffic through it",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "traffic through interface endpoints",
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": _scans,
    "aws:ecr/repository:Repository": "images kept",
    "aws:ecs/cluster:Cluster": _insights,
    "aws:ecs/service:Service": "tasks above the least, while autoscaling runs them",
    "aws:efs/fileSystem:FileSystem": "files kept and throughput",
    "aws:eks/addon:Addon": _agents,
    "aws:eks/cluster:Cluster": "nodes and Auto Mode's share of them; more in extended support",
    "aws:elasticache/replicationGroup:ReplicationGroup": "snapshots",
    "aws:elasticache/serverlessCache:ServerlessCache": "data above the least, and requests",
    "aws:kms/key:Key": "requests, and a dollar a month for each of the first two rotations",
    "aws:lambda/function:Function": "invocations",
    "aws:lb/loadBalancer:LoadBalancer": "capacity units (connections, traffic, rules)",
    "aws:backup/vault:Vault": "backups kept",
    "aws:rds/cluster:Cluster": "storage, requests to it, and backups",
    "aws:rds/clusterInstance:ClusterInstance": "capacity above the least, and text of enhanced monitoring",
    "aws:rds/instance:Instance": "backups larger than the storage, text of enhanced monitoring, CPU credits",
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": "backups and their traffic",
    "aws:route53/zone:Zone": "queries",
    "aws:s3/bucket:Bucket": "objects kept and requests",
    "aws:scheduler/schedule:Schedule": "invocations, and Fargate while its tasks run",
    "aws:secretsmanager/secret:Secret": "requests",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "queries",
    "aws:servicediscovery/service:Service": "requests to discover it",
    "aws:sns/topic:Topic": "messages",
    "aws:sqs/queue:Queue": "messages",
    "aws:wafv2/webAcl:WebAcl": "requests",
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": "text delivered",
    "kubernetes:karpenter.sh/v1:NodePool": "EC2 instances for the pods, and Auto Mode's share of them",
}
"""Types of which all, or something beside a fixed price, is paid once it is used, and what that is; empty where a
resource has nothing of the kind."""

_FREE: Mapping[str, str] = {
    "acm": "CertificateValidation",
    "appautoscaling": "ScheduledAction Target",
    "backup": "VaultPolicy",
    "chatbot": "SlackChannelConfiguration TeamsChannelConfiguration",
    "cloudfront": "CachePolicy OriginAccessControl OriginRequestPolicy ResponseHeadersPolicy VpcOrigin",
    "cloudwatch": "EventRule EventTarget LogDeliveryDestination LogDeliverySource LogResourcePolicy QueryDefinition",
    "ec2": "DefaultSecurityGroup InternetGateway Route RouteTable RouteTableAssociation SecurityGroup SecurityGroupRule"
    " Subnet Vpc",
    "ecr": "LifecyclePolicy RepositoryPolicy",
    "ecs": "ClusterCapacityProviders TaskDefinition",
    "efs": "FileSystemPolicy MountTarget",
    "eks": "AccessEntry AccessPolicyAssociation PodIdentityAssociation",
    "elasticache": "ParameterGroup SubnetGroup User UserGroup",
    "kms": "Alias KeyPolicy",
    "lambda": "Alias EventSourceMapping Invocation Permission",
    "lb": "Listener ListenerCertificate ListenerRule TargetGroup TargetGroupAttachment",
    "rds": "ClusterParameterGroup ParameterGroup ProxyDefaultTargetGroup ProxyTarget SubnetGroup",
    "route53": "Record",
    "s3": "BucketCorsConfiguration BucketLifecycleConfiguration BucketLogging BucketNotification"
    " BucketOwnershipControls BucketPolicy BucketPublicAccessBlock BucketServerSideEncryptionConfiguration"
    " BucketVersioning",
    "scheduler": "ScheduleGroup",
    "secretsmanager": "SecretPolicy SecretRotation SecretVersion",
    "servicediscovery": "HttpNamespace",
    "sns": "TopicPolicy TopicSubscription",
    "sqs": "QueuePolicy RedriveAllowPolicy RedrivePolicy",
    "vpc": "SecurityGroupEgressRule SecurityGroupIngressRule",
    "wafv2": "IpSet RegexPatternSet RuleGroup WebAclAssociation",
}  # fmt: skip
MADE_OF = RULES.keys() | {
    "aws:appautoscaling/scheduledAction:ScheduledAction",
    "aws:appautoscaling/target:Target",
    "aws:ecs/taskDefinition:TaskDefinition",
    "aws:rds/proxyTarget:ProxyTarget",
}
"""Types whose properties the price of a stack is made of."""
FREE = frozenset(
    f"aws:{module}/{name[0].lower()}{name[1:]}:{name}" for module, names in _FREE.items() for name in names.split()
)
"""Types that are never billed themselves. All of `aws:iam/` is free too."""


@dataclass(frozen=True)
class Line:
    """What one resource costs."""

    what: str
    """Type and logical name, `rds.Instance main`."""
    monthly: float
    """US dollars a month."""
    how: str
    """What was multiplied."""


@dataclass(frozen=True)
class Estimate:
    """What a stack costs a month."""

    lines: Sequence[Line]
    """Dearest first."""
    by_use: Mapping[str, str]
    """Type -> what is paid for once it is used."""
    unpriced: Sequence[str]
    """Resources that cost something nobody here knows; where only a part is unknown, it follows in brackets."""
    region: str = ""
    """Where most of the stack is; the prices may be another's. Empty where no resource tells."""

    @property
    def monthly(self) -> float:
        """US dollars a month, of what has a price."""
        return sum(line.monthly for line in self.lines)


def estimate(resources: Iterable[Resource]) -> Estimate:
    """The fixed cost of a stack's state, as `pulumi stack export` gives it."""
    held = [r for r in standing(resources) if str(r.get("type", "")).startswith("aws:") or r.get("type") in BY_USE]
    lines, unpriced, by_use = list[Line](), list[str](), dict[str, str]()
    for resource in held:
        kind = str(resource["type"])
        what = f"{short_type(kind)} {str(resource['urn']).rsplit('::', 1)[-1]}"
        paid = BY_USE.get(kind, "")
        paid = paid if isinstance(paid, str) else paid(outputs(resource))
        if paid:
            by_use[kind] = paid
        if kind in RULES:
            priced = _priced(RULES[kind], resource, held)
            lines += [Line(what, amount, how) for amount, how in priced if amount is not None]
            unpriced += _gaps(what, priced)
        elif kind not in BY_USE and kind not in FREE and not kind.startswith("aws:iam/"):
            unpriced.append(what)
    return Estimate(
        sorted(lines, key=lambda line: (-line.monthly, line.what)), by_use, sorted(unpriced), region=_region(held)
    )


def _priced(rule: Rule, resource: Resource, held: Sequence[Resource]) -> list[Part]:
    """What a resource costs; nothing where its state lacks, or does not know yet, what the price is made of."""
    try:
        return list(rule(resource, held))
    except (KeyError, TypeError, ValueError, AttributeError):
        return []


def _gaps(what: str, priced: Sequence[Part]) -> list[str]:
    """What of a resource has no price: all of it, or the parts that say so."""
    missing = [how for amount, how in priced if amount is None]
    return [what] if len(missing) == len(priced) else [f"{what} ({how})" for how in missing]


def _region(held: Sequence[Resource]) -> str:
    named = Counter(region for r in held if isinstance(region := outputs(r).get("region"), str))
    return named.most_common(1)[0][0] if named else ""


def prices_of(region: str) -> str:
    """Where and when the prices hold, for somebody whose stack is in this region."""
    listed = prices()
    return basis(listed["region"], listed["date"], region)
