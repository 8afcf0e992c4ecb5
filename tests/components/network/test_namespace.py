"""Names inside the VPC under pretended AWS."""

from collections.abc import Callable
from typing import Any

from components.access import Scope
from components.network.namespace import CallNamespace, CallNamespaceArgs, Namespace, NamespaceArgs


def test_the_domain_is_the_environments_and_known_in_its_vpc_only(run: Callable[..., Any]) -> None:
    scope = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
    stack = run(lambda: Namespace("names", NamespaceArgs(scope=scope, vpc_id="vpc-1")).link, preview=True)
    inputs = stack.one("PrivateDnsNamespace")["inputs"]
    assert (inputs["name"], inputs["vpc"]) == ("headroom-dev.internal", "vpc-1")
    assert stack.result.domain == "headroom-dev.internal"


def test_calls_have_a_name_space_of_their_own_that_is_not_in_dns(run: Callable[..., Any]) -> None:
    scope = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
    stack = run(lambda: CallNamespace("calls", CallNamespaceArgs(scope=scope)))
    assert stack.one("HttpNamespace")["inputs"]["name"] == "headroom-dev"
    assert stack.all("PrivateDnsNamespace") == []
