"""Ways by which rights turn into more rights, and whether statements open one.

Sources: Rhino Security Labs, "AWS IAM Privilege Escalation - Methods and Mitigation" (21 methods); Bishop Fox,
iam-vulnerable (31 paths); Datadog, pathfinding.cloud; and for EKS docs.aws.amazon.com/eks/latest/userguide/
access-entries.html. The real reach of a way (which role is passed, which is taken) is judged in `roles`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from policies.documents import Statement
from policies.rules.iam.grants import Tri, all_of, any_of, covers_all, covers_some, reaches, scoped
from policies.verdict import Unknown

Target = Literal["role", "user", "group", "policy", "pass", "assume", "compute", "anything"]
"""What a step acts on, which decides how narrow it must be to lead nowhere."""


@dataclass(frozen=True)
class Step:
    """One action of a way."""

    action: str
    """In AWS's spelling."""
    target: Target
    """What it acts on."""


@dataclass(frozen=True)
class Way:
    """Steps that together lead to more rights."""

    steps: tuple[Step, ...]
    """All of them are needed; the first is the one to take away."""
    service: str = ""
    """Service that takes the passed role, `lambda`; empty where none is passed."""

    @property
    def spoken(self) -> str:
        """Its actions."""
        return " with ".join(step.action for step in self.steps)


def _alone(target: Target, *actions: str) -> list[Way]:
    return [Way((Step(action, target),)) for action in actions]


def _passing(service: str, *sets: str) -> list[Way]:
    """PassRole to a service, with each of some sets of actions that make it run something."""
    return [
        Way((Step("iam:PassRole", "pass"), *(Step(action, "anything") for action in actions.split())), service)
        for actions in sets
    ]


WAYS: Final[tuple[Way, ...]] = (
    *_alone("policy", "iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"),
    *_alone(
        "role",
        "iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "iam:DeleteRolePermissionsBoundary",
        "iam:PutRolePermissionsBoundary",
    ),
    *_alone(
        "user",
        "iam:AttachUserPolicy", "iam:PutUserPolicy", "iam:CreateAccessKey", "iam:CreateLoginProfile",
        "iam:UpdateLoginProfile", "iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary",
    ),
    *_alone("group", "iam:AttachGroupPolicy", "iam:PutGroupPolicy", "iam:AddUserToGroup"),
    *_alone("assume", "sts:AssumeRole"),
    *_passing("ec2", "ec2:RunInstances", "ec2:RequestSpotInstances", "ec2:AssociateIamInstanceProfile",
              "ec2:ReplaceIamInstanceProfileAssociation", "autoscaling:CreateLaunchConfiguration "
              "autoscaling:CreateAutoScalingGroup", "ec2:CreateLaunchTemplate autoscaling:CreateAutoScalingGroup"),
    *_passing("lambda", "lambda:CreateFunction lambda:InvokeFunction", "lambda:CreateFunction lambda:AddPermission",
              "lambda:CreateFunction lambda:CreateEventSourceMapping",
              "lambda:UpdateFunctionConfiguration lambda:UpdateFunctionCode"),
    *_passing("ecs-tasks", "ecs:RegisterTaskDefinition ecs:RunTask", "ecs:RegisterTaskDefinition ecs:StartTask",
              "ecs:RegisterTaskDefinition ecs:CreateService", "ecs:RegisterTaskDefinition ecs:UpdateService",
              "ecs:RunTask ecs:ExecuteCommand"),
    *_passing("pods.eks", "eks:CreatePodIdentityAssociation", "eks:UpdatePodIdentityAssociation"),
    *_passing("cloudformation", "cloudformation:CreateStack", "cloudformation:UpdateStack",
              "cloudformation:CreateChangeSet cloudformation:ExecuteChangeSet", "cloudformation:CreateStackSet",
              "cloudformation:UpdateStackSet"),
    *_passing("codebuild", "codebuild:CreateProject codebuild:StartBuild",
              "codebuild:CreateProject codebuild:StartBuildBatch", "codebuild:UpdateProject codebuild:StartBuild"),
    *_passing("codepipeline", "codepipeline:CreatePipeline"),
    *_passing("datapipeline", "datapipeline:CreatePipeline datapipeline:PutPipelineDefinition"),
    *_passing("glue", "glue:CreateDevEndpoint", "glue:CreateJob glue:StartJobRun", "glue:CreateJob glue:CreateTrigger",
              "glue:UpdateJob glue:StartJobRun", "glue:UpdateJob glue:CreateTrigger", "glue:CreateSession"),
    *_passing("sagemaker", "sagemaker:CreateNotebookInstance", "sagemaker:CreateTrainingJob",
              "sagemaker:CreateProcessingJob", "sagemaker:CreateHyperParameterTuningJob"),
    *_passing("build.apprunner", "apprunner:CreateService"),
    *_passing("states", "states:CreateStateMachine states:StartExecution", "states:UpdateStateMachine"),
    *_passing("scheduler", "scheduler:CreateSchedule", "scheduler:UpdateSchedule"),
    *_passing("events", "events:PutRule events:PutTargets"),
    *_passing("ssm", "ssm:StartAutomationExecution"),
    *_passing("batch", "batch:RegisterJobDefinition batch:SubmitJob"),
    *_passing("elasticmapreduce", "elasticmapreduce:RunJobFlow"),
    *_passing("bedrock-agentcore", "bedrock-agentcore:CreateCodeInterpreter bedrock-agentcore:InvokeCodeInterpreter"),
    *_alone(
        "compute",
        "lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration", "ssm:SendCommand", "ssm:StartSession",
        "ecs:ExecuteCommand", "ec2-instance-connect:SendSSHPublicKey", "glue:UpdateDevEndpoint",
        "codebuild:StartBuild", "cloudformation:UpdateStack", "sagemaker:CreatePresignedNotebookInstanceUrl",
        "apprunner:UpdateService",
    ),
    Way((Step("ec2:ModifyInstanceAttribute", "compute"), Step("ec2:StopInstances", "anything"),
         Step("ec2:StartInstances", "anything"))),
    Way((Step("ec2:CreateLaunchTemplateVersion", "compute"), Step("ec2:ModifyLaunchTemplate", "compute"))),
    Way((Step("cloudformation:CreateChangeSet", "compute"), Step("cloudformation:ExecuteChangeSet", "compute"))),
    Way((Step("bedrock-agentcore:StartCodeInterpreterSession", "compute"),
         Step("bedrock-agentcore:InvokeCodeInterpreter", "compute"))),
    Way((Step("sagemaker:UpdateNotebookInstance", "compute"),
         Step("sagemaker:CreateNotebookInstanceLifecycleConfig", "anything"))),
    Way((Step("eks:CreateAccessEntry", "compute"), Step("eks:AssociateAccessPolicy", "compute"))),
)  # fmt: skip
"""Every way that is looked for."""

