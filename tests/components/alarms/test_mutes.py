"""Who is not told at night. O1, O6."""

from collections.abc import Callable
from typing import Any

import pulumi

from components.access import Scope
from components.alarms.mutes import Mutes, MutesArgs
from components.services.sleep import Sleep

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
NIGHT = Sleep(begins="20:00", ends="07:00", days=("mon", "tue", "wed", "thu", "fri"), timezone="Europe/Berlin")


def made(run: Run, alarms: list[str], **changed: Any) -> list[dict[str, Any]]:
    def program() -> None:
        alarm = pulumi.CustomResource("aws:cloudwatch/metricAlarm:MetricAlarm", "alarm")
        Mutes("asleep", MutesArgs(scope=SCOPE, sleep=NIGHT, alarms=dict.fromkeys(alarms, alarm), **changed))

    stack = run(program)
    return [rule["inputs"] for rule in stack.all("cloudwatch/alarmMuteRule:AlarmMuteRule")]


def test_alarms_are_muted_through_nights_weekends_and_mornings_by_the_clock_of_the_place(run: Run) -> None:
    rules = made(run, ["headroom-dev-web-failing", "headroom-dev-api-failing"])
    assert [rule["rule"]["schedule"] for rule in rules] == [
        {"expression": window.expression, "duration": window.duration, "timezone": "Europe/Berlin"}
        for window in NIGHT.windows()
    ]
    for rule in rules:
        assert rule["muteTargets"]["alarmNames"] == ["headroom-dev-api-failing", "headroom-dev-web-failing"]
    assert [rule["name"] for rule in rules] == [f"headroom-dev-asleep-{number}" for number in (1, 2, 3)]


def test_a_rule_names_a_hundred_alarms_at_most_and_every_alarm_is_in_one_of_each_time(run: Run) -> None:
    names = [f"headroom-dev-{number:03}-failing" for number in range(250)]
    rules = made(run, names)
    assert len(rules) == 3 * len(NIGHT.windows())
    assert all(len(rule["muteTargets"]["alarmNames"]) <= 100 for rule in rules)
    told = [name for rule in rules for name in rule["muteTargets"]["alarmNames"]]
    assert sorted(told) == sorted(names * len(NIGHT.windows()))


def test_a_rule_waits_for_the_alarms_that_it_names_and_for_no_other(run: Run) -> None:
    names = [f"alarm-{number:03}" for number in range(150)]

    def program() -> None:
        made = {name: pulumi.CustomResource("aws:cloudwatch/metricAlarm:MetricAlarm", name) for name in names}
        Mutes("asleep", MutesArgs(scope=SCOPE, sleep=NIGHT, alarms=made))

    stack = run(program)
    for rule in stack.all("cloudwatch/alarmMuteRule:AlarmMuteRule"):
        waits = {urn.split("::")[-1] for urn in rule["options"]["depends_on"]}
        assert waits == set(rule["inputs"]["muteTargets"]["alarmNames"])


def test_a_rule_is_in_the_region_of_its_alarms(run: Run) -> None:
    assert {rule.get("region") for rule in made(run, ["a"])} == {None}
    assert {rule["region"] for rule in made(run, ["a"], region="us-east-1")} == {"us-east-1"}
