"""Roles of consumers: what each access means, evaluated. E2."""

import json
from dataclasses import replace

import pytest

from components.access import Scope
from components.links import KeyLink
from components.queues.statements import QueueName
from components.services.consumer import Consumer, ConsumerArgs
from operations.permissions import Principal, allowed

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
DATA = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/1", alias="alias/headroom-dev-data")
SERVICES = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/2", alias="alias/headroom-dev-services")
ARGS = ConsumerArgs(
    scope=SCOPE,
    access="read",
    buckets=["uploads"],
    queues=[QueueName(name="jobs")],
    bucket_key=DATA,
    service_key=SERVICES,
)
OBJECT = "arn:aws:s3:::headroom-dev-uploads-111111111111/a"
QUEUE = "arn:aws:sqs:eu-central-1:111111111111:headroom-dev-jobs"
SECRET = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev/service/api/KEY-AbCdEf"
TASK = "arn:aws:ecs:eu-central-1:111111111111:task/cluster-1a2b3c4/1"
DOES = {
    "s3:GetObject": OBJECT,
    "s3:PutObject": OBJECT,
    "sqs:SendMessage": QUEUE,
    "sqs:ReceiveMessage": QUEUE,
    "secretsmanager:GetSecretValue": SECRET,
    "ecs:ExecuteCommand": TASK,
}


@pytest.fixture
def registered(run):
    return lambda preview=False, **changes: run(
        lambda: Consumer("frontend", replace(ARGS, **changes)).arn, preview=preview
    )


def principal(stack):
    document = json.loads(stack.one("iam/rolePolicy:RolePolicy")["inputs"]["policy"])
    return Principal(arn="arn:aws:iam::111111111111:role/frontend", account="111111111111", documents=[document])


@pytest.mark.parametrize(
    ("access", "may"),
    [
        ("read", {"s3:GetObject"}),
        ("read-write", {"s3:GetObject", "s3:PutObject", "sqs:SendMessage"}),
        ("full", set(DOES)),
    ],
)
def test_an_access_allows_what_it_says_and_no_more(registered, access, may):
    role = principal(registered(access=access))
    assert {action for action, resource in DOES.items() if allowed(role, action, resource)} == may


@pytest.mark.parametrize(("access", "writes"), [("read", False), ("read-write", False), ("full", True)])
def test_what_is_published_comes_with_deployments_and_not_from_consumers(registered, access, writes):
    role = principal(registered(access=access, buckets=["uploads", "site"], published=["site"]))
    page = "arn:aws:s3:::headroom-dev-site-111111111111/index.html"
    assert allowed(role, "s3:GetObject", page)
    assert allowed(role, "s3:PutObject", page) is writes
    assert allowed(role, "s3:PutObject", OBJECT) is (access != "read")


def test_not_even_full_access_reaches_another_environment(registered):
    role = principal(registered(access="full"))
    for action, resource in DOES.items():
        if resource != TASK:  # its cluster's name is Pulumi's: another environment's is in another account
            elsewhere = resource.replace("headroom-dev", "headroom-prod").replace("headroom/dev", "headroom/prod")
            assert not allowed(role, action, elsewhere)


def test_nobody_who_may_not_work_in_secrets_may_touch_roles_or_keys(registered):
    role = principal(registered(access="full"))
    for action in (
        "iam:PutRolePolicy",
        "iam:PassRole",
        "kms:ScheduleKeyDeletion",
        "kms:PutKeyPolicy",
        "s3:DeleteBucket",
    ):
        assert not allowed(role, action, "*")


def test_the_named_principals_may_take_the_role_for_an_hour(registered):
    who = "arn:aws:iam::111111111111:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Developers_1"
    role = registered(principals=[who]).one("iam/role:Role")["inputs"]
    [statement] = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": [who]}
    assert "Condition" not in statement
    assert role["maxSessionDuration"] == 3600


@pytest.mark.parametrize("principals", [[], ["arn:aws:iam::111111111111:root"]])
def test_of_a_whole_account_only_what_carries_the_consumers_tag_may_take_the_role(registered, principals):
    role = registered(preview=True, principals=principals).one("iam/role:Role")["inputs"]
    [statement] = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"AWS": ["arn:aws:iam::111111111111:root"]}
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalTag/headroom:consumer": "frontend"}}
    assert role["name"] == "headroom-dev-consumer-frontend"


def test_a_consumer_of_nothing_reaches_nothing(registered):
    stack = registered(buckets=[], queues=[])
    assert stack.all("iam/rolePolicy:RolePolicy") == []


def test_a_consumer_without_access_is_left_out():
    with pytest.raises(ValueError, match="leave the consumer out"):
        replace(ARGS, access="none")
