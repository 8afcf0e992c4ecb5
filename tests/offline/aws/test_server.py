"""The emulated AWS answers one request at a time, and tells its own failures from what it lacks."""

from __future__ import annotations

import errno
import io
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from offline.aws.idempotency import call
from offline.aws.later import Agenda
from offline.aws.server import CRASH_HEADER, NOT_EMULATED_HEADER, Guard, write_json


class Full(io.StringIO):
    """A file on a disk without room."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def ask(guard: Guard) -> tuple[str, dict[str, str]]:
    status, headers, _ = call(guard, {"PATH_INFO": "/"})
    return status, dict(headers)


def test_requests_at_the_same_time_are_answered_one_after_the_other() -> None:
    inside, most = [0], [0]

    def slow(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        time.sleep(0.01)
        inside[0] -= 1
        start_response("200 OK", [])
        return [b""]

    guard = Guard(slow, {})
    threads = [threading.Thread(target=ask, args=(guard,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_a_log_that_takes_no_more_keeps_nothing_from_being_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    def crashing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise KeyError("vpc")

    done: list[str] = []
    agenda = Agenda(lambda: 0.0)
    agenda.after(0, lambda: done.append(str(1 / 0)))
    agenda.after(0, lambda: done.append("next"))
    monkeypatch.setattr(sys, "stderr", Full())
    status, _ = ask(Guard(crashing, {}))
    agenda.work_off()
    assert (status[:3], done) == ("500", ["next"])


def test_a_file_that_could_not_be_written_leaves_none_behind(tmp_path: Path) -> None:
    (tmp_path / "server.json").mkdir()
    with pytest.raises(IsADirectoryError):
        write_json(tmp_path / "server.json", {})
    assert [entry.name for entry in tmp_path.iterdir()] == ["server.json"]


def test_an_operation_that_is_not_emulated_is_told_apart_from_a_crash() -> None:
    def lacking(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise NotImplementedError("modify_db_proxy")

    def crashing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise KeyError("vpc")

    status, headers = ask(Guard(lacking, {}))
    assert (status[:3], headers[NOT_EMULATED_HEADER]) == ("501", "modify_db_proxy")
    status, headers = ask(Guard(crashing, {}))
    assert (status[:3], headers[CRASH_HEADER]) == ("500", "KeyError('vpc')")
