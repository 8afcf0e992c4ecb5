"""A schedule and its group under pretended AWS. T7."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from components.access import Scope
from components.links import ClusterLink, KeyLink, ScheduleGroupLink
from components.schedules.group import ScheduleGroup, ScheduleGroupArgs
from components.schedules.schedule import Schedule, ScheduleArgs, failed_run

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
KEY = KeyLink(arn="arn:key", alias="alias/headroom-dev-operations")
ARGS: dict[str, Any] = {
    "scope": SCOPE,
    "group": ScheduleGroupLink(name="headroom-dev", failures_arn="arn:failures"),
    "key": KEY,
    "cluster": ClusterLink(arn="arn:cluster", name="cluster-1"),
    "cluster_name": "cluster",
    "service": "worker",
    "task_definition_arn": "arn:task-definition:7",
    "security_group_id": "sg-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "command": ["python", "-m", "jobs.cleanup"],
    "every": "daily",
}


def made(run: Run, preview: bool = False, **changed: Any) -> Any:
    return run(lambda: Schedule("cleanup", ScheduleArgs(**(ARGS | changed))), preview=preview)


def schedule(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("scheduler/schedule:Schedule")["inputs"]
    return inputs


def test_it_runs_at_its_time_in_its_zone(run: Run) -> None:
    inputs = schedule(made(run, timezone="Europe/Berlin"))
    assert inputs["scheduleExpression"] == "cron(0 2 * * ? *)"
    assert (inputs["scheduleExpressionTimezone"], inputs["state"]) == ("Europe/Berlin", "ENABLED")
    assert (inputs["name"], inputs["groupName"]) == ("cleanup", "headroom-dev")


def test_it_can_be_switched_off_without_being_taken_away(run: Run) -> None:
    assert schedule(made(run, enabled=False))["state"] == "DISABLED"


def test_it_runs_one_task_of_the_services_definition_beside_its_tasks(run: Run) -> None:
    task = schedule(made(run))["target"]["ecsParameters"]
    assert (task["taskDefinitionArn"], task["taskCount"]) == ("arn:task-definition:7", 1)
    assert task["networkConfiguration"] == {
        "subnets": ["subnet-a", "subnet-b"],
        "securityGroups": ["sg-1"],
        "assignPublicIp": False,
    }


def test_nobody_interrupts_it_for_cheaper_capacity(run: Run) -> None:
    task = schedule(made(run))["target"]["ecsParameters"]
    assert task["capacityProviderStrategies"] == [{"capacityProvider": "FARGATE", "weight": 1}]


def test_the_command_replaces_the_services_and_the_job_knows_its_time(run: Run) -> None:
    [container] = json.loads(schedule(made(run))["target"]["input"])["containerOverrides"]
    assert (container["name"], container["command"]) == ("worker", ["python", "-m", "jobs.cleanup"])
    told = {variable["name"]: variable["value"] for variable in container["environment"]}
    assert told == {"SCHEDULE_NAME": "cleanup", "SCHEDULED_TIME": "<aws.scheduler.scheduled-time>"}


def test_a_size_of_its_own_overrides_the_services(run: Run) -> None:
    told = json.loads(schedule(made(run, cpu_units=1024, memory_mib=4096))["target"]["input"])
    assert (told["cpu"], told["memory"]) == ("1024", "4096")
    assert "cpu" not in json.loads(schedule(made(run))["target"]["input"])


def test_starting_is_tried_again_and_given_up_into_the_queue_of_failures(run: Run) -> None:
    target = schedule(made(run, retries=3, max_age_minutes=30))["target"]
    assert target["retryPolicy"] == {"maximumRetryAttempts": 3, "maximumEventAgeInSeconds": 1800}
    assert target["deadLetterConfig"] == {"arn": "arn:failures"}


def test_a_rule_matches_its_failed_runs_only_and_keeps_why(run: Run) -> None:
    stack = made(run)
    rule = stack.one("cloudwatch/eventRule:EventRule")["inputs"]
    assert rule["name"] == "headroom-dev-cleanup-failed"
    assert json.loads(rule["eventPattern"]) == failed_run("schedule:headroom-dev-cleanup", "worker")
    assert stack.one("cloudwatch/eventTarget:EventTarget")["inputs"]["arn"] == "arn:failures"
    assert schedule(stack)["target"]["ecsParameters"]["group"] == "schedule:headroom-dev-cleanup"


def test_a_collector_that_was_killed_is_no_failed_run() -> None:
    [by_exit, _] = failed_run("schedule:headroom-dev-cleanup", "worker")["detail"]["$or"]
    assert by_exit == {"containers": {"name": ["worker"], "exitCode": [{"anything-but": [0]}]}}


def test_its_role_is_known_in_a_first_preview(run: Run) -> None:
    stack = made(run, preview=True)
    policy = json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == [
        "RunTask",
        "TagTask",
        "PassRoles",
        "ReportFailures",
        "UseQueueKey",
    ]


def test_it_waits_for_what_its_role_may_do(run: Run) -> None:
    stack = made(run)
    waits = stack.one("scheduler/schedule:Schedule")["options"]["depends_on"]
    assert stack.one("iam/rolePolicy:RolePolicy")["urn"] in waits


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"every": "nightly"}, "every is nightly: it is no time that a schedule knows"),
        ({"timezone": "Berlin"}, "timezone is Berlin"),
        ({"retries": 200}, "retries is 200: AWS takes 0 to 185"),
        ({"command": []}, "the task would run what the service runs"),
        ({"cpu_units": 512}, "memory_mib is not given"),
    ],
)
def test_what_scheduler_refuses_is_refused_first(changed: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        ScheduleArgs(**(ARGS | changed))


def test_all_schedules_share_a_group_and_a_queue_of_failed_runs(run: Run) -> None:
    args = ScheduleGroupArgs(scope=SCOPE, schedules=["report", "cleanup"], key=KEY)
    stack = run(lambda: ScheduleGroup("schedules", args))
    assert stack.one("scheduler/scheduleGroup:ScheduleGroup")["inputs"]["name"] == "headroom-dev"
    queue = stack.one("sqs/queue:Queue")["inputs"]
    assert (queue["name"], queue["messageRetentionSeconds"]) == ("headroom-dev-failed-scheduled-runs", 1_209_600)
    assert queue["kmsMasterKeyId"] == "arn:key"
    [tls, rules] = json.loads(stack.one("sqs/queuePolicy:QueuePolicy")["inputs"]["policy"])["Statement"]
    assert tls["Sid"] == "TlsOnly"
    assert [arn.rpartition("/")[2] for arn in rules["Condition"]["ArnEquals"]["aws:SourceArn"]] == [
        "headroom-dev-cleanup-failed",
        "headroom-dev-report-failed",
    ]
