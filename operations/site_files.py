"""The files of a site on this machine: what each is, how long it may be cached, and whether it can be published."""

from __future__ import annotations

import hashlib
import mimetypes
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from operations.errors import Failure

YEAR = "public, max-age=31536000, immutable"
"""For what has a hash of its content in its name: another content is another file (T4)."""
ASK = "no-cache"
"""For pages: kept, but never shown without asking whether they are still right."""
SHORT = "public, max-age=300"
"""For all else, such as robots.txt or a favicon: five minutes."""

MAX_FILE_MIB = 100
"""Largest file by default. S3 and CloudFront take more; one so large is nearly always there by mistake."""
LONGEST_KEY = 1024
"""Bytes of an object's key (docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html)."""

PAGES = frozenset({".html", ".htm", ".xhtml"})
VISIBLE = frozenset({".well-known"})
"""Names that start with a dot and belong to a site all the same (RFC 8615)."""

TYPES: Mapping[str, str] = {
    ".avif": "image/avif",
    ".css": "text/css",
    ".gz": "application/gzip",
    ".htm": "text/html",
    ".html": "text/html",
    ".ico": "image/x-icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".map": "application/json",
    ".md": "text/markdown",
    ".mjs": "text/javascript",
    ".otf": "font/otf",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".txt": "text/plain",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff": "font/woff",
    ".woff2": "font/woff2",
    ".xhtml": "application/xhtml+xml",
    ".xml": "application/xml",
}
"""Types that Python's own table lacks, or that differ from one Python to the next."""
TEXTS = re.compile(r"^text/|^application/(json|xml|xhtml\+xml|manifest\+json)$|\+xml$")

HEXADECIMAL = re.compile(r"^[0-9a-f]{8,64}$")
LONG_HASH = 16
"""Characters from which a whole name may be a hash: a word of that length with digits in it is none."""
ENCODED = re.compile(r"^[A-Za-z0-9_-]{8}$")
WORDS = re.compile(r"^[A-Z]?[a-z]*([A-Z][a-z]+)*[0-9]*$|^(19|20)[0-9]{2}")
"""`iPhone15`, `DarkMode`, `2024Q1v2`: words with a number behind them, or what begins with a year."""


@dataclass(frozen=True, kw_only=True)
class SiteFile:
    """One file of the site."""

    key: str
    """Its path below the folder, with slashes: the object's key."""
    path: Path
    """Where it lies."""
    size: int
    """Bytes."""
    sha256: str
    """Hash of its content, hexadecimal."""
    md5: str
    """What S3 calls its ETag, unless a KMS key encrypts it."""
    content_type: str
    """MIME type, texts with their encoding, UTF-8."""
    cache_control: str
    """How long browsers and CloudFront keep it."""

    @property
    def is_page(self) -> bool:
        """Pages come last, since they name all else."""
        return is_page(self.key)


@dataclass(frozen=True, kw_only=True)
class Site:
    """What a folder holds."""

    files: Mapping[str, SiteFile]
    """By key, in the order of their names."""
    hidden: tuple[str, ...]
    """Keys that start with a dot, and stay here."""


def is_page(key: str) -> bool:
    """Whether a key is a page's."""
    return Path(key).suffix.lower() in PAGES


def read_site(folder: Path, *, max_file_mib: int = MAX_FILE_MIB) -> Site:
    """Every file below a folder. Raises Failure when it can't be a site, or a file can't be published."""
    if not folder.exists():
        raise Failure(f"there is no folder {folder}", ("build the site first, then name the folder that it is in",))
    if not folder.is_dir():
        raise Failure(f"{folder} is a file; a site is a folder with an index.html in it")
    root = folder.resolve()
    hidden: list[str] = []
    files = {path.relative_to(root).as_posix(): path for path in _walk(root, root, hidden)}
    if not files:
        raise Failure(f"there are no files in {folder}", ("build the site first",))
    if "index.html" not in files:
        nearest = next((key for key in sorted(files, key=len) if key.endswith("/index.html")), None)
        inner = folder / nearest.removesuffix("/index.html") if nearest else None
        raise Failure(
            f"there is no index.html in {folder}, so nobody would see the site",
            (f"name the folder that has one: {inner}",) if inner else ("build the site first",),
        )
    limit = max_file_mib * 1024 * 1024
    return Site(files={key: _file(key, files[key], limit) for key in sorted(files)}, hidden=tuple(sorted(hidden)))


