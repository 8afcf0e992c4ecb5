"""Changed properties show their values, and never a secret."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.changes import Change
from operations.events import PropertyChange, ResourceState
from operations.properties import MISSING, UNKNOWN, differences, full, parts, show, show_both


def change(old: dict[str, Any], new: dict[str, Any], *detail: tuple[str, str], **more: Any) -> Change:
    return Change(
        urn="urn:pulumi:dev::headroom::aws:rds/instance:Instance::main",
        type="aws:rds/instance:Instance",
        op="update",
        old=ResourceState(inputs=old, outputs=more.pop("outputs", {})),
        new=ResourceState(inputs=new),
        detail=tuple(PropertyChange(path=path, kind=kind, of_inputs=True) for path, kind in detail) or None,
        **more,
    )


def test_a_changed_property_has_old_and_new_value() -> None:
    [line] = differences(change({"port": 1}, {"port": 2}, ("port", "update")))
    assert (line.path, line.old, line.new, line.mark) == ("port", 1, 2, "~")


def test_an_added_property_has_no_old_value() -> None:
    [line] = differences(change({"tags": {}}, {"tags": {"Owner": "x"}}, ("tags.Owner", "add")))
    assert (line.path, line.old, line.new, line.mark) == ("tags.Owner", MISSING, "x", "+")


def test_a_property_taken_away_has_no_new_value() -> None:
    [line] = differences(change({"tags": {"a.b": "x"}}, {"tags": {}}, ('tags["a.b"]', "delete")))
    assert (line.old, line.new, line.mark) == ("x", MISSING, "-")


def test_the_property_that_forces_a_replacement_is_marked() -> None:
    old, new = {"engine": "postgres", "port": 1}, {"engine": "mysql", "port": 2}
    lines = differences(change(old, new, ("engine", "update-replace"), ("port", "update")))
    assert [(line.path, line.replaces) for line in lines] == [("engine", True), ("port", False)]


def test_a_value_that_drifted_is_compared_with_what_aws_answered() -> None:
    drifted = Change(
        urn="u::p::t::n",
        type="t",
        op="update",
        old=ResourceState(inputs={"size": 1}, outputs={"size": 5}),
        new=ResourceState(inputs={"size": 1}),
        detail=(PropertyChange(path="size", kind="update", of_inputs=False),),
    )
    assert [(line.old, line.new) for line in differences(drifted)] == [(5, 1)]


def test_a_path_that_stands_in_neither_state_is_still_named() -> None:
    [line] = differences(change({}, {}, ("statusHistory[0]", "update")))
    assert (line.path, line.mark, line.known) == ("statusHistory[0]", "~", False)


def test_an_element_that_the_provider_numbers_its_own_way_is_found() -> None:
    old = {"queries": [{"id": "a"}, {"id": "b", "expression": "x"}]}
    new = {"queries": [{"id": "a"}, {"id": "b", "expression": "y"}]}
    [line] = differences(change(old, new, ("queries[0].expression", "update")))
    assert (line.path, line.old, line.new) == ("queries[1].expression", "x", "y")


def test_an_element_whose_number_belongs_to_another_is_never_shown_as_changed_to_itself() -> None:
    old = {"parameters": [{"name": "a", "value": "1000"}, {"name": "b", "value": "197"}]}
    new = {"parameters": [{"name": "a", "value": "1000"}, {"name": "b", "value": "422"}]}
    [line] = differences(change(old, new, ("parameters[0].value", "update")))
    assert (line.path, line.old, line.new) == ("parameters[1].value", "197", "422")


def test_every_element_that_comes_or_goes_has_its_line() -> None:
    old = {"subnets": ["a", "b"], "rules": [{"port": 1}]}
    new = {"subnets": ["b", "c", "d"], "rules": [{"port": 1}, {"port": 2}, {"port": 3}]}
    lines = differences(change(old, new, ("subnets", "update"), ("rules", "update")))
    assert [(line.mark, line.path, line.new if line.mark == "+" else line.old) for line in lines] == [
        ("+", "rules", {"port": 2}),
        ("+", "rules", {"port": 3}),
        ("-", "subnets", "a"),
        ("+", "subnets", "c"),
        ("+", "subnets", "d"),
    ]


def test_an_element_that_comes_before_others_is_not_a_change_of_what_stood_there() -> None:
    old, new = {"subnets": ["a", "b"]}, {"subnets": ["a", "c", "b"]}
    [came] = differences(change(old, new, ("subnets[1]", "add")))
    assert (came.path, came.old, came.new) == ("subnets[1]", MISSING, "c")
    [left] = differences(change(new, old, ("subnets[1]", "delete")))
    assert (left.path, left.old, left.new) == ("subnets[1]", "c", MISSING)


def test_of_long_values_the_part_that_differs_is_shown() -> None:
    start, end = "word " * 30, " and more words" * 10
    old, new = show_both(f"{start}2{end}", f"{start}5{end}")
    assert old.startswith("…")
    assert "word 2 and more" in old
    assert "word 5 and more" in new
    assert show_both("short 2", "short 5") == ('"short 2"', '"short 5"')


def test_without_detail_every_input_that_differs_is_shown() -> None:
    old, new = {"a": 1, "b": 1, "__defaults": []}, {"a": 1, "b": 2, "c": 3, "__defaults": ["x"]}
    assert [(line.path, line.old, line.new) for line in differences(change(old, new))] == [
        ("b", 1, 2),
        ("c", MISSING, 3),
    ]


def test_a_policy_document_shows_only_the_statement_that_differs() -> None:
    def document(actions: list[str]) -> str:
        return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions}]})

    old, new = {"policy": document(["s3:GetObject"])}, {"policy": document(["s3:GetObject", "s3:PutObject"])}
    [line] = differences(change(old, new, ("policy", "update")))
    assert (line.path, line.old, line.new) == ("policy.Statement[0].Action", MISSING, "s3:PutObject")


def test_a_document_that_is_only_written_differently_is_still_shown() -> None:
    [line] = differences(change({"policy": '{"a":1}'}, {"policy": '{"a": 1}'}, ("policy", "update")))
    assert (line.path, line.old, line.new) == ("policy", '{"a":1}', '{"a": 1}')


@pytest.mark.parametrize(("old", "new"), [("plain", "[secret]"), ("[secret]", "plain"), ({"a": "plain"}, "[secret]")])
def test_a_value_that_is_secret_on_one_side_is_masked_on_both(old: Any, new: Any) -> None:
    [line] = differences(change({"password": old}, {"password": new}, ("password", "update")))
    assert (line.old, line.new) == ("[secret]", "[secret]")


def test_a_path_below_a_secret_is_masked() -> None:
    [line] = differences(change({"set": {"key": "plain"}}, {"set": "[secret]"}, ("set.key", "update")))
    assert (line.old, line.new) == ("[secret]", "[secret]")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", '"text"'),
        (3.0, "3"),
        (True, "true"),
        (None, "null"),
        (["a", 1], '["a", 1]'),
        (UNKNOWN, "(known after up)"),
        ("output<string>", "(known after up)"),
        ({"arn": UNKNOWN}, '{"arn": (known after up)}'),
        ("[secret]", "[secret]"),
        (MISSING, ""),
    ],
)
def test_values_read_as_in_the_settings(value: Any, shown: str) -> None:
    assert show(value) == shown


def test_a_long_value_is_cut() -> None:
    assert show("x" * 200, limit=10) == '"xxxxxxxx…'


@pytest.mark.parametrize(
    ("path", "taken_apart"),
    [
        ("a.b", ["a", "b"]),
        ('tags["a.b"]', ["tags", "a.b"]),
        ("in[0].from", ["in", 0, "from"]),
        ('["x y"].z', ["x y", "z"]),
    ],
)
def test_paths_are_taken_apart(path: str, taken_apart: list[str | int]) -> None:
    assert parts(path) == taken_apart


def test_every_property_is_listed_and_what_is_short_takes_one_line() -> None:
    inputs = {"name": "x", "tags": {"b": 1, "a": True}, "zones": ["a"], "__defaults": [], "off": None}
    assert full(inputs) == ['name: "x"', "tags: {a: true, b: 1}", 'zones: ["a"]']


def test_a_long_document_is_decoded_and_indented() -> None:
    statement = {"Effect": "Allow", "Action": [f"logs:Action{number}" for number in range(8)]}
    assert full({"policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})}) == [
        "policy:",
        "  Statement:",
        "    - Action:",
        *(f'        - "logs:Action{number}"' for number in range(8)),
        '      Effect: "Allow"',
        '  Version: "2012-10-17"',
    ]
