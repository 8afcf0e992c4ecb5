"""CloudWatch: alarms."""

from __future__ import annotations

from offline.aws.model import Autoname, Call, Find, ResourceType, Tagging

TAGGING = Tagging(
    add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added"}),
    remove=Call(operation="untag_resource", params={"ResourceARN": "$arn", "TagKeys": "$tags_removed"}),
    find=Find(operation="list_tags_for_resource", params={"ResourceARN": "$arn"}, path="Tags"),
)

_ACTIONS = ("alarmActions", "okActions", "insufficientDataActions")
_NAMES = {
    "name": "AlarmName",
    "metricQueries": "Metrics",
    "okActions": "OKActions",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
}

METRIC_ALARM = ResourceType(
    token="aws:cloudwatch/metricAlarm:MetricAlarm",
    service="cloudwatch",
    create=(Call(operation="put_metric_alarm", names=_NAMES),),
    id="{name}",
    find=(Find(operation="describe_alarms", params={"AlarmNames": ["$id"]}, path="MetricAlarms[0]"),),
    update=(
        Call(
            operation="put_metric_alarm",
            params={"AlarmName": "$name"},
            names={name: path for name, path in _NAMES.items() if name != "name"},
            skip=("name", "tags"),
        ),
    ),
    delete=(Call(operation="delete_alarms", params={"AlarmNames": ["$id"]}),),
    replace=("name",),
    conflicts=(
        ("metricName", "metricQueries"),
        ("statistic", "extendedStatistic"),
        ("threshold", "thresholdMetricId"),
    ),
    autoname=Autoname(prefix_property=""),
    default={"actionsEnabled": True, "treatMissingData": "missing"},
    lost=("evaluateLowSampleCountPercentiles", "thresholdMetricId"),
    unordered=(*_ACTIONS, "metricQueries"),
    members={
        "MetricDataQuery.metric": "MetricStat",
        "MetricStat.metricName": "Metric.MetricName",
        "MetricStat.namespace": "Metric.Namespace",
        "MetricStat.dimensions": "Metric.Dimensions",
    },
    outputs={"arn": "AlarmArn", "name": "AlarmName"},
    predicted={"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"},
    tagging=TAGGING,
)

COMPOSITE_ALARM = ResourceType(
    token="aws:cloudwatch/compositeAlarm:CompositeAlarm",
    service="cloudwatch",
    create=(
        Call(
            operation="put_composite_alarm",
            names={
                "okActions": "OKActions",
                "actionsSuppressor.alarm": "ActionsSuppressor",
                "actionsSuppressor.extensionPeriod": "ActionsSuppressorExtensionPeriod",
                "actionsSuppressor.waitPeriod": "ActionsSuppressorWaitPeriod",
            },
            checked=True,
        ),
    ),
    id="{alarmName}",
    update=(
        Call(
            operation="put_composite_alarm",
            params={"AlarmName": "$alarmName"},
            names={
                "okActions": "OKActions",
                "actionsSuppressor.alarm": "ActionsSuppressor",
                "actionsSuppressor.extensionPeriod": "ActionsSuppressorExtensionPeriod",
                "actionsSuppressor.waitPeriod": "ActionsSuppressorWaitPeriod",
            },
            skip=("alarmName", "actionsEnabled", "tags"),
            checked=True,
        ),
    ),
    delete=(Call(operation="delete_alarms", params={"AlarmNames": ["$id"]}, checked=True),),
    replace=("alarmName", "actionsEnabled"),
    default={"actionsEnabled": True},
    unordered=_ACTIONS,
    predicted={"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarmName}"},
    tagging=Tagging(
        add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added"}, checked=True),
        remove=Call(
            operation="untag_resource", params={"ResourceARN": "$arn", "TagKeys": "$tags_removed"}, checked=True
        ),
    ),
)

TYPES = (METRIC_ALARM, COMPOSITE_ALARM)
