"""An alarm looks at the data that is put, composite alarms at their alarms, and topics are told of changes."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from offline.aws.extensions.cloudwatch_rules import rule_holds
from offline.aws.extensions.sns import publish
from tests.offline.aws.provider_harness import ACCOUNT, Aws, Made, Maker

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


class Heard:
    """What a topic's queue holds."""

    def __init__(self, aws: Aws, topic: str, queue: str) -> None:
        self.aws, self.topic, self.queue = aws, topic, queue

    def messages(self) -> list[Any]:
        found = self.aws("sqs").receive_message(QueueUrl=self.queue, MaxNumberOfMessages=10).get("Messages", [])
        for message in found:
            self.aws("sqs").delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
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
    given = {name: value for name, value in {**inputs, **changes}.items() if value is not None}
    return make("aws:cloudwatch/metricAlarm:MetricAlarm", given)


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
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert message["Trigger"]["Threshold"] == 80


def test_one_bad_minute_of_three_is_no_alarm(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "one-of-three")
    assert state(aws, "one-of-three") == "INSUFFICIENT_DATA"
    put(aws, "one-of-three", 10, 95, 10)
    assert state(aws, "one-of-three") == "OK"
    assert heard.states() == [("one-of-three", "OK")]


def test_data_of_another_service_is_not_looked_at(make: Maker, aws: Aws, heard: Heard) -> None:
    alarm(make, heard, "others")
    put(aws, "others", 95, 95, 95, service="web")
    assert state(aws, "others") == "INSUFFICIENT_DATA"


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


def test_a_changed_alarm_keeps_its_state_and_looks_at_its_data_again(make: Maker, aws: Aws, heard: Heard) -> None:
    made = alarm(make, heard, "changed", alarmDescription="one")
    put(aws, "changed", 90, 90, 90)
    made.update(alarmDescription="two")
    assert state(aws, "changed") == "ALARM"
    made.update(threshold=99)
    assert state(aws, "changed") == "OK"
    assert heard.states() == [("changed", "ALARM"), ("changed", "OK")]


NO_METRIC = dict.fromkeys(("namespace", "metricName", "dimensions", "period", "statistic"))


def query(name: str) -> dict[str, Any]:
    metric = {"namespace": "Headroom/Test", "metricName": name, "dimensions": {"Service": "api"}}
    return {"id": name, "returnData": False, "metric": {**metric, "stat": "Sum", "period": 60}}


def test_an_alarm_on_an_expression_looks_at_all_of_its_metrics(make: Maker, aws: Aws, heard: Heard) -> None:
    rate = {"id": "result", "expression": "IF(errors >= 5, 100 * errors / requests, 0)", "returnData": True}
    alarm(make, heard, "rate", **NO_METRIC, threshold=50, metricQueries=[query("errors"), query("requests"), rate])
    put(aws, "requests", 10, 10, 10)
    assert state(aws, "rate") == "INSUFFICIENT_DATA"  # no minute has both
    put(aws, "errors", 4, 9, 8)
    assert state(aws, "rate") == "ALARM"
    (message,) = heard.messages()
    assert [part["Id"] for part in message["Trigger"]["Metrics"]] == ["errors", "requests", "result"]
    put(aws, "requests", 0, 0, 80)
    assert state(aws, "rate") == "OK"


def test_what_is_not_evaluated_says_so_and_stays(make: Maker, aws: Aws, heard: Heard) -> None:
    odd = {"id": "result", "expression": "RATE(odd)", "returnData": True}
    alarm(make, heard, "odd-one", **NO_METRIC, metricQueries=[query("odd"), odd])
    put(aws, "odd", 10, 10, 10)
    (found,) = aws("cloudwatch").describe_alarms(AlarmNames=["odd-one"])["MetricAlarms"]
    assert found["StateValue"] == "INSUFFICIENT_DATA"
    assert "does not evaluate the function RATE of metric math" in found["StateReason"]


def waited(heard: Heard, count: int, seconds: float = 60) -> list[tuple[str, str]]:
    """What is heard within a while, once there are so many messages."""
    found: list[tuple[str, str]] = []
    ends = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < ends:
        found += heard.states()
        time.sleep(0.1)
    return found


def composite(make: Maker, heard: Heard, name: str, rule: str, **more: Any) -> None:
    actions = {"alarmActions": [heard.topic], "okActions": [heard.topic]}
    make("aws:cloudwatch/compositeAlarm:CompositeAlarm", {"alarmName": name, "alarmRule": rule, **actions, **more})


def set_state(aws: Aws, name: str, value: str) -> None:
    aws("cloudwatch").set_alarm_state(AlarmName=name, StateValue=value, StateReason="a drill")


