"""What `headroom publish` shows, asks and does; AWS is moto's. T4."""

from __future__ import annotations

import datetime
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws
from rich.console import Console

from operations import publishing
from operations.errors import Failure, Invocation
from operations.project import Project
from operations.publishing import Wishes, publish, refuse_swapped
from operations.screen import Screen
from operations.site_store import RECORD, SiteStore

ACCOUNT, REGION, BUCKET = "123456789012", "eu-central-1", "headroom-dev-site-123456789012"
NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
WISHES = {"delete": False, "keep_days": 30, "wait": False, "dry_run": False, "yes": False, "max_file_mib": 100}
SCRIPT = "main-BkT3x9aZ.js"


class Cdn:
    """CloudFront, as far as it is asked."""

    def __init__(self) -> None:
        self.forgotten: list[list[str]] = []

    def create_invalidation(self, **asked: Any) -> Any:
        self.forgotten.append(asked["InvalidationBatch"]["Paths"]["Items"])
        return {"Invalidation": {"Id": "I1", "Status": "InProgress"}}

    def get_invalidation(self, **_: Any) -> Any:
        return {"Invalidation": {"Status": "Completed"}}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[SiteStore]:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        s3 = boto3.Session("AKIATEST", "secret", region_name=REGION).client("s3")
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        made = SiteStore(s3=s3, cloudfront=Cdn(), account=ACCOUNT, bucket=BUCKET, distribution="E1")
        monkeypatch.setattr(publishing, "_open", lambda session: made)
        yield made


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text("<html>")
    (tmp_path / SCRIPT).write_text("x=1")
    return tmp_path


@pytest.fixture
def said(dist: Path) -> Callable[..., str]:
    """Publishes, and returns what was printed."""

    def run(*, offline: bool = True, days: int = 0, **wishes: Any) -> str:
        written = io.StringIO()
        session: Any = SimpleNamespace(
            invocation=Invocation(environment="dev", offline=offline, verb="publish"),
            screen=Screen(Console(file=written, width=300)),
            place="dev",
            project=None,
        )
        now = NOW + datetime.timedelta(days=days)
        assert publish(session, dist, Wishes(**{**WISHES, **wishes}), now) == 0
        return written.getvalue()

    return run


def test_a_first_publish_is_counted_by_kind_and_a_second_changes_nothing(
    store: SiteStore, dist: Path, said: Callable[..., str]
) -> None:
    first = said(wait=True)
    assert f"  + {SCRIPT}\n  + index.html\n" in first
    assert "Published: 2 files uploaded (9 bytes, 1 cached for a year, 1 page); 2 paths forgotten by the CDN." in first
    assert "Waiting until CloudFront has forgotten everywhere (I1)" in first
    assert f"Nothing changed: the site is as {dist} has it, 2 files." in said()
    assert store.cloudfront.forgotten == [["/index.html", "/"]]


def test_on_aws_nobody_is_there_to_ask_so_nothing_is_done_without_yes(
    store: SiteStore, said: Callable[..., str]
) -> None:
    with pytest.raises(Failure, match="there is no terminal to ask on"):
        said(offline=False)
    assert store.stored() == {}
    assert "Published: 2 files" in said(offline=False, yes=True)


def test_a_dry_run_says_what_would_be_done_and_does_nothing(store: SiteStore, said: Callable[..., str]) -> None:
    assert "Nothing was changed. That would be: 2 files uploaded" in said(dry_run=True)
    assert (store.stored(), store.cloudfront.forgotten) == ({}, [])


def test_what_is_hidden_is_named(store: SiteStore, dist: Path, said: Callable[..., str]) -> None:
    (dist / ".env").write_text("canary")
    assert "Left out, since their names start with a dot: .env" in said()


def test_a_name_that_lies_about_its_content_is_told_once(
    store: SiteStore, dist: Path, said: Callable[..., str]
) -> None:
    said()
    (dist / SCRIPT).write_text("x=2")
    assert f"{SCRIPT} has another content under its old name" in said()
    assert store.cloudfront.forgotten[-1] == [f"/{SCRIPT}"]
    assert "another content" not in said()


def test_a_damaged_record_is_made_anew_without_uploading(store: SiteStore, said: Callable[..., str]) -> None:
    said()
    store.s3.put_object(Bucket=BUCKET, Key=RECORD, Body=b"{")
    again = said()
    assert "The record of what was published can't be read: it is made anew." in again
    assert "Published: 2 unchanged; 2 paths forgotten by the CDN." in again
    assert not store.remembered().damaged


def test_what_stays_of_earlier_versions_is_told_with_the_way_to_take_it_away(
    store: SiteStore, dist: Path, said: Callable[..., str]
) -> None:
    said()
    (dist / SCRIPT).unlink()
    (dist / "index.html").write_text("<html>2")
    assert "1 file of earlier versions still there; --delete takes away what is no more." in said()
    (dist / "index.html").write_text("<html>3")
    assert "1 file of earlier versions still there; each goes 30 days after" in said(days=29, delete=True)
    gone = said(days=30, delete=True)
    assert f"  - {SCRIPT}\n" in gone
    assert "Published: 1 deleted, 1 unchanged." in gone


def test_many_files_are_named_in_part(store: SiteStore, dist: Path, said: Callable[..., str]) -> None:
    for number in range(30):
        (dist / f"{number:02}.txt").write_text("x")
    assert "    and 12 more" in said(dry_run=True)


def test_who_swaps_folder_and_environment_is_told_the_order(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.dev.yaml").touch()
    with pytest.raises(Failure, match="the folder comes first") as caught:
        refuse_swapped(Project(tmp_path), Path("dev"), "dist")
    assert caught.value.remedies[0].endswith("publish dist dev")
    refuse_swapped(Project(tmp_path), Path("dist"), "dev")
