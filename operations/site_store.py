"""Where a site is published: its bucket and its distribution, on AWS or in the emulated one."""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from operations.errors import Failure
from operations.publish import FIRST_PAGE, Headers, Record, Stored, Upload, read_record

RECORD = ".headroom/publish.json"
"""Where the record lies; the bucket's policy hides the folder from CloudFront (components/buckets/access.py)."""

AT_ONCE = 8
"""Requests at the same time."""
WAIT_SECONDS, POLL_SECONDS = 900, 5
"""How long an invalidation is waited for, and how often it is asked for; it takes a minute or two."""

Answer = TypeVar("Answer")

MISSING = frozenset({"404", "NoSuchKey", "NotFound"})


@dataclass(frozen=True, kw_only=True)
class Remembered:
    """The record with what S3 calls it, so that nobody else's is overwritten."""

    record: Record
    etag: str | None
    """None where there is none yet."""
    damaged: bool = False
    """Whether there is one that can't be read."""


@dataclass(frozen=True, kw_only=True)
class SiteStore:
    """One environment's site."""

    s3: Any
    cloudfront: Any
    account: str
    """The bucket's owner: S3 refuses everything if it is another one's."""
    bucket: str
    distribution: str
    """Id of the distribution, empty where nothing stands before the bucket."""
    pause: Callable[[float], None] = time.sleep

    def stored(self) -> dict[str, Stored]:
        """Every object of the site."""
        with self._said():
            pages = self.s3.get_paginator("list_objects_v2").paginate(**self._where)
            found = [item for page in pages for item in page.get("Contents", [])]
        own = RECORD.partition("/")[0] + "/"
        return {
            item["Key"]: Stored(size=item["Size"], etag=item["ETag"].strip('"'))
            for item in found
            if not item["Key"].startswith(own)
        }

    def remembered(self) -> Remembered:
        """What earlier runs did."""
        with self._said():
            try:
                answer = self.s3.get_object(**self._where, Key=RECORD)
            except ClientError as error:
                if error.response["Error"]["Code"] not in MISSING:
                    raise
                return Remembered(record=Record(), etag=None)
            text = answer["Body"].read().decode("utf-8", "replace")
        record = read_record(text)
        return Remembered(record=record or Record(), etag=answer["ETag"], damaged=record is None)

    def headers(self, keys: Sequence[str]) -> dict[str, Headers]:
        """What objects are served with."""

        def ask(key: str) -> Headers:
            answer = self.s3.head_object(**self._where, Key=key)
            return Headers(content_type=answer.get("ContentType", ""), cache_control=answer.get("CacheControl", ""))

        return self._each(ask, keys)

    def upload(self, uploads: Sequence[Upload]) -> dict[str, str]:
        """Puts files: what pages need, then the pages, then the first page; returns what S3 calls each."""

        def put(upload: Upload) -> str:
            content = upload.file.path.read_bytes()
            if hashlib.sha256(content).hexdigest() != upload.file.sha256:
                raise Failure(f"{upload.file.key} changed while it was published", ("give the command again",))
            answer = self.s3.put_object(
                **self._where,
                Key=upload.file.key,
                Body=content,
                ContentType=upload.headers.content_type,
                CacheControl=upload.headers.cache_control,
            )
            return str(answer["ETag"]).strip('"')

        etags: dict[str, str] = {}
        by_key = {upload.file.key: upload for upload in uploads}
        for _, together in groupby(uploads, key=lambda upload: (upload.file.is_page, upload.file.key == FIRST_PAGE)):
            etags |= self._each(lambda key: put(by_key[key]), [upload.file.key for upload in together])
        return etags

    def delete(self, keys: Sequence[str]) -> None:
        """Deletes objects; the bucket keeps their versions for a while."""
        for start in range(0, len(keys), 1000):
            objects = [{"Key": key} for key in keys[start : start + 1000]]
            with self._said():
                answer = self.s3.delete_objects(**self._where, Delete={"Objects": objects, "Quiet": True})
            for refused in answer.get("Errors", []):
                raise Failure(f"{refused['Key']} can't be deleted: {refused.get('Message') or refused.get('Code')}")

    def remember(self, record: Record, before: Remembered) -> None:
        """Writes the record, unless somebody has since."""
        same = {"IfMatch": before.etag} if before.etag else {"IfNoneMatch": "*"}
        body = record.text().encode()
        with self._said():
            self.s3.put_object(**self._where, Key=RECORD, Body=body, ContentType="application/json", **same)

    def invalidate(self, paths: Sequence[str]) -> str:
        """Tells the distribution to forget paths; returns the invalidation's id."""
        batch = {"Paths": {"Quantity": len(paths), "Items": list(paths)}, "CallerReference": str(uuid.uuid4())}
        with self._said():
            answer = self.cloudfront.create_invalidation(DistributionId=self.distribution, InvalidationBatch=batch)
        return str(answer["Invalidation"]["Id"])

    def wait(self, invalidation: str) -> None:
        """Returns when no edge location has the old files any more. Raises Failure when that takes too long."""
        for _ in range(WAIT_SECONDS // POLL_SECONDS):
            with self._said():
                answer = self.cloudfront.get_invalidation(DistributionId=self.distribution, Id=invalidation)
            if str(answer["Invalidation"]["Status"]).lower() == "completed":
                return
            self.pause(POLL_SECONDS)
        raise Failure(
            f"CloudFront has not finished the invalidation {invalidation} after {WAIT_SECONDS // 60} minutes; "
            "the site is published all the same"
        )

    @property
    def _where(self) -> Mapping[str, str]:
        return {"Bucket": self.bucket, "ExpectedBucketOwner": self.account}

    def _each(self, ask: Callable[[str], Answer], keys: Sequence[str]) -> dict[str, Answer]:
        """Several at once; after the first failure none is begun any more."""
        with self._said(), ThreadPoolExecutor(AT_ONCE) as pool:
            under_way = {key: pool.submit(ask, key) for key in keys}
            try:
                return {key: future.result() for key, future in under_way.items()}
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise

    @contextmanager
    def _said(self) -> Iterator[None]:
        """AWS's refusals as words, with what to do about them."""
        try:
            yield
        except ClientError as error:
            raise self._explained(error) from error
        except BotoCoreError as error:
            raise Failure(f"AWS can't be reached: {error}") from error
        except OSError as error:
            raise Failure(f"{error.filename} can't be read: {error.strerror}") from error

    def _explained(self, error: ClientError) -> Failure:
        code = error.response["Error"].get("Code", "")
        if code in {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}:
            return Failure(
                "somebody else published the site at the same time, and the bucket may hold a mixture of both",
                ("give the command again, one at a time",),
            )
        if code == "NoSuchBucket":
            return Failure(f"the bucket {self.bucket} is not there any more", ("bring the environment up first",))
        if code == "NoSuchDistribution":
            return Failure(
                f"the distribution {self.distribution} is not there any more; the files are in the bucket",
                ("bring the environment up, then give the command again",),
            )
        if code == "TooManyInvalidationsInProgress":
            return Failure(
                "CloudFront has too many invalidations under way; the files are in the bucket",
                ("wait some minutes, then give the command again",),
            )
        if code in {"AccessDenied", "403"}:
            return Failure(
                f"AWS refuses {error.operation_name} with the credentials in use",
                ("use a role that may list, read, write and delete in the bucket, and invalidate the distribution",),
            )
        said = error.response["Error"].get("Message") or code
        return Failure(f"AWS refused {error.operation_name}: {said}")
