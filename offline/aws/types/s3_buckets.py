"""S3: what is set on a bucket by resources of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from offline.aws.iam_text import as_given
from offline.aws.model import Call, Find, ResourceType, Scope

_PUBLIC_ACCESS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def _setting(
    *,
    name: str,
    put: str,
    get: str,
    delete: str | None,
    names: Mapping[str, str],
    reads: Mapping[str, Any],
    delete_params: Mapping[str, Any] | None = None,
    found: str = "",
    extended: bool = False,
    each: Callable[[Scope], Iterable[Mapping[str, Any]]] | None = None,
    **more: Any,
) -> ResourceType:
    """A bucket has each of these once: put and changed by the same call, known by the bucket's name."""
    lower = name[0].lower() + name[1:]
    call = Call(operation=put, params={"Bucket": "$bucket"}, names={**names, "bucket": "Bucket"}, each=each)
    return ResourceType(
        token=f"aws:s3/{lower}:{name}",
        service="s3",
        create=(call,),
        id="{bucket}",
        find=(Find(operation=get, params={"Bucket": "$id"}, path=found, extended=extended),),
        update=(call,),
        delete=(Call(operation=delete or put, params={"Bucket": "$id", **(delete_params or {})}),),
        replace=tuple(more.pop("replace", ("bucket",))),
        reads={"bucket": lambda scope: scope["id"], **reads},
        **more,
    )


def _events(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """EventBridge is switched on by an empty block, and off by leaving it out."""
    yield {"NotificationConfiguration": {"EventBridgeConfiguration": {}} if scope.get("eventbridge") is True else {}}


TYPES = (
    _setting(
        name="BucketVersioning",
        put="put_bucket_versioning",
        get="get_bucket_versioning",
        delete=None,
        delete_params={"VersioningConfiguration": {"Status": "Suspended"}},
        names={"mfa": "MFA"},
        reads={
            "versioningConfiguration": lambda scope: {
                **scope.get("versioningConfiguration", {}),
                "status": scope["item"].get("Status", "Disabled"),
            }
        },
        replace=("bucket", "expectedBucketOwner"),
        hidden=("mfa", "expectedBucketOwner"),
        note="deleting it suspends versioning, as on AWS",
    ),
    _setting(
        name="BucketPublicAccessBlock",
        put="put_public_access_block",
        get="get_public_access_block",
        delete="delete_public_access_block",
        names={name: f"PublicAccessBlockConfiguration.{name[0].upper()}{name[1:]}" for name in _PUBLIC_ACCESS},
        reads={},
        default=dict.fromkeys(_PUBLIC_ACCESS, False),
        local=("skipDestroy",),
    ),
    _setting(
        name="BucketPolicy",
        put="put_bucket_policy",
        get="get_bucket_policy",
        delete="delete_bucket_policy",
        names={},
        reads={"policy": lambda scope: as_given(scope, "policy", scope["item"].get("Policy"))},
        documents=("policy",),
    ),
    _setting(
        name="BucketServerSideEncryptionConfiguration",
        put="put_bucket_encryption",
        get="get_bucket_encryption",
        delete="delete_bucket_encryption",
        names={"rules": "ServerSideEncryptionConfiguration.Rules"},
        reads={},
        replace=("bucket", "expectedBucketOwner"),
        hidden=("expectedBucketOwner",),
        unordered=("rules",),
    ),
    _setting(
        name="BucketLifecycleConfiguration",
        put="put_bucket_lifecycle_configuration",
        get="get_bucket_lifecycle_configuration",
        delete="delete_bucket_lifecycle",
        names={"rules": "LifecycleConfiguration.Rules"},
        reads={"rules": "Rules"},
        replace=("bucket", "expectedBucketOwner"),
        hidden=("expectedBucketOwner",),
        lost=("transitionDefaultMinimumObjectSize",),
        local=("timeouts",),
        members={"LifecycleRule.id": "ID"},
    ),
    _setting(
        name="BucketCorsConfiguration",
        put="put_bucket_cors",
        get="get_bucket_cors",
        delete="delete_bucket_cors",
        names={"corsRules": "CORSConfiguration.CORSRules"},
        reads={"corsRules": "CORSRules"},
        replace=("bucket", "expectedBucketOwner"),
        hidden=("expectedBucketOwner",),
        members={"CORSRule.id": "ID"},
    ),
    _setting(
        name="BucketOwnershipControls",
        put="put_bucket_ownership_controls",
        get="get_bucket_ownership_controls",
        delete="delete_bucket_ownership_controls",
        names={"rule": "OwnershipControls.Rules"},
        reads={},
    ),
    _setting(
        name="BucketLogging",
        put="put_bucket_logging",
        get="get_bucket_logging",
        delete=None,
        delete_params={"BucketLoggingStatus": {}},
        names={
            name: f"BucketLoggingStatus.LoggingEnabled.{name[0].upper()}{name[1:]}"
            for name in ("targetBucket", "targetGrants", "targetObjectKeyFormat", "targetPrefix")
        },
        reads={"targetBucket": "TargetBucket", "targetGrants": "TargetGrants", "targetPrefix": "TargetPrefix"},
        found="LoggingEnabled",
        extended=True,
        replace=("bucket", "expectedBucketOwner"),
        hidden=("expectedBucketOwner",),
        lost=("targetObjectKeyFormat",),
        note="logs get plain names, whatever the form of their folders",
    ),
    _setting(
        name="BucketNotification",
        put="put_bucket_notification_configuration",
        get="get_bucket_notification_configuration",
        delete=None,
        delete_params={"NotificationConfiguration": {}},
        names={"eventbridge": ""},
        each=_events,
        extended=True,
        reads={"eventbridge": lambda scope: "EventBridgeConfiguration" in scope["item"]},
        default={"eventbridge": False},
    ),
)
