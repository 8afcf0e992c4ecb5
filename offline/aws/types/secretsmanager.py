"""Secrets Manager: secrets, their versions and policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.iam_text import as_given
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

DEFAULT_RECOVERY_DAYS = 30


def _recovery(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """A window of 0 days deletes at once."""
    days = scope.get("recoveryWindowInDays", DEFAULT_RECOVERY_DAYS)
    yield {"RecoveryWindowInDays": int(days)} if int(days) else {"ForceDeleteWithoutRecovery": True}


def _copies(scope: Scope, *, coming: bool) -> Iterator[Mapping[str, Any]]:
    """Regions that get a copy, or those that lose theirs; one with another key does both."""
    before, after = (given.get("replicas") or [] for given in (scope["before"], scope))
    those, others = (after, before) if coming else (before, after)
    changed = [entry for entry in those if entry not in others]
    if changed and coming:
        overwrite = bool(scope.get("forceOverwriteReplicaSecret"))
        regions = [
            {"Region": entry["region"], **({"KmsKeyId": entry["kmsKeyId"]} if entry.get("kmsKeyId") else {})}
            for entry in changed
        ]
        yield {"AddReplicaRegions": regions, "ForceOverwriteReplicaSecret": overwrite}
    elif changed:
        yield {"RemoveReplicaRegions": [entry["region"] for entry in changed]}


def _copied(scope: Scope) -> Any:
    """The copies as they were given: AWS names a key for each, and tells of its state."""
    found = {entry["Region"]: entry for entry in scope["item"].get("ReplicationStatus") or []}
    given = [entry for entry in scope.get("replicas") or [] if entry["region"] in found]
    others = sorted(set(found) - {entry["region"] for entry in given})
    return [*given, *({"region": region} for region in others)] or paths.MISSING


def _copying(operation: str, *, coming: bool) -> Call:
    return Call(
        operation=operation,
        params={"SecretId": "$id"},
        names={"replicas": ""},
        only=("replicas",),
        each=lambda scope: _copies(scope, coming=coming),
    )


SECRET = ResourceType(
    token="aws:secretsmanager/secret:Secret",
    service="secretsmanager",
    create=(
        Call(
            operation="create_secret",
            names={"replicas": "AddReplicaRegions"},
            skip=("policy", "type"),
        ),
        Call(
            operation="put_resource_policy",
            params={"SecretId": "$id"},
            names={"policy": "ResourcePolicy"},
            only=("policy",),
        ),
    ),
    id="{answer.ARN}",
    find=(
        Find(
            operation="describe_secret",
            params={"SecretId": "$id"},
            gone=lambda found: "DeletedDate" in found,
        ),
        Find(operation="get_resource_policy", params={"SecretId": "$id"}, optional=True),
    ),
    update=(
        _copying("remove_regions_from_replication", coming=False),
        _copying("replicate_secret_to_regions", coming=True),
        Call(operation="update_secret", params={"SecretId": "$id"}, only=("description", "kmsKeyId")),
        Call(
            operation="put_resource_policy",
            params={"SecretId": "$id"},
            names={"policy": "ResourcePolicy"},
            only=("policy",),
            when=lambda scope: bool(scope.get("policy")),
        ),
        Call(
            operation="delete_resource_policy",
            params={"SecretId": "$id"},
            names={"policy": ""},
            only=("policy",),
            when=lambda scope: not scope.get("policy"),
        ),
    ),
    delete=(
        Call(
            operation="remove_regions_from_replication",
            params={"SecretId": "$id"},
            each=lambda scope: _copies({**scope, "before": scope, "replicas": []}, coming=False),
        ),
        Call(operation="delete_secret", params={"SecretId": "$id"}, each=_recovery),
    ),
    replace=("name", "namePrefix", "type"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(longest=512),
    default={"recoveryWindowInDays": DEFAULT_RECOVERY_DAYS, "forceOverwriteReplicaSecret": False},
    on_removal={"description": ""},
    local=("recoveryWindowInDays", "forceOverwriteReplicaSecret"),
    reads={
        "policy": lambda scope: as_given(scope, "policy", scope["item"].get("ResourcePolicy")),
        "replicas": _copied,
    },
    unordered=("replicas",),
    documents=("policy",),
    outputs={"arn": "ARN", "name": "Name"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"SecretId": "$id", "Tags": "$tags_added"}),
        remove=Call(operation="untag_resource", params={"SecretId": "$id", "TagKeys": "$tags_removed"}),
    ),
)


def _without_stages(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """A version goes when its last stage does; AWSCURRENT can only move, so the current one stays with its secret."""
    for stage in scope.get("versionStages") or []:
        if stage not in ("AWSCURRENT", "AWSPREVIOUS"):
            yield {"VersionStage": stage}


SECRET_VERSION = ResourceType(
    token="aws:secretsmanager/secretVersion:SecretVersion",
    service="secretsmanager",
    create=(Call(operation="put_secret_value", only=("secretId", "secretString", "secretBinary", "versionStages")),),
    id="{answer.ARN}|{answer.VersionId}",
    find=(
        Find(
            operation="get_secret_value",
            params={"SecretId": "$secretId", "VersionId": "$version"},
        ),
    ),
    update=(),
    delete=(
        Call(
            operation="update_secret_version_stage",
            params={"SecretId": "$secretId", "RemoveFromVersionId": "$version"},
            each=_without_stages,
            extended=True,
        ),
    ),
    # Labels move in place on AWS, which is not done here: a change of versionStages is refused.
    replace=("secretBinary", "secretId", "secretString"),
    one_of=(("secretString", "secretBinary"),),
    reads={"secretId": lambda scope: scope.get("secretId", scope["item"]["ARN"])},
    outputs={
        "arn": "ARN",
        "secretArn": "ARN",
        "versionId": "VersionId",
        "versionStages": "VersionStages",
        "hasSecretStringWo": lambda scope: False,
    },
    unordered=("versionStages",),
    note="the current version stays with its secret, as on AWS",
)

SECRET_POLICY = ResourceType(
    token="aws:secretsmanager/secretPolicy:SecretPolicy",
    service="secretsmanager",
    create=(Call(operation="put_resource_policy", names={"secretArn": "SecretId", "policy": "ResourcePolicy"}),),
    id="{secretArn}",
    find=(
        Find(
            operation="get_resource_policy",
            params={"SecretId": "$id"},
            pick=lambda found, scope: found if found.get("ResourcePolicy") else None,
        ),
    ),
    update=(
        Call(
            operation="put_resource_policy",
            params={"SecretId": "$id"},
            names={"policy": "ResourcePolicy"},
            only=("policy", "blockPublicPolicy"),
        ),
    ),
    delete=(Call(operation="delete_resource_policy", params={"SecretId": "$id"}),),
    replace=("secretArn",),
    hidden=("blockPublicPolicy",),
    reads={
        "policy": lambda scope: as_given(scope, "policy", scope["item"].get("ResourcePolicy")),
        "secretArn": "ARN",
    },
    documents=("policy",),
)


def _rotation(found: Any, scope: Scope) -> Any:
    return found if found.get("RotationEnabled") else None


_ROTATE = Call(
    operation="rotate_secret",
    names={"rotationLambdaArn": "RotationLambdaARN", "externalSecretRotationRoleArn": ""},
    only=("secretId", "rotationLambdaArn", "rotationRules", "rotateImmediately"),
    full=True,
    extended=True,
)
SECRET_ROTATION = ResourceType(
    token="aws:secretsmanager/secretRotation:SecretRotation",
    service="secretsmanager",
    create=(_ROTATE,),
    id="{answer.ARN}",
    find=(Find(operation="describe_secret", params={"SecretId": "$id"}, pick=_rotation),),
    update=(_ROTATE,),
    delete=(Call(operation="cancel_rotate_secret", params={"SecretId": "$id"}),),
    replace=("secretId",),
    default={"rotateImmediately": True},
    hidden=("rotateImmediately",),
    lost=("rotationEnabled", "externalSecretRotationMetadatas", "externalSecretRotationRoleArn"),
    reads={
        "secretId": lambda scope: scope.get("secretId", scope["item"]["ARN"]),
        "rotationLambdaArn": "RotationLambdaARN",
    },
    note="the function's code is run; AWS's trial of testSecret is not made",
)

TYPES = (SECRET, SECRET_VERSION, SECRET_POLICY, SECRET_ROTATION)
