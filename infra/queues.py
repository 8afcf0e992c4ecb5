"""The queues, and what services do with them."""

from collections.abc import Mapping, Sequence

import pulumi

from components.access import Statement
from components.queues.alarms import queue_conditions
from components.queues.constraints import queue_variable
from components.queues.queue import Queue, QueueArgs
from components.queues.statements import QueueName, use_queues
from components.services.scaling import Backlog
from infra.environment import Environment, watch
from infra.settings.services import Service


def queue_name(env: Environment, name: str) -> QueueName:
    """A queue by its name in the settings."""
    chosen = env.settings.queues[name]
    return QueueName(name=name, fifo=chosen.fifo, encrypted=chosen.encryption == "kms")


def make_queues(env: Environment) -> Mapping[str, Queue]:
    """Each queue with its dead-letter queue, and the alarms of both."""
    queues: dict[str, Queue] = {}
    for name, chosen in env.settings.queues.items():
        args = QueueArgs(
            scope=env.scope,
            key=env.keys["services"] if chosen.encryption == "kms" else None,
            fifo=chosen.fifo,
            deduplicate_content=chosen.deduplicate_content,
            visibility_timeout_seconds=chosen.visibility_timeout_seconds,
            retention_days=chosen.retention_days,
            max_receives=chosen.max_receives,
            max_message_kib=chosen.max_message_kib,
        )
        queues[name] = Queue(name, args, env.opts)
        conditions = queue_conditions(env.scope, queue_name(env, name), chosen.alarm_age_minutes, chosen.max_receives)
        watch(env, name, queues[name], conditions, sleeps=True)
        if not any(name in service.produces for service in env.settings.services.values()):
            pulumi.log.warn(
                f"no service produces for queue {name}: unless something outside of this stack sends to it, name it "
                "under produces of a service, or take it out of headroom:queues",
                queues[name],
            )
    return queues


def queue_environment(env: Environment, chosen: Service) -> dict[str, str]:
    """The URLs of a service's queues."""
    return {
        queue_variable(name): queue_name(env, name).url(env.scope)
        for name in sorted({*chosen.produces, *chosen.consumes})
    }


def queue_grants(env: Environment, chosen: Service) -> list[Statement]:
    """What a service may do with queues."""
    produces, consumes = (
        [queue_name(env, name) for name in sorted(names)] for names in (chosen.produces, chosen.consumes)
    )
    return use_queues(env.scope, produces, consumes, [env.keys["services"].alias])


def backlogs(env: Environment, chosen: Service) -> Sequence[Backlog]:
    """The queues whose waiting messages bring more tasks of a service."""
    if chosen.backlog_per_task is None:
        return ()
    return [
        Backlog(
            name=name,
            queue_name=queue_name(env, name).physical(env.scope),
            per_task=chosen.backlog_per_task,
        )
        for name in chosen.consumes
    ]


def queue_outputs(queues: Mapping[str, Queue]) -> dict[str, object]:
    """What the stack exports of each queue."""
    return {name: {"url": queue.url, "dead_letter_url": queue.dead_letter_url} for name, queue in queues.items()}
