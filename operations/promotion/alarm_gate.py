"""Whether the alarms of a stack are quiet, and were.

An alarm is looked at as it is now (DescribeAlarms), and as it was (DescribeAlarmHistory). That it tells nobody, being
muted or having its actions disabled, does not make well what it sees.

Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarmHistory.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from operations.clients import Clients
from operations.program_name import headroom
from operations.promotion.look import AwsError, Look, Span, clock, refused, shut, some
from operations.promotion.model import Check
from operations.state import of_type, outputs

NAME = "alarms quiet"
METRIC, COMPOSITE = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm"
AT_ONCE = 100
"""Alarms that one DescribeAlarms names, and items that one page of the history has (their documented limits)."""
BUSY = "-cpu-high"
"""How alarms end that tell of load: it comes with the users, so it never takes a release back."""
BROKEN = ("EVALUATION_ERROR", "EVALUATION_FAILURE")
"""What CloudWatch says of an alarm that it can't evaluate."""

Resource = Mapping[str, Any]
Answer = Mapping[str, Any]


@dataclass(frozen=True)
class Change:
    """An alarm came to be in another state."""

    alarm: str
    at: datetime
    before: str
    after: str


@dataclass
class Findings:
    """What was found, in sentences."""

    wrong: list[str] = field(default_factory=list)
    """What keeps the gate shut."""
    told: list[str] = field(default_factory=list)
    """What is good to know."""
    fired: bool = False
    """Whether an alarm fired in the bake time that may take the release back."""
    remedies: list[str] = field(default_factory=list)
    news: set[str] = field(default_factory=set)


class AlarmGate:
    """Looks at the alarms that a stack's state holds."""

    def __init__(self, aws: Clients, environment: str, resources: Sequence[Resource]) -> None:
        self._aws, self._environment = aws, environment
        self._regions: dict[str, set[str]] = {}
        self._composites = False
        for resource in of_type(resources, METRIC, COMPOSITE):
            found = outputs(resource)
            arn, name = str(found.get("arn") or ""), str(found.get("name") or found.get("alarmName") or "")
            if name and arn.count(":") >= 6:
                self._regions.setdefault(arn.split(":")[3], set()).add(name)
                self._composites |= resource.get("type") == COMPOSITE

    def look(self, span: Span) -> Look:
        """What they say now, and said within the time."""
        number = sum(len(names) for names in self._regions.values())
        if not number:
            return shut(
                NAME,
                "the stack has no alarms, so nothing would tell of trouble",
                (f"bring {self._environment} up with alarms", "or pass by the gates with --break-glass REASON"),
            )
        found = Findings()
        try:
            for region, names in sorted(self._regions.items()):
                self._look_at(self._aws.at(region)("cloudwatch"), names, span, found)
        except AwsError as error:
            return refused(NAME, "CloudWatch", error)
        return self._said(found, number, span)

    def _look_at(self, cloudwatch: Any, names: set[str], span: Span, found: Findings) -> None:
        described = {str(alarm["AlarmName"]): alarm for alarm in _described(cloudwatch, sorted(names))}
        changes = [change for change in self._history(cloudwatch, span) if change.alarm in names]
        for name in sorted(names):
            own = [change for change in changes if change.alarm == name]
            if name not in described:
                found.wrong.append(f"{name} is in the stack's state, and CloudWatch does not know it")
                found.remedies.append(f"{headroom('drift', self._environment)}  tells what else is gone")
            else:
                _judge(cloudwatch, described[name], own, span, found)
        _tell_young(described, span, found)

    def _history(self, cloudwatch: Any, span: Span) -> list[Change]:
        """All changes of state within the time; CloudWatch keeps them for 30 days. One answer has metric alarms or
        composite ones."""
        found: list[Change] = []
        for kind in ("MetricAlarm", "CompositeAlarm") if self._composites else ("MetricAlarm",):
            asked: dict[str, Any] = {
                "AlarmTypes": [kind],
                "HistoryItemType": "StateUpdate",
                "StartDate": span.since,
                "EndDate": span.until,
                "MaxRecords": AT_ONCE,
                "ScanBy": "TimestampAscending",
            }
            while True:
                answer = cloudwatch.describe_alarm_history(**asked)
                found += [_change(item) for item in answer.get("AlarmHistoryItems") or ()]
                if not answer.get("NextToken"):
                    break
                asked["NextToken"] = answer["NextToken"]
        return found

    def _said(self, found: Findings, number: int, span: Span) -> Look:
        counted = f"{number} alarm" + ("" if number == 1 else "s")
        if found.wrong:
            remedies = [*dict.fromkeys(found.remedies), "follow the runbook that the alarm's description names"]
            if not span.baking:
                remedies.append(f"then wait until they were quiet for {span.told}")
            return Look(
                check=Check(name=NAME, passed=False, said="; ".join([*found.wrong, *found.told]), remedies=remedies),
                fallen=found.fired,
                news="; ".join(sorted(found.news)) + "; ".join(found.wrong),
            )
        quiet = f"{counted} quiet for {span.told}"
        said = "; ".join([quiet, *found.told])
        return Look(check=Check(name=NAME, passed=True, said=said), news="; ".join(["quiet", *sorted(found.news)]))


