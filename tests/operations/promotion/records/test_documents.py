"""What is read is what was written, or an error that names the place and no value."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable
from typing import Any

import pytest

from operations.promotion.model import Holder, Origin, Outcome, Release
from operations.promotion.records.documents import Slot, WrongDocumentError, read, written
from tests.operations.promotion.records.releases import NOON, outcome, position, release

HOLDER = Holder(who="arn", host="here", process=7, token="t", run="https://ci/1")
RELEASE = release(
    1,
    "prod",
    settings={"services.api.image": "a", "caches.main.version": 7, "a": 1.5, "b": True, "c": None},
    source=Origin(environment="staging", release="20261121-110000-0000001"),
    passed_by=("alarms quiet",),
    irreversible=("replace rds.Instance main",),
)


@pytest.mark.parametrize(
    "value",
    [
        RELEASE,
        release(2, "dev", started=NOON.replace(microsecond=5)),
        outcome(RELEASE),
        Slot(write="w"),
        Slot(write="w", holder=HOLDER, life="l", since=NOON, position=position(RELEASE, "applying", HOLDER)),
    ],
)
def test_what_is_read_equals_what_was_written(value: Any) -> None:
    text = written(value)
    assert read(type(value), text.encode()) == value
    assert written(read(type(value), text.encode())) == text


def broken(change: Callable[[dict[str, Any]], Any]) -> bytes:
    document = json.loads(written(RELEASE))
    change(document)
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (written(RELEASE).encode()[:200], "it is cut short, or no JSON"),
        (b"\xff\xfe", "it is cut short, or no JSON"),
        (b"[]", "it tells no version"),
        (b"{}", "it tells no version"),
        (broken(lambda d: d.update(version="1")), "it tells no version"),
        (broken(lambda d: d.update(version=True)), "it tells no version"),
        (broken(lambda d: d.update(version=2)), r"a later version of Headroom wrote it \(form 2; this one reads 1\)"),
        (broken(lambda d: d.update(more=1)), "it holds something other than a version and one release"),
        (written(outcome(RELEASE)).encode(), "it holds something other than a version and one release"),
        (broken(lambda d: d.update(release=None)), "^release: input should be"),
        (broken(lambda d: d["release"].pop("commit")), "^release.commit: field required"),
        (broken(lambda d: d["release"].update(kind="guess")), "^release.kind: input should be 'up', 'promotion' or"),
        (broken(lambda d: d["release"].update(commit=7)), "^release.commit: input should be a valid string"),
        (broken(lambda d: d["release"].update(started="noon")), "^release.started: input should be a valid datetime"),
        (
            broken(lambda d: d["release"].update(started="2026-11-21T12:00:00")),
            "^release.started: the time has no zone",
        ),
        (broken(lambda d: d["release"].update(passed_by="x")), "^release.passed_by: input should be"),
        (broken(lambda d: d["release"]["settings"].update(a=[1])), r"^release.settings.a"),
        (broken(lambda d: d["release"].update(colour="red")), "^release.colour is nothing that this version knows"),
        (broken(lambda d: d["release"]["digests"].update(x="1")), "^release.digests.x is nothing that this version"),
    ],
)
def test_what_is_not_as_it_was_written_is_told_by_its_place(text: bytes, said: str) -> None:
    with pytest.raises(WrongDocumentError, match=said) as caught:
        read(Release, text)
    assert "sha256" not in str(caught.value), "values stay unsaid"


def test_an_ending_that_nobody_knows_is_refused() -> None:
    text = written(outcome(RELEASE)).replace('"live"', '"alive"')
    with pytest.raises(WrongDocumentError, match=r"^outcome.ending: input should be 'live'"):
        read(Outcome, text.encode())


def test_a_time_is_kept_with_its_zone() -> None:
    east = datetime.timezone(datetime.timedelta(hours=2))
    found = read(Outcome, written(Outcome(**{**vars(outcome(RELEASE)), "finished": NOON.astimezone(east)})).encode())
    assert found.finished == NOON
