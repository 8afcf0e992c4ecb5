"""Where the tasks of a service run: on demand or on Fargate Spot. Pure decisions over numbers.

Spot tasks cost about a third and are stopped at two minutes' notice when AWS wants them back. ECS never runs a Spot
task on demand because Spot has none left, so what must always be there counts as the base, before the weights do.
Sources: docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html,
github.com/aws/containers-roadmap/issues/773
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from components.constraints import Problem, within

CAPACITY_SOURCE = "docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-capacity-providers.html"
STRATEGY_SOURCE = "docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html"


@dataclass(frozen=True, kw_only=True)
class Share:
    """What one capacity provider gets of a service's tasks."""

    provider: str
    """`FARGATE` or `FARGATE_SPOT`."""
    weight: int
    """Share of the tasks beyond the base, against the other provider's."""
    base: int = 0
    """Tasks that it gets before the weights count."""


def shares(spot_percent: int, base_on_demand: int) -> Sequence[Share]:
    """Weights in the smallest whole numbers: 75 % Spot is 1 to 3. Where all is on demand there is nothing to divide,
    and the base stays out of it."""
    on_demand = 100 - spot_percent
    divisor = math.gcd(on_demand, spot_percent)
    base = base_on_demand if spot_percent else 0
    found = [
        Share(provider="FARGATE", weight=on_demand // divisor, base=base),
        Share(provider="FARGATE_SPOT", weight=spot_percent // divisor),
    ]
    return [share for share in found if share.weight]


def capacity_problems(*, critical: bool, spot_percent: int, base_on_demand: int, max_count: int) -> list[Problem]:
    """A critical service never runs on Spot; a base must leave tasks to divide, and have a weight of its own."""
    problems = within("spot_percent", spot_percent, 0, 100, "percent", CAPACITY_SOURCE)
    if critical and spot_percent:
        reason = "the service is critical (critical: true), and AWS stops Spot tasks at two minutes' notice"
        remedy = "choose 0, or critical: false"
        problems.append(_problem("spot_percent", spot_percent, reason, remedy, CAPACITY_SOURCE))
    elif spot_percent == 100 and base_on_demand:
        reason = "spot_percent is 100, which leaves on demand a weight of 0, and ECS places no task where that is"
        remedy = "choose 0, or spot_percent: 99"
        problems.append(_problem("base_on_demand", base_on_demand, reason, remedy, STRATEGY_SOURCE))
    elif spot_percent and base_on_demand >= max_count:
        reason = f"it is all of max_count, {max_count}, so no task would run on Spot"
        remedy = f"choose {max_count - 1} or less, or spot_percent: 0"
        problems.append(_problem("base_on_demand", base_on_demand, reason, remedy, STRATEGY_SOURCE))
    return problems


def _problem(key: str, value: int, reason: str, remedy: str, source: str) -> Problem:
    return Problem(key=key, value=value, reason=reason, remedy=remedy, source=source)
