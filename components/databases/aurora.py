"""An Aurora cluster: a writer, readers over zones, and the secret that services connect with."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from components.alarms.watched import WatchedMember
from components.constraints import require
from components.databases.args import Restore
from components.databases.aurora_args import AuroraArgs
from components.databases.aurora_constraints import SERVERLESS_CLASS, ServerlessRange
from components.databases.aurora_parameters import cluster_parameters, promotion_tier
from components.databases.aurora_versions import FAMILIES, PORTS, PROTOCOLS, is_pinned, major_version
from components.databases.constraints import LATEST, name_problems, restored_onto_itself_problems
from components.databases.parts import Connection, database_secret, first_password, make_place, monitoring_role
from components.links import DatabaseLink

BEGINNING = ("database_name", "master_username", "restore_to_point_in_time", "snapshot_identifier")
"""What counts only when a cluster is made: a change of it would mean another cluster."""
INSIGHTS_DAYS = 7
"""History of Database Insights in its standard mode, which costs nothing."""
READER_CPU_PERCENT = 70
"""Average CPU of the readers to keep (C4)."""
COOLDOWN_SECONDS = 300
"""Between two readers added or taken away: a new one needs minutes to stand and to fill its cache."""


class Aurora(pulumi.ComponentResource):
    """A cluster, its instances, and all that they need.

    Identifiers are fixed: the cluster's is `<prefix>-<name>`, as it names the log groups, and the instances' have a
    number behind it. Which of them writes is Aurora's choice after the first failover; the cluster's two names follow
    it, and hence the secret, which knows only these, never changes with the number of readers.

    Readers that autoscaling adds are not in Pulumi's state: it neither sees nor removes them. The first password is
    made once; a rotation takes over by making its own versions of the secret.
    """

    link: DatabaseLink
    """What a service needs to connect."""
    instances: list[WatchedMember]
    """Every instance that always stands."""

    def __init__(self, name: str, args: AuroraArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        self.identifier = f"{args.scope.prefix}-{name}"
        source = args.restore.database if args.restore else None
        require([*name_problems(name), *restored_onto_itself_problems(self.identifier, source)])
        super().__init__("headroom:data:Aurora", name, None, opts)
        self._name, self._args, self._tags = name, args, {"Service": name}
        self._child = pulumi.ResourceOptions(parent=self)
        self._subnets, self._group = make_place(name, args, "Aurora", self._tags, self._child)
        self._instance_parameters = self._make_instance_parameters()
        monitoring = (
            monitoring_role(name, args.scope, self._monitored(), self._tags, self._child)
            if args.monitoring_seconds
            else None
        )
        self._monitoring_arn = monitoring[0].arn if monitoring else None
        cluster = self._make_cluster([monitoring[1]] if monitoring else [])
        members = self._make_members(cluster)
        if args.max_replicas:
            self._scale_readers(members)
        self.address, self.port = cluster.endpoint, PORTS[args.engine]
        self.replica_addresses = [cluster.reader_endpoint] if args.replicas else []
        self.link = self._make_secret(cluster)
        self.instances = [self._watched(number) for number in range(1, len(members) + 1)]
        self.register_outputs(
            {
                "identifier": self.identifier,
                "address": self.address,
                "readerAddress": cluster.reader_endpoint,
                "secretArn": self.link.secret_arn,
            }
        )

    def _watched(self, number: int) -> WatchedMember:
        args = self._args
        return WatchedMember(
            name=f"{self._name}-{number}",
            identifier=f"{self.identifier}-{number}",
            instance_class=args.instance_class,
            max_connections=args.max_connections,
            is_serverless=args.serverless is not None,
            pauses=args.pauses,
            is_scaled=args.max_replicas > args.replicas,
        )

    def _monitored(self) -> list[str]:
        """AWS names a reader that autoscaling adds by no name of ours: application-autoscaling-61aabbcc-..."""
        return [self.identifier, *(["application-autoscaling-"] if self._args.max_replicas else [])]

    def _family(self) -> str:
        return FAMILIES[self._args.engine][major_version(self._args.engine, self._args.version)]

    def _make_instance_parameters(self) -> aws.rds.ParameterGroup | None:
        """max_connections follows from the class, and is set because alarms and the budget of connections need the
        exact number. A serverless instance computes it from its most capacity, and AWS wants no constant there."""
        if self._args.instance_class == SERVERLESS_CLASS:
            return None
        value = str(self._args.max_connections)
        parameter = aws.rds.ParameterGroupParameterArgs(
            name="max_connections", value=value, apply_method="pending-reboot"
        )
        return aws.rds.ParameterGroup(
            self._name,
            family=self._family(),
            description=f"Connections of an instance: {self._name}",
            parameters=[parameter],
            tags=self._tags,
            opts=self._child,
        )

    def _make_cluster_parameters(self) -> aws.rds.ClusterParameterGroup:
        args = self._args
        values = cluster_parameters(
            args.engine,
            slow_query_ms=args.slow_query_ms,
            extensions=args.extensions,
            database_name=args.database_name,
            chosen=args.parameters,
        )
        return aws.rds.ClusterParameterGroup(
            self._name,
            family=self._family(),
            description=f"TLS forced, slow queries logged: {self._name}",
            parameters=[
                aws.rds.ClusterParameterGroupParameterArgs(name=name, value=value, apply_method=method)
                for name, value, method in values
            ],
            tags=self._tags,
            opts=self._child,
        )

    def _make_log_groups(self) -> list[aws.cloudwatch.LogGroup]:
        """RDS would make these itself, without a key and kept for ever."""
        return [
            aws.cloudwatch.LogGroup(
                f"{self._name}-{log}",
                name=f"/aws/rds/cluster/{self.identifier}/{log}",
                retention_in_days=self._args.log_retention_days,
                kms_key_id=self._args.key.arn,
                tags=self._tags,
                opts=self._child,
            )
            for log in self._args.logs
        ]

    def _make_cluster(self, before: Sequence[pulumi.Resource]) -> aws.rds.Cluster:
        args = self._args
        cluster = aws.rds.ClusterArgs(
            cluster_identifier=self.identifier,
            engine=args.engine,
            engine_version=args.version,
            allow_major_version_upgrade=args.allow_major_upgrade,
            database_name=args.database_name,
            master_username=args.username,
            master_password=first_password(self),
            port=PORTS[args.engine],
            db_subnet_group_name=self._subnets.name,
            vpc_security_group_ids=[self._group.id],
            db_cluster_parameter_group_name=self._make_cluster_parameters().name,
            storage_encrypted=True,
            kms_key_id=args.key.arn,
            storage_type="aurora-iopt1" if args.io_optimized else None,
            iam_database_authentication_enabled=args.iam_authentication,
            enabled_cloudwatch_logs_exports=list(args.logs),
            backup_retention_period=args.backup_days,
            preferred_backup_window=args.backup_window,
            preferred_maintenance_window=args.maintenance_window,
            copy_tags_to_snapshot=True,
            deletion_protection=args.deletion_protection,
            skip_final_snapshot=not args.final_snapshot,
            final_snapshot_identifier=f"{self.identifier}-final" if args.final_snapshot else None,
            # Who keeps a last snapshot keeps the daily ones as well, until they run out.
            delete_automated_backups=not args.final_snapshot,
            apply_immediately=args.apply_immediately,
            database_insights_mode="standard",
            tags=self._tags,
        )
        self._watch_closely(cluster)
        if args.backtrack_hours:
            cluster.backtrack_window = args.backtrack_hours * 3600
        if args.serverless is not None:
            cluster.serverlessv2_scaling_configuration = serverless_range(args.serverless)
        if args.allow_major_upgrade and self._instance_parameters is not None:
            cluster.db_instance_parameter_group_name = self._instance_parameters.name
        if args.restore is not None:
            restore_into(cluster, args.restore)
        return aws.rds.Cluster(
            self._name,
            cluster,
            pulumi.ResourceOptions(
                parent=self,
                protect=args.protect,
                depends_on=[*before, *self._make_log_groups()],
                ignore_changes=["master_password", *BEGINNING],
            ),
        )

    def _watch_closely(self, made: aws.rds.ClusterArgs | aws.rds.ClusterInstanceArgs) -> None:
        """Insights and monitoring are the cluster's, so that readers that autoscaling adds have them; each instance
        says the same, or the provider would turn its own off."""
        args = self._args
        made.performance_insights_enabled = args.insights
        made.performance_insights_retention_period = INSIGHTS_DAYS if args.insights else None
        made.performance_insights_kms_key_id = args.key.arn if args.insights else None
        made.monitoring_interval = args.monitoring_seconds
        made.monitoring_role_arn = self._monitoring_arn

    def _make_members(self, cluster: aws.rds.Cluster) -> list[aws.rds.ClusterInstance]:
        """The first instance of a cluster writes, so it is made before the others."""
        first = self._make_member(cluster, 1, [])
        return [first, *(self._make_member(cluster, number + 2, [first]) for number in range(self._args.replicas))]

    def _make_member(
        self, cluster: aws.rds.Cluster, number: int, after: Sequence[pulumi.Resource]
    ) -> aws.rds.ClusterInstance:
        """An instance holds no data: the volume is the cluster's. Its zone can't change without replacing it."""
        args = self._args
        member = aws.rds.ClusterInstanceArgs(
            identifier=f"{self.identifier}-{number}",
            cluster_identifier=cluster.cluster_identifier,
            engine=aws.rds.EngineType(args.engine),
            instance_class=args.instance_class,
            availability_zone=args.zones[(number - 1) % len(args.zones)],
            promotion_tier=promotion_tier(number),
            db_subnet_group_name=self._subnets.name,
            db_parameter_group_name=self._instance_parameters.name if self._instance_parameters else None,
            publicly_accessible=False,
            ca_cert_identifier=args.ca,
            preferred_maintenance_window=args.maintenance_window,
            auto_minor_version_upgrade=not is_pinned(args.engine, args.version),
            copy_tags_to_snapshot=True,
            apply_immediately=args.apply_immediately,
            tags=self._tags,
        )
        self._watch_closely(member)
        return aws.rds.ClusterInstance(
            f"{self._name}-{number}",
            member,
            pulumi.ResourceOptions(
                parent=self,
                depends_on=list(after),
                ignore_changes=["availability_zone"],
                replace_with=[cluster],
            ),
        )

    def _scale_readers(self, members: Sequence[pulumi.Resource]) -> None:
        """More readers while theirs are busy; Aurora takes away only what autoscaling added."""
        args = self._args
        target = aws.appautoscaling.Target(
            f"{self._name}-readers",
            service_namespace="rds",
            scalable_dimension="rds:cluster:ReadReplicaCount",
            resource_id=f"cluster:{self.identifier}",
            min_capacity=args.replicas,
            max_capacity=args.max_replicas,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(members)),
        )
        tracked = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
            predefined_metric_type="RDSReaderAverageCPUUtilization"
        )
        aws.appautoscaling.Policy(
            f"{self._name}-readers",
            policy_type="TargetTrackingScaling",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=(
                aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                    target_value=READER_CPU_PERCENT,
                    scale_in_cooldown=COOLDOWN_SECONDS,
                    scale_out_cooldown=COOLDOWN_SECONDS,
                    predefined_metric_specification=tracked,
                )
            ),
            opts=self._child,
        )

    def _make_secret(self, cluster: aws.rds.Cluster) -> DatabaseLink:
        """The reader's name leads to the writer where there is no reader."""
        args = self._args
        return database_secret(
            self._name,
            args.scope,
            args.key,
            Connection(
                protocol=PROTOCOLS[args.engine],
                username=cluster.master_username,
                password=cluster.master_password.apply(lambda password: password or ""),
                database_name=cluster.database_name,
                port=PORTS[args.engine],
                hosts=[cluster.endpoint, cluster.reader_endpoint],
                security_group_id=self._group.id,
                instances=[self.identifier],
                extensions=args.extensions,
                identity=cluster.cluster_resource_id,
            ),
            recovery_days=args.secret_recovery_days,
            protect=args.protect,
            tags={**self._tags, **args.by_hand.tags},
            parent=self,
        )


def serverless_range(chosen: ServerlessRange) -> aws.rds.ClusterServerlessv2ScalingConfigurationArgs:
    """The range as AWS takes it: a pause only where the least capacity is 0."""
    return aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
        min_capacity=chosen.min_acu,
        max_capacity=chosen.max_acu,
        seconds_until_auto_pause=chosen.pause_minutes * 60 if chosen.min_acu == 0 else None,
    )


def restore_into(cluster: aws.rds.ClusterArgs, restore: Restore) -> None:
    """The data decide on the database and its master user; the password becomes a new one."""
    cluster.master_username = cluster.database_name = None
    if restore.snapshot is not None:
        cluster.snapshot_identifier = restore.snapshot
        return
    is_latest = restore.time in (None, LATEST)
    cluster.restore_to_point_in_time = aws.rds.ClusterRestoreToPointInTimeArgs(
        source_cluster_identifier=restore.database,
        restore_to_time=None if is_latest else restore.time,
        use_latest_restorable_time=True if is_latest else None,
    )
