"""Whether the alarms of a stack are quiet, and were.

That an alarm tells nobody, being muted or having its actions disabled, does not make well what it sees. One that has no
data is told; it is wrong where the alarm itself takes silence for a breach.

Sources: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html,
docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules-behaviour.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from operations.clients import Clients
from operations.program_name import headroom
from operations.promotion.health.alarms import Alarm, Alarms
from operations.promotion.health.look import AwsError, Look, Span, counted, moment, refused, shut, some
from operations.promotion.model import Check

NAME = "alarms quiet"
BUSY = "-cpu-high"
"""How alarms end that tell of load: it comes with the users, so it never takes a release back."""
BROKEN = ("EVALUATION_ERROR", "EVALUATION_FAILURE")
"""What CloudWatch says of an alarm that it can't evaluate."""
REMEDY = "follow the runbook that the alarm's description names"

Resource = Mapping[str, Any]


class AlarmGate:
    """Looks at the alarms that a stack's state holds."""

    def __init__(self, aws: Clients, environment: str, resources: Sequence[Resource]) -> None:
        self._alarms, self._environment = Alarms(aws, resources), environment

    def look(self, span: Span) -> Look:
        """What they say now, and said within the time."""
        if not len(self._alarms):
            return shut(
                NAME,
                "the stack has no alarms, so nothing would tell of trouble",
                (f"{headroom('up', self._environment)}  makes them",),
            )
        try:
            found = self._alarms.read(span)
        except AwsError as error:
            return refused(NAME, "CloudWatch", error)
        return judge_baking(found, span) if span.baking else judge(found, span, self._environment)


def judge(alarms: Sequence[Alarm], span: Span, environment: str) -> Look:
    """What they mean for a release that is to move on."""
    wrong = [said for alarm in alarms if (said := _was_on(alarm))]
    remedies = [REMEDY, f"then wait until they have been quiet for {span.told}"] if wrong else []
    gone = [alarm.name for alarm in alarms if alarm.now is None]
    if gone:
        wrong.append(f"in the stack's state, but unknown to CloudWatch: {some(gone)}")
        remedies.append(f"{headroom('drift', environment)}  tells what else is gone")
        remedies.append("or let the role in use ask for all alarms: AWS tells others nothing of composite ones")
    broken = _named(alarms, _is_broken)
    if broken:
        wrong.append(f"CloudWatch can't evaluate {some(broken)}")
        remedies.append("see in CloudWatch what it says of them")
    silent = _silent(alarms)
    demanding = [name for name, missing in silent.items() if missing == "breaching"]
    if demanding:
        wrong.append(f"without data, which they must have, since they take silence for trouble: {some(demanding)}")
        remedies.append("see that what they watch runs and reports; a new alarm needs a few minutes")
    told = _told(alarms, [name for name in silent if name not in demanding])
    young = _named(alarms, lambda now: (made := now.get("AlarmConfigurationUpdatedTimestamp")) and made > span.since)
    told += [f"made or changed within that time, so that they saw less of it: {some(young)}"] if young else []
    if wrong:
        return shut(NAME, "; ".join([*wrong, *told]), remedies)
    said = "; ".join([f"{counted(len(alarms), 'alarm')} quiet for {span.told}", *told])
    return Look(check=Check(name=NAME, passed=True, said=said), news=said)


def judge_baking(alarms: Sequence[Alarm], span: Span) -> Look:
    """What they mean for a release in its bake time: wrong is what went on within it."""
    wrong, told = list[str](), list[str]()
    for alarm in alarms:
        began_now = alarm.state == "ALARM" and alarm.since is not None and alarm.since >= span.since
        if alarm.fired or began_now:
            said = _was_on(alarm)
            if alarm.name.endswith(BUSY):
                told.append(f"{said} (it tells of load, and takes no release back)")
            else:
                wrong.append(said)
        elif alarm.state == "ALARM":
            told.append(f"{_was_on(alarm)} (it was on before this release, and is not its doing)")
    told += _told(alarms, list(_silent(alarms)))
    blind = {
        "unknown to CloudWatch, so that nothing is told of them": [one.name for one in alarms if one.now is None],
        "that CloudWatch can't evaluate": _named(alarms, _is_broken),
    }
    told += [f"{what}: {some(names)}" for what, names in blind.items() if names]
    if wrong:
        return shut(NAME, "; ".join([*wrong, *told]), (REMEDY,), fallen=True)
    quiet = "; ".join([f"{counted(len(alarms), 'alarm')}: none fired", *told])
    return Look(check=Check(name=NAME, passed=True, said=quiet), news=quiet)


def _was_on(alarm: Alarm) -> str:
    """That an alarm is on, or was within the time; empty where neither."""
    if alarm.state == "ALARM":
        return _is_on(alarm)
    if alarm.fired:
        times = f", {len(alarm.fired)} times" if len(alarm.fired) > 1 else ""
        return f"{alarm.name} was in ALARM from {moment(alarm.fired[-1].at)}{times}"
    ended = [change for change in alarm.changes if change.before == "ALARM"]
    return f"{alarm.name} was in ALARM until {moment(ended[0].at)}" if ended else ""


def _is_on(alarm: Alarm) -> str:
    """Since when, why, and whether anybody hears of it."""
    now = alarm.now or {}
    said = f"{alarm.name} is in ALARM"
    said += f" since {moment(alarm.since)}" if alarm.since is not None else ""
    said += f", muted by {some(alarm.mutes)}" if alarm.mutes else ""
    said += ", its actions disabled" if now.get("ActionsEnabled") is False else ""
    if now.get("ActionsSuppressedBy"):
        said += f", its actions suppressed by {now.get('ActionsSuppressor') or now['ActionsSuppressedBy']}"
    reason = str(now.get("StateReason") or "").strip().rstrip(".")
    return f"{said}: {reason}" if reason else said


def _silent(alarms: Sequence[Alarm]) -> dict[str, str]:
    """Alarms without data, with what that means to them."""
    return {
        alarm.name: str((alarm.now or {}).get("TreatMissingData") or "missing")
        for alarm in alarms
        if alarm.state == "INSUFFICIENT_DATA"
    }


def _told(alarms: Sequence[Alarm], silent: Sequence[str]) -> list[str]:
    """What is good to know."""
    told = [f"without data yet: {some(silent)}"] if silent else []
    part = _named(alarms, lambda now: now.get("EvaluationState") == "PARTIAL_DATA")
    told += [f"evaluated by a part of their data only: {some(part)}"] if part else []
    off = _named(alarms, lambda now: now.get("ActionsEnabled") is False and now.get("StateValue") != "ALARM")
    return [*told, f"with their actions disabled, so that they would tell nobody: {some(off)}"] if off else told


def _named(alarms: Sequence[Alarm], of: Callable[[Mapping[str, Any]], object]) -> list[str]:
    return [alarm.name for alarm in alarms if alarm.now is not None and of(alarm.now)]


def _is_broken(now: Mapping[str, Any]) -> bool:
    return now.get("EvaluationState") in BROKEN
