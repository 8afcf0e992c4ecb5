"""A queue on SQS with its dead-letter queue: encrypted, reached over TLS only, polled long."""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require, within
from components.links import KeyLink
from components.queues.constraints import (
    DEAD_LETTER_DAYS,
    LARGEST_MESSAGE_KIB,
    LONG_POLL_SECONDS,
    MOST_RECEIVES,
    QUEUE_SOURCE,
    deduplication_problems,
    retention_problems,
    timeout_problems,
)
from components.queues.statements import QueueName, queue_policy


@dataclass(frozen=True, kw_only=True)
class QueueArgs:
    """What a queue promises to those who send and those who receive."""

    scope: Scope
    """Account, region and name space of the queue's name and policy."""
    key: KeyLink | None
    """Key that encrypts messages; None: SQS's own, which costs no requests to KMS."""
    fifo: bool = False
    """Whether messages of a group keep their order, and duplicates are dropped; else order and count may differ."""
    deduplicate_content: bool = False
    """Whether a FIFO queue takes messages of the same body within 5 minutes for the same."""
    visibility_timeout_seconds: int = 300
    """Time that a consumer has for a message before another gets it, in seconds."""
    retention_days: int = 4
    """Days that a message waits to be consumed, before it is lost."""
    max_receives: int = 5
    """Tries that a message has before it goes to the dead-letter queue."""
    max_message_kib: int = LARGEST_MESSAGE_KIB
    """Size of the largest message, in KiB; 1024 at most."""

    def __post_init__(self) -> None:
        require(
            [
                *timeout_problems(self.visibility_timeout_seconds, self.max_receives, self.retention_days),
                *retention_problems(self.retention_days, self.fifo),
                *deduplication_problems(self.deduplicate_content, self.fifo),
                *within("max_receives", self.max_receives, 1, MOST_RECEIVES, "tries", QUEUE_SOURCE),
                *within("max_message_kib", self.max_message_kib, 1, LARGEST_MESSAGE_KIB, "KiB", QUEUE_SOURCE),
            ]
        )


class Queue(pulumi.ComponentResource):
    """A queue under a name that the settings know, `<prefix>-<name>`, and one for what failed, `<prefix>-<name>-dlq`.

    The dead-letter queue takes what its own queue gives up on and nothing else, and keeps it for 14 days. FIFO queues
    have high throughput: order and duplicates count within a message group.
    """

    url: str
    """URL, known before the queue exists."""
    dead_letter_url: str
    """URL of the dead-letter queue."""

    def __init__(self, name: str, args: QueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:messaging:Queue", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        own = QueueName(name=name, fifo=args.fifo, encrypted=args.key is not None)
        failed = own.dead_letters()
        self.url, self.dead_letter_url = own.url(args.scope), failed.url(args.scope)
        dead_letters = self._make_queue(failed, retention_days=DEAD_LETTER_DAYS)
        queue = self._make_queue(
            own,
            retention_days=args.retention_days,
            redrive={"deadLetterTargetArn": failed.arn(args.scope), "maxReceiveCount": args.max_receives},
            after=dead_letters,
        )
        allowed = {"redrivePermission": "byQueue", "sourceQueueArns": [own.arn(args.scope)]}
        aws.sqs.RedriveAllowPolicy(
            name,
            queue_url=dead_letters.url,
            redrive_allow_policy=json.dumps(allowed),
            # SQS is told who may redrive here only once that queue stands.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[queue]),
        )
        self.register_outputs({"url": self.url, "deadLetterUrl": self.dead_letter_url})

    def _make_queue(
        self,
        queue: QueueName,
        *,
        retention_days: int,
        redrive: dict[str, object] | None = None,
        after: aws.sqs.Queue | None = None,
    ) -> aws.sqs.Queue:
        args = self._args
        made = aws.sqs.Queue(
            queue.name,
            name=queue.physical(args.scope),
            fifo_queue=True if args.fifo else None,
            content_based_deduplication=args.deduplicate_content if args.fifo else None,
            deduplication_scope="messageGroup" if args.fifo else None,
            fifo_throughput_limit="perMessageGroupId" if args.fifo else None,
            visibility_timeout_seconds=args.visibility_timeout_seconds,
            message_retention_seconds=retention_days * 86_400,
            max_message_size=args.max_message_kib * 1024,
            receive_wait_time_seconds=LONG_POLL_SECONDS,
            kms_master_key_id=args.key.arn if args.key else None,
            sqs_managed_sse_enabled=None if args.key else True,
            redrive_policy=json.dumps(redrive) if redrive else None,
            tags={"Service": self._name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[after] if after else None),
        )
        policy = queue_policy(args.scope, queue)
        aws.sqs.QueuePolicy(queue.name, queue_url=made.url, policy=json.dumps(policy), opts=self._child)
        return made
