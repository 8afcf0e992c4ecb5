"""Who may use which queue. T6, E6."""

import json

from components.access import Scope
from components.queues.statements import QueueName, queue_policy, rules_may_send, use_queues

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
JOBS, MAILS = QueueName(name="jobs"), QueueName(name="mails", fifo=True)
PLAIN = QueueName(name="plain", encrypted=False)
KEY = "alias/headroom-dev-services"
ARN = "arn:aws:sqs:eu-central-1:111111111111:headroom-dev"


def by_sid(statements):
    return {statement["Sid"]: statement for statement in statements}


def test_name_arn_and_url_are_known_beforehand():
    assert JOBS.physical(SCOPE) == "headroom-dev-jobs"
    assert MAILS.arn(SCOPE) == f"{ARN}-mails.fifo"
    assert MAILS.dead_letters().physical(SCOPE) == "headroom-dev-mails-dlq.fifo"
    assert JOBS.url(SCOPE) == "https://sqs.eu-central-1.amazonaws.com/111111111111/headroom-dev-jobs"


def test_a_producer_sends_and_does_not_receive():
    found = by_sid(use_queues(SCOPE, [JOBS], [], [KEY]))
    assert list(found) == ["SendMessages", "UseQueueKey"]
    assert found["SendMessages"]["Resource"] == [f"{ARN}-jobs"]
    assert not [action for action in found["SendMessages"]["Action"] if "Receive" in action or "Delete" in action]
    assert found["UseQueueKey"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_a_consumer_receives_and_does_not_send():
    found = by_sid(use_queues(SCOPE, [], [MAILS], [KEY]))
    assert list(found) == ["ReceiveMessages", "UseQueueKey"]
    assert found["ReceiveMessages"]["Resource"] == [f"{ARN}-mails.fifo"]
    assert "sqs:SendMessage" not in found["ReceiveMessages"]["Action"]
    assert found["UseQueueKey"]["Action"] == ["kms:Decrypt"]


def test_nobody_purges_deletes_or_reads_dead_letters():
    text = json.dumps(use_queues(SCOPE, [JOBS], [MAILS], [KEY]))
    assert "Purge" not in text
    assert "DeleteQueue" not in text
    assert "-dlq" not in text


def test_the_key_opens_these_queues_only_and_through_sqs_only():
    condition = by_sid(use_queues(SCOPE, [JOBS], [MAILS], [KEY]))["UseQueueKey"]["Condition"]
    assert condition["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": [KEY]}
    assert condition["StringEquals"] == {
        "kms:ViaService": "sqs.eu-central-1.amazonaws.com",
        "kms:EncryptionContext:aws:sqs:arn": [f"{ARN}-jobs", f"{ARN}-mails.fifo"],
    }


def test_a_queue_that_sqs_encrypts_needs_no_key():
    assert list(by_sid(use_queues(SCOPE, [PLAIN], [PLAIN], [KEY]))) == ["SendMessages", "ReceiveMessages"]
    mixed = by_sid(use_queues(SCOPE, [PLAIN], [JOBS], [KEY]))["UseQueueKey"]
    assert mixed["Action"] == ["kms:Decrypt"]
    assert mixed["Condition"]["StringEquals"]["kms:EncryptionContext:aws:sqs:arn"] == [f"{ARN}-jobs"]


def test_a_service_without_queues_gets_nothing():
    assert use_queues(SCOPE, [], [], [KEY]) == []


def test_every_queue_refuses_what_is_not_encrypted_on_its_way():
    [statement] = queue_policy(SCOPE, JOBS)["Statement"]
    assert (statement["Effect"], statement["Principal"], statement["Action"]) == ("Deny", "*", "sqs:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_eventbridge_sends_for_the_named_rules_only():
    statement = rules_may_send(SCOPE, PLAIN, ["headroom-dev-cleanup"])
    rule = "arn:aws:events:eu-central-1:111111111111:rule/headroom-dev-cleanup"
    assert statement["Condition"] == {"ArnEquals": {"aws:SourceArn": [rule]}}
    assert statement["Resource"] == f"{ARN}-plain"
