"""Rules on staying up under load and failure."""

from __future__ import annotations

from typing import Any

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import declared, demanded
from policies.verdict import (
    MISSING,
    PASS,
    UNKNOWN,
    Outcome,
    Properties,
    Verdict,
    combine,
    fail,
    lookup,
    require,
    undetermined,
)

CPU_PERCENT = 70
"""Requirement C4: services scale at 70 % CPU."""
LEAST_TASKS = 2
"""Requirement T1: so many tasks of an ECS service at least."""

SCALING_POLICY = "aws:appautoscaling/policy:Policy"
SCALING_TARGET = "aws:appautoscaling/target:Target"
SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
TRACKING = "targetTrackingScalingPolicyConfiguration"
PREDEFINED = f"{TRACKING}.predefinedMetricSpecification.predefinedMetricType"
CUSTOM = f"{TRACKING}.customizedMetricSpecification"

SET_TO_70 = f"set the target to {CPU_PERCENT}"


def autoscaling_cpu_70(scaler: Properties) -> Verdict:
    """Tasks at 70 % CPU still have room for the minutes that new ones need to start; a higher target drops requests."""
    if lookup(scaler, "spec") is not MISSING:
        return _hpa(scaler)
    tracks = _tracks_cpu(scaler)
    if tracks.outcome is Outcome.UNDETERMINED:
        return tracks
    if tracks.outcome is Outcome.FAIL:
        return PASS  # another metric, which has its own target
    return require(scaler, f"{TRACKING}.targetValue", CPU_PERCENT, SET_TO_70)


def autoscaling_cpu_tracked(target: Resource, graph: Graph) -> Verdict:
    """A service that scales on other metrics alone stays small while its processors are saturated."""
    namespace = lookup(target.properties, "serviceNamespace")
    if namespace is UNKNOWN:
        return undetermined("serviceNamespace")
    if namespace != "ecs":
        return PASS
    policies = [policy for policy in graph.of_type(SCALING_POLICY) if _scales(policy, target, graph)]
    outcomes = {_tracks_cpu(policy.properties).outcome for policy in policies}
    if Outcome.PASS in outcomes:
        return PASS
    if Outcome.UNDETERMINED in outcomes:
        return undetermined("resourceId", "has scaling policies whose metric is not known yet")
    return fail("resourceId", "is a service that scales, but not on CPU", f"add target tracking at {CPU_PERCENT} % CPU")


def ecs_awake(target: Resource, graph: Graph) -> Verdict:
    """A service without tasks answers nobody: sleep at night saves money where only developers are asleep, too."""
    namespace = lookup(target.properties, "serviceNamespace")
    if namespace is UNKNOWN:
        return undetermined("serviceNamespace")
    if namespace != "ecs":
        return PASS
    actions = [action for action in graph.of_type(SCHEDULED_ACTION) if _scales(action, target, graph)]
    left = [lookup(action.properties, "scalableTargetAction.maxCapacity") for action in actions]
    if any(most is not UNKNOWN and most is not MISSING and most == 0 for most in left):
        return fail("resourceId", "is a service whose tasks end at a set time", "set headroom:sleep.enabled to false")
    if UNKNOWN in left:
        return undetermined("resourceId", "has scheduled actions whose range is not known yet")
    return PASS


def ecs_resilient(service: Resource, graph: Graph) -> Verdict:
    """One task is none while it is replaced, and a new version that never starts goes on replacing the old one.

    A service that scales has as many tasks as its scalable target's least. Daemons pass, which have one a machine; so
    does the circuit breaker of services that CodeDeploy or somebody else deploys, who have their own ways back.
    """
    verdicts = [_two_tasks(service, graph)]
    controller = declared(service, "deploymentController.type")
    if controller is UNKNOWN:
        verdicts.append(undetermined("deploymentController.type"))
    elif controller in (MISSING, "", "ECS"):
        verdicts += [
            demanded(service, f"deploymentCircuitBreaker.{name}", True, f"set {name} of the circuit breaker")
            for name in ("enable", "rollback")
        ]
    return combine(verdicts)