def _described(cloudwatch: Any, names: Sequence[str]) -> Iterator[Answer]:
    for start in range(0, len(names), AT_ONCE):
        asked: dict[str, Any] = {
            "AlarmNames": names[start : start + AT_ONCE],
            "AlarmTypes": ["MetricAlarm", "CompositeAlarm"],
            "MaxRecords": AT_ONCE,
        }
        while True:
            answer = cloudwatch.describe_alarms(**asked)
            yield from answer.get("MetricAlarms") or ()
            yield from answer.get("CompositeAlarms") or ()
            if not answer.get("NextToken"):
                break
            asked["NextToken"] = answer["NextToken"]


def _change(item: Answer) -> Change:
    """An item of the history. One that can't be read counts as an alarm: it is not known to be quiet."""
    before, after = "", "ALARM"
    try:
        data = json.loads(item.get("HistoryData") or "{}")
        before, after = data["oldState"]["stateValue"], data["newState"]["stateValue"]
    except (ValueError, KeyError, TypeError):
        words = re.search(r"from (\w+) to (\w+)", str(item.get("HistorySummary") or ""))
        if words:
            before, after = words[1], words[2]
    return Change(alarm=str(item.get("AlarmName")), at=item["Timestamp"], before=before, after=after)


def _judge(cloudwatch: Any, alarm: Answer, changes: Sequence[Change], span: Span, found: Findings) -> None:
    """What one alarm says."""
    name, state = str(alarm["AlarmName"]), alarm.get("StateValue")
    since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    fired = [change for change in changes if change.after == "ALARM"]
    if span.baking:
        _judge_baking(cloudwatch, alarm, fired, span, found)
    elif state == "ALARM":
        found.wrong.append(_on(cloudwatch, alarm, since))
    elif fired:
        times = "" if len(fired) == 1 else f", {len(fired)} times"
        found.wrong.append(f"{name} was in ALARM at {clock(fired[-1].at)}{times}")
    elif any(change.before == "ALARM" for change in changes):
        found.wrong.append(f"{name} was in ALARM until {clock(changes[0].at)}")
    if state != "ALARM":
        _judge_silence(alarm, span, found)
        if alarm.get("ActionsEnabled") is False:
            found.told.append(f"{name} has its actions disabled: it would tell nobody")
            found.news.add(f"{name} disabled")


def _judge_baking(cloudwatch: Any, alarm: Answer, fired: Sequence[Change], span: Span, found: Findings) -> None:
    name, is_on = str(alarm["AlarmName"]), alarm.get("StateValue") == "ALARM"
    since = alarm.get("StateTransitionedTimestamp") or alarm.get("StateUpdatedTimestamp")
    began_now = is_on and since is not None and since >= span.since
    if not is_on and not fired:
        return
    found.news.add(f"{name} on")
    if not fired and not began_now:
        found.told.append(f"{_on(cloudwatch, alarm, since)} That was so before this release, and is not its doing.")
    elif name.endswith(BUSY):
        found.told.append(f"{name} was in ALARM: it tells of load, and takes no release back")
    else:
        found.fired = True
        found.wrong.append(_on(cloudwatch, alarm, since) if is_on else f"{name} was in ALARM at {clock(fired[-1].at)}")


def _on(cloudwatch: Any, alarm: Answer, since: datetime | None) -> str:
    """An alarm that is on: since when, why, and whether anybody hears of it."""
    said = f"{alarm['AlarmName']} is in ALARM"
    said += f" since {clock(since)}" if since is not None else ""
    rules = _mutes(cloudwatch, str(alarm["AlarmName"]))
    if rules:
        said += f", muted by {some(rules)}"
    if alarm.get("ActionsEnabled") is False:
        said += ", with its actions disabled"
    if alarm.get("ActionsSuppressedBy"):
        said += f", its actions suppressed ({alarm.get('ActionsSuppressor') or alarm['ActionsSuppressedBy']})"
    reason = str(alarm.get("StateReason") or "").strip().rstrip(".")
    return f"{said}: {reason}." if reason else f"{said}."


def _mutes(cloudwatch: Any, name: str) -> list[str]:
    """Rules that mute it now. The gate is shut in any case, so that nobody may ask for them is no matter."""
    try:
        answer = cloudwatch.list_alarm_mute_rules(AlarmName=name, Statuses=["ACTIVE"])
    except AwsError:
        return []
    rules = answer.get("AlarmMuteRuleSummaries") or ()
    return [str(rule.get("AlarmMuteRuleArn") or "").rpartition(":")[2] for rule in rules]


def _judge_silence(alarm: Answer, span: Span, found: Findings) -> None:
    """An alarm that knows too little: wrong where the alarm itself takes silence for a breach."""
    name = str(alarm["AlarmName"])
    if alarm.get("EvaluationState") in BROKEN:
        said = f"{name} is not evaluated: {alarm['EvaluationState']}"
        (found.told if span.baking else found.wrong).append(said)
        found.news.add(said)
    if alarm.get("StateValue") != "INSUFFICIENT_DATA":
        return
    found.news.add(f"{name} silent")
    if alarm.get("TreatMissingData") == "breaching" and not span.baking:
        found.wrong.append(f"{name} has no data, and must have: it takes silence for trouble")
        found.remedies.append("see that what it watches runs and reports; a new alarm needs a few minutes")
    else:
        found.told.append(f"{name} has no data yet")


def _tell_young(alarms: Mapping[str, Answer], span: Span, found: Findings) -> None:
    """Alarms that can't have seen all of the time."""
    if span.baking:
        return
    young = [
        name
        for name, alarm in alarms.items()
        if (made := alarm.get("AlarmConfigurationUpdatedTimestamp")) is not None and made > span.since
    ]
    if young:
        found.told.append(f"made or changed within that time, so that they saw less of it: {some(sorted(young))}")
