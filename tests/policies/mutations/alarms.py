"""How alarms stop watching, or tell nobody."""

from typing import Any

from policies.graph import Resource
from tests.policies.mutations.mutation import Change, Mutation, edit_each, put, with_fields, without

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def on(metric: str) -> Any:
    """Alarms that look at a metric, by itself or in an expression."""
    return lambda alarm: f"'{metric}'" in str(dict(alarm.properties))


def named(*names: str) -> Any:
    return lambda alarm: alarm.name in names


def misspelled(metric: str) -> Change:
    """The alarms stay, and look at a metric that nobody publishes."""
    return put(ALARM, "metricName", f"{metric}s", lambda alarm: alarm.properties.get("metricName") == metric)


def without_balancer(properties: dict[str, Any]) -> None:
    """A dimension less, so that nothing is ever reported."""
    holders = [query["metric"] for query in properties.get("metricQueries", []) if "metric" in query] or [properties]
    for holder in holders:
        holder["dimensions"].pop("LoadBalancer", None)


def of_targets(alarm: Resource) -> bool:
    return "'TargetGroup'" in str(dict(alarm.properties)) and "AWS/RDS" not in str(dict(alarm.properties))


MUTATIONS = [
    Mutation(rule="alarm-coverage", change=without(ALARM, on("FreeStorageSpace"))),
    Mutation(rule="alarm-coverage", change=without(ALARM, on("ReplicaLag")), environments=("prod",)),
    Mutation(rule="alarm-coverage", change=without(ALARM, named("main-3-cache-cpu-high")), environments=("prod",)),
    Mutation(rule="alarm-coverage", change=without(ALARM, on("MemoryUtilization"))),
    Mutation(rule="alarm-coverage", change=misspelled("ApproximateAgeOfOldestMessage")),
    Mutation(rule="alarm-coverage", change=edit_each(ALARM, without_balancer, of_targets)),
    Mutation(rule="alarm-coverage", change=without(ALARM, named("jobs-queue-dead-letters"))),
    Mutation(rule="alarm-coverage", change=without(ALARM, named("cleanup-schedule-failed"))),
    Mutation(rule="alarm-coverage", change=without(ALARM, on("pod_cpu_utilization_over_pod_limit")), compute="eks"),
    Mutation(rule="alarm-coverage", change=without(ALARM, named("worker-no-tasks")), compute="eks"),
    Mutation(rule="alarm-reaches-someone", change=put(ALARM, "actionsEnabled", False)),
    Mutation(rule="alarm-reaches-someone", change=without("aws:sns/topicSubscription:TopicSubscription")),
    Mutation(rule="alarm-reaches-someone", change=without("aws:cloudwatch/compositeAlarm:CompositeAlarm")),
    Mutation(
        rule="alarm-reaches-someone",
        change=with_fields("aws:sns/topicSubscription:TopicSubscription", depends_on={}),
    ),
]
