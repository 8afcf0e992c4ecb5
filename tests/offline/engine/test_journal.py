"""The journal is a whole beginning of what happened, or it is said to be damaged."""

from __future__ import annotations

import asyncio
import errno
import os
import shutil
import time
from pathlib import Path

import pytest

from offline.engine.backend import FileBackend
from offline.engine.crypter import Passphrase, StateSecrets
from offline.engine.errors import EngineError
from offline.engine.journal import Journal, read
from offline.engine.ledger import Ledger
from offline.engine.resource_state import ResourceState
from offline.engine.snapshot import Snapshot
from offline.engine.state_store import load, replay, save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journals" / "dev.jsonl"


def begun(path: Path) -> Journal:
    return Journal(path, StateSecrets(Passphrase(path.parent), None), base="b", operation="update")


def test_its_name_is_on_disk_before_anything_is_made(path: Path, monkeypatch):
    synced: list[str] = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(os.readlink(f"/proc/self/fd/{descriptor}")))
    begun(path)
    assert synced == [str(path.parent)]


def test_it_goes_on_where_it_ended_without_the_line_that_was_torn(path: Path):
    first = begun(path)
    first.append({"step": 1, "begin": "create"})
    first.close(remove=False)
    whole = path.read_bytes()
    for torn in (b'{"step":1,"end":true', b'{"step":1,"end":true}', b"\0" * 4096, whole.splitlines()[-1]):
        path.write_bytes(whole + torn)
        assert [entry.get("step") for entry in read(path)] == [None, 1]
    second = begun(path)
    assert second.id == first.id
    second.append({"step": 2, "begin": "create"})
    second.close(remove=False)
    assert [entry.get("step") for entry in read(path)] == [None, 1, 2]
    third = begun(path)
    third.close(remove=True)
    assert read(path) == [] and not path.exists()


def test_one_whose_first_line_was_torn_begins_anew(path: Path):
    path.parent.mkdir()
    path.write_bytes(b'{"journal":"x","ba')
    started = begun(path)
    assert [entry["journal"] for entry in read(path)] == [started.id]


def test_a_changed_character_in_a_whole_line_is_damage(path: Path):
    written = begun(path)
    for step in (1, 2, 3):
        written.append({"step": step, "begin": "create", "urn": "one"})
    good = path.read_bytes()
    for place in range(len(good) - 1):
        changed = bytearray(good)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(EngineError, match=r"the journal .* is damaged in line \d; nothing was changed"):
            read(path)
    lines = good.splitlines(keepends=True)
    path.write_bytes(b"".join((lines[1], lines[0], *lines[2:])))
    with pytest.raises(EngineError, match="is damaged in line 1"):
        read(path)


def named(name: str, *needed: str) -> ResourceState:
    return ResourceState(urn=name, type="t", custom=True, dependencies=list(needed))


async def work(ledger: Ledger) -> list[tuple[set[str], set[str]]]:
    """Steps of every kind; (what exists, what is being created) after each."""
    a, b = (state for state in ledger.resources if state.urn in "ab")
    seen = []

    def see() -> None:
        creating = {begun.resource.urn for begun in ledger.begun.values() if begun.operation.startswith("create")}
        seen.append(({state.urn for state in ledger.resources}, creating))

    see()
    first = await ledger.begin("create", named("c", "a"))
    see()
    second = await ledger.begin("create-replacement", named("b"), b)
    see()
    ledger.record(drop=[a], gone=["a"])
    see()
    await ledger.finish(second, put=[second.resource], drop=[b])
    see()
    await ledger.finish(first, put=[first.resource])
    see()
    ledger.record(put=[named("e")], drop=[first.resource], rename={"c": "e"})
    see()
    return seen


def test_a_journal_that_ends_at_any_byte_tells_what_was_made_and_what_was_under_way(path: Path):
    def old() -> Snapshot:
        return Snapshot(resources=[named("a"), named("b", "a"), named("d", "c")])

    secrets = StateSecrets(Passphrase(path.parent), None)
    journal = begun(path)
    seen = asyncio.run(work(Ledger(old(), secrets, journal)))
    journal.close(remove=False)
    whole = path.read_bytes()
    lines = whole.splitlines(keepends=True)
    assert len(lines) == len(seen)
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        entries = read(path)
        assert len(entries) == whole[:end].count(b"\n")
        if not entries:
            continue
        found = replay(entries, old(), secrets)
        creating = {step.resource.urn for step in found.begun.values()}
        assert ({state.urn for state in found.resources}, creating) == seen[len(entries) - 1]
    state = {
        resource.urn: resource.dependencies for resource in replay(read(path), old(), secrets).snapshot().resources
    }
    assert state == {"b": [], "d": ["e"], "e": []}


