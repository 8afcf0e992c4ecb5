"""How rights are made too wide: documents, roles, attachments, trust, and what resources let in."""

import json
from collections.abc import Callable
from typing import Any

from policies.graph import Graph, Resource
from tests.policies.mutations.mutation import Change, Mutation, edit_each, put, with_fields

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
MANAGED = "arn:aws:iam::aws:policy"
DEPLOY = "ci-deploy"
"""Whoever deploys has the boundary, and nobody passes or takes that role: what is added here opens nothing else."""
PROMOTE = "ci-promote"
"""Has no boundary: it changes nothing."""


def called(*names: str) -> Callable[[Resource], bool]:
    """The resources of some names."""
    return lambda resource: resource.name in names


def rewritten(
    where: str | Callable[[Resource], bool], rewrite: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]
) -> Change:
    """Other statements in an inline policy, by its name or otherwise."""

    def edit(properties: dict[str, Any]) -> None:
        document = json.loads(properties["policy"])
        properties["policy"] = json.dumps({**document, "Statement": rewrite(document["Statement"])})

    return edit_each(ROLE_POLICY, edit, called(where) if isinstance(where, str) else where)


def allowing(name: str, actions: list[str], *resources: str, **others: Any) -> Change:
    """One more statement in an inline policy."""
    more = {"Effect": "Allow", "Action": actions, "Resource": list(resources), **others}
    return rewritten(name, lambda statements: [*statements, more])


