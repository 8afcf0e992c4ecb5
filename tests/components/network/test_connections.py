"""Security group rules under pretended AWS."""

from collections.abc import Callable
from typing import Any

import pulumi

from components.network.connections import open_connection, open_way_out

Run = Callable[..., Any]
NO_OPTIONS = pulumi.ResourceOptions()


def test_a_connection_is_open_at_both_ends_on_one_port(run: Run) -> None:
    stack = run(lambda: open_connection("api-database", "sg-api", "sg-db", 5432, NO_OPTIONS))
    out = stack.one("SecurityGroupEgressRule")["inputs"]
    into = stack.one("SecurityGroupIngressRule")["inputs"]
    assert (out["securityGroupId"], out["referencedSecurityGroupId"]) == ("sg-api", "sg-db")
    assert (into["securityGroupId"], into["referencedSecurityGroupId"]) == ("sg-db", "sg-api")
    for rule in (out, into):
        assert (rule["ipProtocol"], rule["fromPort"], rule["toPort"]) == ("tcp", 5432, 5432)
        assert "cidrIpv4" not in rule


def test_whoever_waits_for_a_connection_waits_for_both_rules(run: Run) -> None:
    rules = run(lambda: open_connection("a-b", "sg-a", "sg-b", 1, NO_OPTIONS)).result
    assert len(rules) == 2


def test_a_way_out_is_one_port_of_anyone(run: Run) -> None:
    rule = run(lambda: open_way_out("api", "sg-api", 443, NO_OPTIONS)).one("SecurityGroupEgressRule")
    assert rule["name"] == "api-out-443"
    assert (rule["inputs"]["fromPort"], rule["inputs"]["toPort"], rule["inputs"]["cidrIpv4"]) == (443, 443, "0.0.0.0/0")
