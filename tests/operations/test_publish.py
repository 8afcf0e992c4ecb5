"""What is uploaded, kept, deleted and forgotten, decided without AWS. T4."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from operations.errors import Failure
from operations.publish import Entry, Headers, Plan, Record, Stored, make_plan, paths_of, read_record, to_look_at
from operations.site_files import SHORT, YEAR, Site, SiteFile, cache_control, content_type

NOW = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
SCRIPT, OTHER_SCRIPT = "assets/main-BkT3x9aZ.js", "assets/main-CkT3x9aZ.js"
SITE = {"index.html": "<html>1", "docs/index.html": "<html>2", SCRIPT: "x=1", "robots.txt": "all"}


def md5(content: str) -> str:
    return hashlib.md5(content.encode(), usedforsecurity=False).hexdigest()


def site(contents: Mapping[str, str]) -> Site:
    files = {
        key: SiteFile(
            key=key,
            path=Path(key),
            size=len(content),
            sha256=hashlib.sha256(content.encode()).hexdigest(),
            md5=md5(content),
            content_type=content_type(key),
            cache_control=cache_control(key),
        )
        for key, content in sorted(contents.items())
    }
    return Site(files=files, hidden=())


class Bucket:
    """What S3 and the record hold, as a run leaves them."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, Headers]] = {}
        self.record = Record()

    @property
    def stored(self) -> dict[str, Stored]:
        return {key: Stored(size=len(content), etag=md5(content)) for key, (content, _) in self.objects.items()}

    def plan(self, contents: Mapping[str, str], *, days: int = 0, delete: bool = False, keep_days: int = 30) -> Plan:
        wanted = site(contents)
        found = {key: self.objects[key][1] for key in to_look_at(wanted, self.stored, self.record)}
        now = NOW + datetime.timedelta(days=days)
        return make_plan(wanted, self.stored, self.record, found, now=now, delete=delete, keep_days=keep_days)

    def publish(self, contents: Mapping[str, str], *, days: int = 0, delete: bool = False, until: str = "") -> Plan:
        """Carries a plan out, or stops before the record is written."""
        plan = self.plan(contents, days=days, delete=delete)
        for upload in plan.uploads:
            self.objects[upload.file.key] = (contents[upload.file.key], upload.headers)
        for key in plan.deletions:
            del self.objects[key]
        if until != "record":
            self.record = plan.record_after({u.file.key: u.file.md5 for u in plan.uploads})
        return plan


@pytest.fixture
def bucket() -> Bucket:
    made = Bucket()
    made.publish(SITE)
    return made


def keys(plan: Plan) -> list[str]:
    return [upload.file.key for upload in plan.uploads]


def test_at_first_all_is_uploaded_what_pages_need_before_them_and_the_first_page_last() -> None:
    plan = Bucket().plan(SITE)
    assert keys(plan) == [SCRIPT, "robots.txt", "docs/index.html", "index.html"]
    assert all(upload.is_new for upload in plan.uploads)


def test_a_second_run_does_nothing(bucket: Bucket) -> None:
    plan = bucket.plan(SITE, days=1, delete=True)
    assert (plan.is_empty, plan.unchanged) == (True, sorted(SITE))


def test_only_what_changed_is_uploaded_and_forgotten(bucket: Bucket) -> None:
    plan = bucket.plan({**SITE, "robots.txt": "none"})
    assert (keys(plan), plan.paths, plan.uploads[0].is_new) == (["robots.txt"], ["/robots.txt"], False)


def test_a_new_script_needs_no_invalidation_and_the_page_that_loads_it_does(bucket: Bucket) -> None:
    changed = {key: content for key, content in SITE.items() if key != SCRIPT}
    plan = bucket.plan({**changed, OTHER_SCRIPT: "x=2", "index.html": "<html>3"})
    assert keys(plan) == [OTHER_SCRIPT, "index.html"]
    assert plan.paths == ["/index.html", "/"]


def test_old_scripts_stay_for_whoever_has_an_old_page_and_go_when_their_days_are_over(bucket: Bucket) -> None:
    changed = {key: content for key, content in SITE.items() if key != SCRIPT}
    assert bucket.publish(changed).kept == {SCRIPT: NOW}
    assert bucket.plan(changed, days=29, delete=True).is_empty
    assert bucket.plan(changed, days=31).is_empty
    plan = bucket.publish(changed, days=30, delete=True)
    assert (plan.deletions, plan.paths) == ([SCRIPT], [])
    assert bucket.plan(changed, days=31, delete=True).is_empty


def test_a_script_that_comes_back_is_no_old_one_any_more(bucket: Bucket) -> None:
    bucket.publish({key: content for key, content in SITE.items() if key != SCRIPT})
    back = bucket.publish(SITE, days=10)
    assert (keys(back), back.kept, bucket.record.retired) == ([], {}, {})
    gone = bucket.publish({key: content for key, content in SITE.items() if key != SCRIPT}, days=40, delete=True)
    assert gone.deletions == []


