"""The change of a stack file after which it asks for what AWS has.

A property leads to a setting only where the setting's value, as the file has it, is what was asked for: where the
program derives one from the other in a way that is not known here, nothing is proposed.
"""

from __future__ import annotations

import difflib
import io
import json
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from infra.settings.reading import SettingsError, read_file
from operations.changes import Change
from operations.drift.model import Patch
from operations.drift.seeing import Seen
from operations.errors import Failure
from operations.findings.origin import Sources
from operations.promotion.model import Value
from operations.promotion.settings.promotable import edited
from operations.properties import MISSING
from operations.words import listed

DATABASE: Final = "aws:rds/instance:Instance"
CLUSTER: Final = "aws:rds/cluster:Cluster"
CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
SCALING: Final = "aws:appautoscaling/target:Target"
BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
GROUP: Final = "aws:lb/targetGroup:TargetGroup"
LOGS: Final = "aws:cloudwatch/logGroup:LogGroup"
QUEUE: Final = "aws:sqs/queue:Queue"
TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
EKS: Final = "aws:eks/cluster:Cluster"


def same(value: Any) -> Any:
    """A value as it is; whole numbers without a fraction."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def number(value: Any) -> Any:
    """A number that AWS writes as text."""
    return int(value) if isinstance(value, str) and value.isdigit() else same(value)


def divided(by: int) -> Callable[[Any], Any]:
    """A whole number in a larger unit; MISSING where it is none."""
    return lambda value: int(value) // by if isinstance(value, int | float) and value % by == 0 else MISSING


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Which setting a property comes from."""

    type: str
    path: str
    """Property path."""
    section: str
    """Section of the settings that the resource must come from, such as `databases`; `*` for any."""
    key: str
    """Below the section's own entry; from the top of the settings where it `counts_for` more."""
    convert: Callable[[Any], Any] = same
    """From the property's value to the setting's."""
    counts_for: str = ""
    """What the setting decides on beside this resource: then it is told, and never proposed. Empty for nothing."""


SETTINGS: Final[Sequence[Setting]] = (
    Setting(type=DATABASE, path="instanceClass", section="databases", key="class"),
    Setting(type=DATABASE, path="allocatedStorage", section="databases", key="storage_gib"),
    Setting(type=DATABASE, path="maxAllocatedStorage", section="databases", key="max_storage_gib"),
    Setting(type=DATABASE, path="backupRetentionPeriod", section="databases", key="backup_days"),
    Setting(type=DATABASE, path="multiAz", section="databases", key="multi_az"),
    Setting(type=DATABASE, path="deletionProtection", section="databases", key="deletion_protection"),
    Setting(type=DATABASE, path="engineVersion", section="databases", key="version"),
    Setting(type=DATABASE, path="monitoringInterval", section="databases", key="monitoring_seconds"),
    Setting(type=DATABASE, path="performanceInsightsEnabled", section="databases", key="insights"),
    Setting(type=CLUSTER, path="backupRetentionPeriod", section="databases", key="backup_days"),
    Setting(type=CLUSTER, path="deletionProtection", section="databases", key="deletion_protection"),
    Setting(type=CLUSTER, path="engineVersion", section="databases", key="version"),
    Setting(type="aws:rds/clusterInstance:ClusterInstance", path="instanceClass", section="databases", key="class"),
    Setting(type=CACHE, path="nodeType", section="caches", key="class"),
    Setting(type=CACHE, path="numCacheClusters", section="caches", key="nodes"),
    Setting(type=CACHE, path="snapshotRetentionLimit", section="caches", key="snapshot_days"),
    Setting(type=CACHE, path="engineVersion", section="caches", key="version"),
    Setting(type=SCALING, path="minCapacity", section="services", key="min_count"),
    Setting(type=SCALING, path="maxCapacity", section="services", key="max_count"),
    Setting(type=TASK, path="cpu", section="services", key="cpu_units", convert=number),
    Setting(type=TASK, path="memory", section="services", key="memory_mib", convert=number),
    Setting(type=GROUP, path="healthCheck.path", section="services", key="health_path"),
    Setting(type=BALANCER, path="idleTimeout", section="load_balancer", key="idle_timeout_seconds"),
    Setting(type=BALANCER, path="enableDeletionProtection", section="load_balancer", key="deletion_protection"),
    Setting(type=BALANCER, path="desyncMitigationMode", section="load_balancer", key="desync_mitigation"),
    Setting(type=QUEUE, path="visibilityTimeoutSeconds", section="queues", key="visibility_timeout_seconds"),
    Setting(
        type=QUEUE, path="messageRetentionSeconds", section="queues", key="retention_days", convert=divided(86_400)
    ),
    Setting(type=QUEUE, path="maxMessageSize", section="queues", key="max_message_kib", convert=divided(1024)),
    Setting(type=EKS, path="version", section="eks", key="version"),
    Setting(type=EKS, path="deletionProtection", section="eks", key="deletion_protection"),
    Setting(type="aws:cloudfront/distribution:Distribution", path="priceClass", section="cdn", key="price_class"),
    Setting(type="aws:ecs/cluster:Cluster", path="settings[0].value", section="cluster", key="insights"),
    Setting(
        type="aws:kms/key:Key",
        path="rotationPeriodInDays",
        section="encryption",
        key="encryption.rotation_days",
        counts_for="every key",
    ),
    Setting(
        type=LOGS,
        path="retentionInDays",
        section="network",
        key="network.flow_log_days",
        counts_for="every flow log",
    ),
    Setting(type=LOGS, path="retentionInDays", section="*", key="logs.retention_days", counts_for="every log group"),
    Setting(type="*", path="tags.Owner", section="*", key="owner", counts_for="every resource"),
)
"""The first that fits is taken."""


