"""What an API server refuses of pods although the schemas allow it: ports, quantities, promises above their limit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

Problem = tuple[str, str]
QUANTITY = re.compile(r"^([+-]?(?:\d+\.?\d*|\.\d+))(?:([KMGTPE]i)|([numkMGTPE])|[eE]([+-]?\d+))?$")
QUANTITY_SOURCE = "kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity"
RESOURCES_SOURCE = "kubernetes.io/docs/concepts/configuration/manage-resources-containers"
POD_SOURCE = "kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1"
DECIMAL = dict(zip("num kMGTPE", range(-9, 19, 3), strict=True))
"""Suffix to its power of ten; the space stands for none."""
BINARY = dict(zip("KMGTPE", range(10, 70, 10), strict=True))
"""First letter of a suffix to its power of two."""
PODS = (("spec", "jobTemplate", "spec", "template", "spec"), ("spec", "template", "spec"), ("spec",))
"""Where a pod stands in the objects that make pods, and in a pod."""


def quantity(value: Any) -> Decimal | None:
    """The number that a quantity stands for; None for what is no quantity."""
    match = QUANTITY.match(str(value))
    if match is None or isinstance(value, bool):
        return None
    digits, binary, power, exponent = match.groups()
    try:
        number = Decimal(digits)
    except InvalidOperation:
        return None
    if binary:
        return number * (1 << BINARY[binary[0]])
    return number.scaleb(int(exponent) if exponent else DECIMAL[power or " "])


def problems(bare: Mapping[str, Any]) -> Iterator[Problem]:
    """Path and reason of each, in every container; what has another shape is left to the schemas."""
    for steps in PODS:
        pod: Any = bare
        for step in steps:
            pod = pod.get(step) if isinstance(pod, Mapping) else None
        for group in ("initContainers", "containers"):
            for number, container in enumerate(_items(pod, group)):
                place = f"{'.'.join(steps)}.{group}[{number}]"
                yield from _ports(place, container)
                yield from _resources(f"{place}.resources", container)


def _items(holder: Any, name: str) -> list[Mapping[str, Any]]:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return [item for item in found if isinstance(item, Mapping)] if isinstance(found, list) else []


def _ports(place: str, container: Mapping[str, Any]) -> Iterator[Problem]:
    for number, entry in enumerate(_items(container, "ports")):
        port = entry.get("containerPort")
        if isinstance(port, int) and not 1 <= port <= 65535:
            path = f"{place}.ports[{number}].containerPort"
            yield path, f"{path} is {port}: ports go from 1 to 65535; choose one of them ({POD_SOURCE})"


def _resources(place: str, container: Mapping[str, Any]) -> Iterator[Problem]:
    resources = container.get("resources")
    requests, limits = (
        {name: value for name, value in _entries(resources, group).items() if isinstance(value, str | int | float)}
        for group in ("requests", "limits")
    )
    for group, given in (("requests", requests), ("limits", limits)):
        for name, value in given.items():
            if quantity(value) is None:
                path = f"{place}.{group}.{name}"
                remedy = f"write one such as 250m or 256Mi ({QUANTITY_SOURCE})"
                yield path, f"{path} is {value!r}: it is no quantity; {remedy}"
    for name, value in requests.items():
        amount, limit = quantity(value), quantity(limits.get(name))
        if amount is not None and limit is not None and amount > limit:
            path, most = f"{place}.requests.{name}", limits[name]
            yield (
                path,
                f"{path} is {value!r}: it is above its limit, {most}; choose {most} or less ({RESOURCES_SOURCE})",
            )


def _entries(holder: Any, name: str) -> Mapping[str, Any]:
    found = holder.get(name) if isinstance(holder, Mapping) else None
    return found if isinstance(found, Mapping) else {}