def _two_tasks(service: Resource, graph: Graph) -> Verdict:
    if declared(service, "schedulingStrategy") == "DAEMON":
        return PASS
    remedy = f"set headroom:services.<name>.min_count to {LEAST_TASKS} or more"
    names = {lookup(service.properties, "name"), service.name}
    targets = [target for target in graph.of_type(SCALING_TARGET) if _is_target_of(target, service, names)]
    least = [declared(target, "minCapacity") for target in targets]
    if not targets:
        least = [declared(service, "desiredCount")]
    if any(count is not UNKNOWN and (not isinstance(count, int) or count < LEAST_TASKS) for count in least):
        return fail("desiredCount", f"the service may have fewer than {LEAST_TASKS} tasks", remedy)
    return undetermined("desiredCount") if UNKNOWN in least else PASS


def _is_target_of(target: Resource, service: Resource, names: set[Any]) -> bool:
    named = lookup(target.properties, "resourceId")
    if isinstance(named, str):
        return named.rpartition("/")[2] in names
    return service.urn in target.depends_on.get("resourceId", ())


def _tracks_cpu(policy: Properties) -> Verdict:
    """Pass if it is target tracking on an ECS service's CPU, fail if it is something else."""
    for path in ("policyType", TRACKING, PREDEFINED, CUSTOM, f"{CUSTOM}.metricName"):
        if lookup(policy, path) is UNKNOWN:
            return undetermined(path)
    if lookup(policy, PREDEFINED) == "ECSServiceAverageCPUUtilization":
        return PASS
    if (lookup(policy, f"{CUSTOM}.namespace"), lookup(policy, f"{CUSTOM}.metricName")) == ("AWS/ECS", "CPUUtilization"):
        return PASS
    return fail(PREDEFINED, "tracks another metric", SET_TO_70)


def _scales(policy: Resource, target: Resource, graph: Graph) -> bool:
    """Whether a policy or action belongs to a scalable target: the same resource id, or made from the same thing."""
    own, other = lookup(policy.properties, "resourceId"), lookup(target.properties, "resourceId")
    if isinstance(own, str) and isinstance(other, str):
        return own == other
    sources = set(policy.depends_on.get("resourceId", ()))
    return target.urn in sources or bool(sources & set(target.depends_on.get("resourceId", ())))


def _hpa(autoscaler: Properties) -> Verdict:
    legacy = "spec.targetCPUUtilizationPercentage"  # autoscaling/v1
    if lookup(autoscaler, legacy) is not MISSING:
        return require(autoscaler, legacy, CPU_PERCENT, SET_TO_70)
    metrics = lookup(autoscaler, "spec.metrics")
    if metrics is UNKNOWN:
        return undetermined("spec.metrics")
    paths = [f"spec.metrics[{index}]" for index in range(len(metrics) if isinstance(metrics, list) else 0)]
    names = [lookup(autoscaler, f"{path}.resource.name") for path in paths]
    on_cpu = [path for path, name in zip(paths, names, strict=True) if name == "cpu"]
    if on_cpu:
        utilization = (f"{path}.resource.target.averageUtilization" for path in on_cpu)
        return combine(require(autoscaler, path, CPU_PERCENT, SET_TO_70) for path in utilization)
    if UNKNOWN in names:
        return undetermined(f"{paths[names.index(UNKNOWN)]}.resource.name")
    return fail("spec.metrics", "holds no CPU metric", f"add a Resource metric on cpu at {CPU_PERCENT} % utilization")


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=autoscaling_cpu_70,
        title="Services scale at 70 % CPU",
        types=frozenset(
            {
                SCALING_POLICY,
                "kubernetes:autoscaling/v1:HorizontalPodAutoscaler",
                "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            }
        ),
        severity="medium",
        references=("requirement C4",),
    ),
    GraphRule(
        check=autoscaling_cpu_tracked,
        title="Every ECS service that scales does so on CPU too",
        types=frozenset({SCALING_TARGET}),
        severity="medium",
        references=("requirement C4",),
    ),
    GraphRule(
        check=ecs_awake,
        title="No service sleeps",
        types=frozenset({SCALING_TARGET}),
        severity="high",
        references=("requirement O6",),
    ),
    GraphRule(
        check=ecs_resilient,
        title="ECS services have two tasks, and go back from a version that does not start",
        types=frozenset({"aws:ecs/service:Service"}),
        severity="medium",
        references=("requirement T1",),
    ),
)
