"""What every part of the program needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.access import Scope
from components.alarm_conditions import Condition
from components.alarms import Alarms, AlarmsArgs
from components.links import KeyLink, LogsBucketLink, NetworkLink, TopicsLink
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Environment:
    """What every part of the program needs."""

    settings: Settings
    """What the environment chooses."""
    scope: Scope
    """Account, region and name space of all names."""
    opts: pulumi.ResourceOptions
    """The provider of the account and region."""
    keys: Mapping[str, KeyLink]
    """KMS keys: `data`, `services` and `operations`."""
    topics: TopicsLink
    """Where alarms go."""
    network: NetworkLink
    """The VPC that everything is in."""
    logs: LogsBucketLink | None
    """Where access logs go; None where nobody writes any."""


def watch(
    env: Environment,
    name: str,
    watched: pulumi.Resource,
    conditions: Sequence[Condition],
    *,
    service: str | None = None,
) -> None:
    """The alarms of one thing, as its children: a service and a database may have the same name."""
    args = AlarmsArgs(scope=env.scope, topics=env.topics, conditions=conditions, service=service)
    Alarms(name, args, pulumi.ResourceOptions(parent=watched))
