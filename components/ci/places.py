"""Where a continuous integration's roles may act: the ARNs of each service, as narrow as names that we fix allow.

What Pulumi or AWS names is narrowed to account and region. Source of the ARNs' forms, one page a service:
docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.access import Scope

EDGE_REGION = "us-east-1"
"""Region of CloudFront's certificates, firewall, logs and alarms."""
EDGE_SERVICES = ("acm", "cloudwatch", "kms", "logs", "sns", "wafv2")
BACKUP_SERVICES = ("kms", "rds")
RECORDS = "releases"
"""Folder of the state's bucket that tells of releases (operations/promotion/records/store.py)."""

REGIONAL: Mapping[str, Sequence[str]] = {
    "kms": ("key/*", "alias/{prefix}-*"),
    "lambda": ("function:{prefix}-*",),
    "secretsmanager": ("secret:{namespace}/*",),
    "sns": ("{prefix}-*",),
    "sqs": ("{prefix}-*",),
}
"""Service to what follows account and region in its ARNs; `*` for all others."""

OTHERS: Mapping[str, Sequence[str]] = {
    "chatbot": ("arn:{partition}:chatbot::{account}:*",),
    "cloudfront": ("arn:{partition}:cloudfront::{account}:*",),
    "cloudwatch": ("arn:{partition}:cloudwatch::{account}:dashboard/*",),
    "ec2": ("arn:{partition}:ec2:{region}:aws:prefix-list/*",),
    "iam": tuple(f"arn:{{partition}}:iam::{{account}}:{kind}/*" for kind in ("role", "policy", "oidc-provider")),
    "rds": ("arn:{partition}:rds::{account}:global-cluster:*",),
    "route53": ("arn:{partition}:route53:::hostedzone/*", "arn:{partition}:route53:::change/*"),
    "s3": ("arn:{partition}:s3:::{prefix}-*",),
    # A web ACL is associated with a load balancer: the action is asked of both.
    "wafv2": ("arn:{partition}:elasticloadbalancing:{region}:{account}:loadbalancer/app/*",),
}
"""Service to its ARNs that name no region, no account, or another service's resource."""
NOT_REGIONAL = ("chatbot", "cloudfront", "iam", "route53", "s3")


@dataclass(frozen=True, kw_only=True)
class Reach:
    """What of an account belongs to the environment."""

    scope: Scope
    """Account, region and name space."""
    edge: bool = False
    """Whether CloudFront is in use, some of whose parts are in us-east-1."""
    backup_regions: Sequence[str] = ()
    """Regions that databases are copied to."""
    other_regions: Sequence[str] = ()
    """Regions that what runs may read from besides, such as the registry's."""
    repositories: Sequence[str] = ()
    """ARNs of the repositories that images come from, in whichever account they are."""
    filled_buckets: Sequence[str] = ()
    """Physical names of buckets whose objects a deployment writes: sites."""
    emptied_buckets: Sequence[str] = ()
    """Physical names of buckets that a deployment empties when it deletes them (force_destroy)."""
    cluster_principals: Sequence[str] = ()
    """ARNs of roles and users that a cluster of EKS lets in; none: it is not given access entries."""
    deletion_days: int = 30
    """Waiting period with which keys are deleted, in days; no shorter one is allowed."""

    @property
    def regions(self) -> list[str]:
        """Every region in which anything of the environment may be."""
        edge = [EDGE_REGION] if self.edge else []
        return list(dict.fromkeys([self.scope.region, *edge, *self.backup_regions, *self.other_regions]))

    @property
    def state_bucket(self) -> str:
        """ARN of the bucket that `headroom bootstrap` makes for Pulumi's state."""
        return f"arn:{self.scope.partition}:s3:::headroom-state-{self.scope.account}-{self.scope.region}"

    @property
    def records(self) -> str:
        """ARN of the objects in it that tell of the environment's releases."""
        return f"{self.state_bucket}/{RECORDS}/{self.scope.namespace.rpartition('/')[2]}/*"


def places(reach: Reach, service: str) -> list[str]:
    """Patterns of the ARNs on which a role may use a service's actions."""
    scope = reach.scope
    regions = [scope.region]
    if reach.edge and service in EDGE_SERVICES:
        regions.append(EDGE_REGION)
    if service in BACKUP_SERVICES:
        regions += [region for region in reach.backup_regions if region not in regions]
    known = {
        "partition": scope.partition,
        "region": scope.region,
        "account": scope.account,
        "prefix": scope.prefix,
        "namespace": scope.namespace,
    }
    found = (
        []
        if service in NOT_REGIONAL
        else [
            f"arn:{scope.partition}:{service}:{region}:{scope.account}:{resource.format(**known)}"
            for region in regions
            for resource in REGIONAL.get(service, ("*",))
        ]
    )
    return [*found, *(arn.format(**known) for arn in OTHERS.get(service, ()))]
