"""Each entry of the table knows what it is for, and nothing that looks alike."""

from __future__ import annotations

import pytest

from operations.drift.benign import TABLE, begins
from operations.drift.seeing import see
from tests.operations.drift.cases import Case
from tests.operations.drift.fits import FITS
from tests.operations.drift.nearly import NEARLY
from tests.operations.drift.refreshed import read, rule, rules, run


def known_by(case: Case) -> set[str]:
    if not case.path:
        first = read(case.type, asked=case.asked, found=case.found)
        return {rule(see(run(first, *case.others))[0])}
    return rules(case.type, case.path, case.asked, case.found, *case.others, **case.more)


def listed(cases: dict[str, list[Case]]) -> list[object]:
    return [pytest.param(name, case, id=f"{name}-{n}") for name, found in cases.items() for n, case in enumerate(found)]


def test_every_entry_has_a_case_and_a_near_miss() -> None:
    assert list(FITS) == list(NEARLY) == [entry.name for entry in TABLE]


@pytest.mark.parametrize(("name", "case"), listed(FITS))
def test_what_aws_or_rotation_does_is_known(name: str, case: Case) -> None:
    assert known_by(case) == {name}


@pytest.mark.parametrize(("name", "case"), listed(NEARLY))
def test_what_only_looks_alike_is_real(name: str, case: Case) -> None:
    assert "" in known_by(case)


def test_every_entry_names_where_it_is_documented() -> None:
    assert all(entry.source.startswith(("https://", "docs/")) and entry.reason for entry in TABLE)


@pytest.mark.parametrize(
    ("path", "pattern", "fits"),
    [
        ("tags.Owner", "tags", True),
        ("tags", "tags.Owner", False),
        ('tags["a.b"]', 'tags["a.b"]', True),
        ("rules[3].name", "rules[*].name", True),
        ("rules[3].priority", "rules[*].name", False),
        ("idleTimeout", "idle", False),
    ],
)
def test_a_pattern_names_a_property_and_what_lies_below_it(path: str, pattern: str, fits: bool) -> None:
    assert begins(path, pattern) is fits
