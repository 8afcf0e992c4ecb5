"""Settings that mean something on one platform only, and what happens on the other instead: said, never passed over."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel

from infra.settings import Settings
from infra.settings.compute import Compute
from infra.settings.problems import key_of


def always(entry: Any) -> bool:
    """Wherever the setting is set."""
    return True


@dataclass(frozen=True)
class Difference:
    """A setting that a platform takes otherwise than its description says."""

    setting: str
    """Section and key, `cluster.execute_command`; of a map, such as services, every entry's. It is told where it has
    another value than by default."""
    instead: str
    """What happens, or what to do."""
    where: Callable[[Any], bool] = always
    """Of which entries it is true."""


DIFFERENCES: Mapping[Compute, Sequence[Difference]] = MappingProxyType(
    {
        "eks": (
            Difference(
                "services.deploy",
                "pods are replaced a few at a time on EKS, as Kubernetes does it: no requests are moved, and no alarm "
                "brings the earlier version back",
            ),
            Difference("services.requests_per_target", "requests bring no more pods on EKS: the CPU alone does"),
            Difference(
                "services.backlog_per_task",
                "waiting messages bring no more pods on EKS: the CPU alone does. Choose min_count for the hours with "
                "the most messages, or run such a worker on ECS",
            ),
            Difference(
                "services.base_on_demand",
                "Kubernetes prefers Spot nodes and promises no number on others: only spot_percent: 0 keeps pods off "
                "them",
                where=lambda service: service.spot_percent > 0,
            ),
            Difference(
                "services.health_command",
                "on EKS it decides about traffic, and restarts nothing: what it asks may be a database that is down. "
                "Name a liveness_path for what a restart would mend",
                where=lambda service: service.port is not None and service.liveness_path is None,
            ),
            Difference(
                "services.call_timeout_seconds",
                "no call of another service is cut off on EKS: the caller's own limit is all there is",
                where=lambda service: service.call_timeout_seconds > 0,
            ),
            Difference("sleep.enabled", "pods stay at night on EKS: sleep is left for later"),
            Difference(
                "cluster.execute_command",
                "nobody opens a shell by ECS Exec in a pod: kubectl exec does it for those in headroom:eks.admins, and "
                "the file system stays read-only",
            ),
            Difference("eks.observability", "nobody counts pods, so no alarm tells of their CPU, memory or number"),
        ),
        "ecs": (
            Difference(
                "services.liveness_path",
                "nobody asks for it on ECS: a task is replaced where health_command or the load balancer's health "
                "check fails",
            ),
        ),
    }
)
"""What each platform takes otherwise."""


def differences(settings: Settings) -> Iterator[str]:
    """A sentence for each setting that the chosen platform takes otherwise."""
    for difference in DIFFERENCES[settings.compute]:
        where = [key_of(path) for path in _set(settings, difference)]
        if where:
            yield f"{', '.join(where)}: {difference.instead} (docs/eks.md)"


def _set(settings: Settings, difference: Difference) -> Iterator[tuple[str, ...]]:
    """Where its key has another value than by default."""
    section, _, key = difference.setting.partition(".")
    found = getattr(settings, section)
    entries = {(section,): found} if isinstance(found, BaseModel) else {(section, name): e for name, e in found.items()}
    for path, entry in entries.items():
        if _differs(entry, key) and difference.where(entry):
            yield (*path, key)


def _differs(entry: BaseModel, key: str) -> bool:
    return bool(getattr(entry, key) != type(entry).model_fields[key].get_default(call_default_factory=True))
