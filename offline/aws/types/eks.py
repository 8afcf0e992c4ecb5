"""EKS: clusters, who may use them, their add-ons, and the roles of their pods."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths, shapes
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
EMULATED_AUTHORITY = "ZW11bGF0ZWQ6IG5vdGhpbmcgaXMgc2lnbmVkIGJ5IGl0"
"""What the emulated AWS tells of every cluster; see the extension."""


def _tagging(arn: str) -> Tagging:
    return Tagging(
        add=Call(
            operation="tag_resource",
            params={"resourceArn": f"${arn}", "tags": "$tags_added_map"},
            extended=True,
        ),
        remove=Call(
            operation="untag_resource",
            params={"resourceArn": f"${arn}", "tagKeys": "$tags_removed"},
            extended=True,
        ),
        path="tags",
    )


def _logging(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """Types that are on, and in an update those that no longer are."""
    on = list(scope.get("enabledClusterLogTypes") or [])
    off = [kind for kind in LOG_TYPES if kind not in on] if "before" in scope else []
    setups = [{"types": kinds, "enabled": enabled} for kinds, enabled in ((on, True), (off, False)) if kinds]
    yield {"logging": {"clusterLogging": setups}} if setups else {}


def _log_types(scope: Scope) -> Any:
    setups = (scope["item"].get("logging") or {}).get("clusterLogging") or []
    on = [kind for setup in setups if setup.get("enabled") for kind in setup.get("types") or []]
    given = scope.get("enabledClusterLogTypes")
    return given if given is not None and sorted(given) == sorted(on) else (sorted(on) or paths.MISSING)


def _encryption(scope: Scope) -> Any:
    found = scope["item"].get("encryptionConfig") or []
    return shapes.decode(found[0], scope.get("encryptionConfig")) if found else paths.MISSING


def _replaced(before: Scope, after: Scope) -> tuple[str, ...]:
    """Encryption can be switched on in place, and neither changed nor switched off."""
    return ("encryptionConfig",) if before.get("encryptionConfig") else ()


def _network(scope: Scope) -> Any:
    """The block with what EKS adds to it."""
    return shapes.decode(scope["item"].get("resourcesVpcConfig"))


def _config(*names: str, params: Mapping[str, Any] | None = None, **more: Any) -> Call:
    """AWS takes one kind of change at a time."""
    return Call(
        operation="update_cluster_config", params={"name": "$id", **(params or {})}, only=names, extended=True, **more
    )


_AUTO_MODE = ("computeConfig", "kubernetesNetworkConfig", "storageConfig")

CLUSTER = ResourceType(
    token="aws:eks/cluster:Cluster",
    service="eks",
    create=(
        Call(
            operation="create_cluster",
            params={"tags": "$tags"},
            names={"vpcConfig": "resourcesVpcConfig", "enabledClusterLogTypes": ""},
            each=_logging,
            extended=True,
        ),
    ),
    id="{name}",
    find=(Find(operation="describe_cluster", params={"name": "$id"}, path="cluster", extended=True),),
    update=(
        Call(operation="update_cluster_version", params={"name": "$id"}, only=("version",), extended=True),
        _config("vpcConfig", names={"vpcConfig": "resourcesVpcConfig"}),
        _config("enabledClusterLogTypes", names={"enabledClusterLogTypes": ""}, each=_logging),
        _config("accessConfig", names={"accessConfig": ""}, params={
            "accessConfig": {"authenticationMode": "$accessConfig.authenticationMode"}
        }),
        _config("upgradePolicy"),
        _config("deletionProtection"),
        _config("zonalShiftConfig"),
        _config("remoteNetworkConfig"),
        _config(*_AUTO_MODE),
        Call(
            operation="associate_encryption_config",
            params={"clusterName": "$id"},
            only=("encryptionConfig",),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_cluster", params={"name": "$id"}, extended=True),),
    replace=(
        *("name", "roleArn", "bootstrapSelfManagedAddons", "outpostConfig"),
        *("accessConfig.bootstrapClusterCreatorAdminPermissions", "kubernetesNetworkConfig.ipFamily"),
        "kubernetesNetworkConfig.serviceIpv4Cidr",
    ),
    replace_if=_replaced,
    unique=("name",),
    autoname=Autoname(longest=100, prefix_property=""),
    default={"bootstrapSelfManagedAddons": True},
    completed=("vpcConfig",),
    local=("forceUpdateVersion",),
    hidden=("bootstrapSelfManagedAddons",),
    unordered=(
        *("enabledClusterLogTypes", "vpcConfig.subnetIds", "vpcConfig.securityGroupIds", "vpcConfig.publicAccessCidrs"),
        *("computeConfig.nodePools", "encryptionConfig.resources"),
    ),
    reads={"enabledClusterLogTypes": _log_types, "encryptionConfig": _encryption},
    on_removal={"deletionProtection": False, "upgradePolicy": {"supportType": "EXTENDED"}},
    outputs={
        "arn": "arn",
        "vpcConfig": _network,
        "endpoint": "endpoint",
        "certificateAuthority": "certificateAuthority",
        "identities": lambda scope: [{"oidcs": [{"issuer": scope["item"]["identity"]["oidc"]["issuer"]}]}],
        "status": "status",
        "platformVersion": "platformVersion",
    },
    predicted={
        "arn": "arn:{partition}:eks:{region}:{account}:cluster/{name}",
        "endpoint": "https://{name}.eks.{region}.offline.invalid",
        "certificateAuthority": lambda scope: {"data": EMULATED_AUTHORITY},
    },
    tagging=_tagging("arn"),
    note="no control plane runs; objects are checked by the offline Kubernetes provider",
)  # fmt: skip

_ENTRY = {"clusterName": "$clusterName", "principalArn": "$principalArn"}

ACCESS_ENTRY = ResourceType(
    token="aws:eks/accessEntry:AccessEntry",
    service="eks",
    create=(
        Call(operation="create_access_entry", params={"tags": "$tags"}, names={"userName": "username"}, extended=True),
    ),
    id="{clusterName}:{principalArn}",
    find=(Find(operation="describe_access_entry", params=_ENTRY, path="accessEntry", extended=True),),
    update=(
        Call(
            operation="update_access_entry",
            params=_ENTRY,
            only=("kubernetesGroups", "userName"),
            names={"userName": "username"},
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_access_entry", params=_ENTRY, extended=True),),
    replace=("clusterName", "principalArn", "type"),
    unique=("clusterName", "principalArn"),
    default={"type": "STANDARD"},
    unordered=("kubernetesGroups",),
    reads={"userName": "username"},
    outputs={"accessEntryArn": "accessEntryArn", "userName": "username"},
    tagging=_tagging("accessEntryArn"),
)


def _associated(found: Any, scope: Scope) -> Any:
    """The policy that is meant, among all of the principal."""
    return next((one for one in found if one["policyArn"] == scope["policyArn"]), None)


def _access_scope(scope: Scope) -> Any:
    found = scope["item"]["accessScope"]
    return (
        {name: value for name, value in found.items() if value}
        if not scope.get("accessScope", {}).get("namespaces")
        else found
    )


_POLICY = Call(operation="associate_access_policy", extended=True)

ACCESS_POLICY_ASSOCIATION = ResourceType(
    token="aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
    service="eks",
    create=(_POLICY,),
    id="{clusterName}#{principalArn}#{policyArn}",
    find=(
        Find(
            operation="list_associated_access_policies",
            params=_ENTRY,
            path="associatedAccessPolicies",
            pick=_associated,
            extended=True,
        ),
    ),
    delete=(Call(operation="disassociate_access_policy", params={**_ENTRY, "policyArn": "$policyArn"}, extended=True),),
    replace=("clusterName", "principalArn", "policyArn", "accessScope"),
    unique=("clusterName", "principalArn", "policyArn"),
    reads={
        "accessScope": _access_scope,
        "clusterName": lambda scope: scope["clusterName"],
        "principalArn": lambda scope: scope["principalArn"],
    },
)

_ADDON = {"clusterName": "$clusterName", "addonName": "$addonName"}

ADDON = ResourceType(
    token="aws:eks/addon:Addon",
    service="eks",
    create=(
        Call(
            operation="create_addon",
            params={"tags": "$tags"},
            names={"resolveConflictsOnCreate": "resolveConflicts"},
            extended=True,
        ),
    ),
    id="{clusterName}:{addonName}",
    find=(Find(operation="describe_addon", params=_ADDON, path="addon", extended=True),),
    update=(
        Call(
            operation="update_addon",
            params=_ADDON,
            names={"resolveConflictsOnUpdate": "resolveConflicts"},
            only=(
                *("addonVersion", "configurationValues", "podIdentityAssociations", "serviceAccountRoleArn"),
                "resolveConflictsOnUpdate",
            ),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_addon", params={**_ADDON, "preserve": "$preserve"}, extended=True),),
    replace=("clusterName", "addonName", "namespaceConfig"),
    unique=("clusterName", "addonName"),
    local=("preserve", "resolveConflictsOnUpdate", "resolveConflictsOnCreate"),
    hidden=("resolveConflictsOnCreate", "resolveConflictsOnUpdate"),
    lost=("podIdentityAssociations",),
    documents=("configurationValues",),
    unordered=("podIdentityAssociations",),
    outputs={"arn": "addonArn", "addonVersion": "addonVersion"},
    tagging=_tagging("arn"),
    note="active at once; nothing runs",
)

_ASSOCIATION = {"clusterName": "$clusterName", "associationId": "$id"}

POD_IDENTITY_ASSOCIATION = ResourceType(
    token="aws:eks/podIdentityAssociation:PodIdentityAssociation",
    service="eks",
    create=(Call(operation="create_pod_identity_association", params={"tags": "$tags"}, extended=True),),
    id="{answer.association.associationId}",
    find=(Find(operation="describe_pod_identity_association", params=_ASSOCIATION, path="association", extended=True),),
    update=(
        Call(
            operation="update_pod_identity_association",
            params=_ASSOCIATION,
            only=("roleArn", "disableSessionTags", "targetRoleArn"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_pod_identity_association", params=_ASSOCIATION, extended=True),),
    replace=("clusterName", "namespace", "serviceAccount"),
    unique=("clusterName", "namespace", "serviceAccount"),
    outputs={"associationArn": "associationArn", "associationId": "associationId"},
    tagging=_tagging("associationArn"),
)

TYPES = (CLUSTER, ACCESS_ENTRY, ACCESS_POLICY_ASSOCIATION, ADDON, POD_IDENTITY_ASSOCIATION)