def test_after_a_line_that_could_not_be_written_comes_no_other(path: Path, monkeypatch):
    written = begun(path)
    written.append({"step": 1, "begin": "create"})
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        if len(data) > 10:
            return real(descriptor, data[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "write", full)
        with pytest.raises(EngineError, match=r"No space left on device\. What was done is kept"):
            written.append({"step": 1, "end": 1})
    with pytest.raises(EngineError, match="No space left on device"):  # though there is room again
        written.append({"step": 2, "begin": "create"})
    assert [entry.get("step") for entry in read(path)] == [None, 1]
    assert path.read_bytes().endswith(b"\n")


def test_a_disk_that_fails_to_sync_stops_every_step_that_waits(path: Path, monkeypatch):
    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def two() -> list[BaseException | None]:
        return list(await asyncio.gather(written.sync(), written.sync(), return_exceptions=True))

    written = begun(path)
    monkeypatch.setattr(os, "fsync", failing)
    assert [str(found).partition(": ")[2][:18] for found in asyncio.run(two())] == ["Input/output error"] * 2


def test_it_counts_for_the_state_that_it_goes_on_from_until_it_is_folded_into_it_and_for_no_other(tmp_path: Path):
    backend = FileBackend(f"file://{tmp_path}")
    backend.save("sample", "dev", None, by="stack init")
    state = load(backend, "sample", "dev", Passphrase(tmp_path))
    place = backend.journal_file("sample", "dev")
    written = Journal(place, state.secrets, base=state.digest, operation="update")
    ledger = Ledger(state.snapshot, state.secrets, written)
    ledger.record(put=[named("a")])
    found = load(backend, "sample", "dev", Passphrase(tmp_path))
    assert found.interrupted and [resource.urn for resource in found.snapshot.resources] == ["a"]
    save(backend, "sample", "dev", ledger, written, "update")  # and the engine is killed before it removes the journal
    found = load(backend, "sample", "dev", Passphrase(tmp_path))
    assert not found.interrupted and [resource.urn for resource in found.snapshot.resources] == ["a"]
    backend.save("sample", "dev", None, by="somebody else")
    with pytest.raises(EngineError, match=f"the journal {place} belongs to another state than .* nothing was changed"):
        load(backend, "sample", "dev", Passphrase(tmp_path))


@pytest.mark.parametrize("step", ["begins", "ends"])
def test_a_step_begins_and_ends_only_once_that_is_on_disk(step: str, path: Path, monkeypatch):
    def failing(descriptor: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    async def work() -> None:
        started = await ledger.begin("create", named("a"))
        monkeypatch.setattr(os, "fsync", failing)
        await ledger.finish(started, put=[started.resource])

    ledger = Ledger(Snapshot(), StateSecrets(Passphrase(path.parent), None), begun(path))
    if step == "begins":
        monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(EngineError, match="Input/output error"):
        asyncio.run(work())
    assert ("end" in read(path)[-1]) is (step == "ends")


def wait_until_ended(journal: Path, name: bytes) -> None:
    """What the cloud has made is told to the journal a moment later."""
    until = time.monotonic() + 60
    while not any(b'"end"' in line and name in line for line in journal.read_bytes().splitlines()):
        assert time.monotonic() < until, "the step did not end"
        time.sleep(0.01)


def test_a_torn_last_line_means_that_its_step_counts_as_begun(project):
    sample = project('Thing("a", seconds=0.3)\nThing("b", seconds=60)')
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("created a")
    sample.wait_for("create b")
    wait_until_ended(sample.journal, b"mem:index:Thing::a")
    process.kill()
    process.communicate()
    lines = sample.journal.read_bytes().splitlines(keepends=True)
    ended = next(index for index, line in enumerate(lines) if b'"end"' in line and b"mem:index:Thing::a" in line)
    sample.journal.write_bytes(b"".join(lines[:ended]) + lines[ended][:-9])
    sample.go_on()
    done = sample.run("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stderr
    assert f"was being created: {sample.urn('a')}" in done.stderr
    assert set(sample.things()) == {"a", "b"}  # which fails where one exists twice


def test_a_damaged_journal_is_named_and_nothing_overwritten(project):
    sample = project('Thing("a", seconds=60)')
    process = sample.start("up", "--yes", "--skip-preview")
    sample.wait_for("create a")
    process.kill()
    process.communicate()
    sample.go_on()
    good = sample.journal.read_bytes()
    sample.journal.write_bytes(good.replace(b'"step":1', b'"step":8', 1))
    damaged = sample.journal.read_bytes()
    state = sample.checkpoint.read_bytes()
    text = sample.failing_up()
    assert f"error: the journal {sample.journal} is damaged in line 2; nothing was changed. `headroom offline" in text
    assert (sample.journal.read_bytes(), sample.checkpoint.read_bytes()) == (damaged, state)
    sample.journal.write_bytes(good)
    shutil.copy(sample.checkpoint, sample.folder / "before")
    sample.checkpoint.write_bytes(state.replace(b"stack init", b"stack undo"))
    assert "its content is not what was saved" in sample.failing_up()
    shutil.copy(sample.folder / "before", sample.checkpoint)
    sample.up()
    assert set(sample.things()) == {"a"}