def test_a_composite_alarm_follows_its_alarms(make: Maker, aws: Aws, heard: Heard) -> None:
    for name in ("first", "second"):
        alarm(make, heard, name, alarmActions=[], okActions=[])
    set_state(aws, "second", "OK")
    composite(make, heard, "both", 'ALARM("first") AND NOT OK("second")')
    put(aws, "first", 95, 95)
    assert state(aws, "both") == "OK"
    put(aws, "second", 95, 95)
    assert state(aws, "both") == "ALARM"
    set_state(aws, "first", "OK")
    assert heard.states() == [("both", "OK"), ("both", "ALARM"), ("both", "OK")]


def test_a_composite_alarm_waits_for_its_suppressor_and_is_quiet_beside_it(make: Maker, aws: Aws, heard: Heard) -> None:
    for name in ("cause", "planned"):
        alarm(make, heard, name, alarmActions=[], okActions=[])
    quiet = {"actionsSuppressor": {"alarm": "planned", "waitPeriod": 1, "extensionPeriod": 1}}
    composite(make, heard, "quiet", 'ALARM("cause")', **quiet)
    assert waited(heard, 1) == [("quiet", "OK")]
    set_state(aws, "cause", "ALARM")
    assert heard.states() == []  # it waits
    set_state(aws, "planned", "ALARM")
    set_state(aws, "cause", "OK")
    set_state(aws, "cause", "ALARM")
    assert waited(heard, 1, 2) == []
    set_state(aws, "planned", "OK")
    assert heard.states() == []  # for the extension
    assert waited(heard, 1) == [("quiet", "ALARM")]
    set_state(aws, "cause", "OK")
    set_state(aws, "cause", "ALARM")
    assert waited(heard, 1, 2) == []  # it was told as it is
    set_state(aws, "cause", "OK")
    assert waited(heard, 1) == [("quiet", "OK")]


def test_a_muted_alarm_tells_nothing_until_the_mute_ends(make: Maker, aws: Aws, heard: Heard) -> None:
    for name in ("muted", "heard"):
        alarm(make, heard, name)
    now = datetime.now(UTC)
    schedule = {"expression": f"at({now - timedelta(minutes=1):%Y-%m-%dT%H:%M})", "duration": "PT1H"}
    mute = {"name": "mute", "rule": {"schedule": schedule}, "muteTargets": {"alarmNames": ["muted"]}}
    rule = make("aws:cloudwatch/alarmMuteRule:AlarmMuteRule", mute)
    for name in ("muted", "heard"):
        set_state(aws, name, "ALARM")
    assert heard.states() == [("heard", "ALARM")]
    assert state(aws, "muted") == "ALARM"
    aws("cloudwatch").delete_alarm_mute_rule(AlarmMuteRuleName=rule.id)
    assert waited(heard, 1) == [("muted", "ALARM")]


CALLED = """
import json
import os
import boto3

def handler(event, context):
    data = event["alarmData"]
    found = {"AlarmName": data["alarmName"], "NewStateValue": data["state"]["value"]}
    body = json.dumps({"Message": json.dumps(found)})
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=body)
"""


@pytest.fixture
def function(aws: Aws, heard: Heard) -> Iterator[str]:
    """The ARN of a function that puts what it is told into the queue of `heard`."""
    code = io.BytesIO()
    with zipfile.ZipFile(code, "w") as archive:
        archive.writestr("main.py", CALLED)
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = aws("iam").create_role(RoleName="alarmed", AssumeRolePolicyDocument=policy)["Role"]["Arn"]
    yield aws("lambda").create_function(
        FunctionName="alarmed",
        Role=role,
        Runtime="python3.13",
        Handler="main.handler",
        Code={"ZipFile": code.getvalue()},
        Environment={"Variables": {"QUEUE": heard.queue}},
    )["FunctionArn"]
    aws("lambda").delete_function(FunctionName="alarmed")
    aws("iam").delete_role(RoleName="alarmed")


def test_a_function_that_admits_alarms_is_called_and_another_is_not(
    make: Maker, aws: Aws, heard: Heard, function: str
) -> None:
    alarm(make, heard, "calls", alarmActions=[function], okActions=[function])
    set_state(aws, "calls", "ALARM")
    assert waited(heard, 1, 1.5) == []
    aws("lambda").add_permission(
        FunctionName="alarmed",
        StatementId="alarms",
        Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com",
        SourceAccount=ACCOUNT,
    )
    set_state(aws, "calls", "OK")
    assert waited(heard, 1, 60) == [("calls", "OK")]


@pytest.mark.parametrize(
    ("protocol", "endpoint", "is_sent"),
    [
        ("https", "https://events.pagerduty.com/integration/1/enqueue", False),
        ("http", "http://127.0.0.1:8080/hook", True),
        ("sqs", "arn:aws:sqs:eu-central-1:111111111111:jobs", True),
    ],
)
def test_a_web_hook_beyond_this_machine_hears_nothing(protocol: str, endpoint: str, is_sent: bool) -> None:
    sent: list[str] = []
    subscription = SimpleNamespace(protocol=protocol, endpoint=endpoint)
    publish(lambda _, message: sent.append(message), subscription, "a drill")
    assert sent == (["a drill"] if is_sent else [])


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
