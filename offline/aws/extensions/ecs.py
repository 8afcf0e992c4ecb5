"""ECS services: what CreateService was given is kept, and what begins a deployment begins one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from offline.aws.extensions.ecs_deployments import deploy, settle
from offline.aws.extensions.wrapping import wrap

KEPT = {
    "deploymentConfiguration": "deployment_configuration",
    "healthCheckGracePeriodSeconds": "health_check_grace_period_seconds",
    "enableExecuteCommand": "enable_execute_command",
    "enableECSManagedTags": "enable_ecs_managed_tags",
    "capacityProviderStrategy": "capacity_provider_strategy",
    "placementConstraints": "placement_constraints",
    "placementStrategy": "placement_strategy",
    "availabilityZoneRebalancing": "availability_zone_rebalancing",
    "serviceConnectConfiguration": "service_connect_configuration",
}
"""Parameters that moto's CreateService drops and its UpdateService keeps, with the attribute each is kept in."""
QUIET = frozenset({"cluster", "service", "desired_count", "deployment_configuration", "force_new_deployment"})
"""What an update may hold without beginning a deployment; telling to begin one does.

Source: docs.aws.amazon.com/AmazonECS/latest/developerguide/update-service-parameters.html
"""


def install() -> None:
    """Extends moto's services and clusters."""
    from moto.ecs.models import EC2ContainerServiceBackend
    from moto.ecs.responses import EC2ContainerServiceResponse

    wrap(EC2ContainerServiceResponse, "create_service", create_service)
    wrap(EC2ContainerServiceBackend, "update_service", update_service)
    wrap(EC2ContainerServiceBackend, "list_clusters", list_clusters)
    wrap(EC2ContainerServiceBackend, "delete_cluster", delete_cluster)


def create_service(original: Callable[..., Any], response: Any) -> Any:
    """Keeps every parameter, then lets the service settle."""
    answer = original(response)
    cluster = response._get_param("cluster", "default")
    service = response.ecs_backend._get_service(cluster, response._get_param("serviceName"))
    for parameter, attribute in KEPT.items():
        value = response._get_param(parameter)
        if value is not None:
            setattr(service, attribute, value)
    if response._get_param("capacityProviderStrategy"):
        service.launch_type = None  # AWS reports the one or the other
    deploy(service, response.ecs_backend)
    return answer


def update_service(original: Callable[..., Any], backend: Any, service_properties: dict[str, Any]) -> Any:
    """The definition is reported by its ARN, however it was named."""
    named = service_properties.get("task_definition")
    properties = {_attribute(name): value for name, value in service_properties.items()}
    given = {name for name, value in properties.items() if value is not None}
    forced = bool(properties.get("force_new_deployment"))
    service = original(backend, properties)
    if named:
        service.task_definition = backend.describe_task_definition(named).arn
    if forced or given - QUIET:
        deploy(service, backend)
    else:
        settle(service)
    return service


def list_clusters(original: Callable[..., list[str]], backend: Any) -> list[str]:
    """A deleted cluster is inactive: it can be described for a while, and is not listed."""
    inactive = {cluster.arn for cluster in backend.clusters.values() if cluster.status == "INACTIVE"}
    return [arn for arn in original(backend) if arn not in inactive]


def delete_cluster(original: Callable[..., Any], backend: Any, cluster_str: str) -> Any:
    """The services that were deleted before it go with it."""
    cluster = original(backend, cluster_str)
    for pair in [pair for pair in backend.services if pair.startswith(f"{cluster.name}:")]:
        del backend.services[pair]
    return cluster


def _attribute(name: str) -> str:
    return "enable_ecs_managed_tags" if name == "enable_ecsmanaged_tags" else name
