"""S3: buckets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from offline.aws import paths
from offline.aws.connection import Connection
from offline.aws.model import Autoname, Call, Find, ResourceType, Scope, Tagging

HOSTED_ZONES = {
    "eu-central-1": "Z21DNDUVLTQW6Q",
    "eu-north-1": "Z3BAZG2TWCNX0D",
    "eu-west-1": "Z1BKCTXD74EZPE",
    "eu-west-2": "Z3GKZC51ZF0DB4",
    "us-east-1": "Z3AQBSTGFYJSTF",
    "us-east-2": "Z2O1EMRO9K5GLX",
    "us-west-2": "Z3BJ6K6RIION7M",
}
"""Route 53 zone of S3 in a region (AWS General Reference, S3 endpoints)."""


def _location(scope: Scope) -> Iterator[Mapping[str, Any]]:
    """us-east-1 is said by saying nothing."""
    region = scope["region"]
    yield {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}


def _empty(aws: Connection, scope: Scope) -> None:
    """`forceDestroy` deletes every version of every object first; without it AWS refuses a bucket that holds any."""
    if not scope.get("forceDestroy"):
        return
    region = str(scope["region"])
    while True:
        page = aws.call("s3", "list_object_versions", {"Bucket": scope["id"]}, region)
        entries = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
        if not entries:
            return
        objects = [{"Key": entry["Key"], "VersionId": entry["VersionId"]} for entry in entries]
        aws.call("s3", "delete_objects", {"Bucket": scope["id"], "Delete": {"Objects": objects}}, region)


BUCKET = ResourceType(
    token="aws:s3/bucket:Bucket",
    service="s3",
    create=(
        Call(
            operation="create_bucket",
            names={"objectLockEnabled": "ObjectLockEnabledForBucket", "acl": "ACL"},
            only=("bucket", "objectLockEnabled", "acl"),
            each=_location,
        ),
    ),
    id="{bucket}",
    find=(Find(operation="head_bucket", params={"Bucket": "$id"}),),
    update=(Call(operation="put_bucket_acl", params={"Bucket": "$id"}, names={"acl": "ACL"}, only=("acl",)),),
    delete=(Call(operation="delete_bucket", params={"Bucket": "$id"}, extended=True),),
    settle=_empty,
    replace=("bucket", "bucketPrefix", "objectLockEnabled", "objectLockConfiguration.objectLockEnabled"),
    conflicts=(("bucket", "bucketPrefix"), ("acl", "grants"), ("objectLockEnabled", "objectLockConfiguration")),
    autoname=Autoname(property="bucket", longest=63, lower=True, prefix_property="bucketPrefix"),
    on_removal={"acl": "private"},
    default={"forceDestroy": False},
    local=("forceDestroy",),
    hidden=("acl",),
    lost=("objectLockEnabled",),
    reads={"bucket": lambda scope: scope["id"]},
    outputs={
        "arn": "arn:{partition}:s3:::{id}",
        "bucket": "{id}",
        "bucketDomainName": "{id}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{id}.s3.{region}.amazonaws.com",
        "bucketRegion": "{region}",
        "hostedZoneId": lambda scope: HOSTED_ZONES.get(scope["region"], paths.MISSING),
    },
    predicted={
        "arn": "arn:{partition}:s3:::{bucket}",
        "bucketDomainName": "{bucket}.s3.amazonaws.com",
        "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
    },
    tagging=Tagging(
        add=Call(operation="put_bucket_tagging", params={"Bucket": "$id", "Tagging": {"TagSet": "$tags_added"}}),
        remove=None,
        find=Find(operation="get_bucket_tagging", params={"Bucket": "$id"}, path="TagSet"),
    ),
    note="versioning, encryption, lifecycle and the like are resources of their own",
)

TYPES = (BUCKET,)
