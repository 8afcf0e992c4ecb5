"""The users of a database: a secret for each, and a task inside the network that makes them (E5, E6).

Two steps, because a pool stands between them: it needs the secrets' containers, and their values hold its address.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import log_retention_problems, require, secret_recovery_problems
from components.databases.connection import Protocol
from components.databases.links import DatabaseUserLink, Door
from components.databases.logins import Addresses, Login, login_secret, password_variable, script, task_environment
from components.databases.parts import first_password
from components.links import (
    ClusterLink,
    DatabaseLink,
    FunctionLink,
    KeyLink,
    PooledUser,
    PoolLink,
)
from components.network.connections import open_connection, open_way_out
from components.tasks.one_off_task import OneOffTask, OneOffTaskArgs

FIRST = "headroom-first"
"""Staging label of the version that holds the first password only. A version without a label would be deleted."""

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
class MadeLogin:
    """A user's secret, without what the user connects to."""

    login: Login
    """Whose it is."""
    secret: aws.secretsmanager.Secret
    """The container."""
    password: pulumi.Output[str]
    """The first password."""
    first: aws.secretsmanager.SecretVersion
    """The version that keeps it."""


@dataclass(frozen=True, kw_only=True)
class DatabaseLoginsArgs:
    """Who signs in to the databases."""

    scope: Scope
    """Account, region and name space of the secrets' names."""
    key: KeyLink
    """Key that encrypts the secrets."""
    logins: Mapping[str, Sequence[Login]]
    """Database to its users."""
    recovery_days: int
    """Days in which a deleted secret can be restored, 7 to 30; 0 deletes at once and frees its name."""

    def __post_init__(self) -> None:
        require(secret_recovery_problems(self.recovery_days))


