"""The last ten versions of a stack's state are kept, listed, and put back."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from offline.engine.backend import FileBackend
from offline.engine.files import replace_file


def listed(sample: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(sample.ok("stack", "restore", "--json"))
    return rows


def numbered(number: int) -> dict[str, Any]:
    resource = {"urn": f"urn:pulumi:dev::sample::t::r{number}", "type": "t", "custom": True}
    return {"manifest": {"time": "2026-01-01T00:00:00Z"}, "resources": [resource]}


def test_each_state_that_differs_is_kept_and_ten_of_them(tmp_path: Path):
    backend = FileBackend(f"file://{tmp_path}")
    backend.save("sample", "dev", None, by="stack init")
    for number in range(13):
        backend.save("sample", "dev", numbered(number), by="update")
        backend.save("sample", "dev", numbered(number), by="refresh")  # the same again, at another time
    found = backend.versions("sample", "dev").versions()
    assert [version.number for version in found] == [14, *range(13, 3, -1)]
    assert [version.present for version in found] == [True] + [False] * 10
    assert found[0].checkpoint is not None and found[0].checkpoint.by == "refresh"
    assert not list(tmp_path.rglob("*.tmp")) + list(tmp_path.rglob("*.partial"))


def test_a_version_is_put_back_and_the_present_one_kept(project):
    sample = project('Thing("a")')
    sample.up()
    sample.program('Thing("a")\nThing("b", password=Output.secret("CANARY-2222"))')
    sample.up()
    rows = listed(sample)
    assert [(row["version"], row["by"], row["resources"]) for row in rows] == [
        (3, "update", 4),
        (2, "update", 3),
        (1, "stack init", 0),
    ]
    assert rows[0]["present"] and rows[0]["time"].startswith("20")
    text = sample.ok("stack", "restore", "2")
    assert "is version 2 again; what it was is kept as version 3" in text
    assert set(sample.state()) == {"sample-dev", "default", "a"}
    assert set(sample.things()) == {"a", "b"}  # nothing in the cloud has changed
    assert set(sample.planned()) == {"b"}
    sample.ok("stack", "restore", "3")
    sample.up("--expect-no-changes")
    assert [row["version"] for row in listed(sample)] == [5, 4, 3, 2, 1]
    assert "3  " in sample.ok("stack", "restore") and "present" in sample.ok("stack", "restore")
    assert "there is no version 99 of this stack's state; there are 1, 2, 3" in sample.error("stack", "restore", "99")
    assert "version 5 is the present one" in sample.error("stack", "restore", "5")
    assert "CANARY-2222" not in "".join(path.read_text() for path in sample.home.rglob("*.json"))


def test_a_damaged_state_is_left_as_it_is_until_a_version_is_put_back(project):
    sample = project('Thing("a")')
    sample.up()
    sample.program('Thing("a", value="2")')
    sample.up()
    damaged = sample.checkpoint.read_text()[:700]
    sample.checkpoint.write_text(damaged)
    remedy = "nothing was changed. `headroom offline restore dev` lists what is kept of it"
    for words in (("preview",), ("up", "--yes"), ("refresh", "--yes"), ("destroy", "--yes"), ("stack", "export")):
        text = sample.error(*words)
        assert f"error: the state file {sample.checkpoint} is damaged: it is not JSON" in text and remedy in text
    done = sample.run("stack", "ls", "--json")  # the others have to be listed
    assert json.loads(done.stdout)[0]["name"] == "dev" and "is damaged" in done.stderr
    assert sample.checkpoint.read_text() == damaged
    assert "is damaged" in listed(sample)[0]["problem"]
    sample.ok("stack", "restore", "2")
    sample.up()
    assert sample.things()["a"]["value"] == "2"
    kept = sample.home / "state/.pulumi/versions/sample/dev/3/state.json"
    assert kept.read_text() == damaged
    assert f"version 3 cannot be put back: {kept} is damaged" in sample.error("stack", "restore", "3")


def test_it_refuses_while_the_stack_is_locked(project):
    sample = project('Thing("a", seconds=60)')
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("create a")
    assert "the stack is currently locked by 1 lock(s)" in sample.error("stack", "restore", "1")
    assert listed(sample)[0]["present"]  # reading needs no lock
    process.send_signal(signal.SIGKILL)
    process.communicate()


def test_the_journal_of_an_interrupted_command_belongs_to_its_version(project):
    sample = project('Thing("a")')
    sample.up()
    sample.program('Thing("a")\nThing("b", seconds=60)')
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("create b")
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert [(row["version"], row["interrupted"]) for row in listed(sample)] == [(2, True), (1, False)]
    sample.journal.write_text(sample.journal.read_text().replace('"step":1', '"step":7', 1))
    text = sample.error("preview")
    assert f"the journal {sample.journal} is damaged in line 2; nothing was changed. `headroom offline restore" in text
    sample.ok("stack", "restore", "2")  # its state alone
    assert sample.planned() == {"b": "create"} and not sample.journal.exists()
    sample.ok("stack", "restore", "2")  # and now with what was set aside with it
    assert sample.journal.exists() and "is damaged in line 2" in sample.error("preview")


def test_an_import_keeps_what_it_replaces(project):
    sample = project('Thing("a")')
    sample.up()
    empty = json.dumps({"version": 3, "deployment": {"manifest": {}}})
    (sample.folder / "empty.json").write_text(empty)
    sample.ok("stack", "import", "--file", str(sample.folder / "empty.json"))
    assert [(row["by"], row["resources"]) for row in listed(sample)][:2] == [("stack import", 0), ("update", 3)]


def test_a_version_goes_with_the_emulated_aws_that_held_it(tmp_path: Path):
    backend = FileBackend(f"file://{tmp_path}")
    backend.save("sample", "dev", numbered(1), by="update")
    record = backend.cloud_file("sample", "dev")
    replace_file(record, b'{"id": "first"}')
    backend.save("sample", "dev", numbered(2), by="update")
    replace_file(record, b'{"id": "second"}')
    backend.versions("sample", "dev").restore(1)
    assert record.read_text() == '{"id": "first"}'


def test_a_save_that_was_stopped_between_its_steps_loses_and_repeats_nothing(tmp_path: Path, monkeypatch):
    backend = FileBackend(f"file://{tmp_path}")
    backend.save("sample", "dev", numbered(1), by="update")
    with monkeypatch.context() as patch:
        patch.setattr("offline.engine.backend.replace_file", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            backend.save("sample", "dev", numbered(2), by="update")
    backend.save("sample", "dev", numbered(3), by="update")
    found = [version.checkpoint for version in backend.versions("sample", "dev").versions()]
    deployments = [checkpoint.deployment or {} for checkpoint in found if checkpoint]
    names = [deployment["resources"][0]["urn"][-2:] for deployment in deployments]
    assert names == ["r3", "r1"]


def test_a_file_system_without_hard_links_gets_copies(tmp_path: Path, monkeypatch):
    def refuse(*_: Any) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", refuse)
    backend = FileBackend(f"file://{tmp_path}")
    backend.save("sample", "dev", numbered(1), by="update")
    backend.save("sample", "dev", numbered(2), by="update")
    assert [version.number for version in backend.versions("sample", "dev").versions()] == [2, 1]