ESCALATING: Final = frozenset(step.action for way in WAYS for step in way.steps if step.target != "anything")
"""Actions that start a way: the rules on escalation speak of them."""

BEGINNING: Final = frozenset(action.lower() for action in ESCALATING)
"""The same in lower case."""
ACTIONS: Final = frozenset(step.action for way in WAYS for step in way.steps)
"""Every step of a way."""
_ACTIONS: Final = frozenset(action.lower() for action in ACTIONS)
_GUARDS: Final[dict[Target, tuple[str, ...]]] = {
    "role": ("iam:permissionsboundary", "iam:policyarn"),
    "user": ("iam:permissionsboundary", "iam:policyarn"),
    "group": ("iam:policyarn",),
    "compute": ("eks:principalarn", "ecs:cluster"),
}
"""Conditions by which a step leads no further: what it makes stays within a boundary, or may hold listed policies only.
Source: docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html#access_policies_boundaries-delegate"""
_SELF: Final = "${aws:username}"
"""Users may be let change their own keys: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_examples_aws_
my-sec-creds-self-manage.html"""
_OF_ONESELF: Final = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")

Reach = Callable[[Statement, Step, Way], Tri]
"""Whether a statement that allows a step's action reaches something that matters."""


def broadly(statement: Statement, step: Step, way: Way) -> Tri:
    """Whether a statement alone, without knowing what exists, reaches more than what it names one by one."""
    if step.target == "anything":
        return True
    if scoped(statement) or guarded(statement, step):
        return False
    if step.target == "pass":
        return all_of([reaches(statement, covers_all), passes_to(statement, way.service)])
    if step.action in _OF_ONESELF:
        return reaches(statement, lambda pattern: covers_some(pattern.replace(_SELF, "")) and _SELF not in pattern)
    return reaches(statement, covers_some if step.target in ("role", "user", "group", "policy") else covers_all)


def broad(statement: Statement) -> bool:
    """Whether a statement names no resource."""
    return reaches(statement, covers_all) is True


def opened(statements: Sequence[Statement], reach: Reach) -> list[tuple[Way, Statement, Tri]]:
    """The ways that statements open, each with the statement of its first step and whether that is certain."""
    granting: dict[str, list[Statement]] = {}
    for statement in statements:
        for action in statement.maybe_grants(_ACTIONS):
            granting.setdefault(action, []).append(statement)
    found: list[tuple[Way, Statement, Tri]] = []
    for way in WAYS:
        if not all(step.action.lower() in granting for step in way.steps):
            continue
        steps = [_step(granting[step.action.lower()], step, way, reach) for step in way.steps]
        outcome = all_of(outcome for outcome, _ in steps)
        if outcome is not False and steps[0][1] is not None:
            found.append((way, steps[0][1], outcome))
    return found


def _step(statements: Sequence[Statement], step: Step, way: Way, reach: Reach) -> tuple[Tri, Statement | None]:
    """Whether any statement allows a step, and which."""
    unsure: Statement | None = None
    for statement in statements:
        granted = statement.grants(step.action)
        outcome = False if granted is False else all_of([granted, reach(statement, step, way)])
        if isinstance(statement.effect, Unknown) and outcome:
            outcome = None
        if outcome:
            return True, statement
        if outcome is None:
            unsure = unsure or statement
    return (None if unsure else False), unsure


def guarded(statement: Statement, step: Step) -> bool:
    """Whether a condition keeps what a step makes within limits."""
    keys = _GUARDS.get(step.target, ())
    return any(
        condition.binding and condition.key in keys and not any(_open(value) for value in condition.values)
        for condition in statement.conditions
    )


def passes_to(statement: Statement, service: str) -> Tri:
    """Whether a statement that allows PassRole allows it to a service."""
    conditions = [one for one in statement.condition("iam:passedtoservice") if one.binding]
    return all_of(
        any_of(
            None
            if isinstance(value, Unknown)
            else value == f"{service}.amazonaws.com" or "*" in value or value.startswith(f"{service}.")
            for value in condition.values
        )
        for condition in conditions
    )


def _open(value: str | Unknown) -> bool:
    """Whether a condition's value lets anything through, or any of AWS's own policies."""
    return isinstance(value, str) and (value == "*" or covers_all(value) or value.endswith(_ADMINISTRATORS))


_ADMINISTRATORS = ("policy/AdministratorAccess", "policy/IAMFullAccess", "policy/PowerUserAccess")
