"""Cloud Map: the operation that makes a name space tells which."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

PREFIX = "made-"


def install() -> None:
    """Extends moto's answer."""
    from moto.servicediscovery.responses import ServiceDiscoveryResponse

    wrap(ServiceDiscoveryResponse, "create_private_dns_namespace", create_private_dns_namespace)


def create_private_dns_namespace(original: Callable[..., Any], response: Any) -> str:
    """An operation's id means nothing in AWS, and waiting for it tells the name space; here the id itself does."""
    backend = response.servicediscovery_backend
    operation = backend.operations.pop(json.loads(original(response))["OperationId"])
    operation.id = f"{PREFIX}{operation.targets['NAMESPACE']}"
    backend.operations[operation.id] = operation
    return json.dumps({"OperationId": operation.id})
