"""CloudWatch: alarm mute rules, refused if they name an alarm that is not there; `cloudwatch_actions` asks them.

Dates of beginning and end are not looked at, so that none expires.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from offline.aws.extensions.cloudwatch_actions import look
from offline.aws.extensions.cloudwatch_schedule import seconds_left
from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Gives moto the operations, and lets rules have tags."""
    from moto.cloudwatch.models import CloudWatchBackend
    from moto.cloudwatch.responses import CloudWatchResponse

    for operation in (put_alarm_mute_rule, get_alarm_mute_rule, delete_alarm_mute_rule, list_alarm_mute_rules):
        setattr(CloudWatchResponse, operation.__name__, operation)
    wrap(CloudWatchBackend, "tag_resource", tag_resource)


def _rules(response: Any) -> dict[str, dict[str, Any]]:
    """Rules of an account and region by name."""
    rules: dict[str, dict[str, Any]] = response.cloudwatch_backend.__dict__.setdefault("mute_rules", {})
    return rules


def put_alarm_mute_rule(response: Any) -> Any:
    """Makes or changes a rule.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutAlarmMuteRule.html
    """
    from moto.cloudwatch.exceptions import ValidationError
    from moto.core.responses import ActionResult

    backend, name = response.cloudwatch_backend, response._get_param("Name")
    named = (response._get_param("MuteTargets") or {}).get("AlarmNames", [])
    missing = sorted(set(named) - {alarm.name for alarm in backend.describe_alarms()})
    if missing:
        raise ValidationError(f"MuteTargets must not contain any invalid alarm names: {', '.join(missing)}")
    arn = f"arn:{backend.partition}:cloudwatch:{backend.region_name}:{backend.account_id}:alarm-mute-rule:{name}"
    rule = response._get_param("Rule")
    if rule["Schedule"].get("Timezone") is None:
        rule["Schedule"]["Timezone"] = "UTC"
    _rules(response)[name] = {
        "Name": name,
        "AlarmMuteRuleArn": arn,
        "Description": response._get_param("Description"),
        "Rule": rule,
        "MuteTargets": {"AlarmNames": named} if named else None,
        "LastUpdatedTimestamp": datetime.now(UTC),
        "MuteType": "ONE_TIME" if rule["Schedule"]["Expression"].startswith("at(") else "RECURRING",
    }
    backend.tagger.tag_resource(arn, response._get_param("Tags", []))
    _changed(backend)
    return ActionResult({})


def _changed(backend: Any) -> None:
    """What a rule kept back may be told now."""
    for alarm in list(backend.alarms.values()):
        look(backend, alarm)


def get_alarm_mute_rule(response: Any) -> Any:
    """A rule as it was put."""
    from moto.cloudwatch.exceptions import ResourceNotFoundException
    from moto.core.responses import ActionResult

    found = _rules(response).get(response._get_param("AlarmMuteRuleName"))
    if found is None:
        raise ResourceNotFoundException
    return ActionResult({**found, "Status": _status(found)})


def _status(rule: dict[str, Any]) -> str:
    """Whether it mutes now."""
    return "ACTIVE" if seconds_left(rule["Rule"]["Schedule"], datetime.now(UTC)) > 0 else "SCHEDULED"


def list_alarm_mute_rules(response: Any) -> Any:
    """Rules in one page: all, or those of an alarm, or of some states.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_ListAlarmMuteRules.html
    """
    from moto.core.responses import ActionResult

    alarm, statuses = response._get_param("AlarmName"), response._get_param("Statuses")
    known = ("AlarmMuteRuleArn", "MuteType", "LastUpdatedTimestamp")
    rules = [rule for rule in _rules(response).values() if not alarm or alarm in _muted(rule)]
    found = [{**{key: rule[key] for key in known}, "Status": _status(rule)} for rule in rules]
    found = [rule for rule in found if not statuses or rule["Status"] in statuses]
    return ActionResult({"AlarmMuteRuleSummaries": found})


def _muted(rule: dict[str, Any]) -> list[str]:
    names: list[str] = (rule["MuteTargets"] or {}).get("AlarmNames", [])
    return names


def delete_alarm_mute_rule(response: Any) -> Any:
    """It is no error if there is none."""
    from moto.core.responses import ActionResult

    gone = _rules(response).pop(response._get_param("AlarmMuteRuleName"), None)
    if gone is not None:
        response.cloudwatch_backend.tagger.delete_all_tags_for_resource(gone["AlarmMuteRuleArn"])
    _changed(response.cloudwatch_backend)
    return ActionResult({})


def tag_resource(original: Callable[..., None], backend: Any, arn: str, tags: dict[str, str]) -> None:
    """Moto knows tags of alarms only."""
    if ":alarm-mute-rule:" in arn:
        backend.tagger.tag_resource(arn, backend.tagger.convert_dict_to_tags_input(tags))
    else:
        original(backend, arn, tags)
