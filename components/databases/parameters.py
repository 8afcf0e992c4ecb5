"""Parameters of an RDS instance as plain data: TLS forced, slow statements logged, extensions loaded (D1, D7, O1)."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Literal, NamedTuple

from components import sizing
from components.databases.engines import RdsEngine

ApplyMethod = Literal["immediate", "pending-reboot"]
"""When RDS makes a new value effective: at once, which it refuses of static parameters, or at the next restart."""

STATISTICS = "pg_stat_statements"
"""Always there: without it nobody knows which statement is slow (D7)."""

MODULES = frozenset({"auto_explain"})
"""Libraries that are loaded like an extension, and that CREATE EXTENSION does not know."""

PRELOADED = frozenset(
    {
        *("pg_bigm", "pg_cron", "pg_hint_plan", "pg_prewarm", "pg_similarity", STATISTICS, "pg_tle", "pg_transport"),
        *("pgaudit", "pglogical", "plprofiler", *MODULES),
    }
)
"""Extensions whose library the server loads when it starts; the others need no more than CREATE EXTENSION.

Source: docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Appendix.PostgreSQL.CommonDBATasks.Parameters.html
(shared_preload_libraries), PostgreSQL_trusted_language_extension-setting-up.html
"""

EXTENSIONS = PRELOADED | {
    *("address_standardizer", "address_standardizer_data_us", "amcheck", "aws_commons", "aws_lambda", "aws_s3"),
    *("bloom", "bool_plperl", "btree_gin", "btree_gist", "citext", "cube", "dblink", "dict_int", "dict_xsyn"),
    *("earthdistance", "flow_control", "fuzzystrmatch", "h3", "h3_postgis", "hll", "hstore", "hstore_plperl"),
    *("hypopg", "intagg", "intarray", "ip4r", "isn", "jsonb_plperl", "lo", "log_fdw", "ltree", "mysql_fdw"),
    *("oracle_fdw", "orafce", "pageinspect", "pg_buffercache", "pg_freespacemap", "pg_partman", "pg_proctab"),
    *("pg_repack", "pg_trgm", "pg_visibility", "pg_walinspect", "pgcrypto", "pgrouting", "pgrowlocks"),
    *("pgstattuple", "pgtap", "plperl", "plpgsql", "pltcl", "plv8", "postgis", "postgis_raster"),
    *("postgis_tiger_geocoder", "postgis_topology", "postgres_fdw", "prefix", "rdkit", "rds_tools", "seg", "semver"),
    *("sslinfo", "tablefunc", "tcn", "tds_fdw", "test_parser", "tsm_system_rows", "tsm_system_time", "unaccent"),
    *("uuid-ossp", "vector"),
}
"""Extensions that RDS for PostgreSQL has, by the names that CREATE EXTENSION takes. Not every version has all of them.

Source: docs.aws.amazon.com/AmazonRDS/latest/PostgreSQLReleaseNotes/postgresql-extensions.html
"""

OTHER_NAMES: Mapping[str, str] = MappingProxyType({"pgvector": "vector", "uuid_ossp": "uuid-ossp"})
"""What an extension is called elsewhere."""

SET_BY_STACK: Mapping[RdsEngine, Mapping[str, str]] = MappingProxyType(
    {
        "postgres": MappingProxyType(
            {
                "cron.database_name": "pg_cron keeps its jobs in the database that the application uses",
                "log_min_duration_statement": "set slow_query_ms",
                "max_connections": "it follows from the class, and alarms and the budget of connections rely on it",
                "rds.force_ssl": "TLS stays forced (D1)",
                "shared_preload_libraries": "name the extensions under extensions",
            }
        ),
        "mysql": MappingProxyType(
            {
                "log_output": "logs go to files, or CloudWatch Logs would not get them",
                "long_query_time": "set slow_query_ms",
                "max_connections": "it follows from the class, and alarms and the budget of connections rely on it",
                "require_secure_transport": "TLS stays forced (D1)",
                "slow_query_log": "set slow_query_ms",
            }
        ),
    }
)
"""Parameters that the stack sets itself, and what to do instead of setting them."""

AT_ONCE: Mapping[RdsEngine, frozenset[str]] = MappingProxyType(
    {
        "postgres": frozenset(
            {
                *("auto_explain.log_min_duration", "autovacuum_analyze_scale_factor", "autovacuum_naptime"),
                *("autovacuum_vacuum_cost_limit", "autovacuum_vacuum_scale_factor", "checkpoint_timeout"),
                *("default_statistics_target", "effective_cache_size", "idle_in_transaction_session_timeout"),
                *("idle_session_timeout", "lock_timeout", "log_autovacuum_min_duration", "log_connections"),
                *("log_disconnections", "log_lock_waits", "log_statement", "log_temp_files", "maintenance_work_mem"),
                *("max_parallel_workers", "max_parallel_workers_per_gather", "max_wal_size", "pgaudit.log"),
                *("random_page_cost", "statement_timeout", "temp_file_limit", "timezone", "work_mem"),
            }
        ),
        "mysql": frozenset(
            {
                *("character_set_server", "collation_server", "event_scheduler", "general_log"),
                *("group_concat_max_len", "innodb_flush_log_at_trx_commit", "innodb_io_capacity"),
                *("innodb_lock_wait_timeout", "innodb_print_all_deadlocks", "interactive_timeout"),
                *("lock_wait_timeout", "log_queries_not_using_indexes", "max_allowed_packet", "max_execution_time"),
                *("net_read_timeout", "net_write_timeout", "sql_mode", "time_zone", "wait_timeout"),
            }
        ),
    }
)
"""Dynamic parameters of those that people set; whatever is not here waits for a restart, which is never refused.

