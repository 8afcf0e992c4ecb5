"""What is measured: each stack as committed, and dev with one service, ten and forty."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.workspace import ENVIRONMENTS, settings

SERVICES = (1, 10, 40)
OF_OTHERS = ("headroom:cdn", "headroom:queues", "headroom:schedules")
"""Keys of dev that name services which the copies replace."""


@dataclass(frozen=True)
class Scenario:
    """One stack to preview and bring up."""

    title: str
    """First column of the table."""
    stack: str
    """Stack it runs as."""
    config: Mapping[str, Any]
    """Its settings."""


def scenarios() -> list[Scenario]:
    """All that `make bench` measures, in its order."""
    stacks = [Scenario(environment, environment, settings(environment)) for environment in ENVIRONMENTS]
    return stacks + [with_services(count) for count in SERVICES]


def with_services(count: int) -> Scenario:
    """Dev with copies of its `api` service, each with a path of its own, in place of its services."""
    config = settings("dev")
    model = config["headroom:services"]["api"]
    services = {}
    for number in range(1, count + 1):
        service = copy.deepcopy(model)
        service.update(paths=[f"/service-{number}/*"], priority=number)
        # So many services share one small database only if each process opens a connection at a time.
        service.update(max_count=service["min_count"], database_pool=1, database_read_pool=1)
        service.pop("produces", None)
        services[f"service-{number}"] = service
    title = f"{count} service{'s' if count > 1 else ''}"
    kept = {key: value for key, value in config.items() if key not in OF_OTHERS}
    return Scenario(title, f"services-{count}", kept | {"headroom:services": services})
