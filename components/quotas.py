"""What AWS grants of things of which an environment needs more with each service. Free of Pulumi.

Quotas of an account as a whole, such as the vCPUs of Fargate, are not here: nobody knows what else uses them
(docs/quotas.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components.constraints import Problem
from components.dashboards.saved_queries import QUERIES

ALB_QUOTAS = "docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"
VPC_QUOTAS = "docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html"
IAM_QUOTAS = "docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"
LOGS_QUOTAS = "docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html"

LISTENER_RULES = 100
"""Rules of one load balancer beside the default ones; AWS raises it."""
TARGET_GROUPS = 100
"""Target groups of one load balancer; AWS does not raise it."""
SECURITY_GROUP_RULES = 60
"""Rules of a security group in one direction; AWS raises it."""
MOST_GROUP_RULES = 200
"""What that can be raised to with the five security groups that a network interface has by default: 1,000 in all."""
SAVED_QUERIES = 1_000
"""Saved queries of CloudWatch Logs in one region of an account; AWS does not raise it."""
SECRETS_QUOTAS = "docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html"
DATABASE_USERS = 60
"""Users of one database: the secret that says who may sign in has some 700 bytes for each, of 65,536, and room to
spare."""

BALANCER = "the load balancer"
"""Whose security group has a way out to each public service on ECS."""


@dataclass(frozen=True, kw_only=True)
class Routed:
    """What a public service takes of the load balancer."""

    rules: int
    """Listener rules."""
    groups: int
    """Target groups."""


def routed(*, eks: bool, waits: bool, paired: bool) -> Routed:
    """One rule and one target group; on EKS, or where rules wait for tasks, a rule more that attaches the group; and
    with two target groups to move requests between, another of both."""
    second = paired and not eks
    return Routed(rules=1 + (eks or waits) + second, groups=1 + second)


def balancer_problems(services: Sequence[Routed], listener_rules: int) -> list[Problem]:
    """All public services hang behind one load balancer."""
    rules, groups = sum(one.rules for one in services), sum(one.groups for one in services)
    problems = []
    if rules > listener_rules:
        problems.append(
            Problem(
                key="quotas.listener_rules",
                value=listener_rules,
                reason=f"{len(services)} public services need {rules} listener rules",
                remedy="have AWS raise the quota and write it here, or answer for several by one service",
                source=ALB_QUOTAS,
            )
        )
    if groups > TARGET_GROUPS:
        problems.append(
            Problem(
                key="services",
                value=f"{len(services)} public ones",
                reason=f"they need {groups} target groups, and a load balancer has {TARGET_GROUPS}, which AWS does not "
                "raise",
                remedy="answer for several by one service, or move some to an environment of their own",
                source=ALB_QUOTAS,
            )
        )
    return problems


def security_group_problems(needed: Mapping[str, int], allowed: int) -> list[Problem]:
    """Whose security group needs more rules in one direction than it may have; `needed` by what it belongs to."""
    return [
        Problem(
            key="quotas.security_group_rules",
            value=allowed,
            reason=f"the security group of {whose} needs {count} rules in one direction, one a service",
            remedy="have AWS raise the quota and write it here, or spread the services"
            if whose == BALANCER
            else "spread the services over several, or have AWS raise the quota and write it here",
            source=VPC_QUOTAS,
        )
        for whose, count in needed.items()
        if count > allowed
    ]


def user_problems(database: str, users: int) -> list[Problem]:
    """Each service and each tenant signs in as a user of its own."""
    if users <= DATABASE_USERS:
        return []
    return [
        Problem(
            key=f"databases.{database}",
            value=f"the database of {users} services and tenants",
            reason=f"{DATABASE_USERS} users are the most: one secret says who may sign in, and a secret holds 64 KiB",
            remedy="spread them over several databases",
            source=SECRETS_QUOTAS,
        )
    ]


def query_problems(services: int) -> list[Problem]:
    """Saved queries are counted in an account's region."""
    queries = services * len(QUERIES)
    if queries <= SAVED_QUERIES:
        return []
    return [
        Problem(
            key="observability.saved_queries",
            value=True,
            reason=f"{services} services have {queries} saved queries, and AWS keeps "
            f"{SAVED_QUERIES:,} in a region of an account, which it does not raise",
            remedy="set it to false",
            source=LOGS_QUOTAS,
        )
    ]
