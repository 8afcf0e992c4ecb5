"""The topics that alarms go to, and the alarms of one watched thing."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

import pulumi
import pulumi_aws as aws

from components import access
from components.access import Scope
from components.alarms.conditions import Condition, Metric
from components.alarms.runbooks import RUNBOOKS, description
from components.links import KeyLink, TopicsLink


@dataclass(frozen=True, kw_only=True)
class TopicsArgs:
    """Who hears of an alarm."""

    scope: Scope
    """Account, region and name space for the topics' names and policies."""
    key: KeyLink
    """Key for the messages; its policy must let cloudwatch.amazonaws.com use it."""
    warn_emails: Sequence[str]
    """Addresses for what can wait until working hours."""
    page_emails: Sequence[str]
    """Addresses for what cannot wait; without any, the warned get it."""
    warn_https: Sequence[str] = ()
    """Web hooks for what can wait. They must confirm by themselves, as those of PagerDuty and the like do."""
    page_https: Sequence[str] = ()
    """Web hooks for what cannot wait."""
    elsewhere: bool = False
    """Whether the scope's region is another than the provider's: an alarm notifies topics of its own region only, and
    CloudFront's alarms are in us-east-1."""


class Topics(pulumi.ComponentResource):
    """A topic to warn and a topic to page, and who is subscribed. Everyone confirms by a link in a mail from AWS."""

    link: TopicsLink
    """Where alarms go."""

    def __init__(self, name: str, args: TopicsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:Topics", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        warn = self._make_topic("warn", args.warn_emails, args.warn_https)
        paged = args.page_emails, args.page_https
        page = self._make_topic("page", *(paged if any(paged) else (args.warn_emails, args.warn_https)))
        self.link = TopicsLink(warn_arn=warn.arn, page_arn=page.arn)
        self.register_outputs({"warnArn": warn.arn, "pageArn": page.arn})

    def _make_topic(self, severity: str, emails: Sequence[str], hooks: Sequence[str]) -> aws.sns.Topic:
        name, physical = f"{self._name}-{severity}", f"{self._args.scope.prefix}-{self._name}-{severity}"
        region = self._args.scope.region if self._args.elsewhere else None
        topic = aws.sns.Topic(
            name, name=physical, kms_master_key_id=self._args.key.arn, region=region, opts=self._child
        )
        aws.sns.TopicPolicy(
            name,
            arn=topic.arn,
            policy=json.dumps(access.topic_policy(self._args.scope, physical)),
            region=region,
            opts=self._child,
        )
        for email in emails:
            aws.sns.TopicSubscription(
                f"{name}-{email}", topic=topic.arn, protocol="email", endpoint=email, region=region, opts=self._child
            )
        for hook in hooks:
            aws.sns.TopicSubscription(
                # A hook's path is its key: it stands in no name.
                f"{name}-{urlsplit(hook).hostname}-{sha256(hook.encode()).hexdigest()[:8]}",
                topic=topic.arn,
                protocol="https",
                endpoint=hook,
                endpoint_auto_confirms=True,
                region=region,
                opts=self._child,
            )
        return topic


@dataclass(frozen=True, kw_only=True)
class AlarmsArgs:
    """The alarms of one watched thing."""

    scope: Scope
    """Name space, first part of each alarm's name as people read it in a mail."""
    topics: TopicsLink
    """Where the alarms go."""
    conditions: Sequence[Condition]
    """What is watched: all of them are in `alarm_catalog`."""
    service: str | None = None
    """Value of the tag Service; the thing's own name by default, the database's for a replica."""
    region: str | None = None
    """Region of metrics, alarms and topics; the provider's by default."""
    runbooks: str = RUNBOOKS
    """Where the runbooks are, a URL or a path, without a slash at its end."""


class Alarms(pulumi.ComponentResource):
    """One alarm a condition, named `<prefix>-<thing>-<condition>`. It tells its topic of trouble and of its end, unless
    an incident does."""

    def __init__(self, name: str, args: AlarmsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:Alarms", name, None, opts)
        for condition in args.conditions:
            topic = args.topics.page_arn if condition.severity == "page" else args.topics.warn_arn
            actions = [] if condition.by_incident else [topic]
            alarm = alarm_args(condition)
            alarm.name = f"{args.scope.prefix}-{name}-{condition.name}"
            alarm.alarm_description = description(name, condition, args.runbooks)
            alarm.alarm_actions = actions
            alarm.ok_actions = actions
            alarm.tags = {"Service": args.service or name}
            alarm.region = args.region
            aws.cloudwatch.MetricAlarm(f"{name}-{condition.name}", alarm, pulumi.ResourceOptions(parent=self))
        self.register_outputs({"alarms": [condition.name for condition in args.conditions]})


def alarm_args(condition: Condition) -> aws.cloudwatch.MetricAlarmArgs:
    """What is measured, as CloudWatch takes it: a plain metric, or metrics under an expression."""
    alarm = aws.cloudwatch.MetricAlarmArgs(
        comparison_operator="GreaterThanThreshold" if condition.above else "LessThanThreshold",
        threshold=condition.threshold,
        evaluation_periods=condition.periods,
        datapoints_to_alarm=condition.breaching_periods,
        treat_missing_data=condition.missing,
    )
    if condition.expression is not None:
        alarm.metric_queries = metric_queries(condition, condition.expression)
        return alarm
    (metric,) = condition.metrics.values()
    alarm.namespace, alarm.metric_name = metric.namespace, metric.name
    alarm.dimensions = dict(metric.dimensions)
    alarm.period = condition.period_seconds
    if metric.statistic.startswith("p"):
        alarm.extended_statistic = metric.statistic
        # A percentile of a handful of requests says nothing.
        alarm.evaluate_low_sample_count_percentiles = "ignore"
    else:
        alarm.statistic = metric.statistic
    return alarm


def metric_queries(condition: Condition, expression: str) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    """The metrics, and the one result that the alarm judges."""

    def query(id_: str, metric: Metric) -> aws.cloudwatch.MetricAlarmMetricQueryArgs:
        return aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=id_,
            return_data=False,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                stat=metric.statistic,
                period=condition.period_seconds,
            ),
        )

    result = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="result", expression=expression, label=condition.name, return_data=True
    )
    return [*(query(id_, metric) for id_, metric in condition.metrics.items()), result]
