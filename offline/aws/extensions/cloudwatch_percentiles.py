"""CloudWatch: percentiles in what GetMetricData answers.

As by AWS, there is none where a value is negative, nor of data that were put as statistic sets of several samples,
unless these are all the same.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.cloudwatch_evaluation import percentile
from offline.aws.extensions.wrapping import wrap

PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


def install() -> None:
    """Extends moto's statistics, which know sums and the like; no value is no data point."""
    from moto.cloudwatch.models import CloudWatchBackend, Statistics

    wrap(Statistics, "get_statistics_for_type", get_statistics_for_type)
    wrap(CloudWatchBackend, "get_metric_data", get_metric_data)


def get_statistics_for_type(original: Callable[..., Any], statistics: Any, stat: str) -> Any:
    """A percentile of the values of a period."""
    asked = PERCENTILE.fullmatch(stat)
    if asked is None:
        return original(statistics, stat)
    values: list[float] = list(statistics.metric_single_values_list)
    for item in statistics.metric_aggregated_list:
        if item.min != item.max:
            return None
        values += [item.min] * int(item.sample_count)
    return None if min(values, default=0) < 0 else percentile(sorted(values), float(asked[1]))


def get_metric_data(original: Callable[..., Any], backend: Any, *args: Any, **arguments: Any) -> Any:
    """Without the places where there is no value."""
    results = original(backend, *args, **arguments)
    for result in results:
        if "values" in result:
            pairs = zip(result["timestamps"], result["values"], strict=True)
            known = [(at, value) for at, value in pairs if value is not None]
            result["timestamps"], result["values"] = [at for at, _ in known], [value for _, value in known]
    return results
