"""Releases are written once, locked, and read back as they were; whatever else stands there is one error. W2."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from offline import cloud
from operations.clients import Clients
from operations.errors import Failure, Invocation
from operations.project import Project
from operations.promotion.records.documents import written
from operations.promotion.records.store import Store, open_store
from tests.operations.promotion.records.releases import known, outcome, release

ONE = release(1, "any").id


def put(store: Store, key: str, text: str) -> None:
    """By hand: what is there is hidden first, as nothing can be written over it."""
    place = {"Bucket": store.objects.bucket, "Key": f"releases/{store.environment}/{key}"}
    store.objects.s3.delete_object(**place)
    store.objects.s3.put_object(**place, Body=text, IfNoneMatch="*")


def keep(store: Store, *numbers: int) -> None:
    """Releases that came through."""
    for number in numbers:
        kept = release(number, store.environment)
        store.record(kept)
        store.finish(outcome(kept))


def test_where_nothing_was_released_nothing_is_known(store: Store) -> None:
    assert (store.releases(), store.last(), store.live(), store.position()) == ([], None, None, None)


def test_releases_are_read_back_newest_first_with_what_became_of_them(store: Store) -> None:
    one, two, three = (release(number, store.environment) for number in (1, 2, 3))
    for each in (two, three, one):
        store.record(each)
    store.finish(outcome(one))
    store.finish(outcome(two, "failed"))
    assert store.releases() == [known(three, None), known(two, "failed"), known(one)]
    assert store.last() == known(three, None)
    assert store.live() == known(one)
    assert store.live(before=one.id) is None
    assert store.find(two.id) == known(two, "failed")
    assert store.find("20261121-1201") == known(one)


def test_environments_are_apart_even_where_one_name_begins_the_other(store: Store) -> None:
    keep(store, 1)
    keep(replace(store, environment=f"{store.environment}-two"), 2)
    assert [found.release.started.minute for found in store.releases()] == [1]


def test_a_release_that_is_not_there_is_answered_with_the_nearest(store: Store) -> None:
    keep(store, 1)
    with pytest.raises(Failure, match=r"there is no release '20261121-120200'.*\nThe nearest are: 20261121-120100-"):
        store.find("20261121-120200")


def test_a_record_is_written_once_and_the_same_again_is_fine(store: Store) -> None:
    one = release(1, store.environment)
    store.record(one)
    store.record(one)
    store.finish(outcome(one))
    store.finish(outcome(one))
    with pytest.raises(Failure, match=f"{one.id}/record.json holds something else already, and is written once only"):
        store.record(replace(one, by="somebody else"))
    with pytest.raises(Failure, match=f"{one.id}/outcome.json holds something else already"):
        store.finish(outcome(one, "failed"))
    assert store.last() == known(one)


def test_of_many_that_write_one_record_at_once_one_does(store: Store) -> None:
    def record(by: str) -> bool:
        try:
            store.record(release(1, store.environment, by=by))
        except Failure:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(record, "abcdef")) == 1


def test_what_was_never_recorded_is_never_finished(store: Store) -> None:
    with pytest.raises(Failure, match="was never recorded"):
        store.finish(outcome(release(1, store.environment)))


def test_another_environments_release_is_refused(store: Store) -> None:
    with pytest.raises(Failure, match=f"a release of prod can't be kept with those of {store.environment}"):
        store.record(release(1, "prod"))


@pytest.mark.parametrize("name", ["record", "outcome"])
def test_records_are_locked_for_longer_than_a_year_and_encrypted_with_the_buckets_key(store: Store, name: str) -> None:
    keep(store, 1)
    s3, place = store.objects.s3, {"Bucket": store.objects.bucket}
    found = s3.head_object(**place, Key=f"releases/{store.environment}/{release(1, 'x').id}/{name}.json")
    days = (found["ObjectLockRetainUntilDate"] - datetime.datetime.now(datetime.UTC)).days
    assert (found["ObjectLockMode"], found["ServerSideEncryption"]) == ("GOVERNANCE", "aws:kms")
    assert days == 399, "400, begun"
    version = {**place, "Key": f"releases/{store.environment}/{release(1, 'x').id}/{name}.json"}
    version["VersionId"] = found["VersionId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(**version)
    sooner = {"Mode": "GOVERNANCE", "RetainUntilDate": datetime.datetime(2026, 12, 1, tzinfo=datetime.UTC)}
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object_retention(**version, Retention=sooner)


def test_nobody_writes_over_a_record_and_whoever_holds_may_write_over_the_position(store: Store) -> None:
    keep(store, 1)
    for name in ("record", "outcome"):
        place = {"Bucket": store.objects.bucket, "Key": f"releases/{store.environment}/{ONE}/{name}.json"}
        with pytest.raises(ClientError, match="Forbidden"):
            store.objects.s3.put_object(**place, Body=b"{}")
        etag = store.objects.s3.head_object(**place)["ETag"]
        with pytest.raises(ClientError, match="Forbidden"):
            store.objects.s3.put_object(**place, Body=b"{}", IfMatch=etag)
        with pytest.raises(ClientError, match="PreconditionFailed"):
            store.objects.s3.put_object(**place, Body=b"{}", IfNoneMatch="*")
    assert store.last() == known(release(1, store.environment))
    store.objects.s3.put_object(
        Bucket=store.objects.bucket, Key=f"releases/{store.environment}/position.json", Body=b""
    )


def test_the_state_beside_it_is_as_free_as_before(store: Store) -> None:
    s3, bucket = store.objects.s3, store.objects.bucket
    made = s3.put_object(Bucket=bucket, Key=".pulumi/stacks/headroom/dev.json", Body=b"{}")
    assert "ObjectLockMode" not in s3.head_object(Bucket=bucket, Key=".pulumi/stacks/headroom/dev.json")
    s3.delete_object(Bucket=bucket, Key=".pulumi/stacks/headroom/dev.json", VersionId=made["VersionId"])


def test_what_else_lies_there_is_left_alone(store: Store) -> None:
    keep(store, 1)
    put(store, "notes.txt", "mine")
    put(store, "20990101-000000-fffffff/approval.html", "of a later version")
    assert store.last() == known(release(1, store.environment))


def edited(number: int, environment: str, **change: Any) -> str:
    document = json.loads(written(release(number, environment)))
    document["release"].update(change)
    return json.dumps(document)


BROKEN: list[tuple[str, Callable[[str], str], str]] = [
    ("record", lambda env: "", "it is empty"),
    ("record", lambda env: written(release(1, env))[:99], "it is cut short, or no JSON"),
    ("record", lambda env: written(release(1, env)).replace('"version": 1', '"version": 9'), "a later version of"),
    ("record", lambda env: edited(1, env, kind="guess"), "release.kind: input should be"),
    ("record", lambda env: edited(1, env, colour="red"), "release.colour is nothing that this version knows"),
    ("record", lambda env: written(release(2, env)), "it is of dev[0-9]+ 20261121-120200-0000002"),
    ("record", lambda env: written(release(1, "prod")), "it is of prod 20261121-120100-0000001"),
    ("outcome", lambda env: "[", "it is cut short, or no JSON"),
    ("outcome", lambda env: written(outcome(release(2, env))), "it is of release 20261121-120200-0000002"),
]


@pytest.mark.parametrize(("name", "text", "said"), BROKEN)
def test_an_object_that_is_not_as_it_was_written_is_named(store: Store, name: str, text: Any, said: str) -> None:
    keep(store, 1)
    put(store, f"{ONE}/{name}.json", text(store.environment))
    place = f"s3://{store.objects.bucket}/releases/{store.environment}/{ONE}/{name}.json"
    for read in (store.releases, store.last, lambda: store.find(ONE), store.live):
        with pytest.raises(Failure, match=f"^{place} can't be read: .*{said}") as caught:
            read()
    assert caught.value.remedies[-1].startswith("aws s3api list-object-versions --bucket headroom-state-")


def test_a_record_that_was_deleted_is_missed(store: Store) -> None:
    keep(store, 1)
    key = f"releases/{store.environment}/{ONE}/record.json"
    store.objects.s3.delete_object(Bucket=store.objects.bucket, Key=key)
    with pytest.raises(Failure, match=f"{key} is gone, and release {ONE} has an outcome: somebody deleted it"):
        store.last()


class Refusing:
    """S3 that answers everything with an error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __getattr__(self, name: str) -> Any:
        def refuse(**_: Any) -> Any:
            raise self.error

        return refuse if name != "get_paginator" else lambda _: type("Pages", (), {"paginate": refuse})


