"""EKS: access entries and their policies, add-ons, and Pod Identity associations, none of which moto has."""

from __future__ import annotations

import uuid
from typing import Any

from offline.aws.extensions.eks import answer, arn_of, cluster_of, given, in_use, kept, now, one, present, update

VERSIONS = {
    "metrics-server": "v0.8.1-eksbuild.1",
    "aws-secrets-store-csi-driver-provider": "v2.2.1-eksbuild.1",
    "amazon-cloudwatch-observability": "v6.2.0-eksbuild.1",
}
"""Default versions, made up where nobody looks at them."""


def install() -> None:
    """Adds the operations to moto's."""
    from moto.eks.responses import EKSResponse

    for operation in (
        list_access_entries,
        list_addons,
        list_pod_identity_associations,
        create_access_entry,
        describe_access_entry,
        update_access_entry,
        delete_access_entry,
        associate_access_policy,
        list_associated_access_policies,
        disassociate_access_policy,
        create_addon,
        describe_addon,
        update_addon,
        delete_addon,
        create_pod_identity_association,
        describe_pod_identity_association,
        update_pod_identity_association,
        delete_pod_identity_association,
    ):
        setattr(EKSResponse, operation.__name__, operation)


# What a cluster has


def list_access_entries(response: Any) -> Any:
    """ListAccessEntries: their principals."""
    return answer({"accessEntries": sorted(kept(cluster_of(response), "entries"))})


def list_addons(response: Any) -> Any:
    """ListAddons: their names."""
    return answer({"addons": sorted(kept(cluster_of(response), "addons"))})


def list_pod_identity_associations(response: Any) -> Any:
    """ListPodIdentityAssociations: whose they are, without the roles."""
    shown = ("clusterName", "namespace", "serviceAccount", "associationArn", "associationId")
    found = kept(cluster_of(response), "associations").values()
    return answer({"associations": [{key: made[key] for key in shown} for made in found]})


# Access


def _entry(response: Any) -> dict[str, Any]:
    principal = given(response, "principalArn")
    message = f"The specified principalArn could not be found: {principal}"
    return one(cluster_of(response), "entries", principal, message)


def create_access_entry(response: Any) -> Any:
    """CreateAccessEntry: one for each principal."""
    cluster, principal = cluster_of(response), given(response, "principalArn")
    if principal in kept(cluster, "entries"):
        raise in_use(cluster.name, "The specified access entry resource is already in use on this cluster.")
    kind, _, name = principal.rpartition(":")[2].partition("/")
    made = {
        "clusterName": cluster.name,
        "principalArn": principal,
        "kubernetesGroups": given(response, "kubernetesGroups") or [],
        "accessEntryArn": arn_of(response, "access-entry", cluster.name, kind, name, str(uuid.uuid4())),
        "createdAt": now(),
        "modifiedAt": now(),
        "tags": given(response, "tags") or {},
        "username": given(response, "username") or principal,
        "type": given(response, "type") or "STANDARD",
    }
    kept(cluster, "entries")[principal] = made
    return answer({"accessEntry": made})


def describe_access_entry(response: Any) -> Any:
    """DescribeAccessEntry."""
    return answer({"accessEntry": _entry(response)})


def update_access_entry(response: Any) -> Any:
    """UpdateAccessEntry."""
    changed = {name: given(response, name) for name in ("kubernetesGroups", "username")}
    found = _entry(response)
    found.update(present(changed), modifiedAt=now())
    return answer({"accessEntry": found})


def delete_access_entry(response: Any) -> Any:
    """DeleteAccessEntry, with its policies."""
    principal = _entry(response)["principalArn"]
    cluster = cluster_of(response)
    del kept(cluster, "entries")[principal]
    kept(cluster, "policies").pop(principal, None)
    return answer({})


def associate_access_policy(response: Any) -> Any:
    """AssociateAccessPolicy: again changes its scope."""
    principal, policy = _entry(response)["principalArn"], given(response, "policyArn")
    made = {
        "policyArn": policy,
        "accessScope": {"namespaces": [], **given(response, "accessScope")},
        "associatedAt": now(),
        "modifiedAt": now(),
    }
    cluster = cluster_of(response)
    kept(cluster, "policies").setdefault(principal, {})[policy] = made
    return answer({"clusterName": cluster.name, "principalArn": principal, "associatedAccessPolicy": made})


def list_associated_access_policies(response: Any) -> Any:
    """ListAssociatedAccessPolicies."""
    principal, cluster = _entry(response)["principalArn"], cluster_of(response)
    found = list(kept(cluster, "policies").get(principal, {}).values())
    return answer({"clusterName": cluster.name, "principalArn": principal, "associatedAccessPolicies": found})


