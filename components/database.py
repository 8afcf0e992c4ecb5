"""An RDS for PostgreSQL instance, its read replicas and the secret that services connect with."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import access, sizing
from components.access import Scope
from components.connection import connection_secret
from components.constraints import log_retention_problems, require, secret_recovery_problems
from components.database_constraints import database_problems, name_problems
from components.links import DatabaseLink, KeyLink, WatchedInstance

PORT = 5432
BACKUP_WINDOW = "07:00-09:00"
"""UTC (D1)."""
MAINTENANCE_WINDOW = "sun:09:30-sun:10:30"
"""UTC; RDS refuses one that overlaps the backup window."""
CA_BUNDLE = "rds-ca-rsa2048-g1"
INSIGHTS_DAYS = 7
"""History of Database Insights in its standard mode, which costs nothing."""
LOGS = ("postgresql", "upgrade")
PASSWORD_LENGTH = 32
"""Letters and digits only, so that the password stands in a URL as it is: 190 bits."""


@dataclass(frozen=True, kw_only=True)
class DatabaseArgs:
    """What a database is; environments differ by these values only."""

    scope: Scope
    """Account, region and name space for identifiers and policies."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Isolated subnets (no route to the internet), in two zones at least."""
    zones: Sequence[str]
    """Full names of the zones of those subnets, `eu-west-1a`, in order of preference."""
    key: KeyLink
    """Key for storage, insights, logs and the secret."""
    version: str
    """PostgreSQL version: a major one (`17`) follows AWS's minor releases in the maintenance window, a minor one
    (`17.6`) stays until this is changed: were AWS to upgrade it, the next `up` would ask for a downgrade, which RDS
    refuses (aws_db_instance, `engine_version`)."""
    instance_class: str
    """RDS class of the writer and of every replica, `db.t4g.small`."""
    storage_gib: int
    """Initial gp3 storage in GiB."""
    max_storage_gib: int
    """Storage grows by itself up to this many GiB; 0 keeps it at its initial size."""
    multi_az: bool
    """A standby in another zone takes over when the writer fails."""
    replicas: int
    """Read replicas; they serve DATABASE_READ_URL."""
    backup_days: int
    """Days that automated backups are kept."""
    deletion_protection: bool
    """AWS refuses to delete the writer while this is on."""
    final_snapshot: bool
    """A last snapshot is taken when the writer is deleted."""
    insights: bool
    """Database Insights in standard mode, 7 days of history."""
    monitoring_seconds: int
    """Interval of enhanced monitoring in seconds; 0 turns it off."""
    log_retention_days: int
    """Days that the exported PostgreSQL and upgrade logs are kept."""
    secret_recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""
    protect: bool
    """Pulumi refuses to delete or replace the writer and its secret."""
    database_name: str = "app"
    """Database made at creation."""
    username: str = "headroom"
    """Master user; the password is random and lives in the secret."""
    apply_immediately: bool = False
    """Changes that need a restart happen at once instead of in the maintenance window."""
    iam_authentication: bool = False
    """Users with rds_iam may sign in with IAM tokens."""
    allow_major_upgrade: bool = False
    """A change of the major version is carried out; set it for that change only."""

    def __post_init__(self) -> None:
        require(
            [
                *database_problems(
                    version=self.version,
                    instance_class=self.instance_class,
                    storage_gib=self.storage_gib,
                    max_storage_gib=self.max_storage_gib,
                    replicas=self.replicas,
                    backup_days=self.backup_days,
                    monitoring_seconds=self.monitoring_seconds,
                ),
                *log_retention_problems(self.log_retention_days),
                *secret_recovery_problems(self.secret_recovery_days),
            ]
        )

    @property
    def major_version(self) -> str:
        """`17` of `17.6`."""
        return self.version.partition(".")[0]

    @property
    def follows_minor_releases(self) -> bool:
        """Whether AWS chooses the minor version."""
        return "." not in self.version


def parameters(instance_class: str) -> list[aws.rds.ParameterGroupParameterArgs]:
    """TLS forced, queries over 1 s logged, statements counted, and a number of connections that we know (D1, D7, O1).

    Static parameters take effect at a restart. rds.force_ssl could do without one, but it is RDS' own default since
    PostgreSQL 15, and of a value that is the default AWS keeps no apply method: `immediate` would be shown as a change
    for ever (aws_db_parameter_group, "Problematic plan changes"). It is there when an instance first starts.

    max_connections is set, to about AWS's own default, because alarms and
    the budget of connections need the exact number; it changes with the class, which restarts the instance anyway.
    """
    values = {
        "log_min_duration_statement": ("1000", "immediate"),
        "max_connections": (str(sizing.max_connections(instance_class)), "pending-reboot"),
        "rds.force_ssl": ("1", "pending-reboot"),
        "shared_preload_libraries": ("pg_stat_statements", "pending-reboot"),
    }
    return [
        aws.rds.ParameterGroupParameterArgs(name=name, value=value, apply_method=method)
        for name, (value, method) in values.items()
    ]