def test_a_page_that_is_no_more_goes_at_once_if_told_to_and_is_forgotten(bucket: Bucket) -> None:
    changed = {key: content for key, content in SITE.items() if key != "docs/index.html"}
    assert bucket.plan(changed).deletions == []
    plan = bucket.plan(changed, delete=True)
    assert plan.deletions == ["docs/index.html"]
    assert plan.paths == ["/docs/index.html", "/docs/", "/docs"]


def test_what_others_put_into_the_bucket_is_never_deleted(bucket: Bucket) -> None:
    bucket.objects["by-hand.pdf"] = ("x", Headers(content_type="application/pdf", cache_control=""))
    assert bucket.plan(SITE, delete=True, keep_days=0).is_empty


def test_what_somebody_overwrote_or_deleted_is_uploaded_again(bucket: Bucket) -> None:
    bucket.objects["robots.txt"] = ("hacked", bucket.objects["robots.txt"][1])
    del bucket.objects[SCRIPT]
    assert keys(bucket.plan(SITE)) == [SCRIPT, "robots.txt"]


def test_a_run_that_stopped_before_its_record_is_finished_without_uploading_again(bucket: Bucket) -> None:
    changed = {**SITE, "index.html": "<html>new"}
    bucket.publish(changed, until="record")
    plan = bucket.publish(changed)
    assert (keys(plan), plan.paths) == ([], ["/index.html", "/"])
    assert bucket.plan(changed).is_empty


def test_what_another_tool_put_is_taken_over_if_its_headers_are_right(bucket: Bucket) -> None:
    bucket.record = Record()
    assert keys(bucket.plan(SITE)) == []
    content, headers = bucket.objects["robots.txt"]
    bucket.objects["robots.txt"] = (content, Headers(content_type="binary/octet-stream", cache_control=""))
    bucket.objects[SCRIPT] = ("x=1", Headers(content_type=headers.content_type, cache_control=SHORT))
    assert keys(bucket.plan(SITE)) == [SCRIPT, "robots.txt"]


def test_a_name_that_had_another_content_is_cached_for_a_year_no_more(bucket: Bucket) -> None:
    changed = {**SITE, SCRIPT: "x=2"}
    plan = bucket.publish(changed)
    [upload] = plan.uploads
    assert (upload.headers.cache_control, plan.renamed, plan.paths) == (SHORT, [SCRIPT], [f"/{SCRIPT}"])
    again = bucket.plan(changed)
    assert (again.is_empty, again.renamed) == (True, [])
    assert bucket.plan({**SITE, SCRIPT: "x=3"}).uploads[0].headers.cache_control == SHORT


def test_folders_are_forgotten_by_every_name_that_visitors_use() -> None:
    assert paths_of(["a/index.html", "b.html"]) == ["/a/index.html", "/a/", "/a", "/b.html"]


def test_names_are_escaped_where_cloudfront_needs_it_and_nowhere_else() -> None:
    assert paths_of(["ein bild.png", "ü.txt", "a~b(1).txt"]) == ["/a%7Eb(1).txt", "/ein%20bild.png", "/%C3%BC.txt"]


def test_a_hundred_paths_are_named_and_more_are_all() -> None:
    assert len(paths_of([f"{n}.txt" for n in range(100)])) == 100
    assert paths_of([f"{n}.txt" for n in range(101)]) == ["/*"]


def test_the_record_reads_back_as_it_was_written(bucket: Bucket) -> None:
    bucket.publish({"index.html": "<html>9"})
    assert read_record(bucket.record.text()) == bucket.record
    assert bucket.record.retired


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": "x"}', '{"version": 1, "files": 2}'])
def test_a_damaged_record_is_none(text: str) -> None:
    assert read_record(text) is None


def test_a_record_of_a_later_version_is_not_touched() -> None:
    with pytest.raises(Failure, match="a later version of this program"):
        read_record('{"version": 2, "files": [], "retired": {}}')


NAMES = st.sampled_from(["index.html", "docs/index.html", "robots.txt", SCRIPT, OTHER_SCRIPT, "style.css"])
CONTENTS = st.dictionaries(NAMES, st.sampled_from(["a", "b", "c"])).map(lambda found: {"index.html": "a", **found})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(CONTENTS, st.booleans(), st.booleans()), min_size=1, max_size=5))
def test_whatever_came_before_the_site_is_as_the_folder_has_it_and_stays_so(
    runs: list[tuple[dict[str, str], bool, bool]],
) -> None:
    bucket = Bucket()
    for day, (contents, delete, interrupted) in enumerate(runs):
        before = {key: content for key, (content, _) in bucket.objects.items()}
        plan = bucket.publish(contents, days=day, delete=delete, until="record" if interrupted else "")
        assert {key: bucket.objects[key][0] for key in contents} == contents
        stale = [k for k in contents if k in before and before[k] != contents[k]]
        assert set(paths_of(stale)) <= set(plan.paths)
        if not interrupted:
            assert bucket.plan(contents, days=day, delete=delete).is_empty


def test_an_entry_is_what_was_published(bucket: Bucket) -> None:
    headers = Headers(content_type="text/javascript; charset=utf-8", cache_control=YEAR)
    sha256 = hashlib.sha256(b"x=1").hexdigest()
    assert bucket.record.files[SCRIPT] == Entry(etag=md5("x=1"), sha256=sha256, headers=headers)