def disassociate_access_policy(response: Any) -> Any:
    """DisassociateAccessPolicy."""
    policies = kept(cluster_of(response), "policies").get(_entry(response)["principalArn"], {})
    policies.pop(given(response, "policyArn"), None)
    return answer({})


# Add-ons


def _addon(response: Any) -> dict[str, Any]:
    name = given(response, "addonName")
    return one(cluster_of(response), "addons", name, f"No addon: {name} found in cluster")


def _associations(response: Any, addon: str) -> list[str]:
    """ARNs of an add-on's own associations."""
    cluster = cluster_of(response)
    return [
        arn_of(response, "podidentityassociation", cluster.name, f"a-{addon}-{entry['serviceAccount']}")
        for entry in given(response, "podIdentityAssociations") or []
    ]


def create_addon(response: Any) -> Any:
    """CreateAddon: active at once."""
    cluster, name = cluster_of(response), given(response, "addonName")
    if name in kept(cluster, "addons"):
        raise in_use(cluster.name, "Addon already exists.")
    made = {
        "addonName": name,
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "addonVersion": given(response, "addonVersion") or VERSIONS.get(name, "v1.0.0-eksbuild.1"),
        "health": {"issues": []},
        "addonArn": arn_of(response, "addon", cluster.name, name, str(uuid.uuid4())),
        "createdAt": now(),
        "modifiedAt": now(),
        "serviceAccountRoleArn": given(response, "serviceAccountRoleArn"),
        "tags": given(response, "tags") or {},
        "configurationValues": given(response, "configurationValues"),
        "podIdentityAssociations": _associations(response, name),
        "namespaceConfig": given(response, "namespaceConfig"),
    }
    kept(cluster, "addons")[name] = present(made)
    return answer({"addon": present(made)})


def describe_addon(response: Any) -> Any:
    """DescribeAddon."""
    return answer({"addon": _addon(response)})


def update_addon(response: Any) -> Any:
    """UpdateAddon."""
    found = _addon(response)
    names = ("addonVersion", "serviceAccountRoleArn", "configurationValues")
    found.update(present({name: given(response, name) for name in names}), modifiedAt=now())
    if given(response, "podIdentityAssociations") is not None:
        found["podIdentityAssociations"] = _associations(response, found["addonName"])
    return update(response)


def delete_addon(response: Any) -> Any:
    """DeleteAddon: gone at once."""
    found = _addon(response)
    del kept(cluster_of(response), "addons")[found["addonName"]]
    return answer({"addon": {**found, "status": "DELETING"}})


# Pod Identity


def _association(response: Any) -> dict[str, Any]:
    found = given(response, "associationId")
    message = f"The specified association ID could not be found: {found}"
    return one(cluster_of(response), "associations", found, message)


def create_pod_identity_association(response: Any) -> Any:
    """CreatePodIdentityAssociation: one for each service account."""
    cluster = cluster_of(response)
    place = {name: given(response, name) for name in ("namespace", "serviceAccount")}
    for other in kept(cluster, "associations").values():
        if all(other[name] == value for name, value in place.items()):
            raise in_use(cluster.name, f"Association already exists: {other['associationId']}")
    id_ = f"a-{uuid.uuid4().hex[:17]}"
    made = {
        "clusterName": cluster.name,
        **place,
        "roleArn": given(response, "roleArn"),
        "associationArn": arn_of(response, "podidentityassociation", cluster.name, id_),
        "associationId": id_,
        "tags": given(response, "tags") or {},
        "createdAt": now(),
        "modifiedAt": now(),
        "disableSessionTags": bool(given(response, "disableSessionTags")),
        "targetRoleArn": given(response, "targetRoleArn"),
    }
    kept(cluster, "associations")[id_] = present(made)
    return answer({"association": present(made)})


def describe_pod_identity_association(response: Any) -> Any:
    """DescribePodIdentityAssociation."""
    return answer({"association": _association(response)})


def update_pod_identity_association(response: Any) -> Any:
    """UpdatePodIdentityAssociation."""
    found = _association(response)
    names = ("roleArn", "disableSessionTags", "targetRoleArn")
    found.update(present({name: given(response, name) for name in names}), modifiedAt=now())
    return answer({"association": found})


def delete_pod_identity_association(response: Any) -> Any:
    """DeletePodIdentityAssociation."""
    found = _association(response)
    del kept(cluster_of(response), "associations")[found["associationId"]]
    return answer({"association": found})
