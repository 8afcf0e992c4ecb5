"""What an alarm says: what is wrong, the first thing to do, and where to read on."""

from typing import Protocol

RUNBOOKS = "docs/runbooks"
"""Where the runbooks are in this repository."""


class Told(Protocol):
    """A condition or an incident."""

    @property
    def what(self) -> str:
        """What is wrong."""

    @property
    def first(self) -> str:
        """The first thing to do."""

    @property
    def runbook(self) -> str:
        """The page that tells the rest, without its ending."""


def description(name: str, told: Told, runbooks: str) -> str:
    """What people read in a mail, a chat or a pager."""
    return f"{name}: {told.what}. First: {told.first}. Runbook: {runbooks}/{told.runbook}.md"
