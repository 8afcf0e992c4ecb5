"""drift.yaml is read as it stands, or refused as a whole with all that is wrong."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
import yaml

from operations.drift.ignores import read
from operations.errors import Failure
from tests.operations.drift.refreshed import TODAY

ENTRY = {
    "environment": "staging",
    "type": "aws:lb/loadBalancer:LoadBalancer",
    "name": "alb",
    "property": "idleTimeout",
    "reason": "a load test",
    "owner": "data team",
    "expires": datetime.date(2026, 12, 31),
}


def reading(tmp_path: Path, text: str) -> object:
    file = tmp_path / "drift.yaml"
    file.write_text(text)
    return read(file, ("dev", "staging"), TODAY)


def test_no_file_ignores_nothing(tmp_path: Path) -> None:
    assert read(tmp_path / "drift.yaml", ("dev",), TODAY) == ()


def test_the_projects_own_file_is_in_order() -> None:
    file = Path(__file__).resolve().parents[3] / "drift.yaml"
    assert read(file, ("dev", "staging", "prod"), TODAY) == ()
    entries = "\n".join(line.removeprefix("# ") for line in file.read_text().splitlines() if line.startswith("#   "))
    assert len(yaml.safe_load(entries)) == 1


def test_an_entry_is_read(tmp_path: Path) -> None:
    found = reading(tmp_path, yaml.safe_dump({"ignores": [ENTRY]}))
    assert isinstance(found, tuple)
    assert (found[0].name, found[0].path, found[0].expires) == ("alb", "idleTimeout", datetime.date(2026, 12, 31))


@pytest.mark.parametrize("text", ["a: [", "- a", "ignored: []", "ignores: {}", "ignores: []\nmore: 1"])
def test_a_file_of_another_shape_is_one_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(Failure, match=r"drift\.yaml"):
        reading(tmp_path, text)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"reason": None}, "lacks reason"),
        ({"rule": "x"}, "keys that nobody reads: rule"),
        ({"name": 1}, "name must be text"),
        ({"expires": "2026-12-31"}, "expires must be a date"),
        ({"expires": datetime.date(2028, 1, 1)}, "more than a year"),
        ({"environment": "stagign"}, "no environment stagign"),
        ({"type": "aws:lb/*"}, "no type token"),
        *(({"property": path}, "must name the property") for path in ("*", ".*", "?*", "[a-z]*", "tag*", ".", "[0]")),
    ],
)
def test_an_entry_that_is_wrong_is_named(tmp_path: Path, change: dict[str, object], said: str) -> None:
    with pytest.raises(Failure) as failure:
        reading(tmp_path, yaml.safe_dump({"ignores": [ENTRY, {**ENTRY, **change}]}))
    assert failure.value.message.startswith("drift.yaml, entry 2: ")
    assert said in failure.value.message


def test_a_day_that_there_is_not_is_one_error(tmp_path: Path) -> None:
    text = yaml.safe_dump({"ignores": [ENTRY]}).replace("2026-12-31", "2027-02-30")
    with pytest.raises(Failure, match=r"drift\.yaml: it can't be read as YAML: day is out of range for month"):
        reading(tmp_path, text)


def test_every_wrong_entry_is_in_one_error(tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        reading(tmp_path, yaml.safe_dump({"ignores": [{}, ENTRY, 7]}))
    assert [line.partition(":")[0] for line in failure.value.message.splitlines()] == [
        "drift.yaml, entry 1",
        "drift.yaml, entry 3",
    ]
