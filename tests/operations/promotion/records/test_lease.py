"""One at a time works on an environment; who dies is taken over, and who was taken over does nothing more. W2."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from operations.clients import Clients
from operations.errors import Failure
from operations.promotion.model import Holder
from operations.promotion.records.documents import Slot, written
from operations.promotion.records.lease import Lease, Pace, Place
from operations.promotion.records.objects import Stored
from operations.promotion.records.store import Store
from tests.operations.promotion.records.releases import position, release

Who = Callable[[str], Holder]
ROOT = Path(__file__).resolve().parents[4]


def key(store: Store) -> dict[str, str]:
    return {"Bucket": store.objects.bucket, "Key": f"releases/{store.environment}/position.json"}


def silent(store: Store, holder: Holder) -> Lease:
    """A lease that nobody renews: its holder hangs, on a machine of which nothing is known."""
    return store._place.take(replace(holder, host="elsewhere"))


def test_only_one_at_a_time_works_on_an_environment_and_the_other_is_told_who(store: Store, holder: Who) -> None:
    one = release(1, store.environment)
    with store.hold(replace(holder("ada"), run="https://ci/7")) as lease:
        with pytest.raises(Failure, match=r"ada .*, before its first phase"), store.hold(holder("bob")):
            pass
        lease.at(position(one, "applying", lease.holder))
        with pytest.raises(Failure) as caught, store.hold(holder("bob")):
            pass
    lines = caught.value.message.splitlines()
    assert lines[0].startswith(f"{store.environment} is being worked on by ada (host ")
    assert f", process {os.getpid()}, https://ci/7) since 20" in lines[0]
    assert lines[0].endswith(f" UTC, release {one.id}, phase applying.")
    assert "It was last heard of " in lines[1] and "the same command may take over at " in lines[1]


def test_other_environments_are_not_kept_waiting(store: Store, holder: Who) -> None:
    other = replace(store, environment=f"{store.environment}-two")
    with store.hold(holder("ada")), other.hold(holder("bob")) as lease:
        assert lease.left is None


def test_who_leaves_lets_the_next_one_in_and_leaves_what_is_not_finished(store: Store, holder: Who) -> None:
    begun = position(release(1, store.environment), "applied", holder("ada"))
    with store.hold(begun.holder) as lease:
        assert store.held() == begun.holder
        lease.at(begun)
    assert store.held() is None
    assert store.position() == begun
    with store.hold(holder("bob")) as lease:
        assert lease.left == begun
        lease.end()
        assert store.position() is None
    with store.hold(holder("eve")) as lease:
        assert lease.left is None


def test_an_error_inside_frees_the_environment_and_keeps_the_position(store: Store, holder: Who) -> None:
    begun = position(release(1, store.environment), "committed", holder("ada"))

    def fail() -> None:
        with store.hold(begun.holder) as lease:
            lease.at(begun)
            raise RuntimeError("of its own")

    with pytest.raises(RuntimeError, match="of its own"):
        fail()
    assert (store.held(), store.position()) == (None, begun)


def test_of_many_threads_that_begin_at_once_one_does(store: Store, holder: Who) -> None:
    together, done = threading.Barrier(8), threading.Barrier(8)

    def begin(who: Holder) -> bool:
        together.wait()
        with ExitStack() as held:
            try:
                held.enter_context(store.hold(who))
            except Failure:
                return False
            finally:
                done.wait()
            return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(begin, [holder(f"{number}") for number in range(8)])) == 1


def test_a_lease_is_renewed_for_as_long_as_its_holder_lives(quick: Store, holder: Who) -> None:
    with quick.hold(replace(holder("ada"), host="elsewhere")) as lease:
        time.sleep(3)
        with pytest.raises(Failure, match="is being worked on by ada"), quick.hold(holder("bob")):
            pass
        lease.check()
        lease.at(position(release(1, quick.environment), "applying", lease.holder))


@pytest.fixture
def hung(store: Store, holder: Who) -> Lease:
    """A lease that nobody renews any more; its holder does not know."""
    lease = silent(store, holder("ada"))
    lease.at(position(release(1, store.environment), "applying", lease.holder))
    return lease


def test_who_hangs_is_taken_over_when_he_was_silent_for_long_enough(quick: Store, holder: Who) -> None:
    silent(quick, holder("ada"))
    with pytest.raises(Failure, match="is being worked on by ada"), quick.hold(holder("bob")):
        pass
    time.sleep(quick.pace.stale_seconds + 1)
    assert quick.held() is None
    with quick.hold(holder("bob")):
        assert quick.held() is not None


def test_who_was_taken_over_can_do_nothing_more(hung: Lease, store: Store, holder: Who) -> None:
    one = release(1, store.environment)
    with replace(store, pace=Pace(stale_seconds=0)).hold(holder("bob")) as lease:
        assert lease.left == position(one, "applying", hung.holder)
        lease.at(position(one, "applied", lease.holder))
        for late in (lambda: hung.at(position(one, "baked", hung.holder)), hung.end, hung.check):
            with pytest.raises(Failure, match=r"this run no longer holds dev\d+: taken over by bob .*, phase applied"):
                late()
        with pytest.raises(Failure, match="no longer holds"), hung.kept():
            hung.check()
        assert phase(store) == "applied", "who lost it leaves what the other wrote"
    with pytest.raises(Failure, match="no longer holds"):
        hung.check()


def phase(store: Store) -> str:
    found = store.position()
    return found.phase if found else ""


def test_of_two_that_take_over_at_once_one_does(hung: Lease, store: Store, holder: Who) -> None:
    looked = threading.Barrier(2)

    class Seen(Place):
        """Both see it stale before either takes it."""

        seen = threading.local()

        def taken(self, slot: Slot, stored: Stored) -> bool:
            if hasattr(self.seen, "stale"):
                return super().taken(slot, stored)
            self.seen.stale = True
            looked.wait()
            return False

    def take(who: str) -> bool:
        try:
            Seen(hung._place.objects, hung._place.key, store.pace).take(holder(who))
        except Failure:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(take, ("bob", "eve"))) == [False, True]
    with pytest.raises(Failure, match="no longer holds"):
        hung.end()


def test_who_hangs_and_is_not_taken_over_goes_on(hung: Lease, store: Store) -> None:
    hung.at(position(release(1, store.environment), "applied", hung.holder))
    assert store.held() == hung.holder


def test_whose_position_is_deleted_goes_no_further(store: Store, holder: Who) -> None:
    with store.hold(holder("ada")) as lease:
        store.objects.s3.delete_object(**key(store))
        with pytest.raises(Failure, match="its position is gone from the bucket"):
            lease.at(position(release(1, store.environment), "committed", lease.holder))
    assert store.position() is None
    with store.hold(holder("bob")) as lease:
        assert lease.left is None


class Faulty:
    """S3 of which some writes go wrong, in the order given: what went well is `None`."""

    def __init__(self, s3: Any, *faults: str | None) -> None:
        self.s3, self.faults = s3, list(faults)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.s3, name)

    def put_object(self, **given: Any) -> Any:
        fault = self.faults.pop(0) if self.faults else None
        if fault == "unreachable":
            raise EndpointConnectionError(endpoint_url="https://s3")
        if fault == "conflict":
            said = {"Error": {"Code": "ConditionalRequestConflict", "Message": "again"}}
            raise ClientError(said, "PutObject")
        answer = self.s3.put_object(**given)
        if fault == "answer lost":
            raise EndpointConnectionError(endpoint_url="https://s3")
        return self.s3.put_object(**given) if fault == "sent twice" else answer


def faulty(store: Store, *faults: str | None) -> Store:
    return replace(store, objects=replace(store.objects, s3=Faulty(store.objects.s3, *faults)))


@pytest.mark.parametrize("faults", [["sent twice"], ["conflict", "conflict"], [None, "sent twice"], [None, "conflict"]])
def test_a_write_that_was_sent_twice_or_met_another_is_done_once(store: Store, holder: Who, faults: list[Any]) -> None:
    with faulty(store, *faults).hold(holder("ada")) as lease:
        lease.at(position(release(1, store.environment), "applying", lease.holder))
    assert phase(store) == "applying"
    with faulty(store, *faults).hold(holder("bob")) as lease:
        lease.end()
    assert (store.held(), store.position()) == (None, None)


@pytest.mark.parametrize("fault", ["answer lost", "unreachable"])
def test_whoever_cannot_tell_whether_he_wrote_may_write_again(store: Store, holder: Who, fault: str) -> None:
    with faulty(store, None, fault).hold(holder("ada")) as lease:
        begun = position(release(1, store.environment), "applying", lease.holder)
        with pytest.raises(Failure, match="can't be reached"):
            lease.at(begun)
        lease.at(begun)
    assert (store.held(), store.position()) == (None, begun)


def test_an_s3_that_is_out_of_reach_for_a_while_takes_no_lease_away(quick: Store, holder: Who) -> None:
    with faulty(quick, None, *["unreachable"] * 4, "answer lost").hold(holder("ada")) as lease:
        time.sleep(1)
        lease.check()
        lease.at(position(release(1, quick.environment), "applying", lease.holder))
    assert phase(quick) == "applying"


def test_who_can_not_free_the_environment_leaves_it_to_its_age(store: Store, holder: Who) -> None:
    with faulty(store, None, "unreachable").hold(holder("ada")):
        pass
    assert store.held() is not None
    with replace(store, pace=Pace(stale_seconds=0)).hold(holder("bob")):
        pass


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        (written(Slot(write="w"))[:20], "it is cut short, or no JSON"),
        (written(Slot(write="w")).replace('"version": 1', '"version": 2'), "a later version of Headroom wrote it"),
        (written(Slot(write="w")).replace('"life": ""', '"life": 7'), "slot.life: input should be a valid string"),
        (written(release(1, "dev")), "it holds something other than a version and one slot"),
    ],
)
def test_a_position_that_was_not_written_so_stops_everybody(store: Store, holder: Who, text: str, said: str) -> None:
    store.objects.s3.put_object(**key(store), Body=text)
    place = f"s3://{store.objects.bucket}/releases/{store.environment}/position.json"
    for call in (store.position, store.held, lambda: store.hold(holder("ada")).__enter__()):
        with pytest.raises(Failure, match=f"^{place} can't be read: {said}"):
            call()


@pytest.fixture
def start(account: Clients, store: Store) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Processes that are about to hold the environment."""
    started: list[subprocess.Popen[str]] = []

    def of() -> subprocess.Popen[str]:
        script = Path(__file__).with_name("killed_holder.py")
        started.append(
            subprocess.Popen(
                [sys.executable, str(script), store.objects.bucket, store.environment, "eu-central-1"],
                env={**account.environment(), "PYTHONPATH": str(ROOT)},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        return started[-1]

    yield of
    for process in started:
        process.kill()
        process.communicate()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout
    return process.stdout.readline().strip()


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def test_of_two_processes_one_holds_and_when_it_is_killed_the_next_one_takes_over_at_once(
    store: Store, holder: Who, start: Callable[[], subprocess.Popen[str]]
) -> None:
    both = [start(), start()]
    assert [said(process) for process in both] == ["ready", "ready"]
    for process in both:
        go(process)
    answers = {said(process): process for process in both}
    running = answers.pop("held")
    [refusal] = answers
    assert refusal.startswith(f"{store.environment} is being worked on by child (host ")
    with pytest.raises(Failure, match=f"process {running.pid}.* phase applying"), store.hold(holder("bob")):
        pass
    running.kill()
    running.wait()
    assert store.held() is None
    with store.hold(holder("bob")) as lease:
        assert lease.left and (lease.left.phase, lease.left.holder.process) == ("applying", running.pid)
