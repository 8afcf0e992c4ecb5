"""Alarm conditions of an Aurora cluster and its instances, as plain data."""

from collections.abc import Mapping
from types import MappingProxyType

import pulumi

from components import sizing
from components.alarms.conditions import RUNS_REPORTS, Condition, Metric, Threshold, told_by
from components.alarms.watched import WatchedMember

AURORA_METRICS = "docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/Aurora.AuroraMonitoring.Metrics.html"
GIB = sizing.GIB
TIB = 1024 * GIB

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "cpu_percent": Threshold(70, f"O1; {AURORA_METRICS}"),
        "connections_share": Threshold(0.8, f"O1; {AURORA_METRICS}"),
        "lag_milliseconds": Threshold(1000, f"ours; Aurora's readers are usually well below 100 ms: {AURORA_METRICS}"),
        "capacity_percent": Threshold(
            90, f"ours: from here on the load grows and the capacity can't: {AURORA_METRICS}"
        ),
        "serverless_memory_gib": Threshold(0.25, "ours: an instance of 0.5 ACU has 1 GiB in all"),
        "local_storage_gib": Threshold(1, f"ours; AWS lists 7.5 GiB for the smallest class: {AURORA_METRICS}"),
        "volume_tib": Threshold(100, f"ours; Aurora's volume ends at 128 TiB in most releases: {AURORA_METRICS}"),
    }
)
"""Limits, and where they come from."""


def member_conditions(member: WatchedMember) -> list[Condition]:
    """An instance short of CPU, connections, memory or local storage; a reader that lags; capacity at its end (O1).

    Any member may be the writer after a failover, and only a reader reports a lag: all are watched, and a member that
    reports none is not wrong. A paused instance reports nothing but zeros, so missing data is wrong of those only that
    never pause, and told once, by the memory alarm.
    """
    conditions = [*_load(member), _memory(member)]
    if member.is_serverless:
        return [*conditions, _capacity(member), _lag(member)]
    return [*conditions, _local_storage(member), _lag(member)]


def _metric(member: WatchedMember, name: str, statistic: str = "Average") -> Metric:
    dimensions = {"DBInstanceIdentifier": member.identifier}
    return Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, statistic=statistic)


def _load(member: WatchedMember) -> list[Condition]:
    most = member.max_connections
    limit = THRESHOLDS["cpu_percent"].value
    scales = "; readers are added at the same mark, so it counts only if it lasts" if member.is_scaled else ""
    return [
        Condition(
            name="database-cpu-high",
            severity="warn",
            what=f"database CPU is above {limit:g} %{scales}",
            first="see the statements that wait most in Database Insights; an index or a reader helps before a class",
            metrics={"cpu": _metric(member, "CPUUtilization")},
            threshold=limit,
            # Scaling needs about ten minutes to add a reader: until then this is its business.
            periods=20 if member.is_scaled else 5,
            breaching_periods=20 if member.is_scaled else 5,
            missing="notBreaching",
            silence=told_by("database-memory-low"),
        ),
        Condition(
            name="database-connections-high",
            severity="warn",
            what=f"more than 80 % of {most} connections are in use",
            first="find the service that holds them, and lower its pool before raising the class or the capacity",
            metrics={"connections": _metric(member, "DatabaseConnections", "Maximum")},
            threshold=int(most * THRESHOLDS["connections_share"].value),
            missing="notBreaching",
            silence=told_by("database-memory-low"),
        ),
    ]


def _memory(member: WatchedMember) -> Condition:
    """Of a serverless instance the floor is fixed: its memory follows the load, and little is free on purpose."""
    if member.is_serverless:
        floor = int(THRESHOLDS["serverless_memory_gib"].value * GIB)
    else:
        floor = sizing.freeable_memory_floor_bytes(member.instance_class)
    reports = "" if member.pauses else ", or the instance has stopped reporting"
    return Condition(
        name="database-memory-low",
        severity="warn",
        what=f"less than {floor / GIB:.2g} GiB of the memory is free to use{reports}",
        first="look for many or idle connections; else choose the next class, or more capacity",
        metrics={"free": _metric(member, "FreeableMemory")},
        above=False,
        threshold=floor,
        missing="notBreaching" if member.pauses else "breaching",
        silence="one that pauses reports nothing meanwhile" if member.pauses else RUNS_REPORTS,
    )


def _local_storage(member: WatchedMember) -> Condition:
    """Sorts and temporary tables that don't fit into memory; it is the instance's, and has nothing to do with the
    volume."""
    limit = THRESHOLDS["local_storage_gib"].value
    return Condition(
        name="database-local-storage-low",
        severity="warn",
        what=f"less than {limit:g} GiB is left for temporary files, and queries that sort will fail",
        first="look for queries with large sorts or temporary tables; the next class has twice as much",
        metrics={"free": _metric(member, "FreeLocalStorage", "Minimum")},
        above=False,
        threshold=int(limit * GIB),
        missing="notBreaching",
        silence=told_by("database-memory-low"),
    )


def _capacity(member: WatchedMember) -> Condition:
    limit = THRESHOLDS["capacity_percent"].value
    return Condition(
        name="database-capacity-high",
        severity="warn",
        what=f"more than {limit:g} % of the most capacity is used for 15 minutes, and it can't grow any more",
        first="raise serverless.max_acu; see in Database Insights what the load is",
        metrics={"used": _metric(member, "ACUUtilization")},
        threshold=limit,
        periods=15,
        breaching_periods=15,
        missing="notBreaching",
        silence=told_by("database-memory-low"),
    )


def _lag(member: WatchedMember) -> Condition:
    limit = THRESHOLDS["lag_milliseconds"].value
    return Condition(
        name="database-replica-lag",
        severity="warn",
        what=f"as a reader it is more than {limit / 1000:g} s behind the writer",
        first="look for a long query on it or a burst of writes; a reader far behind restarts itself",
        metrics={"lag": _metric(member, "AuroraReplicaLag", "Maximum")},
        threshold=limit,
        missing="notBreaching",
        silence="only a reader reports a lag, and a failover changes which one that is",
    )


def cluster_conditions(cluster_identifier: pulumi.Input[str]) -> list[Condition]:
    """The volume nears the size at which a cluster stops to take writes."""
    limit = THRESHOLDS["volume_tib"].value
    dimensions = {"DBClusterIdentifier": cluster_identifier}
    used = Metric(namespace="AWS/RDS", name="VolumeBytesUsed", dimensions=dimensions, statistic="Maximum")
    return [
        Condition(
            name="database-volume-high",
            severity="page",
            what=f"the cluster's volume holds more than {limit:g} TiB, and a full one takes no writes",
            first="drop or move what is not needed; partitions make that cheap",
            metrics={"used": used},
            threshold=int(limit * TIB),
            # AWS measures a volume every few minutes.
            period_seconds=3600,
            periods=1,
            breaching_periods=1,
            missing="notBreaching",
            silence="AWS measures a volume every few minutes only",
        )
    ]
