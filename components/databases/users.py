"""The users of a database, and where they connect to: made by a task inside the network that the rotation runs. E5, E6.

Their secrets come before (`components.databases.login_secrets`), because a pool stands between.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import log_retention_problems, require
from components.databases.connection import Protocol
from components.databases.links import DatabaseUserLink, Door
from components.databases.login_secrets import MadeLogin
from components.databases.logins import Addresses, Login, document_secret, login_fields, script, task_environment
from components.keys.rotated import begun, schedule
from components.links import ClusterLink, DatabaseLink, KeyLink, PoolLink, RotatorLink
from components.network.connections import open_connection, open_way_out
from components.tasks.one_off_task import PreparedTask, PreparedTaskArgs

MASTER_KEYS: Mapping[Protocol, Mapping[str, str]] = {
    "postgres": {"PGHOST": "host", "PGUSER": "username", "PGPASSWORD": "password", "PGDATABASE": "dbname"},
    "mysql": {"MASTER_HOST": "host", "MASTER_USER": "username", "MASTER_PASSWORD": "password"},
}
"""Variable of the task to the key of the master's secret."""
PORTS: Mapping[Protocol, str] = {"postgres": "PGPORT", "mysql": "MASTER_PORT"}


def users_task(database: str) -> str:
    """Name of the one-off task, as the runner knows it."""
    return f"{database}_users".replace("-", "_")


def users_log_group(scope: Scope, database: str) -> str:
    """Log group of that task."""
    return f"/{scope.namespace}/database/{database}/users"


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersArgs:
    """What makes the users, and where they connect to."""

    scope: Scope
    """Account, region and name space of names and policies."""
    key: KeyLink
    """Key of the users' secrets, and of the task's log."""
    logins: Sequence[MadeLogin]
    """Who signs in."""
    database: DatabaseLink
    """The database."""
    pool: PoolLink | None
    """What stands before the database."""
    cluster: ClusterLink
    """Cluster that runs the task."""
    rotator: RotatorLink
    """Function that runs it, and rotates the passwords."""
    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets of the task."""
    image: str
    """Image with a shell and the database's client: psql 14 or newer, or mysql."""
    log_retention_days: int
    """Days that the task's log is kept."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the task starts: its way to its image and secrets."""

    def __post_init__(self) -> None:
        require(log_retention_problems(self.log_retention_days))


