"""What no single setting shows: settings that contradict each other, or that AWS refuses.

The rules of AWS are the pure functions of `components`; here they meet the keys of the stack file. Each check runs
on the values that are right by themselves, so that one wrong value hides no other mistake. An area's own checks stand
in `checks_<area>.py`; what one area uses of another is checked here.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from infra.settings.checking import Values, right, stores_exist
from infra.settings.checks_calls import calls_findings, telemetry_findings
from infra.settings.checks_cdn import cdn_findings
from infra.settings.checks_ci import ci_findings
from infra.settings.checks_connections import connections_findings
from infra.settings.checks_databases import databases_findings
from infra.settings.checks_deploys import deploys_findings
from infra.settings.checks_edge import edge_findings
from infra.settings.checks_eks import eks_findings
from infra.settings.checks_foundation import foundation_findings
from infra.settings.checks_keys import keys_findings
from infra.settings.checks_promotion import promotion_findings
from infra.settings.checks_quotas import quotas_findings
from infra.settings.checks_services import services_findings
from infra.settings.checks_stores import stores_findings
from infra.settings.checks_users import users_findings
from infra.settings.checks_work import (
    consumption_findings,
    queues_findings,
    registry_findings,
    scheduled_services_findings,
    schedules_findings,
    sleeping_queues_findings,
    used_queues_findings,
)
from infra.settings.problems import Finding, Path, fields_of, model_in, nearest


def find(values: Mapping[str, Any], broken: Collection[Path], model: type[BaseModel]) -> list[Finding]:
    """Every contradiction among the values that are not `broken`."""
    top = right(values, (), broken, model)
    fields = fields_of(model)

    def section(key: str) -> Values:
        return right(values.get(key, {}), (key,), broken, model_in(fields[key]))

    def entries(key: str) -> dict[str, Values]:
        named = values.get(key, {})
        if not isinstance(named, Mapping):
            return {}
        return {name: right(named[name], (key, name), broken, model_in(fields[key])) for name in named}

    def written(key: str) -> dict[str, Collection[str]]:
        named = values.get(key, {})
        entered = named.items() if isinstance(named, Mapping) else ()
        return {name: tuple(entry) if isinstance(entry, Mapping) else () for name, entry in entered}

    services, databases, caches = entries("services"), entries("databases"), entries("caches")
    buckets, queues, schedules = entries("buckets"), entries("queues"), entries("schedules")
    network, registry = section("network"), section("registry") if values.get("registry") is not None else None
    return [
        *foundation_findings(top, network, section("secrets"), section("alarms"), section("sleep")),
        *databases_findings(databases, written("databases"), top.get("aws:region"), network.get("zones")),
        *stores_findings(caches, buckets, written("caches")),
        *edge_findings(section("domain"), section("load_balancer"), section("waf"), services, top),
        *(
            cdn_findings(section("cdn"), section("domain"), section("load_balancer"), services, buckets)
            if values.get("cdn") is not None
            else ()
        ),
        *services_findings(services, network, top, registry, section("telemetry")),
        *(() if ("services",) in broken else calls_findings(services, section("telemetry"), top)),
        *telemetry_findings(section("telemetry"), network, top),
        *eks_findings(top, section("eks"), services, schedules),
        *(
            ()
            if {("services",), ("consumers",)} & {*broken}
            else keys_findings(entries("api_keys"), services, entries("consumers"), section("secrets"))
        ),
        *deploys_findings(services, section("cluster")),
        *quotas_findings(
            services, databases, caches, top, {key: section(key) for key in ("cluster", "observability", "quotas")}
        ),
        *ci_findings(section("ci")),
        *promotion_findings(section("promotion"), model),
        *queues_findings(queues),
        *sleeping_queues_findings(queues, section("sleep")),
        *schedules_findings(schedules),
        *registry_findings(registry, services, top),
        *connections_findings(services, databases, schedules, network, top),
        *(() if ("databases",) in broken else stores_exist(services, "database", databases)),
        *(() if ("databases",) in broken else users_findings(services, databases, section("tasks"), network, top)),
        *(() if ("caches",) in broken else stores_exist(services, "cache", caches)),
        *(() if ("buckets",) in broken else _buckets_exist(services, buckets)),
        *(() if ("queues",) in broken else used_queues_findings(queues, services)),
        *(() if ("services",) in broken else consumption_findings(queues, services)),
        *(() if ("services",) in broken else scheduled_services_findings(schedules, services)),
    ]


def _buckets_exist(services: Mapping[str, Values], known: Collection[str]) -> Iterator[Finding]:
    """A service is given only what the stack has."""
    listed = f"known: {', '.join(sorted(known))}" if known else "there is none"
    for name, service in services.items():
        for wanted in service.get("buckets", {}):
            if wanted not in known:
                says = f"is not among headroom:buckets{nearest(wanted, known)}; {listed}"
                yield Finding(("services", name, "buckets", wanted), says)
