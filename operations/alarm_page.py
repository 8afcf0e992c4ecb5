"""docs/alarms.md, made from the conditions that components make: `python -m operations.alarm_page`."""

from __future__ import annotations

from pathlib import Path

from components.alarms.catalog import Kind, catalog
from components.alarms.conditions import Condition
from components.alarms.incidents import EXTENSION_SECONDS, WAIT_SECONDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "alarms.md"
GIB = 1024**3
TIB = 1024 * GIB
TREATMENT = {"notBreaching": "fine", "breaching": "wrong", "ignore": "as before", "missing": "unknown"}

INTRODUCTION = """# Alarms

What is watched, from when on it is wrong, and who hears of it. Each alarm is named `headroom-<env>-<name>-<condition>`,
says the first thing to do, and names its [runbook](runbooks/README.md). Where a threshold follows from a size, both
ends of an example are given. The conditions and thresholds of a service are the same on ECS and on EKS (a test
compares all three environments); where its metrics are the platform's own, both are given.

This page is made from the code by `make docs`.

**Who hears.** `warn` goes to the topic for working hours, `page` to the one that wakes somebody up; both are encrypted,
and go to e-mail (`alarms.warn_emails`, `alarms.page_emails`), web hooks such as PagerDuty's (`alarms.warn_https`,
`alarms.page_https`) and Slack (`alarms.slack`). *incident*: the alarm tells nobody itself, the incident below does.

While services [sleep](service.md#sleep), mute rules silence what that sets off, and nothing else.

**Missing data** is chosen for each, with the reason beside it: *fine* where silence is good news or told by another
alarm, *wrong* where silence is the trouble. Of several alarms on one thing that always reports, one treats silence as
wrong, so that it is told once.

**CPU** is measured against what autoscaling keeps at 70 %: on ECS all that a task has, on EKS what a pod is promised,
half of what it may take. So the metric, which CloudWatch has for the limit only, counts twice there (more with a
collector of traces beside the service, which is promised less of its limit).
"""

INCIDENTS = f"""## Incidents

One cause pages once. An incident is a composite alarm over alarms of one cause, and tells the topic that pages. One
whose cause may be elsewhere waits {WAIT_SECONDS} s for that, keeps quiet beside it, and waits {EXTENSION_SECONDS} s
more when that is over, before it pages after all.

| incident | on when | keeps quiet beside | runbook |
|---|---|---|---|
| `<service>-failing` | `errors-page` or `down`; without a route `no-tasks`, on EKS unless \
the cluster is `silent` | `<database>-database-saturated` of its \
database | [failing](runbooks/failing.md) |
| `alb-failing` | `refused-page` | any `<service>-failing` | [failing](runbooks/failing.md) |
| `<database>-database-saturated` | of one instance `database-connections-high` and one of CPU, memory, capacity; or \
`proxy-borrow-slow` and `proxy-pool-high`; or `proxy-unavailable`; or PgBouncer's `no-tasks`; or `database-silent` | | \
[database-saturated](runbooks/database-saturated.md) |
| `<queue>-queue-stuck` | `queue-age` and `queue-idle` | `<service>-failing` of a consumer, or its database's \
`<database>-database-saturated`: where that is several, `<queue>-work-failing`, which tells nobody | \
[queue-stuck](runbooks/queue-stuck.md) |

A composite alarm counts an alarm without data as not on. What takes several services down at once pages for each.

CloudFront's alarms live in us-east-1, and a composite takes alarms of its own region only. So before services it pages
only for what nothing else knows of: that it gets no answer (`cdn-unreachable`, which takes `cdn.extra_metrics`). A load
balancer whose targets hang up looks the same from there, and pages beside it.

The emulated AWS evaluates alarms [when data is put](offline.md#alarms), and measures nothing by itself.
"""


def alarm_page() -> str:
    """The page as Markdown."""
    head = [
        "## Conditions",
        "",
        "| of | condition | metric | wrong when | period | missing data | who | source |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return "\n".join([INTRODUCTION, INCIDENTS, *head, *map(_row, catalog()), ""])


def _row(kind: Kind) -> str:
    condition = kind.condition
    cells = (
        kind.thing,
        f"[`{condition.name}`](runbooks/{condition.runbook}.md)",
        _metric(kind),
        _threshold(kind),
        _period(condition),
        f"{TREATMENT[condition.missing]}: {condition.silence}",
        "incident" if condition.by_incident else condition.severity,
        kind.limit.source + (f"; EKS: {kind.eks_source}" if kind.eks_source else ""),
    )
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _metric(kind: Kind) -> str:
    if kind.on_eks is None:
        return _measured(kind.condition)
    return f"ECS: {_measured(kind.condition)}<br>EKS: {_measured(kind.on_eks)}"


def _measured(condition: Condition) -> str:
    if condition.expression is not None:
        parts = "; ".join(
            f"{name}: {metric.namespace} {metric.name}, {metric.statistic}"
            for name, metric in condition.metrics.items()
        )
        return f"`{condition.expression}` ({parts})"
    (metric,) = condition.metrics.values()
    return f"{metric.namespace} {metric.name}, {metric.statistic}"


def _threshold(kind: Kind) -> str:
    small, large = kind.condition.threshold, kind.large.threshold
    sign = ">" if kind.condition.above else "<"
    if small == large:
        return f"{sign} {_number(small)}"
    return f"{sign} {_number(small)} (small) to {_number(large)} (large)"


def _number(value: float) -> str:
    if value >= TIB:
        return f"{value / TIB:.3g} TiB"
    if value >= GIB / 16:
        return f"{value / GIB:.3g} GiB"
    return f"{value:,.15g}"


def _period(condition: Condition) -> str:
    minutes = condition.period_seconds / 60
    if condition.periods == 1:
        return f"{minutes:g} min"
    return f"{condition.breaching_periods} of {condition.periods} x {minutes:g} min"


if __name__ == "__main__":
    PAGE.write_text(alarm_page(), encoding="utf-8")
