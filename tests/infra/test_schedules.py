"""Schedules in the program. T7, D7."""

import json
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
WHO = "aws:index/getCallerIdentity:getCallerIdentity"


def content_of(environment):
    return yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())["config"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cleanup_report_and_partitions_run_at_the_times_of_the_requirement(up, environment):
    schedules = up(environment).all("scheduler/schedule:Schedule")
    assert {s["name"]: s["inputs"]["scheduleExpression"] for s in schedules} == {
        "cleanup": "cron(0 * * * ? *)",
        "report": "cron(0 2 * * ? *)",
        "partitions": "cron(0 3 ? * SUN *)",
    }


def test_each_runs_the_workers_own_revision_in_its_security_group(up):
    stack = up()
    definition = stack.one("ecs/taskDefinition:TaskDefinition", "worker")
    for schedule in stack.all("scheduler/schedule:Schedule"):
        task = schedule["inputs"]["target"]["ecsParameters"]
        assert "taskdefinition/" in task["taskDefinitionArn"]
        assert task["networkConfiguration"]["securityGroups"] == ["worker-id"]
        waits = [urn for urns in schedule["options"]["property_dependencies"].values() for urn in urns]
        assert definition["urn"] in waits


def test_each_has_a_role_of_its_own_that_runs_the_workers_family_only(up):
    stack = up()
    for name in ("cleanup", "report", "partitions"):
        policy = json.loads(stack.one("iam/rolePolicy:RolePolicy", f"{name}-schedule")["inputs"]["policy"])
        [run_task] = [s for s in policy["Statement"] if s["Sid"] == "RunTask"]
        assert [arn.rpartition("/")[2] for arn in run_task["Resource"]] == ["headroom-dev-worker:*"]


def test_the_names_that_a_schedules_role_counts_on_are_those_that_the_service_has(up):
    stack = up()
    assert {"worker-task", "worker-execution"} <= set(stack.names("iam/role:Role"))
    assert stack.names("ecs/cluster:Cluster") == ["cluster"]
    family = stack.one("ecs/taskDefinition:TaskDefinition", "worker")["inputs"]["family"]
    assert family == "headroom-dev-worker"


def test_every_schedule_has_an_alarm_and_all_share_one(up):
    alarms = {alarm["inputs"]["name"] for alarm in up().all("MetricAlarm")}
    assert {f"headroom-dev-{name}-schedule-failed" for name in ("cleanup", "report", "partitions")} <= alarms
    assert "headroom-dev-schedules-not-started" in alarms


def test_without_schedules_there_is_none_of_it(up):
    stack = up(change=lambda content: content.pop("headroom:schedules"))
    assert stack.names("headroom:jobs:ScheduleGroup") == stack.names("Schedule") == []
    assert [q for q in stack.names("sqs/queue:Queue") if "scheduled" in q] == []
