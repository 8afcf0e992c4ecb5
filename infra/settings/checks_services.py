"""Checks of services and of their work."""

import re
from collections.abc import Iterator, Mapping

from components.buckets.constraints import bucket_variable, limit_variable
from components.constraints import Problem
from components.edge.routing import condition_problems, derived_priority, leaving_problems, priority_problems
from components.queues.constraints import queue_variable
from components.services.calls import call_variable
from components.services.capacity import capacity_problems
from components.services.constraints import (
    FARGATE_SOURCE,
    POOL_VARIABLES,
    fargate_size_problems,
    health_command_problems,
    task_count_problems,
    user_problems,
    variable_problems,
    variables_given,
)
from components.services.registry_rules import is_own, resolve
from components.services.telemetry import TRACE_VARIABLES
from infra.settings.checking import Values, at, given
from infra.settings.images import IMAGE
from infra.settings.problems import Finding, Path, show

SOUNDS_SECRET = re.compile(
    r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|API_?KEY|ACCESS_KEY|CONNECTION_STRING"
    r"|(DATABASE|REDIS)\w*_URL$|(^|_)DSN$"
)
DEFAULTS_OF_A_ROUTE = {
    "paths": (),
    "hosts": (),
    "priority": None,
    "health_path": "/health",
    "health_codes": "200",
    "slow_start_seconds": 0,
    "requests_per_target": None,
}
"""Settings that mean something for a public service only."""


def services_findings(
    services: Mapping[str, Values], network: Values, top: Values, registry: Values | None, telemetry: Values
) -> Iterator[Finding]:
    """Every contradiction in and among services, beside what they use of others."""
    for name, service in services.items():
        yield from _service(name, service, telemetry)
    yield from _routes(services)
    yield from _images_within_reach(services, network, top, registry)


def _service(name: str, service: Values, telemetry: Values) -> Iterator[Finding]:
    path = ("services", name)
    yield from at(path, given(service, fargate_size_problems, "cpu_units", "memory_mib"))
    yield from at(path, given(service, task_count_problems, "min_count", "max_count"))
    yield from at(path, given(service, user_problems, "user"))
    yield from at(path, given(service, health_command_problems, "health_command"))
    yield from at(path, given(service, _capacity, "critical", "spot_percent", "base_on_demand", "max_count"))
    yield from at(path, given(service, _temporary_space, "tmp_mib", "memory_mib"))
    yield from at(path, condition_problems(service["paths"], service.get("hosts", ())) if service.get("paths") else ())
    yield from at(path, given(service, leaving_problems, "slow_start_seconds", "drain_seconds"))
    yield from _image(path, service)
    yield from _publicity(path, service)
    yield from _variables(path, service, telemetry)


def _capacity(critical: bool, spot_percent: int, base_on_demand: int, max_count: int) -> list[Problem]:
    return capacity_problems(
        critical=critical, spot_percent=spot_percent, base_on_demand=base_on_demand, max_count=max_count
    )


def _temporary_space(tmp_mib: int, memory_mib: int) -> Iterator[Problem]:
    half = memory_mib // 2
    if tmp_mib > half:
        reason = f"it would take more than half of memory_mib, {memory_mib}"
        remedy = f"choose {half} or less, or more memory"
        yield Problem(key="tmp_mib", value=tmp_mib, reason=reason, remedy=remedy, source=FARGATE_SOURCE)


def _image(path: Path, service: Values) -> Iterator[Finding]:
    if "image" not in service:
        return
    where, image = (*path, "image"), service["image"]
    # Of ours only the version stands there, and a number alone would look like a port.
    match = IMAGE.match(resolve(image, "own", "000000000000", "region") if is_own(image) else image)
    remedy = "write it as registry/name:1.2.3 or registry/name@sha256:..."
    if match is None:
        yield Finding(where, f"{show(where, image)}: it is no image reference; {remedy}")
    elif not match["digest"] and match["tag"] in (None, "latest"):
        reason = "without a tag it means latest" if match["tag"] is None else "latest moves"
        yield Finding(where, f"{show(where, image)}: {reason}, so nobody knows what runs; {remedy}")


