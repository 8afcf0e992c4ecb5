"""VPC endpoints: a route table added later gets its route. What is deleted is gone, with its network interface.
An association keeps its id when its route table changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap
from offline.aws.regions import ENDPOINT_ZONES, OTHER_ZONE


def install() -> None:
    """Extends moto's VPC endpoints."""
    from moto.ec2.models import vpcs
    from moto.ec2.models.nat_gateways import NatGatewayBackend
    from moto.ec2.models.route_tables import RouteBackend
    from moto.ec2.models.vpcs import VPCBackend, VPCEndPoint

    wrap(vpcs, "create_dns_entries", create_dns_entries)
    wrap(VPCEndPoint, "modify", modify)
    wrap(VPCBackend, "delete_vpc_endpoints", delete_vpc_endpoints)
    wrap(NatGatewayBackend, "delete_nat_gateway", delete_nat_gateway)
    wrap(RouteBackend, "replace_route_table_association", replace_route_table_association)


def create_dns_entries(
    original: Callable[[str, str], dict[str, str]], service_name: str, vpc_endpoint_id: str
) -> dict[str, str]:
    """moto puts the service's name where AWS puts `logs.eu-central-1.vpce.amazonaws.com`, and a zone of its own."""
    made = original(service_name, vpc_endpoint_id)
    match = re.fullmatch(r"com\.amazonaws\.(?P<region>[a-z]+(?:-[a-z]+)+-\d)\.(?P<service>.+)", service_name)
    if match is None:
        return made
    region, label = match["region"], made["dns_name"].partition(".")[0]
    where = f"{'.'.join(reversed(match['service'].split('.')))}.{region}.vpce.amazonaws.com"
    return {"dns_name": f"{label}.{where}", "hosted_zone_id": ENDPOINT_ZONES.get(region, OTHER_ZONE)}


def modify(original: Callable[..., Any], endpoint: Any, *changes: Any) -> None:
    """moto keeps the endpoint's list of route tables and forgets the routes, so that a later delete fails."""
    before = list(endpoint.route_table_ids or [])
    original(endpoint, *changes)
    backend, prefix_list = endpoint.ec2_backend, endpoint.destination_prefix_list_id
    if not prefix_list:
        return
    for table in set(endpoint.route_table_ids) - set(before):
        backend.create_route(table, None, gateway_id=endpoint.id, destination_prefix_list_id=prefix_list)
    for table in set(before) - set(endpoint.route_table_ids):
        backend.delete_route(table, prefix_list)


def delete_vpc_endpoints(original: Callable[..., Any], backend: Any, vpce_ids: list[str] | None = None) -> None:
    """AWS forgets a deleted endpoint within minutes; moto lists it for ever. Route tables may be gone before it."""
    for endpoint_id in vpce_ids or []:
        endpoint = backend.vpc_end_points.get(endpoint_id)
        if endpoint is not None:
            endpoint.route_table_ids = [
                table for table in endpoint.route_table_ids or [] if _routed(backend, table, endpoint)
            ]
    original(backend, vpce_ids)
    for endpoint_id in vpce_ids or []:
        backend.vpc_end_points.pop(endpoint_id, None)


def delete_nat_gateway(original: Callable[..., Any], backend: Any, nat_gateway_id: str) -> Any:
    """moto leaves the gateway's network interface behind, and its address associated."""
    gateway = original(backend, nat_gateway_id)
    interface = gateway._eni.id
    for address in backend.addresses:
        if address.eni is not None and address.eni.id == interface:
            address.eni = address.association_id = None
    backend.enis.pop(interface, None)
    return gateway


def replace_route_table_association(
    original: Callable[..., Any], backend: Any, association_id: str, route_table_id: str
) -> str:
    """AWS answers with a new id. Pulumi keeps a resource's id through an update, and would lose the association."""
    replaced = original(backend, association_id, route_table_id)
    associations = backend.route_tables[route_table_id]._associations
    if replaced in associations:
        associations[association_id] = associations.pop(replaced)
        return association_id
    return str(replaced)


def _routed(backend: Any, table_id: str, endpoint: Any) -> bool:
    table = backend.route_tables.get(table_id)
    return table is not None and any(route.gateway_id == endpoint.id for route in table.routes)
