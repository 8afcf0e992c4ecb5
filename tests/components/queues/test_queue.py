"""A queue and its dead-letter queue under pretended AWS. T6."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.links import KeyLink
from components.queues.queue import Queue, QueueArgs

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="arn:key", alias="alias/headroom-dev-services")


def made(run: Run, preview: bool = False, **changed: Any) -> Any:
    args: dict[str, Any] = {"scope": SCOPE, "key": KEY, **changed}
    return run(lambda: Queue("jobs", QueueArgs(**args)), preview=preview)


def queues(stack: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    found = [stack.one("sqs/queue:Queue", name)["inputs"] for name in ("jobs", "jobs-dlq")]
    return found[0], found[1]


def test_both_have_names_that_the_settings_know(run: Run) -> None:
    queue, failed = queues(made(run))
    assert (queue["name"], failed["name"]) == ("headroom-dev-jobs", "headroom-dev-jobs-dlq")


def test_what_failed_five_times_goes_to_the_dead_letter_queue_for_14_days(run: Run) -> None:
    queue, failed = queues(made(run))
    arn = "arn:aws:sqs:eu-central-1:111111111111:headroom-dev-jobs-dlq"
    assert json.loads(queue["redrivePolicy"]) == {"deadLetterTargetArn": arn, "maxReceiveCount": 5}
    assert failed["messageRetentionSeconds"] == 14 * 86_400
    assert "redrivePolicy" not in failed


def test_no_other_queue_leaves_its_dead_letters_there(run: Run) -> None:
    stack = made(run)
    allowed = stack.one("sqs/redriveAllowPolicy:RedriveAllowPolicy")
    assert json.loads(allowed["inputs"]["redriveAllowPolicy"]) == {
        "redrivePermission": "byQueue",
        "sourceQueueArns": ["arn:aws:sqs:eu-central-1:111111111111:headroom-dev-jobs"],
    }
    assert stack.one("sqs/queue:Queue", "jobs")["urn"] in allowed["options"]["depends_on"]


def test_the_queue_waits_for_its_dead_letter_queue(run: Run) -> None:
    stack = made(run)
    failed = stack.one("sqs/queue:Queue", "jobs-dlq")["urn"]
    assert failed in stack.one("sqs/queue:Queue", "jobs")["options"]["depends_on"]


def test_receivers_poll_long_and_messages_may_have_a_mebibyte(run: Run) -> None:
    for queue in queues(made(run)):
        assert (queue["receiveWaitTimeSeconds"], queue["maxMessageSize"]) == (20, 1_048_576)


def test_our_key_encrypts_both_or_sqs_does(run: Run) -> None:
    for queue in queues(made(run)):
        assert queue["kmsMasterKeyId"] == "arn:key"
        assert "sqsManagedSseEnabled" not in queue
    for queue in queues(made(run, key=None)):
        assert queue["sqsManagedSseEnabled"] is True
        assert "kmsMasterKeyId" not in queue


def test_a_fifo_queue_has_a_fifo_dead_letter_queue_and_high_throughput(run: Run) -> None:
    for queue in queues(made(run, fifo=True, deduplicate_content=True)):
        assert queue["name"].endswith(".fifo")
        assert (queue["fifoQueue"], queue["contentBasedDeduplication"]) == (True, True)
        assert (queue["deduplicationScope"], queue["fifoThroughputLimit"]) == ("messageGroup", "perMessageGroupId")


def test_a_standard_queue_says_nothing_of_order(run: Run) -> None:
    for queue in queues(made(run)):
        assert not {"fifoQueue", "contentBasedDeduplication", "deduplicationScope"} & set(queue)


def test_both_refuse_plain_http_and_say_so_in_a_first_preview(run: Run) -> None:
    policies = [p["inputs"]["policy"] for p in made(run, preview=True).all("sqs/queuePolicy:QueuePolicy")]
    assert [json.loads(policy)["Statement"][0]["Sid"] for policy in policies] == ["TlsOnly", "TlsOnly"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"visibility_timeout_seconds": 30}, "visibility_timeout_seconds is 30: a task that is told to stop"),
        ({"retention_days": 14}, "retention_days is 14: a dead letter's 14 days count"),
        ({"deduplicate_content": True}, "deduplicate_content is True: a standard queue"),
        ({"max_receives": 1001, "visibility_timeout_seconds": 71}, "max_receives is 1001: AWS takes 1 to 1000 tries"),
        ({"max_message_kib": 1025}, "max_message_kib is 1025: AWS takes 1 to 1024 KiB"),
    ],
)
def test_what_sqs_refuses_is_refused_first(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        QueueArgs(scope=SCOPE, key=KEY, **changed)
