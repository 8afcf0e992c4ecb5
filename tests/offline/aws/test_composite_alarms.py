"""A composite alarm names alarms that stand, or is refused, as by AWS."""

from __future__ import annotations

import pytest

from tests.offline.aws.provider_harness import Plugin

TOKEN = "aws:cloudwatch/compositeAlarm:CompositeAlarm"


@pytest.mark.parametrize(
    "given",
    [
        {"alarmRule": 'ALARM("nowhere")'},
        {"alarmRule": "TRUE", "actionsSuppressor": {"alarm": "nowhere", "waitPeriod": 60, "extensionPeriod": 60}},
    ],
    ids=["rule", "suppressor"],
)
def test_an_alarm_that_does_not_stand_is_refused(plugin: Plugin, given: dict[str, object]) -> None:
    inputs = plugin.checked(TOKEN, {"alarmName": "one", **given})
    with pytest.raises(Exception, match="invalid alarm ARNs or names: nowhere"):
        plugin.create(TOKEN, inputs)
