"""Custom endpoints of Aurora clusters, which moto lacks: one name for some members of a cluster."""

from __future__ import annotations

import functools
import re
import secrets
import string
from collections.abc import Mapping
from typing import Any

ENDPOINT_TYPES = ("READER", "ANY")


def install() -> None:
    """Adds the four operations."""
    from moto.rds.responses import RDSResponse

    for operation in (
        create_db_cluster_endpoint,
        describe_db_cluster_endpoints,
        modify_db_cluster_endpoint,
        delete_db_cluster_endpoint,
    ):
        setattr(RDSResponse, operation.__name__, operation)


def _endpoints(backend: Any) -> dict[str, Any]:
    """Where a backend keeps them; they have tags as well."""
    if not hasattr(backend, "cluster_endpoints"):
        backend.cluster_endpoints = {}
        backend.resource_map[_endpoint_class()] = backend.cluster_endpoints
        pattern = backend.arn_regex.pattern.replace("|cluster-pg)", "|cluster-pg|cluster-endpoint)")
        backend.arn_regex = re.compile(pattern)
    kept: dict[str, Any] = backend.cluster_endpoints
    return kept


@functools.cache
def _endpoint_class() -> Any:
    """A custom endpoint, as moto models things; made when first asked for, since moto is loaded late."""
    from moto.rds.models import RDSBaseModel

    class ClusterEndpoint(RDSBaseModel):
        """One name for some members of a cluster."""

        resource_type = "cluster-endpoint"

        def __init__(self, backend: Any, identifier: str, cluster: Any, kind: str) -> None:
            super().__init__(backend)
            digits = string.ascii_uppercase + string.digits
            self.identifier, self.cluster, self.kind = identifier, cluster, kind
            self.static_members: list[str] = []
            self.excluded_members: list[str] = []
            self.endpoint_id = "cluster-endpoint-" + "".join(secrets.choice(digits) for _ in range(26))

        @property
        def resource_id(self) -> str:
            return self.identifier

        def shown(self) -> dict[str, Any]:
            """As AWS describes it."""
            domain = self.cluster.endpoint.partition(".cluster-")[2]
            return {
                "DBClusterEndpointIdentifier": self.identifier,
                "DBClusterIdentifier": self.cluster.db_cluster_identifier,
                "DBClusterEndpointResourceIdentifier": self.endpoint_id,
                "DBClusterEndpointArn": self.arn,
                "Endpoint": f"{self.identifier}.cluster-custom-{domain}",
                "Status": "available",
                "EndpointType": "CUSTOM",
                "CustomEndpointType": self.kind,
                "StaticMembers": self.static_members,
                "ExcludedMembers": self.excluded_members,
            }

    return ClusterEndpoint


def _endpoint(response: Any) -> Any:
    from moto.rds.exceptions import RDSClientError

    name = response.params["DBClusterEndpointIdentifier"]
    found = _endpoints(response.backend).get(name)
    if found is None:
        raise RDSClientError("DBClusterEndpointNotFoundFault", f"DB cluster endpoint {name} not found")
    return found


def _assign(endpoint: Any, parameters: Mapping[str, Any]) -> None:
    from moto.rds.exceptions import InvalidParameterValue

    kind = parameters.get("EndpointType", endpoint.kind)
    if kind not in ENDPOINT_TYPES:
        raise InvalidParameterValue(f"The endpoint type {kind} is not one of {', '.join(ENDPOINT_TYPES)}")
    endpoint.kind = kind
    # One list rules the other out: naming members empties the exceptions, and the other way round.
    if "StaticMembers" in parameters:
        endpoint.static_members, endpoint.excluded_members = list(parameters["StaticMembers"]), []
    if "ExcludedMembers" in parameters:
        endpoint.excluded_members, endpoint.static_members = list(parameters["ExcludedMembers"]), []


def create_db_cluster_endpoint(response: Any) -> Any:
    """CreateDBClusterEndpoint."""
    from moto.core.responses import ActionResult
    from moto.rds.exceptions import RDSClientError

    parameters, endpoints = response.params, _endpoints(response.backend)
    name = parameters["DBClusterEndpointIdentifier"].lower()
    if name in endpoints:
        raise RDSClientError("DBClusterEndpointAlreadyExistsFault", f"DB cluster endpoint {name} exists")
    (cluster,) = response.backend.describe_db_clusters(parameters["DBClusterIdentifier"])
    made = _endpoint_class()(response.backend, name, cluster, parameters["EndpointType"])
    _assign(made, parameters)
    made.tags = parameters.get("Tags") or []
    endpoints[name] = made
    return ActionResult(made.shown())


def describe_db_cluster_endpoints(response: Any) -> Any:
    """DescribeDBClusterEndpoints: the custom ones, as the provider asks for them by name."""
    from moto.core.responses import ActionResult

    endpoints = _endpoints(response.backend)
    if response.params.get("DBClusterEndpointIdentifier"):
        found = [_endpoint(response)]
    else:
        cluster = response.params.get("DBClusterIdentifier")
        found = [e for e in endpoints.values() if cluster in (None, e.cluster.db_cluster_identifier)]
    return ActionResult({"DBClusterEndpoints": [endpoint.shown() for endpoint in found]})


def modify_db_cluster_endpoint(response: Any) -> Any:
    """ModifyDBClusterEndpoint."""
    from moto.core.responses import ActionResult

    endpoint = _endpoint(response)
    _assign(endpoint, response.params)
    return ActionResult(endpoint.shown())


def delete_db_cluster_endpoint(response: Any) -> Any:
    """DeleteDBClusterEndpoint."""
    from moto.core.responses import ActionResult

    endpoint = _endpoint(response)
    _endpoints(response.backend).pop(endpoint.identifier)
    return ActionResult(endpoint.shown())
