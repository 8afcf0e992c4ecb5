"""Alarm conditions of a queue and its dead-letter queue, as plain data."""

from collections.abc import Mapping
from types import MappingProxyType

from components.access import Scope
from components.access_queues import QueueName
from components.alarm_conditions import Condition, Metric, Threshold

QUEUE_METRICS = (
    "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
)

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "dead_letters": Threshold(0, f"O1; {QUEUE_METRICS}"),
        "age_minutes": Threshold(15, "ours, O1 names no number: the default of a queue's alarm_age_minutes"),
    }
)
"""Limits, and where they come from."""


def queue_metric(scope: Scope, queue: QueueName, name: str) -> Metric:
    """A metric of SQS; it comes once a minute, and not at all from a queue that nobody has used for 6 hours."""
    dimensions = {"QueueName": queue.physical(scope)}
    return Metric(namespace="AWS/SQS", name=name, dimensions=dimensions, statistic="Maximum")


def queue_conditions(scope: Scope, queue: QueueName, alarm_age_minutes: int, max_receives: int) -> list[Condition]:
    """Messages that wait for too long, and messages that nobody could handle (O1).

    A queue that reports nothing is unused, so missing data is not wrong.
    """
    return [
        Condition(
            name="queue-age",
            severity="warn",
            what=f"the oldest message has waited for more than {alarm_age_minutes} minutes",
            first="see whether the consumer runs and what it logs; if it is only slow, raise its max_count or lower "
            "backlog_per_task",
            metrics={"age": queue_metric(scope, queue, "ApproximateAgeOfOldestMessage")},
            threshold=alarm_age_minutes * 60,
            missing="notBreaching",
        ),
        Condition(
            name="queue-dead-letters",
            severity="warn",
            what=f"messages failed {max_receives} times and lie in the dead-letter queue, where SQS deletes them 14 "
            "days after they were sent",
            first="read one of them and the consumer's log of that time; when the cause is gone, redrive them "
            "(docs/queues.md)",
            metrics={"letters": queue_metric(scope, queue.dead_letters(), "ApproximateNumberOfMessagesVisible")},
            threshold=THRESHOLDS["dead_letters"].value,
            periods=1,
            breaching_periods=1,
            missing="notBreaching",
        ),
    ]
