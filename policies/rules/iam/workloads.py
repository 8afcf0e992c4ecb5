"""Rules on what runs: which of its two roles a task uses for what, and who is let into a cluster."""

from __future__ import annotations

from typing import Final

from policies.documents import read_document
from policies.graph import Graph, Resource
from policies.rule import GraphRule, Rule
from policies.rules.iam.exact import POD_IDENTITY, TASK_DEFINITION, workload_access_exact
from policies.rules.iam.grants import ROLE
from policies.verdict import MISSING, PASS, UNKNOWN, Verdict, combine, fail, lookup, undetermined

CLUSTER: Final = "aws:eks/cluster:Cluster"
ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
_ADMINISTERS: Final = ("AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy")
_RUNS: Final = ("ecs-tasks.amazonaws.com", "pods.eks.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com")


def ecs_roles_separate(task: Resource, graph: Graph) -> Verdict:
    """With one role for both, a container can do what ECS may: read secrets of its image's registry, and write logs."""
    paths = ("taskRoleArn", "executionRoleArn")
    task_role, execution_role = (lookup(task.properties, path) for path in paths)
    if MISSING in (task_role, execution_role):
        return PASS
    remedy = "make a role for the tasks themselves, with what the application does"
    if UNKNOWN not in (task_role, execution_role):
        return fail("taskRoleArn", "is the execution role, too", remedy) if task_role == execution_role else PASS
    own, ecs = ({role.urn for role in graph.behind(task, path, ROLE)} for path in paths)
    if not own or not ecs:
        return undetermined("taskRoleArn" if not own else "executionRoleArn")
    return fail("taskRoleArn", "is the execution role, too", remedy) if own & ecs else PASS


def eks_access_scoped(subject: Resource, graph: Graph) -> Verdict:
    """Whoever administers a cluster reads all its secrets and runs as any of its services.

    Access comes by access entries alone: aws-auth, a ConfigMap, is checked by nobody, and who made the cluster would
    administer it for ever without standing in any list.
    """
    if subject.type == CLUSTER:
        return combine([_authentication(subject), _creator(subject)])
    if subject.type == ENTRY:
        groups = lookup(subject.properties, "kubernetesGroups")
        if groups is UNKNOWN:
            return undetermined("kubernetesGroups")
        if isinstance(groups, list) and "system:masters" in groups:
            return fail("kubernetesGroups", "holds the group of administrators", "associate an access policy instead")
        return PASS
    policy = lookup(subject.properties, "policyArn")
    if policy is UNKNOWN:
        return undetermined("policyArn")
    if not isinstance(policy, str) or not policy.endswith(_ADMINISTERS):
        return PASS
    for role in graph.behind(subject, "principalArn", ROLE):
        if _runs_something(role):
            what = f"makes administrators of what runs with the role {role.name}"
            return fail("policyArn", what, "associate AmazonEKSViewPolicy or less, for its namespace")
    return PASS


def _authentication(cluster: Resource) -> Verdict:
    path = "accessConfig.authenticationMode"
    mode = lookup(cluster.properties, path)
    if mode is UNKNOWN:
        return undetermined(path)
    if mode == "API":
        return PASS
    return fail(path, "lets the ConfigMap aws-auth decide who gets in", "set it to API, and give access by entries")


def _creator(cluster: Resource) -> Verdict:
    path = "accessConfig.bootstrapClusterCreatorAdminPermissions"
    creator = lookup(cluster.properties, path)
    if creator is UNKNOWN:
        return undetermined(path)
    if creator is False:
        return PASS
    return fail(path, "makes whoever creates the cluster its administrator for ever", "set it to false")


def _runs_something(role: Resource) -> bool:
    """Whether a role is an application's: a service of AWS's that runs code takes it, or a cluster's own provider."""
    trust = read_document(lookup(role.properties, "assumeRolePolicy"))
    return any(
        one.value in _RUNS or (one.kind == "Federated" and "oidc.eks." in str(one.value))
        for statement in trust.allowed
        for one in statement.principals
    )


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=ecs_roles_separate,
        title="Tasks and ECS have roles of their own",
        types=frozenset({TASK_DEFINITION}),
        severity="medium",
        references=("Checkov CKV_AWS_249",),
    ),
    GraphRule(
        check=eks_access_scoped,
        title="Applications do not administer their cluster",
        types=frozenset({CLUSTER, ENTRY, ASSOCIATION}),
        severity="high",
        references=("requirement E6",),
    ),
    GraphRule(
        check=workload_access_exact,
        title="Workloads read exactly what they reference",
        types=frozenset({TASK_DEFINITION, POD_IDENTITY}),
        severity="high",
        references=("requirement E6",),
    ),
)
