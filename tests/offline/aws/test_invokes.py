"""What the SDK's functions answer; each that has an answer has a test here."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from offline.aws import managed_policies
from offline.aws.invokes import FUNCTIONS
from offline.aws.values import Properties, Secret, plain
from tests.offline.aws.provider_harness import ACCOUNT, REGION, FailedError, Maker, Plugin

Asked = Callable[..., Properties]


@pytest.fixture
def asked(plugin: Plugin) -> Asked:
    def ask(function: str, /, **args: Any) -> Properties:
        (token,) = [known for known in FUNCTIONS if known.endswith(f":{function}")]
        return plugin.invoke(token, args)

    return ask


def test_each_function_with_an_answer_is_tried_here() -> None:
    names = {token.rpartition(":")[2] for token in FUNCTIONS}
    with open(__file__, encoding="utf-8") as source:
        text = source.read()
    assert {name for name in names if f'"{name}"' not in text} == set()


def test_the_caller_is_the_account_of_the_credentials(asked: Asked) -> None:
    identity = asked("getCallerIdentity")
    assert identity["accountId"] == identity["id"] == ACCOUNT
    assert identity["arn"].startswith(f"arn:aws:sts::{ACCOUNT}:assumed-role/")


def test_the_region_is_the_providers_or_the_one_asked_for(asked: Asked) -> None:
    assert asked("getRegion")["region"] == REGION
    assert asked("getRegion", region="eu-west-1")["endpoint"] == "ec2.eu-west-1.amazonaws.com"


def test_the_partition_is_the_commercial_one(asked: Asked) -> None:
    assert asked("getPartition")["dnsSuffix"] == "amazonaws.com"


def test_zones_come_in_order_with_ids_and_can_be_left_out(asked: Asked) -> None:
    zones = asked("getAvailabilityZones", state="available")
    assert zones["names"] == [f"{REGION}{letter}" for letter in "abc"]
    assert len(set(zones["zoneIds"])) == 3
    assert all(zone.startswith("euc1-az") for zone in zones["zoneIds"])
    assert asked("getAvailabilityZones", excludeNames=[f"{REGION}a"])["names"] == [f"{REGION}{x}" for x in "bc"]


def test_zones_of_another_region_are_that_regions(asked: Asked) -> None:
    assert asked("getAvailabilityZones", region="eu-west-1")["names"][0] == "eu-west-1a"


def test_a_policy_document_has_ids_conditions_and_exceptions(asked: Asked) -> None:
    condition = {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [ACCOUNT]}
    statement = {
        "sid": "One",
        "effect": "Deny",
        "notActions": ["s3:b", "s3:a"],
        "notResources": ["arn:aws:s3:::x/*"],
        "notPrincipals": [{"type": "Service", "identifiers": ["ecs.amazonaws.com"]}],
        "conditions": [condition],
    }
    document = json.loads(asked("getPolicyDocument", statements=[statement], policyId="P")["minifiedJson"])
    assert document["Id"] == "P"
    assert document["Statement"] == [
        {
            "Sid": "One",
            "Effect": "Deny",
            "NotAction": ["s3:a", "s3:b"],
            "NotResource": "arn:aws:s3:::x/*",
            "NotPrincipal": {"Service": "ecs.amazonaws.com"},
            "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        }
    ]


def test_merging_documents_is_refused(asked: Asked) -> None:
    with pytest.raises(FailedError, match="sourcePolicyDocuments: is not supported by the offline provider"):
        asked("getPolicyDocument", sourcePolicyDocuments=["{}"])


def test_a_random_password_is_secret_and_keeps_to_what_was_asked(asked: Asked) -> None:
    answer = asked("getRandomPassword", passwordLength=32, excludePunctuation=True, excludeUppercase=True)
    assert isinstance(answer["randomPassword"], Secret)
    text = plain(answer["randomPassword"])
    assert len(text) == 32
    assert text.isalnum()
    assert text == text.lower()


@pytest.mark.parametrize("function", ["getPrefixList", "getManagedPrefixList"])
def test_s3s_prefix_list_has_its_addresses(asked: Asked, function: str) -> None:
    found = asked(function, name=f"com.amazonaws.{REGION}.s3")
    assert found["id"].startswith("pl-")
    assert found["cidrBlocks"]
    assert asked(function, prefixListId=found["id"])["name"] == f"com.amazonaws.{REGION}.s3"


def test_a_prefix_list_that_is_not_there_is_told(asked: Asked) -> None:
    with pytest.raises(FailedError, match="0 prefix lists match; one must"):
        asked("getPrefixList", name="com.amazonaws.nowhere.s3")


def test_a_group_is_found_by_name_and_vpc(asked: Asked, make: Maker) -> None:
    vpc = make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.99.0.0/16"})
    group = make("aws:ec2/securityGroup:SecurityGroup", {"vpcId": vpc.id, "name": "looked-up", "description": "one"})
    found = asked("getSecurityGroup", name="looked-up", vpcId=vpc.id)
    assert (found["id"], found["arn"]) == (group.id, group["arn"])
    with pytest.raises(FailedError, match="2 security groups match; one must"):
        asked("getSecurityGroup", vpcId=vpc.id)


@pytest.mark.parametrize(
    ("function", "policies"),
    [
        ("getCachePolicy", managed_policies.CACHE),
        ("getOriginRequestPolicy", managed_policies.ORIGIN_REQUEST),
        ("getResponseHeadersPolicy", managed_policies.RESPONSE_HEADERS),
    ],
)
def test_managed_policies_of_cloudfront_are_found_by_name_and_by_id(
    asked: Asked, function: str, policies: dict[str, str]
) -> None:
    for name, key in policies.items():
        assert asked(function, name=name)["id"] == key
        assert asked(function, id=key)["name"] == name
    with pytest.raises(FailedError, match="is none of AWS's managed policies: Managed-"):
        asked(function, name="Managed-Nothing")
