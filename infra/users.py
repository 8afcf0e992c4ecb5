"""Who signs in to the databases, and what makes them: users, tenants; and the runner of migrations."""

from collections.abc import Mapping, Sequence

from components.databases.links import DatabaseUserLink
from components.databases.login_secrets import DatabaseLogins, DatabaseLoginsArgs
from components.databases.logins import Login
from components.databases.users import DatabaseUsers, DatabaseUsersArgs, master_link
from components.links import ClusterLink, FunctionLink, PooledUser, PoolLink, RotatorLink
from components.services.logs import service_log_group
from components.tasks.migration import migration_task
from components.tasks.task_runner import TaskRunner, TaskRunnerArgs
from infra.data import AnyDatabase
from infra.environment import Environment
from infra.logins import logins_of
from infra.rotation import database_user
from infra.settings import Settings

Users = Mapping[str, Sequence[DatabaseUserLink]]
"""What each service signs in to, its own database first."""


def make_runner(env: Environment) -> FunctionLink | None:
    """What runs one-off tasks; none where there is no such task."""
    settings, scope = env.settings, env.scope
    tasks = {
        migration_task(name): service_log_group(scope, name)
        for name, service in settings.services.items()
        if service.migrate and settings.compute == "ecs"
    }
    if not tasks:
        return None
    args = TaskRunnerArgs(
        scope=scope, key=env.keys["operations"], log_retention_days=settings.logs.retention_days, tasks=tasks
    )
    return TaskRunner("run-task", args, env.opts).link


def make_logins(env: Environment, rotator: RotatorLink | None) -> DatabaseLogins | None:
    """A secret for each user of any database; None where there are no users."""
    logins = logins_of(env.settings)
    if not logins or rotator is None:
        return None
    args = DatabaseLoginsArgs(
        scope=env.scope,
        key=env.keys["services"],
        rotator=rotator,
        logins={
            database: {login: database_user(env.settings, database, login) for login in found}
            for database, found in logins.items()
        },
        recovery_days=env.settings.secrets.recovery_days,
    )
    return DatabaseLogins("logins", args, env.opts)


def pooled(env: Environment, logins: DatabaseLogins | None) -> dict[str, Sequence[PooledUser]]:
    """Whose connections each database's pool carries."""
    return {name: logins.pooled.get(name, ()) if logins else () for name in env.settings.databases}


def make_users(
    env: Environment,
    cluster: ClusterLink | None,
    rotator: RotatorLink | None,
    databases: Mapping[str, AnyDatabase],
    logins: DatabaseLogins | None,
    pools: Mapping[str, PoolLink],
) -> Users:
    """Each user, made inside the network, and what its service needs to connect."""
    links: dict[Login, DatabaseUserLink] = {}
    if cluster is not None and rotator is not None and logins is not None:
        for name, made in logins.made.items():
            database = databases[name].link
            images = env.settings.tasks
            args = DatabaseUsersArgs(
                scope=env.scope,
                key=env.keys["services"],
                logins=made,
                database=database,
                pool=pools.get(name),
                cluster=cluster,
                rotator=rotator,
                vpc_id=env.network.vpc_id,
                subnet_ids=env.network.private_subnet_ids,
                image=images.postgres_image if database.protocol == "postgres" else images.mysql_image,
                log_retention_days=env.settings.logs.retention_days,
                ready=env.network.private_ready,
            )
            links |= DatabaseUsers(name, args, env.opts).links
    return {name: _of_service(env.settings, name, databases, links) for name in env.settings.services}


def _of_service(
    settings: Settings, name: str, databases: Mapping[str, AnyDatabase], links: Mapping[Login, DatabaseUserLink]
) -> list[DatabaseUserLink]:
    chosen = settings.services[name].database
    if chosen is not None and settings.databases[chosen].existing is not None:
        return [master_link(chosen, databases[chosen].link), *_tenants(name, links)]
    own = [link for login, link in links.items() if login == Login(service=name)]
    return [*own, *_tenants(name, links)]


def _tenants(name: str, links: Mapping[Login, DatabaseUserLink]) -> list[DatabaseUserLink]:
    return [link for login, link in sorted(links.items()) if login.service == name and login.tenant]
