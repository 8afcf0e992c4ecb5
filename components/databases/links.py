"""How a service reaches a database as a user of its own; see `components.links`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.links import KeyLink


@dataclass(frozen=True, kw_only=True)
class Door:
    """Where connections to a database go: to its instances, or to its pool."""

    name: str
    """What it leads to, `main` or `main-pool`; the same name is the same door."""
    security_group_id: pulumi.Input[str]
    """Security group behind it; a consumer adds its own ingress rule to it."""
    port: int
    """TCP port."""


@dataclass(frozen=True, kw_only=True)
class DatabaseUserLink:
    """How a service reaches a database as a user of its own."""

    secret_arn: pulumi.Input[str]
    """ARN of the secret with the user's connection."""
    secret_name: str
    """Fixed physical name of that secret."""
    key: KeyLink
    """Key that encrypts the secret."""
    variables: Mapping[str, str]
    """Environment variable to the secret's key that it holds, such as DATABASE_URL to `url`."""
    migration_variables: Mapping[str, str]
    """The same for a migration, which goes past a pool."""
    doors: Sequence[Door]
    """Where its connections go, that of DATABASE_URL first."""
    label: str
    """What the secret follows: a task reads it at its start only, so tasks are started anew when this changes."""
    tenant: str = ""
    """Tenant whose database it is; empty for the service's own."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a consumer starts: the secret's value, and the user."""
