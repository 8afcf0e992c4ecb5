"""Sizes of RDS instances, and where read replicas go: facts of AWS and arithmetic, free of Pulumi."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType

GIB = 1024**3

BYTES_PER_CONNECTION = 9_531_392
"""Divisor of RDS's default, `LEAST({DBInstanceClassMemory/9531392},5000)`.

Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections
"""

MAX_CONNECTIONS = 5000
"""Upper end of the same formula."""

RESERVED_BYTES = GIB // 4
"""Memory that the operating system and RDS's processes keep: DBInstanceClassMemory is the class's memory less this.

AWS publishes no number. A quarter of a GiB gives 84 connections for 1 GiB and 422 for 4 GiB, a little less than the
formula gives for the whole memory. The parameter group sets the result, so that it holds exactly.
"""


@dataclass(frozen=True)
class InstanceClass:
    """What an RDS class offers."""

    vcpu: int
    """Virtual CPUs."""
    memory_gib: int
    """Memory in GiB."""


BURSTABLE = {"micro": (2, 1), "small": (2, 2), "medium": (2, 4), "large": (2, 8), "xlarge": (4, 16), "2xlarge": (8, 32)}
LARGE_SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64}
GIB_PER_VCPU = {"m": 4, "r": 8}
FAMILIES = ("m6g", "m6i", "m7g", "m7i", "m8g", "r6g", "r6i", "r7g", "r7i", "r8g")


def _instance_classes() -> dict[str, InstanceClass]:
    classes = {f"db.{f}.{s}": InstanceClass(*size) for f in ("t3", "t4g") for s, size in BURSTABLE.items()}
    for family in FAMILIES:
        for size, vcpu in LARGE_SIZES.items():
            classes[f"db.{family}.{size}"] = InstanceClass(vcpu, vcpu * GIB_PER_VCPU[family[0]])
    return classes


RDS_CLASSES = MappingProxyType(_instance_classes())
"""Classes that RDS for PostgreSQL offers, by name, up to 64 vCPU.

Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
"""


def max_connections(instance_class: str) -> int:
    """Connections that an instance of this class accepts (D3, O1); its parameter group sets this very number.

    Raises KeyError for a class that is not in `RDS_CLASSES`.
    """
    memory = RDS_CLASSES[instance_class].memory_gib * GIB - RESERVED_BYTES
    return min(memory // BYTES_PER_CONNECTION, MAX_CONNECTIONS)


def replica_zones(writer_zone: str, zones: Sequence[str], count: int) -> tuple[str, ...]:
    """The zone of each read replica: in turn through all zones but the writer's (D2).

    A replica's zone depends on its place alone and not on `count`, so one more replica moves none of the others.
    Raises ValueError when there is no zone but the writer's.
    """
    others = [zone for zone in zones if zone != writer_zone]
    if count and not others:
        raise ValueError(f"zones is {list(zones)}; a replica needs a zone other than the writer's, {writer_zone}")
    return tuple(others[i % len(others)] for i in range(count))


def free_storage_floor_bytes(storage_gib: int) -> int:
    """Free storage below which growing has failed or has reached its limit (O1).

    RDS grows storage when 10 % of it or less is free for 5 minutes, so less than 10 % of the initial size for longer
    than that means that it did not. Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
    """
    return storage_gib * GIB // 10


def freeable_memory_floor_bytes(instance_class: str) -> int:
    """Freeable memory below which an instance is about to swap: 10 % of its class's memory.

    Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_BestPractices.html ("consistently ... less than 10
    percent"). Raises KeyError for a class that is not in `RDS_CLASSES`.
    """
    return RDS_CLASSES[instance_class].memory_gib * GIB // 10
