"""Cloud Map's name spaces."""

from __future__ import annotations

import pytest

from tests.offline.aws.provider_harness import FailedError, Maker

NAMESPACE = "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace"


def test_a_vpc_has_one_name_space_of_each_name(make: Maker) -> None:
    here, elsewhere = (make("aws:ec2/vpc:Vpc", {"cidrBlock": cidr}).id for cidr in ("10.70.0.0/16", "10.71.0.0/16"))
    for name, vpc in (("one.internal", here), ("two.internal", here), ("one.internal", elsewhere)):
        assert make(NAMESPACE, {"name": name, "vpc": vpc})["hostedZone"]
    with pytest.raises(FailedError, match="ConflictingDomainExists"):
        make(NAMESPACE, {"name": "two.internal", "vpc": here})
