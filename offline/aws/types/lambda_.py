"""Lambda: functions, who may call them, and calls that a deployment makes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.archives import zipped
from offline.aws.connection import AwsError
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging


def _code(scope: Scope) -> Iterator[Mapping[str, Any]]:
    yield {"Code": {"ZipFile": zipped(scope["code"])}} if isinstance(scope.get("code"), Mapping) else {}


def _new_code(scope: Scope) -> Iterator[Mapping[str, Any]]:
    yield {"ZipFile": zipped(scope["code"])} if isinstance(scope.get("code"), Mapping) else {}


_CONFIGURATION = (
    "role",
    "handler",
    "description",
    "timeout",
    "memorySize",
    "vpcConfig",
    "environment",
    "runtime",
    "deadLetterConfig",
    "kmsKeyArn",
    "tracingConfig",
    "layers",
    "ephemeralStorage",
    "loggingConfig",
)

_INVOKE_ARN = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/{item.FunctionArn}/invocations"

FUNCTION = ResourceType(
    token="aws:lambda/function:Function",
    service="lambda",
    create=(
        Call(
            operation="create_function",
            names={
                "name": "FunctionName",
                "code": "",
                "s3Bucket": "Code.S3Bucket",
                "s3Key": "Code.S3Key",
                "s3ObjectVersion": "Code.S3ObjectVersion",
                "imageUri": "Code.ImageUri",
            },
            skip=("reservedConcurrentExecutions",),
            each=_code,
            extended=True,
        ),
        Call(
            operation="put_function_concurrency",
            params={"FunctionName": "$id"},
            only=("reservedConcurrentExecutions",),
        ),
    ),
    id="{answer.FunctionName}",
    find=(
        Find(operation="get_function", params={"FunctionName": "$id"}, path="Configuration", extended=True),
        Find(operation="get_function_concurrency", params={"FunctionName": "$id"}, optional=True),
    ),
    update=(
        Call(
            operation="update_function_configuration",
            params={"FunctionName": "$id"},
            only=_CONFIGURATION,
            extended=True,
        ),
        Call(
            operation="update_function_code",
            params={"FunctionName": "$id"},
            names={"code": "", "s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"},
            only=("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri", "architectures"),
            each=_new_code,
            extended=True,
        ),
        Call(
            operation="put_function_concurrency",
            params={"FunctionName": "$id"},
            only=("reservedConcurrentExecutions",),
            when=lambda scope: scope.get("reservedConcurrentExecutions") is not None,
        ),
        Call(
            operation="delete_function_concurrency",
            params={"FunctionName": "$id"},
            names={"reservedConcurrentExecutions": ""},
            only=("reservedConcurrentExecutions",),
            when=lambda scope: scope.get("reservedConcurrentExecutions") is None,
        ),
    ),
    delete=(Call(operation="delete_function", params={"FunctionName": "$id"}),),
    replace=("name", "packageType"),
    one_of=(("code", "s3Bucket", "imageUri"),),
    autoname=Autoname(longest=64, prefix_property=""),
    local=("sourceCodeHash",),
    hidden=("code", "s3Bucket", "s3Key", "s3ObjectVersion", "imageUri"),
    lost=("tracingConfig", "deadLetterConfig", "ephemeralStorage"),
    default={"memorySize": 128, "timeout": 3, "packageType": "Zip"},
    on_removal={"description": "", "environment": {"variables": {}}, "layers": [], "kmsKeyArn": ""},
    unordered=("layers", "vpcConfig.subnetIds", "vpcConfig.securityGroupIds"),
    reads={"reservedConcurrentExecutions": "ReservedConcurrentExecutions"},
    outputs={
        "name": "FunctionName",
        "arn": "FunctionArn",
        "version": "Version",
        "lastModified": "LastModified",
        "codeSha256": "CodeSha256",
        "sourceCodeSize": "CodeSize",
        "qualifiedArn": lambda scope: f"{scope['item']['FunctionArn']}:{scope['item']['Version']}",
        "invokeArn": _INVOKE_ARN,
    },
    predicted={"arn": "arn:{partition}:lambda:{region}:{account}:function:{name}"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"Resource": "$arn", "Tags": "$tags_added_map"}),
        remove=Call(operation="untag_resource", params={"Resource": "$arn", "TagKeys": "$tags_removed"}),
        find=Find(operation="list_tags", params={"Resource": "$arn"}, path="Tags"),
    ),
    note="Python code is run on this machine, by the project's own Python",
)


def _statement(found: Any, scope: Scope) -> Any:
    statements = json.loads(found["Policy"])["Statement"]
    return next((s for s in statements if s.get("Sid") == scope["id"]), None)


def _principal(scope: Scope) -> Any:
    principal = scope["item"].get("Principal")
    return next(iter(principal.values())) if isinstance(principal, Mapping) else principal


def _condition(operator: str, key: str) -> Any:
    def read(scope: Scope) -> Any:
        return scope["item"].get("Condition", {}).get(operator, {}).get(key, paths.MISSING)

    return read


PERMISSION = ResourceType(
    token="aws:lambda/permission:Permission",
    service="lambda",
    create=(
        Call(
            operation="add_permission",
            names={"function": "FunctionName", "principalOrgId": "PrincipalOrgID"},
            skip=("statementIdPrefix",),
        ),
    ),
    id="{statementId}",
    find=(
        Find(
            operation="get_policy",
            params={"FunctionName": "$function", "Qualifier": "$qualifier"},
            pick=_statement,
        ),
    ),
    delete=(
        Call(
            operation="remove_permission",
            params={"FunctionName": "$function", "StatementId": "$id", "Qualifier": "$qualifier"},
        ),
    ),
    replace=(
        "action",
        "function",
        "principal",
        "sourceArn",
        "sourceAccount",
        "statementId",
        "statementIdPrefix",
        "qualifier",
        "eventSourceToken",
        "principalOrgId",
        "functionUrlAuthType",
        "invokedViaFunctionUrl",
    ),
    autoname=Autoname(property="statementId", longest=100, prefix_property="statementIdPrefix"),
    lost=("eventSourceToken", "principalOrgId", "functionUrlAuthType", "invokedViaFunctionUrl"),
    hidden=("function", "qualifier"),
    reads={
        "statementId": "Sid",
        "action": "Action",
        "principal": _principal,
        "sourceArn": _condition("ArnLike", "AWS:SourceArn"),
        "sourceAccount": _condition("StringEquals", "AWS:SourceAccount"),
    },
    outputs={"statementId": "Sid"},
)


def _payload(scope: Scope) -> Iterator[Mapping[str, Any]]:
    yield {"Payload": str(scope["input"]).encode()} if isinstance(scope.get("input"), str) else {}


def _invoked(scope: Scope) -> str:
    """An id that tells one call from another. Raises AwsError with what the function said when it failed."""
    answer = scope["answer"]
    if answer.get("FunctionError"):
        said = json.loads(answer["Payload"] or "{}")
        raise AwsError(f"Invoke {scope['functionName']}", str(said.get("errorType")), str(said.get("errorMessage")))
    version = answer.get("ExecutedVersion") or scope.get("qualifier")
    return f"{scope['functionName']}_{version}" if version else "invoked"


INVOCATION = ResourceType(
    token="aws:lambda/invocation:Invocation",
    service="lambda",
    create=(
        Call(
            operation="invoke",
            names={"input": ""},
            only=("functionName", "input", "qualifier"),
            each=_payload,
            extended=True,
        ),
    ),
    id=_invoked,
    replace=("functionName", "input", "qualifier", "triggers"),
    local=("triggers",),
    predicted={"result": "{answer.Payload}"},
    note="Python code is run on this machine; only the scope CREATE_ONLY",
)

TYPES = (FUNCTION, PERMISSION, INVOCATION)