Sources: postgresql.org/docs/current/runtime-config.html (all but "only be set at server start"),
dev.mysql.com/doc/refman/8.4/en/dynamic-system-variables.html
"""

MYSQL_DEFAULT_SLOW_MS = 10_000
"""MySQL's own long_query_time. Of a value that is the default RDS keeps no apply method."""


class Parameter(NamedTuple):
    """One parameter of a group."""

    name: str
    value: str
    apply_method: ApplyMethod


def created(extensions: Iterable[str]) -> tuple[str, ...]:
    """What CREATE EXTENSION is said for in the application's database, sorted."""
    return tuple(sorted({STATISTICS, *extensions} - MODULES))


def preloaded(extensions: Iterable[str]) -> str:
    """The libraries that the server loads at its start, in an order that does not depend on how they were named."""
    return ",".join([STATISTICS, *sorted(set(extensions) & PRELOADED - {STATISTICS})])


def parameters(
    engine: RdsEngine,
    *,
    max_connections: int,
    slow_query_ms: int,
    extensions: Sequence[str],
    database_name: str,
    chosen: Mapping[str, str],
) -> list[Parameter]:
    """A group's parameters: the stack's own, then the `chosen` ones.

    Static parameters take effect at a restart. What forces TLS could do without one, but it may be RDS' own default,
    and of a value that is the default AWS keeps no apply method: `immediate` would be shown as a change for ever
    (aws_db_parameter_group, "Problematic plan changes"). It is there when an instance first starts.

    max_connections is set, to about AWS's own default, because alarms and the budget of connections need the exact
    number; it changes with the class, which restarts the instance anyway.
    """
    own = (
        _postgres(max_connections, slow_query_ms, extensions, database_name)
        if engine == "postgres"
        else _mysql(max_connections, slow_query_ms)
    )
    more = [
        Parameter(name, value, "immediate" if name in AT_ONCE[engine] else "pending-reboot")
        for name, value in sorted(chosen.items())
    ]
    return [*own, *more]


def _postgres(
    max_connections: int, slow_query_ms: int, extensions: Sequence[str], database_name: str
) -> list[Parameter]:
    return [
        *([Parameter("cron.database_name", database_name, "pending-reboot")] if "pg_cron" in extensions else []),
        Parameter("log_min_duration_statement", str(slow_query_ms), "immediate"),
        Parameter("max_connections", str(max_connections), "pending-reboot"),
        Parameter("rds.force_ssl", "1", "pending-reboot"),
        Parameter("shared_preload_libraries", preloaded(extensions), "pending-reboot"),
    ]


def _mysql(max_connections: int, slow_query_ms: int) -> list[Parameter]:
    """FILE is where CloudWatch Logs is fed from.

    Sources, in docs.aws.amazon.com/AmazonRDS/latest/UserGuide: USER_LogAccess.MySQLDB.PublishtoCloudWatchLogs.html,
    mysql-ssl-connections.require-ssl.html
    """
    is_default = slow_query_ms == MYSQL_DEFAULT_SLOW_MS
    return [
        Parameter("log_output", "FILE", "pending-reboot"),
        Parameter("long_query_time", f"{slow_query_ms / 1000:g}", "pending-reboot" if is_default else "immediate"),
        Parameter("max_connections", str(max_connections), "pending-reboot"),
        Parameter("require_secure_transport", "1", "pending-reboot"),
        Parameter("slow_query_log", "1", "immediate"),
    ]


def connections_of(engine: RdsEngine, instance_class: str, replica_class: str | None) -> tuple[int, int]:
    """Connections that the writer accepts, and each replica.

    A PostgreSQL replica can't accept fewer than its writer: RDS raises its parameter (AWS, "Working with read replicas
    for Amazon RDS for PostgreSQL").
    """
    writer = sizing.max_connections(instance_class, engine)
    replica = sizing.max_connections(replica_class or instance_class, engine)
    return writer, max(writer, replica) if engine == "postgres" else replica
