"""What dev, staging and prod don't use of queues, schedules and registry. T6, T7, T10."""

from __future__ import annotations

import json

import boto3


def test_a_fifo_queue_keeps_order_and_drops_duplicates(options_account: boto3.Session) -> None:
    sqs = options_account.client("sqs")
    url = sqs.get_queue_url(QueueName="headroom-dev-mails.fifo")["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert (found["ContentBasedDeduplication"], found["FifoThroughputLimit"]) == ("true", "perMessageGroupId")
    assert (found["SqsManagedSseEnabled"], found["MaximumMessageSize"]) == ("true", str(256 * 1024))
    assert "KmsMasterKeyId" not in found
    for body in ("one", "one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body, MessageGroupId="user-1")
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    assert [message["Body"] for message in messages] == ["one", "two"]
    for message in messages:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def test_a_schedule_can_stand_switched_off_in_its_own_zone_and_size(options_account: boto3.Session) -> None:
    schedule = options_account.client("scheduler").get_schedule(GroupName="headroom-dev", Name="digest")
    assert (schedule["State"], schedule["ScheduleExpressionTimezone"]) == ("DISABLED", "Europe/Berlin")
    assert schedule["Target"]["RetryPolicy"] == {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 3600}
    told = json.loads(schedule["Target"]["Input"])
    assert (told["cpu"], told["memory"]) == ("1024", "2048")


def test_inspector_scans_what_is_named_ours(options_account: boto3.Session) -> None:
    ecr = options_account.client("ecr")
    scanning = ecr.get_registry_scanning_configuration()["scanningConfiguration"]
    assert scanning["scanType"] == "ENHANCED"
    [repository] = ecr.describe_repositories()["repositories"]
    assert repository["repositoryName"] == "headroom/shop"


def test_without_nat_queues_are_reached_inside_the_network(options_account: boto3.Session) -> None:
    endpoints = options_account.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert "com.amazonaws.eu-central-1.sqs" in {endpoint["ServiceName"] for endpoint in endpoints}
