"""What kind of object a type token of pulumi-kubernetes names, and what is known of each kind."""

from __future__ import annotations

import re
from dataclasses import dataclass

TOKEN = re.compile(r"^kubernetes:(?P<version>[a-z0-9.-]+(?:/[a-z0-9]+)?):(?P<kind>[A-Z]\w*)$")
COMPONENTS = ("yaml", "yaml/v2", "helm.sh/v3", "helm.sh/v4", "kustomize", "kustomize/v2")
"""Folders of the SDK whose types are no objects but make others of files and charts."""

CLUSTER_SCOPED = frozenset(
    {
        *("APIService", "CSIDriver", "CSINode", "CertificateSigningRequest", "ClusterRole", "ClusterRoleBinding"),
        *("ClusterTrustBundle", "CustomResourceDefinition", "DeviceClass", "FlowSchema", "IPAddress", "IngressClass"),
        *("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration", "Namespace"),
        *("Node", "PersistentVolume", "PriorityClass", "PriorityLevelConfiguration", "ResourceSlice", "RuntimeClass"),
        *("ServiceCIDR", "StorageClass", "StorageVersionMigration", "ValidatingAdmissionPolicy"),
        *("ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration", "VolumeAttachment"),
        "VolumeAttributesClass",
    }
)
"""Kinds of Kubernetes itself that belong to no namespace, as `kubectl api-resources --namespaced=false` lists them; the
published schemas do not say it."""


class UnknownKindError(Exception):
    """A token that is no object, or one that the pinned Kubernetes does not have."""


@dataclass(frozen=True)
class Kind:
    """One kind of object in one version of its group."""

    api_version: str
    """`apps/v1`; `v1` for the core group."""
    name: str
    """`Deployment`."""

    @property
    def group(self) -> str:
        """`apps`; empty for the core group."""
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        """`v1`."""
        return self.api_version.rpartition("/")[2]

    def __str__(self) -> str:
        return f"{self.api_version} {self.name}"


def of_token(token: str) -> Kind:
    """The kind that a type token names: `kubernetes:apps/v1:Deployment`. Raises UnknownKindError."""
    match = TOKEN.match(token)
    if match is None or match["version"] in COMPONENTS:
        raise UnknownKindError(
            f"the offline Kubernetes provider does not know {token}: it makes objects, not charts or files of them; "
            "declare each object as a resource"
        )
    version, name = match["version"], match["kind"]
    if name.endswith("Patch") and name != "Patch":
        raise UnknownKindError(
            f"the offline Kubernetes provider does not know {token}: a patch needs an object that a cluster holds; "
            f"declare the object itself, {name.removesuffix('Patch')}"
        )
    return Kind("v1" if version == "core/v1" else version, name)
