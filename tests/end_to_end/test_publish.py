"""A site is published by the command, into the bucket of an environment on the emulated AWS. T4."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

SCRIPT = "assets/main-BkT3x9aZ.js"


@pytest.fixture
def bucket(accounts: dict[str, boto3.Session]) -> Iterator[tuple[Any, str]]:
    """The bucket of dev's site, as empty afterwards as before."""
    s3 = accounts["dev"].client("s3")
    [name] = [b["Name"] for b in s3.list_buckets()["Buckets"] if b["Name"].startswith("headroom-dev-site-")]
    yield s3, name
    listed = s3.list_object_versions(Bucket=name)
    for version in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=name, Key=version["Key"], VersionId=version["VersionId"])


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<html>1")
    (tmp_path / SCRIPT).write_text("x=1")
    (tmp_path / "robots.txt").write_text("all")
    return tmp_path


def invalidations(accounts: dict[str, boto3.Session], project: Any) -> list[list[str]]:
    """The paths of every invalidation of dev's distribution, the first one first; none where it has no CDN."""
    distribution = json.loads(project.headroom("outputs", "dev", "--offline", "--json"))["site"]["distribution"]
    if not distribution:
        return []
    client = accounts["dev"].client("cloudfront")
    listed = client.list_invalidations(DistributionId=distribution)["InvalidationList"].get("Items", [])
    made = [client.get_invalidation(DistributionId=distribution, Id=item["Id"])["Invalidation"] for item in listed]
    return [m["InvalidationBatch"]["Paths"]["Items"] for m in sorted(made, key=lambda m: m["CreateTime"])]


def test_a_site_is_published_once_changed_and_tidied(
    standing: Any, accounts: dict[str, boto3.Session], bucket: tuple[Any, str], dist: Path
) -> None:
    s3, name = bucket

    def publish(*options: str) -> str:
        return str(standing.headroom("publish", str(dist), "dev", "--offline", *options))

    assert "3 files uploaded (13 bytes, 1 cached for a year, 1 page)" in publish("--wait")
    page, script = s3.head_object(Bucket=name, Key="index.html"), s3.head_object(Bucket=name, Key=SCRIPT)
    assert (page["CacheControl"], page["ContentType"]) == ("no-cache", "text/html; charset=utf-8")
    assert script["CacheControl"] == "public, max-age=31536000, immutable"

    before = invalidations(accounts, standing)
    assert f"Nothing changed: the site is as {dist} has it, 3 files." in publish()

    (dist / SCRIPT).rename(dist / "assets/main-CkT3x9aZ.js")
    (dist / "index.html").write_text("<html>2")
    assert "Nothing was changed. That would be: 2 files uploaded" in publish("--dry-run")
    assert s3.get_object(Bucket=name, Key="index.html")["Body"].read() == b"<html>1"
    assert "1 file of earlier versions still there" in publish()
    assert s3.get_object(Bucket=name, Key="index.html")["Body"].read() == b"<html>2"
    assert s3.head_object(Bucket=name, Key=SCRIPT)["ContentLength"] == 3
    if before:
        assert invalidations(accounts, standing) == [*before, ["/index.html", "/"]]

    assert "1 deleted" in publish("--delete", "--keep-days", "0")
    keys = {item["Key"] for item in s3.list_objects_v2(Bucket=name)["Contents"]}
    assert keys == {"assets/main-CkT3x9aZ.js", "index.html", "robots.txt", ".headroom/publish.json"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("nowhere", "dev"), "there is no folder nowhere"),
        (("dev", "nowhere"), "the folder comes first, then the environment: there is no folder dev"),
        (("operations", "dev"), "there is no index.html in operations, so nobody would see the site"),
        (("operations", "stagign"), "there is no environment 'stagign'"),
    ],
)
def test_what_can_not_be_published_is_told_before_anything_is_done(
    words: tuple[str, str], says: str, standing: Any, outputs_of_up: dict[str, str]
) -> None:
    said = standing.headroom("publish", *words, "--offline", ok=False)
    assert says in " ".join(said.split())
