"""Rules on what may be done to a Kubernetes cluster, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.graph import Graph, Resource
from policies.parts import Part, whole
from policies.rule import GraphRule, Rule
from policies.verdict import MISSING, UNKNOWN, Verdict, combine, fail, lookup, undetermined
from policies.workloads import namespace_of


def _kinds(kind: str) -> frozenset[str]:
    return frozenset(
        f"kubernetes:rbac.authorization.k8s.io/{version}:{kind}" for version in ("v1", "v1beta1", "v1alpha1")
    )


ROLES, CLUSTER_ROLES = _kinds("Role"), _kinds("ClusterRole")
ROLE_BINDINGS, CLUSTER_ROLE_BINDINGS = _kinds("RoleBinding"), _kinds("ClusterRoleBinding")

ESCALATING = frozenset({"escalate", "bind", "impersonate"})
"""Verbs that give whoever has them more than they have."""
READING = frozenset({"get", "list", "watch"})
TAKEOVER = {
    "certificatesigningrequests/approval": frozenset({"update", "patch"}),
    "validatingwebhookconfigurations": frozenset({"create", "update", "patch"}),
    "mutatingwebhookconfigurations": frozenset({"create", "update", "patch"}),
    "rolebindings": frozenset({"create", "update", "patch"}),
    "clusterrolebindings": frozenset({"create", "update", "patch"}),
    "serviceaccounts/token": frozenset({"create"}),
    "nodes/proxy": frozenset({"get", "create"}),
}
"""Resources, with the verbs by which one becomes somebody else.
https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks"""
EVERYBODY = frozenset(
    {"system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts", "system:masters"}
)
"""Users and groups that are more than one knows by name; the last passes every check."""
KEEPERS = frozenset({"aws-secrets-manager", "external-secrets", "secrets-store-csi-driver", "sealed-secrets"})
"""Namespaces of controllers that make Kubernetes' secrets out of others. They list those that they have made, by a
label, and a role cannot say so.
https://secrets-store-csi-driver.sigs.k8s.io/topics/sync-as-kubernetes-secret"""


def rbac_scoped(subject: Resource, graph: Graph) -> Verdict:
    """A role with a wildcard has what Kubernetes will learn next year, too; who may bind, impersonate or approve gives
    itself the rest, and who may list secrets has the credentials of every pod.

    Secrets that a rule names one by one may be read. Controllers that keep secrets may list them, if the role is bound
    to their own namespace's accounts alone.
    """
    if subject.type in ROLE_BINDINGS | CLUSTER_ROLE_BINDINGS:
        return combine(_binding(subject))
    return combine(
        verdict for rule in whole(subject.properties).parts("rules") for verdict in _rule(rule, subject, graph)
    )


def _rule(rule: Part, role: Resource, graph: Graph) -> Iterator[Verdict]:
    if rule.value is UNKNOWN:
        yield undetermined(rule.where)
        return
    lists = {name: rule.get(name) for name in ("verbs", "resources", "apiGroups", "resourceNames")}
    for name, value in lists.items():
        if value is UNKNOWN or (isinstance(value, list) and UNKNOWN in value):
            yield undetermined(rule.at(name))
            return
    verbs, resources, groups, names = ((value if isinstance(value, list) else []) for value in lists.values())
    for name, values in (("verbs", verbs), ("resources", resources), ("apiGroups", groups)):
        if any("*" in str(value) for value in values):
            yield fail(rule.at(name), "holds a wildcard", "name what is needed")
    if ESCALATING & set(verbs):
        yield fail(
            rule.at("verbs"), "lets its bearer take more rights than it has", "take escalate, bind and impersonate out"
        )
    for resource, dangerous in TAKEOVER.items():
        if resource in resources and dangerous & set(verbs):
            yield fail(
                rule.at("resources"), "holds a way to become somebody else", f"take {resource} out, or its verbs"
            )
    if "secrets" in resources and _reads(set(verbs), names) and not _is_keepers(role, graph):
        what = "lets its bearer read every secret" + ("" if role.type in CLUSTER_ROLES else " of its namespace")
        yield fail(rule.at("resources"), what, "name secrets in resourceNames with get, or mount them")


def _reads(verbs: set[str], names: list[Any]) -> bool:
    """A list shows values, too, and knows no names."""
    return bool(verbs & READING) if not names else bool(verbs & (READING - {"get"}))


def _is_keepers(role: Resource, graph: Graph) -> bool:
    """Whether all bindings of a role that reads secrets are of a controller that keeps them."""
    name = lookup(role.properties, "metadata.name")
    bindings = [
        one
        for one in graph.of_type(*sorted(ROLE_BINDINGS | CLUSTER_ROLE_BINDINGS))
        if isinstance(name, str) and lookup(one.properties, "roleRef.name") == name
    ]
    subjects = [subject for one in bindings for subject in whole(one.properties).parts("subjects")]
    return bool(subjects) and all(_keeper(subject) for subject in subjects)


def _keeper(subject: Part) -> bool:
    kind, name = subject.get("kind"), subject.get("name")
    if kind == "Group":
        return isinstance(name, str) and name.removeprefix("system:serviceaccounts:") in KEEPERS
    return kind == "ServiceAccount" and subject.get("namespace") in KEEPERS and name != "default"


def _binding(binding: Resource) -> Iterator[Verdict]:
    root = whole(binding.properties)
    cluster = binding.type in CLUSTER_ROLE_BINDINGS
    powerful = ("cluster-admin", "admin", "edit") if cluster else ("cluster-admin",)
    remedy = "bind a role with the rules that are needed; people come by headroom:eks.admins and viewers"
    yield root.demand("roleRef.name", lambda name: name not in powerful, "gives everything away", remedy)
    for subject in root.parts("subjects"):
        name, kind = subject.get("name"), subject.get("kind")
        if UNKNOWN in (name, kind):
            yield undetermined(subject.at("name") if name is UNKNOWN else subject.at("kind"))
        elif name in EVERYBODY:
            yield fail(subject.at("name"), "is everybody", "name the account or group that needs it")
        elif kind == "ServiceAccount" and name == "default":
            what = "is the account of every pod in its namespace that names none"
            yield fail(subject.at("name"), what, "give what needs it a ServiceAccount of its own")


def binds(graph: Graph, account: str, namespace: str) -> bool:
    """Whether a role is bound to a service account, which therefore needs its token."""
    return (account, namespace) in graph.index(_bound)


def _bound(graph: Graph) -> set[tuple[Any, Any]]:
    found = set()
    for binding in graph.of_type(*sorted(ROLE_BINDINGS | CLUSTER_ROLE_BINDINGS)):
        for subject in whole(binding.properties).parts("subjects"):
            if isinstance(subject.value, Mapping) and subject.get("kind") == "ServiceAccount":
                place = subject.get("namespace")
                found.add((subject.get("name"), namespace_of(binding.properties) if place is MISSING else place))
    return found


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=rbac_scoped,
        title="Roles of Kubernetes name what they allow, and nobody takes more",
        types=ROLES | CLUSTER_ROLES | ROLE_BINDINGS | CLUSTER_ROLE_BINDINGS,
        severity="high",
        references=("Checkov CKV_K8S_49", "Checkov CKV_K8S_155 to 158", "Checkov CKV_K8S_42"),
    ),
)
