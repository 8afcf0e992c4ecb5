"""Differences that are nobody's doing: what AWS writes its own way, and what the stack leaves to AWS and to rotation.

An entry holds for a type, a property and a condition; all three have to fit. What is known to be harmless only in
certain cases says so in its condition: a doubt makes a difference real. `operations.drift.page` writes the table into
docs/drift.md.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Final

from operations.drift import conditions
from operations.drift.model import Kind
from operations.drift.seeing import Seen
from operations.properties import parts

PROVIDER: Final = "https://github.com/hashicorp/terraform-provider-aws"
AWS: Final = "https://docs.aws.amazon.com"


@dataclass(frozen=True, kw_only=True)
class Benign:
    """One entry of the table."""

    name: str
    """Short, unique."""
    types: Sequence[str]
    """Type tokens; `*` stands for anything."""
    paths: Sequence[str] = ()
    """Property paths, or what they begin with; `*` stands for one part, or a part of one. Empty for whole resources."""
    reason: str
    """Why it is harmless, as a clause."""
    source: str
    """URL, or page of docs/."""
    holds: Callable[[Seen], bool] = conditions.always
    """The condition beside type and property."""
    condition: str = ""
    """The same in words; empty where there is none."""
    kind: Kind = "changed"

    def fits(self, seen: Seen) -> bool:
        """Whether a difference is this one."""
        if seen.kind != self.kind or not any(fnmatchcase(seen.change.type, token) for token in self.types):
            return False
        if self.paths and not any(begins(seen.path, pattern) for pattern in self.paths):
            return False
        return self.holds(seen)


def begins(path: str, pattern: str) -> bool:
    """Whether a path is the named one or lies below it; `*` stands for one part, or for a part of its text."""
    have, want = parts(path), parts(pattern.replace("[*]", ".*"))
    if len(have) < len(want):
        return False
    return all(fnmatchcase(str(part), str(named)) for part, named in zip(have, want, strict=False))


def known(seen: Seen) -> Benign | None:
    """The entry that a difference is known by."""
    return next((entry for entry in TABLE if entry.fits(seen)), None)


SETS: Mapping[str, Sequence[str]] = {
    "aws:cloudfront/distribution:Distribution": ("aliases", "origins", "customErrorResponses"),
    "aws:cloudwatch/*": ("alarmActions", "okActions", "insufficientDataActions", "metricQueries", "logGroupNames"),
    "aws:ec2/*": ("subnetIds", "securityGroupIds", "routeTableIds", "ingress", "egress", "securityGroups"),
    "aws:ecs/cluster:Cluster": ("settings",),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": (
        "capacityProviders",
        "defaultCapacityProviderStrategies",
    ),
    "aws:ecs/service:Service": ("capacityProviderStrategies", "loadBalancers", "networkConfiguration"),
    "aws:ecs/taskDefinition:TaskDefinition": ("requiresCompatibilities", "volumes"),
    "aws:eks/*": ("vpcConfig", "enabledClusterLogTypes"),
    "aws:elasticache/*": (
        "securityGroupIds",
        "userGroupIds",
        "userIds",
        "subnetIds",
        "parameters",
        "logDeliveryConfigurations",
    ),
    "aws:iam/*": ("clientIdLists", "managedPolicyArns"),
    "aws:lambda/function:Function": ("architectures",),
    "aws:lb/*": ("securityGroups", "subnets", "subnetMappings", "conditions"),
    "aws:rds/*": ("vpcSecurityGroupIds", "enabledCloudwatchLogsExports", "subnetIds", "parameters"),
    "aws:route53/record:Record": ("records",),
    "aws:wafv2/*": ("rules", "logDestinationConfigs", "redactedFields"),
}
"""Properties whose order says nothing."""

DOCUMENTS: Mapping[str, Sequence[str]] = {
    "aws:cloudwatch/dashboard:Dashboard": ("dashboardBody",),
    "aws:cloudwatch/eventRule:EventRule": ("eventPattern",),
    "aws:cloudwatch/eventTarget:EventTarget": ("input",),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": ("policy",),
    "aws:scheduler/schedule:Schedule": ("target",),
    "aws:sns/topicSubscription:TopicSubscription": ("filterPolicy", "redrivePolicy"),
    "aws:sqs/queue:Queue": ("redrivePolicy", "redriveAllowPolicy"),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": ("redriveAllowPolicy",),
}
"""Properties that hold a JSON document."""

DEFAULTS: Mapping[tuple[str, str], Any] = {
    ("aws:ecs/service:Service", "availabilityZoneRebalancing"): "ENABLED",
    ("aws:eks/cluster:Cluster", "accessConfig.bootstrapClusterCreatorAdminPermissions"): True,
    ("aws:lb/targetGroup:TargetGroup", "ipAddressType"): "ipv4",
    ("aws:lb/targetGroup:TargetGroup", "protocolVersion"): "HTTP1",
    ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "transitionDefaultMinimumObjectSize"): (
        "all_storage_classes_128K"
    ),
}
"""What AWS fills in where nothing was asked for."""


def _pairs(table: Mapping[str, Sequence[str]]) -> Callable[[Seen], bool]:
    """Whether the table names the type together with the property."""
    return lambda seen: any(
        fnmatchcase(seen.change.type, token) and seen.top in names for token, names in table.items()
    )


def _filled(seen: Seen) -> bool:
    return conditions.asked_nothing(seen) and any(
        seen.change.type == token and seen.path == path and seen.found == value and type(seen.found) is type(value)
        for (token, path), value in DEFAULTS.items()
    )


TABLE: Final[Sequence[Benign]] = (
    Benign(
        name="aws-tags",
        types=("aws:*",),
        paths=("tags", "tagsAll"),
        reason="AWS writes tags of its own, which nobody else can change",
        source=f"{AWS}/whitepapers/latest/tagging-best-practices/what-are-tags.html",
        holds=conditions.only_tags_of_aws,
        condition="the tag, or each that came, begins with `aws:`",
    ),
    Benign(
        name="tags-of-provider",
        types=("aws:*",),
        paths=("tagsAll",),
        reason="tagsAll repeats `tags`, which is compared by itself",
        source="https://github.com/pulumi/pulumi-aws/issues/4080",
        holds=conditions.repeats_tags,
        condition="no tag in it is unknown to `tags`",
    ),
    Benign(
        name="same-order-of-a-set",
        types=tuple(SETS),
        paths=tuple(sorted({name for names in SETS.values() for name in names})),
        reason="the order of a set says nothing; AWS returns it in its own",
        source="https://github.com/pulumi/pulumi/issues/16072",
        holds=lambda seen: _pairs(SETS)(seen) and conditions.same_set(seen),
        condition="the same members, as often",
    ),
    Benign(
        name="same-policy",
        types=("aws:*",),
        paths=("policy", "policyDocument", "assumeRolePolicy", "inlinePolicies", "accessPolicies"),
        reason="AWS orders a policy its own way, and writes accounts as ARNs",
        source=f"{PROVIDER}/issues/21968",
        holds=conditions.same_policy,
        condition="the documents allow and deny the same",
    ),
    Benign(
        name="same-document",
        types=tuple(DOCUMENTS),
        paths=tuple(sorted({name for names in DOCUMENTS.values() for name in names})),
        reason="a JSON document that is laid out otherwise is the same",
        source=f"{PROVIDER}/issues/150",
        holds=lambda seen: _pairs(DOCUMENTS)(seen) and conditions.same_json(seen),
        condition="both hold the same values",
    ),
    Benign(
        name="same-containers",
        types=("aws:ecs/taskDefinition:TaskDefinition",),
        paths=("containerDefinitions",),
        reason="ECS orders variables its own way and fills in defaults",
        source=f"{PROVIDER}/pull/36029",
        holds=conditions.same_containers,
        condition="the same containers run with the same variables, ports and secrets",
    ),
    Benign(
        name="nothing-is-empty",
        types=("aws:*",),
        paths=("*",),
        reason="AWS writes nothing as null, as an empty text, list or map, by turns",
        source="https://github.com/pulumi/pulumi/issues/16072",
        holds=conditions.both_nothing,
        condition="both sides are empty; `false` and 0 are not",
    ),
    Benign(
        name="default-filled-in",
        types=tuple(sorted({token for token, _ in DEFAULTS})),
        paths=tuple(sorted({path for _, path in DEFAULTS})),
        reason="AWS fills in its default where nothing was asked for",
        source=f"{PROVIDER}/issues/43238",
        holds=_filled,
        condition="nothing was asked for, and AWS has its default: "
        + ", ".join(f"{path} {value!r}" for (_, path), value in DEFAULTS.items()),
    ),
    Benign(
        name="lower-case",
        types=("aws:rds/*", "aws:elasticache/*"),
        paths=("*aintenanceWindow", "*ackupWindow", "snapshotWindow", "*dentifier", "replicationGroupId", "name"),
        reason="RDS and ElastiCache keep windows and names in lower case",
        source="https://github.com/hashicorp/terraform/issues/2719",
        holds=conditions.same_but_case,
        condition="only the case differs",
    ),
    Benign(
        name="dns-name",
        types=("aws:route53/*", "aws:acm/*"),
        paths=("name", "fqdn", "domainName", "aliases[*].name", "records", "subjectAlternativeNames"),
        reason="names in DNS know no case, and may end with a dot",
        source=f"{PROVIDER}/pull/3119",
        holds=conditions.same_host,
        condition="only the case or the last dot differs; `dualstack.` before a name is another name",
    ),
    Benign(
        name="blue-green-weights",
        types=("aws:lb/listenerRule:ListenerRule", "aws:alb/listenerRule:ListenerRule"),
        paths=("actions",),
        reason="ECS moves requests between a service's two target groups with each deployment",
        source="https://github.com/go-to-k/cdk-real-drift/issues/1730",
        holds=conditions.is_shifted_by_ecs,
        condition="a service of the stack shifts this rule, and it leads to that service's two target groups only",
    ),
    Benign(
        name="blue-green-groups",
        types=("aws:ecs/service:Service",),
        paths=("loadBalancers",),
        reason="with each deployment ECS changes which of a service's two target groups is the live one",
        source="docs/deploys.md",
        holds=conditions.has_the_same_groups,
        condition="the same two target groups, the other way round",
    ),
    Benign(
        name="autoscaled-tasks",
        types=("aws:ecs/service:Service",),
        paths=("desiredCount",),
        reason="Auto Scaling owns the number of tasks",
        source=f"{AWS}/AmazonECS/latest/developerguide/service-auto-scaling.html",
        holds=conditions.within_scaling,
        condition="between the least and the most that the stack's scaling allows",
    ),
    Benign(
        name="scheduled-capacity",
        types=("aws:appautoscaling/target:Target",),
        paths=("minCapacity", "maxCapacity"),
        reason="a scheduled action has set it: the service sleeps, or was woken",
        source="https://github.com/terraform-aws-modules/terraform-aws-ecs/issues/422",
        holds=conditions.is_scheduled,
        condition="a scheduled action of the stack sets this very number on this target",
    ),
    Benign(
        name="grown-storage",
        types=("aws:rds/instance:Instance",),
        paths=("allocatedStorage",),
        reason="storage grows by itself and can't shrink",
        source="https://github.com/crossplane-contrib/provider-aws/issues/2306",
        holds=conditions.has_grown,
        condition="more than asked, and no more than max_storage_gib",
    ),
    Benign(
        name="minor-release",
        types=("aws:rds/*", "aws:elasticache/replicationGroup:ReplicationGroup"),
        paths=("engineVersion",),
        reason="AWS installs minor releases by itself",
        source=f"{PROVIDER}/pull/49496",
        holds=conditions.is_minor_release,
        condition="a later one of the same major version, and minor releases are automatic",
    ),
    Benign(
        name="zone-after-failover",
        types=("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance"),
        paths=("availabilityZone",),
        reason="after a failover the standby's zone is the database's",
        source="https://github.com/terraform-aws-modules/terraform-aws-rds/pull/561",
        holds=conditions.fails_over,
        condition="the database has a standby in another zone",
    ),
    Benign(
        name="apply-method",
        types=("aws:rds/parameterGroup:ParameterGroup", "aws:rds/clusterParameterGroup:ClusterParameterGroup"),
        paths=("parameters",),
        reason="AWS always answers pending-reboot for how a parameter was applied",
        source="https://github.com/pulumi/pulumi-aws/issues/2442",
        holds=conditions.same_parameters,
        condition="the same parameters have the same values",
    ),
    Benign(
        name="renewed-certificate",
        types=("aws:acm/certificate:Certificate",),
        paths=("notAfter", "notBefore", "renewalEligibility", "renewalSummaries", "pendingRenewal"),
        reason="ACM renews certificates by itself, under the same ARN",
        source=f"{AWS}/acm/latest/userguide/managed-renewal.html",
    ),
    Benign(
        name="thumbprints",
        types=("aws:iam/openIdConnectProvider:OpenIdConnectProvider",),
        paths=("thumbprintLists",),
        reason="AWS checks these issuers' certificates itself and goes by no thumbprint",
        source="https://github.com/mattermost/mattermost-cloud-monitoring/pull/864",
        holds=conditions.is_a_known_issuer,
        condition="of GitHub, GitLab, Google or Auth0",
    ),
    Benign(
        name="function-times",
        types=("aws:lambda/function:Function",),
        paths=("lastModified", "version", "qualifiedArn", "qualifiedInvokeArn"),
        reason="Lambda notes when a function was changed last, by whatever",
        source="https://github.com/pulumi/pulumi/issues/16072",
    ),
    Benign(
        name="confirmed-subscription",
        types=("aws:sns/topicSubscription:TopicSubscription",),
        paths=("pendingConfirmation", "confirmationWasAuthenticated"),
        reason="somebody has followed the link that subscribes an address",
        source=f"{AWS}/sns/latest/api/API_ConfirmSubscription.html",
    ),
    Benign(
        name="rotation-tags",
        types=("aws:secretsmanager/secret:Secret",),
        paths=("tags.rotation:*", "tagsAll.rotation:*"),
        reason="rotation notes in tags how far it is",
        source="docs/keys.md",
    ),
    Benign(
        name="rotated-password",
        types=("aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:elasticache/user:User"),
        paths=("password", "masterPassword", "passwords", "authenticationMode.passwords"),
        reason="rotation changes it, and AWS never tells it",
        source="docs/keys.md",
    ),
    Benign(
        name="restarted-pods",
        types=("kubernetes:apps/v1:Deployment",),
        paths=('spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]',),
        reason="a rotation restarts pods this way",
        source="https://github.com/hashicorp/terraform-provider-kubernetes/issues/2304",
    ),
    Benign(
        name="kubernetes-bookkeeping",
        types=("kubernetes:*",),
        paths=(
            "status",
            "metadata.generation",
            "metadata.managedFields",
            "metadata.resourceVersion",
            'metadata.annotations["deployment.kubernetes.io/revision"]',
        ),
        reason="Kubernetes keeps its own books in the object",
        source="https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions",
    ),
)
"""In the order in which they are asked; the first that fits names the difference."""