class Database(pulumi.ComponentResource):
    """A writer, its replicas, and all that they need.

    Identifiers are fixed, `<prefix>-<name>`: RDS names its log groups after them, and only a group that exists before
    the instance has a retention and a key. Without a standby the writer is pinned to the first zone; with one, AWS
    chooses (it refuses a zone then), and replicas follow what it chose. Nothing moves to another zone later: the zone
    of an instance can't be changed without replacing it, so changes of it are ignored.

    The password is made once and never changed here. A rotation takes over by making its own versions of the secret;
    until there is one, the secret follows the instances, so a new replica shows in read_url.
    """

    link: DatabaseLink
    """What a service needs to connect."""
    instances: list[WatchedInstance]
    """The writer, then the replicas."""

    def __init__(self, name: str, args: DatabaseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        require(name_problems(name))
        super().__init__("headroom:data:Database", name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self.identifier = f"{args.scope.prefix}-{name}"
        self._subnets = aws.rds.SubnetGroup(name, subnet_ids=args.subnet_ids, tags=self._tags, opts=self._child)
        # No rule lets anything out: the instances answer, and never call.
        self._group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description=f"PostgreSQL database {name}; consumers add their own ingress",
            tags=self._tags,
            opts=self._child,
        )
        self._parameters = aws.rds.ParameterGroup(
            name,
            family=f"postgres{args.major_version}",
            description=f"TLS forced, slow queries logged: {name}",
            parameters=parameters(args.instance_class),
            tags=self._tags,
            opts=self._child,
        )
        self._monitoring = self._make_monitoring() if args.monitoring_seconds else None
        writer = self._make_writer()
        replicas = [self._make_replica(writer, index) for index in range(args.replicas)]
        self.address, self.port = writer.address, PORT
        self.replica_addresses = [replica.address for replica in replicas]
        self.link = self._make_secret(writer, replicas)
        self.instances = [self._watched(number, made) for number, made in enumerate([writer, *replicas])]
        self.register_outputs(
            {
                "identifier": self.identifier,
                "address": self.address,
                "replicaAddresses": self.replica_addresses,
                "secretArn": self.link.secret_arn,
            }
        )

    def _suffixed(self, base: str, number: int) -> str:
        """The writer is number 0 and has the plain name; replicas count from 1."""
        return f"{base}-{number}" if number else base

    def _watched(self, number: int, made: aws.rds.Instance) -> WatchedInstance:
        return WatchedInstance(
            name=self._suffixed(self._name, number),
            identifier=made.identifier,
            instance_class=self._args.instance_class,
            storage_gib=self._args.storage_gib,
            is_replica=number > 0,
        )

    def _make_monitoring(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        """The role of enhanced monitoring and what it may do; RDS looks at both when it creates an instance."""
        scope = self._args.scope
        role = aws.iam.Role(
            f"{self._name}-monitoring",
            description=f"Enhanced monitoring of database {self._name}",
            assume_role_policy=json.dumps(access.monitoring_trust(scope, self.identifier)),
            tags=self._tags,
            opts=self._child,
        )
        policy = aws.iam.RolePolicy(
            f"{self._name}-monitoring",
            role=role.name,
            policy=json.dumps(access.document(access.monitoring_statements(scope))),
            opts=self._child,
        )
        return role, policy

    def _before(self, number: int) -> list[pulumi.Resource]:
        """What must stand before an instance."""
        return [*self._make_log_groups(number), *([self._monitoring[1]] if self._monitoring else [])]

    def _make_log_groups(self, number: int) -> list[aws.cloudwatch.LogGroup]:
        """RDS would make these itself, without a key and kept for ever."""
        return [
            aws.cloudwatch.LogGroup(
                f"{self._suffixed(self._name, number)}-{log}",
                name=f"/aws/rds/instance/{self._suffixed(self.identifier, number)}/{log}",
                retention_in_days=self._args.log_retention_days,
                kms_key_id=self._args.key.arn,
                tags=self._tags,
                opts=self._child,
            )
            for log in LOGS
        ]

    def _make_writer(self) -> aws.rds.Instance:
        args = self._args
        password = aws.secretsmanager.get_random_password_output(
            password_length=PASSWORD_LENGTH,
            exclude_punctuation=True,
            opts=pulumi.InvokeOutputOptions(parent=self),
        ).random_password
        writer = self._instance_args()
        writer.identifier = self.identifier
        writer.engine = "postgres"
        writer.engine_version = args.version
        writer.allow_major_version_upgrade = args.allow_major_upgrade
        writer.db_name = args.database_name
        writer.username = args.username
        writer.password = pulumi.Output.secret(password)
        writer.port = PORT
        writer.allocated_storage = args.storage_gib
        writer.storage_type = "gp3"
        writer.kms_key_id = args.key.arn
        writer.db_subnet_group_name = self._subnets.name
        writer.multi_az = args.multi_az
        writer.availability_zone = None if args.multi_az else args.zones[0]
        writer.backup_retention_period = args.backup_days
        writer.backup_window = BACKUP_WINDOW
        writer.deletion_protection = args.deletion_protection
        writer.skip_final_snapshot = not args.final_snapshot
        writer.final_snapshot_identifier = f"{self.identifier}-final" if args.final_snapshot else None
        # Who keeps a last snapshot keeps the daily ones as well, until they run out.
        writer.delete_automated_backups = not args.final_snapshot
        return aws.rds.Instance(
            self._name,
            writer,
            pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=self._before(0),
                ignore_changes=["password", "availability_zone"],
            ),
        )

    def _make_replica(self, writer: aws.rds.Instance, index: int) -> aws.rds.Instance:
        """A replica inherits key, engine, version, storage and subnets; AWS refuses most of them in its request.

        It holds no data of its own: no backups, no deletion protection, and AWS refuses a final snapshot of it. It is
        replaced with its writer: whoever deletes a source turns its replicas into databases of their own, which would
        go on answering with the data of that day (AWS, "Deleting a DB instance").
        """
        number, zones = index + 1, self._args.zones
        replica = self._instance_args()
        replica.identifier = self._suffixed(self.identifier, number)
        replica.replicate_source_db = writer.identifier
        replica.availability_zone = writer.availability_zone.apply(
            lambda zone: sizing.replica_zones(zone, zones, number)[index]
        )
        replica.skip_final_snapshot = True
        return aws.rds.Instance(
            self._suffixed(self._name, number),
            replica,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=self._before(number),
                ignore_changes=["availability_zone"],
                replace_with=[writer],
            ),
        )

    def _instance_args(self) -> aws.rds.InstanceArgs:
        """What the writer and its replicas have in common."""
        args, role = self._args, self._monitoring[0] if self._monitoring else None
        return aws.rds.InstanceArgs(
            instance_class=args.instance_class,
            max_allocated_storage=args.max_storage_gib or None,
            storage_encrypted=True,
            publicly_accessible=False,
            vpc_security_group_ids=[self._group.id],
            parameter_group_name=self._parameters.name,
            ca_cert_identifier=CA_BUNDLE,
            iam_database_authentication_enabled=args.iam_authentication,
            maintenance_window=MAINTENANCE_WINDOW,
            auto_minor_version_upgrade=args.follows_minor_releases,
            apply_immediately=args.apply_immediately,
            enabled_cloudwatch_logs_exports=list(LOGS),
            database_insights_mode="standard",
            performance_insights_enabled=args.insights,
            performance_insights_retention_period=INSIGHTS_DAYS if args.insights else None,
            performance_insights_kms_key_id=args.key.arn if args.insights else None,
            monitoring_interval=args.monitoring_seconds,
            monitoring_role_arn=role.arn if role else None,
            copy_tags_to_snapshot=True,
            tags=self._tags,
        )

    def _make_secret(self, writer: aws.rds.Instance, replicas: Sequence[aws.rds.Instance]) -> DatabaseLink:
        args, name = self._args, f"{self._args.scope.namespace}/database/{self._name}"
        secret = aws.secretsmanager.Secret(
            self._name,
            name=name,
            description=f"Connection to database {self._name}",
            kms_key_id=args.key.arn,
            recovery_window_in_days=args.secret_recovery_days,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, protect=args.protect),
        )
        version = aws.secretsmanager.SecretVersion(
            self._name,
            secret_id=secret.id,
            secret_string=pulumi.Output.all(writer.password, writer.address, *(r.address for r in replicas)).apply(
                lambda known: connection_secret(args.username, known[0], args.database_name, PORT, known[1:])
            ),
            opts=self._child,
        )
        return DatabaseLink(
            secret_arn=secret.arn,
            secret_name=name,
            ready=[version],
            key=args.key,
            security_group_id=self._group.id,
            port=PORT,
            instances=[self._suffixed(self.identifier, number) for number in range(len(replicas) + 1)],
        )