def refused(code: str, message: str = "no", status: int = 403, operation: str = "GetObject") -> ClientError:
    said = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(said, operation)


@pytest.mark.parametrize(
    ("error", "said", "remedy"),
    [
        (refused("AccessDenied"), "AWS refuses GetObject on s3://", "docs/ci-access.md"),
        (refused("NoSuchBucket", status=404), "there is no bucket headroom-state-", "headroom bootstrap dev"),
        (refused("SlowDown", status=503), "S3 is too busy for GetObject", "in a minute"),
        (refused("Other", status=500), "S3 is too busy for GetObject", "in a minute"),
        (refused("ExpiredToken", "expired"), "position.json: expired", "sign in to the account"),
        (refused("InvalidRequest", "Bucket is missing Object Lock Configuration"), "can't lock", "headroom bootstrap"),
        (refused("MethodNotAllowed"), "GetObject on s3://.* failed: MethodNotAllowed: no", ""),
        (NoCredentialsError(), "there are no AWS credentials to reach s3://", "sign in to the account"),
        (EndpointConnectionError(endpoint_url="https://s3"), "can't be reached: Could not connect", "again"),
    ],
)
def test_what_aws_refuses_is_one_error(store: Store, error: Exception, said: str, remedy: str) -> None:
    away = replace(store, objects=replace(store.objects, s3=Refusing(error)))
    with pytest.raises(Failure, match=said) as caught:
        away.position()
    assert remedy in " ".join(caught.value.remedies)
    for call in (away.releases, lambda: away.record(release(1, store.environment))):
        with pytest.raises(Failure):
            call()


