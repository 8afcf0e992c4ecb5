"""Rules on who hears of alarms."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from policies.graph import Graph, Resource
from policies.metrics import METRIC_ALARM
from policies.rule import GraphRule, Rule
from policies.rules import alarm_coverage
from policies.verdict import MISSING, PASS, UNKNOWN, Verdict, fail, lookup, undetermined

COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
TOPIC = "aws:sns/topic:Topic"
MUTE = "aws:cloudwatch/alarmMuteRule:AlarmMuteRule"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
CHATS = {
    "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration": "snsTopicArns",
    "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration": "snsTopicArns",
}
"""Chat channels, and the property that names the topics they hear."""
AWS_KEY = "alias/aws/sns"
"""CloudWatch may not use this key, so nothing arrives at a topic that has it.
https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger"""
PEOPLE = re.compile(r"^arn:[\w-]+:(ssm|ssm-incidents|aiops):")
"""Actions that open an item or an incident for people."""
SERVICES = re.compile(r"^arn:[\w-]+:(autoscaling|automate|swf|lambda|application-autoscaling):")
"""Actions that are a control loop's: they change something, and tell nobody."""
NAMED = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^\s\"')]+))\s*\)")
"""An alarm in the rule of a composite one, by name or ARN."""

EACH_DAY_OR_HOUR = re.compile(r"^cron\(\S+ (?P<hour>\S+) \* \* \*\)$")
"""When a mute rule begins, if it does so every day: cron(minute hour day month weekday).
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-mute-rules.html"""
DURATION = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?$")
"""How long it lasts, as ISO 8601 has it."""

SUBSCRIBE = "set headroom:alarms.warn_emails and page_emails, or give the topic a TopicSubscription"


def alarm_reaches_someone(subject: Resource, graph: Graph) -> Verdict:
    """An alarm that rings where nobody is does worse than none: it is believed.

    Its topic must be in the alarm's region; a topic that alarms go to must be subscribed to, and have a key that
    CloudWatch may use, which is said once of the topic and not of each alarm. An alarm without actions passes where a
    composite alarm that has some is made of it, or where it only silences others; one that only scales something is not
    for people. A mute rule must end before it begins again.
    """
    if subject.type == MUTE:
        return _mutes(subject)
    return _topic(subject, graph) if subject.type == TOPIC else _reaches(subject, graph, frozenset())


def _mutes(mute: Resource) -> Verdict:
    paths = ("rule.schedule.expression", "rule.schedule.duration")
    expression, duration = (lookup(mute.properties, path) for path in paths)
    for path, value in zip(paths, (expression, duration), strict=True):
        if value is UNKNOWN:
            return undetermined(path)
    again, lasts = EACH_DAY_OR_HOUR.match(str(expression)), DURATION.match(str(duration))
    if again and lasts:
        days, hours, minutes = (int(number or 0) for number in lasts.groups())
        if (days * 24 + hours) * 60 + minutes >= (60 if again["hour"] == "*" else 24 * 60):
            what = "lasts until it begins again, so that its alarms are silent for ever"
            return fail(paths[1], what, "shorten it, or let it begin on some days only")
    return PASS


def _topic(topic: Resource, graph: Graph) -> Verdict:
    if not graph.referrers(topic, "alarmActions", METRIC_ALARM, COMPOSITE):
        return PASS
    if lookup(topic.properties, "kmsMasterKeyId") == AWS_KEY:
        what = "is a key that CloudWatch may not use, so that no alarm arrives"
        return fail("kmsMasterKeyId", what, "use a key whose policy lets cloudwatch.amazonaws.com in")
    chats = (graph.referrers(topic, path, chat) for chat, path in CHATS.items())
    if graph.referrers(topic, "topic", SUBSCRIPTION) or any(chats):
        return PASS
    return fail("name", "is a topic that alarms go to, and nobody is subscribed", SUBSCRIBE)


