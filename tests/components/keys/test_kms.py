import json
from dataclasses import replace

import pulumi_aws as aws
import pytest

from components.access import Scope
from components.keys.kms import (
    Key,
    KeyArgs,
    account_decides,
    alarms_may_publish,
    logs_may_encrypt,
    rules_may_send_encrypted,
)

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")


ARGS = KeyArgs(scope=SCOPE, description="Secrets of services")


@pytest.fixture
def registered(run):
    return lambda preview=False, **changes: run(lambda: Key("data", replace(ARGS, **changes)).link, preview=preview)


def test_a_key_rotates_by_itself(registered):
    inputs = registered(rotation_days=180).one("kms/key:Key")["inputs"]
    assert inputs["enableKeyRotation"] is True
    assert inputs["rotationPeriodInDays"] == 180


def test_a_key_can_be_brought_back_for_a_month_unless_told_otherwise(registered):
    assert registered().one("kms/key:Key")["inputs"]["deletionWindowInDays"] == 30
    assert registered(deletion_days=7).one("kms/key:Key")["inputs"]["deletionWindowInDays"] == 7


def test_the_alias_is_known_before_the_key_exists(registered):
    stack = registered(preview=True)
    assert stack.one("kms/alias:Alias")["inputs"]["name"] == "alias/headroom-dev-data"
    assert stack.result.alias == "alias/headroom-dev-data"


def test_the_policy_is_known_before_the_key_exists(registered):
    policy = json.loads(registered(preview=True).one("kms/key:Key")["inputs"]["policy"])
    assert policy == {"Version": "2012-10-17", "Statement": [account_decides(SCOPE)]}


def test_whoever_uses_the_key_waits_for_its_alias(run):
    def program():
        key = Key("data", ARGS)
        aws.cloudwatch.LogGroup("logs", kms_key_id=key.link.arn)

    stack = run(program)
    needed = stack.one("cloudwatch/logGroup:LogGroup")["options"]["depends_on"]
    assert stack.one("kms/alias:Alias")["urn"] in needed


def test_iam_of_its_own_account_decides_who_uses_the_key():
    assert account_decides(SCOPE)["Principal"] == {"AWS": "arn:aws:iam::111111111111:root"}


def test_logs_may_encrypt_the_named_groups_of_this_account_only():
    statement = logs_may_encrypt(SCOPE, ["/headroom/dev/*"])
    assert statement["Principal"] == {"Service": "logs.eu-central-1.amazonaws.com"}
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/*"
    assert statement["Condition"] == {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [group]}}
    assert "kms:*" not in statement["Action"]


def test_alarms_may_publish_to_topics_of_this_environment_only():
    assert alarms_may_publish(SCOPE)["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111111111111"},
        "ArnLike": {
            "aws:SourceArn": "arn:aws:cloudwatch:eu-central-1:111111111111:alarm:*",
            "kms:EncryptionContext:aws:sns:topicArn": "arn:aws:sns:eu-central-1:111111111111:headroom-dev-*",
        },
    }


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"rotation_days": 89}, "rotation_days is 89; KMS rotates every 90 to 2560 days"),
        ({"rotation_days": 2561}, "rotation_days is 2561; KMS rotates every 90 to 2560 days"),
        ({"deletion_days": 6}, "deletion_days is 6; KMS waits 7 to 30 days"),
        ({"deletion_days": 31}, "deletion_days is 31; KMS waits 7 to 30 days"),
        (
            {"services": [{**logs_may_encrypt(SCOPE, ["x"]), "Condition": {}}]},
            "statement LogsMayEncrypt admits a service without a condition; add one",
        ),
    ],
    ids=str,
)
def test_a_key_that_kms_or_we_refuse_is_told(changes, says):
    with pytest.raises(ValueError) as error:  # noqa: PT011 (the message is compared as a whole)
        replace(ARGS, **changes)
    assert str(error.value) == says


def test_children_belong_to_the_key_and_its_outputs_are_registered(registered):
    stack = registered()
    component = stack.one("headroom:security:Key")
    assert {child["type"] for child in stack.children(component)} == {"aws:kms/key:Key", "aws:kms/alias:Alias"}
    assert set(stack.registered_outputs[component["urn"]]) == {"arn", "alias"}


@pytest.mark.parametrize("protect", [True, False])
def test_a_key_that_data_needs_can_be_protected(registered, protect):
    assert registered(protect=protect).one("kms/key:Key")["options"]["protect"] is protect


def test_rules_may_use_the_key_for_one_queue_only():
    queue = "arn:aws:sqs:eu-central-1:111111111111:headroom-dev-failed-scheduled-runs"
    statement = rules_may_send_encrypted(queue)
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": queue}}
