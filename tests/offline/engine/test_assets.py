"""Assets and archives: what is hashed, and when a change is a change."""

from __future__ import annotations

import tarfile
import zipfile
from pathlib import Path

import pytest

from offline.engine.assets import ensure_hash, tar_entry
from offline.engine.errors import EngineError
from offline.engine.values import ARCHIVE_SIGNATURE, ASSET_SIGNATURE, Asset

NOTHING = "5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
"""Pulumi's hash of an archive without members (sdk/go/common/resource/archive/archive.go)."""


def hash_of(signature: str, folder: Path, **source: object) -> str:
    asset = Asset(signature, source)
    ensure_hash(asset, str(folder))
    return asset.hash


def test_an_archive_without_members_has_the_hash_that_pulumi_names(tmp_path):
    assert hash_of(ARCHIVE_SIGNATURE, tmp_path, assets={}) == NOTHING
    (tmp_path / "empty").mkdir()
    assert hash_of(ARCHIVE_SIGNATURE, tmp_path, path="empty") == NOTHING


def test_only_names_and_contents_count_not_where_they_come_from(tmp_path):
    folder = tmp_path / "code"
    (folder / "inner").mkdir(parents=True)
    (folder / "main.py").write_text("one")
    (folder / "inner" / "data").write_text("two")
    (folder / ".pulumi").write_text("left out")
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as packed:
        packed.write(folder / "inner", "inner")
        packed.writestr("inner/data", "two")
    with tarfile.open(tmp_path / "code.tgz", "w:gz") as packed:
        packed.add(folder / "inner", "inner")
    main, data = Asset(ASSET_SIGNATURE, {"text": "one"}), Asset(ASSET_SIGNATURE, {"path": "code/inner/data"})
    ways: list[dict[str, object]] = [
        {"path": "code"},
        {"assets": {"inner/data": data, "main.py": main}},
        {"assets": {"inner": Asset(ARCHIVE_SIGNATURE, {"assets": {"data": data}}), "main.py": main}},
        {"assets": {"inner": Asset(ARCHIVE_SIGNATURE, {"path": "code/inner"}), "main.py": main}},
    ]
    ways += [
        {"assets": {".": Asset(ARCHIVE_SIGNATURE, {"path": path}), "main.py": main}}
        for path in ("code.zip", "code.tgz")
    ]
    assert len({hash_of(ARCHIVE_SIGNATURE, tmp_path, **way) for way in ways}) == 1
    (folder / "main.py").write_text("changed")
    assert len({hash_of(ARCHIVE_SIGNATURE, tmp_path, **way) for way in ways[:2]}) == 2


@pytest.mark.parametrize("length", [99, 100, 101, 160, 300])
def test_members_with_long_names_are_packed_as_tar_files_can_be_read(length, tmp_path):
    for name in ("k" * length, "d/" * (length // 2) + "ü", "d" * 60 + "/" + "e" * (length - 61)):
        packed = tmp_path / "packed.tar"
        packed.write_bytes(tar_entry(name.encode(), 5) + b"hello".ljust(512, b"\0") + bytes(1024))
        with tarfile.open(packed) as archive:
            (member,) = archive.getmembers()
            assert (member.name, member.size, member.mode) == (name, 5, 0o600)


def test_what_lies_on_the_network_has_no_hash(tmp_path):
    assert hash_of(ARCHIVE_SIGNATURE, tmp_path, uri="https://example.com/code.zip") == ""
    (tmp_path / "note").write_text("x")
    uri = f"file://{tmp_path}/note"
    assert hash_of(ASSET_SIGNATURE, tmp_path, uri=uri) == hash_of(ASSET_SIGNATURE, tmp_path, text="x")


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    with pytest.raises(EngineError, match=f"the asset {tmp_path}/gone cannot be read: No such file"):
        hash_of(ASSET_SIGNATURE, tmp_path, path="gone")
    (tmp_path / "code.zip").write_text("no zip")
    inner = Asset(ARCHIVE_SIGNATURE, {"path": "code.zip"})
    with pytest.raises(EngineError, match="the archive made of other assets cannot be read: File is not a zip file"):
        hash_of(ARCHIVE_SIGNATURE, tmp_path, assets={"a": inner})


PROGRAM = """
    from pulumi import AssetArchive, FileArchive, FileAsset, StringAsset

    Thing("file", code=FileAsset("%s"))
    Thing("folder", code=FileArchive("code"))
    Thing("made", code=AssetArchive({"a": FileArchive("code"), "b": StringAsset("text"), "c": FileAsset("one.txt")}))
"""


def test_assets_and_archives_change_with_their_content_only(either):
    sample = either("")
    (sample.folder / "code").mkdir()
    for name in ("one.txt", "copy.txt", "code/main.py", "code/a-name-that-is-long-" + "x" * 90):
        (sample.folder / name).write_text("the same")
    sample.program(PROGRAM % "one.txt")
    sample.up()
    sample.program(PROGRAM % "copy.txt")
    sample.up("--expect-no-changes")
    (sample.folder / "code/main.py").write_text("changed")
    assert sample.planned() == {"folder": "update", "made": "update"}
    sample.program('Thing("file", code=pulumi.FileAsset("gone.txt"))')
    assert "gone.txt" in sample.error("preview")


def test_hashes_are_those_of_pulumis_engine(either):
    sample = either("")
    (sample.folder / "code" / "inner").mkdir(parents=True)
    for name in ("a.txt", "a/b", "ü", "inner.txt", "inner/" + "n" * 110, "inner/file"):
        (sample.folder / "code" / name).parent.mkdir(exist_ok=True)
        (sample.folder / "code" / name).write_text(name)
    (sample.folder / "one.txt").write_text("the same")
    sample.program(PROGRAM % "one.txt")
    sample.up()
    found = {
        name: state["inputs"]["code"] for name, state in sample.state().items() if "code" in state.get("inputs", ())
    }
    assert {name: code["hash"][:8] for name, code in found.items()} == {
        "file": "fa0487f2",
        "folder": "621081b4",
        "made": "6dfd4811",
    }
    assert found["made"]["assets"]["a"]["hash"] == found["folder"]["hash"]
