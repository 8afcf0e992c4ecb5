"""A site's bucket and distribution as moto has them: what is put there, and what is said when AWS refuses. T4."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from operations.errors import Failure
from operations.publish import Headers, Record, Upload
from operations.site_files import ASK, YEAR, read_site
from operations.site_store import RECORD, Remembered, SiteStore

ACCOUNT, REGION, BUCKET = "123456789012", "eu-central-1", "headroom-dev-site-123456789012"
ORIGIN = {"Id": "site", "DomainName": f"{BUCKET}.s3.amazonaws.com", "S3OriginConfig": {"OriginAccessIdentity": ""}}
BEHAVIOR = {"TargetOriginId": "site", "ViewerProtocolPolicy": "redirect-to-https"}


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[boto3.Session]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield boto3.Session("AKIATEST", "secret", region_name=REGION)


@pytest.fixture
def store(session: boto3.Session) -> SiteStore:
    s3, cloudfront = session.client("s3"), session.client("cloudfront")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    config = {
        "CallerReference": "one",
        "Comment": "",
        "Enabled": True,
        "Origins": {"Quantity": 1, "Items": [ORIGIN]},
        "DefaultCacheBehavior": BEHAVIOR,
    }
    made = cloudfront.create_distribution(DistributionConfig=config)["Distribution"]["Id"]
    return SiteStore(s3=s3, cloudfront=cloudfront, account=ACCOUNT, bucket=BUCKET, distribution=made)


@pytest.fixture
def uploads(tmp_path: Path) -> list[Upload]:
    (tmp_path / "index.html").write_text("<html>")
    (tmp_path / "main-BkT3x9aZ.js").write_text("x=1")
    files = read_site(tmp_path).files.values()
    return [
        Upload(file=f, headers=Headers(content_type=f.content_type, cache_control=f.cache_control), is_new=True)
        for f in sorted(files, key=lambda f: f.is_page)
    ]


class Refusing:
    """A client that refuses one operation, and otherwise is the real one."""

    def __init__(self, client: Any, operation: str, code: str) -> None:
        self._client, self._operation, self._code = client, operation, code

    def __getattr__(self, name: str) -> Any:
        if name != self._operation:
            return getattr(self._client, name)

        def refuse(**_: Any) -> Any:
            raise ClientError({"Error": {"Code": self._code, "Message": "no"}}, name)

        return refuse


def refusing(store: SiteStore, client: str, operation: str, code: str) -> SiteStore:
    made = {"s3": store.s3, "cloudfront": store.cloudfront}
    made[client] = Refusing(made[client], operation, code)
    return SiteStore(account=ACCOUNT, bucket=BUCKET, distribution=store.distribution, **made)


def test_files_are_put_with_their_types_and_times(store: SiteStore, uploads: list[Upload]) -> None:
    etags = store.upload(uploads)
    assert etags == {upload.file.key: upload.file.md5 for upload in uploads}
    page = store.s3.get_object(Bucket=BUCKET, Key="index.html")
    assert (page["ContentType"], page["CacheControl"]) == ("text/html; charset=utf-8", ASK)
    assert page["Body"].read() == b"<html>"
    script = store.s3.head_object(Bucket=BUCKET, Key="main-BkT3x9aZ.js")
    assert (script["ContentType"], script["CacheControl"]) == ("text/javascript; charset=utf-8", YEAR)


def test_the_bucket_tells_what_it_has_but_for_the_record(store: SiteStore, uploads: list[Upload]) -> None:
    etags = store.upload(uploads)
    store.remember(Record(), store.remembered())
    stored = store.stored()
    assert {key: object_.etag for key, object_ in stored.items()} == etags
    assert stored["index.html"].size == 6
    headers = store.headers(["index.html"])
    assert headers == {"index.html": uploads[1].headers}


def test_the_record_is_empty_at_first_and_then_what_was_written(store: SiteStore, uploads: list[Upload]) -> None:
    before = store.remembered()
    assert before == Remembered(record=Record(), etag=None)
    store.remember(Record(retired={}), before)
    assert store.remembered().etag
    assert store.s3.head_object(Bucket=BUCKET, Key=RECORD)["ContentType"] == "application/json"


def test_a_damaged_record_is_told_and_can_be_written_anew(store: SiteStore) -> None:
    store.s3.put_object(Bucket=BUCKET, Key=RECORD, Body=b"\xff{")
    before = store.remembered()
    assert (before.damaged, before.record) == (True, Record())
    store.remember(Record(), before)
    assert not store.remembered().damaged


def test_two_who_publish_at_once_do_not_overwrite_each_others_record(store: SiteStore) -> None:
    mine = theirs = store.remembered()
    store.remember(Record(), theirs)
    with pytest.raises(Failure, match="somebody else published the site at the same time"):
        store.remember(Record(), mine)
    mine = store.remembered()
    store.s3.put_object(Bucket=BUCKET, Key=RECORD, Body=b"{}")
    with pytest.raises(Failure, match="somebody else published the site at the same time"):
        store.remember(Record(), mine)


def test_what_is_deleted_can_be_had_back_only_by_its_version(store: SiteStore, uploads: list[Upload]) -> None:
    store.s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    store.upload(uploads)
    store.delete(["main-BkT3x9aZ.js"])
    assert list(store.stored()) == ["index.html"]
    assert len(store.s3.list_object_versions(Bucket=BUCKET, Prefix="main")["Versions"]) == 1


def test_one_invalidation_names_the_paths_and_is_waited_for(store: SiteStore) -> None:
    made = store.invalidate(["/", "/index.html"])
    store.wait(made)
    [listed] = store.cloudfront.list_invalidations(DistributionId=store.distribution)["InvalidationList"]["Items"]
    found = store.cloudfront.get_invalidation(DistributionId=store.distribution, Id=made)["Invalidation"]
    assert (listed["Id"], found["InvalidationBatch"]["Paths"]["Items"]) == (made, ["/", "/index.html"])


def test_an_invalidation_that_takes_too_long_is_told_with_what_is_done_already(store: SiteStore) -> None:
    waited: list[float] = []

    class Slow:
        def get_invalidation(self, **_: Any) -> Any:
            return {"Invalidation": {"Status": "InProgress"}}

    slow = SiteStore(
        s3=store.s3, cloudfront=Slow(), account=ACCOUNT, bucket=BUCKET, distribution="E1", pause=waited.append
    )
    with pytest.raises(Failure, match="the invalidation I1 after 15 minutes; the site is published all the same"):
        slow.wait("I1")
    assert sum(waited) == 900


def test_a_file_that_changes_meanwhile_is_not_published_half(store: SiteStore, uploads: list[Upload]) -> None:
    uploads[0].file.path.write_text("x=2")
    with pytest.raises(Failure, match=r"main-BkT3x9aZ.js changed while it was published"):
        store.upload(uploads)
    assert "index.html" not in store.stored()


def test_pages_do_not_come_where_what_they_need_could_not(store: SiteStore, uploads: list[Upload]) -> None:
    with pytest.raises(Failure, match="AWS refuses put_object with the credentials in use"):
        refusing(store, "s3", "put_object", "AccessDenied").upload(uploads)
    assert store.stored() == {}


def test_a_bucket_that_is_gone_is_named(session: boto3.Session) -> None:
    gone = SiteStore(s3=session.client("s3"), cloudfront=None, account=ACCOUNT, bucket="gone-1", distribution="")
    with pytest.raises(Failure, match="the bucket gone-1 is not there any more"):
        gone.stored()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("NoSuchDistribution", "is not there any more; the files are in the bucket"),
        ("TooManyInvalidationsInProgress", "too many invalidations under way; the files are in the bucket"),
        ("Throttling", "AWS refused create_invalidation: no"),
    ],
)
def test_what_cloudfront_refuses_is_told_with_what_is_done_already(store: SiteStore, code: str, says: str) -> None:
    with pytest.raises(Failure, match=says):
        refusing(store, "cloudfront", "create_invalidation", code).invalidate(["/"])
