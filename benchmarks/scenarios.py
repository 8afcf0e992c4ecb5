"""What is measured: each stack as committed, and dev with 1, 10, 40 and 100 services, on ECS and on EKS."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.workspace import ENVIRONMENTS, settings

SERVICES = (1, 10, 40, 100)
PLATFORMS = ("ecs", "eks")
FEW, MANY = 10, 100
"""Numbers of services whose times a resource are compared: one has mostly what an environment has anyway."""
SERVICES_A_STORE = 20
"""Services that share a database and a cache: a security group has 60 rules, and a small database 197 connections."""
OF_OTHERS = ("headroom:cdn", "headroom:schedules", "headroom:api_keys")
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
    services: int | None = None
    """How many services it has, where that is what is measured."""
    compute: str = "ecs"
    """What runs them."""


def scenarios() -> list[Scenario]:
    """All that `make bench` measures, in its order."""
    stacks = [Scenario(environment, environment, settings(environment)) for environment in ENVIRONMENTS]
    return stacks + [with_services(count, compute) for compute in PLATFORMS for count in SERVICES]


def with_services(count: int, compute: str = "ecs") -> Scenario:
    """Dev with so many services in place of its own: by turns a copy of `api` with a path of its own, and a copy of
    `worker`, which no path leads to. One load balancer bears no hundred with a path."""
    config = settings("dev")
    stores = [f"main-{number}" for number in range(1, -(-count // SERVICES_A_STORE) + 1)]
    services = {
        f"service-{number}": _service(config, number, stores[(number - 1) // SERVICES_A_STORE])
        for number in range(1, count + 1)
    }
    replaced = {
        "headroom:compute": compute,
        # Twice what the smallest numbers of pods are promised.
        "headroom:eks": config["headroom:eks"] | {"max_cpus": max(config["headroom:eks"]["max_cpus"], count)},
        "headroom:databases": dict.fromkeys(stores, config["headroom:databases"]["main"]),
        "headroom:caches": dict.fromkeys(stores, config["headroom:caches"]["main"]),
        "headroom:services": services,
    }
    if count == 1:
        replaced["headroom:queues"] = {}
    kept = {key: value for key, value in config.items() if key not in OF_OTHERS}
    title = title_of(count, compute)
    return Scenario(title, f"services-{count}-{compute}", kept | replaced, services=count, compute=compute)


def title_of(count: int, compute: str) -> str:
    """How a scenario is called."""
    return f"{count} service{'s' if count > 1 else ''} on {compute.upper()}"


QUICK = ("prod", *(title_of(count, compute) for compute in PLATFORMS for count in (FEW, MANY)))
"""What `--quick` measures."""


def _service(config: Mapping[str, Any], number: int, store: str) -> dict[str, Any]:
    public = number % 2 == 1
    service: dict[str, Any] = copy.deepcopy(config["headroom:services"]["api" if public else "worker"])
    # So many services share one small database only if each process opens a connection at a time.
    service.update(max_count=service["min_count"], database=store, database_pool=1, database_read_pool=1)
    if public:
        service.update(paths=[f"/service-{number}/*"], priority=number, cache=store)
        service.pop("produces", None)
    return service
