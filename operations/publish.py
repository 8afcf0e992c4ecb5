"""What publishing a site comes to: what is uploaded, kept, deleted and forgotten by the CDN. Pure: it only decides."""

from __future__ import annotations

import datetime
import json
import re
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from operations.errors import Failure
from operations.site_files import SHORT, YEAR, Site, SiteFile, is_page

FIRST_PAGE = "index.html"
"""What visitors see first, and so what changes last."""

VERSION = 1
"""Form of the record."""

MOST_PATHS = 100
"""Paths above which the whole site is forgotten by one path, `/*`. A month has 1,000 paths free, each further costs
(docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/PayingForInvalidation.html)."""


IS_MD5 = re.compile(r"^[0-9a-f]{32}$")
"""An ETag of an object that came in one part; that of one in parts has a hyphen."""


@dataclass(frozen=True, kw_only=True)
class Stored:
    """An object as the bucket lists it."""

    size: int
    """Bytes."""
    etag: str
    """Without quotes. The MD5 of the content, unless a KMS key encrypts it or it came in parts."""


@dataclass(frozen=True, kw_only=True)
class Headers:
    """What an object is served with."""

    content_type: str
    cache_control: str


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One file as it was published."""

    etag: str
    """What S3 called it then: another one means that somebody else has written since."""
    sha256: str
    """Hash of its content, hexadecimal."""
    headers: Headers


@dataclass(frozen=True, kw_only=True)
class Record:
    """What earlier runs did, kept beside the site."""

    files: Mapping[str, Entry] = field(default_factory=dict)
    """By key; also those that the site has no more and the bucket still has."""
    retired: Mapping[str, datetime.datetime] = field(default_factory=dict)
    """Keys that the site has no more, and since when."""

    def text(self) -> str:
        """As it is stored."""
        files = {
            key: [entry.etag, entry.sha256, entry.headers.content_type, entry.headers.cache_control]
            for key, entry in sorted(self.files.items())
        }
        retired = {key: since.isoformat() for key, since in sorted(self.retired.items())}
        return json.dumps({"version": VERSION, "files": files, "retired": retired}, indent=1) + "\n"


def read_record(text: str) -> Record | None:
    """What `Record.text` wrote; None if it is damaged. Raises Failure when a later version of this program wrote it."""
    try:
        document: dict[str, Any] = json.loads(text)
        if document["version"] > VERSION:
            raise Failure(
                "the site was last published by a later version of this program, whose record this one can't read",
                ("publish it with that version",),
            )
        files = {
            key: Entry(etag=etag, sha256=sha256, headers=Headers(content_type=kind, cache_control=cache))
            for key, (etag, sha256, kind, cache) in document["files"].items()
        }
        retired = {key: datetime.datetime.fromisoformat(since) for key, since in document["retired"].items()}
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return Record(files=files, retired=retired)


@dataclass(frozen=True, kw_only=True)
class Upload:
    """A file that is put into the bucket."""

    file: SiteFile
    headers: Headers
    is_new: bool
    """Whether the bucket has no such object yet."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What there is to do, in the order in which it is done: uploads, deletions, invalidation, record."""

    uploads: Sequence[Upload]
    """What pages need first, then the pages, the first page last: no visitor is led to what is not there yet."""
    unchanged: Sequence[str]
    """Keys that the bucket has already as they are to be."""
    deletions: Sequence[str]
    """Keys that go."""
    kept: Mapping[str, datetime.datetime]
    """Keys that the site has no more and the bucket still has, and since when."""
    paths: Sequence[str]
    """Paths that CloudFront is to forget."""
    renamed: Sequence[str]
    """Keys that look like the hash of a content that they no longer have."""
    record: Record
    """What is remembered afterwards, without the uploads, whose ETags are not known yet."""
    changes_record: bool
    """Whether that differs from what is remembered now."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing would happen."""
        return not (self.uploads or self.deletions or self.paths or self.changes_record)

    def record_after(self, etags: Mapping[str, str]) -> Record:
        """What is remembered once the uploads are done; by key, what S3 calls each now."""
        done = {
            upload.file.key: Entry(etag=etags[upload.file.key], sha256=upload.file.sha256, headers=upload.headers)
            for upload in self.uploads
        }
        return replace(self.record, files={**self.record.files, **done})


