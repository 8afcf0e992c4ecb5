"""CloudWatch: alarms, what mutes them, and dashboards."""

from __future__ import annotations

from offline.aws.model import Autoname, Call, Find, ResourceType, Tagging

TAGGING = Tagging(
    add=Call(operation="tag_resource", params={"ResourceARN": "$arn", "Tags": "$tags_added"}, extended=True),
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
    create=(Call(operation="put_metric_alarm", names=_NAMES, extended=True),),
    id="{name}",
    find=(Find(operation="describe_alarms", params={"AlarmNames": ["$id"]}, path="MetricAlarms[0]"),),
    update=(
        Call(
            operation="put_metric_alarm",
            params={"AlarmName": "$name"},
            names={name: path for name, path in _NAMES.items() if name != "name"},
            skip=("name", "tags"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_alarms", params={"AlarmNames": ["$id"]}, extended=True),),
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

_COMPOSITE_NAMES = {
    "okActions": "OKActions",
    "actionsSuppressor.alarm": "ActionsSuppressor",
    "actionsSuppressor.extensionPeriod": "ActionsSuppressorExtensionPeriod",
    "actionsSuppressor.waitPeriod": "ActionsSuppressorWaitPeriod",
}

COMPOSITE_ALARM = ResourceType(
    token="aws:cloudwatch/compositeAlarm:CompositeAlarm",
    service="cloudwatch",
    create=(Call(operation="put_composite_alarm", names=_COMPOSITE_NAMES, extended=True),),
    id="{alarmName}",
    find=(
        Find(
            operation="describe_alarms",
            params={"AlarmNames": ["$id"], "AlarmTypes": ["CompositeAlarm"]},
            path="CompositeAlarms[0]",
            extended=True,
        ),
    ),
    update=(
        Call(
            operation="put_composite_alarm",
            params={"AlarmName": "$alarmName"},
            names=_COMPOSITE_NAMES,
            skip=("alarmName", "actionsEnabled", "tags"),
            extended=True,
        ),
    ),
    delete=(Call(operation="delete_alarms", params={"AlarmNames": ["$id"]}, extended=True),),
    replace=("alarmName", "actionsEnabled"),
    default={"actionsEnabled": True},
    unordered=_ACTIONS,
    outputs={"arn": "AlarmArn"},
    predicted={"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm:{alarmName}"},
    tagging=TAGGING,
)

ALARM_MUTE_RULE = ResourceType(
    token="aws:cloudwatch/alarmMuteRule:AlarmMuteRule",
    service="cloudwatch",
    create=(Call(operation="put_alarm_mute_rule", extended=True),),
    id="{name}",
    find=(Find(operation="get_alarm_mute_rule", params={"AlarmMuteRuleName": "$id"}, extended=True),),
    update=(Call(operation="put_alarm_mute_rule", params={"Name": "$name"}, skip=("name", "tags"), extended=True),),
    delete=(Call(operation="delete_alarm_mute_rule", params={"AlarmMuteRuleName": "$id"}, extended=True),),
    replace=("name",),
    unordered=("muteTargets.alarmNames",),
    outputs={
        "arn": "AlarmMuteRuleArn",
        "status": "Status",
        "muteType": "MuteType",
        "lastUpdatedTimestamp": "LastUpdatedTimestamp",
    },
    predicted={"arn": "arn:{partition}:cloudwatch:{region}:{account}:alarm-mute-rule:{name}"},
    tagging=TAGGING,
    note="mutes by the clock; its status always says that it is scheduled",
)

DASHBOARD = ResourceType(
    token="aws:cloudwatch/dashboard:Dashboard",
    service="cloudwatch",
    create=(Call(operation="put_dashboard"),),
    id="{dashboardName}",
    find=(Find(operation="get_dashboard", params={"DashboardName": "$id"}),),
    update=(Call(operation="put_dashboard", params={"DashboardName": "$dashboardName"}, skip=("dashboardName",)),),
    delete=(Call(operation="delete_dashboards", params={"DashboardNames": ["$id"]}),),
    replace=("dashboardName",),
    documents=("dashboardBody",),
    # AWS has one list of dashboards for all regions of an account: their ARNs name none.
    outputs={"dashboardArn": "DashboardArn"},
    predicted={"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{dashboardName}"},
)

TYPES = (METRIC_ALARM, COMPOSITE_ALARM, ALARM_MUTE_RULE, DASHBOARD)
