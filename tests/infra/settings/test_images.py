"""A reference of an image is read as registries read it: a number after a colon is a port only before a path."""

from __future__ import annotations

import pytest

from infra.settings.images import IMAGE

DIGEST = "a" * 64


@pytest.mark.parametrize(
    ("image", "name", "tag", "digest"),
    [
        ("postgres:17", "postgres", "17", None),
        ("app:1.2.3", "app", "1.2.3", None),
        ("app", "app", None, None),
        ("localhost:5000/app:17", "localhost:5000/app", "17", None),
        ("localhost:5000/app", "localhost:5000/app", None, None),
        ("registry.example:443/team/app:v1", "registry.example:443/team/app", "v1", None),
        (f"ghcr.io/acme/app:1@sha256:{DIGEST}", "ghcr.io/acme/app", "1", DIGEST),
        (f"postgres:17@sha256:{DIGEST}", "postgres", "17", DIGEST),
        (f"registry.example:443/app@sha256:{DIGEST}", "registry.example:443/app", None, DIGEST),
    ],
)
def test_name_tag_and_digest_are_told_apart(image: str, name: str, tag: str | None, digest: str | None) -> None:
    match = IMAGE.match(image)
    assert match is not None and (match["name"], match["tag"], match["digest"]) == (name, tag, digest)


@pytest.mark.parametrize(
    "image", ["Not An Image", "ghcr.io/Acme/app:1", "app:", "app@sha256:abc", "/app:1", "app:1\nx"]
)
def test_what_is_no_reference_is_none(image: str) -> None:
    assert IMAGE.match(image) is None
