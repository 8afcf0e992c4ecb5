"""The topics that alarms go to, and the alarms of each kind of thing that is watched."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.access import Scope
from components.alarm_conditions import Condition
from components.links import KeyLink, TopicsLink


@dataclass(frozen=True, kw_only=True)
class TopicsArgs:
    """Who hears of an alarm."""

    scope: Scope
    """Account, region and name space for the topics' names and policies."""
    key: KeyLink
    """Key for the messages; its policy must let cloudwatch.amazonaws.com use it."""
    warn_emails: Sequence[str]
    """Addresses for what can wait until working hours."""
    page_emails: Sequence[str]
    """Addresses for what cannot wait."""


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """The alarms of one watched thing."""

    scope: Scope
    """Name space, first part of each alarm's name as people read it in a mail."""
    topics: TopicsLink
    """Where the alarms go."""
    conditions: Sequence[Condition]
    """What is watched: `service_conditions`, `route_conditions`, `load_balancer_conditions`, `instance_conditions`."""
