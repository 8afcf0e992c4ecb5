"""Alarm conditions as plain data: what is measured, from when on it is wrong, and what to do first."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import pulumi

from components import sizing
from components.alarms.watched import WatchedInstance
from components.databases.connection import Protocol
from components.links import LoadBalancerLink, RouteLink

Missing = Literal["notBreaching", "breaching", "ignore", "missing"]
Severity = Literal["warn", "page"]

NO_EVENTS = "reported only when there is something to count"
RUNS_REPORTS = "one that runs reports every minute"


def told_by(alarm: str) -> str:
    """Why silence is not wrong of an alarm where another on the same thing treats it so: it is told once."""
    return f"a silent one is told by `{alarm}`"


@dataclass(frozen=True)
class Threshold:
    """A limit, and where it comes from."""

    value: float
    """Limit, in the unit that its name tells."""
    source: str
    """Requirement or AWS document."""


ALB_METRICS = "docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"
RDS_METRICS = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-metrics.html"
RDS_REPLICAS = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PostgreSQL.Replication.ReadReplicas.html"
ECS_METRICS = "docs.aws.amazon.com/AmazonECS/latest/developerguide/cloudwatch-metrics.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "service_cpu_percent": Threshold(70, f"O1; {ECS_METRICS}"),
        "service_memory_percent": Threshold(80, f"O1; {ECS_METRICS}"),
        "running_tasks": Threshold(1, f"ours, O1 counts tasks behind a load balancer only; {ECS_METRICS}"),
        "errors_warn_percent": Threshold(1, f"O1; {ALB_METRICS}"),
        "errors_page_percent": Threshold(5, f"O1; {ALB_METRICS}"),
        "errors_minimum": Threshold(5, "ours: one failed request in a quiet minute is no rate"),
        "logged_errors": Threshold(5, "ours: a single bad message is no news, what is broken logs more"),
        "p95_seconds": Threshold(2, f"O1; {ALB_METRICS}"),
        "unhealthy_tasks": Threshold(0, f"O1; {ALB_METRICS}"),
        "healthy_tasks": Threshold(1, f"O1; {ALB_METRICS}"),
        "database_cpu_percent": Threshold(70, f"O1; {RDS_METRICS}"),
        "database_connections_share": Threshold(0.8, f"O1; {RDS_METRICS}"),
        "replica_lag_seconds": Threshold(360, f"ours, O1 names no number; {RDS_REPLICAS}: an idle writer shows 300"),
    }
)
"""Limits that are the same everywhere; those that follow from a size are in `sizing`."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric as CloudWatch stores it."""

    namespace: str
    """CloudWatch namespace, `AWS/ECS`."""
    name: str
    """Metric name, `CPUUtilization`."""
    dimensions: Mapping[str, pulumi.Input[str]]
    """Dimension names to values; CloudWatch finds nothing unless they are complete."""
    statistic: str
    """`Average`, `Sum`, `Maximum`, `Minimum`, `SampleCount`, or a percentile such as `p95`."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One alarm."""

    name: str
    """What is wrong, `cpu-high`; follows the watched thing's name."""
    severity: Severity
    """Topic: `warn` waits until working hours, `page` does not."""
    what: str
    """What is wrong, as a sentence."""
    first: str
    """The first thing to do, as a sentence."""
    metrics: Mapping[str, Metric]
    """Metrics by the id that `expression` uses; exactly one if there is no expression."""
    expression: str | None = None
    """Metric math over the ids."""
    above: bool = True
    """Whether values above the threshold are wrong, or values below it."""
    threshold: float
    """Limit, in the unit of the metric or expression."""
    period_seconds: int = 60
    """Length of one data point."""
    periods: int = 5
    """Data points that are looked at."""
    breaching_periods: int = 5
    """How many of these must be wrong."""
    missing: Missing
    """How a missing data point counts."""
    silence: str
    """Why it counts so: what it means that nothing is reported."""
    by_incident: bool = False
    """An incident (see `incidents`) tells people of it in place of the alarm itself, so that one cause pages once."""
    guide: str | None = None
    """Page under docs/runbooks without its ending; the name by default, without `-warn` or `-page`."""

    @property
    def runbook(self) -> str:
        """The page that tells what to do."""
        return self.guide or self.name.removesuffix("-warn").removesuffix("-page")


def error_rate(
    name: str, severity: Severity, what: str, first: str, errors: Metric, requests: Metric, total: str
) -> Condition:
    """The share of failed requests, in percent; `total` is the metric math of all requests.

    A minute with fewer than 5 errors counts as none, or one failed request at night would page. CloudWatch reports no
    zero, so missing data means no errors.
    """
    limit = THRESHOLDS["errors_warn_percent" if severity == "warn" else "errors_page_percent"].value
    return Condition(
        name=name,
        severity=severity,
        what=f"{what}: more than {limit:g} %",
        first=first,
        metrics={"errors": errors, "requests": requests},
        expression=f"IF(errors >= {THRESHOLDS['errors_minimum'].value:g}, 100 * errors / ({total}), 0)",
        threshold=limit,
        breaching_periods=3,
        missing="notBreaching",
        silence=NO_EVENTS,
        by_incident=severity == "page",
    )


def balancer_metric(name: str, statistic: str, balancer: LoadBalancerLink, route: RouteLink | None = None) -> Metric:
    """A metric of the load balancer, or of one target group behind it."""
    dimensions: dict[str, pulumi.Input[str]] = {"LoadBalancer": balancer.arn_suffix}
    if route is not None:
        dimensions["TargetGroup"] = route.target_group_arn_suffix
    return Metric(namespace="AWS/ApplicationELB", name=name, dimensions=dimensions, statistic=statistic)


