"""CloudWatch: composite alarms are kept, and refused if they name an alarm that is not there, as by AWS."""

from __future__ import annotations

from typing import Any

from offline.aws.extensions.cloudwatch_alarms import look_composite
from offline.aws.extensions.cloudwatch_rules import alarm_name, names_in

EXTRAS = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


def install() -> None:
    """Gives moto the operation; its alarms already know rules."""
    from moto.cloudwatch.models import Alarm
    from moto.cloudwatch.responses import CloudWatchResponse

    setattr(CloudWatchResponse, put_composite_alarm.__name__, put_composite_alarm)
    # Moto makes an answer's members from attributes of their names.
    setattr(Alarm, "alarm_rule", property(lambda alarm: alarm.rule))  # noqa: B010


def put_composite_alarm(response: Any) -> Any:
    """Makes or changes a composite alarm; `cloudwatch_alarms` moves its state with those of its alarms."""
    from moto.core.responses import ActionResult

    backend, rule = response.cloudwatch_backend, response._get_param("AlarmRule")
    suppressor = response._get_param("ActionsSuppressor")
    _require(backend, names_in(rule) | ({alarm_name(suppressor)} if suppressor else set()))
    alarm = backend.put_metric_alarm(
        name=response._get_param("AlarmName"),
        namespace="",
        metric_name="",
        metric_data_queries=None,
        comparison_operator="",
        evaluation_periods=0,
        datapoints_to_alarm=None,
        period=0,
        threshold=0,
        statistic="",
        extended_statistic=None,
        description=response._get_param("AlarmDescription"),
        dimensions=[],
        alarm_actions=response._get_param("AlarmActions", []),
        ok_actions=response._get_param("OKActions", []),
        insufficient_data_actions=response._get_param("InsufficientDataActions", []),
        unit=None,
        actions_enabled=response._get_param("ActionsEnabled"),
        treat_missing_data=None,
        evaluate_low_sample_count_percentile=None,
        threshold_metric_id=None,
        rule=rule,
        tags=response._get_param("Tags", []),
    )
    alarm.actions_suppressor, alarm.actions_suppressor_wait_period, alarm.actions_suppressor_extension_period = (
        response._get_param(name) for name in EXTRAS
    )
    look_composite(backend, alarm, "the rule was evaluated for the first time, or as it is now")
    return ActionResult({})


def _require(backend: Any, names: set[str]) -> None:
    """AWS takes only alarms that exist.

    Source: docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    from moto.cloudwatch.exceptions import ValidationError

    missing = sorted(names - {alarm.name for alarm in backend.describe_alarms()})
    if missing:
        raise ValidationError(f"AlarmRule must not contain any invalid alarm ARNs or names: {', '.join(missing)}")
