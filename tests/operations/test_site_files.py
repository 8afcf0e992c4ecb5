"""What a folder must be to be a site, and how long its files may be cached. T4."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from operations.errors import Failure
from operations.site_files import ASK, SHORT, YEAR, cache_control, content_type, read_site


@pytest.fixture
def dist(tmp_path: Path) -> Path:
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<html>")
    (folder / "assets/main-BkT3x9aZ.js").write_text("x=1")
    return folder


def test_every_file_is_read_with_its_hashes_type_and_time(dist: Path) -> None:
    site = read_site(dist)
    assert list(site.files) == ["assets/main-BkT3x9aZ.js", "index.html"]
    script = site.files["assets/main-BkT3x9aZ.js"]
    assert (script.size, script.md5) == (3, hashlib.md5(b"x=1", usedforsecurity=False).hexdigest())
    assert script.sha256 == hashlib.sha256(b"x=1").hexdigest()
    assert (script.content_type, script.cache_control) == ("text/javascript; charset=utf-8", YEAR)
    assert (script.is_page, site.files["index.html"].is_page) == (False, True)


@pytest.mark.parametrize(
    "name",
    [
        "main.3f2a1b4c.js",
        "main.3f2a1b4c.chunk.js",
        "main.3f2a1b4c.js.map",
        "index-BkT3x9aZ.css",
        "index-B-kT3x_9.css",
        "chunk-5F2QXZ3M.js",
        "3f2a1b4c9d8e7f6a.woff2",
        "_next/static/chunks/1234-0a1b2c3d4e5f6071.js",
        "photo_3f2a1b4c9d.jpg",
    ],
)
def test_a_name_with_the_hash_of_its_content_is_cached_for_a_year(name: str) -> None:
    assert cache_control(name) == "public, max-age=31536000, immutable"


@pytest.mark.parametrize(
    "name",
    [
        "robots.txt",
        "favicon.ico",
        "sw.js",
        "style.css",
        "jquery-3.7.1.min.js",
        "logo-512x512.png",
        "mockup-iPhone15.png",
        "theme-DarkMode.css",
        "photo-20240101.png",
        "report-2024Q1v2.pdf",
        "facade12.js",
        "deadbeef1/app.js",
        "README2A",
        "index-abcdefgh.js",
    ],
)
def test_words_dates_and_versions_are_no_hashes(name: str) -> None:
    assert cache_control(name) == SHORT


@pytest.mark.parametrize("name", ["index.html", "about.HTM", "page.3f2a1b4c.html"])
def test_a_page_is_always_asked_for_whatever_its_name(name: str) -> None:
    assert cache_control(name) == ASK


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.webmanifest", "application/manifest+json; charset=utf-8"),
        ("a.js.map", "application/json; charset=utf-8"),
        ("a.woff2", "font/woff2"),
        ("a.avif", "image/avif"),
        ("a.wasm", "application/wasm"),
        ("A.PNG", "image/png"),
        ("a.tar.gz", "application/gzip"),
        ("unknown.xyz123", "application/octet-stream"),
        ("CNAME", "application/octet-stream"),
    ],
)
def test_types_follow_from_names_the_same_on_every_machine(name: str, type_: str) -> None:
    assert content_type(name) == type_


def test_what_is_hidden_stays_here_but_for_well_known(dist: Path) -> None:
    (dist / ".git").mkdir()
    (dist / ".git/config").write_text("secret")
    (dist / "assets/.DS_Store").write_text("x")
    (dist / ".well-known").mkdir()
    (dist / ".well-known/security.txt").write_text("x")
    site = read_site(dist)
    assert (".well-known/security.txt" in site.files, site.hidden) == (True, (".git", "assets/.DS_Store"))


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=r"there is no folder .*nowhere"):
        read_site(tmp_path / "nowhere")


def test_a_file_is_no_site(dist: Path) -> None:
    with pytest.raises(Failure, match=r"index.html is a file; a site is a folder"):
        read_site(dist / "index.html")


def test_an_empty_folder_is_no_site(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    with pytest.raises(Failure, match="there are no files in"):
        read_site(tmp_path)


def test_without_a_first_page_the_folder_that_has_one_is_proposed(dist: Path) -> None:
    with pytest.raises(Failure, match=r"there is no index.html in") as caught:
        read_site(dist.parent)
    assert caught.value.remedies == (f"name the folder that has one: {dist}",)


def test_a_link_out_of_the_site_is_refused(dist: Path, tmp_path: Path) -> None:
    (tmp_path / "secrets.txt").write_text("canary")
    (dist / "notes.txt").symlink_to(tmp_path / "secrets.txt")
    with pytest.raises(Failure, match=r"notes.txt is a link to .*secrets.txt, outside the site"):
        read_site(dist)


def test_a_link_to_a_folder_or_to_nothing_is_refused(dist: Path) -> None:
    (dist / "again").symlink_to(dist)
    with pytest.raises(Failure, match="again is a link to a folder"):
        read_site(dist)
    (dist / "again").unlink()
    (dist / "lost.css").symlink_to(dist / "no.css")
    with pytest.raises(Failure, match=r"lost.css is a link to nothing"):
        read_site(dist)


def test_a_link_to_a_file_of_the_site_is_that_file(dist: Path) -> None:
    (dist / "home.html").symlink_to(dist / "index.html")
    site = read_site(dist)
    assert site.files["home.html"].sha256 == site.files["index.html"].sha256


def test_a_file_that_is_too_large_is_named_with_the_way_out(dist: Path) -> None:
    with (dist / "film.mp4").open("wb") as film:
        film.truncate(2 * 1024 * 1024 + 1)
    with pytest.raises(Failure, match=r"film.mp4 has 2.0 MiB, more than 1") as caught:
        read_site(dist, max_file_mib=1)
    assert "--max-file-mib" in caught.value.remedies[0]
    assert "film.mp4" in read_site(dist, max_file_mib=3).files


def test_neither_file_nor_folder_is_refused(dist: Path) -> None:
    os.mkfifo(dist / "pipe")
    with pytest.raises(Failure, match="pipe is neither a file nor a folder"):
        read_site(dist)


def test_a_name_that_s3_can_not_take_is_refused(dist: Path) -> None:
    Path(os.fsdecode(os.fsencode(dist) + b"/\xff.txt")).write_text("x")
    with pytest.raises(Failure, match="is not UTF-8"):
        read_site(dist)


def test_a_path_too_long_for_s3_is_refused(dist: Path) -> None:
    deep = dist.joinpath(*["d" * 250] * 4)
    deep.mkdir(parents=True)
    (deep / ("f" * 100)).write_text("x")
    with pytest.raises(Failure, match="has 1104 bytes; S3 takes 1024"):
        read_site(dist)