def to_look_at(site: Site, stored: Mapping[str, Stored], record: Record) -> list[str]:
    """Keys whose content seems to be there already, by nobody knows whom: a run that was interrupted, or another tool.

    Their headers must be asked for, one by one.
    """
    return [
        key
        for key, file in site.files.items()
        if key in stored
        and _known(file, stored, record) is None
        and (stored[key].etag, stored[key].size) == (file.md5, file.size)
    ]


def make_plan(
    site: Site,
    stored: Mapping[str, Stored],
    record: Record,
    found: Mapping[str, Headers],
    *,
    now: datetime.datetime,
    delete: bool,
    keep_days: int,
) -> Plan:
    """Compares the folder with the bucket. `found` holds the headers of what `to_look_at` names."""
    uploads: list[Upload] = []
    entries: dict[str, Entry] = {}
    touched, renamed = [], []
    for key, file in site.files.items():
        headers = _headers(file, stored, record)
        if headers.cache_control != file.cache_control:
            renamed.append(key)
        known = _known(file, stored, record)
        if known and known.headers == headers:
            entries[key] = known
            continue
        touched.append(key)
        if found.get(key) == headers:
            entries[key] = Entry(etag=stored[key].etag, sha256=file.sha256, headers=headers)
        else:
            uploads.append(Upload(file=file, headers=headers, is_new=key not in stored))
    gone = {key: record.retired.get(key, now) for key in record.files if key not in site.files and key in stored}
    deletions = [key for key, since in gone.items() if delete and _is_due(key, since, now, keep_days)]
    kept = {key: since for key, since in gone.items() if key not in deletions}
    after = Record(files={**entries, **{key: record.files[key] for key in kept}}, retired=kept)
    stale = [key for key in touched if key in renamed or site.files[key].cache_control != YEAR]
    stale += [key for key in deletions if record.files[key].headers.cache_control != YEAR]
    return Plan(
        uploads=sorted(uploads, key=_turn),
        unchanged=sorted(entries),
        deletions=sorted(deletions),
        kept=kept,
        paths=paths_of(stale),
        renamed=[key for key in renamed if key in touched],
        record=after,
        changes_record=bool(uploads) or after != record,
    )


def _known(file: SiteFile, stored: Mapping[str, Stored], record: Record) -> Entry | None:
    """What was published under the key, if it has this content and nobody has written since."""
    entry = record.files.get(file.key)
    if entry is None or file.key not in stored:
        return None
    return entry if (entry.etag, entry.sha256) == (stored[file.key].etag, file.sha256) else None


def _headers(file: SiteFile, stored: Mapping[str, Stored], record: Record) -> Headers:
    """A name that had another content before is no hash of it, whatever it looks like: from then on it is asked for
    again and again."""
    cached = file.cache_control
    if cached == YEAR and _had_another_content(file, stored.get(file.key), record.files.get(file.key)):
        cached = SHORT
    return Headers(content_type=file.content_type, cache_control=cached)


def _had_another_content(file: SiteFile, now: Stored | None, before: Entry | None) -> bool:
    """By the record, or by the bucket's own word where a run was interrupted or somebody else has written."""
    if before and (before.sha256 != file.sha256 or before.headers.cache_control != YEAR):
        return True
    return now is not None and IS_MD5.match(now.etag) is not None and now.etag != file.md5


def _is_due(key: str, since: datetime.datetime, now: datetime.datetime, keep_days: int) -> bool:
    """A page that is no more goes at once; what pages need stays a while, for whoever has an old page open."""
    return is_page(key) or now - since >= datetime.timedelta(days=keep_days)


def _turn(upload: Upload) -> tuple[bool, bool, str]:
    key = upload.file.key
    return upload.file.is_page, key == FIRST_PAGE, key


def paths_of(keys: Sequence[str]) -> list[str]:
    """Paths under which visitors ask for these keys; one for all where there are too many.

    A folder's page is asked for by the folder's name too, with and without a slash.
    """
    found: list[str] = []
    for key in sorted(keys):
        found.append(f"/{key}")
        if key == FIRST_PAGE:
            found.append("/")
        elif key.endswith("/index.html"):
            folder = key.removesuffix("/index.html")
            found += [f"/{folder}/", f"/{folder}"]
    if len(found) > MOST_PATHS:
        return ["/*"]
    # Only what RFC 1738 calls unsafe is escaped, or CloudFront takes it for another path.
    return [urllib.parse.quote(path, safe="/!$&'()*+,;=:@").replace("~", "%7E") for path in found]
