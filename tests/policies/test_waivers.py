"""Exceptions count only while they are complete and have not expired."""

from datetime import date

import pytest
import yaml

from policies.waivers import read_waivers

TODAY = date(2026, 6, 1)
RULES = ["rds-private"]
VALID = {
    "rule": "rds-private",
    "urn": "urn:pulumi:staging::headroom::*Instance::reports",
    "reason": "shared with the data team",
    "owner": "data team",
    "expires": date(2026, 9, 1),
}
COVERED = "urn:pulumi:staging::headroom::aws:rds/instance:Instance::reports"


@pytest.fixture
def read(tmp_path):
    def with_entries(*entries, today=TODAY):
        file = tmp_path / "exceptions.yaml"
        file.write_text(yaml.safe_dump({"exceptions": list(entries)}))
        return read_waivers(file, RULES, today)

    return with_entries


def test_a_complete_exception_covers_its_rule_and_pattern_only(read):
    [waiver] = read(VALID).in_force
    assert waiver.covers("rds-private", COVERED)
    assert not waiver.covers("kms-rotation-enabled", COVERED)
    assert not waiver.covers("rds-private", COVERED.replace("staging", "prod"))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"rule": None}, "lacks rule"),
        ({"reason": " ".strip()}, "lacks reason"),
        ({"owner": None}, "lacks owner"),
        ({"expires": None}, "lacks expires"),
        ({"rule": "rds-privat"}, "there is no rule rds-privat"),
        ({"urn": "*"}, "urn must name its stack"),
        ({"urn": "urn:pulumi:*::headroom::*"}, "urn must name its stack"),
        ({"urn": 5}, "urn must be text"),
        ({"expires": "2026-09-01"}, "expires must be a date"),
        ({"expires": date(2026, 5, 31)}, "expired on 2026-05-31"),
        ({"expires": date(2028, 1, 1)}, "expires more than a year from now"),
        ({"note": "x"}, "has keys it should not: note"),
    ],
)
def test_an_exception_that_is_not_right_counts_for_nothing(read, change, problem):
    waivers = read(VALID | change)
    assert waivers.in_force == ()
    assert waivers.problems == (f"exceptions.yaml, exception 1: {problem}" + waivers.problems[0].partition(problem)[2],)


def test_one_bad_entry_does_not_disturb_the_others(read):
    waivers = read(VALID, "nonsense")
    assert len(waivers.in_force) == 1
    assert waivers.problems == (
        "exceptions.yaml, exception 2: is not a mapping with rule, urn, reason, owner, expires; it is not in force",
    )


def test_an_exception_holds_on_its_last_day(read):
    assert read(VALID, today=VALID["expires"]).in_force


@pytest.mark.parametrize(("today", "warns"), [(date(2026, 8, 17), False), (date(2026, 8, 18), True)])
def test_it_warns_from_fourteen_days_before_its_end(read, today, warns):
    [waiver] = read(VALID, today=today).in_force
    assert ("renew it or mend" in waiver.spoken(today)) is warns


def test_no_file_is_no_exception(tmp_path):
    waivers = read_waivers(tmp_path / "exceptions.yaml", RULES, TODAY)
    assert (waivers.in_force, waivers.problems) == ((), ())


@pytest.mark.parametrize("text", ["exceptions: [", "- rds-private", "exceptions: all"])
def test_a_file_that_cannot_be_read_holds_no_exception_and_says_so(tmp_path, text):
    file = tmp_path / "exceptions.yaml"
    file.write_text(text)
    waivers = read_waivers(file, RULES, TODAY)
    assert waivers.in_force == ()
    assert "no exception is in force" in waivers.problems[0]
