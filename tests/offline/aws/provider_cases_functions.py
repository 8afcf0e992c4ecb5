"""Cases of Lambda."""

from __future__ import annotations

import json

from offline.aws.values import SIGNATURE, Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World, trust

ARCHIVE, ASSET = "0def7320c3a5731c473e5ecbe6d01bc7", "c44067f5952c0a294b673a41bacd8c17"
ANSWERS = "def handler(event, context):\n    return {'number': event['number'] + 1}\n"


def code(text: str) -> Properties:
    """An archive of one module, as it travels."""
    return {SIGNATURE: ARCHIVE, "hash": text, "assets": {"main.py": {SIGNATURE: ASSET, "hash": text, "text": text}}}


def function(world: World) -> Properties:
    return {
        "code": code(ANSWERS),
        "role": function_role(world),
        "handler": "main.handler",
        "runtime": "python3.13",
        "architectures": ["arm64"],
        "timeout": 30,
        "memorySize": 256,
        "description": "one",
        "environment": {"variables": {"ONE": "1"}},
        "kmsKeyArn": world.key["arn"],
        "loggingConfig": {"logFormat": "Text", "logGroup": world.logs.id},
        "tags": {"Name": "one"},
    }


def function_role(world: World) -> str:
    if "function_role" not in world.made:
        world.add("function_role", "aws:iam/role:Role", {"assumeRolePolicy": trust("lambda.amazonaws.com")})
    return str(world.function_role["arn"])


def own_function(world: World) -> str:
    """A function that the cases of its parts share."""
    if "function" not in world.made:
        world.add("function", "aws:lambda/function:Function", {**function(world), "name": "world"})
    return str(world.function.id)


def rotating_function(world: World) -> str:
    """That function, which Secrets Manager may call."""
    if "may_rotate" not in world.made:
        permission = {"action": "lambda:InvokeFunction", "principal": "secretsmanager.amazonaws.com"}
        world.add("may_rotate", "aws:lambda/permission:Permission", {"function": own_function(world), **permission})
    return str(world.function["arn"])


CASES = [
    Case(
        "aws:lambda/function:Function",
        function,
        lambda w: {
            "code": code(ANSWERS.replace("+ 1", "+ 2")),
            "architectures": ["x86_64"],
            "timeout": 60,
            "memorySize": 512,
            "description": "two",
            "environment": {"variables": {"TWO": "2"}},
            "loggingConfig": {"logFormat": "JSON", "logGroup": w.logs.id},
            "reservedConcurrentExecutions": 1,
            "tags": {"Name": "two"},
        },
    ),
    Case(
        "aws:lambda/permission:Permission",
        lambda w: {
            "function": own_function(w),
            "action": "lambda:InvokeFunction",
            "principal": "secretsmanager.amazonaws.com",
            "sourceArn": w.secret["arn"],
            "sourceAccount": "111111111111",
        },
    ),
    Case(
        "aws:lambda/invocation:Invocation",
        lambda w: {"functionName": own_function(w), "input": json.dumps({"number": 1}), "triggers": {"task": "one"}},
    ),
    Case(
        "aws:secretsmanager/secretRotation:SecretRotation",
        lambda w: {
            "secretId": w.secret.id,
            "rotationLambdaArn": rotating_function(w),
            "rotateImmediately": False,
            "rotationRules": {"automaticallyAfterDays": 90},
        },
        lambda w: {"rotationRules": {"automaticallyAfterDays": 30}},
    ),
]
