"""The gate of alarms: what CloudWatch answers, replayed as its API documents it, and what it means for a release."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import ANY

from operations.promotion.health.alarms import AT_ONCE
from operations.promotion.model import Check
from tests.operations.promotion.health.watched import (
    HOUR,
    LIMITS,
    NOON,
    Replayed,
    alarm,
    changed,
    described,
    health,
    quiet,
)

ERRORS, SLOW = "headroom-staging-api-errors-page", "headroom-staging-api-slow"
SPAN = {"StartDate": NOON - HOUR, "EndDate": NOON}


def gate(aws: Any, resources: Sequence[dict[str, Any]]) -> Check:
    (found,) = [one for one in health(aws, resources).checks(NOON - 3 * HOUR, LIMITS) if one.name == "alarms quiet"]
    return found


@pytest.fixture
def aws() -> Replayed:
    return Replayed()


BOTH = [alarm(ERRORS), alarm(SLOW)]


def test_quiet_alarms_pass(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW)
    found = gate(aws, BOTH)
    assert (found.passed, found.said) == (True, "2 alarms quiet for 60 minutes")
    assert aws.all_asked


def test_an_alarm_that_is_on_shuts_the_gate_with_its_reason(aws: Replayed) -> None:
    on: dict[str, Any] = {
        "state": "ALARM",
        "StateReason": "Threshold Crossed: 3 datapoints were greater than the threshold (5.0).",
    }
    quiet(aws, ERRORS, SLOW, **on)
    aws.answers("cloudwatch", "list_alarm_mute_rules", {}, AlarmName=ERRORS, Statuses=["ACTIVE"])
    found = gate(aws, BOTH)
    assert not found.passed
    assert found.said == (
        f"{ERRORS} is in ALARM since 2026-01-05 03:00 UTC: "
        "Threshold Crossed: 3 datapoints were greater than the threshold (5.0)"
    )
    assert list(found.remedies) == [
        "follow the runbook that the alarm's description names",
        "then wait until they have been quiet for 60 minutes",
    ]


def test_an_alarm_that_was_on_within_the_soak_time_shuts_it(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW, history=[changed(SLOW, "OK", "ALARM", 50), changed(SLOW, "ALARM", "OK", 40)])
    found = gate(aws, BOTH)
    assert (found.passed, found.said) == (False, f"{SLOW} was in ALARM from 2026-01-05 11:10 UTC")


def test_how_often_it_was_on_is_told(aws: Replayed) -> None:
    flaps = [changed(SLOW, *states, at) for at in (50, 20) for states in (("OK", "ALARM"),)]
    quiet(aws, ERRORS, SLOW, history=flaps)
    assert gate(aws, BOTH).said == f"{SLOW} was in ALARM from 2026-01-05 11:40 UTC, 2 times"


def test_an_alarm_that_ended_within_the_soak_time_was_on_at_its_beginning(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW, history=[changed(SLOW, "ALARM", "OK", 59)])
    assert gate(aws, BOTH).said == f"{SLOW} was in ALARM until 2026-01-05 11:01 UTC"


def test_other_changes_and_others_alarms_do_not_matter(aws: Replayed) -> None:
    history = [changed(SLOW, "INSUFFICIENT_DATA", "OK", 30), changed("TargetTracking-service/api", "OK", "ALARM", 30)]
    quiet(aws, ERRORS, SLOW, history=history)
    assert gate(aws, BOTH).passed


@pytest.mark.parametrize(
    ("item", "passed"),
    [
        ({"HistoryData": "{"}, False),
        ({"HistoryData": '{"version":"1.0"}'}, False),
        ({"HistoryData": " ", "HistorySummary": "Alarm updated from OK to INSUFFICIENT_DATA"}, True),
        ({"HistoryData": " ", "HistorySummary": "words that nobody knows"}, False),
    ],
)
def test_what_can_not_be_read_of_the_history_is_not_known_to_be_quiet(
    aws: Replayed, item: dict[str, str], passed: bool
) -> None:
    quiet(aws, SLOW, history=[{**changed(SLOW, "OK", "ALARM", 5), **item}])
    assert gate(aws, [alarm(SLOW)]).passed is passed


def test_muted_and_disabled_and_suppressed_alarms_that_are_on_are_told_apart(aws: Replayed) -> None:
    on: dict[str, Any] = {"state": "ALARM", "ActionsEnabled": False}
    suppressed = {"ActionsSuppressedBy": "Alarm", "ActionsSuppressor": "main-database-saturated"}
    alarms = [described(ERRORS, **on), described(SLOW, "ALARM")]
    found = {"MetricAlarms": alarms, "CompositeAlarms": [{**described("whole", "ALARM"), **suppressed}]}
    del found["CompositeAlarms"][0]["TreatMissingData"]
    aws.answers("cloudwatch", "describe_alarms", found)
    for _ in ("metric alarms", "composite ones"):
        aws.answers("cloudwatch", "describe_alarm_history", {})
    rule = {"AlarmMuteRuleArn": "arn:aws:cloudwatch:eu-central-1:222222222222:alarm-mute-rule:staging-sleep-1"}
    for rules in ([], [rule], []):
        aws.answers("cloudwatch", "list_alarm_mute_rules", {"AlarmMuteRuleSummaries": rules})
    found_by_gate = gate(aws, [*BOTH, alarm("whole", composite=True)])
    assert found_by_gate.said == (
        f"{ERRORS} is in ALARM since 2026-01-05 03:00 UTC, its actions disabled; "
        f"{SLOW} is in ALARM since 2026-01-05 03:00 UTC, muted by staging-sleep-1; "
        "whole is in ALARM since 2026-01-05 03:00 UTC, its actions suppressed by main-database-saturated"
    )


def test_a_quiet_alarm_that_would_tell_nobody_is_told(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW, ActionsEnabled=False)
    found = gate(aws, BOTH)
    assert found.passed
    assert found.said.endswith(f"with their actions disabled, so that they would tell nobody: {ERRORS}")


def test_that_nobody_may_ask_for_mutes_does_not_matter(aws: Replayed) -> None:
    quiet(aws, ERRORS, state="ALARM")
    aws.refuses("cloudwatch", "list_alarm_mute_rules", "AccessDenied", "not authorized")
    assert gate(aws, [alarm(ERRORS)]).said == f"{ERRORS} is in ALARM since 2026-01-05 03:00 UTC"


@pytest.mark.parametrize("missing", ["notBreaching", "ignore", "missing"])
def test_an_alarm_without_data_is_told(aws: Replayed, missing: str) -> None:
    quiet(aws, ERRORS, SLOW, state="INSUFFICIENT_DATA", TreatMissingData=missing)
    found = gate(aws, BOTH)
    assert (found.passed, found.said) == (True, f"2 alarms quiet for 60 minutes; without data yet: {ERRORS}")


def test_an_alarm_that_must_have_data_shuts_the_gate_without(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW, state="INSUFFICIENT_DATA", TreatMissingData="breaching")
    found = gate(aws, BOTH)
    assert not found.passed
    assert found.said == f"without data, which they must have, since they take silence for trouble: {ERRORS}"
    assert "runs and reports" in found.remedies[0]


@pytest.mark.parametrize("state", ["EVALUATION_ERROR", "EVALUATION_FAILURE"])
def test_an_alarm_that_cloudwatch_can_not_evaluate_shuts_the_gate(aws: Replayed, state: str) -> None:
    quiet(aws, ERRORS, SLOW, EvaluationState=state)
    assert gate(aws, BOTH).said == f"CloudWatch can't evaluate {ERRORS}"


def test_an_alarm_that_saw_a_part_of_its_data_is_told(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW, EvaluationState="PARTIAL_DATA")
    found = gate(aws, BOTH)
    assert found.passed
    assert found.said.endswith(f"evaluated by a part of their data only: {ERRORS}")


def test_an_alarm_of_the_state_that_cloudwatch_does_not_know_shuts_the_gate(aws: Replayed) -> None:
    quiet(aws, ERRORS)
    found = gate(aws, BOTH)
    assert (found.passed, found.said) == (False, f"in the stack's state, but unknown to CloudWatch: {SLOW}")
    assert "drift staging" in found.remedies[0]


def test_an_alarm_younger_than_the_soak_time_is_told(aws: Replayed) -> None:
    quiet(aws, ERRORS, SLOW, AlarmConfigurationUpdatedTimestamp=NOON - timedelta(minutes=5))
    found = gate(aws, BOTH)
    assert found.passed
    assert found.said.endswith(f"made or changed within that time, so that they saw less of it: {ERRORS}")


def test_a_stack_without_alarms_does_not_pass(aws: Replayed) -> None:
    found = gate(aws, [])
    assert (found.passed, found.said) == (False, "the stack has no alarms, so nothing would tell of trouble")


def test_alarms_of_every_region_are_asked_there(aws: Replayed) -> None:
    quiet(aws, ERRORS)
    edge = {"MetricAlarms": [described("cdn-refused", "ALARM")]}
    aws.answers("cloudwatch@us-east-1", "describe_alarms", edge)
    aws.answers("cloudwatch@us-east-1", "describe_alarm_history", {})
    aws.answers("cloudwatch@us-east-1", "list_alarm_mute_rules", {})
    found = gate(aws, [alarm(ERRORS), alarm("cdn-refused", region="us-east-1")])
    assert found.said.startswith("cdn-refused is in ALARM")


def test_alarms_and_history_come_in_pages(aws: Replayed) -> None:
    names = sorted(f"alarm-{number:03}" for number in range(AT_ONCE + 1))
    parts = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": AT_ONCE}
    first, rest = names[:AT_ONCE], names[AT_ONCE:]
    answers: list[tuple[list[str], dict[str, str], dict[str, str]]] = [
        (first[:60], {}, {"NextToken": "more"}),
        (first[60:], {"NextToken": "more"}, {}),
        (rest, {}, {}),
    ]
    for part, asked, following in answers:
        page = {"MetricAlarms": [described(name) for name in part], **following}
        asks = {"AlarmNames": rest if part is rest else first, **parts, **asked}
        aws.answers("cloudwatch", "describe_alarms", page, **asks)
    asks = {
        "AlarmTypes": ["MetricAlarm"],
        "HistoryItemType": "StateUpdate",
        "MaxRecords": AT_ONCE,
        "ScanBy": ANY,
        **SPAN,
    }
    aws.answers("cloudwatch", "describe_alarm_history", {"NextToken": "older"}, **asks)
    items = {"AlarmHistoryItems": [changed(names[7], "OK", "ALARM", 3)]}
    aws.answers("cloudwatch", "describe_alarm_history", items, **asks, NextToken="older")
    assert gate(aws, [alarm(name) for name in names]).said == f"{names[7]} was in ALARM from 2026-01-05 11:57 UTC"
    assert aws.all_asked


def test_the_history_of_composite_alarms_is_asked_for_by_itself(aws: Replayed) -> None:
    aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": [described(ERRORS)], "CompositeAlarms": []})
    aws.answers("cloudwatch", "describe_alarm_history", {})
    items = {"AlarmHistoryItems": [changed("whole", "OK", "ALARM", 3, AlarmType="CompositeAlarm")]}
    aws.answers("cloudwatch", "describe_alarm_history", items)
    said = gate(aws, [alarm(ERRORS), alarm("whole", composite=True)]).said
    assert "whole was in ALARM from 2026-01-05 11:57 UTC" in said


@pytest.mark.parametrize(
    ("code", "said", "remedy"),
    [
        ("Throttling", "Rate exceeded", "again in a minute"),
        ("AccessDenied", "User is not authorized to perform: cloudwatch:DescribeAlarms", "let the role in use ask"),
        ("InternalServiceFault", "The request processing has failed", "see that AWS can be reached"),
    ],
)
def test_what_aws_refuses_to_say_shuts_the_gate_in_its_words(aws: Replayed, code: str, said: str, remedy: str) -> None:
    aws.refuses("cloudwatch", "describe_alarms", code, said)
    found = gate(aws, BOTH)
    assert not found.passed
    assert found.said.startswith(f"CloudWatch did not say: An error occurred ({code})")
    assert said in found.said
    assert remedy in found.remedies[0]


def test_what_is_refused_of_the_history_shuts_the_gate_too(aws: Replayed) -> None:
    aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": [described(ERRORS)]})
    aws.refuses("cloudwatch", "describe_alarm_history", "AccessDenied", "not authorized")
    found = gate(aws, [alarm(ERRORS)])
    assert not found.passed
    assert "DescribeAlarmHistory" in found.said


def test_a_release_younger_than_the_soak_time_is_not_blamed_for_what_was_before(aws: Replayed) -> None:
    aws.answers("cloudwatch", "describe_alarms", {"MetricAlarms": [described(ERRORS)]})
    asks = {"AlarmTypes": ANY, "HistoryItemType": ANY, "MaxRecords": ANY, "ScanBy": ANY}
    began = NOON - timedelta(minutes=20)
    aws.answers("cloudwatch", "describe_alarm_history", {}, StartDate=began, EndDate=NOON, **asks)
    (found, *_) = health(aws, [alarm(ERRORS)]).checks(began, LIMITS)
    assert found.said == "1 alarm quiet for 20 minutes"


def test_what_nobody_can_say_of_an_alarm_in_a_bake_time_is_told(aws: Replayed) -> None:
    told: list[str] = []
    quiet(aws, ERRORS, EvaluationState="EVALUATION_ERROR")
    assert health(aws, BOTH).watch(NOON, LIMITS, told.append, lambda _: None, since=NOON - HOUR) == []
    assert told[0] == (
        f"alarms quiet: 2 alarms: none fired; unknown to CloudWatch, so that nothing is told of them: {SLOW}; "
        f"that CloudWatch can't evaluate: {ERRORS}"
    )
