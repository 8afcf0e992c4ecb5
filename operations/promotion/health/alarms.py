"""What CloudWatch knows of the alarms of a stack: how they are (DescribeAlarms), and were (DescribeAlarmHistory).

Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListAlarmMuteRules.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from operations.clients import Clients
from operations.promotion.health.look import AwsError, Span
from operations.state import of_type, outputs

METRIC, COMPOSITE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"
AT_ONCE = 100
"""Alarms that one DescribeAlarms names, and items that one page of the history has (their documented limits)."""

Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """An alarm came to be in another state."""

    alarm: str
    at: datetime
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One alarm of the stack."""

    name: str
    now: Answer | None
    """As DescribeAlarms tells it; None where CloudWatch does not know it."""
    changes: Sequence[Change]
    """Within the time that is looked at, the first one first."""
    mutes: Sequence[str] = ()
    """Rules that mute it now; looked for only where it is on."""

    @property
    def state(self) -> str:
        """`OK`, `ALARM` or `INSUFFICIENT_DATA`; empty where CloudWatch does not know it."""
        return str((self.now or {}).get("StateValue") or "")

    @property
    def since(self) -> datetime | None:
        """When it came to be in that state."""
        now = self.now or {}
        return now.get("StateTransitionedTimestamp") or now.get("StateUpdatedTimestamp")

    @property
    def fired(self) -> list[Change]:
        """When it went on within that time."""
        return [change for change in self.changes if change.after == "ALARM"]


class Alarms:
    """Reads the alarms that a stack's state holds, whatever region they are in."""

    def __init__(self, aws: Clients, resources: Sequence[Answer]) -> None:
        self._aws = aws
        self._regions: dict[str, set[str]] = {}
        self._composites = False
        for resource in of_type(resources, METRIC, COMPOSITE):
            arn = str(outputs(resource).get("arn") or "")
            if arn.count(":") >= 6:
                self._regions.setdefault(arn.split(":")[3], set()).add(arn.split(":", 6)[6])
                self._composites |= resource.get("type") == COMPOSITE

    def __len__(self) -> int:
        return sum(len(names) for names in self._regions.values())

    def read(self, span: Span) -> list[Alarm]:
        """All of them. Raises what boto3 raises."""
        return [
            alarm
            for region, names in sorted(self._regions.items())
            for alarm in self._read(self._aws.at(region)("cloudwatch"), sorted(names), span)
        ]

    def _read(self, cloudwatch: Any, names: Sequence[str], span: Span) -> Iterator[Alarm]:
        described = {str(alarm["AlarmName"]): alarm for alarm in _described(cloudwatch, names)}
        changes: dict[str, list[Change]] = {name: [] for name in names}
        for change in self._history(cloudwatch, span):
            if change.alarm in changes:
                changes[change.alarm].append(change)
        for name in names:
            now = described.get(name)
            is_on = now is not None and now.get("StateValue") == "ALARM"
            mutes = _mutes(cloudwatch, name) if is_on else ()
            yield Alarm(name=name, now=now, changes=sorted(changes[name], key=lambda one: one.at), mutes=mutes)

    def _history(self, cloudwatch: Any, span: Span) -> Iterator[Change]:
        """All changes of state within the time, of every alarm of the account: one question, however many alarms there
        are. An answer has metric alarms or composite ones. CloudWatch keeps them for 30 days."""
        for kind in ("MetricAlarm", "CompositeAlarm") if self._composites else ("MetricAlarm",):
            asked: dict[str, Any] = {
                "AlarmTypes": [kind],
                "HistoryItemType": "StateUpdate",
                "StartDate": span.since,
                "EndDate": span.until,
                "MaxRecords": AT_ONCE,
                "ScanBy": "TimestampAscending",
            }
            for answer in _pages(cloudwatch.describe_alarm_history, asked):
                yield from (_change(item) for item in answer.get("AlarmHistoryItems") or ())


def _described(cloudwatch: Any, names: Sequence[str]) -> Iterator[Answer]:
    for start in range(0, len(names), AT_ONCE):
        asked: dict[str, Any] = {
            "AlarmNames": names[start : start + AT_ONCE],
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "MaxRecords": AT_ONCE,
        }
        for answer in _pages(cloudwatch.describe_alarms, asked):
            yield from answer.get("MetricAlarms") or ()
            yield from answer.get("CompositeAlarms") or ()


def _pages(operation: Any, asked: Mapping[str, Any]) -> Iterator[Answer]:
    following: dict[str, Any] = {}
    while True:
        answer = operation(**asked, **following)
        yield answer
        if not answer.get("NextToken"):
            return
        following = {"NextToken": answer["NextToken"]}


def _change(item: Answer) -> Change:
    """An item of the history. One that can't be read counts as an alarm: it is not known to have been quiet."""
    before, after = "", "ALARM"
    try:
        data = json.loads(item.get("HistoryData") or "{}")
        before, after = str(data["oldState"]["stateValue"]), str(data["newState"]["stateValue"])
    except (ValueError, KeyError, TypeError):
        words = re.search(r"from (\w+) to (\w+)", str(item.get("HistorySummary") or ""))
        if words:
            before, after = words[1], words[2]
    return Change(alarm=str(item.get("AlarmName")), at=item["Timestamp"], before=before, after=after)


def _mutes(cloudwatch: Any, name: str) -> list[str]:
    """Rules that mute an alarm. It is on in any case, so that nobody may ask for them is no matter."""
    try:
        answer = cloudwatch.list_alarm_mute_rules(AlarmName=name, Statuses=["ACTIVE"])
    except AwsError:
        return []
    return [
        str(rule.get("AlarmMuteRuleArn") or "").rpartition(":")[2]
        for rule in answer.get("AlarmMuteRuleSummaries") or ()
    ]
