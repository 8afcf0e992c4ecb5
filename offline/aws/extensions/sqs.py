"""SQS: who may use a queue for dead letters, one encryption at a time, and moving dead letters back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's queues."""
    from moto.sqs.models import Queue, SQSBackend
    from moto.sqs.responses import SQSResponse

    if "RedriveAllowPolicy" not in Queue.BASE_ATTRIBUTES:
        Queue.BASE_ATTRIBUTES.append("RedriveAllowPolicy")
        Queue.redrive_allow_policy = None  # type: ignore[attr-defined]
    wrap(Queue, "_set_attributes", set_attributes)
    wrap(SQSBackend, "get_queue_attributes", get_queue_attributes)
    SQSResponse.start_message_move_task = start_message_move_task  # type: ignore[attr-defined]


def set_attributes(original: Callable[..., Any], queue: Any, attributes: dict[str, Any], now: Any = None) -> None:
    """A key of KMS switches SQS's own encryption off, and the other way round; documents that are not named stay."""
    policy = getattr(queue, "policy", None)
    original(queue, attributes, now)
    if "Policy" not in attributes:
        queue.policy = policy
    if attributes.get("KmsMasterKeyId"):
        queue.sqs_managed_sse_enabled = False
    elif str(attributes.get("SqsManagedSseEnabled")).lower() == "true" and "KmsMasterKeyId" not in attributes:
        queue.kms_master_key_id = None


def get_queue_attributes(original: Callable[..., Any], backend: Any, name: str, names: list[str]) -> dict[str, Any]:
    """An attribute that is not set is not reported."""
    return {key: value for key, value in original(backend, name, names).items() if value not in (None, "")}


def start_message_move_task(response: Any) -> Any:
    """Moves everything that lies in a dead-letter queue to where it came from, or to `DestinationArn`, at once."""
    from moto.core.responses import ActionResult
    from moto.sqs.exceptions import QueueDoesNotExist

    backend = response.sqs_backend
    source = backend.get_queue(str(response._get_param("SourceArn")).rpartition(":")[2])
    wanted = response._get_param("DestinationArn")
    origins = backend.list_dead_letter_source_queues(source.name)
    target = backend.get_queue(wanted.rpartition(":")[2]) if wanted else next(iter(origins), None)
    if target is None:
        raise QueueDoesNotExist()
    for message in list(source.messages):
        source._messages.remove(message)
        message.approximate_receive_count = 0
        target.add_message(message)
    return ActionResult({"TaskHandle": str(uuid.uuid4())})
