"""A role for people or programs that are no service of the stack: developers, a frontend hosted elsewhere. E2."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope, document
from components.keys.statements import read_own_key
from components.links import KeyLink
from components.queues.statements import QueueName
from components.services.consumer_statements import ConsumerAccess, consumer_role, consumer_statements, consumer_trust

LONGEST_SESSION_SECONDS = 3600
"""Who holds the role's credentials holds them for an hour at most; it is also IAM's default."""


@dataclass(frozen=True, kw_only=True)
class ConsumerArgs:
    """Who may do how much."""

    scope: Scope
    """Account, region and name space."""
    access: ConsumerAccess
    """`read`, `read-write` or `full`; a consumer with `none` needs no role."""
    principals: Sequence[str] = ()
    """ARNs that may take the role; none: what in this account has its name in the tag `headroom:consumer`."""
    buckets: Sequence[str] = ()
    """Names of the environment's buckets in the settings."""
    published: Sequence[str] = ()
    """Those of them whose objects only deployments write."""
    queues: Sequence[QueueName] = ()
    """The environment's queues."""
    bucket_key: KeyLink
    """Key of the buckets."""
    service_key: KeyLink
    """Key of the services' secrets, of the queues and of API keys."""
    has_api_key: bool = False
    """Whether there is an API key of this consumer's name, which it reads."""

    def __post_init__(self) -> None:
        if self.access == "none":
            raise ValueError("access is none; leave the consumer out")


class Consumer(pulumi.ComponentResource):
    """One role, with one inline document that names what it reaches."""

    arn: pulumi.Output[str]
    """ARN of the role."""

    def __init__(self, name: str, args: ConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:access:Consumer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(
            f"{name}-consumer",
            name=consumer_role(args.scope, name),
            description=f"Consumer {name}: {args.access}",
            assume_role_policy=json.dumps(consumer_trust(args.scope, name, args.principals)),
            max_session_duration=LONGEST_SESSION_SECONDS,
            opts=child,
        )
        statements = consumer_statements(
            args.scope,
            args.access,
            buckets=args.buckets,
            published=args.published,
            queues=args.queues,
            bucket_key=args.bucket_key.alias,
            service_key=args.service_key.alias,
        )
        if args.has_api_key:
            statements += read_own_key(args.scope, name, args.service_key.alias)
        if statements:
            policy = json.dumps(document(statements))
            aws.iam.RolePolicy(f"{name}-consumer", role=role.name, policy=policy, opts=child)
        self.arn = role.arn
        self.register_outputs({"arn": role.arn})
