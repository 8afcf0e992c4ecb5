"""How a new version of a service takes over: at what pace, who watches, and when it goes back. Pure decisions.

The numbers and their bounds are ECS's: docs.aws.amazon.com/AmazonECS/latest/APIReference/
API_DeploymentConfiguration.html, API_CanaryConfiguration.html and API_LinearConfiguration.html
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from components.constraints import Problem, within

Strategy = Literal["rolling", "blue-green", "canary", "linear"]

GUIDE = "docs.aws.amazon.com/AmazonECS/latest/developerguide"
API = "docs.aws.amazon.com/AmazonECS/latest/APIReference"
ALARMS_SOURCE = f"{GUIDE}/deployment-alarm-failure.html"
SHIFTING_SOURCE = f"{GUIDE}/deployment-type-blue-green.html"

MOST_MINUTES = 1440
"""Longest wait of any kind that ECS takes: a day."""
BAKE_MINUTES = 10
"""Ours: twice what an alarm needs, from the first bad request to the rollback."""
ECS_BAKE_MINUTES = 5
"""What a rolling deployment with alarms waits by default: `less than 5 minutes` (deployment-alarm-failure.html)."""
CANARY_PERCENT = 10.0
"""Ours: ECS's guide recommends 5 to 10 % (canary-deployment.html)."""
CANARY_MINUTES = 10
"""ECS's default."""
STEP_PERCENT = 25.0
"""Ours: ECS's default of 10 % takes an hour with its waits of 6 minutes."""
STEP_MINUTES = 6
"""ECS's default."""
ALARM_MINUTES = 5
"""Ours: the alarm needs 3 bad minutes of 5, and its metrics come a minute or two late. A shorter wait ends before."""

ROLLBACK_CONDITIONS = ("errors-page",)
"""Conditions of a route that roll a deployment back: what a bad version causes, and nothing else does often.

One alarm that is on when a deployment begins switches all of them off for it (deployment-alarm-failure.html), so what
is on in normal operation can't be here: no CPU, no latency. `down` and `unhealthy` are left to the circuit breaker,
which counts failed tasks itself; a service that is made has no healthy task yet, and they would end its first
deployment. Load balancer's own errors are not one service's.
"""


@dataclass(frozen=True, kw_only=True)
class Deploy:
    """What a team chooses for a service; None is the default of the strategy."""

    strategy: Strategy = "rolling"
    """`rolling` replaces tasks a few at a time; the others start all new tasks beside the old ones, and then move the
    requests: at once (`blue-green`), first a few (`canary`), or in equal steps (`linear`)."""
    rollback_on_alarms: bool = False
    """Whether the alarms of `ROLLBACK_CONDITIONS` bring the earlier version back."""
    bake_minutes: int | None = None
    """How long the old tasks are kept once all requests go to the new ones; with `rolling`, how long the alarms are
    watched after that."""
    canary_percent: float | None = None
    """Requests that the new tasks get first, in percent."""
    canary_minutes: int | None = None
    """How long they get no more."""
    step_percent: float | None = None
    """Requests that each step moves, in percent."""
    step_minutes: int | None = None
    """Pause between two steps."""
    second_target_group: bool | None = None
    """Whether the service has two target groups between which requests move. A standing service gets its second by a
    rolling deployment, before the strategy changes, and keeps it when the strategy changes back."""

    @property
    def shifts(self) -> bool:
        """Whether requests are moved from one target group to another."""
        return self.strategy != "rolling"

    @property
    def paired(self) -> bool:
        """Whether there are two target groups."""
        return self.shifts if self.second_target_group is None else self.second_target_group

    @property
    def waits(self) -> dict[str, float]:
        """The numbers that hold for the strategy, by their names here."""
        bake = BAKE_MINUTES if self.bake_minutes is None else self.bake_minutes
        if self.strategy == "canary":
            percent = CANARY_PERCENT if self.canary_percent is None else self.canary_percent
            minutes = CANARY_MINUTES if self.canary_minutes is None else self.canary_minutes
            return {"canary_percent": percent, "canary_minutes": minutes, "bake_minutes": bake}
        if self.strategy == "linear":
            percent = STEP_PERCENT if self.step_percent is None else self.step_percent
            minutes = STEP_MINUTES if self.step_minutes is None else self.step_minutes
            return {"step_percent": percent, "step_minutes": minutes, "bake_minutes": bake}
        if self.strategy == "blue-green":
            return {"bake_minutes": bake}
        return {} if self.bake_minutes is None else {"bake_minutes": self.bake_minutes}

    @property
    def waiting_minutes(self) -> int:
        """How long a deployment that goes well waits in all, beside what its tasks take to start."""
        waits = self.waits
        if not self.shifts:
            return int(waits.get("bake_minutes", ECS_BAKE_MINUTES if self.rollback_on_alarms else 0))
        # ECS waits after each step but the last (API_LinearConfiguration.html).
        steps = math.ceil(100 / waits["step_percent"]) - 1 if "step_percent" in waits else 0
        return int(waits["bake_minutes"] + waits.get("canary_minutes", 0) + steps * waits.get("step_minutes", 0))


