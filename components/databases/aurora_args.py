"""What an Aurora cluster is made from."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from components import sizing
from components.constraints import log_retention_problems, require, secret_recovery_problems
from components.databases.args import CommonArgs
from components.databases.aurora_constraints import ServerlessRange, aurora_problems, aurora_restore_problems
from components.databases.aurora_versions import LOGS, AuroraEngine
from components.databases.engines import IAM_LOG


@dataclass(frozen=True, kw_only=True)
class AuroraArgs(CommonArgs):
    """What a cluster is; environments differ by these values only."""

    zones: Sequence[str]
    """Full names of the zones of those subnets, `eu-west-1a`; the instances take them in turn."""
    engine: AuroraEngine
    """`aurora-postgresql` or `aurora-mysql`."""
    version: str
    """A major version (`17`, `8.0`) follows AWS's releases in the maintenance window, a release (`17.6`,
    `8.0.mysql_aurora.3.10.3`) stays until this is changed."""
    instance_class: str
    """Class of every instance, `db.r8g.large`, or `db.serverless`."""
    replicas: int
    """Readers that always stand; they serve DATABASE_READ_URL, and one of them takes over when the writer fails."""
    backup_days: int
    """Days that automated backups are kept, 1 at least."""
    serverless: ServerlessRange | None = None
    """Capacity of `db.serverless`; none for provisioned instances."""
    max_replicas: int = 0
    """Readers at most, added and taken away by the readers' CPU; 0 turns that off."""
    io_optimized: bool = False
    """Storage whose price holds the input and output, for clusters that spend more than a quarter on them."""
    backtrack_hours: int = 0
    """Hours by which the cluster can be wound back in place (Aurora MySQL); 0 turns it off. Only a new cluster can be
    given this."""

    def __post_init__(self) -> None:
        require(
            [
                *aurora_problems(
                    engine=self.engine,
                    version=self.version,
                    instance_class=self.instance_class,
                    serverless=self.serverless,
                    replicas=self.replicas,
                    max_replicas=self.max_replicas,
                    backup_days=self.backup_days,
                    backup_window=self.backup_window,
                    maintenance_window=self.maintenance_window,
                    backtrack_hours=self.backtrack_hours,
                    io_optimized=self.io_optimized,
                    deletion_protection=self.deletion_protection,
                    insights=self.insights,
                    monitoring_seconds=self.monitoring_seconds,
                    ca=self.ca,
                    database_name=self.database_name,
                    extensions=self.extensions,
                    parameters=self.parameters,
                    region=self.scope.region,
                ),
                *(aurora_restore_problems(asdict(self.restore)) if self.restore else []),
                *log_retention_problems(self.log_retention_days),
                *secret_recovery_problems(self.secret_recovery_days),
            ]
        )

    @property
    def max_connections(self) -> int:
        """Connections that each instance accepts."""
        if self.serverless is not None:
            return sizing.serverless_max_connections(self.serverless.min_acu, self.serverless.max_acu, self.engine)
        return sizing.max_connections(self.instance_class, self.engine)

    @property
    def pauses(self) -> bool:
        """Whether an idle instance stops."""
        return self.serverless is not None and self.serverless.min_acu == 0

    @property
    def logs(self) -> tuple[str, ...]:
        """Logs that are exported; that of sign-ins by IAM only where there are any."""
        return (*LOGS[self.engine], *([IAM_LOG] if self.iam_authentication else []))
