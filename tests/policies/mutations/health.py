"""How it is no longer noticed that something does not work."""

from tests.policies.mutations.mutation import Mutation, drop, edit_containers, edit_each, put

TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def as_readiness(properties):
    """What decides about requests decides about restarts, too."""
    container = properties["spec"]["template"]["spec"]["containers"][0]
    if "readinessProbe" in container:
        container["livenessProbe"] = container["readinessProbe"]


MUTATIONS = [
    Mutation(rule="target-health-check", change=drop(TARGET_GROUP, "healthCheck.path")),
    Mutation(rule="target-health-check", change=drop(TARGET_GROUP, "healthCheck"), compute="eks"),
    Mutation(rule="container-health", change=put("aws:ecs/service:Service", "healthCheckGracePeriodSeconds", 0)),
    Mutation(rule="container-health", change=edit_containers(lambda container: container.pop("healthCheck"))),
    Mutation(
        rule="pod-probes", change=drop(DEPLOYMENT, "spec.template.spec.containers.0.livenessProbe"), compute="eks"
    ),
    Mutation(rule="pod-probes", change=edit_each(DEPLOYMENT, as_readiness), compute="eks"),
    Mutation(rule="stickiness-off", change=put(TARGET_GROUP, "stickiness.enabled", True)),
    Mutation(
        rule="stickiness-off",
        change=put("kubernetes:core/v1:Service", "spec.sessionAffinity", "ClientIP"),
        compute="eks",
    ),
]
