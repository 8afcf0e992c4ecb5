"""A mute rule names alarms that stand, or is refused, as by AWS."""

from __future__ import annotations

import pytest

from tests.offline.aws.provider_harness import Plugin

TOKEN = "aws:cloudwatch/alarmMuteRule:AlarmMuteRule"


def test_an_alarm_that_does_not_stand_can_not_be_muted(plugin: Plugin) -> None:
    schedule = {"expression": "cron(0 2 * * *)", "duration": "PT4H"}
    given = {"name": "night", "rule": {"schedule": schedule}, "muteTargets": {"alarmNames": ["nowhere"]}}
    with pytest.raises(Exception, match="invalid alarm names: nowhere"):
        plugin.create(TOKEN, plugin.checked(TOKEN, given))
