"""The emulated CloudWatch tells what alarms were, percentiles of what was measured, and what is muted now."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.offline.aws.provider_harness import Aws

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def cloudwatch(aws: Aws) -> Iterator[Any]:
    """CloudWatch of a region that no other test uses, without alarms."""
    client = aws("cloudwatch", "eu-west-3")
    yield client
    found = client.describe_alarms(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    for alarms in (found["CompositeAlarms"], found["MetricAlarms"]):
        client.delete_alarms(AlarmNames=[alarm["AlarmName"] for alarm in alarms])


def alarm(cloudwatch: Any, name: str, **changes: Any) -> str:
    given = {
        "Namespace": "Headroom/Test",
        "MetricName": name,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(AlarmName=name, **{**given, **changes})
    return name


def put(cloudwatch: Any, name: str, *values: float, at: datetime = NOON) -> None:
    datum = {"MetricName": name, "Timestamp": at, "Values": list(values)}
    cloudwatch.put_metric_data(Namespace="Headroom/Test", MetricData=[datum])


def history(cloudwatch: Any, **asked: Any) -> list[str]:
    items = cloudwatch.describe_alarm_history(**asked)["AlarmHistoryItems"]
    return [f"{item['AlarmName']}: {item['HistorySummary']}" for item in items]


def test_a_change_of_state_is_history_the_newest_first(cloudwatch: Any) -> None:
    alarm(cloudwatch, "told")
    put(cloudwatch, "told", 95)
    cloudwatch.set_alarm_state(AlarmName="told", StateValue="OK", StateReason="a drill")
    cloudwatch.set_alarm_state(AlarmName="told", StateValue="OK", StateReason="again")
    went_on, ended = "Alarm updated from INSUFFICIENT_DATA to ALARM", "Alarm updated from ALARM to OK"
    assert history(cloudwatch, AlarmName="told") == [f"told: {ended}", f"told: {went_on}"]
    oldest = history(cloudwatch, AlarmName="told", ScanBy="TimestampAscending", HistoryItemType="StateUpdate")
    assert oldest == [f"told: {went_on}", f"told: {ended}"]
    assert history(cloudwatch, AlarmName="told", HistoryItemType="Action") == []


def test_an_item_holds_both_states(cloudwatch: Any) -> None:
    alarm(cloudwatch, "both-states")
    put(cloudwatch, "both-states", 95)
    (item,) = cloudwatch.describe_alarm_history(AlarmName="both-states")["AlarmHistoryItems"]
    data = json.loads(item["HistoryData"])
    assert (data["oldState"]["stateValue"], data["newState"]["stateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert "Threshold Crossed" in data["newState"]["stateReason"]
    assert (item["AlarmType"], item["HistoryItemType"]) == ("MetricAlarm", "StateUpdate")
    (now,) = cloudwatch.describe_alarms(AlarmNames=["both-states"])["MetricAlarms"]
    assert abs(now["StateTransitionedTimestamp"] - item["Timestamp"]) < timedelta(seconds=1)


def test_history_is_of_the_time_that_was_asked_for(cloudwatch: Any) -> None:
    alarm(cloudwatch, "timed")
    put(cloudwatch, "timed", 95)
    now = datetime.now(UTC)
    hour = timedelta(hours=1)
    assert history(cloudwatch, AlarmName="timed", StartDate=now - hour, EndDate=now + hour)
    assert not history(cloudwatch, AlarmName="timed", StartDate=now - 2 * hour, EndDate=now - hour)
    assert not history(cloudwatch, AlarmName="timed", StartDate=now + hour)


def test_history_is_of_metric_alarms_unless_composite_ones_are_asked_for(cloudwatch: Any) -> None:
    alarm(cloudwatch, "part")
    cloudwatch.put_composite_alarm(AlarmName="whole", AlarmRule='ALARM("part")')
    put(cloudwatch, "part", 95)
    assert {line.split(":")[0] for line in history(cloudwatch)} >= {"part"}
    assert "whole" not in {line.split(":")[0] for line in history(cloudwatch)}
    whole = history(cloudwatch, AlarmTypes=["CompositeAlarm"], AlarmName="whole")
    assert whole[0] == "whole: Alarm updated from OK to ALARM"


def test_history_comes_in_pages_and_outlives_its_alarm(cloudwatch: Any) -> None:
    alarm(cloudwatch, "paged")
    for state in ("OK", "ALARM", "OK"):
        cloudwatch.set_alarm_state(AlarmName="paged", StateValue=state, StateReason="a drill")
    cloudwatch.delete_alarms(AlarmNames=["paged"])
    first = cloudwatch.describe_alarm_history(AlarmName="paged", MaxRecords=2)
    rest = cloudwatch.describe_alarm_history(AlarmName="paged", MaxRecords=2, NextToken=first["NextToken"])
    assert (len(first["AlarmHistoryItems"]), len(rest["AlarmHistoryItems"])) == (2, 1)
    assert "NextToken" not in rest
    with pytest.raises(ClientError, match="NextToken"):
        cloudwatch.describe_alarm_history(NextToken="elsewhere")


def measured(cloudwatch: Any, name: str, statistic: str, period: int = 300) -> list[float]:
    metric = {"Namespace": "Headroom/Test", "MetricName": name}
    query = {"Id": "q", "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}
    span = {"StartTime": NOON, "EndTime": NOON + timedelta(minutes=10)}
    (result,) = cloudwatch.get_metric_data(MetricDataQueries=[query], **span)["MetricDataResults"]
    assert len(result["Timestamps"]) == len(result["Values"])
    return list(result["Values"])


def test_a_percentile_is_of_each_period(cloudwatch: Any) -> None:
    put(cloudwatch, "spread", *range(1, 101))
    put(cloudwatch, "spread", 7, at=NOON + timedelta(minutes=5))
    assert measured(cloudwatch, "spread", "p95") == [7, 96]
    assert measured(cloudwatch, "spread", "p95", period=600) == [95]
    assert measured(cloudwatch, "spread", "p99.9") == [7, 100]
    assert measured(cloudwatch, "spread", "Maximum") == [7, 100]


def test_there_is_no_percentile_of_a_statistic_set_of_different_values(cloudwatch: Any) -> None:
    sets = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}
    same = {"SampleCount": 4.0, "Sum": 8.0, "Minimum": 2.0, "Maximum": 2.0}
    for name, statistics in (("different", sets), ("same", same)):
        datum = {"MetricName": name, "Timestamp": NOON, "StatisticValues": statistics}
        cloudwatch.put_metric_data(Namespace="Headroom/Test", MetricData=[datum])
    assert measured(cloudwatch, "different", "p95") == []
    assert measured(cloudwatch, "different", "Sum") == [10]
    assert measured(cloudwatch, "same", "p95") == [2]


def test_there_is_no_percentile_where_a_value_is_negative(cloudwatch: Any) -> None:
    put(cloudwatch, "negative", -1, 5)
    assert measured(cloudwatch, "negative", "p50") == []


def mutes(cloudwatch: Any, **asked: Any) -> list[str]:
    found = cloudwatch.list_alarm_mute_rules(**asked)["AlarmMuteRuleSummaries"]
    return sorted(f"{rule['AlarmMuteRuleArn'].rpartition(':')[2]} {rule['Status']}" for rule in found)


def test_mute_rules_of_an_alarm_tell_whether_they_are_on_now(cloudwatch: Any) -> None:
    now = datetime.now(UTC)
    for name, begins in (("on-now", now - timedelta(minutes=5)), ("to-come", now + timedelta(days=1))):
        alarm(cloudwatch, f"by-{name}")
        schedule = {"Expression": f"at({begins:%Y-%m-%dT%H:%M})", "Duration": "PT1H"}
        targets = {"AlarmNames": [f"by-{name}"]}
        cloudwatch.put_alarm_mute_rule(Name=name, Rule={"Schedule": schedule}, MuteTargets=targets)
    assert mutes(cloudwatch) == ["on-now ACTIVE", "to-come SCHEDULED"]
    assert mutes(cloudwatch, AlarmName="by-on-now") == ["on-now ACTIVE"]
    assert mutes(cloudwatch, AlarmName="by-to-come", Statuses=["ACTIVE"]) == []
    assert cloudwatch.get_alarm_mute_rule(AlarmMuteRuleName="on-now")["Status"] == "ACTIVE"
    for name in ("on-now", "to-come"):
        cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName=name)