def load_balancer_conditions(balancer: LoadBalancerLink) -> list[Condition]:
    """Requests that the load balancer itself had to refuse: no healthy target, or one that hung up (O1).

    RequestCount leaves out requests that found no target, so the refused ones are added to the total.
    """
    errors = balancer_metric("HTTPCode_ELB_5XX_Count", "Sum", balancer)
    requests = balancer_metric("RequestCount", "Sum", balancer)
    what, total = "the load balancer answers 5xx for its targets", "FILL(requests, 0) + errors"
    return [
        error_rate(
            "refused-warn",
            "warn",
            what,
            "502 is a target that hung up, 503 no target, 504 a slow one: see which it is in the metrics",
            errors,
            requests,
            total,
        ),
        error_rate("refused-page", "page", what, "look which service has no healthy tasks", errors, requests, total),
    ]


def instance_conditions(instance: WatchedInstance) -> list[Condition]:
    """A database instance short of CPU, connections, storage or memory, or gone; a replica that lags (O1).

    An instance that runs reports every minute. That one reports nothing is told once, by an alarm of its own: that is
    part of the database's incident, beside which services keep quiet, and storage that runs low must silence nobody.
    """

    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions = {"DBInstanceIdentifier": instance.identifier}
        return Metric(namespace="AWS/RDS", name=name, dimensions=dimensions, statistic=statistic)

    most = instance.max_connections
    conditions = [
        Condition(
            name="database-cpu-high",
            severity="warn",
            what="database CPU is above 70 %",
            first="see the statements that wait most in Database Insights; an index or a replica helps before a class",
            metrics={"cpu": metric("CPUUtilization")},
            threshold=THRESHOLDS["database_cpu_percent"].value,
            missing="notBreaching",
            silence=told_by("database-silent"),
        ),
        Condition(
            name="database-connections-high",
            severity="warn",
            what=f"more than 80 % of {most} connections are in use",
            first=f"find the service that holds them {SESSIONS[instance.protocol]}, and lower its pool before raising "
            "the class",
            metrics={"connections": metric("DatabaseConnections", "Maximum")},
            threshold=int(most * THRESHOLDS["database_connections_share"].value),
            missing="notBreaching",
            silence=told_by("database-silent"),
        ),
        _storage_low(metric("FreeStorageSpace", "Minimum"), instance.storage_gib),
        Condition(
            name="database-memory-low",
            severity="warn",
            what="less than 10 % of the memory is free to use, and swapping is near",
            first="look for many or idle connections; else choose the next class",
            metrics={"free": metric("FreeableMemory")},
            above=False,
            threshold=sizing.freeable_memory_floor_bytes(instance.instance_class),
            missing="notBreaching",
            silence=told_by("database-silent"),
        ),
        silent_instance(metric("DatabaseConnections", "Maximum")),
    ]
    return [*conditions, *([replica_lag(metric("ReplicaLag"), instance.protocol)] if instance.is_replica else [])]


def _storage_low(free: Metric, storage_gib: int) -> Condition:
    return Condition(
        name="database-storage-low",
        severity="page",
        what="free storage is low though storage should have grown",
        first="raise max_storage_gib (or storage_gib, if growing is off); a full database stops",
        metrics={"free": free},
        above=False,
        threshold=sizing.free_storage_floor_bytes(storage_gib),
        period_seconds=300,
        periods=3,
        breaching_periods=3,
        missing="notBreaching",
        silence=told_by("database-silent"),
    )


def silent_instance(connections: Metric) -> Condition:
    """An instance that is gone, by what it no longer reports."""
    return Condition(
        name="database-silent",
        severity="page",
        what="the instance has stopped reporting, so it does not run, or can't be reached",
        first="see its status and events in RDS; a standby takes over by itself, and without one a restore may be "
        "needed",
        metrics={"connections": connections},
        above=False,
        threshold=0,
        missing="breaching",
        silence=RUNS_REPORTS,
        by_incident=True,
    )


SESSIONS: Mapping[Protocol, str] = MappingProxyType({"postgres": "in pg_stat_activity", "mysql": "by SHOW PROCESSLIST"})
"""Where an engine shows who is connected."""
STOPPED_SECONDS = 24 * 3600
"""What a stopped MySQL replica counts as lagging."""


def replica_lag(lag: Metric, protocol: Protocol = "postgres") -> Condition:
    """A replica that answers with old data; one that reports no lag no longer replicates.

    PostgreSQL's lag is the age of the last commit that arrived. On a writer without transactions it climbs to five
    minutes, when RDS writes something itself, so a limit below that would warn in every quiet night. MySQL's is
    Seconds_Behind_Source, and -1 when replication has stopped (AWS, "Monitoring read replication").
    """
    limit = THRESHOLDS["replica_lag_seconds"].value
    return Condition(
        name="database-replica-lag",
        severity="warn",
        what=f"the replica is more than {limit:g} s behind, or no longer replicates",
        first="look for a long query on the replica or a burst of writes; restart the replica if replication stopped",
        metrics={"lag": lag},
        expression=f"IF(lag < 0, {STOPPED_SECONDS}, lag)" if protocol == "mysql" else None,
        threshold=limit,
        missing="breaching",
        silence="a replica that replicates reports every minute",
    )
