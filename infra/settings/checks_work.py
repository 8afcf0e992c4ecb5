"""Checks of queues, schedules, and the registry."""

from collections.abc import Collection, Iterator, Mapping

from components.queues.constraints import (
    STOP_SECONDS,
    deduplication_problems,
    name_problems,
    retention_problems,
    stop_problems,
    timeout_problems,
)
from components.schedules.constraints import command_problems, size_problems, time_problems, time_zone_problems
from components.services.constraints import stop_seconds
from components.services.registry_rules import is_own
from components.services.sleep import DAY, Sleep, sleep_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding, nearest, show

Entries = Mapping[str, Values]


def queues_findings(queues: Entries) -> Iterator[Finding]:
    """Every contradiction in and among the queues."""
    for name, queue in queues.items():
        path = ("queues", name)
        yield from at(
            path, given(queue, timeout_problems, "visibility_timeout_seconds", "max_receives", "retention_days")
        )
        yield from at(path, given(queue, retention_problems, "retention_days", "fifo"))
        yield from at(path, given(queue, deduplication_problems, "deduplicate_content", "fifo"))
    for problem in name_problems(queues):
        yield Finding(("queues", problem.key), f"can't have this name: {problem.reason}; {problem.remedy}")


def sleeping_queues_findings(queues: Entries, sleep: Values) -> Iterator[Finding]:
    """While services sleep nobody takes a message: it must not be lost before the morning."""
    if sleep.get("enabled") is not True or not {"from", "to", "days", "timezone"} <= set(sleep):
        return
    if sleep_problems(sleep["from"], sleep["to"], sleep["days"], sleep["timezone"]):
        return
    night = Sleep(begins=sleep["from"], ends=sleep["to"], days=sleep["days"], timezone=sleep["timezone"])
    least = night.longest_minutes // DAY + 1
    for name, queue in queues.items():
        if queue.get("retention_days", least) < least:
            path = ("queues", name, "retention_days")
            night_hours = f"services sleep for {night.longest_minutes / 60:g} hours on end (headroom:sleep)"
            why = f"{night_hours}, and messages would be lost; choose {least} or more"
            says = f"{show(path, queue['retention_days'])}: {why}"
            yield Finding(path, says)


def used_queues_findings(queues: Collection[str], services: Entries) -> Iterator[Finding]:
    """A service uses only queues that the stack has, and names each once."""
    listed = f"known: {', '.join(sorted(queues))}" if queues else "there is none"
    for name, service in services.items():
        for key in ("produces", "consumes"):
            for place, wanted in enumerate(service.get(key, ())):
                path = ("services", name, key, place)
                if wanted not in queues:
                    says = f"{show(path, wanted)}: headroom:queues has no such name{nearest(wanted, queues)}; {listed}"
                    yield Finding(path, says)
                elif wanted in service[key][:place]:
                    yield Finding(path, f"{show(path, wanted)}: it stands twice; take one out")


def consumption_findings(queues: Entries, services: Entries) -> Iterator[Finding]:
    """Without a consumer every message is lost in the end. A producer may be elsewhere: that is only warned of."""
    for name, service in services.items():
        yield from _backlog(name, service)
        yield from _last_message(service, queues)
    if any("consumes" not in service for service in services.values()):
        return
    taken = {queue for service in services.values() for queue in service["consumes"]}
    for name in queues:
        if name not in taken:
            says = "has no consumer, so every message would be lost after retention_days; name it under consumes of the"
            yield Finding(("queues", name), f"{says} service that works on it, or take it out")


def _backlog(name: str, service: Values) -> Iterator[Finding]:
    path = ("services", name, "backlog_per_task")
    wanted = service.get("backlog_per_task")
    if wanted is not None and service.get("consumes") == ():
        yield Finding(path, f"{show(path, wanted)}: the service consumes no queue; name one under consumes")


def _last_message(service: Values, queues: Entries) -> Iterator[Finding]:
    """A consumer that drains for longer than others has its last message for longer."""
    if "drain_seconds" not in service:
        return
    for wanted in service.get("consumes", ()):
        seconds = queues.get(wanted, {}).get("visibility_timeout_seconds", 0)
        if seconds > STOP_SECONDS:
            yield from at(("queues", wanted), stop_problems(seconds, stop_seconds(service["drain_seconds"])))


def schedules_findings(schedules: Entries) -> Iterator[Finding]:
    """Every schedule by itself."""
    for name, schedule in schedules.items():
        path = ("schedules", name)
        yield from at(path, given(schedule, time_problems, "every"))
        yield from at(path, given(schedule, time_zone_problems, "timezone"))
        yield from at(path, given(schedule, command_problems, "command"))
        yield from at(path, given(schedule, size_problems, "cpu_units", "memory_mib"))


def scheduled_services_findings(schedules: Entries, services: Collection[str]) -> Iterator[Finding]:
    """A schedule runs a task of a service that the stack has."""
    listed = f"known: {', '.join(sorted(services))}" if services else "there is none"
    for name, schedule in schedules.items():
        path = ("schedules", name, "service")
        wanted = schedule.get("service")
        if wanted is not None and wanted not in services:
            says = f"{show(path, wanted)}: headroom:services has no such name{nearest(wanted, services)}; {listed}"
            yield Finding(path, says)


def registry_findings(registry: Values | None, services: Entries, top: Values) -> Iterator[Finding]:
    """Images of ours need a registry; who pulls from it is another account."""
    for name, service in services.items():
        image = ("services", name, "image")
        if registry is None and is_own(service.get("image", "")):
            remedy = "set headroom:registry, or name the image by its registry"
            yield Finding(image, f"{show(image, service['image'])}: there is no registry; {remedy}")
    if registry is None:
        return
    path = ("registry", "pull_accounts")
    accounts = registry.get("pull_accounts", ())
    for place, account in enumerate(accounts):
        where = (*path, place)
        if account == registry.get("account"):
            yield Finding(where, f"{show(where, account)}: the registry's own account pulls anyway; take it out")
        elif account in accounts[:place]:
            yield Finding(where, f"{show(where, account)}: it stands twice; take one out")
    environments = registry.get("environments", ())
    for place, name in enumerate(environments):
        if name in environments[:place]:
            where = ("registry", "environments", place)
            yield Finding(where, f"{show(where, name)}: it stands twice; take one out")
    own = top.get("account")
    elsewhere = own is not None and registry.get("account") not in (None, own)
    if elsewhere and not registry.get("existing") and "pull_accounts" in registry and own not in accounts:
        yield Finding(path, f"does not name this environment's account, {own}, which could not pull; add it")