class DatabaseLogins(pulumi.ComponentResource):
    """A secret for each user of any database, with a first password.

    One component for all databases: a service that moves to another one keeps its secret and its password.

    The first version keeps the password for good, and later ones take it from there: so the connection in the secret
    can follow the database without another password at each change. A rotation makes versions of its own.
    """

    made: Mapping[str, Sequence[MadeLogin]]
    """Database to its users, by name."""
    pooled: Mapping[str, Sequence[PooledUser]]
    """The same, as a pool takes them."""

    def __init__(self, name: str, args: DatabaseLoginsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:data:DatabaseLogins", name, None, opts)
        self._args = args
        self.made = {of: [self._make(login) for login in sorted(logins)] for of, logins in args.logins.items()}
        self.pooled = {of: [self._pooled(made) for made in logins] for of, logins in self.made.items()}
        self.register_outputs({of: [made.login.name for made in logins] for of, logins in self.made.items()})

    def _pooled(self, made: MadeLogin) -> PooledUser:
        return PooledUser(
            label=made.login.label,
            service=made.login.service,
            secret_arn=made.secret.arn,
            secret_name=made.login.secret_name(self._args.scope),
            key=self._args.key,
            ready=[made.first],
        )

    def _make(self, login: Login) -> MadeLogin:
        args, child = self._args, pulumi.ResourceOptions(parent=self)
        whose = f"service {login.service}" + (f", tenant {login.tenant}" if login.tenant else "")
        secret = aws.secretsmanager.Secret(
            login.label,
            name=login.secret_name(args.scope),
            description=f"Connection of {whose} to its database",
            kms_key_id=args.key.arn,
            recovery_window_in_days=args.recovery_days,
            tags={"Service": login.service},
            opts=child,
        )
        first = aws.secretsmanager.SecretVersion(
            login.label,
            secret_id=secret.id,
            secret_string=first_password(self).apply(lambda password: self._beginning(login, password)),
            version_stages=["AWSCURRENT", FIRST],
            # Each run draws another password, and the version that holds the connection takes the label AWSCURRENT.
            opts=pulumi.ResourceOptions(parent=self, ignore_changes=["secret_string", "version_stages"]),
        )
        password = first.secret_string.apply(lambda text: str(json.loads(text or "{}").get("password", "")))
        return MadeLogin(login=login, secret=secret, password=pulumi.Output.secret(password), first=first)

    def _beginning(self, login: Login, password: str) -> str:
        """What a pool needs to know of the user, before there is an address to connect to."""
        return json.dumps({"dbname": login.name, "username": login.name, "password": password})


@dataclass(frozen=True, kw_only=True)
class DatabaseUsersArgs:
    """What makes the users, and where they connect to."""

    scope: Scope
    """Account, region and name space of names and policies."""
    key: KeyLink
    """Key of the users' secrets, and of the task's log."""
    logins: Sequence[MadeLogin]
    """The users."""
    database: DatabaseLink
    """The database."""
    pool: PoolLink | None
    """What stands before the database."""
    cluster: ClusterLink
    """Cluster that runs the task."""
    runner: FunctionLink
    """Function that runs it."""
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
    """Each user's connection, and the task that makes users and databases, as the master user, inside the network.

    The task runs when a user comes, a connection changes, or the script does; it changes nothing that is right. A user
    that goes keeps its database: data are dropped by people (docs/database.md).
    """

    links: Mapping[Login, DatabaseUserLink]
    """What a service needs to connect."""

    def __init__(self, name: str, args: DatabaseUsersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:data:DatabaseUsers", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        values = {made.login: self._make_value(made) for made in args.logins}
        done = self._make_task(values).done
        self.links = {made.login: self._link(made, [values[made.login], done]) for made in args.logins}
        self.register_outputs({"users": [login.name for login in self.links]})

    def _make_value(self, made: MadeLogin) -> aws.secretsmanager.SecretVersion:
        """The secret's value; whenever it changes, another version. It follows the first one, which would be taken for
        the current one otherwise."""
        database, pool = self._args.database, self._args.pool
        reads = [pool.read_host] if pool is not None and pool.read_host is not None else database.hosts[1:]
        behind = pool is not None and pool.read_host is not None
        known = pulumi.Output.all(
            password=made.password,
            host=pool.host if pool is not None else database.hosts[0],
            direct_host=database.hosts[0],
            read_hosts=list(reads),
        )
        return aws.secretsmanager.SecretVersion(
            f"{made.login.label}-connection",
            secret_id=made.secret.id,
            secret_string=known.apply(
                lambda values: login_secret(
                    made.login,
                    values["password"],
                    database.protocol,
                    Addresses(
                        host=values["host"],
                        port=pool.port if pool is not None else database.port,
                        read_hosts=values["read_hosts"],
                        read_port=pool.port if behind and pool is not None else database.port,
                        direct_host=values["direct_host"],
                        direct_port=database.port,
                    ),
                )
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[made.first]),
        )

    def _make_task(self, values: Mapping[Login, aws.secretsmanager.SecretVersion]) -> OneOffTask:
        args, database, name = self._args, self._args.database, f"{self._name}-users"
        logins = [made.login for made in args.logins]
        secrets = {
            variable: pulumi.Output.concat(database.secret_arn, f":{key}::")
            for variable, key in MASTER_KEYS[database.protocol].items()
        }
        for number, made in enumerate(args.logins, 1):
            secrets[password_variable(number)] = pulumi.Output.concat(made.secret.arn, ":password::")
        group, ready = self._make_way()
        task = OneOffTaskArgs(
            scope=args.scope,
            title=f"Making the users of database {self._name}",
            service=self._name,
            cluster=args.cluster,
            runner=args.runner,
            subnet_ids=args.subnet_ids,
            security_group_ids=[group.id],
            image=args.image,
            log_group=users_log_group(args.scope, self._name),
            entry_point=["sh", "-c"],
            command=[script(database.protocol)],
            environment={
                PORTS[database.protocol]: str(database.port),
                **({"MONITOR": args.pool.monitor} if args.pool is not None and args.pool.monitor else {}),
                **task_environment(database.protocol, logins, database.extensions),
            },
            secrets=secrets,
            secret_names=[database.secret_name, *(login.secret_name(args.scope) for login in logins)],
            key_aliases=[*dict.fromkeys([database.key.alias, args.key.alias])],
            triggers={
                **{f"user {login.name}": value.version_id for login, value in values.items()},
                "database": database.identity,
            },
            # RDS makes a proxy's own user when the database is registered with it.
            ready=[*ready, *values.values(), *database.ready, *args.ready, *(args.pool.ready if args.pool else ())],
        )
        return OneOffTask(name, task, self._child)

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
        database = args.database
        rules = open_connection(name, group.id, database.security_group_id, database.port, self._child)
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
