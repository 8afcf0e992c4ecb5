"""Which changes make a new object: pulumi-kubernetes's own list, kind by kind.

Source: github.com/pulumi/pulumi-kubernetes, provider/pkg/provider/diff.go (forceNewProperties, of 4.32)
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from offline.kubernetes.kinds import Kind

ALWAYS = ("metadata.name", "metadata.namespace")

CONTAINER = (
    *("args", "command", "env", "image", "imagePullPolicy", "lifecycle", "livenessProbe", "ports", "readinessProbe"),
    *("resources", "securityContext", "stdin", "stdinOnce", "terminationMessagePath", "terminationMessagePolicy"),
    *("tty", "volumeDevices", "volumeMounts", "workingDir"),
)
POD = (
    *("affinity", "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases"),
    *("hostIPC", "hostNetwork", "hostPID", "hostname", "imagePullSecrets", "nodeName", "nodeSelector", "overhead"),
    *("preemptionPolicy", "priority", "priorityClassName", "readinessGates", "restartPolicy", "runtimeClassName"),
    *("schedulerName", "securityContext", "serviceAccount", "serviceAccountName", "shareProcessNamespace", "subdomain"),
    *("terminationGracePeriodSeconds", "volumes"),
    *(f"{containers}[*].{name}" for containers in ("containers", "initContainers") for name in CONTAINER),
)
VOLUME = (
    *("awsElasticBlockStore", "azureDisk", "azureFile", "cephfs", "cinder", "csi", "fc", "flexVolume", "flocker"),
    *("gcePersistentDisk", "glusterfs", "hostPath", "iscsi", "local", "nfs", "photonPersistentDisk", "portworxVolume"),
    *("quobyte", "rbd", "scaleIO", "storageos", "vsphereVolume"),
)
CLAIM = ("accessModes", "selector", "storageClassName", "volumeName")
JOB = ("completions", "parallelism", "selector", "template")
STATEFUL_SET = ("podManagementPolicy", "revisionHistoryLimit", "selector", "serviceName", "volumeClaimTemplates")


def _of_spec(*names: str) -> tuple[str, ...]:
    return tuple(f"spec.{name}" for name in names)


BY_KIND: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("apps", "DaemonSet"): _of_spec("selector"),
    ("apps", "Deployment"): _of_spec("selector"),
    ("apps", "StatefulSet"): _of_spec(*STATEFUL_SET),
    ("batch", "Job"): _of_spec(*JOB),
    ("", "PersistentVolume"): _of_spec(*VOLUME),
    ("", "PersistentVolumeClaim"): _of_spec(*CLAIM),
    ("", "Pod"): _of_spec(*POD),
    ("", "ResourceQuota"): _of_spec("scopes"),
    ("", "Secret"): ("type",),
    ("", "Service"): _of_spec("clusterIP"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"): ("roleRef",),
    ("rbac.authorization.k8s.io", "RoleBinding"): ("roleRef",),
    ("storage.k8s.io", "StorageClass"): ("parameters", "provisioner"),
}

DATA: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("", "ConfigMap"): ("binaryData", "data"),
    ("", "Secret"): ("type", "stringData", "data"),
}
"""Replaced, so that pods that name them start anew; in place where the provider has enableConfigMapMutable or
enableSecretMutable, and the object is not immutable."""


def replacing(kind: Kind, after: Mapping[str, Any], mutable: frozenset[str]) -> tuple[str, ...]:
    """Paths whose change makes a new object. `mutable` names kinds whose data changes in place."""
    key = (kind.group, kind.name)
    if key in DATA and (kind.name not in mutable or after.get("immutable") is True):
        return (*ALWAYS, *DATA[key])
    return (*ALWAYS, *BY_KIND.get(key, ()))
