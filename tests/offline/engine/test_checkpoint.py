"""A state file is read as it was written, or named with what is wrong with it and how to go on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from offline.engine.checkpoint import DamagedError, decode, encode

URN = "urn:pulumi:dev::p::t::a"
RESOURCE: dict[str, Any] = {"urn": URN, "type": "t", "custom": True, "inputs": {"value": "one"}, "dependencies": []}


def content(**changes: Any) -> bytes:
    """A file that Pulumi's CLI could have written: without a checksum."""
    deployment = {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": [{**RESOURCE, **changes}]}
    return json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": deployment}}).encode()


def test_what_is_written_is_read_again():
    deployment = {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": [RESOURCE]}
    found = decode(encode("dev", deployment, by="update", journal="j1"))
    assert (found.deployment, found.by, found.journal, found.resources) == (deployment, "update", "j1", 1)
    assert decode(encode("dev", None, by="stack init")).deployment is None
    assert decode(content()).time == "2026-01-01T00:00:00Z"


def test_every_single_changed_character_is_noticed():
    good = encode("dev", {"resources": [RESOURCE]}, by="update")
    for place in range(len(good)):
        changed = bytearray(good)
        changed[place] ^= 1
        with pytest.raises(DamagedError):
            decode(bytes(changed))


def test_every_truncation_is_noticed():
    good = encode("dev", {"resources": [RESOURCE]}, by="update")
    for end in range(len(good)):
        with pytest.raises(DamagedError):
            decode(good[:end])


@pytest.mark.parametrize(
    ("written", "words"),
    [
        (b"", "it is empty"),
        (b"\x00" * 400, "it is not JSON"),
        (b"\xff{}", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        (b"[]", "it holds no checkpoint"),
        (b'{"version": 3}', "it holds no checkpoint"),
        (b'{"version": 3, "checkpoint": []}', "its deployment is no object"),
        (b'{"version": 3, "checkpoint": {"latest": 7}}', "its deployment is no object"),
        (b'{"version": 3, "checkpoint": {"latest": {"resources": {"a": 1}}}}', "resources is a dict, not a list"),
        (b'{"version": 3, "checkpoint": {"latest": {"secrets_providers": "x"}}}', "secrets_providers is a str"),
        (b'{"version": 3, "checkpoint": {"latest": {"resources": [1]}}}', r"resources\[0\]: it is no object"),
        (b'{"version": 3, "checkpoint": {"latest": {"resources": [{}]}}}', "it has no urn, or no type"),
        (b'{"version": 3, "saved": 1, "checkpoint": {}}', "its head is none of this engine's"),
        (content(inputs=["one"]), f"{URN}: inputs is a list, not a dict"),
        (content(custom="yes"), f"{URN}: custom is a str, not a bool"),
        (content(dependencies=[7]), f"{URN}: dependencies holds something other than text"),
    ],
)
def test_what_is_wrong_is_said(written: bytes, words: str):
    with pytest.raises(DamagedError, match=words):
        decode(written)


def test_a_file_names_what_it_makes_use_of_and_is_of_version_4_then():
    hooked: dict[str, Any] = {**RESOURCE, "resourceHooks": {"beforeDelete": ["hook"]}}
    written = encode("dev", {"resources": [RESOURCE, hooked]}, by="update")
    head = json.loads(written)
    assert (head["version"], head["features"]) == (4, ["hooks"])
    found = decode(written).deployment or {}
    assert found["resources"] == [RESOURCE, hooked]
    assert json.loads(encode("dev", {"resources": [RESOURCE]}, by="update"))["version"] == 3


def test_a_file_that_makes_use_of_more_is_refused_by_what_it_uses():
    document = json.loads(content()) | {"version": 4, "features": ["taint"]}
    assert decode(json.dumps(document).encode()).resources == 1
    document["features"] = ["views", "taint", "byteString"]
    with pytest.raises(DamagedError, match="makes use of byteString, views, which the offline engine does not read"):
        decode(json.dumps(document).encode())
    document["features"] = "views"
    with pytest.raises(DamagedError, match="its head is none of this engine's"):
        decode(json.dumps(document).encode())


@pytest.mark.parametrize(("version", "whose"), [(1, "an older"), (2, "an older"), (5, "a newer")])
def test_states_of_older_and_newer_pulumis_are_told(version: int, whose: str):
    written = json.dumps({"version": version, "checkpoint": {}}).encode()
    with pytest.raises(
        DamagedError, match=f"is of version {version}, and versions 3 and 4 are read here: {whose} Pulumi"
    ):
        decode(written)
    with pytest.raises(
        DamagedError, match='is of version "three", and versions 3 and 4 are read here: that is none of'
    ):
        decode(b'{"version": "three", "checkpoint": {}}')


def test_whoever_edits_on_purpose_takes_the_checksum_out():
    edited = encode("dev", {"resources": [RESOURCE]}, by="update").replace(b'"one"', b'"two"')
    with pytest.raises(DamagedError, match="takes the sha256 out of it"):
        decode(edited)
    document = json.loads(edited)
    del document["saved"]["sha256"]
    found = decode(json.dumps(document).encode()).deployment or {}
    assert found["resources"][0]["inputs"] == {"value": "two"}
