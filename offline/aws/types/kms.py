"""KMS: keys and their aliases."""

from __future__ import annotations

from collections.abc import Callable

from offline.aws import paths
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

GONE = frozenset({"PendingDeletion", "PendingReplicaDeletion"})


def _is(name: str, wanted: bool) -> Callable[[Scope], bool]:
    return lambda scope: bool(scope.get(name)) is wanted


ENABLE_ROTATION = Call(
    operation="enable_key_rotation",
    params={"KeyId": "$id"},
    names={"enableKeyRotation": "", "rotationPeriodInDays": "RotationPeriodInDays"},
    only=("enableKeyRotation", "rotationPeriodInDays"),
    when=_is("enableKeyRotation", True),
    extended=True,
)
DISABLE_ROTATION = Call(
    operation="disable_key_rotation",
    params={"KeyId": "$id"},
    names={"enableKeyRotation": ""},
    only=("enableKeyRotation",),
    when=_is("enableKeyRotation", False),
)
DISABLE = Call(
    operation="disable_key",
    params={"KeyId": "$id"},
    names={"isEnabled": ""},
    only=("isEnabled",),
    when=lambda scope: scope.get("isEnabled") is False,
)
ENABLE = Call(
    operation="enable_key",
    params={"KeyId": "$id"},
    names={"isEnabled": ""},
    only=("isEnabled",),
    when=lambda scope: scope.get("isEnabled") is not False,
)

KEY = ResourceType(
    token="aws:kms/key:Key",
    service="kms",
    create=(
        Call(
            operation="create_key",
            names={
                "customerMasterKeySpec": "KeySpec",
                "bypassPolicyLockoutSafetyCheck": "BypassPolicyLockoutSafetyCheck",
            },
            skip=("isEnabled",),
        ),
        ENABLE_ROTATION,
        DISABLE_ROTATION,
        DISABLE,
        ENABLE,
    ),
    id="{answer.KeyMetadata.KeyId}",
    find=(
        Find(
            operation="describe_key",
            params={"KeyId": "$id"},
            path="KeyMetadata",
            extended=True,
            gone=lambda found: found.get("KeyState") in GONE,
        ),
        Find(
            operation="get_key_policy",
            params={"KeyId": "$id", "PolicyName": "default"},
            path="Policy",
            pick=lambda found, scope: {"Policy": found},
        ),
        Find(operation="get_key_rotation_status", params={"KeyId": "$id"}, into="Rotation", extended=True),
    ),
    update=(
        Call(
            operation="put_key_policy",
            params={"KeyId": "$id", "PolicyName": "default"},
            only=("policy", "bypassPolicyLockoutSafetyCheck"),
        ),
        Call(operation="update_key_description", params={"KeyId": "$id"}, only=("description",)),
        ENABLE_ROTATION,
        DISABLE_ROTATION,
        DISABLE,
        ENABLE,
    ),
    delete=(
        Call(
            operation="schedule_key_deletion",
            params={"KeyId": "$id", "PendingWindowInDays": "$deletionWindowInDays"},
            ignore=("KMSInvalidStateException",),
        ),
    ),
    replace=("customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"),
    on_removal={"description": ""},
    local=("deletionWindowInDays",),
    hidden=("bypassPolicyLockoutSafetyCheck",),
    reads={
        "isEnabled": "Enabled",
        "enableKeyRotation": "Rotation.KeyRotationEnabled",
        "rotationPeriodInDays": lambda scope: _period(scope),
        "customerMasterKeySpec": "KeySpec",
    },
    documents=("policy",),
    outputs={"arn": "Arn", "keyId": "KeyId"},
    tagging=Tagging(
        add=Call(
            operation="tag_resource",
            params={"KeyId": "$id", "Tags": "$tags_added_named"},
        ),
        remove=Call(operation="untag_resource", params={"KeyId": "$id", "TagKeys": "$tags_removed"}),
        find=Find(operation="list_resource_tags", params={"KeyId": "$id"}, path="Tags"),
    ),
)


def _period(scope: Scope) -> object:
    """AWS reports a period only while rotation is on."""
    actual = paths.get(scope["item"], "Rotation.RotationPeriodInDays")
    if actual is paths.MISSING:
        return scope.get("rotationPeriodInDays", paths.MISSING)
    return actual


ALIAS = ResourceType(
    token="aws:kms/alias:Alias",
    service="kms",
    create=(Call(operation="create_alias", names={"name": "AliasName", "targetKeyId": "TargetKeyId"}),),
    id="{name}",
    find=(
        Find(
            operation="list_aliases",
            path="Aliases",
            pick=lambda found, scope: next((alias for alias in found if alias["AliasName"] == scope["id"]), None),
        ),
        Find(
            operation="describe_key",
            params={"KeyId": "$id"},
            path="KeyMetadata",
            extended=True,
            pick=lambda found, scope: {"TargetKeyArn": found["Arn"]},
        ),
    ),
    update=(
        Call(
            operation="update_alias",
            params={"AliasName": "$name"},
            names={"targetKeyId": "TargetKeyId"},
            only=("targetKeyId",),
        ),
    ),
    delete=(Call(operation="delete_alias", params={"AliasName": "$id"}),),
    replace=("name", "namePrefix"),
    conflicts=(("name", "namePrefix"),),
    autoname=Autoname(prefix="alias/", longest=250),
    reads={"targetKeyId": lambda scope: _target(scope)},
    outputs={"arn": "AliasArn", "targetKeyArn": "TargetKeyArn", "name": "AliasName"},
    predicted={"arn": "arn:{partition}:kms:{region}:{account}:{name}"},
)


def _target(scope: Scope) -> object:
    """By id or by ARN, as it was given."""
    actual = str(scope["item"].get("TargetKeyId", ""))
    given = str(scope.get("targetKeyId", ""))
    return given if given.endswith(actual) and actual else actual


TYPES = (KEY, ALIAS)
