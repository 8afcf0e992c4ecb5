"""Alarm conditions of what stands between services and a database, as plain data."""

from collections.abc import Mapping
from types import MappingProxyType

from components.alarms.conditions import NO_EVENTS, Condition, Metric, Threshold

PROXY_METRICS = "docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-proxy.monitoring.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "borrow_microseconds": Threshold(500_000, f"ours: ten times what a statement may take (O5); {PROXY_METRICS}"),
        "pool_used_percent": Threshold(80, f"O1 for databases; {PROXY_METRICS}"),
        "available_percent": Threshold(50, f"ours: half of the proxy's health checks fail; {PROXY_METRICS}"),
        "pinned_percent": Threshold(50, "ours: half of the connections serve one client each"),
        "pinned_minimum": Threshold(10, "ours: of a few connections half is no share"),
        "waited_in_vain": Threshold(0, "D3: a client that waits for longer than the borrow timeout gets an error"),
    }
)
"""Limits, and where they come from."""

UNTIL_CONNECTED = "it reports from its first connection on; a database that is gone tells by its own alarms"
WAITED_NAMESPACE = "Headroom/PgBouncer"
WAITED_PATTERN = '"query_wait_timeout"'
"""What PgBouncer writes into its log for each client that it sends away: `pooler error: query_wait_timeout`."""


def waited_metric(pgbouncer: str) -> str:
    """Name of the metric that counts the clients which waited in vain, `headroom-dev-main`."""
    return f"WaitedInVain-{pgbouncer}"


def proxy_conditions(proxy_name: str, clients: int) -> list[Condition]:
    """A proxy whose clients wait, that is out of connections, has clients that nobody planned, or no database (O1, D3).

    It reports from its first connection on, so that nothing is reported is not wrong; a database that is gone is told
    by its own alarms as well.
    """
    return [*_lending(proxy_name), *_serving(proxy_name, clients)]


def _metric(proxy_name: str, name: str, statistic: str, **more: str) -> Metric:
    return Metric(namespace="AWS/RDS", name=name, dimensions={"ProxyName": proxy_name, **more}, statistic=statistic)


def _lending(proxy_name: str) -> list[Condition]:
    """The database's connections: how long it takes to get one, how many are lent, how many can't be shared."""
    return [
        Condition(
            name="proxy-borrow-slow",
            severity="warn",
            what="clients wait for more than 0.5 s for a connection of the proxy's pool",
            first="look for transactions that stay open and for slow statements; else raise max_connections_percent",
            metrics={"wait": _metric(proxy_name, "DatabaseConnectionsBorrowLatency", "Average")},
            threshold=THRESHOLDS["borrow_microseconds"].value,
            missing="notBreaching",
            silence=UNTIL_CONNECTED,
        ),
        Condition(
            name="proxy-pool-high",
            severity="warn",
            what="more than 80 % of the connections that the proxy may open are lent",
            first="see whether connections are pinned; else choose the database's next class",
            metrics={
                "lent": _metric(proxy_name, "DatabaseConnectionsCurrentlyBorrowed", "Sum"),
                "most": _metric(proxy_name, "MaxDatabaseConnectionsAllowed", "Sum"),
            },
            expression="IF(most > 0, 100 * lent / most, 0)",
            threshold=THRESHOLDS["pool_used_percent"].value,
            missing="notBreaching",
            silence=UNTIL_CONNECTED,
        ),
        Condition(
            name="proxy-pinned",
            severity="warn",
            what="half of the connections serve one client each (pinned), so sharing them gains little",
            first="turn the proxy's debug log on for an hour, and look for what pins: SET, temporary tables, locks",
            metrics={
                "pinned": _metric(proxy_name, "DatabaseConnectionsCurrentlySessionPinned", "Sum"),
                "open": _metric(proxy_name, "DatabaseConnections", "Sum"),
            },
            expression=f"IF(open >= {THRESHOLDS['pinned_minimum'].value:g}, 100 * pinned / open, 0)",
            threshold=THRESHOLDS["pinned_percent"].value,
            missing="notBreaching",
            silence=UNTIL_CONNECTED,
        ),
    ]


def _serving(proxy_name: str, clients: int) -> list[Condition]:
    """Who is connected, and whether there is a database behind it."""
    return [
        Condition(
            name="proxy-clients-high",
            severity="warn",
            what=f"more clients are connected than the {clients} that the settings allow for",
            first="find the service whose processes open more than database_pool says, or correct the settings",
            metrics={"clients": _metric(proxy_name, "ClientConnections", "Sum")},
            threshold=clients,
            missing="notBreaching",
            silence=UNTIL_CONNECTED,
        ),
        Condition(
            name="proxy-unavailable",
            severity="page",
            what="the proxy does not reach its database",
            first="see the database's own alarms; if it is well, see what the proxy's target says of its health",
            metrics={
                "available": _metric(
                    proxy_name, "AvailabilityPercentage", "Average", TargetGroup="default", TargetRole="READ_WRITE"
                )
            },
            above=False,
            threshold=THRESHOLDS["available_percent"].value,
            periods=3,
            breaching_periods=3,
            missing="notBreaching",
            silence=UNTIL_CONNECTED,
            by_incident=True,
        ),
    ]


def pgbouncer_conditions(waited: str) -> list[Condition]:
    """Clients that waited in vain; that its tasks run is watched as of every service."""
    metric = Metric(namespace=WAITED_NAMESPACE, name=waited, dimensions={}, statistic="Sum")
    return [
        Condition(
            name="pgbouncer-waits",
            severity="warn",
            what="clients waited for a connection until PgBouncer sent them away",
            first="look for transactions that stay open and for slow statements; else raise max_connections_percent",
            metrics={"waited": metric},
            threshold=THRESHOLDS["waited_in_vain"].value,
            periods=5,
            breaching_periods=1,
            missing="notBreaching",
            silence=NO_EVENTS,
        )
    ]
