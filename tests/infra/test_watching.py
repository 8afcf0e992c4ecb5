"""Who hears of what in the whole program: every alarm reaches somebody, once, and names what to do. O1, O2, O3."""

import json
import re
from pathlib import Path

import pytest

from components.alarms.catalog import catalog
from components.alarms.incidents import names_in

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "prod")
WHO = "aws:index/getCallerIdentity:getCallerIdentity"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
INCIDENT = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
SLACK = {"team_id": "T07EA123LEP", "warn_channel_id": "C07EZ1ABC23"}


def rules(stack):
    """Names of the alarms that each incident which tells anybody looks at, through others if need be."""
    by_name = {i["inputs"]["alarmName"]: i["inputs"] for i in stack.all(INCIDENT)}
    return {name: set(names_in(i["alarmRule"])) for name, i in by_name.items()}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_tells_somebody_itself_or_by_an_incident(up, environment):
    stack = up(environment)
    told = {i["inputs"]["alarmName"] for i in stack.all(INCIDENT) if i["inputs"].get("alarmActions")}
    by_incident = {name for incident, names in rules(stack).items() if incident in told for name in names}
    silent = {a["inputs"]["name"] for a in stack.all(ALARM) if not a["inputs"].get("alarmActions")}
    assert silent
    assert silent <= by_incident


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_alarm_of_an_incident_pages_beside_it(up, environment):
    stack = up(environment)
    page = next(t for t in stack.all("sns/topic:Topic") if t["name"] == "alarms-page")["inputs"]["name"]
    in_rules = set().union(*rules(stack).values())
    paging = {
        a["inputs"]["name"]
        for a in stack.all(ALARM)
        if any(str(arn).endswith(page) for arn in a["inputs"].get("alarmActions") or ())
    }
    assert paging & in_rules == set()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_incidents_name_alarms_and_incidents_that_stand(up, environment):
    stack = up(environment)
    standing = {a["inputs"]["name"] for a in stack.all(ALARM)} | set(rules(stack))
    for incident in stack.all(INCIDENT):
        suppressor = (incident["inputs"].get("actionsSuppressor") or {}).get("alarm")
        assert rules(stack)[incident["inputs"]["alarmName"]] <= standing
        assert suppressor is None or suppressor in standing


