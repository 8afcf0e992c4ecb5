from pathlib import Path

import pytest

from infra import naming
from infra.settings import read_file

SETTINGS = read_file(Path(__file__).parents[2] / "Pulumi.prod.yaml")


def test_the_scope_holds_account_region_and_name_space():
    scope = naming.scope(SETTINGS, "prod")
    assert (scope.account, scope.region, scope.namespace) == ("333333333333", "eu-central-1", "headroom/prod")
    assert scope.prefix == "headroom-prod"


@pytest.mark.parametrize(("region", "partition"), [("eu-central-1", "aws"), ("us-gov-west-1", "aws-us-gov")])
def test_the_partition_follows_from_the_region(region, partition):
    assert naming.partition(region) == partition


def test_zones_have_their_full_names():
    assert naming.zones(SETTINGS) == ["eu-central-1a", "eu-central-1b", "eu-central-1c"]


@pytest.mark.parametrize("name", ["", "Prod", "my_stack", "a--b", "-a", "a-", "1a", "a" * 17, "a\n"])
def test_an_environment_whose_name_fits_no_aws_name_is_refused(name):
    with pytest.raises(ValueError, match="does not fit into AWS names; name it by 1 to 16 small letters"):
        naming.scope(SETTINGS, name)


def test_the_longest_names_fit_what_aws_limits_most():
    longest = naming.scope(SETTINGS, "a" * naming.LONGEST_ENVIRONMENT).prefix
    assert len(f"{longest}-{'d' * 20}-15") <= 63  # a database's identifier
