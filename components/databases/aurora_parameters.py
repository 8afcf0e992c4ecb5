"""Parameters of an Aurora cluster and the order of its readers, as plain data."""

from collections.abc import Mapping, Sequence

from components.databases.aurora_versions import AuroraEngine
from components.databases.parameters import AT_ONCE, Parameter, preloaded

LAST_TIER = 15


def cluster_parameters(
    engine: AuroraEngine,
    *,
    slow_query_ms: int,
    extensions: Sequence[str],
    database_name: str,
    chosen: Mapping[str, str],
) -> list[Parameter]:
    """TLS forced, slow queries logged, statements counted (D1, D7), then the `chosen` ones. All are the cluster's, so
    that a reader that autoscaling adds has them as well.

    The stack's own take effect at a restart: of a value that is the engine's default AWS keeps no apply method, and
    `immediate` would be shown as a change for ever. They are there when an instance first starts.
    """
    if engine == "aurora-mysql":
        own = {
            "log_output": "FILE",
            "long_query_time": f"{slow_query_ms / 1000:g}",
            "require_secure_transport": "ON",
            "slow_query_log": "1",
        }
        at_once = AT_ONCE["mysql"]
    else:
        own = {
            **({"cron.database_name": database_name} if "pg_cron" in extensions else {}),
            "log_min_duration_statement": str(slow_query_ms),
            "rds.force_ssl": "1",
            "shared_preload_libraries": preloaded(extensions),
        }
        at_once = AT_ONCE["postgres"]
    return [
        *(Parameter(name, value, "pending-reboot") for name, value in own.items()),
        *(
            Parameter(name, value, "immediate" if name in at_once else "pending-reboot")
            for name, value in sorted(chosen.items())
        ),
    ]


def promotion_tier(number: int) -> int:
    """How soon instance `number` (1, 2, ...) is chosen to write: the second first of all readers.

    Serverless instances in the tiers 0 and 1 keep the writer's capacity, so that they can take over at once; the others
    scale, and pause, on their own. Readers that autoscaling adds have tier 15.
    """
    return min(number - 1, LAST_TIER)
