"""The preview reads as a tree of components with what changes in them."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from operations import events, preview, summary
from operations.changes import Run

NETWORK = "headroom:network:Network"
SUBNET = "aws:ec2/subnet:Subnet"
INSTANCE = "aws:rds/instance:Instance"


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::headroom::{kind}::{name}"


def planned(*steps: dict[str, Any]) -> Run:
    run = Run()
    for step in steps:
        run.add(events.read({"resourcePreEvent": {"metadata": step, "planning": True}}))
    return run


def step(op: str, kind: str, name: str, parent: str = "", **more: Any) -> dict[str, Any]:
    state = {"parent": parent, "custom": not kind.startswith("headroom:"), "inputs": more.pop("inputs", {})}
    old = {**state, "inputs": more.pop("old_inputs", {}), "protect": more.pop("protect", False)}
    return {
        "op": op,
        "urn": urn(kind, name),
        "type": kind,
        "old": None if op == "create" else old,
        "new": None if op == "delete" else state,
        **more,
    }


def text(run: Run, *, full: bool = False) -> str:
    return "\n".join(line.plain.rstrip() for line in preview.render(run, full=full))


def test_new_resources_stand_under_their_component_and_alike_ones_are_folded() -> None:
    network = urn(NETWORK, "main")
    run = planned(
        step("create", "pulumi:pulumi:Stack", "headroom-dev"),
        step("create", NETWORK, "main", urn("pulumi:pulumi:Stack", "headroom-dev")),
        step("create", SUBNET, "public-b", network),
        step("create", SUBNET, "public-a", network),
        step("create", "aws:ec2/vpc:Vpc", "main", network),
    )
    assert text(run) == "\n".join([
        " + Network main",
        " +   ec2.Subnet public-{a, b}",
        " +   ec2.Vpc main",
    ])  # fmt: skip
    assert preview.counts(run) == "3 to create"


def test_an_update_shows_old_and_new_value_under_its_unchanged_component() -> None:
    run = planned(
        step("same", NETWORK, "main"),
        step(
            "update",
            SUBNET,
            "public-a",
            urn(NETWORK, "main"),
            old_inputs={"mapPublicIpOnLaunch": True},
            inputs={"mapPublicIpOnLaunch": False},
            detailedDiff={"mapPublicIpOnLaunch": {"diffKind": "update", "inputDiff": True}},
        ),
        step("same", SUBNET, "public-b", urn(NETWORK, "main")),
    )
    assert text(run) == "\n".join([
        "   Network main",
        " ~   ec2.Subnet public-a",
        "         ~ mapPublicIpOnLaunch: true => false",
    ])  # fmt: skip
    assert preview.counts(run) == "1 to update, 1 unchanged"


def test_resources_that_change_alike_are_one_line_and_one_difference() -> None:
    def subnet(name: str) -> dict[str, Any]:
        detail = {"tags.Owner": {"diffKind": "add", "inputDiff": True}}
        return step("update", SUBNET, name, inputs={"tags": {"Owner": "x"}}, detailedDiff=detail)

    run = planned(subnet("b"), subnet("a"))
    assert text(run) == ' ~ ec2.Subnet a, b\n       + tags.Owner: "x"'


def test_a_replacement_names_what_forces_it() -> None:
    run = planned(
        step(
            "create-replacement",
            INSTANCE,
            "main",
            old_inputs={"engine": "postgres", "port": 1},
            inputs={"engine": "mysql", "port": 2},
            keys=["engine"],
            detailedDiff={
                "engine": {"diffKind": "update-replace", "inputDiff": True},
                "port": {"diffKind": "update", "inputDiff": True},
            },
        ),
        step("replace", INSTANCE, "main"),
        step("delete-replaced", INSTANCE, "main"),
    )
    assert text(run) == "\n".join([
        "+- rds.Instance main  replaced, because of engine",
        '       ~ engine: "postgres" => "mysql"  forces the replacement',
        "       ~ port: 1 => 2",
    ])  # fmt: skip
    assert preview.counts(run) == "1 to replace"


def test_a_deletion_says_when_the_resource_is_protected() -> None:
    run = planned(step("delete", INSTANCE, "main", protect=True), step("delete", INSTANCE, "other"))
    assert text(run) == " - rds.Instance main  protected\n - rds.Instance other"


def test_every_property_of_new_resources_on_request() -> None:
    run = planned(step("create", INSTANCE, "main", inputs={"engine": "postgres", "password": "[secret]"}))
    assert text(run, full=True) == ' + rds.Instance main\n       engine: "postgres"\n       password: [secret]'


def test_a_secret_is_masked_on_both_sides() -> None:
    run = planned(
        step(
            "update",
            INSTANCE,
            "main",
            old_inputs={"password": "canary"},
            inputs={"password": "[secret]"},
            detailedDiff={"password": {"diffKind": "update", "inputDiff": True}},
        )
    )
    assert text(run) == " ~ rds.Instance main\n       ~ password: [secret] => [secret]"


def test_an_operation_that_is_not_known_is_still_shown() -> None:
    run = planned(step("teleport", INSTANCE, "main"))
    assert text(run) == " * rds.Instance main  teleport"
    assert preview.counts(run) == "1 to teleport"


def test_long_values_stand_one_above_the_other() -> None:
    old, new = "a" * 60, "b" * 60
    detail = {"name": {"diffKind": "update", "inputDiff": True}}
    run = planned(step("update", INSTANCE, "main", old_inputs={"name": old}, inputs={"name": new}, detailedDiff=detail))
    assert text(run) == f' ~ rds.Instance main\n       ~ name: "{old}"\n            => "{new}"'


def test_names_are_put_together_as_a_shell_would_write_them() -> None:
    assert preview.together(["net-private-a", "net-private-b"]) == "net-private-{a, b}"
    assert preview.together(["main", "main-1"]) == "main, main-1"
    assert preview.together(["a", "b"]) == "a, b"
    assert preview.together(["a-b"]) == "a-b"


def test_a_components_own_resources_come_before_the_components_in_it() -> None:
    run = planned(
        step("create", NETWORK, "main"),
        step("create", "headroom:alarms:Alarms", "main", urn(NETWORK, "main")),
        step("create", "aws:ec2/vpc:Vpc", "main", urn(NETWORK, "main")),
    )
    assert text(run) == " + Network main\n +   ec2.Vpc main\n +   Alarms main"


def test_nothing_to_do_is_no_tree() -> None:
    run = planned(step("same", NETWORK, "main"), step("same", SUBNET, "a", urn(NETWORK, "main")))
    assert text(run) == ""
    assert preview.counts(run) == "1 unchanged"


def test_resources_whose_parents_lead_round_in_a_circle_are_shown() -> None:
    run = planned(
        step("create", SUBNET, "a", urn(SUBNET, "b")),
        step("create", SUBNET, "b", urn(SUBNET, "a")),
        step("create", SUBNET, "c", urn(SUBNET, "c")),
    )
    assert text(run) == " + ec2.Subnet a, b, c"


OPERATIONS = ("create", "update", "delete", "same", "create-replacement", "replace", "delete-replaced", "teleport")
PATHS = ("a", "a.b", "a[0]", 'b["x"]', "policy", "policy.Statement[0]", "")

scalars = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=6) | st.just("[secret]")
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)
bags = st.dictionaries(st.sampled_from(["a", "b", "policy", "__defaults"]), values | values.map(json.dumps), max_size=4)
names = st.sampled_from(["a", "b", "c-1", "c-2"])
steps = st.builds(
    lambda op, kind, name, parent, old, new, paths: step(
        op, kind, name, urn(NETWORK, parent), old_inputs=old, inputs=new,
        detailedDiff=paths and {path: {"diffKind": "update-replace", "inputDiff": True} for path in paths},
    ),
    st.sampled_from(OPERATIONS),
    st.sampled_from([NETWORK, SUBNET, INSTANCE]),
    names,
    names,
    bags,
    bags,
    st.none() | st.lists(st.sampled_from(PATHS), max_size=3),
)  # fmt: skip


@given(st.lists(steps, max_size=12))
def test_whatever_is_planned_is_rendered_and_nothing_that_changes_is_hidden(
    planned_steps: list[dict[str, Any]],
) -> None:
    run = planned(*planned_steps)
    for full in (False, True):
        printed = text(run, full=full)
        assert all(change.name.rsplit("-", 1)[-1] in printed for change in run.changed)
    assert preview.counts(run)
    assert summary.did(run)