def _publicity(path: Path, service: Values) -> Iterator[Finding]:
    """A public service can be reached and checked; a private one has no settings of a route."""
    if service.get("public") is True:
        if "port" in service and service["port"] is None:
            yield Finding(
                (*path, "port"), "is missing; a public service needs the TCP port that its container listens on"
            )
        if service.get("paths") == ():
            yield Finding(
                (*path, "paths"), "is missing; a public service needs the paths that lead to it, such as [/*]"
            )
    elif service.get("public") is False:
        for key, default in DEFAULTS_OF_A_ROUTE.items():
            if service.get(key, default) != default:
                why = "no route leads to a private service; take it out, or set public: true"
                yield Finding((*path, key), f"{show((*path, key), service[key])}: {why}")


def _variables(path: Path, service: Values, telemetry: Values) -> Iterator[Finding]:
    environment, secrets = service.get("environment", {}), service.get("secrets", {})
    given = variables_given(
        port=service.get("port"),
        database=service.get("database") is not None,
        tenants=service.get("tenants", {}),
        cache=service.get("cache") is not None,
    )
    given += POOL_VARIABLES if service.get("database") is not None else ()
    buckets = service.get("buckets", {})
    given += [variable(bucket) for bucket in buckets for variable in (bucket_variable, limit_variable)]
    given += [queue_variable(queue) for key in ("produces", "consumes") for queue in service.get(key, ())]
    given += [call_variable(other) for other in service.get("calls", ())]
    given += TRACE_VARIABLES if telemetry.get("traces", "none") != "none" and service.get("traces") is True else ()
    for problem in variable_problems(environment, secrets, given):
        where = (*path, problem.key, str(problem.value))
        yield Finding(where, f"can't stand here: {problem.reason}; {problem.remedy} ({problem.source})")
    for name in environment:
        if SOUNDS_SECRET.search(name) and name not in given:
            why = "sounds like a secret, and everybody can read this file"
            yield Finding((*path, "environment", name), f"{why}; take it out, and write {name}: external under secrets")


def _routes(services: Mapping[str, Values]) -> Iterator[Finding]:
    routed = {name: service for name, service in services.items() if service.get("public") and service.get("paths")}
    owners: dict[tuple[str, str], str] = {}
    for name, service in routed.items():
        for place, route in enumerate(service["paths"]):
            taken = [owners.setdefault((host, route), name) for host in service.get("hosts") or ("",)]
            owner = next((other for other in taken if other != name), name)
            path = ("services", name, "paths", place)
            if owner != name:
                yield Finding(path, f"{show(path, route)}: {owner} has this path already; no request would come here")
            elif route in service["paths"][:place]:
                yield Finding(path, f"{show(path, route)}: it stands twice; take one out")
    priorities = {
        name: service["priority"] or derived_priority(name, service["paths"], service.get("hosts", ()))
        for name, service in routed.items()
        if "priority" in service
    }
    for name in priorities:
        yield from at(("services", name), [p for p in priority_problems(priorities) if p.reason.startswith(f"{name} ")])


def _images_within_reach(
    services: Mapping[str, Values], network: Values, top: Values, registry: Values | None
) -> Iterator[Finding]:
    """Without NAT only registries inside AWS's own network can be reached: ECR in this region, by its endpoint."""
    if network.get("nat") != "none" or "aws:region" not in top:
        return
    reachable = re.compile(rf"^\d{{12}}\.dkr\.ecr\.{re.escape(top['aws:region'])}\.amazonaws\.com(\.cn)?/")
    where = (registry or {}).get("account", "000000000000"), (registry or {}).get("region", top["aws:region"])
    for name, service in services.items():
        if "image" in service and not reachable.match(resolve(service["image"], name, *where)):
            path = ("services", name, "image")
            remedy = f"copy it to ECR in {top['aws:region']}, or choose another headroom:network.nat"
            yield Finding(
                path, f"{show(path, service['image'])}: with nat none no task can reach that registry; {remedy}"
            )
