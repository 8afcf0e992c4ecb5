"""ECS: clusters, task definitions, services."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

TAGGING = Tagging(
    add=Call(operation="tag_resource", params={"resourceArn": "$arn", "tags": "$tags_added_lower"}),
    remove=Call(operation="untag_resource", params={"resourceArn": "$arn", "tagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"resourceArn": "$arn"}, path="tags"),
)


def _inactive(found: Mapping[str, Any]) -> bool:
    return found.get("status") in ("INACTIVE", "DELETE_IN_PROGRESS")


CLUSTER = ResourceType(
    token="aws:ecs/cluster:Cluster",
    service="ecs",
    create=(Call(operation="create_cluster", names={"name": "clusterName"}),),
    id="{answer.cluster.clusterArn}",
    id_after_import="arn",
    find=(
        Find(
            operation="describe_clusters",
            params={"clusters": ["$id"], "include": ["SETTINGS", "CONFIGURATIONS"]},
            path="clusters[0]",
            gone=_inactive,
        ),
    ),
    update=(
        Call(
            operation="update_cluster",
            params={"cluster": "$id"},
            only=("settings", "configuration", "serviceConnectDefaults"),
        ),
    ),
    delete=(Call(operation="delete_cluster", params={"cluster": "$id"}, extended=True),),
    replace=("name",),
    autoname=Autoname(prefix_property=""),
    unordered=("settings",),
    lost=("serviceConnectDefaults",),
    outputs={"arn": "clusterArn", "name": "clusterName"},
    predicted={"arn": "arn:{partition}:ecs:{region}:{account}:cluster/{name}"},
    tagging=TAGGING,
)

_PUT_PROVIDERS = Call(
    operation="put_cluster_capacity_providers",
    params={"capacityProviders": [], "defaultCapacityProviderStrategy": []},
    names={
        "clusterName": "cluster",
        "capacityProviders": "capacityProviders",
        "defaultCapacityProviderStrategies": "defaultCapacityProviderStrategy",
    },
)

CLUSTER_CAPACITY_PROVIDERS = ResourceType(
    token="aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
    service="ecs",
    create=(_PUT_PROVIDERS,),
    id="{clusterName}",
    find=(
        Find(
            operation="describe_clusters",
            params={"clusters": ["$id"]},
            path="clusters[0]",
            gone=lambda found: _inactive(found) or not found.get("capacityProviders"),
        ),
    ),
    update=(_PUT_PROVIDERS,),
    delete=(
        Call(
            operation="put_cluster_capacity_providers",
            params={"cluster": "$id", "capacityProviders": [], "defaultCapacityProviderStrategy": []},
        ),
    ),
    replace=("clusterName",),
    unordered=("capacityProviders", "defaultCapacityProviderStrategies"),
    reads={"clusterName": "clusterName"},
)

TASK_DEFINITION = ResourceType(
    token="aws:ecs/taskDefinition:TaskDefinition",
    service="ecs",
    create=(Call(operation="register_task_definition"),),
    id="{family}",
    id_after_import="family",
    find=(
        Find(
            operation="describe_task_definition",
            params={"taskDefinition": "$answer.taskDefinition.taskDefinitionArn|arn|id"},
            path="taskDefinition",
            gone=_inactive,
        ),
    ),
    delete=(
        Call(
            operation="deregister_task_definition",
            params={"taskDefinition": "$arn"},
            when=lambda scope: not scope.get("skipDestroy"),
        ),
        Call(
            operation="delete_task_definitions",
            params={"taskDefinitions": ["$arn"]},
            when=lambda scope: not scope.get("skipDestroy"),
        ),
    ),
    replace=(
        "containerDefinitions",
        "cpu",
        "enableFaultInjection",
        "ephemeralStorage",
        "executionRoleArn",
        "family",
        "ipcMode",
        "memory",
        "networkMode",
        "pidMode",
        "placementConstraints",
        "proxyConfiguration",
        "requiresCompatibilities",
        "runtimePlatform",
        "taskRoleArn",
        "volumes",
    ),
    local=("skipDestroy", "trackLatest"),
    lost=("enableFaultInjection",),
    unordered=("requiresCompatibilities", "placementConstraints", "volumes"),
    documents=("containerDefinitions",),
    members={"Volume.hostPath": "host.sourcePath"},
    outputs={
        "arn": "taskDefinitionArn",
        "revision": "revision",
        "arnWithoutRevision": lambda scope: scope["item"]["taskDefinitionArn"].rpartition(":")[0],
    },
    tagging=TAGGING,
    note="a deleted revision is deregistered and deleted; the real provider only deregisters it",
)

_SERVICE_NAMES = {
    "name": "serviceName",
    "capacityProviderStrategies": "capacityProviderStrategy",
    "iamRole": "role",
    "orderedPlacementStrategies": "placementStrategy",
    "networkConfiguration": "networkConfiguration.awsvpcConfiguration",
    "deploymentMaximumPercent": "deploymentConfiguration.maximumPercent",
    "deploymentMinimumHealthyPercent": "deploymentConfiguration.minimumHealthyPercent",
    "deploymentCircuitBreaker": "deploymentConfiguration.deploymentCircuitBreaker",
    "alarms": "deploymentConfiguration.alarms",
    **{
        f"deploymentConfiguration.{name}": f"deploymentConfiguration.{name}"
        for name in ("strategy", "bakeTimeInMinutes", "canaryConfiguration", "linearConfiguration")
    },
    "enableEcsManagedTags": "enableECSManagedTags",
}
_DEPLOYMENT = (
    "deploymentMaximumPercent",
    "deploymentMinimumHealthyPercent",
    "deploymentCircuitBreaker",
    "alarms",
    "deploymentConfiguration",
)
_CREATE_ONLY = ("name", "iamRole", "cluster", "launchType", "schedulingStrategy", "deploymentController")


def _rolls_only_when_told(old: Scope, new: Scope) -> tuple[str, ...]:
    """Another capacity provider strategy is taken up by a new deployment; without one the service is replaced."""
    return () if new.get("forceNewDeployment") else ("capacityProviderStrategies",)


def _updated_names(names: tuple[str, ...]) -> dict[str, str]:
    return {name: path for name, path in _SERVICE_NAMES.items() if name.partition(".")[0] in names}


_ROLLING = (
    "taskDefinition",
    "desiredCount",
    "capacityProviderStrategies",
    "platformVersion",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "enableExecuteCommand",
    "enableEcsManagedTags",
    "propagateTags",
    "loadBalancers",
    "orderedPlacementStrategies",
    "placementConstraints",
    "serviceConnectConfiguration",
    "serviceRegistries",
    "availabilityZoneRebalancing",
)
_SERVICE = {"cluster": "$cluster", "service": "$name"}

SERVICE = ResourceType(
    token="aws:ecs/service:Service",
    service="ecs",
    create=(Call(operation="create_service", names=_SERVICE_NAMES, extended=True),),
    id="{answer.service.serviceArn}",
    id_after_import="arn",
    find=(
        Find(
            operation="describe_services",
            params={"cluster": "$cluster", "services": ["$name|id"]},
            path="services[0]",
            gone=_inactive,
        ),
    ),
    update=(
        # The real provider sends one call, so the deployment that it begins follows the new configuration.
        Call(  # AWS takes a deployment configuration as a whole
            operation="update_service",
            params=_SERVICE,
            names=_updated_names(_DEPLOYMENT),
            only=_DEPLOYMENT,
            extended=True,
        ),
        Call(  # what is left out stays as it was: proxies are taken away by saying so
            operation="update_service",
            params={**_SERVICE, "serviceConnectConfiguration": {"enabled": False}},
            names={"serviceConnectConfiguration": ""},
            only=("serviceConnectConfiguration",),
            when=lambda scope: not scope.get("serviceConnectConfiguration"),
            extended=True,
        ),
        Call(
            operation="update_service",
            params={**_SERVICE, "forceNewDeployment": "$forceNewDeployment"},
            names=_updated_names(_ROLLING),
            only=_ROLLING,
            full=False,
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_service", params={**_SERVICE, "force": True}),),
    replace=_CREATE_ONLY,
    replace_if=_rolls_only_when_told,
    conflicts=(("launchType", "capacityProviderStrategies"),),
    autoname=Autoname(prefix_property=""),
    local=("forceNewDeployment", "waitForSteadyState", "forceDelete", "triggers", "sigintRollback"),
    hidden=("cluster",),
    lost=("serviceConnectConfiguration", "volumeConfiguration", "vpcLatticeConfigurations"),
    members={"ServiceConnectService.clientAlias": "clientAliases"},
    reads={
        "name": "serviceName",
        "iamRole": "roleArn",
    },
    unordered=(
        "capacityProviderStrategies",
        "loadBalancers",
        "networkConfiguration.subnets",
        "networkConfiguration.securityGroups",
        "placementConstraints",
    ),
    outputs={"arn": "serviceArn", "name": "serviceName"},
    tagging=TAGGING,
    note="reaches its running count at once, unless its image's tag asks for a failure (docs/offline.md)",
)

TYPES = (CLUSTER, CLUSTER_CAPACITY_PROVIDERS, TASK_DEFINITION, SERVICE)
