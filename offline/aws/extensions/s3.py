"""What a bucket was told and moto keeps to itself: EventBridge, and the form of its logs' names; and locks on objects.

moto refuses Object Lock where there are objects already, as S3 did until 2023, and lets anybody shorten a retention.
Source: docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-configure.html#object-lock-configure-existing-bucket
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's answers about a bucket's notifications and logging."""
    from moto.s3.models import S3Backend
    from moto.s3.responses import S3Response

    wrap(S3Response, "get_bucket_notification", get_bucket_notification)
    wrap(S3Response, "get_bucket_logging", get_bucket_logging)
    wrap(S3Response, "put_object_retention", put_object_retention)
    wrap(S3Backend, "put_object_lock_configuration", put_object_lock_configuration)


def get_bucket_notification(original: Callable[..., Any], response: Any) -> Any:
    """EventBridge is an empty element, there or not."""
    configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
    events = configuration is not None and configuration.event_bridge is not None
    return _with(original(response), "NotificationConfiguration", "<EventBridgeConfiguration/>" if events else "")


def get_bucket_logging(original: Callable[..., Any], response: Any) -> Any:
    """The folders in which logs are put: moto keeps them as they came, in AWS's own form."""
    logging = response.backend.get_bucket_logging(response.bucket_name) or {}
    return _with(original(response), "LoggingEnabled", _element("TargetObjectKeyFormat", logging))


def put_object_lock_configuration(original: Callable[..., Any], backend: Any, name: str, *how: Any) -> Any:
    """Switches locks on in a bucket with objects, too: moto is shown it without any."""
    bucket = backend.get_bucket(name)
    held, bucket.keys = bucket.keys, type(bucket.keys)()
    try:
        return original(backend, name, *how)
    finally:
        bucket.keys = held


def put_object_retention(original: Callable[..., Any], response: Any) -> Any:
    """A retention that is shortened or taken off is AccessDenied, unless governance is bypassed.

    Source: docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html#object-lock-retention-modes
    """
    from moto.s3.exceptions import AccessDeniedByLock

    key = response.backend.get_object(
        response.bucket_name, response.parse_key_name(), version_id=response._get_param("versionId")
    )
    before = _locked_until(key)
    answer = original(response)
    bypassed = str(response.headers.get("x-amz-bypass-governance-retention", "")).lower() == "true"
    if before and not (bypassed and before[0] == "GOVERNANCE") and (_locked_until(key) or ("", ""))[1] < before[1]:
        key.lock_mode, key.lock_until = before
        raise AccessDeniedByLock
    return answer


def _locked_until(key: Any) -> tuple[str, str] | None:
    """Mode and end, as ISO 8601 in UTC; None where nothing is locked."""
    return (key.lock_mode, key.lock_until) if key and key.lock_mode and key.lock_until else None


def _with(answer: Any, parent: str, element: str) -> Any:
    """The answer with one element more at the end of another, which may have been empty."""
    status, headers, body = answer
    text = body.decode() if isinstance(body, bytes) else body
    if element:
        text = re.sub(rf"<({parent})((?:\s[^>]*)?)/>", r"<\1\2></\1>", text)
        text = text.replace(f"</{parent}>", f"{element}</{parent}>")
    return status, headers, text


def _element(name: str, values: Any) -> str:
    if not isinstance(values, dict) or name not in values:
        return ""
    inner = values[name]
    if isinstance(inner, dict):
        return f"<{name}>{''.join(_element(key, inner) for key in inner)}</{name}>"
    return f"<{name}>{'' if inner is None else inner}</{name}>"