class DatabaseUsers(pulumi.ComponentResource):
    """Each login's connection, and the task that makes users and databases, as the master user, inside the network.

    The rotation runs the task: while `up` waits, when a login comes, a connection changes, the script does, or the
    database is another one; and whenever who may sign in changes. It changes nothing that is right. A user that goes
    keeps its database: data are dropped by people (docs/database.md).
    """

    links: Mapping[Login, DatabaseUserLink]
    """What a service needs to connect."""

    def __init__(self, name: str, args: DatabaseUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:data:DatabaseUsers", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        done = self._begin(self._make_task())
        for made in args.logins:
            schedule(made.login.label, args.rotator, made.secret.arn, made.rotated, ready=[done], opts=self._child)
        self.links = {made.login: self._link(made, [done]) for made in args.logins}
        self.register_outputs({"users": [login.name for login in self.links]})

    def _begin(self, task: PreparedTask) -> pulumi.Resource:
        """Users in the database, and connections in their secrets."""
        args, scope = self._args, self._args.scope
        secrets = {made.login.secret_name(scope): made.secret.arn for made in args.logins}
        more = pulumi.Output.all(
            task=task.told, identity=args.database.identity, pool=self._by_proxy(), fields=self._fields()
        ).apply(
            lambda known: {
                "Connections": known["fields"],
                "Tasks": {
                    document_secret(scope, self._name): {
                        **known["task"],
                        "identity": known["identity"],
                        **({"pooler": args.pool.pooler} if args.pool is not None and args.pool.pooler else {}),
                        **({"pool": known["pool"]} if known["pool"] else {}),
                    }
                },
            }
        )
        return begun(
            f"{self._name}-users",
            args.rotator,
            secrets,
            rotated={made.login.secret_name(scope): made.rotated for made in args.logins},
            more=more,
            # RDS makes a proxy's own user when the database is registered with it.
            ready=[
                *task.ready,
                *(resource for made in args.logins for resource in made.ready),
                *(args.pool.ready if args.pool else ()),
            ],
            opts=self._child,
        )

    def _by_proxy(self) -> Mapping[str, pulumi.Input[str]]:
        """Variables by which the task tries whether RDS Proxy lets a new user in."""
        pool = self._args.pool
        return {} if pool is None or pool.pooler else {"POOL_HOST": pool.host, "POOL_PORT": str(pool.port)}

    def _fields(self) -> pulumi.Output[dict[str, Any]]:
        """Secret to its connection, without the credential."""
        database, pool = self._args.database, self._args.pool
        reads = [pool.read_host] if pool is not None and pool.read_host is not None else database.hosts[1:]
        behind = pool is not None and pool.read_host is not None
        known = pulumi.Output.all(
            host=pool.host if pool is not None else database.hosts[0],
            direct_host=database.hosts[0],
            read_hosts=list(reads),
        )

        def told(values: Mapping[str, Any]) -> dict[str, Any]:
            addresses = Addresses(
                host=values["host"],
                port=pool.port if pool is not None else database.port,
                read_hosts=values["read_hosts"],
                read_port=pool.port if behind and pool is not None else database.port,
                direct_host=values["direct_host"],
                direct_port=database.port,
            )
            logins = [made.login for made in self._args.logins]
            scope, protocol = self._args.scope, database.protocol
            return {login.secret_name(scope): login_fields(login, protocol, addresses) for login in logins}

        return known.apply(told)

    def _make_task(self) -> PreparedTask:
        args, database, name = self._args, self._args.database, f"{self._name}-users"
        master = {
            variable: pulumi.Output.concat(database.secret_arn, f":{key}::")
            for variable, key in MASTER_KEYS[database.protocol].items()
        }
        (document,) = {id(made.document_arn): made.document_arn for made in args.logins}.values()
        group, ready = self._make_way()
        task = PreparedTaskArgs(
            scope=args.scope,
            title=f"Making the users of database {self._name}",
            service=self._name,
            cluster=args.cluster,
            subnet_ids=args.subnet_ids,
            security_group_ids=[group.id],
            image=args.image,
            log_group=users_log_group(args.scope, self._name),
            entry_point=["sh", "-c"],
            command=[script(database.protocol)],
            environment={
                PORTS[database.protocol]: str(database.port),
                **({"MONITOR": args.pool.monitor} if args.pool is not None and args.pool.monitor else {}),
                **task_environment(database.protocol, database.extensions),
            },
            secrets={**master, "LOGINS": pulumi.Output.concat(document, ":lines::")},
            secret_names=[database.secret_name, document_secret(args.scope, self._name)],
            key_aliases=[*dict.fromkeys([database.key.alias, args.key.alias])],
            ready=[*ready, *database.ready, *args.ready],
        )
        return PreparedTask(name, task, self._child)

    def _make_way(self) -> tuple[aws.ec2.SecurityGroup, list[pulumi.Resource]]:
        """The task reaches the database, and AWS's own interfaces; it writes a log."""
        args, name = self._args, f"{self._name}-users"
        group = aws.ec2.SecurityGroup(
            name,
            vpc_id=args.vpc_id,
            description=f"Task that makes the users of database {self._name}",
            tags={"Service": self._name},
            opts=self._child,
        )
        logs = aws.cloudwatch.LogGroup(
            name,
            name=users_log_group(args.scope, self._name),
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn,
            tags={"Service": self._name},
            opts=self._child,
        )
        database, pool = args.database, args.pool
        rules = open_connection(name, group.id, database.security_group_id, database.port, self._child)
        if pool is not None and not pool.pooler:
            rules = [*rules, *open_connection(f"{name}-pool", group.id, pool.security_group_id, pool.port, self._child)]
        return group, [*rules, open_way_out(name, group.id, 443, self._child), logs]

    def _link(self, made: MadeLogin, ready: Sequence[pulumi.Resource]) -> DatabaseUserLink:
        args, login, database, pool = self._args, made.login, self._args.database, self._args.pool
        direct = Door(name=self._name, security_group_id=database.security_group_id, port=database.port)
        doors, label = [direct], ",".join(database.instances)
        if pool is not None:
            pooled = Door(name=f"{self._name}-pool", security_group_id=pool.security_group_id, port=pool.port)
            # To read from replicas and to migrate, connections go past the pool.
            doors, label = [pooled, direct], f"{label} by its pool"
        return DatabaseUserLink(
            secret_arn=made.secret.arn,
            secret_name=login.secret_name(args.scope),
            key=args.key,
            variables=login.variables,
            migration_variables=login.migration_variables,
            doors=doors,
            label=label,
            tenant=login.tenant,
            ready=[*ready, *(pool.ready if pool is not None else ())],
        )


def master_link(name: str, database: DatabaseLink) -> DatabaseUserLink:
    """An existing database's own secret: its users are somebody else's, and so is what they may do."""
    login = Login(service=name)
    return DatabaseUserLink(
        secret_arn=database.secret_arn,
        secret_name=database.secret_name,
        key=database.key,
        variables=login.variables,
        migration_variables=login.variables,
        doors=[Door(name=name, security_group_id=database.security_group_id, port=database.port)],
        label=",".join(database.instances),
        ready=database.ready,
    )
