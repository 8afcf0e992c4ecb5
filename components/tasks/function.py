"""A Lambda function of ours: its code, its role, its log group."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope, Statement
from components.constraints import log_retention_problems, require, within
from components.links import FunctionLink, KeyLink
from components.tasks.statements import function_arn, function_statements, function_trust

SOURCES = Path(__file__).resolve().parents[2] / "functions"
"""The package `functions`: a folder a function, beside modules that they share."""
RUNTIME = "python3.13"
MAX_SECONDS = 900
"""Longest call of Lambda's, in seconds."""
LAMBDA_LIMITS = "docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"


@dataclass(frozen=True, kw_only=True)
class FunctionArgs:
    """What a function is."""

    scope: Scope
    """Account, region and name space of names and policies."""
    key: KeyLink
    """Key for its log and its environment; its policy must admit log groups below `/<namespace>/function/`."""
    folder: str
    """Folder below `functions/`; its module `main` has the function `handler(event, context)`."""
    also: Sequence[str] = ()
    """Other folders below `functions/` whose modules it imports."""
    description: str
    """What it is for, for people who read the console."""
    log_retention_days: int
    """Days that its log is kept."""
    statements: Sequence[Statement] = ()
    """What it may do in AWS, beside writing its log."""
    environment: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)
    """Environment variables; never a secret."""
    timeout_seconds: int = 60
    """Time after which AWS stops a call, in seconds; 900 at most."""
    memory_mib: int = 256
    """Memory in MiB; its share of CPU grows with it, to one vCPU at 1769 MiB."""
    role_name: str | None = None
    """Name of its role, where a policy elsewhere names it; else one that nobody knows beforehand."""

    def __post_init__(self) -> None:
        require(
            [
                *within("timeout_seconds", self.timeout_seconds, 1, MAX_SECONDS, "seconds", LAMBDA_LIMITS),
                *within("memory_mib", self.memory_mib, 128, 10240, "MiB", LAMBDA_LIMITS),
                *log_retention_problems(self.log_retention_days),
            ]
        )
        if not (SOURCES / self.folder / "main.py").is_file():
            raise ValueError(f"folder is {self.folder}: functions/{self.folder}/main.py is missing; write it")


def code(*folders: str) -> pulumi.AssetArchive:
    """The folders' modules and those that all share, under the names by which they import each other.

    As texts: neither compiled files nor the place of the checkout count as a change.
    """
    found = sorted([*SOURCES.glob("*.py"), *(path for folder in folders for path in (SOURCES / folder).rglob("*.py"))])
    return pulumi.AssetArchive(
        {
            path.relative_to(SOURCES.parent).as_posix(): pulumi.StringAsset(path.read_text(encoding="utf-8"))
            for path in found
        }
    )


class Function(pulumi.ComponentResource):
    """A Python function, outside of the VPC: it talks to AWS's own interfaces only.

    Its name is fixed, `<prefix>-<name>`, and so is its log group's, so that policies know both in the first preview.
    """

    link: FunctionLink
    """What others need to call it."""
    log_group: str
    """Name of its log group."""

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:compute:Function", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self.log_group = f"/{args.scope.namespace}/function/{name}"
        logs = aws.cloudwatch.LogGroup(
            name,
            name=self.log_group,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.key.arn,
            opts=self._child,
        )
        role, policy = self._make_role()
        made = self._make_function(role, [logs, policy])
        self.link = FunctionLink(
            name=f"{args.scope.prefix}-{name}",
            arn=function_arn(args.scope, name),
            made_arn=made.arn,
            ready=[made, policy],
        )
        self.register_outputs({"arn": made.arn, "logGroup": self.log_group})

    def _make_role(self) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        args, name = self._args, self._name
        role = aws.iam.Role(
            name,
            name=args.role_name,
            description=f"Function {name}: {args.description}",
            assume_role_policy=json.dumps(function_trust()),
            opts=self._child,
        )
        statements = function_statements(
            args.scope, self.log_group, args.statements, key_alias=args.key.alias if args.environment else None
        )
        policy = aws.iam.RolePolicy(
            name, role=role.name, policy=json.dumps(access.document(statements)), opts=self._child
        )
        return role, policy

    def _make_function(self, role: aws.iam.Role, before: Sequence[pulumi.Resource]) -> aws.lambda_.Function:
        args = self._args
        environment = aws.lambda_.FunctionEnvironmentArgs(variables=args.environment) if args.environment else None
        return aws.lambda_.Function(
            self._name,
            name=f"{args.scope.prefix}-{self._name}",
            description=args.description,
            runtime=RUNTIME,
            architectures=["arm64"],
            handler=f"functions.{args.folder}.main.handler",
            code=code(args.folder, *args.also),
            role=role.arn,
            timeout=args.timeout_seconds,
            memory_size=args.memory_mib,
            environment=environment,
            kms_key_arn=args.key.arn if args.environment else None,
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="Text", log_group=self.log_group),
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
