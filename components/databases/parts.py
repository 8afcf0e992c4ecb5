"""What RDS instances and Aurora clusters have in common: place, first password, monitoring's role, secret."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope
from components.databases.args import CommonArgs
from components.databases.connection import Protocol, connection_secret
from components.links import DatabaseLink, KeyLink

PASSWORD_LENGTH = 32
"""Letters and digits only, so that the password stands in a URL as it is: 190 bits."""


def first_password(parent: pulumi.Resource) -> pulumi.Output[str]:
    """A random password, secret from the start; every run draws another, so whoever takes it ignores its changes."""
    drawn = aws.secretsmanager.get_random_password_output(
        password_length=PASSWORD_LENGTH,
        exclude_punctuation=True,
        opts=pulumi.InvokeOutputOptions(parent=parent),
    )
    return pulumi.Output.secret(drawn.random_password)


def make_place(
    name: str, args: CommonArgs, title: str, tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[aws.rds.SubnetGroup, aws.ec2.SecurityGroup]:
    """Its subnets, and its security group. No rule lets anything out: the instances answer, and never call."""
    subnets = aws.rds.SubnetGroup(name, subnet_ids=args.subnet_ids, tags=tags, opts=opts)
    group = aws.ec2.SecurityGroup(
        name,
        vpc_id=args.vpc_id,
        description=f"{title} database {name}; consumers add their own ingress",
        tags=tags,
        opts=opts,
    )
    return subnets, group


def monitoring_role(
    name: str, scope: Scope, identifiers: Sequence[str], tags: Mapping[str, str], opts: pulumi.ResourceOptions
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """The role of enhanced monitoring, for instances whose identifiers start so, and what it may do.

    RDS looks at both when it creates an instance.
    """
    role = aws.iam.Role(
        f"{name}-monitoring",
        description=f"Enhanced monitoring of database {name}",
        assume_role_policy=json.dumps(access.monitoring_trust(scope, *identifiers)),
        tags=tags,
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-monitoring",
        role=role.name,
        policy=json.dumps(access.document(access.monitoring_statements(scope))),
        opts=opts,
    )
    return role, policy


@dataclass(frozen=True, kw_only=True)
class Connection:
    """How a database is reached, as its secret says it."""

    protocol: Protocol
    """What clients speak."""
    username: pulumi.Input[str]
    """Master user."""
    password: pulumi.Input[str]
    """Its first password."""
    database_name: pulumi.Input[str]
    """Database made at creation."""
    port: int
    """TCP port."""
    hosts: Sequence[pulumi.Input[str]]
    """The writer's host, then those to read from."""
    security_group_id: pulumi.Input[str]
    """Security group of the instances."""
    instances: Sequence[str]
    """What a consumer's tasks are bound to, see `DatabaseLink`."""
    extensions: Sequence[str] = ()
    """What CREATE EXTENSION is said for, see `DatabaseLink`."""
    identity: pulumi.Input[str] = ""
    """AWS's id of the instance or cluster, see `DatabaseLink`."""


def database_secret(
    name: str,
    scope: Scope,
    key: KeyLink,
    connection: Connection,
    *,
    recovery_days: int,
    protect: bool,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> DatabaseLink:
    """The secret `<namespace>/database/<name>` with the connection, which follows the database until a rotation makes
    versions of its own."""
    physical = f"{scope.namespace}/database/{name}"
    secret = aws.secretsmanager.Secret(
        name,
        name=physical,
        description=f"Connection to database {name}",
        kms_key_id=key.arn,
        recovery_window_in_days=recovery_days,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, protect=protect),
    )
    known = pulumi.Output.all(connection.username, connection.password, connection.database_name, *connection.hosts)
    version = aws.secretsmanager.SecretVersion(
        name,
        secret_id=secret.id,
        secret_string=known.apply(
            lambda values: connection_secret(
                values[0], values[1], values[2], connection.port, values[3:], connection.protocol
            )
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return DatabaseLink(
        secret_arn=secret.arn,
        secret_name=physical,
        ready=[version],
        key=key,
        security_group_id=connection.security_group_id,
        port=connection.port,
        instances=connection.instances,
        protocol=connection.protocol,
        database_name=connection.database_name,
        extensions=connection.extensions,
        hosts=connection.hosts,
        identity=connection.identity,
    )
