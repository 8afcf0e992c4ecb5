"""IAM documents of queues, as pure functions; see `components.access`.

Names, URLs and ARNs follow from the settings, so every document is known in the first preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from components.access import Scope, Statement, allow, document
from components.queues.constraints import DEAD_LETTERS


@dataclass(frozen=True, kw_only=True)
class QueueName:
    """A queue as the settings know it."""

    name: str
    """Name in the settings, `jobs`."""
    fifo: bool = False
    """Whether it keeps the order; SQS wants such names to end in `.fifo`."""
    encrypted: bool = True
    """Whether our key encrypts it, so that its users need the key; else SQS's own does, for which nobody asks."""

    def physical(self, scope: Scope) -> str:
        """Name in SQS: `headroom-dev-jobs`."""
        return f"{scope.prefix}-{self.name}{'.fifo' if self.fifo else ''}"

    def dead_letters(self) -> "QueueName":
        """Its dead-letter queue: `jobs-dlq`."""
        return QueueName(name=f"{self.name}{DEAD_LETTERS}", fifo=self.fifo, encrypted=self.encrypted)

    def arn(self, scope: Scope) -> str:
        """ARN, known before the queue exists."""
        return scope.arn("sqs", self.physical(scope))

    def url(self, scope: Scope) -> str:
        """URL, as early known; SQS makes it of region, account and name.

        Source: docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html
        """
        return f"https://sqs.{scope.region}.amazonaws.com/{scope.account}/{self.physical(scope)}"


def queue_policy(scope: Scope, queue: QueueName, statements: Sequence[Statement] = ()) -> dict[str, Any]:
    """Nobody reaches the queue without TLS; the rest is what `statements` say. Who of the account may use it, IAM says.

    Source: docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-security-best-practices.html
    """
    tls_only = {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": queue.arn(scope),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return document([tls_only, *statements])


def rules_may_send(scope: Scope, queue: QueueName, rules: Sequence[str]) -> Statement:
    """EventBridge may send what these rules of ours match; SQS, unlike SNS, lets a condition name them.

    Source: docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sqs-permissions
    """
    return {
        "Sid": "RulesMaySend",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue.arn(scope),
        "Condition": {"ArnEquals": {"aws:SourceArn": [scope.arn("events", f"rule/{rule}") for rule in rules]}},
    }


def use_queues(
    scope: Scope, produces: Sequence[QueueName], consumes: Sequence[QueueName], aliases: Sequence[str]
) -> list[Statement]:
    """Sends to and receives from exactly these queues, and uses their key through SQS only, for these queues only.

    A producer decrypts too: SQS checks its data key before it encrypts by it. Nobody but an operator reads dead
    letters.
    Source: docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    look = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl"]
    statements = []
    if produces:
        statements.append(allow("SendMessages", ["sqs:SendMessage", *look], [queue.arn(scope) for queue in produces]))
    if consumes:
        receive = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
        statements.append(allow("ReceiveMessages", [*receive, *look], [queue.arn(scope) for queue in consumes]))
    return [*statements, *use_queue_key(scope, produces, consumes, aliases)]


def use_queue_key(
    scope: Scope, produces: Sequence[QueueName], consumes: Sequence[QueueName], aliases: Sequence[str]
) -> list[Statement]:
    """Uses the key of the queues that have one of ours, through SQS only."""
    encrypted = [queue for queue in (*produces, *consumes) if queue.encrypted]
    if not encrypted:
        return []
    actions = ["kms:Decrypt", *(["kms:GenerateDataKey"] if any(queue.encrypted for queue in produces) else [])]
    condition = {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": sorted(set(aliases))},
        "StringEquals": {
            "kms:ViaService": f"sqs.{scope.region}.amazonaws.com",
            "kms:EncryptionContext:aws:sqs:arn": sorted({queue.arn(scope) for queue in encrypted}),
        },
    }
    return [allow("UseQueueKey", actions, [scope.arn("kms", "key/*")], condition)]
