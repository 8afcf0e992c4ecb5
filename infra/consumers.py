"""Roles of who is no service here."""

from collections.abc import Mapping

from components.services.consumer import Consumer, ConsumerArgs
from infra.environment import Environment
from infra.queues import queue_name
from infra.rotation import api_keys


def make_consumers(env: Environment) -> Mapping[str, Consumer]:
    """The role of each consumer that reaches anything."""
    consumers: dict[str, Consumer] = {}
    keys = api_keys(env.settings)
    for name, chosen in env.settings.consumers.items():
        if chosen.access != "none":
            args = ConsumerArgs(
                scope=env.scope,
                access=chosen.access,
                principals=chosen.principals,
                buckets=sorted(env.settings.buckets),
                published=[name for name, bucket in sorted(env.settings.buckets.items()) if bucket.use == "site"],
                queues=[queue_name(env, queue) for queue in sorted(env.settings.queues)],
                bucket_key=env.keys["data"],
                has_api_key=name in keys,
                service_key=env.keys["services"],
            )
            consumers[name] = Consumer(name, args, env.opts)
    return consumers
