"""A remedy names what the settings name."""

import re
from pathlib import Path

import pytest

from policies.graph import Resource
from policies.naming import GROUPS, in_settings
from policies.verdict import Place

COMPONENTS = Path(__file__).parents[2] / "components"
REMEDY = "set headroom:databases.<name>.multi_az to true"


def remedy(chain: str, name: str, parent: str = "") -> str:
    urn = f"urn:pulumi:prod::headroom::{chain}::{name}"
    resource = Resource("aws:rds/instance:Instance", name, urn, {}, parent=parent)
    return in_settings(Place("multiAz", "is off", REMEDY), resource).remedy


@pytest.mark.parametrize(("name", "parent"), [("main", ""), ("main-2", ""), ("writer", "urn:x::y::z::main")])
def test_a_resource_of_a_component_is_named_as_in_the_settings(name, parent):
    said = remedy("headroom:data:Database$aws:rds/instance:Instance", name, parent)
    assert said == "set headroom:databases.main.multi_az to true"


@pytest.mark.parametrize("chain", ["aws:rds/instance:Instance", "other:Thing$aws:rds/instance:Instance"])
def test_a_teams_own_resource_is_in_no_settings(chain):
    assert remedy(chain, "main") == REMEDY


def test_a_child_with_words_in_its_name_needs_its_parent_to_be_known():
    place, urn = (
        Place("x", "x", "headroom:services.<name>.min_count"),
        "urn:pulumi:p::h::headroom:compute:EcsService$a::b",
    )
    assert in_settings(place, Resource("a", "api-scaling", urn, {})) == place
    assert "services.api." in in_settings(place, Resource("a", "api-scaling", urn, {}, parent="urn::api")).remedy


def test_the_logs_bucket_is_no_bucket_of_the_settings():
    place = Place("protect", "x", "set headroom:buckets.<name>.protect to true")
    chain = "headroom:storage:LogsBucket$headroom:storage:Bucket$aws:s3/bucket:Bucket"
    resource = Resource("aws:s3/bucket:Bucket", "logs", f"urn:pulumi:p::h::{chain}::logs", {})
    assert in_settings(place, resource) == place


def test_settings_of_another_group_are_not_named_after_it():
    assert remedy("headroom:data:Cache$aws:rds/instance:Instance", "main") == REMEDY


def test_the_components_exist():
    text = "".join(path.read_text() for path in COMPONENTS.rglob("*.py"))
    assert set(re.findall(r"\"(headroom:\w+:\w+)\"", text)) >= set(GROUPS)
