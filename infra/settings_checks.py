"""What no single setting shows: settings that contradict each other, or that AWS refuses.

The rules of AWS are the pure functions of `components`; here they meet the keys of the stack file. Each check runs
on the values that are right by themselves, so that one wrong value hides no other mistake.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Network
from typing import Any

from pydantic import BaseModel

from components.bucket_constraints import bucket_variable, lifecycle_problems
from components.cache_constraints import cache_class_problems, cache_version_problems, failover_problems
from components.constraints import Problem, secret_recovery_problems
from components.database_constraints import (
    instance_class_problems,
    postgres_version_problems,
    replica_problems,
    storage_problems,
)
from components.routing import derived_priority, path_problems, priority_problems
from components.service_constraints import (
    FARGATE_SOURCE,
    fargate_size_problems,
    task_count_problems,
    user_problems,
    variable_problems,
    variables_given,
)
from components.subnets import LARGEST_PREFIX, SMALLEST_PREFIX
from infra.settings_problems import Finding, Path, fields_of, model_in, nearest, show

Values = Mapping[str, Any]
"""The right values of a section by key; what is wrong or missing is absent, defaults are filled in."""

SOUNDS_SECRET = re.compile(
    r"PASSWORD|PASSWD|SECRET|TOKEN|CREDENTIAL|PRIVATE_KEY|API_?KEY|ACCESS_KEY|CONNECTION_STRING"
    r"|(DATABASE|REDIS)\w*_URL$|(^|_)DSN$"
)
IMAGE = re.compile(
    r"^(?P<name>[a-z0-9]+([._-]+[a-z0-9]+)*(:\d+)?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*)"
    r"(:(?P<tag>\w[\w.-]{0,127}))?(@sha256:(?P<digest>[0-9a-f]{64}))?$"
)
"""Image reference as the OCI distribution specification has it."""
DEFAULTS_OF_A_ROUTE = {"paths": (), "priority": None, "health_path": "/health", "requests_per_target": None}
"""Settings that mean something for a public service only."""


def find(values: Mapping[str, Any], broken: Collection[Path], model: type[BaseModel]) -> list[Finding]:
    """Every contradiction among the values that are not `broken`."""
    top = _right(values, (), broken, model)
    fields = fields_of(model)

    def section(key: str) -> Values:
        return _right(values.get(key, {}), (key,), broken, model_in(fields[key]))

    def entries(key: str) -> dict[str, Values]:
        given = values.get(key, {})
        named = given if isinstance(given, Mapping) else {}
        return {name: _right(named[name], (key, name), broken, model_in(fields[key])) for name in named}

    services, databases, caches = entries("services"), entries("databases"), entries("caches")
    buckets, network = entries("buckets"), section("network")
    return [
        *_region(top),
        *_network(network),
        *_at(("secrets",), _given(section("secrets"), _recovery, "recovery_days")),
        *_certificate(section("load_balancer"), top),
        *(finding for name, database in databases.items() for finding in _database(name, database)),
        *_replicas_have_names(databases),
        *(finding for name, cache in caches.items() for finding in _cache(name, cache)),
        *(finding for name, service in services.items() for finding in _service(name, service)),
        *(() if ("databases",) in broken else _stores_exist(services, "database", databases)),
        *(() if ("caches",) in broken else _stores_exist(services, "cache", caches)),
        *(finding for name, bucket in buckets.items() for finding in _bucket(name, bucket)),
        *(() if ("buckets",) in broken else _buckets_exist(services, buckets)),
        *_routes(services),
        *_images_within_reach(services, network, top),
        *_addresses(section("alarms")),
    ]


def _right(given: object, path: Path, broken: Collection[Path], model: type[BaseModel]) -> Values:
    if not isinstance(given, Mapping):
        return {}
    values: dict[str, Any] = {}
    for key, field in fields_of(model).items():
        if any(bad[: len(path) + 1] == (*path, key) for bad in broken):
            continue
        if key in given:
            values[key] = given[key]
        elif not field.is_required():
            values[key] = field.get_default(call_default_factory=True)
    return values


def _given(values: Values, rule: Callable[..., Iterable[Problem]], *keys: str) -> Iterable[Problem]:
    return rule(*(values[key] for key in keys)) if all(key in values for key in keys) else ()


def _at(path: Path, problems: Iterable[Problem]) -> Iterator[Finding]:
    for problem in problems:
        where = (*path, problem.key)
        yield Finding(where, f"{show(where, problem.value)}: {problem.reason}; {problem.remedy} ({problem.source})")


def _recovery(days: int) -> Iterator[Problem]:
    for p in secret_recovery_problems(days):
        yield Problem(key="recovery_days", value=p.value, reason=p.reason, remedy=p.remedy, source=p.source)


def _region(top: Values) -> Iterator[Finding]:
    region = top.get("aws:region", "")
    if region.startswith("cn-"):
        why = "services have other names in AWS China, which this program does not write; choose another region"
        yield Finding(("aws:region",), f"{show(('aws:region',), region)}: {why}")


def _network(network: Values) -> Iterator[Finding]:
    zones = network.get("zones", ())
    if len(set(zones)) < len(zones):
        yield Finding(("network", "zones"), f"{show(('network', 'zones'), zones)}: a zone stands twice; name each once")
    if "cidr" not in network:
        return
    cidr = network["cidr"]
    reason = _wrong_range(cidr)
    if reason:
        yield Finding(("network", "cidr"), f"{show(('network', 'cidr'), cidr)}: {reason}")


def _wrong_range(cidr: str) -> str:
    try:
        network = IPv4Network(cidr, strict=False)
    except ValueError:
        return "it is no IPv4 range; write it as 10.10.0.0/16"
    if "/" not in cidr or not SMALLEST_PREFIX <= network.prefixlen <= LARGEST_PREFIX:
        allowed = f"/{SMALLEST_PREFIX} to /{LARGEST_PREFIX}"
        return f"a VPC here is {allowed}, so that each zone has room for its three subnets; choose {allowed}"
    if cidr != str(network):
        return f"the address lies inside the range; its first address is {network}"
    if not network.is_private:
        return "the range is public; choose one in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16"
    return ""


def _certificate(load_balancer: Values, top: Values) -> Iterator[Finding]:
    arn = load_balancer.get("certificate_arn", "none")
    if arn == "none":
        return
    path = ("load_balancer", "certificate_arn")
    region, account = arn.split(":")[3:5]
    if region != top.get("aws:region", region):
        wanted = top["aws:region"]
        yield Finding(
            path, f"{show(path, arn)}: it is of region {region}, the load balancer of {wanted}; make one in {wanted}"
        )
    if account != top.get("account", account):
        wanted = top["account"]
        yield Finding(
            path, f"{show(path, arn)}: it is of account {account}, this stack of {wanted}; use one of {wanted}"
        )


def _database(name: str, database: Values) -> Iterator[Finding]:
    path = ("databases", name)
    yield from _at(path, _given(database, postgres_version_problems, "version"))
    yield from _at(path, _given(database, instance_class_problems, "class"))
    yield from _at(path, _given(database, storage_problems, "storage_gib", "max_storage_gib"))
    yield from _at(path, _given(database, replica_problems, "replicas", "backup_days"))


def _replicas_have_names(databases: Mapping[str, Values]) -> Iterator[Finding]:
    for name, database in databases.items():
        for number in range(1, database.get("replicas", 0) + 1):
            if (taken := f"{name}-{number}") in databases:
                yield Finding(("databases", taken), f"has the name of {name}'s replica {number}; rename it")


def _cache(name: str, cache: Values) -> Iterator[Finding]:
    path = ("caches", name)
    yield from _at(path, _given(cache, cache_version_problems, "engine", "version"))
    yield from _at(path, _given(cache, cache_class_problems, "class"))
    yield from _at(path, _given(cache, failover_problems, "nodes", "failover"))


def _service(name: str, service: Values) -> Iterator[Finding]:
    path = ("services", name)
    yield from _at(path, _given(service, fargate_size_problems, "cpu_units", "memory_mib"))
    yield from _at(path, _given(service, task_count_problems, "min_count", "max_count"))
    yield from _at(path, _given(service, user_problems, "user"))
    yield from _at(path, _given(service, _temporary_space, "tmp_mib", "memory_mib"))
    yield from _at(path, path_problems(service["paths"]) if service.get("paths") else ())
    yield from _image(path, service)
    yield from _publicity(path, service)
    yield from _variables(path, service)


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
    match = IMAGE.match(image)
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


def _variables(path: Path, service: Values) -> Iterator[Finding]:
    environment, secrets = service.get("environment", {}), service.get("secrets", {})
    given = variables_given(
        port=service.get("port"),
        database=service.get("database") is not None,
        cache=service.get("cache") is not None,
    )
    given += [bucket_variable(bucket) for bucket in service.get("buckets", {})]
    for problem in variable_problems(environment, secrets, given):
        where = (*path, problem.key, str(problem.value))
        yield Finding(where, f"can't stand here: {problem.reason}; {problem.remedy} ({problem.source})")
    for name in environment:
        if SOUNDS_SECRET.search(name) and name not in given:
            why = "sounds like a secret, and everybody can read this file"
            yield Finding((*path, "environment", name), f"{why}; take it out, and write {name}: external under secrets")


def _stores_exist(services: Mapping[str, Values], key: str, known: Collection[str]) -> Iterator[Finding]:
    """A service's database or cache is one of the stack's."""
    for name, service in services.items():
        path, wanted = ("services", name, key), service.get(key)
        if wanted is not None and wanted not in known:
            listed = f"known: {', '.join(sorted(known))}" if known else "there is none"
            says = f"{show(path, wanted)}: headroom:{key}s has no such name{nearest(wanted, known)}; {listed}"
            yield Finding(path, says)


def _bucket(name: str, bucket: Values) -> Iterator[Finding]:
    yield from _at(("buckets", name), _given(bucket, lifecycle_problems, "archive_days", "expire_days"))


def _buckets_exist(services: Mapping[str, Values], known: Collection[str]) -> Iterator[Finding]:
    """A service is given only what the stack has."""
    listed = f"known: {', '.join(sorted(known))}" if known else "there is none"
    for name, service in services.items():
        for wanted in service.get("buckets", {}):
            if wanted not in known:
                says = f"is not among headroom:buckets{nearest(wanted, known)}; {listed}"
                yield Finding(("services", name, "buckets", wanted), says)


def _routes(services: Mapping[str, Values]) -> Iterator[Finding]:
    routed = {name: service for name, service in services.items() if service.get("public") and service.get("paths")}
    owners: dict[str, str] = {}
    for name, service in routed.items():
        for place, route in enumerate(service["paths"]):
            owner = owners.setdefault(route, name)
            path = ("services", name, "paths", place)
            if owner != name:
                yield Finding(path, f"{show(path, route)}: {owner} has this path already; no request would come here")
            elif route in service["paths"][:place]:
                yield Finding(path, f"{show(path, route)}: it stands twice; take one out")
    priorities = {
        name: service["priority"] or derived_priority(name, service["paths"])
        for name, service in routed.items()
        if "priority" in service
    }
    for name in priorities:
        yield from _at(
            ("services", name), [p for p in priority_problems(priorities) if p.reason.startswith(f"{name} ")]
        )


def _images_within_reach(services: Mapping[str, Values], network: Values, top: Values) -> Iterator[Finding]:
    """Without NAT only registries inside AWS's own network can be reached: ECR in this region, by its endpoint."""
    if network.get("nat") != "none" or "aws:region" not in top:
        return
    registry = re.compile(rf"^\d{{12}}\.dkr\.ecr\.{re.escape(top['aws:region'])}\.amazonaws\.com(\.cn)?/")
    for name, service in services.items():
        if "image" in service and not registry.match(service["image"]):
            path = ("services", name, "image")
            remedy = f"copy it to ECR in {top['aws:region']}, or choose another headroom:network.nat"
            yield Finding(
                path, f"{show(path, service['image'])}: with nat none no task can reach that registry; {remedy}"
            )


def _addresses(alarms: Values) -> Iterator[Finding]:
    for key in ("warn_emails", "page_emails"):
        addresses = alarms.get(key, ())
        for place, address in enumerate(addresses):
            if address in addresses[:place]:
                yield Finding(
                    ("alarms", key, place), f"{show(('alarms', key), address)}: it stands twice; take one out"
                )
