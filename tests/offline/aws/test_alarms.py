"""An alarm looks at the data that is put, composite alarms at their alarms, and topics are told of changes."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from offline.aws.extensions.cloudwatch_alarms import rule_holds
from tests.offline.aws.provider_harness import Aws, Made, Maker

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Heard:
    """What a topic's queue holds."""

    def __init__(self, aws: Aws, topic: str, queue: str) -> None:
        self.aws, self.topic, self._queue = aws, topic, queue

    def messages(self) -> list[Any]:
        found = self.aws("sqs").receive_message(QueueUrl=self._queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self.aws("sqs").delete_message(QueueUrl=self._queue, ReceiptHandle=message["ReceiptHandle"])
        return [json.loads(json.loads(message["Body"])["Message"]) for message in found]

    def states(self) -> list[tuple[str, str]]:
        return [(message["AlarmName"], message["NewStateValue"]) for message in self.messages()]


@pytest.fixture
def heard(aws: Aws, make: Maker) -> Heard:
    topic = make("aws:sns/topic:Topic", {"name": "alarms-heard"})
    queue = make("aws:sqs/queue:Queue", {"name": "alarms-heard"})
    make(
        "aws:sns/topicSubscription:TopicSubscription", {"topic": topic.id, "protocol": "sqs", "endpoint": queue["arn"]}
    )
    return Heard(aws, topic.id, queue.id)


def alarm(make: Maker, heard: Heard, name: str, **changes: Any) -> Made:
    inputs = {
        "name": name,
        "namespace": "Headroom/Test",
        "metricName": name,
        "dimensions": {"Service": "api"},
        "comparisonOperator": "GreaterThanThreshold",
        "threshold": 80,
        "evaluationPeriods": 3,
        "datapointsToAlarm": 2,
        "period": 60,
        "statistic": "Average",
        "alarmActions": [heard.topic],
        "okActions": [heard.topic],
    }
    return make("aws:cloudwatch/metricAlarm:MetricAlarm", {**inputs, **changes})


def put(aws: Aws, name: str, *values: float, service: str = "api") -> None:
    """A datum a minute, the last one at noon."""
    data = [
        {
            "MetricName": name,
            "Dimensions": [{"Name": "Service", "Value": service}],
            "Timestamp": NOON - timedelta(minutes=len(values) - 1 - place),
            "Value": value,
        }
        for place, value in enumerate(values)
    ]
    aws("cloudwatch").put_metric_data(Namespace="Headroom/Test", MetricData=data)


def state(aws: Aws, name: str) -> str:
    found = aws("cloudwatch").describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    return str((found["MetricAlarms"] + found["CompositeAlarms"])[0]["StateValue"])


def test_an_alarm_goes_on_and_tells_its_topic(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "goes-on")
    put(aws, "goes-on", 10, 90, 95)
    assert state(aws, "goes-on") == "ALARM"
    (message,) = heard.messages()
    assert (message["OldStateValue"], message["NewStateValue"]) == ("OK", "ALARM")
    assert message["Trigger"]["Threshold"] == 80


def test_one_bad_minute_of_three_is_no_alarm(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "one-of-three")
    put(aws, "one-of-three", 10, 95, 10)
    assert state(aws, "one-of-three") == "OK"
    assert heard.messages() == []


def test_data_of_another_service_is_not_looked_at(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "others")
    put(aws, "others", 95, 95, 95, service="web")
    assert state(aws, "others") == "OK"


@pytest.mark.parametrize(("treat", "expected"), [("breaching", "ALARM"), ("notBreaching", "OK"), ("missing", "OK")])
def test_a_minute_without_data_counts_as_the_alarm_says(
    make: Maker, aws: Aws, heard: Heard, treat: str, expected: str
) -> None:
    alarm(make, heard, f"gaps-{treat}", treatMissingData=treat)
    put(aws, f"gaps-{treat}", 95)
    assert state(aws, f"gaps-{treat}") == expected


def test_a_percentile_is_one_of_the_values(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "slow", statistic=None, extendedStatistic="p90", evaluationPeriods=1, datapointsToAlarm=1)
    values = {"MetricName": "slow", "Dimensions": [{"Name": "Service", "Value": "api"}], "Timestamp": NOON}
    aws("cloudwatch").put_metric_data(Namespace="Headroom/Test", MetricData=[{**values, "Values": [1, 2, 3, 4, 99]}])
    assert state(aws, "slow") == "ALARM"


def test_a_composite_alarm_follows_its_alarms_and_its_suppressor(make: Maker, aws: Aws, heard: Heard) -> None:
    quiet: dict[str, list[str]] = {"alarmActions": [], "okActions": []}
    for name in ("first", "second", "planned"):
        alarm(make, heard, name, **quiet)
    composite = {
        "alarmName": "both",
        "alarmRule": 'ALARM("first") AND NOT OK("second")',
        "alarmActions": [heard.topic],
        "okActions": [heard.topic],
        "actionsSuppressor": {"alarm": "planned", "waitPeriod": 60, "extensionPeriod": 60},
    }
    make("aws:cloudwatch/compositeAlarm:CompositeAlarm", composite)
    put(aws, "first", 95, 95)
    assert state(aws, "both") == "OK"
    put(aws, "second", 95, 95)
    assert state(aws, "both") == "ALARM"
    aws("cloudwatch").set_alarm_state(AlarmName="planned", StateValue="ALARM", StateReason="planned work")
    aws("cloudwatch").set_alarm_state(AlarmName="first", StateValue="OK", StateReason="a drill")
    assert state(aws, "both") == "OK"
    assert heard.states() == [("both", "ALARM")]


def test_a_state_that_is_set_by_hand_is_told_once(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "by-hand")
    for _ in range(2):
        aws("cloudwatch").set_alarm_state(AlarmName="by-hand", StateValue="ALARM", StateReason="a drill")
    assert heard.states() == [("by-hand", "ALARM")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("ALARM(on)", True),
        ('OK("on") OR ALARM(arn:aws:cloudwatch:eu-central-1:111111111111:alarm:on)', True),
        ("ALARM('on') AND (OK('off') AND NOT ALARM('off'))", True),
        ("INSUFFICIENT_DATA(on) OR FALSE", False),
        ("TRUE AND NOT ALARM(on)", False),
    ],
)
def test_rules_are_read_as_cloudwatch_reads_them(rule: str, expected: bool) -> None:
    assert rule_holds(rule, {"on": "ALARM", "off": "OK"}) is expected
