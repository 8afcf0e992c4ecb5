"""Types of composite alarms, dashboards, saved queries and chat: valid inputs, and a change that AWS makes in place."""

from __future__ import annotations

import json

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World, alarm


def shown(text: str) -> str:
    widget = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "properties": {"markdown": text}}
    return json.dumps({"widgets": [widget]})


def channel(world: World) -> Properties:
    return {
        "configurationName": "world-alarms",
        "slackTeamId": "T07EA123LEP",
        "slackChannelId": "C07EZ1ABC23",
        "iamRoleArn": world.role["arn"],
        "snsTopicArns": [world.topic["arn"]],
        "loggingLevel": "ERROR",
    }


def first_alarm(world: World) -> str:
    """The one that rules name: they may name alarms only that exist."""
    if "first_alarm" not in world.made:
        world.add("first_alarm", "aws:cloudwatch/metricAlarm:MetricAlarm", {**alarm(world), "name": "world-first"})
    return str(world.first_alarm.id)


CASES = [
    Case(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        lambda w: {
            "alarmName": "world-composite",
            "alarmRule": f'ALARM("{first_alarm(w)}")',
            "alarmActions": [w.topic["arn"]],
            "actionsSuppressor": {"alarm": first_alarm(w), "waitPeriod": 60, "extensionPeriod": 60},
        },
        lambda w: {
            "alarmRule": f'ALARM("{first_alarm(w)}") AND NOT OK("{first_alarm(w)}")',
            "alarmDescription": "changed",
        },
    ),
    Case(
        "aws:cloudwatch/alarmMuteRule:AlarmMuteRule",
        lambda w: {
            "name": "world-night",
            "rule": {
                "schedule": {
                    "expression": "cron(0 20 * * MON,TUE)",
                    "duration": "PT11H30M",
                    "timezone": "Europe/Berlin",
                }
            },
            "muteTargets": {"alarmNames": [first_alarm(w)]},
        },
        lambda w: {"rule": {"schedule": {"expression": "cron(0 21 * * *)", "duration": "PT10H", "timezone": "UTC"}}},
    ),
    Case(
        "aws:cloudwatch/dashboard:Dashboard",
        lambda w: {"dashboardName": "world", "dashboardBody": shown("## One")},
        lambda w: {"dashboardBody": shown("## Two")},
    ),
    Case(
        "aws:cloudwatch/queryDefinition:QueryDefinition",
        lambda w: {"name": "world/errors", "queryString": "fields @timestamp", "logGroupNames": ["/world/api"]},
        lambda w: {"name": "world/failures", "queryString": "fields @message"},
    ),
    Case(
        "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
        channel,
        lambda w: {"slackChannelId": "C07EZ9ABC99"},
    ),
    Case(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        lambda w: {
            "name": "life-dimensions",
            "logGroupName": w.logs.id,
            "pattern": "{ $.responseStatus.code >= 400 }",
            "metricTransformation": {
                "name": "Failed",
                "namespace": "Headroom/Jobs",
                "value": "1",
                "dimensions": {"Service": "$.objectRef.namespace"},
            },
        },
        lambda w: {"pattern": "{ $.responseStatus.code >= 500 }"},
    ),
]