def _reaches(alarm: Resource, graph: Graph, seen: frozenset[str]) -> Verdict:
    """The verdict; `seen` are the alarms that are asked about already, for composites of composites."""
    if lookup(alarm.properties, "actionsEnabled") is UNKNOWN:
        return undetermined("actionsEnabled")
    if lookup(alarm.properties, "actionsEnabled") is False:
        return fail(
            "actionsEnabled", "keeps its actions off", "remove actionsEnabled, and mute it for a time if need be"
        )
    actions = lookup(alarm.properties, "alarmActions")
    if actions in (MISSING, []):
        return _silent(alarm, graph, seen | {alarm.urn})
    values = actions if isinstance(actions, list) else [UNKNOWN]
    if all(isinstance(value, str) and SERVICES.match(value) for value in values):
        return PASS
    topics = graph.behind(alarm, "alarmActions", TOPIC)
    if any(_near(topic, alarm) for topic in topics) or any(PEOPLE.match(str(value)) for value in values):
        return PASS
    if topics:
        what = f"goes to topic {topics[0].name}, which is in another region, where CloudWatch does not go"
        return fail("alarmActions", what, "give it a topic of its own region")
    if UNKNOWN in values:
        return undetermined("alarmActions", "leads to nothing in this stack that is known yet")
    what = "names a topic outside this stack, whose subscriptions cannot be seen"
    return undetermined("alarmActions", what, "use the stack's own topics, or record an exception")


def _near(topic: Resource, alarm: Resource) -> bool:
    """Whether a topic is in the alarm's region, as far as both are told."""
    here, there = lookup(alarm.properties, "region"), lookup(topic.properties, "region")
    return not (isinstance(here, str) and isinstance(there, str)) or here == there


def _silent(alarm: Resource, graph: Graph, seen: frozenset[str]) -> Verdict:
    """An alarm without actions: something else must tell of it."""
    users = graph.index(_composites)
    if any(_by_suppressor(alarm, other) for other in graph.of_type(COMPOSITE)):
        return PASS  # a switch, which is not for people
    open_rules = False
    for name in _names(alarm):
        for composite in users.get(name, ()):
            if composite.urn not in seen and _reaches(composite, graph, seen) is PASS:
                return PASS
    for composite in users.get("", ()):
        open_rules = open_rules or alarm.urn in composite.depends_on.get("alarmRule", ())
    if open_rules or UNKNOWN in (lookup(alarm.properties, "name"), lookup(alarm.properties, "alarmName")):
        return undetermined("alarmActions", "is empty, and which composite alarms are made of it is not known yet")
    what = "is empty, and no composite alarm that reaches somebody is made of it"
    return fail("alarmActions", what, "add the topic of headroom:alarms, or name it in a composite alarm that has it")


def _composites(graph: Graph) -> Mapping[str, list[Resource]]:
    """Composite alarms by the names of what they are made of; at the empty name those whose rule is unknown."""
    found: dict[str, list[Resource]] = {}
    for composite in graph.of_type(COMPOSITE):
        rule = lookup(composite.properties, "alarmRule")
        if not isinstance(rule, str):
            found.setdefault("", []).append(composite)
            continue
        for match in NAMED.finditer(rule):
            found.setdefault(_name(next(group for group in match.groups() if group)), []).append(composite)
    return found


def _by_suppressor(alarm: Resource, other: Resource) -> bool:
    suppressor = lookup(other.properties, "actionsSuppressor.alarm")
    if suppressor is UNKNOWN:
        return alarm.urn in other.depends_on.get("actionsSuppressor", ())
    return isinstance(suppressor, str) and _name(suppressor) in set(_names(alarm))


def _names(alarm: Resource) -> Iterator[str]:
    for path in ("name", "alarmName"):
        value = lookup(alarm.properties, path)
        if isinstance(value, str):
            yield value


def _name(reference: str) -> str:
    """The name of an alarm that is given by name or ARN."""
    return reference.split(":alarm:")[-1]


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=alarm_reaches_someone,
        title="Every alarm reaches somebody",
        types=frozenset({METRIC_ALARM, COMPOSITE, TOPIC, MUTE}),
        severity="high",
        references=("requirement O1", "Checkov CKV_AWS_319", "AWS FSBP CloudWatch.15"),
    ),
    *alarm_coverage.RULES,
)