OWNERS = {
    "canary_percent": "canary",
    "canary_minutes": "canary",
    "step_percent": "linear",
    "step_minutes": "linear",
}
"""Numbers that only one strategy has."""


def deploy_problems(deploy: Deploy, *, public: bool, requests_per_target: int | None) -> Iterator[Problem]:
    """What ECS refuses, and what would not do what it says."""
    yield from _bounds(deploy)
    yield from _foreign_numbers(deploy)
    yield from _audience(deploy, public=public)
    yield from _too_short(deploy)
    if deploy.shifts and deploy.second_target_group is False:
        yield Problem(
            key="second_target_group",
            value=False,
            reason=f"strategy {deploy.strategy} moves requests between two target groups",
            remedy="take it out, or choose strategy rolling",
            source=SHIFTING_SOURCE,
        )
    if deploy.paired and requests_per_target is not None:
        yield Problem(
            key="requests_per_target",
            value=requests_per_target,
            reason="Auto Scaling counts the requests of one target group, and with two the live one changes",
            remedy="take it out: CPU and memory still scale the service",
            source=f"{GUIDE}/service-autoscaling-targettracking.html",
        )


def _bounds(deploy: Deploy) -> Iterator[Problem]:
    for key in ("bake_minutes", "canary_minutes", "step_minutes"):
        minutes = getattr(deploy, key)
        if minutes is not None:
            yield from within(key, minutes, 0, MOST_MINUTES, "minutes", f"{API}/API_DeploymentConfiguration.html")
    for key, least, page in (
        ("canary_percent", 0.1, "API_CanaryConfiguration.html"),
        ("step_percent", 3.0, "API_LinearConfiguration.html"),
    ):
        percent = getattr(deploy, key)
        if percent is not None and not (least <= percent <= 100 and float(round(percent * 10, 6)).is_integer()):
            yield Problem(
                key=key,
                value=percent,
                reason=f"ECS takes {least:g} to 100 percent, in tenths",
                remedy="choose such a number, such as 10",
                source=f"{API}/{page}",
            )


def _foreign_numbers(deploy: Deploy) -> Iterator[Problem]:
    for key, owner in OWNERS.items():
        if getattr(deploy, key) is not None and deploy.strategy != owner:
            yield Problem(
                key=key,
                value=getattr(deploy, key),
                reason=f"it means something with strategy {owner} only, and this one is {deploy.strategy}",
                remedy=f"take it out, or choose strategy {owner}",
                source=f"{API}/API_DeploymentConfiguration.html",
            )
    if deploy.bake_minutes is not None and not deploy.shifts and not deploy.rollback_on_alarms:
        yield Problem(
            key="bake_minutes",
            value=deploy.bake_minutes,
            reason="a rolling deployment waits for its alarms only, and rollback_on_alarms is false",
            remedy="take it out, or set rollback_on_alarms: true",
            source=ALARMS_SOURCE,
        )


def _audience(deploy: Deploy, *, public: bool) -> Iterator[Problem]:
    """Requests, and alarms on their answers, are a public service's."""
    if public:
        return
    if deploy.shifts:
        yield Problem(
            key="strategy",
            value=deploy.strategy,
            reason="it moves requests of the load balancer, and none come to a private service",
            remedy="choose rolling, or set public: true",
            source=SHIFTING_SOURCE,
        )
    if deploy.second_target_group:
        yield Problem(
            key="second_target_group",
            value=True,
            reason="no load balancer leads to a private service",
            remedy="take it out, or set public: true",
            source=SHIFTING_SOURCE,
        )
    if deploy.rollback_on_alarms:
        yield Problem(
            key="rollback_on_alarms",
            value=True,
            reason="what is watched is what the load balancer counts, and none leads to a private service",
            remedy="take it out (the circuit breaker still rolls back), or set public: true",
            source=ALARMS_SOURCE,
        )


def _too_short(deploy: Deploy) -> Iterator[Problem]:
    """A wait that ends before its alarm can be on."""
    if not deploy.rollback_on_alarms:
        return
    for key in ("canary_minutes", "step_minutes", "bake_minutes"):
        minutes = getattr(deploy, key)
        if minutes is not None and minutes < ALARM_MINUTES:
            yield Problem(
                key=key,
                value=minutes,
                reason=f"the alarm that rolls back needs {ALARM_MINUTES} minutes to notice",
                remedy=f"choose {ALARM_MINUTES} or more, or rollback_on_alarms: false",
                source=ALARMS_SOURCE,
            )