@pytest.fixture
def dev(emulator: Path, tmp_path: Path) -> Iterator[tuple[Project, Clients]]:
    """A project whose dev has an account that was never bootstrapped, and clients of that account."""
    number, region = "700000000002", "eu-central-1"
    (tmp_path / "Pulumi.dev.yaml").write_text(
        f'config:\n  aws:region: {region}\n  headroom:account: "{number}"\n', encoding="utf-8"
    )
    given = cloud.environment(cloud.ensure(emulator), number, region)
    session = boto3.Session(given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"])
    clients = Clients(session, region, given["AWS_ENDPOINT_URL"])
    yield Project(tmp_path, emulator), clients
    s3, bucket = clients("s3"), f"headroom-state-{number}-{region}"
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", ()):
        where = {"Bucket": bucket, "Key": version["Key"], "VersionId": version["VersionId"]}
        s3.delete_object(**where, BypassGovernanceRetention=True)
    s3.delete_bucket(Bucket=bucket)


OFFLINE = Invocation(environment="dev", offline=True, verb="promote")
ON_AWS = replace(OFFLINE, offline=False)


def test_offline_the_bucket_is_made_as_bootstrap_makes_it_and_once(dev: tuple[Project, Clients]) -> None:
    project, aws = dev
    with ThreadPoolExecutor(3) as pool:
        stores = list(pool.map(lambda _: open_store(project, OFFLINE, aws), range(3)))
    stores[0].record(release(1, "dev"))
    assert stores[1].last() == known(release(1, "dev"), None)
    kms = aws("kms")
    keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
    assert len([key for key in keys if key["Description"].startswith("Headroom")]) == 1
    assert aws("s3").get_bucket_versioning(Bucket=stores[0].objects.bucket)["Status"] == "Enabled"


def test_on_aws_a_bucket_that_is_missing_is_made_by_bootstrap_only(dev: tuple[Project, Clients]) -> None:
    project, aws = dev
    with pytest.raises(Failure, match="there is no bucket headroom-state-700000000002-eu-central-1") as caught:
        open_store(project, ON_AWS, aws)
    assert caught.value.remedies == ("headroom bootstrap dev  makes the bucket what it must be",)
    open_store(project, OFFLINE, aws)
    assert open_store(project, ON_AWS, aws).releases() == []


def test_a_bucket_of_an_earlier_bootstrap_is_told_to_be_prepared_again(dev: tuple[Project, Clients]) -> None:
    project, aws = dev
    bucket = "headroom-state-700000000002-eu-central-1"
    place = {"LocationConstraint": "eu-central-1"}
    aws("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    aws("s3").put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    aws("s3").put_object(Bucket=bucket, Key=".pulumi/meta.yaml", Body=b"version: 1")
    with pytest.raises(Failure, match=f"{bucket} can't lock records of releases") as caught:
        open_store(project, ON_AWS, aws).record(release(1, "dev"))
    assert "headroom bootstrap dev" in caught.value.remedies[0]
    open_store(project, OFFLINE, aws).record(release(1, "dev"))
