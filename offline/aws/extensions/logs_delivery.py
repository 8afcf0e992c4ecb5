"""Log deliveries: AWS's own folders before CloudFront's logs, and changes of a delivery, which moto lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

OWN_FOLDERS = "AWSLogs/{account-id}/CloudFront/"


def install() -> None:
    """Extends deliveries."""
    from moto.logs.models import LogsBackend
    from moto.logs.responses import LogsResponse

    wrap(LogsBackend, "create_delivery", create_delivery)
    setattr(LogsResponse, update_delivery_configuration.__name__, update_delivery_configuration)


def create_delivery(original: Callable[..., Any], backend: Any, *given: Any, **named: Any) -> Any:
    """AWS puts its own folders before those that were asked for, at the creation only."""
    delivery = original(backend, *given, **named)
    source = backend.delivery_sources.get(delivery.delivery_source_name)
    s3 = delivery.s3_delivery_configuration
    if source is not None and source.service == "cloudfront" and s3 and not s3["suffixPath"].startswith(OWN_FOLDERS):
        delivery.s3_delivery_configuration = {**s3, "suffixPath": f"{OWN_FOLDERS}{s3['suffixPath']}"}
    return delivery


def update_delivery_configuration(response: Any) -> str:
    """UpdateDeliveryConfiguration."""
    delivery = response.logs_backend.get_delivery(id=response._get_param("id"))
    for name, attribute in (
        ("recordFields", "record_fields"),
        ("fieldDelimiter", "field_delimiter"),
        ("s3DeliveryConfiguration", "s3_delivery_configuration"),
    ):
        value = response._get_param(name)
        if value is not None:
            setattr(delivery, attribute, value)
    return "{}"