def _walk(folder: Path, root: Path, hidden: list[str]) -> Iterator[Path]:
    """Files below a folder; a link may lead to a file of the same site, and nowhere else."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise Failure(f"{folder} can't be read: {error.strerror}") from error
    for entry in entries:
        path = Path(entry.path)
        shown = path.relative_to(root).as_posix()
        if entry.name.startswith(".") and entry.name not in VISIBLE:
            hidden.append(shown)
        elif entry.is_symlink():
            yield _linked(path, root, shown)
        elif entry.is_dir():
            yield from _walk(path, root, hidden)
        elif entry.is_file():
            yield path
        else:
            raise Failure(f"{shown} is neither a file nor a folder", ("take it out of the site",))


def _linked(path: Path, root: Path, shown: str) -> Path:
    target = path.resolve()
    if not target.is_relative_to(root):
        raise Failure(
            f"{shown} is a link to {target}, outside the site; what lies there might not be meant for everybody",
            ("put a copy in its place, or take it out",),
        )
    if not target.is_file():
        what = "a folder" if target.is_dir() else "nothing"
        raise Failure(f"{shown} is a link to {what}", ("put a copy in its place, or take it out",))
    return path


def _file(key: str, path: Path, limit: int) -> SiteFile:
    try:
        length = len(key.encode())
    except UnicodeEncodeError:
        raise Failure(f"the name {key!a} is not UTF-8", ("rename it",)) from None
    if length > LONGEST_KEY:
        raise Failure(f"the path {key} has {length} bytes; S3 takes {LONGEST_KEY}", ("shorten it",))
    try:
        size = path.stat().st_size
        if size > limit:
            raise Failure(
                f"{key} has {size / 1024 / 1024:.1f} MiB, more than {limit // 1024 // 1024}",
                ("take it out of the site, or allow it by --max-file-mib",),
            )
        content = path.read_bytes()
    except OSError as error:
        raise Failure(f"{key} can't be read: {error.strerror}") from error
    return SiteFile(
        key=key,
        path=path,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        md5=hashlib.md5(content, usedforsecurity=False).hexdigest(),
        content_type=content_type(key),
        cache_control=cache_control(key),
    )


def content_type(key: str) -> str:
    """The MIME type of a file by its name, the same on every machine."""
    suffix = Path(key).suffix.lower()
    # Built in, never the machine's own /etc/mime.types: that would upload all anew from another machine.
    found = TYPES.get(suffix) or mimetypes.MimeTypes(filenames=()).guess_type(f"x{suffix}")[0]
    kind = found or "application/octet-stream"
    return f"{kind}; charset=utf-8" if TEXTS.search(kind) else kind


def cache_control(key: str) -> str:
    """How long a file may be kept, by its name."""
    if is_page(key):
        return ASK
    return YEAR if names_its_content(key) else SHORT


def names_its_content(key: str) -> bool:
    """Whether the name holds a hash, as bundlers write it: `main.3f2a1b4c.js`, `index-BkT3x9aZ.css`.

    When in doubt it does not: a file that is asked for too often costs little, one that is kept for a year too long
    is a site that does not work. Letters alone, digits alone (a date), and words with a number are no hash.
    """
    first, *others = Path(key).name.split(".")
    marked = others[:-1]
    for stem in (first, *marked):
        marked += [stem.rpartition("-")[2], _last_eight(stem)] if "-" in stem else []
    underscored = first.rpartition("_")[2] if "_" in first else ""
    return any(_is_hash(token) for token in marked) or any(
        HEXADECIMAL.match(token) and _mixed(token) for token in (first if len(first) >= LONG_HASH else "", underscored)
    )


def _last_eight(stem: str) -> str:
    """The eight characters behind the hyphen of `index-B-kT3x_9`: they may hold hyphens themselves."""
    return stem[-8:] if len(stem) > 8 and stem[-9] == "-" else ""


def _is_hash(token: str) -> bool:
    if HEXADECIMAL.match(token):
        return _mixed(token)
    return bool(ENCODED.match(token)) and _mixed(token) and token != token.lower() and not WORDS.match(token)


def _mixed(token: str) -> bool:
    return any(c.isdigit() for c in token) and any(c.isalpha() for c in token)
