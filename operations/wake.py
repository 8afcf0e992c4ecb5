"""Wakes an environment whose services sleep: what the morning would do, now.

Source: docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html (registering a target
again "changes the resource's current capacity to a value that is inside of this range")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from components.services.sleep import EVENING
from operations.clients import clients
from operations.commands import OK, Session
from operations.errors import Failure

Action = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Woken:
    """A service whose range of tasks is that of the day again."""

    service: str
    """Its name in ECS."""
    least: int
    """Tasks that run at least."""
    most: int
    """Tasks that may run at most."""


def wake(session: Session) -> int:
    """Gives every sleeping service its tasks back, until the evening."""
    name = session.invocation.environment
    cluster = str(session.open().outputs().get("cluster") or "")
    scaling = clients(session.project, session.invocation)("application-autoscaling")
    try:
        actions = actions_of(scaling, cluster) if cluster else []
        woken = [*restore(scaling, actions)]
    except (ClientError, BotoCoreError) as error:
        raise Failure(f"AWS did not let {name} wake: {error}") from error
    if not woken:
        raise Failure(
            f"no service of {name} sleeps: it is not up, or headroom:sleep.enabled is false in Pulumi.{name}.yaml"
        )
    for service in woken:
        session.screen.print(f"{service.service}: {service.least} to {service.most} tasks")
    session.screen.print(f"{name} wakes; tasks need a minute or two. It sleeps again {evening(actions)}.")
    return OK


def actions_of(scaling: Any, cluster: str) -> Sequence[Action]:
    """Every scheduled action on a service of the cluster."""
    pages = scaling.get_paginator("describe_scheduled_actions").paginate(ServiceNamespace="ecs")
    found = (action for page in pages for action in page["ScheduledActions"])
    return [action for action in found if action["ResourceId"].startswith(f"service/{cluster}/")]


def restore(scaling: Any, actions: Sequence[Action]) -> Iterator[Woken]:
    """Does what each morning's action would."""
    for action in actions:
        counts = action["ScalableTargetAction"]
        if not counts.get("MaxCapacity"):
            continue
        scaling.register_scalable_target(
            ServiceNamespace=action["ServiceNamespace"],
            ResourceId=action["ResourceId"],
            ScalableDimension=action["ScalableDimension"],
            MinCapacity=counts["MinCapacity"],
            MaxCapacity=counts["MaxCapacity"],
        )
        service = action["ResourceId"].rpartition("/")[2]
        yield Woken(service=service, least=counts["MinCapacity"], most=counts["MaxCapacity"])


def evening(actions: Sequence[Action]) -> str:
    """`at 20:00 (Europe/Berlin)`."""
    for action in actions:
        daily = EVENING.match(action["Schedule"])
        if daily and not action["ScalableTargetAction"].get("MaxCapacity"):
            return f"at {int(daily[2]):02}:{int(daily[1]):02} ({action.get('Timezone', 'UTC')})"
    return "when its schedule says so"
