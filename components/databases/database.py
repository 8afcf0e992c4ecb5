"""An RDS instance of PostgreSQL or MySQL, its read replicas and the secret that services connect with."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components import sizing
from components.alarms.watched import WatchedInstance
from components.constraints import require
from components.databases.args import DatabaseArgs, Restore
from components.databases.constraints import LATEST, name_problems, restored_onto_itself_problems
from components.databases.engines import ENGINES, family
from components.databases.parameters import created, parameters
from components.databases.parts import Connection, database_secret, first_password, make_place, monitoring_role
from components.links import DatabaseLink

INSIGHTS_DAYS = 7
"""History of Database Insights in its standard mode, which costs nothing."""
REPLICAS_TAG = "headroom:replicas"
"""How many replicas a database was set to have, on its writer: policies/rules/zones.py looks for as many."""
BEGINNING = ("db_name", "kms_key_id", "restore_to_point_in_time", "snapshot_identifier", "username")
"""What only a new instance can be given. A database is never replaced for where it came from: a restore may be taken
out of the settings, and the data's own key and names, which the restored instance has, stay."""


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
        self.identifier = f"{args.scope.prefix}-{name}"
        source = args.restore.database if args.restore else None
        require([*name_problems(name), *restored_onto_itself_problems(self.identifier, source)])
        super().__init__("headroom:data:Database", name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self._subnets, self._group = make_place(name, args, ENGINES[args.engine].title, self._tags, self._child)
        self._parameters, self._replica_parameters = self._make_parameters()
        self._monitoring = (
            monitoring_role(name, args.scope, [self.identifier], self._tags, self._child)
            if args.monitoring_seconds
            else None
        )
        writer = self._make_writer()
        replicas = [self._make_replica(writer, index) for index in range(args.replicas)]
        if args.backup_copy_region != "none":
            self._copy_backups(writer, args.backup_copy_region)
        self.address, self.port = writer.address, ENGINES[args.engine].port
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
        args = self._args
        return WatchedInstance(
            name=self._suffixed(self._name, number),
            identifier=made.identifier,
            instance_class=args.class_of_replicas if number else args.instance_class,
            max_connections=args.max_connections[1 if number else 0],
            storage_gib=args.storage_gib,
            is_replica=number > 0,
            protocol=args.engine,
        )

    def _make_parameters(self) -> tuple[aws.rds.ParameterGroup, aws.rds.ParameterGroup]:
        """Replicas of another class accept another number of connections, and have a group of their own then."""
        writer, replica = self._args.max_connections
        group = self._make_group(self._name, writer)
        return group, group if replica == writer else self._make_group(f"{self._name}-replicas", replica)

    def _make_group(self, name: str, max_connections: int) -> aws.rds.ParameterGroup:
        args = self._args
        chosen = parameters(
            args.engine,
            max_connections=max_connections,
            slow_query_ms=args.slow_query_ms,
            extensions=args.extensions,
            database_name=args.database_name,
            chosen=args.parameters,
        )
        return aws.rds.ParameterGroup(
            name,
            family=family(args.engine, args.version),
            description=f"TLS forced, slow queries logged: {name}",
            parameters=[
                aws.rds.ParameterGroupParameterArgs(name=one.name, value=one.value, apply_method=one.apply_method)
                for one in chosen
            ],
            tags=self._tags,
            opts=self._child,
        )

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
            for log in self._args.logs
        ]

    def _make_writer(self) -> aws.rds.Instance:
        args = self._args
        writer = self._instance_args(args.instance_class, self._parameters)
        writer.identifier = self.identifier
        writer.engine = args.engine
        writer.engine_version = args.version
        writer.allow_major_version_upgrade = args.allow_major_upgrade
        writer.db_name = args.database_name
        writer.username = args.username
        writer.password = first_password(self)
        writer.port = ENGINES[args.engine].port
        writer.storage_type = "gp3"
        writer.kms_key_id = args.key.arn
        writer.db_subnet_group_name = self._subnets.name
        writer.multi_az = args.multi_az
        writer.availability_zone = None if args.multi_az else args.zones[0]
        writer.backup_retention_period = args.backup_days
        writer.backup_window = args.backup_window
        writer.deletion_protection = args.deletion_protection
        writer.skip_final_snapshot = not args.final_snapshot
        writer.final_snapshot_identifier = f"{self.identifier}-final" if args.final_snapshot else None
        # The policies compare it with the replicas that are there.
        writer.tags = {**self._tags, REPLICAS_TAG: str(args.replicas)}
        # Who keeps a last snapshot keeps the daily ones as well, until they run out.
        writer.delete_automated_backups = not args.final_snapshot
        if args.blue_green:
            writer.blue_green_update = aws.rds.InstanceBlueGreenUpdateArgs(enabled=True)
        if args.restore is not None:
            restore_into(writer, args.restore)
        return aws.rds.Instance(
            self._name,
            writer,
            pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=self._before(0),
                ignore_changes=["password", "availability_zone", *BEGINNING],
            ),
        )

    def _make_replica(self, writer: aws.rds.Instance, index: int) -> aws.rds.Instance:
        """A replica inherits key, engine, version and subnets; AWS refuses most of them in its request.

        Its storage begins like the writer's, and grows by itself or by the same setting.

        It holds no data of its own: no backups, no deletion protection, and AWS refuses a final snapshot of it. It is
        replaced with its writer: whoever deletes a source turns its replicas into databases of their own, which would
        go on answering with the data of that day (AWS, "Deleting a DB instance").
        """
        args, number = self._args, index + 1
        replica = self._instance_args(args.class_of_replicas, self._replica_parameters)
        replica.identifier = self._suffixed(self.identifier, number)
        replica.replicate_source_db = writer.identifier
        replica.availability_zone = self._zone_of_replica(writer, index)
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

    def _zone_of_replica(self, writer: aws.rds.Instance, index: int) -> pulumi.Input[str]:
        """As chosen, or any but the writer's."""
        zones, chosen = self._args.zones, self._args.replica_zones
        if chosen:
            return chosen[index % len(chosen)]
        return writer.availability_zone.apply(lambda zone: sizing.replica_zones(zone, zones, index + 1)[index])

    def _instance_args(self, instance_class: str, group: aws.rds.ParameterGroup) -> aws.rds.InstanceArgs:
        """What the writer and its replicas have in common."""
        args, role = self._args, self._monitoring[0] if self._monitoring else None
        return aws.rds.InstanceArgs(
            instance_class=instance_class,
            allocated_storage=args.storage_gib,
            max_allocated_storage=args.max_storage_gib or None,
            iops=args.iops or None,
            storage_throughput=args.throughput_mib or None,
            storage_encrypted=True,
            publicly_accessible=False,
            vpc_security_group_ids=[self._group.id],
            parameter_group_name=group.name,
            ca_cert_identifier=args.ca,
            iam_database_authentication_enabled=args.iam_authentication,
            maintenance_window=args.maintenance_window,
            auto_minor_version_upgrade=args.follows_minor_releases,
            apply_immediately=args.apply_immediately,
            enabled_cloudwatch_logs_exports=list(args.logs),
            database_insights_mode="standard",
            performance_insights_enabled=args.insights,
            performance_insights_retention_period=INSIGHTS_DAYS if args.insights else None,
            performance_insights_kms_key_id=args.key.arn if args.insights else None,
            monitoring_interval=args.monitoring_seconds,
            monitoring_role_arn=role.arn if role else None,
            copy_tags_to_snapshot=True,
            tags=self._tags,
        )

    def _copy_backups(self, writer: aws.rds.Instance, region: str) -> None:
        """Snapshots and logs go to another region as soon as they are there, for the day when this one is lost."""
        args = self._args
        aws.rds.InstanceAutomatedBackupsReplication(
            self._name,
            source_db_instance_arn=writer.arn,
            kms_key_id=args.backup_copy_key.arn if args.backup_copy_key else None,
            retention_period=args.backup_days,
            region=region,
            # one a database and region: were the new one begun first, stopping the old one would stop it too
            opts=pulumi.ResourceOptions.merge(self._child, pulumi.ResourceOptions(delete_before_replace=True)),
        )

    def _make_secret(self, writer: aws.rds.Instance, replicas: Sequence[aws.rds.Instance]) -> DatabaseLink:
        """User and database are those of the instance: a restored one brings its own."""
        args = self._args
        return database_secret(
            self._name,
            args.scope,
            args.key,
            Connection(
                protocol=args.engine,
                username=writer.username,
                password=writer.password.apply(lambda password: password or ""),
                database_name=writer.db_name,
                port=self.port,
                hosts=[writer.address, *(replica.address for replica in replicas)],
                security_group_id=self._group.id,
                instances=[self._suffixed(self.identifier, number) for number in range(len(replicas) + 1)],
                extensions=created(args.extensions) if args.engine == "postgres" else (),
                identity=writer.resource_id,
            ),
            recovery_days=args.secret_recovery_days,
            protect=args.protect,
            tags={**self._tags, **args.by_hand.tags},
            parent=self,
        )


def restore_into(writer: aws.rds.InstanceArgs, restore: Restore) -> None:
    """The data decide on the key, the database and its master user; the password becomes a new one."""
    writer.db_name = writer.username = writer.kms_key_id = None
    if restore.snapshot is not None:
        writer.snapshot_identifier = restore.snapshot
        return
    time = None if restore.time in (None, LATEST) else restore.time
    writer.restore_to_point_in_time = aws.rds.InstanceRestoreToPointInTimeArgs(
        source_db_instance_identifier=restore.database,
        source_db_instance_automated_backups_arn=restore.backups,
        restore_time=time,
        use_latest_restorable_time=None if time else True,
    )
