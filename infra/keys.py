"""API keys, and what rotates them and the passwords of users."""

from collections.abc import Sequence

from components.access import Statement
from components.keys.api_keys import ApiKeys, ApiKeysArgs
from components.keys.names import DIGESTS_VARIABLE, digests_secret, verified_by
from components.keys.rotator import Rotator, RotatorArgs
from components.keys.statements import (
    read_digests,
    read_uses,
    roll_services,
    rotate_redis_users,
    rotate_secrets,
)
from components.links import ClusterLink, RotatorLink
from components.tasks.function_alarms import function_conditions
from infra.environment import Environment, watch
from infra.rotation import api_keys, rotated_secrets, rotation_table

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
    keys = api_keys(env.settings)
    verifying = verified_by(keys)
    readers = sorted({reader for rotated in secrets.values() for reader in rotated.readers})
    return [
        *rotate_secrets(scope, list(secrets), [digests_secret(scope, name) for name in verifying], aliases),
        *rotate_redis_users(scope, [rotated.user for rotated in secrets.values() if rotated.user]),
        *roll_services(scope, readers if env.settings.compute == "ecs" else []),
        *read_uses(scope, list(verifying)),
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
