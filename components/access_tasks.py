"""IAM documents of functions and one-off tasks, as pure functions; see `components.access`."""

from collections.abc import Sequence
from typing import Any

from components.access import Scope, Statement, allow, document, write_logs


def function_arn(scope: Scope, name: str) -> str:
    """ARN of one of our functions, known before it exists."""
    return scope.arn("lambda", f"function:{scope.prefix}-{name}")


def function_trust() -> dict[str, Any]:
    """Lambda may take the role. No condition: Lambda's page on execution roles names none, and the role's account alone
    decides which function gets it (iam:PassRole).

    Source: docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html
    """
    return document([{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}])


def function_statements(
    scope: Scope, log_group: str, statements: Sequence[Statement], *, key_alias: str | None
) -> list[Statement]:
    """What a function may do: write its log, open its environment where a key of ours closes it, and `statements`."""
    return [
        *write_logs(scope, log_group),
        *([_open_environment(scope, key_alias)] if key_alias else []),
        *statements,
    ]


def _open_environment(scope: Scope, key_alias: str) -> Statement:
    """Lambda opens the environment variables as the function's role.

    Source: docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
    """
    return allow(
        "OpenEnvironment",
        ["kms:Decrypt"],
        [scope.arn("kms", "key/*")],
        {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": [key_alias]},
            "StringEquals": {"kms:ViaService": f"lambda.{scope.region}.amazonaws.com"},
        },
    )


def invoke_function(scope: Scope, names: Sequence[str]) -> list[Statement]:
    """Calls exactly these functions of ours."""
    return [allow("InvokeFunctions", ["lambda:InvokeFunction"], [function_arn(scope, name) for name in names])]
