"""The load balancer under pretended AWS. T3."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.edge.load_balancer import LoadBalancer, LoadBalancerArgs
from components.links import LogsBucketLink

Run = Callable[..., Any]

CERTIFICATE = "arn:aws:acm:eu-central-1:111111111111:certificate/c"
DEV: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "certificate_arn": None,
    "deletion_protection": False,
}
PROD: dict[str, Any] = DEV | {"certificate_arn": CERTIFICATE, "deletion_protection": True}


def balancer(run: Run, args: dict[str, Any]) -> Any:
    return run(lambda: LoadBalancer("alb", LoadBalancerArgs(**args)))


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
    assert inputs["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
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
    assert inputs["enableHttp2"] is True
    assert inputs["preserveHostHeader"] is True
    assert inputs["xffHeaderProcessingMode"] == "append"
    assert inputs["enableZonalShift"] is True
    assert inputs["enableDeletionProtection"] is True
    assert inputs["idleTimeout"] == 60
    assert len(inputs["subnets"]) == 2


LOGS = LogsBucketLink(
    name="logs",
    arn="arn:aws:s3:::logs",
    bucket_prefix="buckets/",
    load_balancer_prefix="load-balancers",
    cloudfront_prefix="cloudfront",
)


def test_access_logs_go_to_a_bucket_where_one_is_named(run: Run) -> None:
    inputs = balancer(run, PROD | {"logs": LOGS}).one("lb/loadBalancer:LoadBalancer")["inputs"]
    assert inputs["accessLogs"] == {"bucket": "logs", "prefix": "load-balancers", "enabled": True}
    assert "connectionLogs" not in inputs
    assert "accessLogs" not in balancer(run, PROD).one("lb/loadBalancer:LoadBalancer")["inputs"]


def test_connection_logs_are_chosen_apart(run: Run) -> None:
    inputs = balancer(run, PROD | {"logs": LOGS, "connection_logs": True}).one("lb/loadBalancer:LoadBalancer")["inputs"]
    assert inputs["connectionLogs"] == inputs["accessLogs"]


def test_the_load_balancer_waits_until_it_may_write_its_logs(run: Run) -> None:
    def program() -> None:
        policy = pulumi.CustomResource("aws:s3/bucketPolicy:BucketPolicy", "logs")
        LoadBalancer("alb", LoadBalancerArgs(**PROD, logs=replace(LOGS, ready=[policy])))

    stack = run(program)
    policy = stack.one("BucketPolicy")["urn"]
    assert policy in stack.one("lb/loadBalancer:LoadBalancer")["options"]["depends_on"]


@pytest.mark.parametrize(("args", "scheme"), [(DEV, "http"), (PROD, "https")])
def test_the_url_tells_how_to_reach_it(run: Run, args: dict[str, Any], scheme: str) -> None:
    stack = balancer(run, args)
    outputs = stack.registered_outputs[stack.one("headroom:edge:LoadBalancer")["urn"]]
    assert outputs["url"] == f"{scheme}://{outputs['dnsName']}"


def test_an_idle_timeout_that_aws_refuses_is_refused_here() -> None:
    with pytest.raises(ValueError, match="idle_timeout_seconds is 5000: AWS takes 1 to 4000 seconds"):
        LoadBalancerArgs(**(DEV | {"idle_timeout_seconds": 5000}))


def test_the_load_balancer_waits_for_the_internet_gateway(run: Run) -> None:
    def program() -> None:
        route = pulumi.CustomResource("aws:ec2/route:Route", "public-internet")
        LoadBalancer("alb", LoadBalancerArgs(**DEV, ready=[route]))

    stack = run(program)
    route = stack.one("Route", "public-internet")["urn"]
    assert route in stack.one("lb/loadBalancer:LoadBalancer")["options"]["depends_on"]


def answers(stack: Any, listener: str) -> dict[str, Any]:
    """What a listener adds to answers, by the end of the attribute's name."""
    inputs = stack.one("lb/listener:Listener", listener)["inputs"]
    start = "routingHttpResponse"
    return {key.removeprefix(start): value for key, value in inputs.items() if key.startswith(start)}


def test_answers_are_hardened(run: Run) -> None:
    assert answers(balancer(run, PROD), "alb-https") == {
        "ServerEnabled": False,
        "StrictTransportSecurityHeaderValue": "max-age=31536000",
        "XContentTypeOptionsHeaderValue": "nosniff",
        "XFrameOptionsHeaderValue": "DENY",
    }


@pytest.mark.parametrize(("args", "listener"), [(DEV, "alb-http"), (PROD, "alb-http")])
def test_browsers_are_told_of_https_by_https_only(run: Run, args: dict[str, Any], listener: str) -> None:
    told = answers(balancer(run, args), listener)
    assert "StrictTransportSecurityHeaderValue" not in told
    assert told["ServerEnabled"] is False


def test_a_service_may_decide_on_frames_and_https_itself(run: Run) -> None:
    told = answers(balancer(run, PROD | {"frame_options": "none", "hsts_days": 0}), "alb-https")
    assert told == {"ServerEnabled": False, "XContentTypeOptionsHeaderValue": "nosniff"}


def test_a_cdn_finds_what_it_needs_and_no_port_is_open_but_what_it_opens(run: Run) -> None:
    stack = balancer(run, PROD | {"internal": True, "ingress_cidrs": []})
    origin = stack.result.origin
    assert (origin.secure, origin.internal) == (True, True)
    assert open_ports(stack) == set()
