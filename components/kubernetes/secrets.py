"""Secrets of a service on Kubernetes: references to Secrets Manager, and never a value in a manifest.

The one mechanism is the Secrets Store CSI driver with AWS's provider, an add-on that AWS maintains. It reads each
secret as the pod's own role (Pod Identity), so no controller of the cluster may read them all; the External Secrets
Operator knows Pod Identity for itself only, so that its one role would read every service's secrets, and is no add-on.
Sources: docs.aws.amazon.com/secretsmanager/latest/userguide/ascp-pod-identity-integration.html,
external-secrets.io/latest/provider/aws-access
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from components.kubernetes.objects import NAME, Manifest, manifest, with_labels

ADDON = "aws-secrets-store-csi-driver-provider"
ADDON_NAMESPACE = "aws-secrets-manager"
SYNCED = "headroom-secrets-sync"


@dataclass(frozen=True, kw_only=True)
class SecretReference:
    """Where the value of a variable is."""

    name: str
    """Fixed physical name of the secret in Secrets Manager."""
    key: str | None = None
    """One key of a secret that is JSON; none takes all of it."""


def secret_class(service: str, name: str, references: Mapping[str, SecretReference], region: str) -> Manifest:
    """Which secrets the driver reads for the service's pods, and the Secret that it keeps in step, a key each."""
    by_secret: dict[str, list[tuple[str, SecretReference]]] = {}
    for variable, reference in sorted(references.items()):
        by_secret.setdefault(reference.name, []).append((variable, reference))
    objects = [_object(secret, wanted) for secret, wanted in sorted(by_secret.items())]
    synced = {
        "secretName": name,
        "type": "Opaque",
        "labels": {NAME: service},
        "data": [{"objectName": variable, "key": variable} for variable in sorted(references)],
    }
    # YAML holds JSON, and JSON has one way to write things.
    parameters = {"region": region, "usePodIdentity": "true", "objects": json.dumps(objects)}
    spec = {"provider": "aws", "parameters": parameters, "secretObjects": [synced]}
    made = manifest("secrets-store.csi.x-k8s.io/v1", "SecretProviderClass", name, service, spec=spec)
    return with_labels(made, {NAME: service})


def _object(secret: str, wanted: Sequence[tuple[str, SecretReference]]) -> dict[str, Any]:
    whole = [variable for variable, reference in wanted if reference.key is None]
    keys = [{"path": reference.key, "objectAlias": variable} for variable, reference in wanted if reference.key]
    return {
        "objectName": secret,
        "objectType": "secretsmanager",
        **({"objectAlias": whole[0]} if whole else {}),
        **({"jmesPath": keys} if keys else {}),
    }


def sync_permissions() -> list[Manifest]:
    """Lets the driver keep Secrets in step with what it mounts, which variables need.

    The add-on takes `syncSecret.enabled` and does not act on it (github.com/aws/secrets-store-csi-driver-provider-aws,
    issue 597), so the role of the driver's own chart is made here, for the accounts of the add-on's namespace. The
    driver watches Secrets of the whole cluster, and so cannot be held to some namespaces.
    """
    verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": verbs}]
    group = "rbac.authorization.k8s.io"
    accounts = {"apiGroup": group, "kind": "Group", "name": f"system:serviceaccounts:{ADDON_NAMESPACE}"}
    reference = {"apiGroup": group, "kind": "ClusterRole", "name": SYNCED}
    return [
        manifest(f"{group}/v1", "ClusterRole", SYNCED, None, rules=rules),
        manifest(f"{group}/v1", "ClusterRoleBinding", SYNCED, None, roleRef=reference, subjects=[accounts]),
    ]
