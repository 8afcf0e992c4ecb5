"""The emulated AWS answers one request at a time, and tells its own failures from what it lacks."""

from __future__ import annotations

import threading
import time
from typing import Any

from offline.aws.idempotency import call
from offline.aws.server import CRASH_HEADER, NOT_EMULATED_HEADER, Guard


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


def test_an_operation_that_is_not_emulated_is_told_apart_from_a_crash() -> None:
    def lacking(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise NotImplementedError("modify_db_proxy")

    def crashing(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        raise KeyError("vpc")

    status, headers = ask(Guard(lacking, {}))
    assert (status[:3], headers[NOT_EMULATED_HEADER]) == ("501", "modify_db_proxy")
    status, headers = ask(Guard(crashing, {}))
    assert (status[:3], headers[CRASH_HEADER]) == ("500", "KeyError('vpc')")
