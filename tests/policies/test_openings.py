"""Who is everybody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.graph import Graph, Resource
from policies.openings import INGRESS_RULE, is_everybody, openings, rules_of


@pytest.mark.parametrize("cidr", ["0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", "::/0", "2000::/3", "8.0.0.0/7"])
def test_great_parts_of_the_internet_are_everybody(cidr):
    assert is_everybody(cidr)


@pytest.mark.parametrize("cidr", ["10.0.0.0/8", "203.0.113.7/32", "2001:db8::/32", "fd00::/16", "", "office"])
def test_ranges_of_somebody_and_what_is_no_range_are_not(cidr):
    assert not is_everybody(cidr)


@given(st.ip_addresses(v=4), st.integers(8, 32))
def test_no_range_of_a_usual_size_is_everybody(address, length):
    assert not is_everybody(f"{address}/{length}")


def test_a_group_is_opened_by_the_rules_that_name_it_only():
    group = Resource("aws:ec2/securityGroup:SecurityGroup", "data", "urn:data", {"id": "sg-1"})
    own = Resource(INGRESS_RULE, "own", "urn:own", {"securityGroupId": "sg-1"})
    other = Resource(INGRESS_RULE, "other", "urn:other", {"securityGroupId": "sg-2"})
    graph = Graph([group, own, other])
    assert [rule.name for rule, _ in rules_of(group, "ingress", graph)] == ["data", "own"]
    assert [rule.name for rule, _ in rules_of(group, "egress", graph)] == ["data"]


def test_a_rule_opens_in_its_own_direction_only():
    rule = Resource(INGRESS_RULE, "rule", "urn", {"cidrIpv4": "0.0.0.0/0"})
    assert openings(rule, "ingress").known[0].ranges == [("cidrIpv4", "0.0.0.0/0")]
    assert not openings(rule, "egress").known
