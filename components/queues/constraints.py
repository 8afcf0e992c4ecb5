"""What SQS refuses of a queue, what would lose or repeat work, and what follows from a queue's name: free of Pulumi."""

from collections.abc import Collection

from components.constraints import Problem, within
from components.services.constraints import stop_seconds

SQS_GUIDE = "docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide"
QUEUE_SOURCE = "docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"
TIMEOUT_SOURCE = f"{SQS_GUIDE}/sqs-visibility-timeout.html"
DEAD_LETTER_SOURCE = f"{SQS_GUIDE}/sqs-dead-letter-queues.html"

LONGEST_VISIBILITY_SECONDS = 43_200
"""12 hours."""
LONGEST_RETENTION_DAYS = 14
LARGEST_MESSAGE_KIB = 1024
"""1 MiB since 2025-08-04 ("Amazon SQS increases maximum message payload size to 1 MiB")."""
MOST_RECEIVES = 1000
LONG_POLL_SECONDS = 20
"""Longest that a receive waits for a message; a shorter one costs more requests and finds less."""
DEAD_LETTER_DAYS = 14
"""Days that a dead-letter queue keeps what failed: as long as SQS can."""
DAYS_TO_LOOK = 4
"""Days that a dead letter lies there at least, before SQS deletes it: over a long weekend."""
STOP_SECONDS = stop_seconds(60)
"""Time that ECS gives a task of ours by default between SIGTERM and SIGKILL: in it the consumer finishes its
message."""

DEAD_LETTERS = "-dlq"
"""What is added to a queue's name for its dead-letter queue."""
LONGEST_NAME = 80
"""Letters of a queue's physical name. `headroom-<environment>-<queue>-dlq.fifo` has 9 + 16 + 1 + 20 + 9 = 55 at
most."""


def queue_variable(name: str) -> str:
    """Environment variable that tells a service the URL of a queue: `QUEUE_URL_JOBS`."""
    return f"QUEUE_URL_{name.upper().replace('-', '_')}"


def timeout_problems(visibility_timeout_seconds: int, max_receives: int, retention_days: int) -> list[Problem]:
    """A message must not come back while its consumer still has time to finish it, and must not expire before it has
    had all its tries."""
    problems = within(
        "visibility_timeout_seconds",
        visibility_timeout_seconds,
        1,
        LONGEST_VISIBILITY_SECONDS,
        "seconds",
        QUEUE_SOURCE,
    )
    problems = problems or stop_problems(visibility_timeout_seconds, STOP_SECONDS)
    tries_seconds = visibility_timeout_seconds * max_receives
    if not problems and tries_seconds >= retention_days * 86_400:
        hours = tries_seconds / 3600
        problems = [
            Problem(
                key="max_receives",
                value=max_receives,
                reason=f"{max_receives} tries of {visibility_timeout_seconds} s are {hours:.0f} hours, and SQS deletes "
                f"the message after retention_days, {retention_days}, so it would never become a dead letter",
                remedy="choose fewer tries, a shorter visibility_timeout_seconds, or more retention_days",
                source=DEAD_LETTER_SOURCE,
            )
        ]
    return problems


def stop_problems(visibility_timeout_seconds: int, seconds: int) -> list[Problem]:
    """A consumer that is told to stop has `seconds` for its message."""
    if visibility_timeout_seconds > seconds:
        return []
    return [
        Problem(
            key="visibility_timeout_seconds",
            value=visibility_timeout_seconds,
            reason=f"a task that is told to stop has {seconds} s to finish its message, and another would get the "
            "message meanwhile",
            remedy=f"choose more than {seconds}, and more than the longest job takes",
            source=TIMEOUT_SOURCE,
        )
    ]


def retention_problems(retention_days: int, fifo: bool) -> list[Problem]:
    """In a standard queue's dead-letter queue a message's age counts on from when it was first sent."""
    longest = LONGEST_RETENTION_DAYS if fifo else DEAD_LETTER_DAYS - DAYS_TO_LOOK
    if retention_days <= longest:
        return []
    return [
        Problem(
            key="retention_days",
            value=retention_days,
            reason=f"a dead letter's {DEAD_LETTER_DAYS} days count from when it was first sent, so fewer than "
            f"{DAYS_TO_LOOK} would be left to look at it",
            remedy=f"choose {longest} or less",
            source=f"{DEAD_LETTER_SOURCE}#understanding-message-retention-periods-for-dead-letter-queues",
        )
    ]


def deduplication_problems(deduplicate_content: bool, fifo: bool) -> list[Problem]:
    """Only FIFO queues drop duplicates."""
    if fifo or not deduplicate_content:
        return []
    return [
        Problem(
            key="deduplicate_content",
            value=deduplicate_content,
            reason="a standard queue delivers a message at least once, and knows no duplicates",
            remedy="leave it out, or choose fifo: true",
            source=f"{SQS_GUIDE}/FIFO-queues-exactly-once-processing.html",
        )
    ]


def name_problems(names: Collection[str]) -> list[Problem]:
    """No queue has the name of another's dead-letter queue."""
    return [
        Problem(
            key=name,
            value=name,
            reason=f"it is the name of {name.removesuffix(DEAD_LETTERS)}'s dead-letter queue",
            remedy="choose another",
            source=DEAD_LETTER_SOURCE,
        )
        for name in names
        if name.removesuffix(DEAD_LETTERS) in names and name.endswith(DEAD_LETTERS)
    ]
