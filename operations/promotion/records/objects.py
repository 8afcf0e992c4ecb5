"""Objects of an environment's state bucket, written on a condition only; every error of S3 becomes one Failure."""

from __future__ import annotations

import datetime
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from operations.clients import SIGN_IN
from operations.errors import Failure, Invocation
from operations.program_name import headroom

RETENTION_DAYS = 400
"""Days for which S3 lets nobody change or delete a record: the twelve months that audits ask for (PCI DSS v4.0,
10.5.1: "Retain audit log history for at least 12 months"), and a month for the audit itself."""

TRIES = 5
"""How often a write is sent again that S3 answered with a conflict."""
PAUSE_SECONDS = 0.2

BUSY = {"SlowDown", "Throttling", "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable", "InternalError"}
REFUSED = {"AccessDenied", "403", "AllAccessDisabled", "AccountProblem"}
SIGNED_OUT = {"ExpiredToken", "ExpiredTokenException", "InvalidAccessKeyId", "InvalidToken", "RequestExpired"}
MISSING = {"404", "NoSuchKey"}
CHANGED = {"PreconditionFailed", "412"}
CONFLICT = {"ConditionalRequestConflict", "409"}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object as it was read."""

    text: bytes
    etag: str
    """Changes with every write."""
    modified: datetime.datetime
    now: datetime.datetime
    """When it was read. Both by S3's clock, in whole seconds."""


@dataclass(frozen=True)
class Objects:
    """A bucket of the environment's account."""

    s3: Any
    """The client."""
    bucket: str
    invocation: Invocation
    """For whom, to be named in remedies."""

    def url(self, key: str = "") -> str:
        """As AWS's tools name an object."""
        return f"s3://{self.bucket}/{key}"

    def require(self) -> None:
        """Raises Failure where there is no bucket, or it may not be listed."""
        with self._plainly(""):
            self.s3.head_bucket(Bucket=self.bucket)

    def keys(self, prefix: str) -> list[str]:
        """Every key below a prefix, in their order."""
        with self._plainly(prefix):
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix)
            return [str(found["Key"]) for page in pages for found in page.get("Contents", ())]

    def get(self, key: str) -> Stored | None:
        """An object, or None where there is none."""
        with self._plainly(key):
            try:
                answer = self.s3.get_object(Bucket=self.bucket, Key=key)
                text = answer["Body"].read()
            except ClientError as error:
                if _code(error) in MISSING:
                    return None
                raise
        modified = answer["LastModified"]
        told = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
        # Without a date nothing is known of its age, so that it counts as new.
        now = parsedate_to_datetime(told) if told else modified
        return Stored(text=text, etag=str(answer["ETag"]), modified=modified, now=now)

    def create(self, key: str, text: str, *, keep: bool = False) -> str | None:
        """Writes an object that is not there yet, and returns its ETag; None where there is one.

        What is to be kept nobody can change or delete for RETENTION_DAYS, unless he may bypass governance.
        """
        kept = {}
        if keep:
            until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=RETENTION_DAYS)
            kept = {
                "ObjectLockMode": "GOVERNANCE",
                "ObjectLockRetainUntilDate": until.replace(microsecond=0),
                "ChecksumAlgorithm": "SHA256",  # S3 locks nothing that comes without one, whatever the SDK is told
            }
        return self._put(key, text, {"IfNoneMatch": "*", **kept})

    def replace(self, key: str, text: str, etag: str) -> str | None:
        """Writes over an object that is as it was read, and returns its new ETag; None where it changed or is gone."""
        return self._put(key, text, {"IfMatch": etag})

    def _put(self, key: str, text: str, how: dict[str, Any]) -> str | None:
        """On a conflict the same again, as S3 demands. Its encryption is the bucket's.

        Source: docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        """
        given = {"Bucket": self.bucket, "Key": key, "Body": text.encode(), "ContentType": "application/json", **how}
        with self._plainly(key):
            for attempt in range(TRIES):
                try:
                    return str(self.s3.put_object(**given)["ETag"])
                except ClientError as error:
                    if _code(error) in CHANGED | MISSING:
                        return None
                    if _code(error) not in CONFLICT or attempt == TRIES - 1:
                        raise
                    time.sleep(PAUSE_SECONDS)
        return None

    @contextmanager
    def _plainly(self, key: str) -> Iterator[None]:
        try:
            yield
        except NoCredentialsError as error:
            raise Failure(f"there are no AWS credentials to reach {self.url(key)}", (SIGN_IN,)) from error
        except ClientError as error:
            raise self._failure(error, key) from error
        except BotoCoreError as error:
            raise Failure(f"{self.url(key)} can't be reached: {error}", ("give the same command again",)) from error

    def _failure(self, error: ClientError, key: str) -> Failure:
        code, operation = _code(error), error.operation_name
        said = str(error.response["Error"].get("Message") or code)
        prepare = f"{headroom('bootstrap', self.invocation.environment)}  makes the bucket what it must be"
        if code == "NoSuchBucket" or (code == "404" and operation == "HeadBucket"):
            return Failure(f"there is no bucket {self.bucket}, in which releases are kept", (prepare,))
        if "Object Lock" in said or "ObjectLock" in said or code == "ObjectLockConfigurationNotFoundError":
            return Failure(f"{self.bucket} can't lock records of releases: {said}", (prepare,))
        if code in SIGNED_OUT:
            return Failure(f"{self.url(key)}: {said}", (SIGN_IN,))
        if code in REFUSED:
            return Failure(
                f"AWS refuses {operation} on {self.url(key)}: {said}",
                ("docs/ci-access.md tells what each role may; sign in with one that may this",),
            )
        if code in BUSY or error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= 500:
            return Failure(
                f"S3 is too busy for {operation} on {self.url(key)}: {said}", ("give the same command in a minute",)
            )
        return Failure(f"{operation} on {self.url(key)} failed: {code}: {said}")


def _code(error: ClientError) -> str:
    return str(error.response["Error"].get("Code", ""))
