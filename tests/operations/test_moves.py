"""Moving services between ECS and EKS is told with what becomes of requests, both ways."""

from __future__ import annotations

from typing import Any

import pytest

from operations import events, moves
from operations.changes import Run

TASKS, PODS = "aws:ecs/service:Service", "kubernetes:apps/v1:Deployment"
RULE, CLUSTER = "aws:lb/listenerRule:ListenerRule", "aws:eks/cluster:Cluster"


def run_of(*steps: tuple[str, str, str], protected: bool = False) -> Run:
    run = Run()
    for op, kind, name in steps:
        state: dict[str, Any] = {"custom": True, "inputs": {"deletionProtection": protected}}
        metadata = {
            "op": op,
            "urn": f"urn:pulumi:dev::headroom::{kind}::{name}",
            "type": kind,
            "old": None if op == "create" else state,
            "new": None if op == "delete" else state,
        }
        run.add(events.read({"resourcePreEvent": {"metadata": metadata, "planning": True}}))
    return run


def said(run: Run, *, done: bool = False) -> str:
    return "\n".join(text.plain for text in moves.told(run, done=done))


TO_EKS = (
    ("create", PODS, "api-pods"),
    ("create", PODS, "worker-pods"),
    ("update", RULE, "api"),
    ("create", RULE, "api-pods"),
    ("delete", TASKS, "api"),
    ("delete", TASKS, "worker"),
)
TO_ECS = (
    ("create", TASKS, "api"),
    ("update", RULE, "api"),
    ("delete", RULE, "api-pods"),
    ("delete", PODS, "api-pods"),
    ("delete", CLUSTER, "eks"),
)


def test_on_the_way_to_eks_no_request_is_lost() -> None:
    text = said(run_of(*TO_EKS))
    assert text.startswith("api and worker move from ECS to EKS. No request to api is lost: the tasks on ECS answer")
    assert "schedule that is due may run twice" in text
    assert "\n" not in text


def test_on_the_way_back_requests_fail_and_that_is_said_loudly() -> None:
    run = run_of(*TO_ECS)
    assert said(run).startswith("api moves from EKS to ECS. Requests to api FAIL for some minutes, with 503: ECS takes")
    (text,) = moves.told(run)
    assert text.style == "bold yellow"


def test_the_way_back_loses_none_where_rules_wait_for_tasks() -> None:
    run = run_of(*TO_ECS, ("create", RULE, "api-tasks"))
    assert said(run).startswith("api moves from EKS to ECS. No request to api is lost: pods answer until the tasks")
    assert said(run, done=True) == "Moved api from EKS to ECS."


def test_a_private_service_has_no_requests_to_lose() -> None:
    both = run_of(("create", TASKS, "worker"), ("delete", PODS, "worker-pods"))
    assert "request" not in said(both).lower()


def test_a_rule_that_only_ecs_may_turn_stops_the_way_back_and_that_is_said_before() -> None:
    stuck = (("create", "aws:lb/targetGroup:TargetGroup", "api"), ("same", RULE, "api"))
    run = run_of(TO_ECS[0], *stuck, *TO_ECS[2:])
    assert "`up` will FAIL, with requests still answered by pods: the rules of api are ECS's" in said(run)
    assert "503" not in said(run)


def test_a_protected_cluster_stays_and_what_to_do_is_said() -> None:
    assert "headroom:eks.deletion_protection to false" in said(run_of(*TO_ECS, protected=True))
    assert "deletion_protection" not in said(run_of(*TO_ECS))


def test_after_up_it_is_told_as_done() -> None:
    assert said(run_of(*TO_EKS), done=True).startswith("Moved api and worker from ECS to EKS, whose rules turned")
    assert said(run_of(*TO_ECS), done=True).startswith("Moved api from EKS to ECS. Requests to api failed")


def test_the_rest_of_a_move_that_stopped_is_told_too() -> None:
    rest = run_of(("same", PODS, "api-pods"), ("update", RULE, "api"), ("delete", TASKS, "api"))
    assert said(rest).startswith("api moves from ECS to EKS")


@pytest.mark.parametrize(
    "steps",
    [
        (("create", TASKS, "api"), ("create", RULE, "api")),
        (("create", PODS, "api-pods"), ("create", RULE, "api")),
        (("delete", TASKS, "api"), ("delete", RULE, "api")),
        (("delete", TASKS, "api"), ("delete", PODS, "api-pods")),
        (("delete", TASKS, "main-pgbouncer"), ("same", PODS, "api-pods")),
    ],
)
def test_nothing_is_told_where_nothing_moves(steps: tuple[tuple[str, str, str], ...]) -> None:
    assert said(run_of(*steps)) == ""
