"""Names and ARNs that follow from settings alone, so that every policy is known before anything exists."""

import re

from components.access import Scope
from infra.settings import Settings

PROJECT = "headroom"
ENVIRONMENT = re.compile(r"^(?=.{1,16}$)[a-z][a-z0-9]*(-[a-z0-9]+)*\Z")
LONGEST_ENVIRONMENT = 16
"""Letters of an environment's name. The longest fixed name is a database's identifier, which AWS limits to 63:
`headroom-<environment>-<database>-<number>` has 9 + 16 + 1 + 20 + 3 = 49 at most."""


def partition(region: str) -> str:
    """The AWS partition of a region, the second part of each ARN in it."""
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def scope(settings: Settings, environment: str) -> Scope:
    """Account, region and name space of an environment: `headroom/dev`.

    Raises ValueError if the environment's name (the stack's) does not fit into AWS names.
    """
    if not ENVIRONMENT.match(environment):
        raise ValueError(
            f"the stack is named {environment!r}, which does not fit into AWS names; name it by 1 to "
            f"{LONGEST_ENVIRONMENT} small letters, digits and single hyphens, such as dev"
        )
    return Scope(
        account=settings.account,
        region=settings.region,
        namespace=f"{PROJECT}/{environment}",
        partition=partition(settings.region),
    )


def zones(settings: Settings) -> list[str]:
    """Full names of the availability zones, such as `eu-central-1a`."""
    return [f"{settings.region}{letter}" for letter in settings.network.zones]
