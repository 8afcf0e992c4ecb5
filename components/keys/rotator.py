"""What rotates secrets: one function for all of them, called by Secrets Manager when it is time, and every hour."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi
import pulumi_aws as aws

from components.access import Scope, Statement
from components.keys.names import Rotated
from components.keys.statements import rotator_role
from components.links import FunctionLink, KeyLink, RotatorLink
from components.tasks.function import MAX_SECONDS, Function, FunctionArgs

EVERY = "rate(1 hour)"
LONGEST_INPUT = 8192
"""Characters that a rule's target is told at most (docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html)."""


@dataclass(frozen=True, kw_only=True)
class RotatorArgs:
    """What is rotated, and what that takes."""

    scope: Scope
    """Account, region and name space of names and policies."""
    key: KeyLink
    """Key for its log and its environment."""
    secrets: Mapping[str, Rotated]
    """Name of each secret that it rotates, to how."""
    digests: Mapping[str, Sequence[str]]
    """Name of each secret with digests, to the consumers whose keys stand in it."""
    statements: Sequence[Statement]
    """What it may do in AWS."""
    cluster_arn: pulumi.Input[str] | None
    """ECS cluster of the services that it rolls; None where they run elsewhere."""
    log_retention_days: int
    """Days that its log is kept."""
    settle_seconds: int
    """How long a new API key's digest is out before the key is used: longer than verifiers go by older digests."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """More variables."""


class Rotator(pulumi.ComponentResource):
    """The function, who may call it, and the rule that calls it every hour.

    Each secret's own schedule comes with the secret (`rotated`), so that a secret and its rotation go together.
    """

    link: RotatorLink
    """What a secret needs to be rotated."""
    function: FunctionLink
    """The function, for its alarm."""

    def __init__(self, name: str, args: RotatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:security:Rotator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        cluster = {"CLUSTER": args.cluster_arn} if args.cluster_arn is not None else {}
        function = Function(
            name,
            FunctionArgs(
                scope=args.scope,
                key=args.key,
                folder="rotate_secret",
                also=["run_task"],
                description="Rotates API keys and passwords, and ends the old ones",
                log_retention_days=args.log_retention_days,
                statements=args.statements,
                environment={"SETTLE_SECONDS": str(args.settle_seconds), **cluster, **args.environment},
                timeout_seconds=MAX_SECONDS,
                role_name=rotator_role(args.scope, name),
            ),
            child,
        )
        self.function = function.link
        secrets = args.scope.arn("secretsmanager", f"secret:{args.scope.namespace}/*")
        permission = self._admit(name, "secrets", "secretsmanager.amazonaws.com", secrets, args.scope)
        self._call_every_hour(name, args)
        self.link = RotatorLink(name=name, function=self.function, ready=[*self.function.ready, permission])
        self.register_outputs({"function": self.function.name})

    def _admit(self, name: str, who: str, principal: str, source_arn: str, scope: Scope) -> aws.lambda_.Permission:
        """One AWS service may call the function, for this account's own things only.

        Source: docs.aws.amazon.com/secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html
        """
        return aws.lambda_.Permission(
            f"{name}-{who}",
            function=self.function.made_arn,
            action="lambda:InvokeFunction",
            principal=principal,
            source_account=scope.account,
            source_arn=source_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _call_every_hour(self, name: str, args: RotatorArgs) -> None:
        told = json.dumps({"Action": "sweep", "Secrets": sorted(args.secrets), "Digests": sorted_digests(args.digests)})
        if len(told) > LONGEST_INPUT:
            raise ValueError(f"secrets are {len(args.secrets)}, too many for one rule, which tells a function 8 KiB")
        rule = aws.cloudwatch.EventRule(
            name,
            name=self.function.name,
            description="Ends old credentials when their time is over",
            schedule_expression=EVERY,
            opts=pulumi.ResourceOptions(parent=self),
        )
        source = args.scope.arn("events", f"rule/{self.function.name}")
        permission = self._admit(name, "clock", "events.amazonaws.com", source, args.scope)
        aws.cloudwatch.EventTarget(
            name,
            rule=rule.name,
            target_id=name,
            arn=self.function.made_arn,
            input=told,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission, *self.function.ready]),
        )


def sorted_digests(digests: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The same from run to run."""
    return {name: sorted(digests[name]) for name in sorted(digests)}
