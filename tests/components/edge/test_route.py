"""The route of a service under pretended AWS. T3, E5."""

from collections.abc import Callable
from typing import Any

import pytest

from components.edge.route import Route, RouteArgs
from components.links import LoadBalancerLink

Run = Callable[..., Any]

ROUTE: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "load_balancer": LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb"),
    "port": 5000,
    "paths": ["/api/*", "/health"],
}


def route(run: Run, **changed: Any) -> Any:
    return run(lambda: Route("api", RouteArgs(**(ROUTE | changed))))


def test_a_target_group_checks_health_every_15_seconds(run: Run) -> None:
    assert route(run).one("lb/targetGroup:TargetGroup")["inputs"]["healthCheck"] == {
        "enabled": True,
        "protocol": "HTTP",
        "path": "/health",
        "matcher": "200",
        "interval": 15,
        "timeout": 5,
        "healthyThreshold": 2,
        "unhealthyThreshold": 3,
    }


def test_sessions_do_not_stick_and_leaving_tasks_drain(run: Run) -> None:
    inputs = route(run).one("lb/targetGroup:TargetGroup")["inputs"]
    assert inputs["stickiness"]["enabled"] is False
    assert inputs["deregistrationDelay"] == 60
    assert inputs["slowStart"] == 0
    assert inputs["targetType"] == "ip"


def test_a_route_is_one_rule_with_all_its_paths(run: Run) -> None:
    inputs = route(run, priority=100).one("lb/listenerRule:ListenerRule")["inputs"]
    assert inputs["priority"] == 100
    assert inputs["listenerArn"] == "listener"
    assert inputs["conditions"] == [{"pathPattern": {"values": ["/api/*", "/health"]}}]
    assert inputs["actions"][0]["type"] == "forward"


def test_a_route_of_a_host_takes_requests_for_that_host_only(run: Run) -> None:
    inputs = route(run, hosts=["api.example.com"]).one("lb/listenerRule:ListenerRule")["inputs"]
    assert inputs["conditions"] == [
        {"hostHeader": {"values": ["api.example.com"]}},
        {"pathPattern": {"values": ["/api/*", "/health"]}},
    ]


def test_a_new_task_may_start_slowly_and_a_check_pass_by_other_codes(run: Run) -> None:
    inputs = route(run, slow_start_seconds=30, drain_seconds=20, health_codes="200-299").one("TargetGroup")["inputs"]
    assert (inputs["slowStart"], inputs["deregistrationDelay"]) == (30, 20)
    assert inputs["healthCheck"]["matcher"] == "200-299"


def test_a_route_without_a_priority_keeps_its_own_whatever_stands_beside_it(run: Run) -> None:
    def both() -> None:
        Route("api", RouteArgs(**ROUTE))
        Route("auth", RouteArgs(**(ROUTE | {"paths": ["/auth/*"]})))

    alone = route(run).one("lb/listenerRule:ListenerRule")["inputs"]["priority"]
    beside = run(both).one("lb/listenerRule:ListenerRule", "api")["inputs"]["priority"]
    assert alone == beside


def test_a_service_waits_for_the_rule_because_ecs_refuses_an_unused_target_group(run: Run) -> None:
    (ready,) = route(run).result.link.ready
    assert type(ready).__name__ == "ListenerRule"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"health_timeout_seconds": 20}, "health_timeout_seconds is 20: it must be below health_interval_seconds, 15"),
        ({"paths": []}, "a listener rule takes 1 to 5 path patterns, and these are 0"),
        ({"priority": 0}, "priority is 0: AWS takes 1 to 50000"),
        ({"slow_start_seconds": 10}, "slow_start_seconds is 10: AWS takes 30 to 900 seconds, or 0 for none"),
        ({"hosts": ["a.b"] * 4}, "a listener rule takes 5 values in all, and 2 of them are paths"),
        ({"drain_seconds": 4000}, "drain_seconds is 4000: AWS takes 0 to 3600 seconds"),
    ],
)
def test_what_aws_refuses_of_a_route_is_refused_before_anything_is_made(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RouteArgs(**(ROUTE | changed))


def test_pods_get_a_target_group_of_their_own_that_their_cluster_may_touch(run: Run) -> None:
    made = route(run, eks_cluster="headroom-dev").one("aws:lb/targetGroup:TargetGroup")
    assert made["name"] == "api-pods"
    assert made["inputs"]["tags"] == {"Service": "api", "eks:eks-cluster-name": "headroom-dev"}
    assert route(run).one("aws:lb/targetGroup:TargetGroup")["name"] == "api"


def test_a_paired_route_has_a_second_target_group_that_is_checked_as_the_first(run: Run) -> None:
    stack = route(run, paired=True, slow_start_seconds=30)
    first, second = (stack.one("lb/targetGroup:TargetGroup", name)["inputs"] for name in ("api", "api-second"))
    assert {**second, "name": None} == {**first, "name": None}


def test_a_paired_routes_rules_are_led_by_ecs_alone(run: Run) -> None:
    stack = route(run, paired=True)
    for name in ("api", "api-second"):
        assert stack.one("lb/listenerRule:ListenerRule", name)["options"]["ignore_changes"] == ["actions"]
    assert route(run).one("lb/listenerRule:ListenerRule")["options"]["ignore_changes"] == []


def test_no_request_matches_the_rule_of_the_second_target_group(run: Run) -> None:
    inputs = route(run, paired=True).one("lb/listenerRule:ListenerRule", "api-second")["inputs"]
    assert inputs["conditions"] == [{"sourceIp": {"values": ["192.0.2.1/32"]}}]


def test_a_standing_route_keeps_its_rule_and_its_target_group_when_it_is_paired(run: Run) -> None:
    alone, paired = route(run), route(run, paired=True)
    for type_ in ("lb/listenerRule:ListenerRule", "lb/targetGroup:TargetGroup"):
        assert paired.one(type_, "api")["inputs"] == alone.one(type_, "api")["inputs"]
        assert paired.one(type_, "api")["urn"] == alone.one(type_, "api")["urn"]


def test_a_paired_route_tells_both_target_groups_and_their_rules(run: Run) -> None:
    def program() -> Any:
        return Route("api", RouteArgs(**(ROUTE | {"paired": True}))).link

    link = run(program).result
    assert link.second is not None
    assert [half.second for half in link.halves] == [link.second, None]
    assert len(link.ready) == 2
