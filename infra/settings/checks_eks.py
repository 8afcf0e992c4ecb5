"""Checks of what runs the services: the cluster by itself, and what Kubernetes and EKS refuse of a description."""

import math
import re
from collections.abc import Iterator, Mapping

from components.edge.routing import attaching_priority, derived_priority
from components.eks.constraints import endpoint_problems, principal_problems, version_problems
from components.kubernetes.constraints import (
    PROBES_SOURCE,
    kubernetes_cron,
    name_problems,
    probe_problems,
    spot_problems,
)
from components.kubernetes.pod import resources_of
from components.schedules.constraints import expression, time_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding, Path, show

ACCOUNT_OF = re.compile(r"^arn:[^:]*:iam::(\d{12}):")
CHECK_SECONDS = {"interval_seconds": 15, "timeout_seconds": 5}
"""How often probes ask, and how long they wait; no settings of a service."""
HIGHEST_PASSING_CODE = 399


def eks_findings(
    top: Values, eks: Values, services: Mapping[str, Values], schedules: Mapping[str, Values]
) -> Iterator[Finding]:
    """Every contradiction in the cluster's own section; of services and schedules where they run there."""
    yield from at(("eks",), given(eks, version_problems, "version"))
    if "public_cidrs" in eks and "hosted_runners" in eks:
        yield from at(("eks",), endpoint_problems(eks["public_cidrs"], hosted_runners=eks["hosted_runners"]))
    for key in ("admins", "viewers"):
        yield from _principals(("eks", key), eks.get(key, {}), top.get("account"))
    if top.get("compute") != "eks":
        return
    if services and eks.get("admins") == {}:
        yield Finding(("eks", "admins"), "is empty; making a cluster gives no access to it: name the role that deploys")
    for name, service in services.items():
        yield from _service(name, service)
    yield from _priorities(services)
    yield from _room(eks, services)
    for name, schedule in schedules.items():
        yield from _schedule(("schedules", name, "every"), schedule.get("every"))


def _principals(path: Path, principals: Mapping[str, str], account: str | None) -> Iterator[Finding]:
    for name, principal in principals.items():
        where = (*path, name)
        for problem in principal_problems([principal]):
            says = f"{show(where, principal)}: {problem.reason}; {problem.remedy} ({problem.source})"
            yield Finding(where, says)
        found = ACCOUNT_OF.match(principal)
        if found and account is not None and found[1] != account:
            why = f"it is of another account, and this environment's is {account}"
            remedy = "name a role here that those there may assume"
            yield Finding(where, f"{show(where, principal)}: {why}; {remedy}")


def _service(name: str, service: Values) -> Iterator[Finding]:
    path = ("services", name)
    for problem in name_problems(name):
        yield Finding(path, f"can't have this name on EKS: {problem.reason}; {problem.remedy} ({problem.source})")
    yield from _probes(path, service)
    yield from _health_codes((*path, "health_codes"), service.get("health_codes", ""))
    if "spot_percent" in service and "drain_seconds" in service:
        yield from at(path, spot_problems(service["spot_percent"], service["drain_seconds"], critical=False))


def _probes(path: Path, service: Values) -> Iterator[Finding]:
    if any(key not in service for key in ("port", "health_path", "liveness_path", "public")):
        return
    port, liveness = service["port"], service["liveness_path"]
    if port is None and liveness is not None:
        where = (*path, "liveness_path")
        yield Finding(where, f"{show(where, liveness)}: the service has no port to ask; name one, or a health_command")
    asked = service["health_path"] if service["public"] else None
    yield from at(path, probe_problems(port=port, health_path=asked, liveness_path=liveness, **CHECK_SECONDS))


def _health_codes(path: Path, codes: str) -> Iterator[Finding]:
    """Kubernetes asks by itself, and knows no list of codes."""
    if any(int(code) > HIGHEST_PASSING_CODE for code in re.findall(r"\d+", codes)):
        why = "on EKS a pod that answers 400 or above is not ready, whatever is listed here"
        remedy = "name a health_path that answers 200, or choose codes below 400"
        yield Finding(path, f"{show(path, codes)}: {why}; {remedy} ({PROBES_SOURCE})")


def _priorities(services: Mapping[str, Values]) -> Iterator[Finding]:
    """The rule that ties pods to the load balancer has a priority, too."""
    taken: dict[int, str] = {}
    for name, service in services.items():
        if service.get("public") and service.get("paths") and "priority" in service:
            derived = derived_priority(name, service["paths"], service.get("hosts", ()))
            taken[service["priority"] or derived] = name
    for name, service in services.items():
        owner = taken.get(attaching_priority(name))
        if service.get("public") and owner is not None:
            path = ("services", owner, "priority")
            why = f"on EKS {name} has a rule of this priority that ties its pods to the load balancer"
            yield Finding(path, f"is {attaching_priority(name)}: {why}; give {owner} another priority")


def _room(eks: Values, services: Mapping[str, Values]) -> Iterator[Finding]:
    """Pods that find no node wait for ever."""
    promised = sum(
        resources_of(service["cpu_units"], 1).cpu_request_millicores * service["min_count"]
        for service in services.values()
        if "cpu_units" in service and "min_count" in service
    )
    least = math.ceil(promised / 1000)
    path = ("eks", "max_cpus")
    if "max_cpus" in eks and eks["max_cpus"] < least:
        why = f"the services' smallest numbers of pods are promised {least} vCPUs together"
        yield Finding(path, f"{show(path, eks['max_cpus'])}: {why}; choose {2 * least} or more, for updates and load")


def _schedule(path: Path, every: str | None) -> Iterator[Finding]:
    """EventBridge says more times than Kubernetes; what neither takes was told before."""
    if every is None or time_problems(every):
        return
    try:
        kubernetes_cron(expression(every))
    except ValueError as error:
        yield Finding(path, f"{show(path, every)}: on EKS {error}")
