"""Alarm conditions of a queue and its dead-letter queue, as plain data."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from components.access import Scope
from components.alarms.conditions import Condition, Metric, Threshold
from components.queues.statements import QueueName

QUEUE_METRICS = (
    "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
)

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "dead_letters": Threshold(0, f"O1; {QUEUE_METRICS}"),
        "idle": Threshold(0, f"ours: 1 for each minute in which messages wait and none is deleted; {QUEUE_METRICS}"),
        "age_minutes": Threshold(15, "ours, O1 names no number: the default of a queue's alarm_age_minutes"),
    }
)
"""Limits, and where they come from."""
UNUSED_QUEUE = "a queue that nobody has used for 6 hours reports nothing"
IDLE_MINUTES = 10
"""Ours: longer than a deploy of the consumer takes; a job that takes longer by itself wants a longer one."""


def queue_metric(scope: Scope, queue: QueueName, name: str) -> Metric:
    """A metric of SQS; it comes once a minute, and not at all from a queue that nobody has used for 6 hours."""
    dimensions = {"QueueName": queue.physical(scope)}
    return Metric(namespace="AWS/SQS", name=name, dimensions=dimensions, statistic="Maximum")


def queue_conditions(scope: Scope, queue: QueueName, alarm_age_minutes: int, max_receives: int) -> list[Condition]:
    """Messages that wait for too long, that nobody takes at all, or that nobody could handle (O1).

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
            silence=UNUSED_QUEUE,
        ),
        Condition(
            name="queue-idle",
            severity="page",
            what=f"messages wait, and none was done for {IDLE_MINUTES} minutes",
            first="see whether the consumer runs, and what it logs",
            metrics={
                "waiting": queue_metric(scope, queue, "ApproximateNumberOfMessagesVisible"),
                "done": replace(queue_metric(scope, queue, "NumberOfMessagesDeleted"), statistic="Sum"),
            },
            expression="IF(FILL(waiting, 0) > 0 AND FILL(done, 0) < 1, 1, 0)",
            threshold=THRESHOLDS["idle"].value,
            periods=IDLE_MINUTES,
            breaching_periods=IDLE_MINUTES,
            missing="notBreaching",
            silence=UNUSED_QUEUE,
            by_incident=True,
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
            silence=UNUSED_QUEUE,
        ),
    ]
