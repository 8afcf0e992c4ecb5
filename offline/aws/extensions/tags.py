"""Tags end with what they are of: moto keeps them by ARN, and what is made anew under the same name would have them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

Kept = Callable[[Any], Mapping[str, Any]]
"""Where a backend keeps things of one kind, by name."""


def install() -> None:
    """Extends the deletes of services that tag by ARN and have names that can be given again."""
    from moto.cloudfront.models import CloudFrontBackend
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.logs.models import LogsBackend
    from moto.s3.models import S3Backend
    from moto.scheduler.models import EventBridgeSchedulerBackend

    kept: tuple[tuple[Any, str, Kept], ...] = (
        (CloudFrontBackend, "delete_function", lambda backend: backend.functions),
        (CloudWatchBackend, "delete_alarms", lambda backend: backend.alarms),
        (EventBridgeSchedulerBackend, "delete_schedule_group", lambda backend: backend.schedule_groups),
        (LogsBackend, "delete_delivery_destination", lambda backend: backend.delivery_destinations),
        (LogsBackend, "delete_delivery_source", lambda backend: backend.delivery_sources),
        (LogsBackend, "delete_log_group", lambda backend: backend.groups),
        (S3Backend, "delete_bucket", lambda backend: backend.buckets),
    )
    for owner, name, things in kept:
        wrap(owner, name, forgetting(things))


def forgetting(things: Kept) -> Callable[..., Any]:
    """A delete after which what it took has no tags."""

    def delete(original: Callable[..., Any], backend: Any, *args: Any, **arguments: Any) -> Any:
        before = dict(things(backend))
        answer = original(backend, *args, **arguments)
        for name in before.keys() - things(backend).keys():
            backend.tagger.delete_all_tags_for_resource(arn_of(before[name]))
        return answer

    return delete


def arn_of(thing: Any) -> str:
    """CloudWatch has a name of its own for it."""
    return str(thing.alarm_arn if hasattr(thing, "alarm_arn") else thing.arn)
