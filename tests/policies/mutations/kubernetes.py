"""How pods get out of their world, and how what surrounds them stops to hold."""

from tests.policies.mutations.mutation import Mutation, added, drop, put, without

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CRON_JOB = "kubernetes:batch/v1:CronJob"
SCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
CLUSTER_ROLE = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole"
BINDING = "kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding"
POD = "spec.template.spec"
JOB_POD = "spec.jobTemplate.spec.template.spec"
CONTAINER = f"{POD}.containers.0"

EVERYWHERE = ("dev", "staging", "prod")
NOT_IN_DEV = ("staging", "prod")
"""Dev runs one pod of each service by design."""

MUTATIONS = [
    Mutation(rule=rule, change=change, compute="eks", environments=environments)
    for rule, change, environments in (
        ("pod-restricted", put(DEPLOYMENT, f"{POD}.hostNetwork", True), EVERYWHERE),
        ("pod-restricted", put(DEPLOYMENT, f"{CONTAINER}.securityContext.privileged", True), EVERYWHERE),
        ("pod-restricted", drop(DEPLOYMENT, f"{POD}.securityContext.seccompProfile"), EVERYWHERE),
        ("pod-restricted", drop(CRON_JOB, f"{JOB_POD}.securityContext.runAsNonRoot"), EVERYWHERE),
        ("pod-resources", drop(DEPLOYMENT, f"{CONTAINER}.resources.limits.memory"), EVERYWHERE),
        ("pod-resources", drop(CRON_JOB, f"{JOB_POD}.containers.0.resources"), EVERYWHERE),
        ("sa-token-off", put(DEPLOYMENT, f"{POD}.automountServiceAccountToken", True), EVERYWHERE),
        ("sa-token-off", drop(CRON_JOB, f"{JOB_POD}.serviceAccountName"), EVERYWHERE),
        ("rbac-scoped", put(CLUSTER_ROLE, "rules.0.verbs", ["*"]), EVERYWHERE),
        ("rbac-scoped", put(BINDING, "subjects.0.name", "system:serviceaccounts:api"), EVERYWHERE),
        ("rbac-scoped", put(BINDING, "roleRef.name", "cluster-admin"), EVERYWHERE),
        (
            "network-policy",
            without("kubernetes:networking.k8s.io/v1:NetworkPolicy", lambda one: one.name.endswith("-deny")),
            EVERYWHERE,
        ),
        (
            "network-policy",
            added("kubernetes:core/v1:Namespace", "another", {"metadata": {"name": "another"}}),
            EVERYWHERE,
        ),
        ("hpa-bounds", put(SCALER, "spec.minReplicas", 1), NOT_IN_DEV),
        ("hpa-bounds", put(SCALER, "spec.scaleTargetRef.name", "gone"), NOT_IN_DEV),
        (
            "pdb-and-spread",
            without("kubernetes:policy/v1:PodDisruptionBudget"),
            EVERYWHERE,
        ),
        ("pdb-and-spread", drop(DEPLOYMENT, f"{POD}.topologySpreadConstraints"), EVERYWHERE),
    )
]
