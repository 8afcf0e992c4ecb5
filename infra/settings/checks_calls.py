"""Checks of calls among services, of traces, and of the room that both take in tasks."""

from collections.abc import Iterator, Mapping, Sequence

from components.services.calls import SOURCE, called, circle
from components.services.sidecars import room_problems
from infra.settings.checking import Values, at
from infra.settings.images import image_findings
from infra.settings.problems import Finding, Path, nearest, show

SIZE = ("cpu_units", "memory_mib", "tmp_mib")


def calls_findings(services: Mapping[str, Values], telemetry: Values, top: Values) -> Iterator[Finding]:
    """Calls that lead nowhere, and tasks that have no room for what carries them, or for the collector."""
    calls: dict[str, list[str]] = {name: [] for name in services}
    for name, service in services.items():
        for place, other in enumerate(service.get("calls", ())):
            says = _reason(name, other, calls[name], services)
            if says:
                path: Path = ("services", name, "calls", place)
                yield Finding(path, f"{show(path, other)}: {says}")
            else:
                calls[name].append(other)
    if top.get("compute") != "eks":
        yield from _around(calls)
        yield from _room(calls, services, telemetry)


def _around(calls: Mapping[str, Sequence[str]]) -> Iterator[Finding]:
    """Services that call each other around: none of them can be deployed after those that it calls."""
    around = circle(calls)
    if around:
        path = ("services", around[0], "calls")
        why = "a task on ECS knows only the names that were there when its service was deployed"
        remedy = "let one of them answer by a queue, or by the load balancer"
        says = f"{' calls '.join(around)}, and {why}; {remedy} ({SOURCE})"
        yield Finding(path, f"{show(path, calls[around[0]])}: {says}")


def _room(calls: Mapping[str, Sequence[str]], services: Mapping[str, Values], telemetry: Values) -> Iterator[Finding]:
    """Tasks that are too small for what runs in them beside the service."""
    connected = called(calls) | {name for name, wanted in calls.items() if wanted}
    for name, service in services.items():
        traced = service.get("traces") is True and telemetry.get("traces", "none") != "none"
        if all(key in service for key in SIZE) and "memory_mib" in telemetry:
            sizes = [service[key] for key in SIZE]
            collector = telemetry["memory_mib"] if traced else 0
            yield from at(("services", name), room_problems(*sizes, proxy=name in connected, collector_mib=collector))


def _reason(name: str, other: str, before: Sequence[str], services: Mapping[str, Values]) -> str:
    """Why a service can't call another; empty if it can."""
    if other == name:
        return "a service needs no name to reach itself; take it out"
    if other in before:
        return "it stands twice; take one out"
    if other not in services:
        known = sorted(set(services) - {name})
        listed = f"known: {', '.join(known)}" if known else "there is no other"
        return f"headroom:services has no such name{nearest(other, known)}; {listed}"
    if "port" in services[other] and services[other]["port"] is None:
        return f"{other} listens on no port; give it one, or send it messages by a queue"
    return ""


def telemetry_findings(telemetry: Values, network: Values, top: Values) -> Iterator[Finding]:
    """Traces without a receiver, a receiver without traces, and both out of reach."""
    traces, endpoint = telemetry.get("traces"), telemetry.get("endpoint")
    path = ("telemetry", "endpoint")
    if traces == "otlp" and endpoint == "none":
        yield Finding(
            path, "is missing; traces: otlp needs the URL of what receives them, such as https://otlp.example.com"
        )
    if traces == "otlp" and endpoint not in (None, "none") and network.get("nat") == "none":
        remedy = "choose traces: xray, or another headroom:network.nat"
        yield Finding(path, f"{show(path, endpoint)}: with nat none no task can reach it; {remedy}")
    for key in ("endpoint", "header"):
        if traces in ("none", "xray") and telemetry.get(key, "none") != "none":
            path, value = ("telemetry", key), telemetry[key]
            yield Finding(path, f"{show(path, value)}: traces go to {traces}; take it out, or set traces: otlp")
    if traces in ("xray", "otlp") and "image" in telemetry:
        yield from image_findings(("telemetry", "image"), telemetry["image"], network, top)
