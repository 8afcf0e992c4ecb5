"""Sizes of RDS and Aurora instances, and where read replicas go: facts of AWS and arithmetic, free of Pulumi."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

GIB = 1024**3

DatabaseEngine = Literal["postgres", "mysql", "aurora-postgresql", "aurora-mysql"]
"""Engines by AWS's names."""

BYTES_PER_CONNECTION: Mapping[str, int] = MappingProxyType(
    {"postgres": 9_531_392, "aurora-postgresql": 9_531_392, "mysql": 12_582_880}
)
"""Divisor of AWS's default: `LEAST({DBInstanceClassMemory/9531392},5000)` and `{DBInstanceClassMemory/12582880}`.

Sources: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html#RDS_Limits.MaxConnections,
docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Managing.html
"""

MAX_CONNECTIONS = 5000
"""Upper end of PostgreSQL's formula; held for MySQL as well, whose own limit of 100,000 no instance here reaches."""

AURORA_MYSQL_CONNECTIONS: Mapping[int, int] = MappingProxyType(
    {2: 45, 4: 90, 8: 135, 16: 1000, 32: 2000, 64: 3000, 128: 4000, 256: 5000, 384: 6000, 768: 7000}
)
"""Aurora MySQL's default by memory in GiB, as its guide lists it by class; above the last it is the last.

Source: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Managing.Performance.html
"""

SERVERLESS_CONNECTIONS: Mapping[str, Mapping[int, int]] = MappingProxyType(
    {
        "aurora-postgresql": MappingProxyType({1: 189, 4: 823, 8: 1669, 16: 3360, 32: 5000}),
        "aurora-mysql": MappingProxyType({1: 90, 4: 135, 8: 1000, 16: 2000, 32: 3000, 64: 4000, 128: 5000, 192: 6000}),
    }
)
"""Default of Serverless v2 by its maximum capacity in ACU. What lies between two entries counts as the lower.

Source: docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-serverless-v2.setting-capacity.html
#aurora-serverless-v2.max-connections
"""

SERVERLESS_LOW = 2000
"""Most connections of Aurora PostgreSQL Serverless v2 whose minimum is 0 or 0.5 ACU; same source."""

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
SIZES = {"large": 2, "xlarge": 4, "2xlarge": 8, "4xlarge": 16, "8xlarge": 32, "12xlarge": 48, "16xlarge": 64}
LARGER_SIZES = {"24xlarge": 96, "32xlarge": 128, "48xlarge": 192}
GIB_PER_VCPU = {"m": 4, "r": 8, "x": 16}
LARGEST: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("m6g", "m7g", "r6g", "r7g", "x2g"), "16xlarge"),
        **dict.fromkeys(("m5", "r5"), "24xlarge"),
        **dict.fromkeys(("m6i", "r6i"), "32xlarge"),
        **dict.fromkeys(("m7i", "m8g", "r7i", "r8g"), "48xlarge"),
    }
)
"""Largest size of each family."""
WITHOUT_32XLARGE = ("m7i", "m8g", "r7i", "r8g")


def _sizes(family: str) -> dict[str, int]:
    offered = dict(SIZES)
    for size, vcpu in LARGER_SIZES.items():
        if vcpu <= (SIZES | LARGER_SIZES)[LARGEST[family]] and not (size == "32xlarge" and family in WITHOUT_32XLARGE):
            offered[size] = vcpu
    return offered


def _instance_classes() -> dict[str, InstanceClass]:
    classes = {f"db.{f}.{s}": InstanceClass(*size) for f in ("t3", "t4g") for s, size in BURSTABLE.items()}
    for family in sorted(LARGEST):
        for size, vcpu in _sizes(family).items():
            classes[f"db.{family}.{size}"] = InstanceClass(vcpu, vcpu * GIB_PER_VCPU[family[0]])
    return classes


RDS_CLASSES = MappingProxyType(_instance_classes())
"""Classes of RDS and Aurora by name; not every engine offers each of them.

Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
"""


def max_connections(instance_class: str, engine: DatabaseEngine = "postgres") -> int:
    """Connections that an instance of this class accepts (D3, O1); its parameter group sets this very number.

    Raises KeyError for a class that is not in `RDS_CLASSES`.
    """
    memory_gib = RDS_CLASSES[instance_class].memory_gib
    if engine == "aurora-mysql":
        return _at_most(AURORA_MYSQL_CONNECTIONS, memory_gib)
    return min((memory_gib * GIB - RESERVED_BYTES) // BYTES_PER_CONNECTION[engine], MAX_CONNECTIONS)


def serverless_max_connections(min_acu: float, max_acu: float, engine: DatabaseEngine) -> int:
    """Connections that an instance of Aurora Serverless v2 accepts: they follow from its maximum capacity (D3).

    Raises KeyError for an engine that has no Serverless v2.
    """
    most = _at_most(SERVERLESS_CONNECTIONS[engine], max_acu)
    return min(most, SERVERLESS_LOW) if engine == "aurora-postgresql" and min_acu < 1 else most


def _at_most(table: Mapping[int, int], size: float) -> int:
    """The entry of the largest key that is not above `size`; the first one's where all are."""
    return table[max((key for key in table if key <= size), default=min(table))]


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
