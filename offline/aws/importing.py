"""Resources that exist already: the ids by which they are imported, and how they compare with a program.

AWS names a resource, and Pulumi's id of it is what its reading needs; some ids are made of several names. AWS's answer
to a bare id holds much that no program writes (defaults, ids that it chose), in AWS's own shapes. So what was imported
is compared as the program asks: each property of the program with what AWS has, in the program's shape; and of what
the program leaves out only what AWS would not choose by itself.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping

from offline.aws import mapping
from offline.aws.model import ResourceType
from offline.aws.values import Properties, plain

MARK = "__imported"
"""Among the inputs of what was imported, until an update makes them the program's."""

PATTERNS: Mapping[str, str | tuple[str, ...]] = {
    "aws:appautoscaling/policy:Policy": "{serviceNamespace}/{resourceId}/{scalableDimension}/{name}",
    "aws:appautoscaling/target:Target": "{serviceNamespace}/{resourceId}/{scalableDimension}",
    "aws:cloudwatch/eventTarget:EventTarget": "{rule}/{targetId}",
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": "{logGroupName}:{name}",
    "aws:cloudwatch/queryDefinition:QueryDefinition": "{before}:query-definition:{id}",
    "aws:ec2/route:Route": "{routeTableId}_{destinationCidrBlock}",
    "aws:ec2/routeTableAssociation:RouteTableAssociation": "{subnetId}/{routeTableId}",
    "aws:ecs/service:Service": "{cluster}/{name}",
    "aws:eks/accessEntry:AccessEntry": "{clusterName}:{principalArn}",
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": "{clusterName}#{principalArn}#{policyArn}",
    "aws:eks/addon:Addon": "{clusterName}:{addonName}",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "{clusterName},{id}",
    "aws:iam/rolePolicy:RolePolicy": "{role}:{name}",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "{role}/{policyArn}",
    "aws:lambda/invocation:Invocation": "{functionName},{qualifier},{resultHash}",
    "aws:lambda/permission:Permission": "{function}/{statementId}",
    "aws:rds/proxyEndpoint:ProxyEndpoint": "{dbProxyName}/{dbProxyEndpointName}",
    "aws:rds/proxyTarget:ProxyTarget": (
        "{dbProxyName}/{targetGroupName}/RDS_INSTANCE/{dbInstanceIdentifier}",
        "{dbProxyName}/{targetGroupName}/TRACKED_CLUSTER/{dbClusterIdentifier}",
    ),
    "aws:route53/record:Record": "{zoneId}_{name}_{type}",
    "aws:scheduler/schedule:Schedule": "{groupName}/{name}",
    "aws:secretsmanager/secretVersion:SecretVersion": "{secretId}|{versionId}",
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": "{id}:{vpc}",
    "aws:wafv2/webAcl:WebAcl": "{id}/{name}/{scope}",
    "aws:wafv2/webAclAssociation:WebAclAssociation": "{webAclArn},{resourceArn}",
}
"""What the provider asks for where a resource's own name does not do, as the import section of each type's page has it.

Source: www.pulumi.com/registry/packages/aws/api-docs (Import)
"""

REFUSED = frozenset(
    {
        "aws:acm/certificateValidation:CertificateValidation",
        "aws:appautoscaling/scheduledAction:ScheduledAction",
    }
)
"""Types without an import.

Source: github.com/hashicorp/terraform-provider-aws/tree/main/internal/service (no Importer), and the same pages
"""

TAKEN: Mapping[str, Mapping[str, object]] = {
    "aws:cloudwatch/eventRule:EventRule": {"state": "ENABLED"},
    "aws:kms/key:Key": {"isEnabled": True},
    "aws:lambda/function:Function": {"snapStart": {"applyOn": "None", "optimizationStatus": "Off"}},
    "aws:lambda/invocation:Invocation": {"qualifier": "$LATEST"},
    "aws:rds/clusterInstance:ClusterInstance": {"autoMinorVersionUpgrade": True},
    "aws:rds/instance:Instance": {"autoMinorVersionUpgrade": True},
    "aws:sqs/queue:Queue": {
        "maxMessageSize": 1_048_576,
        "messageRetentionSeconds": 345_600,
        "visibilityTimeoutSeconds": 30,
    },
}
"""What the provider takes where a program says nothing, and AWS tells in its answers."""


def parts(kind: ResourceType, given: str) -> Properties:
    """What an id tells of the properties, and `id` where it is one name; `...@eu-west-1` is of another region."""
    name, at, region = given.rpartition("@")
    told: Properties = {}
    if at and kind.regional and re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", region):
        told, given = {"region": region}, name
    matches = (_compiled(pattern).fullmatch(given) for pattern in _patterns(kind))
    names = next((match.groupdict() for match in matches if match), {"id": given})
    return {**names, **told}


def _patterns(kind: ResourceType) -> tuple[str, ...]:
    found = PATTERNS.get(kind.token, "{id}")
    return (found,) if isinstance(found, str) else found


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    pieces = re.split(r"\{(\w+)\}", pattern)
    longest = {"resourceId"}  # it holds the separator itself
    text = "".join(
        f"(?P<{piece}>.+{'' if piece in longest else '?'})" if index % 2 else re.escape(piece)
        for index, piece in enumerate(pieces)
    )
    return re.compile(text)


def as_asked(kind: ResourceType, imported: Properties, current: Properties, news: Properties) -> Properties:
    """The inputs to compare with the program's: `current` are the program's as AWS has them now."""
    schema, taken = mapping.sdk(kind), TAKEN.get(kind.token, {})
    chosen = {
        name: value
        for name, value in imported.items()
        if name not in news and name not in schema.computed and name not in kind.replace and not _is_nothing(value)
        if plain(value) != taken.get(name)
    }
    return {**chosen, **current}


def told(kind: ResourceType, imported: Properties) -> Properties:
    """The inputs of what AWS has no reading of: what the id told, as far as the provider would not take it anyway."""
    taken = TAKEN.get(kind.token, {})
    return {name: value for name, value in imported.items() if plain(value) != taken.get(name)}


def kept(kind: ResourceType, imported: Properties, now: Properties) -> Properties:
    """What a later reading has from the import alone: the mark, and the names that the id told."""
    asked = {*re.findall(r"\{(\w+)\}", "".join(_patterns(kind))), "region", MARK}
    return {name: value for name, value in imported.items() if name in asked and name not in now}


def _is_nothing(value: object) -> bool:
    bare = plain(value)
    return bare is None or bare is False or bare in ("", "false", 0, [], {})