@dataclass
class _Proposal:
    """Values for one setting, of every difference that leads to it."""

    values: list[Value]
    counts_for: str


def patch(file: Path, differences: Iterable[Seen], origins: Sources) -> Patch | None:
    """What would have to change in a stack file; None where no setting decides on any of the differences."""
    try:
        text = file.read_bytes().decode()  # with its line ends as they are: git compares them
        config = yaml.safe_load(text)["config"]
    except (OSError, ValueError, yaml.YAMLError, KeyError, TypeError):
        return None
    proposals = _proposals(list(differences), origins, config)
    if not proposals:
        return None
    accepted: dict[str, Value] = {}
    remarks: list[str] = []
    broken = bool(_problem(text, file.name))  # of a file that is wrong already, a change can't be judged
    for path, proposal in proposals.items():
        value, *others = proposal.values
        if any(other != value for other in others):
            remarks.append(f"headroom:{path} can't be all that AWS has: {_values(proposal.values)}")
        elif proposal.counts_for:
            remarks.append(f"headroom:{path}: {json.dumps(value)} would keep it, and counts for {proposal.counts_for}")
        elif problem := _refused(text, {**accepted, path: value}, file.name, broken=broken):
            remarks.append(f"headroom:{path} can't be {json.dumps(value)}: {problem}")
        else:
            accepted[path] = value
    settings = {f"headroom:{path}": json.dumps(value) for path, value in accepted.items()}
    return Patch(settings=settings, text=_diff(text, accepted, file.name), remarks=remarks)


def _proposals(differences: Sequence[Seen], origins: Sources, config: Mapping[str, Any]) -> dict[str, _Proposal]:
    found: dict[str, _Proposal] = {}
    differing = {(seen.change.urn, seen.path) for seen in differences}
    for seen in differences:
        led = _leads_to(seen, origins.of(seen.change.urn).setting, config) if seen.kind == "changed" else None
        if led:
            path, value, counts_for = led
            taken = path.endswith(".class") and _at(config, f"{path.removesuffix('class')}replica_class")
            counts_for = counts_for or _beside(seen, origins, differing, replicas=taken in (None, MISSING, False))
            proposal = found.setdefault(path, _Proposal([], counts_for))
            proposal.values.append(value)
    return found


def _beside(seen: Seen, origins: Sources, differing: Collection[tuple[str, str]], *, replicas: bool) -> str:
    """Resources of the same kind that the same setting decides on, and that have what was asked for."""
    own = origins.of(seen.change.urn).setting
    alike = [
        other
        for other in seen.run.changes.values()
        if other.type == seen.change.type
        and other.old is not None
        and other.old.inputs.get(seen.top, MISSING) == seen.asks(seen.top)
        and (other.urn, seen.path) not in differing
        and origins.of(other.urn).setting == own
    ]
    return listed([other.label for other in alike if replicas or not _is_replica(other)])


def _leads_to(seen: Seen, origin: str, config: Mapping[str, Any]) -> tuple[str, Value, str] | None:
    """The setting's path, the value that it would have, and what else it counts for."""
    own = origin.removeprefix("headroom:") if origin.startswith("headroom:") else ""
    for setting in SETTINGS:
        fits = setting.type in ("*", seen.change.type) and setting.path == seen.path
        if not fits or setting.section not in ("*", own.partition(".")[0]):
            continue
        key = setting.key
        if _is_replica(seen.change) and not setting.counts_for:
            if key != "class":
                return None  # it takes everything else from its writer
            key = "replica_class"
        path = setting.key if setting.counts_for else f"{own}.{key}"
        stands, asked, found = _at(config, path), setting.convert(seen.asked), setting.convert(seen.found)
        if found is MISSING or not isinstance(found, str | int | float | bool):
            return None
        if key == "version" and isinstance(stands, str) and isinstance(found, str):
            asked, found = (".".join(str(one).split(".")[: stands.count(".") + 1]) for one in (asked, found))
        if stands is MISSING and key == setting.key:
            return None
        return None if stands not in (MISSING, asked) or stands == found else (path, found, setting.counts_for)
    return None


def _is_replica(change: Change) -> bool:
    return change.type == DATABASE and change.old is not None and "replicateSourceDb" in change.old.inputs


def _at(config: Mapping[str, Any], path: str) -> Any:
    first, *rest = path.split(".")
    value: Any = config.get(f"headroom:{first}", MISSING)
    for key in rest:
        value = value.get(key, MISSING) if isinstance(value, Mapping) else MISSING
    return value


def _values(values: Iterable[Value]) -> str:
    return ", ".join(dict.fromkeys(map(json.dumps, values)))


def _refused(text: str, values: Mapping[str, Value], name: str, *, broken: bool) -> str:
    """Why the file can't have these values, or nothing."""
    try:
        changed = edited(text, values, name)
    except Failure as failure:
        return failure.message.splitlines()[0]
    return "" if broken else _problem(changed, name)


def _problem(text: str, name: str) -> str:
    """What is wrong with the settings of such a file, or nothing."""
    with tempfile.TemporaryDirectory(prefix="headroom-") as folder:
        file = Path(folder) / name
        file.write_bytes(text.encode())
        try:
            read_file(file)
        except SettingsError as error:
            return str(error).splitlines()[0].removeprefix(f"{name}: ")
    return ""


def _diff(text: str, values: Mapping[str, Value], name: str) -> str:
    if not values:
        return ""
    before, after = (io.StringIO(one, newline="\n").readlines() for one in (text, edited(text, values, name)))
    lines = difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
