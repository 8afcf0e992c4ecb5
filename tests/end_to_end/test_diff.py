"""What differs between environments that stand: what their settings choose, and nothing of their names. W2."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest


@pytest.fixture(scope="module")
def diff(standing: Any, outputs_of_up: dict[str, str]) -> Callable[..., str]:
    def run(*arguments: str) -> str:
        printed: str = standing.headroom("diff", *arguments, "--offline")
        return printed

    return run


@pytest.fixture(scope="module")
def staging_and_prod(diff: Callable[..., str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(diff("staging", "prod", "--format", "json"))
    return found


def test_the_first_line_says_what_runs_and_how_much_differs_otherwise(diff: Callable[..., str]) -> None:
    first, *_ = diff("staging", "prod").splitlines()
    assert re.fullmatch(
        r"staging runs api, web and worker 1\.0\.0, prod sha256:0{12}…; \d+ settings and \d+ resources differ "
        r"otherwise\.",
        first,
    )


def test_a_setting_and_what_stands_of_it_both_tell_the_difference(staging_and_prod: dict[str, Any]) -> None:
    settings = {one["path"]: (one["a"], one["b"]) for one in staging_and_prod["settings"] if {"a", "b"} <= one.keys()}
    database = next(one for one in staging_and_prod["changed"] if (one["type"], one["name"]) == RDS)
    properties = {one["path"]: (one.get("a"), one.get("b")) for one in database["properties"]}
    assert settings["databases.main.multi_az"] == properties["multiAz"] == (False, True)
    assert settings["databases.main.backup_days"] == properties["backupRetentionPeriod"] == (7, 30)
    assert settings["databases.main.storage_gib"] == properties["allocatedStorage"] == (50, 100)


RDS = ("aws:rds/instance:Instance", "main")


def test_names_accounts_ids_and_addresses_are_no_differences(staging_and_prod: dict[str, Any]) -> None:
    text = json.dumps([one["properties"] for one in staging_and_prod["changed"]])
    own = r"222222222222|333333333333|headroom-(staging|prod)|(subnet|sg|vpc)-[0-9a-f]{8}|10\.[23]0\."
    assert re.findall(own, text) == []
    changed = {one["type"] for one in staging_and_prod["changed"]}
    assert not changed & {"aws:ec2/vpc:Vpc", "aws:ec2/subnet:Subnet", "aws:s3/bucket:Bucket", "aws:sns/topic:Topic"}
    assert staging_and_prod["same"] > 300


def test_the_third_zone_is_told_once_and_what_names_it_follows(staging_and_prod: dict[str, Any]) -> None:
    only = {(one["type"], one["name"]) for one in staging_and_prod["only_b"]}
    assert ("aws:ec2/subnet:Subnet", "network-private-c") in only
    groups = next(one for one in staging_and_prod["changed"] if one["type"] == "aws:rds/subnetGroup:SubnetGroup")
    assert [one["follows"] for one in groups["properties"]] == [True]


def test_the_other_way_round_it_is_the_same(diff: Callable[..., str], staging_and_prod: dict[str, Any]) -> None:
    back = json.loads(diff("prod", "staging", "--format", "json"))
    assert (back["only_a"], back["only_b"]) == (staging_and_prod["only_b"], staging_and_prod["only_a"])
    assert [one["name"] for one in back["changed"]] == [one["name"] for one in staging_and_prod["changed"]]


def test_dev_and_prod_are_told_in_lines_that_fit_a_terminal(diff: Callable[..., str]) -> None:
    lines = diff("dev", "prod").splitlines()
    assert len(lines) < 250 and max(map(len, lines)) <= 120
