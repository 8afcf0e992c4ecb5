"""When somebody hears of a queue. O1, T6."""

from components.access import Scope
from components.queues.alarms import queue_conditions
from components.queues.statements import QueueName

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")


def conditions(queue):
    return {condition.name: condition for condition in queue_conditions(SCOPE, queue, 15, 5)}


def test_a_message_that_waits_for_15_minutes_is_told():
    age = conditions(QueueName(name="jobs"))["queue-age"]
    assert age.threshold == 900
    assert age.metrics["age"].dimensions == {"QueueName": "headroom-dev-jobs"}
    assert "max_count" in age.first


def test_the_first_dead_letter_is_told_at_once():
    letters = conditions(QueueName(name="jobs", fifo=True))["queue-dead-letters"]
    assert (letters.threshold, letters.above, letters.periods) == (0, True, 1)
    assert letters.metrics["letters"].dimensions == {"QueueName": "headroom-dev-jobs-dlq.fifo"}
    assert "redrive" in letters.first


def test_a_queue_that_nobody_uses_is_not_wrong():
    assert {c.missing for c in conditions(QueueName(name="jobs")).values()} == {"notBreaching"}
