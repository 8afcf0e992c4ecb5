"""Deletes an upload that is larger than its bucket allows: exactly that version, whoever wrote it.

The bucket lets clients upload by signed forms only, and a form states the limit; this is for the form that forgot to,
and for services that write by themselves. EventBridge calls it for each object, at least once.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3


@dataclass(frozen=True)
class Upload:
    """An object that was written."""

    bucket: str
    key: str
    version: str
    size: int
    """Bytes."""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Upload:
        """From S3's event "Object Created". Raises KeyError where it names no version: then nothing can be deleted
        without a risk for another one.

        Source: docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
        """
        detail = event["detail"]
        written = detail["object"]
        return cls(detail["bucket"]["name"], written["key"], written["version-id"], int(written["size"]))

    @property
    def name(self) -> str:
        """Enough to find it again in the access logs; a key may hold what is nobody's business."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:16]


def handler(event: Mapping[str, Any], context: Any) -> dict[str, Any]:
    """Deletes the version that the event is about, if it is too large; a second call changes nothing more."""
    return limit(event, json.loads(os.environ["LIMITS"]), boto3.client("s3"))


def limit(event: Mapping[str, Any], limits: Mapping[str, int], s3: Any) -> dict[str, Any]:
    """`limits` maps buckets to bytes. Raises KeyError for another bucket."""
    upload = Upload.of(event)
    allowed = limits[upload.bucket]
    said = {"bucket": upload.bucket, "key_sha256": upload.name, "version": upload.version, "bytes": upload.size}
    if upload.size <= allowed:
        return _told({**said, "deleted": False, "allowed_bytes": allowed})
    # Deleting a version that is gone is no error: S3 answers 204 again.
    s3.delete_object(Bucket=upload.bucket, Key=upload.key, VersionId=upload.version)
    return _told({**said, "deleted": True, "allowed_bytes": allowed})


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    print(json.dumps(answer))
    return answer
