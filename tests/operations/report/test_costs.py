"""The cost change of a stack, from the events of a preview. Issue 9, O6."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.cost import prices
from operations.properties import UNKNOWN
from operations.report import document, markdown, page
from operations.report.build import build
from operations.report.costs import cost_change
from operations.report.model import CostChange
from tests.operations.report.streams import BUCKET, DATABASE, TOPIC, previewed, run, step, urn

HOURS = 730
DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
TARGET = "aws:appautoscaling/target:Target"
NAT = "aws:ec2/natGateway:NatGateway"
KEY = "aws:kms/key:Key"
BOARD = "aws:cloudwatch/dashboard:Dashboard"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
TASK = (0.25 * 0.03238 + 0.5 * 0.00356) * HOURS
"""Dollars a month of the task below."""


def database(**given: Any) -> dict[str, Any]:
    instance = {"engine": "postgres", "instanceClass": "db.t4g.small", "allocatedStorage": 20, "storageType": "gp3"}
    return {**instance, **given}


def definition(cpu: int = 256, **given: Any) -> dict[str, Any]:
    return {"cpu": str(cpu), "memory": str(2 * cpu), "runtimePlatform": {"cpuArchitecture": "ARM64"}, **given}


def belongs(event: dict[str, Any], parent: str) -> dict[str, Any]:
    """The same step, of a resource inside of a component."""
    for side in ("old", "new"):
        if event["resourcePreEvent"]["metadata"][side]:
            event["resourcePreEvent"]["metadata"][side]["parent"] = urn("headroom:services:Service", parent)
    return event


def api(op: str, *, old: dict[str, Any] | None = None, new: dict[str, Any] | None = None) -> dict[str, Any]:
    return belongs(step(op, SERVICE, "api", old=old, new=new), "api")


def standing_service(**given: Any) -> list[dict[str, Any]]:
    """A service that runs already, with its task definition."""
    service = {"name": "api-1", "taskDefinition": "arn:old", "desiredCount": 2, **given}
    task = definition(arn="arn:old")
    return [belongs(step("same", DEFINITION, "api", old=task, new=task), "api"), api("same", old=service, new=service)]


def changed(*events: dict[str, Any]) -> CostChange:
    return cost_change(run(*events))


def lines(cost: CostChange) -> dict[str, tuple[float, float]]:
    return {line.what: (round(line.before, 2), round(line.after, 2)) for line in cost.lines}


def test_a_created_service_costs_what_its_task_definition_says_before_that_has_an_arn() -> None:
    cost = changed(
        belongs(step("create", DEFINITION, "api", new=definition(arn=UNKNOWN)), "api"),
        api("create", new={"name": "api-1", "taskDefinition": UNKNOWN, "desiredCount": 2}),
    )
    assert lines(cost) == {"ecs.Service api": (0, round(2 * TASK, 2))}
    assert cost.unpriced == []
    assert "ecs.Service: tasks above the least, while autoscaling runs them" in cost.by_use


def test_a_service_with_a_new_task_definition_costs_what_that_says() -> None:
    old = {"name": "api-1", "taskDefinition": "arn:old", "desiredCount": 2}
    cost = changed(
        belongs(step("replace", DEFINITION, "api", old=definition(arn="arn:old"), new=definition(512)), "api"),
        api("update", old=old, new={**old, "taskDefinition": UNKNOWN}),
    )
    assert lines(cost) == {"ecs.Service api": (round(2 * TASK, 2), round(4 * TASK, 2))}


def test_a_service_whose_task_definition_nobody_knows_is_listed() -> None:
    cost = changed(api("create", new={"name": "api-1", "taskDefinition": UNKNOWN, "desiredCount": 2}))
    assert (cost.after, cost.lines, cost.unpriced) == (0, [], ["ecs.Service api"])


def test_more_tasks_at_least_cost_more() -> None:
    two, five = ({"resourceId": "service/main/api-1", "minCapacity": count} for count in (2, 5))
    cost = changed(*standing_service(), step("update", TARGET, "api", old=two, new=five))
    assert lines(cost) == {"ecs.Service api": (round(2 * TASK, 2), round(5 * TASK, 2))}


def test_a_number_of_tasks_that_is_not_known_yet_is_listed_and_in_neither_sum() -> None:
    two, unknown = ({"resourceId": "service/main/api-1", "minCapacity": count} for count in (2, UNKNOWN))
    old = {"name": "api-1", "taskDefinition": "arn:old", "desiredCount": 2}
    cost = changed(
        standing_service()[0], api("update", old=old, new=old), step("update", TARGET, "api", old=two, new=unknown)
    )
    assert (cost.before, cost.after, cost.lines) == (0, 0, [])
    assert cost.unpriced == [f"ecs.Service api (${2 * TASK:.2f} before)"]


def test_a_replaced_database_costs_its_new_class() -> None:
    cost = changed(step("replace", DATABASE, "main", old=database(), new=database(instanceClass="db.m7g.large")))
    storage = 20 * 0.115
    assert lines(cost) == {
        "rds.Instance main": (round(0.032 * HOURS + storage, 2), round(0.168 * HOURS + storage, 2)),
    }
    assert "backups" in cost.by_use[0]


def test_a_class_without_a_price_is_no_saving() -> None:
    stays = step("same", KEY, "data", old={"arn": "k"}, new={"arn": "k"})
    new = database(instanceClass="db.z1.huge")
    cost = changed(stays, step("update", DATABASE, "main", old=database(), new=new))
    assert (cost.before, cost.after) == (1.0, 1.0)
    assert cost.unpriced == [f"rds.Instance main (${0.032 * HOURS + 20 * 0.115:.2f} before)"]
    back = changed(stays, step("update", DATABASE, "main", old=new, new=database()))
    assert (back.before, back.after, back.lines) == (1.0, 1.0, [])
    assert back.unpriced == [f"rds.Instance main (${0.032 * HOURS + 20 * 0.115:.2f} after)"]


@pytest.mark.parametrize("name", ["instanceClass", "allocatedStorage", "multiAz", "engine"])
def test_a_value_that_only_aws_can_tell_is_no_default(name: str) -> None:
    cost = changed(step("create", DATABASE, "main", new=database(**{name: UNKNOWN})))
    assert (cost.after, cost.lines, cost.unpriced) == (0, [], ["rds.Instance main"])


def test_a_part_without_a_price_is_told_beside_the_rest() -> None:
    cost = changed(step("create", DATABASE, "main", new=database(databaseInsightsMode="advanced")))
    assert lines(cost)["rds.Instance main"] == (0, round(0.032 * HOURS + 20 * 0.115, 2))
    assert cost.unpriced == ["rds.Instance main (advanced Database Insights)"]


def test_a_deleted_nat_gateway_costs_less() -> None:
    cost = changed(
        step("delete", NAT, "a", old={"connectivityType": "public"}),
        step("same", NAT, "b", old={"connectivityType": "public"}, new={"connectivityType": "public"}),
    )
    assert [cost.before, cost.after] == pytest.approx([65.7, 32.85])
    assert lines(cost) == {"ec2.NatGateway a": (32.85, 0)}
    assert cost.by_use == []


def test_the_largest_difference_comes_first_and_what_stays_is_left_out() -> None:
    cost = changed(
        step("create", KEY, "more", new={}),
        step("create", NAT, "b", new={}),
        step("same", CACHE, "main", old={"engine": "x"}, new={"engine": "x"}),
        step("same", KEY, "data", old={}, new={}),
    )
    assert list(lines(cost)) == ["ec2.NatGateway b", "kms.Key more"]
    assert cost.unpriced == []


@pytest.mark.parametrize(
    ("op", "sides"),
    [("create", ("new",)), ("update", ("old", "new")), ("delete", ("old",)), ("replace", ("old", "new"))],
)
def test_a_type_without_a_price_is_listed_once_it_changes(op: str, sides: tuple[str, ...]) -> None:
    given = {side: {"name": "stars"} for side in sides}
    cost = changed(step(op, "aws:redshift/cluster:Cluster", "stars", old=given.get("old"), new=given.get("new")))
    assert cost.unpriced == ["redshift.Cluster stars"]
    still = changed(step("same", "aws:redshift/cluster:Cluster", "stars", old={"name": "x"}, new={"name": "x"}))
    assert still.unpriced == []


def test_what_is_paid_by_use_is_named_where_it_comes_new() -> None:
    cost = changed(
        step("create", BUCKET, "uploads", new={}),
        step("update", TOPIC, "alarms", old={"a": 1}, new={"a": 2}),
        step("delete", "aws:sqs/queue:Queue", "jobs", old={}),
    )
    assert cost.by_use == ["s3.Bucket: objects kept and requests"]
    assert (cost.before, cost.after, cost.lines) == (0, 0, [])


def test_a_dashboard_that_draws_something_new_is_as_large_as_before() -> None:
    large = json.dumps({"widgets": [{"properties": {"metrics": [["AWS/ECS", "CPUUtilization"]] * 51}}]})
    cost = changed(step("update", BOARD, "all", old={"dashboardBody": large}, new={"dashboardBody": UNKNOWN}))
    assert (cost.before, cost.after, cost.unpriced) == (3.0, 3.0, [])
    assert changed(step("create", BOARD, "all", new={"dashboardBody": UNKNOWN})).unpriced == [
        "cloudwatch.Dashboard all"
    ]


def test_a_stream_without_states_costs_nothing_and_says_what_is_missing() -> None:
    cost = changed(step("create", DATABASE, "main"), step("delete", NAT, "a"), step("update", SERVICE, "api"))
    assert cost.unpriced == ["ecs.Service api", "rds.Instance main"]


def frankfurt() -> CostChange:
    return changed(step("create", KEY, "data", new={"region": "eu-central-1"}))


def test_the_change_says_whose_prices_these_are() -> None:
    cost = frankfurt()
    assert (cost.region, cost.date, cost.stack_region) == ("us-east-1", prices()["date"], "eu-central-1")
    assert cost.basis.endswith("those of eu-central-1, where the stack is, differ.")
    assert changed(step("create", KEY, "data", new={})).basis == f"Prices of us-east-1, {prices()['date']}."
    assert CostChange(before=0, after=0).basis == ""


def test_every_format_says_whose_prices_these_are() -> None:
    report = build([previewed(step("create", KEY, "data", new={"region": "eu-central-1"}))])
    stated = json.loads(document.render(report))["stacks"][0]["cost"]
    assert (stated["region"], stated["stack_region"]) == ("us-east-1", "eu-central-1")
    for text in (markdown.render(report), page.render(report)):
        assert "those of eu-central-1, where the stack is, differ" in text


def test_what_has_no_price_or_is_paid_by_use_is_told_where_no_sum_changes() -> None:
    for event, words in (
        (step("create", "aws:redshift/cluster:Cluster", "stars", new={}), "no price is known of"),
        (step("create", BUCKET, "uploads", new={}), "paid by use"),
    ):
        report = build([previewed(event)])
        assert words in markdown.render(report)
        assert words in page.render(report)
