"""Changes of a deployment strategy that would lose requests are refused before anything is done. T1."""

from __future__ import annotations

from typing import Any

import pytest

from operations.errors import Failure
from operations.strategies import gaps, has_pairs, refuse_gaps

ALONE = {"strategy": "rolling", "second_target_group": False, "waiting_minutes": 0}
PAIRED = {**ALONE, "second_target_group": True}
CANARY = {"strategy": "canary", "second_target_group": True, "waiting_minutes": 20}


def asked(deploy: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    service = {"public": True, **({"deploy": deploy} if deploy is not None else {}), **more.pop("service", {})}
    return {"headroom:services": {"api": service}, **more}


def standing(deploy: dict[str, Any] | None) -> dict[str, Any]:
    return {"services": {"api": {"name": "api-1", **({"deploy": deploy} if deploy is not None else {})}}}


def said(config: dict[str, Any], outputs: dict[str, Any]) -> list[str]:
    return list(gaps(config, outputs))


@pytest.mark.parametrize(
    ("before", "deploy"),
    [
        (ALONE, None),
        (ALONE, {"strategy": "rolling"}),
        (ALONE, {"strategy": "rolling", "second_target_group": True}),
        (PAIRED, {"strategy": "canary"}),
        (PAIRED, {"strategy": "rolling", "second_target_group": True}),
        (CANARY, {"strategy": "blue-green"}),
        (CANARY, {"strategy": "rolling", "second_target_group": True}),
        (None, {"strategy": "rolling"}),
    ],
)
def test_a_step_that_keeps_both_target_groups_or_adds_one_is_fine(
    before: dict[str, Any] | None, deploy: dict[str, Any] | None
) -> None:
    assert said(asked(deploy), standing(before)) == []


@pytest.mark.parametrize("before", [ALONE, None])
def test_a_standing_service_gets_its_second_target_group_before_requests_move(before: dict[str, Any] | None) -> None:
    (sentence,) = said(asked({"strategy": "linear"}), standing(before))
    assert sentence.startswith("headroom:services.api.deploy.strategy is linear, and api has one target group so far.")
    assert "strategy: rolling, second_target_group: true" in sentence


@pytest.mark.parametrize("deploy", [None, {"strategy": "rolling"}, {"second_target_group": False}])
def test_a_service_keeps_its_second_target_group(deploy: dict[str, Any] | None) -> None:
    for before in (PAIRED, CANARY):
        (sentence,) = said(asked(deploy), standing(before))
        assert sentence.startswith("headroom:services.api.deploy.second_target_group is not true")


def test_a_new_service_begins_with_any_strategy_and_one_that_goes_asks_for_nothing() -> None:
    assert said(asked({"strategy": "canary"}), {}) == []
    assert said({"headroom:services": {}}, standing(CANARY)) == []
    assert said({}, standing(CANARY)) == []


def test_pods_have_target_groups_of_their_own() -> None:
    assert said(asked({"strategy": "rolling"}, **{"headroom:compute": "eks"}), standing(CANARY)) == []


def test_a_service_that_turns_private_leaves_the_load_balancer_anyway() -> None:
    assert said(asked(None, service={"public": False}), standing(CANARY)) == []


def test_it_is_refused_with_the_place_and_the_remedy() -> None:
    with pytest.raises(Failure) as failure:
        refuse_gaps("prod", asked({"strategy": "canary"}), standing(ALONE))
    assert failure.value.message.startswith("Pulumi.prod.yaml: headroom:services.api.deploy.strategy is canary")
    assert failure.value.remedies


def test_a_file_of_the_wrong_shape_is_left_to_the_program_to_refuse() -> None:
    for services in (5, {"api": 5}, {"api": {"public": True, "deploy": "canary"}}):
        assert not has_pairs({"headroom:services": services})
        assert said({"headroom:services": services}, {"services": 5}) == []


def test_stack_files_without_a_second_target_group_are_not_compared_offline() -> None:
    assert not has_pairs(asked({"strategy": "rolling", "rollback_on_alarms": True}))
    assert has_pairs(asked({"strategy": "canary"}))
    assert has_pairs(asked({"second_target_group": True}))


def test_up_refuses_it_before_the_engine_is_asked_to_change_anything(project: Any) -> None:
    file = project.root / "Pulumi.dev.yaml"
    service = "{image: 'a:1', public: true, port: 80, paths: [/*], deploy: {strategy: canary}}"
    file.write_text(f"{file.read_text()}  headroom:services:\n    api: {service}\n")
    project.script(output={"stdout": '{"services": {"api": {"deploy": {"strategy": "rolling"}}}}'}, up={"events": []})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert "api has one target group so far" in printed
    assert not [call for call in project.calls if call[0] == "up"]