def test_prod_pages_for_services_its_database_and_its_queue_and_the_load_balancer_last(up):
    named = {i["name"]: (i["inputs"].get("actionsSuppressor") or {}).get("alarm") for i in up("prod").all(INCIDENT)}
    assert named == {
        "main-database-saturated": None,
        "api-failing": "headroom-prod-main-database-saturated",
        "web-failing": None,
        "worker-failing": "headroom-prod-main-database-saturated",
        "services-failing": None,
        "jobs-work-failing": None,
        "jobs-queue-stuck": "headroom-prod-jobs-work-failing",
        "alb-failing": "headroom-prod-services-failing",
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_says_what_to_do_and_names_a_page_that_is_there(up, environment):
    stack = up(environment)
    for alarm in [*stack.all(ALARM), *stack.all(INCIDENT)]:
        text = alarm["inputs"]["alarmDescription"]
        assert re.search(r"\. First: .{10,}\. Runbook: ", text)
        assert (ROOT / text.rsplit("Runbook: ", 1)[1]).is_file()
        assert len(text) <= 1024


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_is_of_a_kind_that_the_catalog_has(up, environment):
    kinds = {kind.condition.name for kind in catalog()}
    for alarm in up(environment).all(ALARM):
        name = alarm["name"]
        assert any(name.endswith(f"-{kind}") for kind in kinds), name


def test_there_is_a_dashboard_of_all_and_one_of_each_service(up):
    named = {d["inputs"]["dashboardName"]: json.loads(d["inputs"]["dashboardBody"]) for d in up("prod").all(DASHBOARD)}
    assert set(named) == {
        f"headroom-prod-{name}" for name in ("overview", "service-api", "service-web", "service-worker")
    }
    titles = [w["properties"].get("title") for w in named["headroom-prod-overview"]["widgets"]]
    for wanted in (
        "Alarms that page",
        "Firewall: refused",
        "Latency",
        "Error rate",
        "Requests",
        "CPU",
        "Memory",
        "Running",
        "Open connections (SSE)",
        "Query time (p95)",
        "Database: connections",
        "Database: replicas behind",
        "Cache: hit rate",
        "Cache: evictions",
        "Queue: waiting",
        "Queue: age of the oldest",
    ):
        assert wanted in titles


def test_the_dashboard_shows_the_state_of_every_alarm_that_pages(up):
    stack = up("prod")
    (overview,) = [d for d in stack.all(DASHBOARD) if d["name"] == "overview"]
    shown = json.loads(overview["inputs"]["dashboardBody"])["widgets"][0]["properties"]["alarms"]
    standing = {a["inputs"].get("name") or a["inputs"]["alarmName"] for a in [*stack.all(ALARM), *stack.all(INCIDENT)]}
    assert {arn.rsplit(":", 1)[1] for arn in shown} <= standing
    assert "arn:aws:cloudwatch:eu-central-1:333333333333:alarm:headroom-prod-api-failing" in shown


def test_each_can_be_off_and_slack_be_on(up):
    def change(content):
        content["headroom:observability"] = {"dashboards": False, "saved_queries": False}
        content["headroom:alarms"]["slack"] = SLACK

    stack = up("prod", change=change)
    assert stack.all(DASHBOARD) == []
    assert stack.all("cloudwatch/queryDefinition:QueryDefinition") == []
    assert {f["name"] for f in stack.all("cloudwatch/logMetricFilter:LogMetricFilter")} == {"worker-errors"}
    channel = stack.one("chatbot/slackChannelConfiguration:SlackChannelConfiguration")
    topics = {arn.rsplit("/", 1)[-1] for arn in channel["inputs"]["snsTopicArns"]}
    assert len(topics) == 4  # warn and page, here and in us-east-1


def test_pages_may_have_a_channel_of_their_own(up):
    def change(content):
        content["headroom:alarms"]["slack"] = {**SLACK, "page_channel_id": "C0PAGES0001"}

    made = up("dev", change=change).all("chatbot/slackChannelConfiguration:SlackChannelConfiguration")
    assert {c["name"]: c["inputs"]["slackChannelId"] for c in made} == {
        "slack-warn": "C07EZ1ABC23",
        "slack-page": "C0PAGES0001",
    }


def test_mail_and_web_hooks_hear_of_both_regions(up):
    def change(content):
        content["headroom:alarms"] |= {
            "warn_https": ["https://w.example.com/h"],
            "page_https": ["https://p.example.com/h"],
        }

    heard = [s["inputs"] for s in up("prod", change=change).all("sns/topicSubscription:TopicSubscription")]
    for severity, address in (("warn", "backend@example.com"), ("page", "on-call@example.com")):
        hook = f"https://{severity[0]}.example.com/h"
        for region in (None, "us-east-1"):
            found = {
                (s["protocol"], s["endpoint"]) for s in heard if s.get("region") == region and severity in s["topic"]
            }
            assert found == {("email", address), ("https", hook)}


MUTE = "aws:cloudwatch/alarmMuteRule:AlarmMuteRule"


def muted(stack, region=None):
    """Names of the alarms that are muted at some time."""
    rules = [rule["inputs"] for rule in stack.all(MUTE) if rule["inputs"].get("region") == region]
    return {name for rule in rules for name in rule["muteTargets"]["alarmNames"]}


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_nobody_is_told_at_night_that_services_sleep(up, environment):
    stack, prefix = up(environment), f"headroom-{environment}"
    incidents = {i["inputs"]["alarmName"] for i in stack.all(INCIDENT) if i["inputs"].get("alarmActions")}
    # Databases, and schedules, which run at night, are heard.
    heard = incidents - muted(stack)
    assert heard == {f"{prefix}-main-database-saturated"}
    asleep = ("api-", "web-", "worker-", "alb-", "jobs-")
    for alarm in stack.all(ALARM):
        name = alarm["inputs"]["name"]
        if alarm["inputs"].get("alarmActions") and alarm["inputs"].get("region") is None:
            is_asleep = name.removeprefix(f"{prefix}-").startswith(asleep)
            assert (name in muted(stack)) is is_asleep, name
    assert muted(stack, "us-east-1") == {
        a["inputs"]["name"] for a in stack.all(ALARM) if a["inputs"]["name"].startswith(f"{prefix}-cdn-")
    } - {f"{prefix}-cdn-waf-waf-blocks"}


def test_prod_never_sleeps_and_mutes_nothing(up):
    stack = up("prod")
    assert stack.all(MUTE) == []
    assert stack.all("appautoscaling/scheduledAction:ScheduledAction") == []


def test_what_is_muted_stands_before_the_rule_that_names_it(up):
    stack = up("dev")
    made = {r["inputs"]["name"]: r["urn"] for r in stack.all(ALARM)}
    made |= {r["inputs"]["alarmName"]: r["urn"] for r in stack.all(INCIDENT)}
    for rule in stack.all(MUTE):
        named = rule["inputs"]["muteTargets"]["alarmNames"]
        assert {made[name] for name in named} <= set(rule["options"]["depends_on"])


def test_an_incident_stands_after_the_alarms_and_incidents_that_it_names(up):
    stack = up("prod")
    made = {r["inputs"]["name"]: r["urn"] for r in stack.all(ALARM)}
    made |= {r["inputs"]["alarmName"]: r["urn"] for r in stack.all(INCIDENT)}
    for incident in stack.all(INCIDENT):
        named = names_in(incident["inputs"]["alarmRule"])
        named += [s["alarm"] for s in [incident["inputs"].get("actionsSuppressor")] if s]
        assert {made[name] for name in named} <= set(incident["options"]["depends_on"])


def test_each_service_of_an_environment_that_sleeps_does(up):
    actions = {a["name"] for a in up("dev").all("appautoscaling/scheduledAction:ScheduledAction")}
    assert actions == {f"{service}-{time}" for service in ("api", "web", "worker") for time in ("evening", "morning")}


def test_nothing_sleeps_on_eks_yet(up):
    def on_eks(content):
        content["headroom:compute"] = "eks"

    stack = up("dev", change=on_eks)
    assert stack.all(MUTE) == []
    assert stack.all("appautoscaling/scheduledAction:ScheduledAction") == []
