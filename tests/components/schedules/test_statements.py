"""What a schedule's role may do. T7, E6."""

from components.access import Scope
from components.schedules.statements import report_failures, run_task, schedule_trust

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")


def by_sid(statements):
    return {statement["Sid"]: statement for statement in statements}


def test_scheduler_takes_the_role_for_our_group_only():
    [statement] = schedule_trust(SCOPE, "headroom-dev")["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {"aws:SourceArn": "arn:aws:scheduler:eu-central-1:111111111111:schedule-group/headroom-dev"},
    }


def test_it_runs_one_familys_tasks_in_one_cluster():
    found = by_sid(run_task(SCOPE, "worker", "cluster"))
    assert found["RunTask"]["Resource"] == [
        "arn:aws:ecs:eu-central-1:111111111111:task-definition/headroom-dev-worker:*"
    ]
    cluster = "arn:aws:ecs:eu-central-1:111111111111:cluster/cluster-???????"
    assert found["RunTask"]["Condition"] == {"ArnLike": {"ecs:cluster": cluster}}


def test_it_passes_that_services_two_roles_to_ecs_and_no_other():
    passed = by_sid(run_task(SCOPE, "worker", "cluster"))["PassRoles"]
    assert passed["Resource"] == [
        "arn:aws:iam::111111111111:role/worker-execution-???????",
        "arn:aws:iam::111111111111:role/worker-task-???????",
    ]
    assert passed["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}


def test_it_tags_only_what_it_runs():
    tagged = by_sid(run_task(SCOPE, "worker", "cluster"))["TagTask"]
    assert tagged["Condition"] == {"StringEquals": {"ecs:CreateAction": "RunTask"}}


def test_it_leaves_failures_in_one_queue():
    statement = by_sid(report_failures(SCOPE, "alias/headroom-dev-operations"))["ReportFailures"]
    assert statement["Action"] == ["sqs:SendMessage"]
    assert statement["Resource"] == ["arn:aws:sqs:eu-central-1:111111111111:headroom-dev-failed-scheduled-runs"]


def test_it_uses_that_queues_key_through_sqs_for_that_queue_only():
    use = by_sid(report_failures(SCOPE, "alias/headroom-dev-operations"))["UseQueueKey"]
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
    assert use["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": ["alias/headroom-dev-operations"]},
        "StringEquals": {
            "kms:ViaService": "sqs.eu-central-1.amazonaws.com",
            "kms:EncryptionContext:aws:sqs:arn": [
                "arn:aws:sqs:eu-central-1:111111111111:headroom-dev-failed-scheduled-runs"
            ],
        },
    }
