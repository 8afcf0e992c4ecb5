"""API keys, and what rotates them and the passwords of users."""

from collections.abc import Sequence

from components.access import Scope, Statement
from components.databases.logins import document_secret, proxy_secret
from components.databases.pgbouncer_config import pooler_of
from components.databases.users import users_log_group, users_task
from components.keys.api_keys import ApiKeys, ApiKeysArgs
from components.keys.names import DIGESTS_VARIABLE, digests_secret, verified_by
from components.keys.rotator import Rotator, RotatorArgs
from components.keys.statements import (
    list_tasks,
    read_digests,
    read_uses,
    roll_services,
    rotate_redis_users,
    rotate_secrets,
)
from components.links import ClusterLink, RotatorLink
from components.tasks.function_alarms import function_conditions
from components.tasks.statements import run_tasks
from infra.environment import Environment, watch
from infra.logins import logins_of
from infra.rotation import api_keys, rotated_secrets, rotation_table
from infra.settings import Settings

ROTATE = "rotate-secret"
"""Name of the function that rotates secrets."""


def make_rotator(env: Environment, cluster: ClusterLink | None) -> RotatorLink | None:
    """What makes and rotates keys and passwords, with its alarm; None where there is neither."""
    secrets = rotated_secrets(rotation_table(env.settings, env.scope))
    if not secrets:
        return None
    on_ecs = cluster is not None and env.settings.compute == "ecs"
    digests = {digests_secret(env.scope, name): who for name, who in verified_by(api_keys(env.settings)).items()}
    args = RotatorArgs(
        scope=env.scope,
        key=env.keys["operations"],
        secrets=secrets,
        digests=digests,
        statements=rotator_statements(env),
        cluster_arn=cluster.arn if cluster is not None and on_ecs else None,
        log_retention_days=env.settings.logs.retention_days,
        settle_seconds=env.settings.secrets.settle_seconds,
    )
    rotator = Rotator(ROTATE, args, env.opts)
    undone = "secrets may be older than they are to be, or old ones stay valid"
    watch(env, ROTATE, rotator, function_conditions(rotator.function, undone=undone))
    return rotator.link


def rotator_statements(env: Environment) -> list[Statement]:
    """What the rotation may do: with exactly the secrets, users and services of its table."""
    scope, aliases = env.scope, [env.keys[name].alias for name in ("data", "services")]
    secrets = rotated_secrets(rotation_table(env.settings, scope))
    keys, databases = api_keys(env.settings), logins_of(env.settings)
    poolers = [pooler_of(name) for name in databases if env.settings.databases[name].pooling == "pgbouncer"]
    verifying = verified_by(keys)
    readers = sorted({reader for rotated in secrets.values() for reader in rotated.readers})
    return [
        *rotate_secrets(scope, list(secrets), shared_secrets(env.settings, scope), aliases),
        *rotate_redis_users(scope, [rotated.user for rotated in secrets.values() if rotated.kind == "redis-user"]),
        *roll_services(scope, [*(readers if env.settings.compute == "ecs" else []), *poolers]),
        *run_tasks(
            scope, [users_task(name) for name in databases], [users_log_group(scope, name) for name in databases]
        ),
        *(list_tasks(scope) if databases else []),
        *read_uses(scope, list(verifying)),
    ]


def shared_secrets(settings: Settings, scope: Scope) -> list[str]:
    """What the rotation writes for others to read: digests, documents of databases, and what proxies know."""
    users = [
        (database, user)
        for database, logins in logins_of(settings).items()
        if settings.databases[database].pooling == "proxy"
        for login in logins
        for user in login.users
    ]
    return [
        *(digests_secret(scope, name) for name in verified_by(api_keys(settings))),
        *(document_secret(scope, database) for database in logins_of(settings)),
        *(proxy_secret(scope, database, user) for database, user in users),
    ]


def make_api_keys(env: Environment, rotator: RotatorLink | None) -> ApiKeys | None:
    """The keys of all consumers; None where nobody has one."""
    keys = api_keys(env.settings)
    if rotator is None or not keys:
        return None
    args = ApiKeysArgs(
        scope=env.scope,
        key=env.keys["services"],
        rotator=rotator,
        keys=keys,
        recovery_days=env.settings.secrets.recovery_days,
    )
    return ApiKeys("api-keys", args, env.opts)


def key_environment(env: Environment, service: str) -> dict[str, str]:
    """Where a service finds the digests that it verifies keys by."""
    verifies = service in verified_by(api_keys(env.settings))
    return {DIGESTS_VARIABLE: digests_secret(env.scope, service)} if verifies else {}


def key_grants(env: Environment, service: str) -> Sequence[Statement]:
    """Reading those."""
    if service not in verified_by(api_keys(env.settings)):
        return []
    return read_digests(env.scope, digests_secret(env.scope, service), env.keys["services"].alias)
