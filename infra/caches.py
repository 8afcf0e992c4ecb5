"""The caches: nodes with replicas, or serverless."""

from collections.abc import Mapping

from components.caches.alarms import node_conditions, serverless_conditions
from components.caches.cache import Cache, CacheArgs
from components.caches.serverless_cache import ServerlessCache, ServerlessCacheArgs
from components.links import RotatorLink
from infra.environment import Environment, watch
from infra.rotation import redis_user
from infra.settings.stores import Cache as Chosen
from infra.settings.stores import ServerlessCache as Limits

AnyCache = Cache | ServerlessCache
"""What runs a cache."""


def make_caches(env: Environment, rotator: RotatorLink | None) -> Mapping[str, AnyCache]:
    """Each cache, with its alarms."""
    if rotator is None:
        return {}
    return {
        name: make_serverless(env, rotator, name, chosen, chosen.serverless)
        if chosen.serverless is not None
        else make_nodes(env, rotator, name, chosen)
        for name, chosen in env.settings.caches.items()
    }


def make_nodes(env: Environment, rotator: RotatorLink, name: str, chosen: Chosen) -> Cache:
    """A primary with its replicas."""
    args = CacheArgs(
        scope=env.scope,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.isolated_subnet_ids,
        key=env.keys["data"],
        engine=chosen.engine,
        version=chosen.version,
        node_class=chosen.node_class,
        nodes=chosen.nodes,
        failover=chosen.failover,
        use=chosen.use,
        snapshot_days=chosen.snapshot_days,
        final_snapshot=chosen.final_snapshot,
        log_retention_days=env.settings.logs.retention_days,
        rotator=rotator,
        rotated=redis_user(env.settings, env.scope, name),
        secret_recovery_days=env.settings.secrets.recovery_days,
        protect=chosen.protect,
    )
    cache = Cache(name, args, env.opts)
    for node in cache.nodes:
        watch(env, node.name, cache, node_conditions(node))
    return cache


def make_serverless(
    env: Environment, rotator: RotatorLink, name: str, chosen: Chosen, limits: Limits
) -> ServerlessCache:
    """A cache without nodes."""
    args = ServerlessCacheArgs(
        scope=env.scope,
        vpc_id=env.network.vpc_id,
        subnet_ids=env.network.isolated_subnet_ids,
        key=env.keys["data"],
        engine=chosen.engine,
        version=chosen.version,
        max_gb=limits.max_gb,
        max_ecpu_per_second=limits.max_ecpu_per_second,
        use=chosen.use,
        snapshot_days=chosen.snapshot_days,
        rotator=rotator,
        rotated=redis_user(env.settings, env.scope, name),
        secret_recovery_days=env.settings.secrets.recovery_days,
        protect=chosen.protect,
    )
    cache = ServerlessCache(name, args, env.opts)
    watch(env, name, cache, serverless_conditions(cache.watched))
    return cache


def cache_outputs(caches: Mapping[str, AnyCache]) -> dict[str, object]:
    """What the stack exports of each cache."""
    return {
        name: {
            "address": cache.address,
            "reader_address": cache.reader_address,
            "secret": cache.link.secret_name,
        }
        for name, cache in caches.items()
    }
