"""What a bucket was told and moto keeps to itself: EventBridge, and the form of its logs' names."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's answers about a bucket's notifications and logging."""
    from moto.s3.responses import S3Response

    wrap(S3Response, "get_bucket_notification", get_bucket_notification)
    wrap(S3Response, "get_bucket_logging", get_bucket_logging)


def get_bucket_notification(original: Callable[..., Any], response: Any) -> Any:
    """EventBridge is an empty element, there or not."""
    configuration = response.backend.get_bucket_notification_configuration(response.bucket_name)
    events = configuration is not None and configuration.event_bridge is not None
    return _with(original(response), "NotificationConfiguration", "<EventBridgeConfiguration/>" if events else "")


def get_bucket_logging(original: Callable[..., Any], response: Any) -> Any:
    """The folders in which logs are put: moto keeps them as they came, in AWS's own form."""
    logging = response.backend.get_bucket_logging(response.bucket_name) or {}
    return _with(original(response), "LoggingEnabled", _element("TargetObjectKeyFormat", logging))


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
