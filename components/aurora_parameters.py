"""Parameters of an Aurora cluster and the order of its readers, as plain data."""

from collections.abc import Sequence

from components.aurora_versions import AuroraEngine

LAST_TIER = 15
PRELOADED = frozenset({"auto_explain", "pg_cron", "pg_hint_plan", "pg_prewarm", "pg_tle", "pgaudit"})
"""Extensions of PostgreSQL that are loaded when the server starts; the others need no more than CREATE EXTENSION."""


def cluster_parameters(
    engine: AuroraEngine, slow_query_ms: int, extensions: Sequence[str], database_name: str
) -> dict[str, str]:
    """TLS forced, slow queries logged, statements counted (D1, D7). On the cluster, so that a reader that autoscaling
    adds has them as well."""
    if engine == "aurora-mysql":
        return {
            "log_output": "FILE",
            "long_query_time": f"{slow_query_ms / 1000:g}",
            "require_secure_transport": "ON",
            "slow_query_log": "1",
        }
    libraries = ["pg_stat_statements", *(name for name in sorted(extensions) if name in PRELOADED)]
    return {
        **({"cron.database_name": database_name} if "pg_cron" in extensions else {}),
        "log_min_duration_statement": str(slow_query_ms),
        "rds.force_ssl": "1",
        "shared_preload_libraries": ",".join(libraries),
    }


def promotion_tier(number: int) -> int:
    """How soon instance `number` (1, 2, ...) is chosen to write: the second first of all readers.

    Serverless instances in the tiers 0 and 1 keep the writer's capacity, so that they can take over at once; the others
    scale, and pause, on their own. Readers that autoscaling adds have tier 15.
    """
    return min(number - 1, LAST_TIER)
