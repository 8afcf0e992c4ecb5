"""The health of an environment, as its alarms, its rollouts and its load balancers tell: the gates of a promotion.

Alarms say what is wrong by themselves, so that queues, schedules, databases and caches are covered by theirs. What AWS
refuses to say leaves a gate shut, and so does what nobody measured: no data is no pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from operations.clients import Clients
from operations.promotion.health.alarm_gate import AlarmGate
from operations.promotion.health.look import Limits, Look, Span
from operations.promotion.health.rollout_gate import RolloutGate
from operations.promotion.health.traffic_gate import TrafficGate
from operations.promotion.model import Check
from operations.state import standing

__all__ = ["Health", "Limits"]

EVERY_SECONDS = 30.0
"""Pause between two looks in a bake time: alarms are evaluated once a minute."""
SHORTEST_MINUTES = 10
"""How far back the gates look at least: a load balancer's numbers come once a minute, some minutes late."""
GRACE = timedelta(minutes=10)
"""How long a bake time is followed beyond its end while tasks are only on their way, or AWS does not answer: neither is
a failure of the release."""


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


class Health:
    """Asks AWS how an environment does."""

    def __init__(
        self,
        aws: Clients,
        environment: str,
        outputs: Mapping[str, Any],
        resources: Sequence[Mapping[str, Any]],
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """`outputs` are the stack's, `resources` those of its state."""
        found = standing(resources)
        self._clock = clock
        self._alarms = AlarmGate(aws, environment, found)
        self._rollouts = RolloutGate(aws, environment, outputs, found)
        self._traffic = TrafficGate(aws, environment, outputs, found)

    def checks(self, since: datetime, limits: Limits) -> list[Check]:
        """Every gate, each passed or not. They look back for the soak time, and for 10 minutes at least since it may be
        none at all, but never before `since`: what happened then was another release's doing."""
        until = self._clock()
        back = timedelta(minutes=max(SHORTEST_MINUTES, limits.soak_minutes))
        span = Span(since=max(since, until - back), until=until)
        return [look.check for look in self._looks(span, limits)]

    def watch(
        self,
        until: datetime,
        limits: Limits,
        tell: Callable[[str], None],
        sleep: Callable[[float], None],
        *,
        since: datetime | None = None,
    ) -> list[Check]:
        """Looks until the bake time ends, and returns the gates that are shut: none when the release is well. Ends
        early when an alarm fires or a rollout falls back. What is new is told once.

        `since` is when the bake time began, now by default. An alarm that was on before is told and does not count, or
        no release could mend what is broken: to ECS, too, a deployment fails when an alarm moves to ALARM
        (docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeploymentAlarms.html).
        """
        began, told = since or self._clock(), dict[str, str]()
        while True:
            moment = self._clock()
            looks = self._looks(Span(since=min(began, moment), until=moment, baking=True), limits)
            for look in looks:
                if told.get(look.check.name) != look.news:
                    told[look.check.name] = look.news
                    tell(f"{look.check.name}: {look.check.said}")
            late = moment >= until and not (moment < until + GRACE and any(look.unfinished for look in looks))
            if late or any(look.fallen for look in looks):
                return [look.check for look in looks if not look.check.passed]
            sleep(min(EVERY_SECONDS, max(1.0, (until - moment).total_seconds())) if moment < until else EVERY_SECONDS)

    def _looks(self, span: Span, limits: Limits) -> list[Look]:
        return [self._alarms.look(span), self._rollouts.look(span), *self._traffic.looks(span, limits)]
