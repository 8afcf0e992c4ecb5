"""What only AWS can tell is listed, is asked for, and fails no preview."""

import json

import pytest

from policies.graph import Resource
from policies.judging import Judge
from policies.known_after import FILE, KnownAfter, listed, read_known_after
from policies.levels import Setting
from policies.rule import ResourceRule
from policies.tokens import canonical
from policies.verdict import Outcome, undetermined
from policies.waivers import Waivers

KEY = "aws:iam/accessKey:AccessKey"
LISTED = {(KEY, "dates[].made"): KnownAfter(KEY, "dates[].made", "AWS says when it made a key")}


def asks(where):
    def key_is_young(_):
        """An old key has been in more hands than a young one."""
        return undetermined(where)

    return ResourceRule(check=key_is_young, title="Keys are young", types=frozenset({KEY}), severity="low")


def judged(where):
    judge = Judge((asks(where),), Waivers((), ()), LISTED, {"key-is-young": Setting(undetermined_fails=True)})
    [finding] = judge.of_resource(Resource(KEY, "main", "urn:main", {}))
    return finding


def test_what_can_be_known_before_fails_where_the_level_file_asks_for_it():
    finding = judged("status")
    assert (finding.outcome, finding.level) == (Outcome.UNDETERMINED, "mandatory")


def test_what_can_be_known_only_afterwards_stays_a_remark_that_says_why():
    finding = judged("dates[3].made")
    assert (finding.outcome, finding.level) == (Outcome.UNDETERMINED, "advisory")
    assert "Remedy: none is needed in a preview, as AWS says when it made a key." in finding.message


def test_a_property_counts_as_listed_for_its_own_type_only():
    assert listed(LISTED, "aws:iam/user:User", "dates[3].made") is None


def test_an_entry_without_a_reason_is_refused(tmp_path):
    file = tmp_path / "known_after.json"
    file.write_text(json.dumps([{"type": KEY, "property": "createDate", "why": ""}]))
    with pytest.raises(ValueError, match=r"known_after\.json, entry 1: it must have property, type, why, each a text"):
        read_known_after(file)


def test_some_rule_asks_for_every_property_that_is_listed(all_cases):
    known_after = read_known_after()
    asked = {
        listed(known_after, canonical(resource["type"]), case.where)
        for case in all_cases
        if case.kind == "unknown"
        for resource in case.resources[:1]
    }
    assert set(known_after.values()) <= asked


def test_each_property_is_listed_once_and_in_order():
    entries = [(entry["type"], entry["property"]) for entry in json.loads(FILE.read_text())]
    assert entries == sorted(set(entries))
