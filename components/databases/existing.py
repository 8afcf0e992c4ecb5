"""A database that stood before the stack: what services need to connect, and nothing that the stack could change."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.access import Scope
from components.alarms.watched import WatchedInstance
from components.databases.connection import Protocol
from components.links import DatabaseLink, KeyLink

SECRET_NAME = re.compile(r":secret:(?P<name>.+)-[A-Za-z0-9]{6}$")


@dataclass(frozen=True, kw_only=True)
class ExistingDatabase:
    """Has the face of `Database`, and no resources: its alarms, backups and users are somebody else's."""

    address: str
    """Host to write to."""
    port: int
    """TCP port."""
    link: DatabaseLink
    """What a service needs to connect."""
    replica_addresses: Sequence[pulumi.Input[str]] = ()
    """None that the stack knows; the secret's read_url may lead to some."""
    instances: Sequence[WatchedInstance] = ()
    """None that the stack watches."""


def existing_database(
    scope: Scope,
    *,
    protocol: Protocol,
    address: str,
    port: int,
    secret_arn: str,
    secret_key: str,
    security_group_id: str,
    database_name: str,
) -> ExistingDatabase:
    """The database at this address. Raises ValueError if `secret_arn` lacks the six characters at its end: without
    them no single key of the secret can be referenced (ECS, "Pass Secrets Manager secrets")."""
    match = SECRET_NAME.search(secret_arn)
    if match is None:
        raise ValueError(f"existing.secret is {secret_arn}; write the whole ARN, with the six characters at its end")
    link = DatabaseLink(
        secret_arn=secret_arn,
        secret_name=match["name"],
        key=KeyLink(arn=scope.arn("kms", secret_key), alias=secret_key),
        security_group_id=security_group_id,
        port=port,
        instances=[address],
        protocol=protocol,
        database_name=database_name,
    )
    return ExistingDatabase(address=address, port=port, link=link)
