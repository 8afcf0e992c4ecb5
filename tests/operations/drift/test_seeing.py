"""A refresh's events become single differences, whichever engine told them."""

from __future__ import annotations

import json
from typing import Any

from operations.drift.seeing import see, unexplained
from operations.properties import MISSING
from tests.operations.drift.refreshed import DATABASE, failed, read, run, urn

BUCKET = "aws:s3/bucket:Bucket"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"


def seen(*documents: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(one.change.name, one.kind, one.path) for one in see(run(*documents))]


def test_what_is_as_it_was_asked_for_is_no_difference() -> None:
    assert seen(read(DATABASE, asked={"port": 1}, found={"port": 1})) == []


def test_each_property_of_a_resource_is_a_difference_of_its_own() -> None:
    found = read(
        DATABASE,
        asked={"instanceClass": "db.t4g.small", "tags": {"Owner": "a"}},
        found={"instanceClass": "db.t4g.large", "tags": {"Owner": "b", "hand": "made"}},
        detail={"instanceClass": "update", "tags.Owner": "update", "tags.hand": "add"},
    )
    assert seen(found) == [
        ("main", "changed", "instanceClass"),
        ("main", "changed", "tags.Owner"),
        ("main", "changed", "tags.hand"),
    ]
    last = see(run(found))[-1]
    assert (last.asked, last.found, last.top) == (MISSING, "made", "tags")


def test_values_come_from_what_the_provider_answers_where_it_compared_that() -> None:
    """Pulumi's AWS provider compares outputs: `inputDiff` is false, and a value may stand in them only."""
    [one] = see(
        run(
            read(
                DATABASE,
                asked={"multiAz": True},
                found={"multiAz": True, "backupWindow": "05:00-06:00"},
                outputs={"backupWindow": "07:00-08:00"},
                detail={"backupWindow": "update"},
                of_inputs=False,
            )
        )
    )
    assert (one.asked, one.found) == ("07:00-08:00", "05:00-06:00")


def test_a_policy_that_differs_is_told_where_it_does() -> None:
    def document(action: Any) -> dict[str, Any]:
        return {"policy": json.dumps({"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})}

    token = "aws:iam/rolePolicy:RolePolicy"
    [one] = see(run(read(token, asked=document("s3:GetObject"), found=document("*"), detail={"policy": "update"})))
    assert (one.path, one.asked, one.found) == ("policy.Statement[0].Action", "s3:GetObject", "*")


def test_what_came_to_a_list_and_what_went_are_differences_of_their_own() -> None:
    found = read(ALARM, "cpu", asked={"actions": ["a"]}, found={"actions": ["b", "c"]}, detail={"actions": "update"})
    values = [(one.path, one.asked, one.found) for one in see(run(found))]
    assert values == [("actions", "a", MISSING), ("actions", MISSING, "b"), ("actions", MISSING, "c")]


def test_what_is_gone_is_one_difference() -> None:
    assert seen(read(ALARM, "cpu", asked={"threshold": 70}, found=None)) == [("cpu", "gone", "")]


def test_what_nobody_can_read_is_a_difference_with_the_reason() -> None:
    refused = failed(BUCKET, "uploads", f"refreshing {urn(BUCKET, 'uploads')}: AccessDenied: no s3:GetBucketTagging")
    made = run(*refused)
    assert [(one.change.name, one.kind) for one in see(made)] == [("uploads", "unread")]
    assert "AccessDenied: no s3:GetBucketTagging" in see(made)[0].why
    assert not unexplained(made)


def test_an_error_of_no_resource_explains_nothing() -> None:
    message = {"severity": "error", "message": "the plugin crashed", "urn": ""}
    assert unexplained(run({"diagnosticEvent": message}))


def test_components_and_providers_are_no_differences() -> None:
    provider = read(
        "pulumi:providers:aws", "aws", asked={"region": "a"}, found={"region": "b"}, detail={"region": "update"}
    )
    assert seen(provider) == []


def test_the_resources_around_are_known_by_what_was_asked_of_them() -> None:
    one, _ = (
        read(DATABASE, asked={"port": 1}, found={"port": 2}, detail={"port": "update"}),
        read(ALARM, "cpu", asked={"threshold": 70}, found={"threshold": 70}),
    )
    [first] = see(run(one, _))
    assert [alarm["threshold"] for alarm in first.others(ALARM)] == [70]
    assert (first.asks("port"), first.has("port"), first.asks("nothing")) == (1, 2, MISSING)
