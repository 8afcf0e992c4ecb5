"""How services stop scaling as they should."""

from policies.graph import Resource
from tests.policies.mutations.mutation import Mutation, put, without

SCALING_POLICY = "aws:appautoscaling/policy:Policy"
SCALING_TARGET = "aws:appautoscaling/target:Target"
SCHEDULED_ACTION = "aws:appautoscaling/scheduledAction:ScheduledAction"
TRACKING = "targetTrackingScalingPolicyConfiguration"


def on_cpu(policy: Resource) -> bool:
    return "CPU" in str(policy.properties[TRACKING])


MUTATIONS = [
    Mutation(rule="autoscaling-cpu-70", change=put(SCALING_POLICY, f"{TRACKING}.targetValue", 60, on_cpu)),
    Mutation(
        rule="autoscaling-cpu-70",
        change=put(
            "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
            "spec.metrics.0.resource.target.averageUtilization",
            90,
            lambda scaler: scaler.properties["spec"]["metrics"][0]["resource"]["name"] == "cpu",
        ),
        compute="eks",
    ),
    Mutation(
        rule="ecs-resilient",
        change=put("aws:ecs/service:Service", "deploymentCircuitBreaker.rollback", False),
        environments=("staging", "prod"),
    ),
    Mutation(rule="ecs-resilient", change=put(SCALING_TARGET, "minCapacity", 1), environments=("staging", "prod")),
    Mutation(rule="autoscaling-cpu-tracked", change=without(SCALING_POLICY, on_cpu)),
]
