"""Settings that mean something on one platform only, and what happens on the other instead: said, never passed over."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pydantic import BaseModel

from infra.settings import Settings
from infra.settings.compute import Compute
from infra.settings.problems import key_of

DIFFERENCES: Mapping[Compute, Mapping[str, str]] = MappingProxyType(
    {
        "eks": MappingProxyType(
            {
                "services.requests_per_target": "requests bring no more pods on EKS: the CPU alone does",
                "services.backlog_per_task": "waiting messages bring no more pods on EKS: the CPU alone does. Choose "
                "min_count for the hours with the most messages, or run such a worker on ECS",
                "services.base_on_demand": "Kubernetes prefers Spot nodes and promises no number on others: only "
                "spot_percent: 0 keeps pods off them",
                "sleep.enabled": "pods stay at night on EKS: sleep is left for later",
                "cluster.execute_command": "nobody opens a shell by ECS Exec in a pod: kubectl exec does it for those "
                "in headroom:eks.admins, and the file system stays read-only",
            }
        ),
        "ecs": MappingProxyType(
            {
                "services.liveness_path": "nobody asks for it on ECS: a task is replaced where health_command or the "
                "load balancer's health check fails",
            }
        ),
    }
)
"""Platform -> setting -> what happens there. The section's name, and the key that is told if it has been set; of
services, queues and other maps every entry's."""


def differences(settings: Settings) -> Iterator[str]:
    """A sentence for each setting that the chosen platform takes otherwise."""
    for setting, instead in DIFFERENCES[settings.compute].items():
        section, _, key = setting.partition(".")
        where = [key_of(path) for path in _set(settings, section, key)]
        if where:
            yield f"{', '.join(where)}: {instead} (docs/eks.md)"


def _set(settings: Settings, section: str, key: str) -> Iterator[tuple[str, ...]]:
    """Where a key has another value than by default."""
    found = getattr(settings, section)
    if isinstance(found, BaseModel):
        if _differs(found, key):
            yield (section, key)
    else:
        yield from ((section, name, key) for name, entry in found.items() if _differs(entry, key))


def _differs(entry: BaseModel, key: str) -> bool:
    return bool(getattr(entry, key) != type(entry).model_fields[key].get_default(call_default_factory=True))
