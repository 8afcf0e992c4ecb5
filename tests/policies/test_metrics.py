"""The table of what AWS publishes agrees with the alarms that the components make."""

import pytest

from components.alarms.catalog import LARGE, SMALL, groups
from policies.graph import Graph, Resource
from policies.metrics import METRIC_ALARM, PUBLISHED, is_published, watches
from policies.verdict import UNKNOWN

METRICS = {
    (metric.namespace, metric.name, frozenset(metric.dimensions))
    for size in (SMALL, LARGE)
    for group in groups(size)
    for condition in (*group.conditions, *group.on_eks)
    for metric in condition.metrics.values()
}
JUDGED = sorted(
    (one for one in METRICS if one[0] in PUBLISHED and "ProxyName" not in one[2]),
    key=lambda one: (one[0], one[1], sorted(one[2])),
)
"""RDS Proxy is not among what must be watched."""


@pytest.mark.parametrize(
    ("namespace", "name", "dimensions"),
    JUDGED,
    ids=lambda value: value if isinstance(value, str) else "+".join(sorted(value)),
)
def test_whatever_a_component_watches_is_published(namespace: str, name: str, dimensions: frozenset[str]) -> None:
    assert is_published(namespace, name, dict.fromkeys(dimensions, "any"))


def test_a_dimension_less_or_more_is_another_metric_that_nobody_publishes() -> None:
    both = {"LoadBalancer": "app/main/1", "TargetGroup": "targetgroup/api/1"}
    assert is_published("AWS/ApplicationELB", "HealthyHostCount", both)
    assert not is_published("AWS/ApplicationELB", "HealthyHostCount", {"TargetGroup": "targetgroup/api/1"})
    assert not is_published("AWS/ApplicationELB", "HealthyHostCount", both | {"Service": "api"})


def test_dimensions_that_are_not_known_yet_rule_nothing_out() -> None:
    assert is_published("AWS/SQS", "ApproximateAgeOfOldestMessage", UNKNOWN)
    assert not is_published("AWS/SQS", "AgeOfOldestMessage", UNKNOWN)


def test_each_metric_of_an_expression_is_looked_at() -> None:
    one = {"namespace": "AWS/SQS", "metricName": "NumberOfMessagesDeleted", "dimensions": {"QueueName": "jobs"}}
    queries = [{"metric": one}, {"metric": one | {"metricName": "NumberOfMessagesSent"}}, {"expression": "a + b"}]
    alarm = Resource(METRIC_ALARM, "idle", "urn:idle", {"metricQueries": queries})
    assert [watch.name for watch in watches(Graph([alarm]))] == ["NumberOfMessagesDeleted", "NumberOfMessagesSent"]
