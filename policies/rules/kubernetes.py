"""Rules on what surrounds the pods of Kubernetes: networks, scaling and disruptions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policies.graph import Graph, Resource
from policies.parts import Part, whole
from policies.rule import GraphRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Verdict, combine, fail, lookup, undetermined
from policies.workloads import (
    AUTOSCALERS,
    DISRUPTION_BUDGETS,
    NAMESPACES,
    NETWORK_POLICIES,
    REPLICATED,
    SERVING,
    WORKLOADS,
    namespace_of,
    pod_spec,
    pod_template,
    selects,
)

FEWEST = 2
"""Requirement T1: two at least, or each update and each failed node is an outage."""
SYSTEM = frozenset({"kube-system", "kube-public", "kube-node-lease"})
"""Namespaces of Kubernetes itself; AWS decides what runs there."""
OPAQUE = ("kubernetes:helm.sh/v3:Release", "kubernetes:helm.sh/v4:Chart")
"""What makes objects in the cluster that the stack does not know."""
ZONES = frozenset({"topology.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/zone"})


def network_policy(subject: Resource, graph: Graph) -> Verdict:
    """Without a policy every pod reaches every other, the whole network and the internet: one that is broken into goes
    on from there.

    Each namespace of the stack denies both directions to all of its pods by default; other policies then let in what is
    needed, and none of them lets in everything.
    """
    if subject.type in NETWORK_POLICIES:
        return combine(_opens(subject))
    if subject.type in NAMESPACES:
        where, namespace = "metadata.name", lookup(subject.properties, "metadata.name")
    else:
        where, namespace = "metadata.namespace", namespace_of(subject.properties)
        if namespace in graph.index(_namespaces):
            return PASS  # judged there
    if namespace is UNKNOWN:
        return undetermined(where)
    if namespace in SYSTEM:
        return PASS
    policies = graph.index(_policies)
    denied = {way for policy in policies.get(namespace, ()) for way in _denies(policy)}
    lacking = [way for way in ("Ingress", "Egress") if way not in denied]
    if not lacking:
        return PASS
    if policies.get(UNKNOWN) or UNKNOWN in denied:
        return undetermined(where, "has network policies of which not everything is known yet")
    what = f"is a namespace where {' and '.join(lacking).lower()} is not denied by default"
    return fail(where, what, f"add a NetworkPolicy with podSelector: {{}} and policyTypes: [{', '.join(lacking)}]")


def _namespaces(graph: Graph) -> set[Any]:
    return {lookup(one.properties, "metadata.name") for one in graph.of_type(*NAMESPACES)}


def _policies(graph: Graph) -> Mapping[Any, list[Resource]]:
    found: dict[Any, list[Resource]] = {}
    for policy in graph.of_type(*NETWORK_POLICIES):
        found.setdefault(namespace_of(policy.properties), []).append(policy)
    return found


def _denies(policy: Resource) -> Iterator[Any]:
    """The directions that a policy denies to all pods of its namespace; UNKNOWN where it may."""
    root = whole(policy.properties)
    selector = root.get("spec.podSelector")
    if UNKNOWN in (selector, root.get("spec.policyTypes")):
        yield UNKNOWN
    elif selector in (MISSING, {}):
        types = root.get("spec.policyTypes")
        yield from types if isinstance(types, list) else ["Ingress", *(["Egress"] if root.parts("spec.egress") else [])]


def _opens(policy: Resource) -> Iterator[Verdict]:
    """A rule without a peer and without a port lets everything through."""
    root = whole(policy.properties)
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for rule in root.parts(f"spec.{direction}"):
            if UNKNOWN in (rule.value, rule.get(peers), rule.get("ports")):
                yield undetermined(rule.where)
            elif rule.get(peers) in (MISSING, []) and rule.get("ports") in (MISSING, []):
                what = f"lets {'in from' if direction == 'ingress' else 'out to'} everywhere, by every port"
                yield fail(rule.where, what, f"name the peers in `{peers}`, and the ports")


def hpa_bounds(scaler: Resource, graph: Graph) -> Verdict:
    """One pod is an outage with each failed node and each update; an autoscaler of something that is not there scales
    nothing, and says so to nobody.

    What a Helm chart brings is not seen here.
    """
    root = whole(scaler.properties)
    least = root.get("spec.minReplicas")
    remedy = "set headroom:services.<name>.min_count to 2 or more"
    verdicts = [root.demand("spec.minReplicas", _enough, "lets a single pod be all there is", remedy)]
    ends = [root.get(f"spec.scaleTargetRef.{part}") for part in ("kind", "name")]
    most = root.get("spec.maxReplicas")
    if isinstance(least, int) and isinstance(most, int) and most <= least:
        verdicts.append(
            fail("spec.maxReplicas", "leaves no room to scale", "set headroom:services.<name>.max_count higher")
        )
    if UNKNOWN in (*ends, namespace_of(scaler.properties)):
        return combine((*verdicts, undetermined(root.at("spec.scaleTargetRef"))))
    if any(_is_target(one, ends, scaler) for one in graph.of_type(*sorted(SERVING))):
        return combine(verdicts)
    if graph.of_type(*OPAQUE):
        what = "names a workload that a Helm chart may bring"
        return combine(
            (*verdicts, undetermined("spec.scaleTargetRef", what, "check it by hand, and record an exception"))
        )
    what = "names a workload that is not in this stack"
    return combine((*verdicts, fail("spec.scaleTargetRef", what, "name a Deployment of the same namespace")))


def _enough(value: Any) -> bool:
    return isinstance(value, int) and value >= FEWEST


def _is_target(workload: Resource, ends: list[Any], scaler: Resource) -> bool:
    own = [workload.type.split(":")[-1], lookup(workload.properties, "metadata.name")]
    return own == ends and namespace_of(workload.properties) == namespace_of(scaler.properties)


def pdb_and_spread(workload: Resource, graph: Graph) -> Verdict:
    """Nodes are replaced all the time: without a budget all pods of a service may be on their way at once, and without
    a spread over zones one zone's failure takes them all.

    A budget that allows no disruption at all is as bad: the node can then never be replaced.
    """
    template = pod_template(workload.properties)
    labels, namespace = template.get("metadata.labels"), namespace_of(workload.properties)
    if labels is UNKNOWN:
        return undetermined(template.at("metadata.labels"))
    found = [one for one in graph.of_type(*DISRUPTION_BUDGETS) if namespace_of(one.properties) in (namespace, UNKNOWN)]
    chosen = [(one, selects(lookup(one.properties, "spec.selector"), labels)) for one in found]
    budgets = [one for one, picks in chosen if picks and namespace_of(one.properties) == namespace]
    return combine((_budgeted(budgets, undecided=len(chosen) > len(budgets) and _open(chosen)), _spread(workload)))


def _open(chosen: list[tuple[Resource, bool | None]]) -> bool:
    return any(picks is None or (picks and namespace_of(one.properties) is UNKNOWN) for one, picks in chosen)


def _budgeted(budgets: list[Resource], *, undecided: bool) -> Verdict:
    if not budgets and undecided:
        return undetermined("spec.selector", "has disruption budgets of which not everything is known yet")
    if not budgets:
        what = "has no disruption budget, so all of its pods may be taken at once"
        return fail("spec.selector", what, "add a PodDisruptionBudget with maxUnavailable: 1 that selects its pods")
    for budget in budgets:
        never = lookup(budget.properties, "spec.maxUnavailable") in (0, "0", "0%")
        if never or lookup(budget.properties, "spec.minAvailable") == "100%":
            what = "has a disruption budget that lets no pod go, so its nodes can't be replaced"
            return fail("spec.selector", what, "set its maxUnavailable to 1")
    return PASS


def _spread(workload: Resource) -> Verdict:
    pod = pod_spec(workload.properties)
    spreads = [*pod.parts("topologySpreadConstraints"), *_anti_affinity(pod)]
    keys = [spread.get("topologyKey") for spread in spreads]
    if any(isinstance(key, str) and key in ZONES for key in keys):
        return PASS
    if UNKNOWN in keys:
        return undetermined(spreads[keys.index(UNKNOWN)].at("topologyKey"))
    what = "does not spread its pods over zones"
    return fail(pod.at("topologySpreadConstraints"), what, "add one on topology.kubernetes.io/zone")


def _anti_affinity(pod: Part) -> Iterator[Part]:
    yield from pod.parts("affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution")
    for preferred in pod.parts("affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution"):
        yield preferred.part("podAffinityTerm")


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=network_policy,
        title="Namespaces deny by default, and let through what is needed",
        types=NAMESPACES | NETWORK_POLICIES | WORKLOADS,
        severity="medium",
        references=("Checkov CKV2_K8S_6", "kube-score pod-networkpolicy"),
    ),
    GraphRule(
        check=hpa_bounds,
        title="Autoscalers keep two pods, of something that is there",
        types=AUTOSCALERS,
        severity="medium",
        references=(
            "kube-linter dangling-horizontalpodautoscaler",
            "kube-score horizontalpodautoscaler",
            "requirement T1",
        ),
    ),
    GraphRule(
        check=pdb_and_spread,
        title="Pods are not all taken at once, nor all in one zone",
        types=REPLICATED,
        severity="medium",
        references=("kube-score deployment-has-poddisruptionbudget", "kube-score pod-topology-spread-constraints"),
    ),
)
