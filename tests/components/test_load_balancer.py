"""The load balancer and its routes under pretended AWS. T3."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.links import LoadBalancerLink
from components.load_balancer import LoadBalancer, LoadBalancerArgs, Route, RouteArgs

Run = Callable[..., Any]

CERTIFICATE = "arn:aws:acm:eu-central-1:111111111111:certificate/c"
DEV: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "certificate_arn": None,
    "deletion_protection": False,
}
PROD: dict[str, Any] = DEV | {"certificate_arn": CERTIFICATE, "deletion_protection": True}
ROUTE: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "load_balancer": LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb"),
    "port": 5000,
    "paths": ["/api/*", "/health"],
}


def balancer(run: Run, args: dict[str, Any]) -> Any:
    return run(lambda: LoadBalancer("alb", LoadBalancerArgs(**args)))


def route(run: Run, **changed: Any) -> Any:
    return run(lambda: Route("api", RouteArgs(**(ROUTE | changed))))


def open_ports(stack: Any) -> set[int]:
    return {rule["inputs"]["fromPort"] for rule in stack.all("SecurityGroupIngressRule")}


def test_with_a_certificate_http_redirects_to_https(run: Run) -> None:
    stack = balancer(run, PROD)
    (action,) = stack.one("lb/listener:Listener", "alb-http")["inputs"]["defaultActions"]
    assert action == {
        "type": "redirect",
        "redirect": {"port": "443", "protocol": "HTTPS", "statusCode": "HTTP_301"},
    }


def test_https_speaks_modern_tls_only(run: Run) -> None:
    inputs = balancer(run, PROD).one("lb/listener:Listener", "alb-https")["inputs"]
    assert (inputs["port"], inputs["protocol"]) == (443, "HTTPS")
    assert inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert inputs["certificateArn"] == CERTIFICATE


def test_without_a_certificate_http_is_all_there_is(run: Run) -> None:
    stack = balancer(run, DEV)
    assert stack.names("lb/listener:Listener") == ["alb-http"]
    assert open_ports(stack) == {80}


def test_only_80_and_443_are_open(run: Run) -> None:
    stack = balancer(run, PROD)
    assert open_ports(stack) == {80, 443}
    assert {rule["inputs"]["cidrIpv4"] for rule in stack.all("SecurityGroupIngressRule")} == {"0.0.0.0/0"}


def test_an_internal_load_balancer_is_reached_from_the_network_only(run: Run) -> None:
    stack = balancer(run, DEV | {"internal": True, "ingress_cidrs": ["10.0.0.0/16", "10.1.0.0/16"]})
    assert stack.one("lb/loadBalancer:LoadBalancer")["inputs"]["internal"] is True
    rules = {rule["name"]: rule["inputs"]["cidrIpv4"] for rule in stack.all("SecurityGroupIngressRule")}
    assert rules == {"alb-80": "10.0.0.0/16", "alb-80-1": "10.1.0.0/16"}


def test_the_load_balancer_reaches_nothing_until_a_service_opens_its_own_way(run: Run) -> None:
    stack = balancer(run, PROD)
    assert not stack.one("ec2/securityGroup:SecurityGroup")["inputs"].get("egress")
    assert stack.all("SecurityGroupEgressRule") == []


@pytest.mark.parametrize(("args", "listener"), [(DEV, "alb-http"), (PROD, "alb-https")])
def test_a_request_that_no_route_takes_is_not_found(run: Run, args: dict[str, Any], listener: str) -> None:
    (action,) = balancer(run, args).one("lb/listener:Listener", listener)["inputs"]["defaultActions"]
    assert action["type"] == "fixed-response"
    assert action["fixedResponse"]["statusCode"] == "404"


def test_the_load_balancer_is_hardened(run: Run) -> None:
    inputs = balancer(run, PROD).one("lb/loadBalancer:LoadBalancer")["inputs"]
    assert inputs["dropInvalidHeaderFields"] is True
    assert inputs["desyncMitigationMode"] == "defensive"
    assert inputs["enableDeletionProtection"] is True
    assert inputs["idleTimeout"] == 60
    assert len(inputs["subnets"]) == 2


def test_access_logs_go_to_a_bucket_where_one_is_named(run: Run) -> None:
    inputs = balancer(run, PROD | {"access_log_bucket": "logs"}).one("lb/loadBalancer:LoadBalancer")["inputs"]
    assert inputs["accessLogs"] == {"bucket": "logs", "enabled": True}
    assert "accessLogs" not in balancer(run, PROD).one("lb/loadBalancer:LoadBalancer")["inputs"]


@pytest.mark.parametrize(("args", "scheme"), [(DEV, "http"), (PROD, "https")])
def test_the_url_tells_how_to_reach_it(run: Run, args: dict[str, Any], scheme: str) -> None:
    stack = balancer(run, args)
    outputs = stack.registered_outputs[stack.one("headroom:edge:LoadBalancer")["urn"]]
    assert outputs["url"] == f"{scheme}://{outputs['dnsName']}"


def test_an_idle_timeout_that_aws_refuses_is_refused_here() -> None:
    with pytest.raises(ValueError, match="idle_timeout_seconds is 5000: AWS takes 1 to 4000 seconds"):
        LoadBalancerArgs(**(DEV | {"idle_timeout_seconds": 5000}))


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
        ({"drain_seconds": 4000}, "drain_seconds is 4000: AWS takes 0 to 3600 seconds"),
    ],
)
def test_what_aws_refuses_of_a_route_is_refused_before_anything_is_made(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        RouteArgs(**(ROUTE | changed))


def test_the_load_balancer_waits_for_the_internet_gateway(run: Run) -> None:
    def program() -> None:
        route = pulumi.CustomResource("aws:ec2/route:Route", "public-internet")
        LoadBalancer("alb", LoadBalancerArgs(**DEV, ready=[route]))

    stack = run(program)
    route = stack.one("Route", "public-internet")["urn"]
    assert route in stack.one("lb/loadBalancer:LoadBalancer")["options"]["depends_on"]
