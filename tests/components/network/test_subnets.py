from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.network.subnets import LETTERS, ZoneSubnets, divide

ZONES = st.lists(st.sampled_from(LETTERS), min_size=1, unique=True)
RANGES = st.integers(16, 22).map(lambda prefix: f"10.20.0.0/{prefix}")


def ranges(subnets: ZoneSubnets) -> list[IPv4Network]:
    return [subnets.private, subnets.public, subnets.isolated]


def test_the_first_zone_of_a_sixteen_gets_the_ranges_of_the_documentation():
    (zone,) = divide("10.10.0.0/16", ["a"])
    assert [str(subnet) for subnet in ranges(zone)] == ["10.10.0.0/20", "10.10.16.0/21", "10.10.24.0/21"]


def test_four_zones_always_fit():
    assert [zone.zone for zone in divide("10.10.0.0/22", ["a", "b", "c", "d"])] == ["a", "b", "c", "d"]


@given(RANGES, ZONES, ZONES)
def test_a_zone_keeps_its_addresses_whatever_stands_beside_it(cidr, before, after):
    old = {zone.zone: zone for zone in divide(cidr, before)}
    new = {zone.zone: zone for zone in divide(cidr, after)}
    assert {letter: old[letter] for letter in old if letter in new} == {z: new[z] for z in new if z in old}


@given(RANGES, ZONES)
def test_no_two_subnets_overlap_and_all_lie_in_the_vpc(cidr, zones):
    subnets = [subnet for zone in divide(cidr, zones) for subnet in ranges(zone)]
    assert all(subnet.subnet_of(IPv4Network(cidr)) for subnet in subnets)
    assert not any(a.overlaps(b) for i, a in enumerate(subnets) for b in subnets[:i])


@given(RANGES, ZONES)
def test_every_subnet_is_large_enough_for_what_stands_in_it(cidr, zones):
    for zone in divide(cidr, zones):
        assert zone.public.prefixlen <= 27  # a load balancer
        assert zone.isolated.prefixlen <= 28  # a database subnet group
        assert zone.private.num_addresses == zone.public.num_addresses * 2


@pytest.mark.parametrize(
    ("cidr", "zones", "says"),
    [
        ("10.10.0.0/15", ["a"], "cidr is 10.10.0.0/15; a VPC here has a prefix of /16 to /22"),
        ("10.10.0.0/23", ["a"], "cidr is 10.10.0.0/23; a VPC here has a prefix of /16 to /22"),
        ("10.10.0.0/16", ["z"], "zone is 'z'; zones are letters from a to h"),
        ("10.10.0.0/16", [""], "zone is ''; zones are letters from a to h"),
        ("10.10.0.0/16", ["ab"], "zone is 'ab'; zones are letters from a to h"),
    ],
)
def test_what_can_not_be_divided_is_told(cidr, zones, says):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared as a whole)
        divide(cidr, zones)
    assert str(error.value) == says
