"""What every part of the program needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from components.access import Scope
from components.alarms.alarms import Alarms, AlarmsArgs
from components.alarms.conditions import Condition
from components.ci.access import CiAccess
from components.keys.by_hand import ByHand
from components.links import KeyLink, LogsBucketLink, NetworkLink, TopicsLink, WebAclLink
from components.services.sleep import Sleep
from infra.rotation import by_hand
from infra.settings import Settings


@dataclass(frozen=True, kw_only=True)
class Watched:
    """Something that has alarms."""

    name: str
    """First part of its alarms' names, after the prefix."""
    of: str
    """Whose they are: a replica's database; else the thing itself."""
    conditions: Sequence[Condition]
    """What is watched."""
    alarms: pulumi.Resource
    """The alarms."""
    sleeps: bool = False
    """Whether it is meant to be off while services sleep."""


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
    ci: CiAccess | None = None
    """Roles of a repository's jobs; None where none sign in."""
    watched: list[Watched] = field(default_factory=list)
    """What has got alarms in this region so far: incidents are made of them at the end."""
    edge_watched: list[Watched] = field(default_factory=list)
    """What has got alarms in CloudFront's region, us-east-1."""
    firewalls: list[WebAclLink] = field(default_factory=list)
    """Web ACLs so far: the load balancer's, CloudFront's."""
    edge_topics: list[TopicsLink] = field(default_factory=list)
    """Topics in us-east-1, where there are any beside the environment's own."""

    @property
    def by_hand(self) -> ByHand:
        """How secrets are turned over that only a team knows how to change."""
        return by_hand(self.settings)


def watch(
    env: Environment,
    name: str,
    watched: pulumi.Resource,
    conditions: Sequence[Condition],
    *,
    service: str | None = None,
    sleeps: bool = False,
) -> None:
    """The alarms of one thing, as its children: a service and a database may have the same name."""
    runbooks = env.settings.alarms.runbooks_url
    args = AlarmsArgs(scope=env.scope, topics=env.topics, conditions=conditions, service=service, runbooks=runbooks)
    alarms = Alarms(name, args, pulumi.ResourceOptions(parent=watched))
    env.watched.append(Watched(name=name, of=service or name, conditions=conditions, alarms=alarms, sleeps=sleeps))


def night(settings: Settings) -> Sleep | None:
    """When services sleep; never on EKS, where that is left for later."""
    chosen = settings.sleep
    if not (chosen.enabled and settings.services and settings.compute == "ecs"):
        return None
    return Sleep(begins=chosen.begins, ends=chosen.ends, days=chosen.days, timezone=chosen.timezone)
