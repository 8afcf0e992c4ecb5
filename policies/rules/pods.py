"""Rules on pods: what they may do on their node, what they may use of it, and whether they know the cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from policies.graph import Graph, Resource
from policies.parts import Part, is_not_true, is_set
from policies.rule import GraphRule, ResourceRule, Rule
from policies.rules.rbac import binds
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined
from policies.workloads import (
    SERVICE_ACCOUNTS,
    WORKLOADS,
    namespace_of,
    pod_containers,
    pod_spec,
)

SECURITY = "securityContext"
ADDABLE = frozenset({"NET_BIND_SERVICE"})
"""Capabilities that Kubernetes' restricted standard lets a container add.
https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted"""


def pod_restricted(workload: Properties) -> Verdict:
    """A container that shares anything with its node, may become root or write its programs leads to all pods there.

    Kubernetes' restricted standard, and a read-only root file system. What a container does not say itself, its pod
    says for it. Pods for Windows know none of it.
    """
    pod = pod_spec(workload)
    if pod.value is UNKNOWN:
        return undetermined(pod.where)
    if pod.get("os.name") == "windows":
        return PASS
    verdicts = [
        pod.demand(path, is_not_true, f"shares the {what} of its node", f"remove {path}")
        for path, what in (("hostNetwork", "network"), ("hostPID", "processes"), ("hostIPC", "memory"))
    ]
    for volume in pod.parts("volumes"):
        what = "mounts a directory of its node"
        verdicts.append(volume.demand("hostPath", lambda value: value is MISSING, what, "use another kind of volume"))
    containers = [*pod_containers(pod), *pod.parts("ephemeralContainers")]
    return combine((*verdicts, *(verdict for container in containers for verdict in _restricted(container, pod))))


def _restricted(container: Part, pod: Part) -> Iterator[Verdict]:
    if container.value is UNKNOWN:
        yield undetermined(container.where)
        return
    own = container.demand
    yield own(f"{SECURITY}.privileged", is_not_true, "is privileged: root on its node", "remove privileged")
    what = "lets processes get more rights than their parent"
    yield own(f"{SECURITY}.allowPrivilegeEscalation", lambda value: value is False, what, "set it to false")
    what = "may write its own programs"
    yield own(
        f"{SECURITY}.readOnlyRootFilesystem", lambda value: value is True, what, "set it; mount an emptyDir at /tmp"
    )
    yield from _capabilities(container)
    what = "may make any system call"
    seccomp = "seccompProfile.type"
    yield _either(
        container, pod, seccomp, lambda value: value in ("RuntimeDefault", "Localhost"), what, "RuntimeDefault"
    )
    what = "may run as root"
    yield _either(container, pod, "runAsNonRoot", lambda value: value is True, what, "true")
    yield _either(container, pod, "runAsUser", lambda value: value != 0, "runs as root", "10001")
    for port in container.parts("ports"):
        what = "opens a port on its node"
        yield port.demand("hostPort", lambda value: value in (MISSING, 0), what, "use a Service")


def _capabilities(container: Part) -> Iterator[Verdict]:
    drop, add = (container.get(f"{SECURITY}.capabilities.{verb}") for verb in ("drop", "add"))
    what = "keeps capabilities that it may not need"
    if isinstance(drop, list) and "ALL" not in drop and UNKNOWN in drop:
        yield undetermined(container.at(f"{SECURITY}.capabilities.drop[{drop.index(UNKNOWN)}]"))
    else:
        yield container.demand(f"{SECURITY}.capabilities.drop", _drops_all, what, "drop ALL")
    if add is UNKNOWN or (isinstance(add, list) and UNKNOWN in add):
        yield undetermined(container.at(f"{SECURITY}.capabilities.add"))
    elif isinstance(add, list) and not set(add) <= ADDABLE:
        yield fail(container.at(f"{SECURITY}.capabilities.add"), "adds capabilities", "add none but NET_BIND_SERVICE")


def _drops_all(value: Any) -> bool:
    return isinstance(value, list) and "ALL" in value


def _either(container: Part, pod: Part, path: str, holds: Callable[[Any], bool], what: str, wanted: str) -> Verdict:
    """A container's own setting, or its pod's where it has none."""
    part = pod if container.get(f"{SECURITY}.{path}") is MISSING else container
    if part is pod and pod.get(f"{SECURITY}.{path}") is MISSING:
        return PASS if holds(MISSING) else fail(container.at(f"{SECURITY}.{path}"), what, f"set it to {wanted}")
    return part.demand(f"{SECURITY}.{path}", holds, what, f"set it to {wanted}")


def pod_resources(workload: Properties) -> Verdict:
    """A pod without limits takes its neighbours' memory and processors; one without requests is put where there is no
    room, and cannot be scaled by how much it uses.

    A limit alone is a request, too. Processors need a limit as well: autoscaling and alarms measure against it. The
    resources of a whole pod count for each of its containers.
    """
    pod = pod_spec(workload)
    if pod.value is UNKNOWN:
        return undetermined(pod.where)
    return combine(verdict for container in pod_containers(pod) for verdict in _sized(container, pod))


def _sized(container: Part, pod: Part) -> Iterator[Verdict]:
    for resource in ("cpu", "memory"):
        limits, requests = f"resources.limits.{resource}", f"resources.requests.{resource}"
        shared = [pod.get(path) for path in (limits, requests)]
        if shared[0] is MISSING:
            what = f"has no limit of {resource}"
            yield container.demand(limits, is_set, what, _size_remedy(resource))
        if MISSING in (shared[1], shared[0]) and container.get(limits) is MISSING:
            what = f"has no request of {resource}"
            yield container.demand(requests, is_set, what, _size_remedy(resource))


def _size_remedy(resource: str) -> str:
    setting = "cpu_units" if resource == "cpu" else "memory_mib"
    return f"set it, as headroom:services.<name>.{setting} does"


def sa_token_off(workload: Resource, graph: Graph) -> Verdict:
    """The token of a service account is a key to the cluster's API, in a file that every process of the pod may read;
    the default account is everybody's in its namespace, and so is whatever it is once allowed.

    A token is needed where a role is bound to the account. Roles of AWS need none: they come by pod identity.
    """
    pod = pod_spec(workload.properties)
    if pod.value is UNKNOWN:
        return undetermined(pod.where)
    name, namespace = pod.get("serviceAccountName"), namespace_of(workload.properties)
    if name is MISSING:
        name = pod.get("serviceAccount")  # its old name
    if UNKNOWN in (name, namespace):
        return undetermined(pod.at("serviceAccountName") if name is UNKNOWN else "metadata.namespace")
    if name in (MISSING, "", "default"):
        what = "runs as the default account of its namespace"
        return fail(pod.at("serviceAccountName"), what, "give it a ServiceAccount of its own")
    own = pod.get("automountServiceAccountToken")
    accounts = [one for one in graph.of_type(*SERVICE_ACCOUNTS) if _is_account(one, name, namespace)]
    mounts = lookup(accounts[0].properties, "automountServiceAccountToken") if own is MISSING and accounts else own
    if mounts is UNKNOWN:
        return undetermined(pod.at("automountServiceAccountToken"))
    if mounts is False or binds(graph, name, namespace):
        return PASS
    what = "gets a token for the cluster's API, and no role is bound to its account"
    return fail(pod.at("automountServiceAccountToken"), what, "set automountServiceAccountToken to false")


def _is_account(account: Resource, name: str, namespace: str) -> bool:
    own = lookup(account.properties, "metadata.name"), namespace_of(account.properties)
    return own == (name, namespace)


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=pod_restricted,
        title="Pods keep Kubernetes' restricted standard, and write nothing but data",
        types=WORKLOADS,
        severity="high",
        references=(
            "Checkov CKV_K8S_16 to 23",
            "Checkov CKV_K8S_31",
            "Checkov CKV_K8S_37",
            "kube-score container-security",
        ),
    ),
    ResourceRule(
        check=pod_resources,
        title="Pods say what they need, and what they may take",
        types=WORKLOADS,
        severity="medium",
        references=("Checkov CKV_K8S_10 to 13", "kube-score container-resources"),
    ),
    GraphRule(
        check=sa_token_off,
        title="Pods get a token for the cluster only where they need one",
        types=WORKLOADS,
        severity="medium",
        references=("Checkov CKV_K8S_38", "Checkov CKV_K8S_41"),
    ),
)