def trusting(name: str, principal: Any, **others: Any) -> Change:
    """Another trust of a role."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", **others}
    return put(ROLE, "assumeRolePolicy", json.dumps({"Statement": [statement]}), called(name))


def all_of(*changes: Change) -> Change:
    """Several changes, one after the other."""

    def change(graph: Graph) -> Graph:
        for one in changes:
            graph = one(graph)
        return graph

    return change


def that_passes(policy: Resource) -> bool:
    return "iam:PassRole" in str(policy.properties.get("policy"))


def passes_to_anybody(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {k: v for k, v in one.items() if k != "Condition" or "iam:PassRole" not in one["Action"]} for one in statements
    ]


def without_denials(statements: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in statements if one["Effect"] == "Allow"]


ANYBODY = {"AWS": "*"}
GITHUB = "token.actions.githubusercontent.com"
ANY_BRANCH = {
    "StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"},
    "StringLike": {f"{GITHUB}:sub": "repo:your-organization@0/your-repository@0:*"},
}
takes_deploy = all_of(
    rewritten(PROMOTE, without_denials),
    allowing(PROMOTE, ["sts:AssumeRole"], "arn:aws:iam::1:role/headroom-*-ci-deploy"),
    trusting(DEPLOY, {"AWS": "arn:aws:iam::111111111111:role/headroom-prod-ci-promote"}),
)

MUTATIONS = [
    Mutation(rule="iam-no-admin-document", change=allowing(DEPLOY, ["*"], "*")),
    Mutation(
        rule="iam-no-allow-notaction",
        change=rewritten(DEPLOY, lambda old: [*old, {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}]),
    ),
    Mutation(rule="iam-no-service-wildcard", change=allowing(DEPLOY, ["sqs:*"], "arn:aws:sqs:eu-central-1:1:a")),
    Mutation(rule="iam-resource-scoped", change=allowing(DEPLOY, ["sqs:SendMessage"], "*")),
    Mutation(rule="iam-kms-decrypt-scoped", change=allowing(DEPLOY, ["kms:Decrypt"], "arn:aws:kms:*:1:key/*")),
    Mutation(rule="iam-no-credential-exposure", change=allowing(DEPLOY, ["ssm:GetParameter"], "*")),
    Mutation(rule="iam-no-escalation", change=allowing(DEPLOY, ["iam:PutRolePolicy"], "arn:aws:iam::1:role/*")),
    Mutation(
        rule="iam-no-escalation-role",
        change=allowing(PROMOTE, ["iam:PutRolePolicy"], "arn:aws:iam::1:role/headroom-staging-ci-promote"),
        environments=("staging",),
    ),
    Mutation(rule="iam-no-escalation-role", change=takes_deploy, environments=("prod",)),
    Mutation(rule="iam-passrole-scoped", change=rewritten(that_passes, passes_to_anybody)),
    Mutation(rule="iam-boundary-required", change=allowing(PROMOTE, ["iam:DeleteRole"], "arn:aws:iam::1:role/a")),
    Mutation(
        rule="iam-no-admin-attachment",
        change=put(ATTACHMENT, "policyArn", f"{MANAGED}/IAMFullAccess", called("ci-preview-1")),
    ),
    Mutation(
        rule="iam-managed-allowlist",
        change=put(ATTACHMENT, "policyArn", f"{MANAGED}/ReadOnlyAccess", called("ci-preview-1")),
    ),
    Mutation(rule="iam-trust-scoped", change=trusting("frontend-consumer", ANYBODY)),
    Mutation(
        rule="iam-oidc-exact",
        change=trusting(DEPLOY, {"Federated": f"arn:aws:iam::1:oidc-provider/{GITHUB}"}, Condition=ANY_BRANCH),
    ),
    Mutation(rule="iam-no-confused-deputy", change=trusting("api-execution", {"Service": "ecs-tasks.amazonaws.com"})),
    Mutation(
        rule="eks-access-scoped",
        change=put("aws:eks/cluster:Cluster", "accessConfig.authenticationMode", "API_AND_CONFIG_MAP"),
        compute="eks",
    ),
    Mutation(rule="kms-policy-scoped", change=put("aws:kms/key:Key", "bypassPolicyLockoutSafetyCheck", True)),
]


def one_role_for_both(graph: Graph) -> Graph:
    """The web tasks run with the role by which ECS starts them."""
    [execution] = [role.urn for role in graph.of_type(ROLE) if role.name == "web-execution"]
    [task] = [one for one in graph.of_type("aws:ecs/taskDefinition:TaskDefinition") if one.name == "web"]
    sources = {**task.depends_on, "taskRoleArn": (execution,)}
    return with_fields(task.type, called("web"), depends_on=sources)(graph)


def everybody_sends(properties: dict[str, Any]) -> None:
    document = json.loads(properties["policy"])
    document["Statement"].append({"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"})
    properties["policy"] = json.dumps(document)


def secrets_of(statements: list[dict[str, Any]], change: Callable[[list[str]], list[str]]) -> list[dict[str, Any]]:
    """Other secrets in the statement that reads them."""
    return [
        {**one, "Resource": change(one["Resource"])} if "secretsmanager:GetSecretValue" in one["Action"] else one
        for one in statements
    ]


def of_the_worker(arns: list[str]) -> list[str]:
    return [*arns, arns[0].partition("service/api")[0] + "service/worker/database-??????"]


MUTATIONS += [
    Mutation(rule="ecs-roles-separate", change=one_role_for_both),
    Mutation(
        rule="resource-policy-private",
        change=edit_each("aws:sqs/queuePolicy:QueuePolicy", everybody_sends, called("jobs")),
    ),
    Mutation(
        rule="workload-access-exact",
        change=rewritten("api-execution", lambda old: secrets_of(old, of_the_worker)),
    ),
    Mutation(
        rule="workload-access-exact",
        change=rewritten("worker-execution", lambda old: secrets_of(old, lambda arns: arns[:1])),
    ),
    Mutation(
        rule="workload-access-exact",
        change=rewritten("api-pod", lambda old: secrets_of(old, of_the_worker)),
        compute="eks",
    ),
    Mutation(
        rule="workload-access-exact",
        change=rewritten("worker-execution", lambda old: [one for one in old if one["Action"] != ["kms:Decrypt"]]),
    ),
    Mutation(
        rule="consumer-least-privilege",
        change=allowing("frontend-consumer", ["s3:PutObject"], "arn:aws:s3:::headroom-prod-uploads-333333333333/*"),
        environments=("prod",),
    ),
    Mutation(
        rule="consumer-least-privilege",
        change=allowing("backend-consumer", ["s3:PutObject"], "arn:aws:s3:::headroom-prod-uploads-333333333333/*"),
        environments=("dev", "staging"),
    ),
]
