"""Alarm conditions as plain data: what is measured, from when on it is wrong, and what to do first."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import pulumi

Missing = Literal["notBreaching", "breaching", "ignore", "missing"]


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One metric as CloudWatch stores it."""

    namespace: str
    """CloudWatch namespace, `AWS/ECS`."""
    name: str
    """Metric name, `CPUUtilization`."""
    dimensions: Mapping[str, pulumi.Input[str]]
    """Dimension names to values; CloudWatch finds nothing unless they are complete."""
    statistic: str
    """`Average`, `Sum`, `Maximum`, `Minimum`, `SampleCount`, or a percentile such as `p95`."""


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One alarm."""

    name: str
    """What is wrong, `cpu-high`; follows the watched thing's name."""
    severity: Literal["warn", "page"]
    """Topic: `warn` waits until working hours, `page` does not."""
    what: str
    """What is wrong, as a sentence."""
    first: str
    """The first thing to do, as a sentence."""
    metrics: Mapping[str, Metric]
    """Metrics by the id that `expression` uses; exactly one if there is no expression."""
    expression: str | None = None
    """Metric math over the ids."""
    above: bool = True
    """Whether values above the threshold are wrong, or values below it."""
    threshold: float
    """Limit, in the unit of the metric or expression."""
    period_seconds: int = 60
    """Length of one data point."""
    periods: int = 5
    """Data points that are looked at."""
    breaching_periods: int = 5
    """How many of these must be wrong."""
    missing: Missing
    """How a missing data point counts."""
