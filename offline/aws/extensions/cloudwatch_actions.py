"""CloudWatch: what an alarm does when its state has changed, and what keeps it from it for a while.

Topics are told, and functions called whose policy admits CloudWatch. Actions of EC2, Auto Scaling and Systems Manager
are left out. A composite alarm waits for its suppressor, and is quiet while that is on and for its extension
afterwards; an alarm is quiet while a mute rule is on. What it has kept back it does at the end, if its state is still
another one than the last that it told.

Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html
"""

from __future__ import annotations

import json
import math
from typing import Any

from offline.aws.extensions.cloudwatch_rules import alarm_name
from offline.aws.extensions.cloudwatch_schedule import muted_seconds
from offline.aws.later import AGENDA

ACTIONS = {"ALARM": "alarm_actions", "OK": "ok_actions", "INSUFFICIENT_DATA": "insufficient_data_actions"}
LONGEST_SUBJECT = 100
CALLER = "lambda.alarms.cloudwatch.amazonaws.com"
"""Who calls functions for alarms."""


def changed(backend: Any, alarm: Any, before: str) -> None:
    """An alarm's state is another one than `before`: acts, or keeps it back."""
    told = getattr(alarm, "headroom_told", before)
    alarm.headroom_told = told
    alarm.headroom_wait_ends = AGENDA.clock() + float(getattr(alarm, "actions_suppressor_wait_period", None) or 0)
    look(backend, alarm)
    if before == "ALARM":
        for other in list(backend.alarms.values()):
            if _suppressor(backend, other) is alarm:
                seconds = float(other.actions_suppressor_extension_period or 0)
                other.headroom_extension_ends = AGENDA.clock() + seconds
                look(backend, other)


def look(backend: Any, alarm: Any) -> None:
    """Does what has been kept back, unless it is kept back for longer."""
    told = getattr(alarm, "headroom_told", alarm.state_value)
    if told == alarm.state_value:
        return
    seconds = _quiet_seconds(backend, alarm)
    if seconds > 0:
        if seconds < math.inf:
            name = alarm.name  # it may be put anew meanwhile
            AGENDA.after(seconds, lambda: look(backend, backend.alarms[name]) if name in backend.alarms else None)
        return
    alarm.headroom_told = alarm.state_value
    if alarm.actions_enabled:
        for action in dict.fromkeys(getattr(alarm, ACTIONS[alarm.state_value])):
            _publish(backend, alarm, told, action)
            _call(backend, alarm, told, action)


def _quiet_seconds(backend: Any, alarm: Any) -> float:
    """For how long an alarm is quiet from now on; without end while its suppressor is on."""
    muted, suppressor = muted_seconds(backend, alarm.name), _suppressor(backend, alarm)
    if suppressor is None:
        return muted
    if suppressor.state_value == "ALARM":
        return math.inf
    ends = max(alarm.headroom_wait_ends, getattr(alarm, "headroom_extension_ends", 0))
    return max(muted, float(ends - AGENDA.clock()))


def _suppressor(backend: Any, alarm: Any) -> Any:
    name = getattr(alarm, "actions_suppressor", None)
    return backend.alarms.get(alarm_name(name)) if name else None


def _publish(backend: Any, alarm: Any, before: str, action: str) -> None:
    from moto.sns.models import sns_backends

    if ":sns:" not in action:
        return
    region, account = action.split(":")[3:5]
    topics = sns_backends[account][region]
    if action not in topics.topics:
        return
    message = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": backend.account_id,
        "NewStateValue": alarm.state_value,
        "NewStateReason": alarm.state_reason,
        "StateChangeTime": alarm.state_updated_timestamp.isoformat(),
        "Region": backend.region_name,
        "AlarmArn": alarm.alarm_arn,
        "OldStateValue": before,
        "Trigger": {"AlarmRule": alarm.rule} if alarm.rule else _trigger(alarm),
    }
    subject = f'{alarm.state_value}: "{alarm.name}" in {backend.region_name}'
    topics.publish(message=json.dumps(message), arn=action, subject=subject[:LONGEST_SUBJECT])


def _trigger(alarm: Any) -> dict[str, Any]:
    found = {
        "EvaluationPeriods": alarm.evaluation_periods,
        "Threshold": alarm.threshold,
        "ComparisonOperator": alarm.comparison_operator,
        "TreatMissingData": alarm.treat_missing_data or "missing",
    }
    if alarm.metric_data_queries:
        return {**found, "Metrics": [_query(query) for query in alarm.metric_data_queries]}
    return {**found, "MetricName": alarm.metric_name, "Namespace": alarm.namespace, "Period": alarm.period}


def _query(query: Any) -> dict[str, Any]:
    of = query.metric_stat
    if of is None:
        return {"Id": query.id, "Expression": query.expression, "ReturnData": query.return_data}
    metric = {"Namespace": of.metric.namespace, "MetricName": of.metric.metric_name}
    return {"Id": query.id, "MetricStat": {"Metric": metric, "Period": of.period, "Stat": of.stat}, "ReturnData": False}


def _call(backend: Any, alarm: Any, before: str, action: str) -> None:
    from moto.awslambda.models import lambda_backends

    if ":lambda:" not in action:
        return
    *_, region, account, _, name = action.split(":")[:7]
    function = lambda_backends[account][region].get_function(name)
    if not _admits(function, alarm.alarm_arn, backend.account_id):
        return
    event = {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.alarm_arn,
        "accountId": backend.account_id,
        "time": alarm.state_updated_timestamp.isoformat(),
        "region": backend.region_name,
        "alarmData": {
            "alarmName": alarm.name,
            "state": {"value": alarm.state_value, "reason": alarm.state_reason},
            "previousState": {"value": before},
            "configuration": {"description": alarm.description or "", **_configuration(alarm)},
        },
    }
    function.invoke(json.dumps(event), {}, {})


def _configuration(alarm: Any) -> dict[str, Any]:
    return {"alarmRule": alarm.rule} if alarm.rule else {"metrics": _trigger(alarm).get("Metrics", [])}


def _admits(function: Any, alarm_arn: str, account: str) -> bool:
    """Whether a statement of the function's policy names CloudWatch's alarms, and nothing but this one or its account.

    One that does not is not called, as on AWS.
    """
    for statement in function.policy.statements if function.policy else []:
        asked = [value for named in statement.get("Condition", {}).values() for value in named.values()]
        if statement.get("Principal") == {"Service": CALLER} and {*asked} <= {alarm_arn, account}:
            return True
    return False
