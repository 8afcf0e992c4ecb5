"""The topics that alarms go to, and the alarms of each kind of thing that is watched."""

from collections.abc import Sequence
from dataclasses import dataclass

from components.access import Scope
from components.links import KeyLink


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
