"""Alarms of a route with two target groups: either may be the live one, and while requests move both are."""

import re
from dataclasses import replace

from components.alarms.conditions import Condition
from components.links import RouteLink

SECOND = "second"
"""What is added to a metric's id for the second target group."""


def of_halves(condition: Condition, route: RouteLink) -> Condition:
    """The same condition over both target groups: the worse of two values, the better where too little is wrong.

    A rate is taken for each by itself, so that a new version that fails all of its few requests is seen. The group that
    nobody is sent to reports nothing, which counts as 0: no errors, no delay, no task.
    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html (MAX of an array, FILL)
    """
    if len(route.halves) == 1:
        return condition
    _, second = route.halves
    own = {
        id_: replace(metric, dimensions={**metric.dimensions, "TargetGroup": second.target_group_arn_suffix})
        for id_, metric in condition.metrics.items()
        if "TargetGroup" in metric.dimensions
    }
    expression = condition.expression or next(iter(condition.metrics))
    ids = "|".join(map(re.escape, own))
    other = re.sub(rf"\b({ids})\b", rf"\1_{SECOND}", expression)
    return replace(
        condition,
        metrics={**condition.metrics, **{f"{id_}_{SECOND}": metric for id_, metric in own.items()}},
        expression=f"MAX([FILL({expression}, 0), FILL({other}, 0)])",
    )
