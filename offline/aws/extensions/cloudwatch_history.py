"""CloudWatch: the history of alarms, of which the changes of state are kept; and since when an alarm is in its state.

An alarm that is deleted leaves its history behind. Changes of configuration and actions are not kept.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

KEPT = timedelta(days=30)
"""How long CloudWatch keeps an item.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html
"""
MOST = 100
"""Items of one page."""


def install() -> None:
    """Gives moto the operation; `cloudwatch_alarms` tells what changes."""
    from moto.cloudwatch.models import Alarm
    from moto.cloudwatch.responses import CloudWatchResponse

    setattr(CloudWatchResponse, describe_alarm_history.__name__, describe_alarm_history)
    # Moto makes an answer's members from attributes of their names.
    setattr(Alarm, "state_transitioned_timestamp", property(_transitioned))  # noqa: B010


def _transitioned(alarm: Any) -> Any:
    return getattr(alarm, "headroom_transitioned", alarm.state_updated_timestamp)


def _items(backend: Any) -> list[dict[str, Any]]:
    """Items of an account and region, oldest first."""
    items: list[dict[str, Any]] = backend.__dict__.setdefault("alarm_history", [])
    return items


def note(backend: Any, alarm: Any, before: str) -> None:
    """Keeps that an alarm came to be in another state than `before`, and forgets what is too old."""
    at = _utc(alarm.state_updated_timestamp)
    alarm.headroom_transitioned = alarm.state_updated_timestamp
    new = {
        "stateValue": alarm.state_value,
        "stateReason": alarm.state_reason,
        "stateReasonData": _reason_data(alarm.state_reason_data),
    }
    items = _items(backend)
    items[:] = [item for item in items if item["Timestamp"] > at - KEPT]
    items.append(
        {
            "AlarmName": alarm.name,
            "AlarmType": "CompositeAlarm" if alarm.rule is not None else "MetricAlarm",
            "Timestamp": at,
            "HistoryItemType": "StateUpdate",
            "HistorySummary": f"Alarm updated from {before} to {alarm.state_value}",
            "HistoryData": json.dumps({"version": "1.0", "oldState": {"stateValue": before}, "newState": new}),
        }
    )


def _reason_data(text: str | None) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return {}


def describe_alarm_history(response: Any) -> Any:
    """Items of one alarm or of all, the newest first unless asked otherwise. Without types, those of metric alarms."""
    from moto.cloudwatch.exceptions import ValidationError
    from moto.core.responses import ActionResult

    asked = response._get_params()
    types = asked.get("AlarmTypes") or ["MetricAlarm"]
    found = [
        item
        for item in _items(response.cloudwatch_backend)
        if asked.get("AlarmName") in (None, item["AlarmName"])
        and item["AlarmType"] in types
        and asked.get("HistoryItemType") in (None, item["HistoryItemType"])
        and ("StartDate" not in asked or _utc(asked["StartDate"]) <= item["Timestamp"])
        and ("EndDate" not in asked or item["Timestamp"] <= _utc(asked["EndDate"]))
    ]
    if asked.get("ScanBy", "TimestampDescending") == "TimestampDescending":
        found.reverse()
    size, start = int(asked.get("MaxRecords") or MOST), _place(asked.get("NextToken"))
    if not 1 <= size <= MOST:
        raise ValidationError(f"MaxRecords must be between 1 and {MOST}, and is {size}")
    following = {"NextToken": str(start + size)} if len(found) > start + size else {}
    return ActionResult({"AlarmHistoryItems": found[start : start + size], **following})


def _place(token: str | None) -> int:
    from moto.cloudwatch.exceptions import ValidationError

    if token is not None and not token.isdigit():
        raise ValidationError("The NextToken is not one that was given")
    return int(token or 0)


def _utc(moment: datetime) -> datetime:
    """Moto's clock tells UTC without saying so."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
