"""EKS: what describes a cluster in full, its versions, and the access entries, add-ons and associations it has.

No control plane runs. A cluster's endpoint ends in `.offline.invalid`, where nothing can ever answer, so that whoever
would speak to it finds out at once, and the offline Kubernetes provider knows it for an emulated one.
"""

from __future__ import annotations

import base64
import datetime
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from offline.aws.extensions.wrapping import wrap

MEMBERS = {
    "accessConfig": "access_config",
    "computeConfig": "compute_config",
    "remoteNetworkConfig": "remote_network_config",
    "storageConfig": "storage_config",
    "upgradePolicy": "upgrade_policy",
    "zonalShiftConfig": "zonal_shift_config",
    "deletionProtection": "deletion_protection",
}
"""Members of a cluster that moto loses, and where they are kept."""
DEFAULTS: Mapping[str, Any] = {
    "accessConfig": {"authenticationMode": "CONFIG_MAP"},
    "upgradePolicy": {"supportType": "EXTENDED"},
    "deletionProtection": False,
}
PARTS = "access-entries|addons|pod-identity-associations|updates|encryption-config"
OPERATIONS: list[Callable[[Any], Any]] = []


def operation(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Marks an operation that is added to moto's."""
    OPERATIONS.append(function)
    return function


def install() -> None:
    """Extends clusters, and adds what they have."""
    from moto.eks import urls
    from moto.eks.models import EKSBackend
    from moto.eks.responses import EKSResponse

    for end in ("$", "/(?P<rest>.+)$"):
        urls.url_paths[rf"{{0}}/clusters/(?P<name>[^/]+)/(?P<part>{PARTS}){end}"] = urls.response.dispatch
    wrap(EKSResponse, "create_cluster", create_cluster)
    wrap(EKSResponse, "update_cluster_config", update_cluster_config)
    wrap(EKSBackend, "delete_cluster", delete_cluster)
    wrap(EKSBackend, "tag_resource", tag_resource)
    wrap(EKSBackend, "untag_resource", untag_resource)
    wrap(EKSBackend, "list_tags_for_resource", list_tags_for_resource)
    for added in OPERATIONS:
        setattr(EKSResponse, added.__name__, added)


def answer(content: Any) -> Any:
    """An answer in EKS's form."""
    from moto.core.responses import ActionResult

    return ActionResult(content)


def missing(name: str, message: str) -> Exception:
    """AWS's refusal of what is not there."""
    from moto.eks.exceptions import ResourceNotFoundException

    return ResourceNotFoundException(
        clusterName=name, nodegroupName=None, fargateProfileName=None, addonName=None, message=message
    )


def in_use(name: str, message: str) -> Exception:
    """AWS's refusal of what is there already, or still needed."""
    from moto.eks.exceptions import ResourceInUseException

    return ResourceInUseException(clusterName=name, nodegroupName=None, addonName=None, message=message)


def invalid(name: str, message: str) -> Exception:
    """AWS's refusal of a request that cannot be."""
    from moto.eks.exceptions import InvalidRequestException

    return InvalidRequestException(clusterName=name, message=message)


def now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def given(response: Any, name: str) -> Any:
    """A parameter of the request; the cluster's name has two."""
    found = response._get_param(name)
    return response._get_param("name") if found is None and name == "clusterName" else found


def cluster_of(response: Any) -> Any:
    """The cluster that a request speaks of, with what it has."""
    name = given(response, "clusterName")
    found = response.eks_backend.clusters.get(name)
    if found is None:
        raise missing(name, f"No cluster found for name: {name}.")
    return found


def kept(cluster: Any, part: str) -> dict[str, dict[str, Any]]:
    """Parts of a cluster by their keys: entries, policies, addons, associations."""
    parts: dict[str, dict[str, dict[str, Any]]] = cluster.__dict__.setdefault("headroom_parts", {})
    return parts.setdefault(part, {})


def one(cluster: Any, part: str, key: str, message: str) -> dict[str, Any]:
    found = kept(cluster, part).get(key)
    if found is None:
        raise missing(cluster.name, message)
    return found


def present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


def arn_of(response: Any, kind: str, *parts: str) -> str:
    backend = response.eks_backend
    return f"arn:{backend.partition}:eks:{backend.region_name}:{backend.account_id}:{kind}/{'/'.join(parts)}"


# Clusters


def create_cluster(original: Callable[..., Any], response: Any) -> Any:
    """CreateCluster: as moto, with what it leaves out, and the security group that EKS makes."""
    made = original(response)
    cluster = response.eks_backend.clusters[given(response, "name")]
    for member, attribute in MEMBERS.items():
        setattr(cluster, attribute, given(response, member) or DEFAULTS.get(member))
    compute = cluster.compute_config or {}
    if compute.get("enabled") and not (cluster.storage_config and cluster.kubernetes_network_config):
        response.eks_backend.clusters.pop(cluster.name)
        raise invalid(cluster.name, "For EKS Auto Mode, compute, block storage and load balancing go together")
    if cluster.kubernetes_network_config is not None:
        cluster.kubernetes_network_config = {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"} | dict(
            cluster.kubernetes_network_config
        )
    cluster.endpoint = f"https://{cluster.name}.eks.{response.region}.offline.invalid"
    cluster.certificate_authority = {"data": base64.b64encode(b"emulated: nothing is signed by it").decode()}
    cluster.resources_vpc_config = complete_network(response, cluster, dict(cluster.resources_vpc_config))
    return made


def complete_network(response: Any, cluster: Any, config: dict[str, Any]) -> dict[str, Any]:
    """What EKS adds to a cluster's network: its VPC, its security group, and who may reach a public endpoint."""
    from moto.ec2.models import ec2_backends

    backend = response.eks_backend
    network = ec2_backends[backend.account_id][backend.region_name]
    vpc = network.get_subnet(config["subnetIds"][0]).vpc_id
    group = network.create_security_group(
        f"eks-cluster-sg-{cluster.name}-{uuid.uuid4().int % 10**10}",
        "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes",
        vpc_id=vpc,
    )
    defaults = {"endpointPublicAccess": True, "endpointPrivateAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]}
    if config.get("endpointPublicAccess") is False:
        defaults["publicAccessCidrs"] = []
    return {**defaults, **config, "vpcId": vpc, "clusterSecurityGroupId": group.id}


def update_cluster_config(original: Callable[..., Any], response: Any) -> Any:
    """UpdateClusterConfig: what a request leaves out stays as it is."""
    cluster = cluster_of(response)
    network = given(response, "resourcesVpcConfig")
    if network:
        cluster.resources_vpc_config = {**cluster.resources_vpc_config, **network}
    for member, attribute in (*MEMBERS.items(), ("logging", "logging")):
        value = given(response, member)
        if value is not None:
            before = getattr(cluster, attribute) or {}
            setattr(cluster, attribute, {**before, **value} if isinstance(value, Mapping) else value)
    return update(response)


def update(response: Any) -> Any:
    """Done at once; AWS takes minutes."""
    told = {"id": str(uuid.uuid4()), "status": "Successful", "type": "ConfigUpdate", "params": [], "errors": []}
    return answer({"update": {**told, "createdAt": now()}})


@operation
def update_cluster_version(response: Any) -> Any:
    """UpdateClusterVersion: up by one, never back."""
    cluster, wanted = cluster_of(response), given(response, "version")
    before, after = (int(text.split(".")[1]) for text in (cluster.version, wanted))
    if after != before + 1:
        message = f"Unsupported Kubernetes minor version update from {cluster.version} to {wanted}"
        raise invalid(cluster.name, message)
    cluster.version = wanted
    return update(response)


@operation
def associate_encryption_config(response: Any) -> Any:
    """AssociateEncryptionConfig; it can't be taken back."""
    cluster = cluster_of(response)
    if cluster.encryption_config:
        raise invalid(cluster.name, "Cluster already has an encryption config associated")
    cluster.encryption_config = given(response, "encryptionConfig")
    return update(response)


def delete_cluster(original: Callable[..., Any], backend: Any, name: str) -> Any:
    """DeleteCluster: refused while protected; its security group goes along."""
    from moto.ec2.models import ec2_backends

    found = backend.clusters.get(name)
    if found is not None and getattr(found, "deletion_protection", False):
        raise invalid(name, "Cannot delete cluster because deletion protection is enabled")
    deleted = original(backend, name)
    group = deleted.resources_vpc_config.get("clusterSecurityGroupId")
    if group:
        ec2_backends[backend.account_id][backend.region_name].delete_security_group(group_id=group)
    return deleted


# Tags


def tags_of(backend: Any, arn: str) -> dict[str, str] | None:
    """Tags of what is not a cluster itself; None where moto knows it."""
    for cluster in backend.clusters.values():
        for part in cluster.__dict__.get("headroom_parts", {}).values():
            for found in part.values():
                if arn in (found.get("accessEntryArn"), found.get("addonArn"), found.get("associationArn")):
                    tags: dict[str, str] = found.setdefault("tags", {})
                    return tags
    return None


def tag_resource(original: Callable[..., Any], backend: Any, resource_arn: str, tags: dict[str, str]) -> Any:
    """TagResource, of clusters and what they have."""
    found = tags_of(backend, resource_arn)
    if found is None:
        return original(backend, resource_arn, tags)
    found.update(tags)
    return None


def untag_resource(original: Callable[..., Any], backend: Any, resource_arn: str, tag_keys: Any) -> Any:
    """UntagResource."""
    found = tags_of(backend, resource_arn)
    if found is None:
        return original(backend, resource_arn, tag_keys)
    for key in [tag_keys] if isinstance(tag_keys, str) else tag_keys:
        found.pop(key, None)
    return None


def list_tags_for_resource(original: Callable[..., Any], backend: Any, resource_arn: str) -> Any:
    """ListTagsForResource."""
    found = tags_of(backend, resource_arn)
    return original(backend, resource_arn) if found is None else found
