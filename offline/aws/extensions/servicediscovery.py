"""Cloud Map: the operation that makes a name space tells which; its hosted zone goes with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

PREFIX = "made-"


def install() -> None:
    """Extends moto's name spaces."""
    from moto.servicediscovery.models import ServiceDiscoveryBackend
    from moto.servicediscovery.responses import ServiceDiscoveryResponse

    wrap(ServiceDiscoveryBackend, "create_private_dns_namespace", beside_others)
    wrap(ServiceDiscoveryBackend, "delete_namespace", delete_namespace)
    wrap(ServiceDiscoveryResponse, "create_private_dns_namespace", create_private_dns_namespace)
    wrap(ServiceDiscoveryResponse, "create_http_namespace", create_http_namespace)


def beside_others(original: Callable[..., Any], backend: Any, name: str, vpc: str, **others: Any) -> str:
    """A VPC may have one of each name; moto takes a single one."""
    from moto.servicediscovery.exceptions import ConflictingDomainExists

    if any((found.name, found.vpc) == (name, vpc) for found in backend.namespaces.values()):
        raise ConflictingDomainExists(vpc)
    operation: str = original(backend, name=name, vpc=f"{vpc} {name}", **others)
    backend.namespaces[backend.operations[operation].targets["NAMESPACE"]].vpc = vpc
    return operation


def create_private_dns_namespace(original: Callable[..., Any], response: Any) -> str:
    """An operation's id means nothing in AWS, and waiting for it tells the name space; here the id itself does.

    The name space tells its zone's id as AWS does, without `/hostedzone/`.
    """
    made, answer = _told(response.servicediscovery_backend, original(response))
    made.dns_properties["HostedZoneId"] = made.dns_properties["HostedZoneId"].removeprefix("/hostedzone/")
    return answer


def create_http_namespace(original: Callable[..., Any], response: Any) -> str:
    """The same for a name space that is not in DNS."""
    return _told(response.servicediscovery_backend, original(response))[1]


def _told(backend: Any, answer: str) -> tuple[Any, str]:
    """The name space that an operation made, and the answer whose id names it."""
    operation = backend.operations.pop(json.loads(answer)["OperationId"])
    operation.id = f"{PREFIX}{operation.targets['NAMESPACE']}"
    backend.operations[operation.id] = operation
    return backend.namespaces[operation.targets["NAMESPACE"]], json.dumps({"OperationId": operation.id})


def delete_namespace(original: Callable[..., Any], backend: Any, namespace_id: str) -> Any:
    """moto leaves the zone that it made for the name space."""
    from moto.route53.models import route53_backends
    from moto.utilities.utils import get_partition

    found = backend.namespaces.get(namespace_id)
    operation = original(backend, namespace_id)
    zones = route53_backends[backend.account_id][get_partition(backend.region_name)].zones
    zones.pop(str((found.dns_properties or {}).get("HostedZoneId")), None)
    return operation
