"""Alarms and topics under pretended AWS. O1."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from components.access import Scope
from components.alarms.alarms import Alarms, AlarmsArgs, Topics, TopicsArgs
from components.alarms.conditions import Condition, Metric
from components.links import ClusterLink, KeyLink, LoadBalancerLink, RouteLink, TopicsLink
from components.services.alarms import route_conditions
from components.services.metrics import ecs_metrics

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
BALANCER = LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg")
ROUTE = RouteLink(target_group_arn="tg", target_group_arn_suffix="targetgroup/api/2", load_balancer=BALANCER)
ON_ECS = ecs_metrics(ClusterLink(arn="arn", name="cluster-1"), "api-1")
CPU = Condition(
    name="cpu-high",
    severity="warn",
    what="CPU is high",
    first="add tasks",
    metrics={"cpu": Metric(namespace="AWS/ECS", name="CPUUtilization", dimensions={"A": "b"}, statistic="Average")},
    threshold=70,
    missing="notBreaching",
    silence="none is reported while all is well",
)


def topics(run: Run, warn: list[str], page: list[str]) -> Any:
    key = KeyLink(arn="operations-key", alias="alias/headroom-dev-operations")
    args = TopicsArgs(scope=SCOPE, key=key, warn_emails=warn, page_emails=page)
    return run(lambda: Topics("alarms", args))


def alarms(run: Run, *conditions: Condition) -> Any:
    link = TopicsLink(warn_arn="warn-arn", page_arn="page-arn")
    return run(lambda: Alarms("api", AlarmsArgs(scope=SCOPE, topics=link, conditions=conditions)))


def subscribed(stack: Any) -> set[tuple[str, str]]:
    return {
        (subscription["inputs"]["topic"].rsplit("-", 1)[1], subscription["inputs"]["endpoint"])
        for subscription in stack.all("sns/topicSubscription:TopicSubscription")
    }


def test_warnings_and_pages_reach_their_people(run: Run) -> None:
    stack = topics(run, ["team@example.com"], ["on-call@example.com"])
    assert subscribed(stack) == {("warn", "team@example.com"), ("page", "on-call@example.com")}


def test_without_anybody_to_page_the_warned_are_paged(run: Run) -> None:
    assert subscribed(topics(run, ["team@example.com"], [])) == {
        ("warn", "team@example.com"),
        ("page", "team@example.com"),
    }


def test_topics_are_encrypted_with_our_key(run: Run) -> None:
    stack = topics(run, [], [])
    assert {topic["inputs"]["name"]: topic["inputs"]["kmsMasterKeyId"] for topic in stack.all("sns/topic:Topic")} == {
        "headroom-dev-alarms-warn": "operations-key",
        "headroom-dev-alarms-page": "operations-key",
    }


def test_only_alarms_of_this_account_may_publish(run: Run) -> None:
    for policy in topics(run, [], []).all("sns/topicPolicy:TopicPolicy"):
        (statement,) = json.loads(policy["inputs"]["policy"])["Statement"]
        assert statement["Resource"].endswith(f":headroom-dev-{policy['name']}")
        assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_an_alarm_is_named_for_people_and_tells_its_topic_of_trouble_and_of_its_end(run: Run) -> None:
    alarm = alarms(run, CPU).one("cloudwatch/metricAlarm:MetricAlarm")
    assert alarm["name"] == "api-cpu-high"
    inputs = alarm["inputs"]
    assert inputs["name"] == "headroom-dev-api-cpu-high"
    assert inputs["alarmDescription"] == "api: CPU is high. First: add tasks. Runbook: docs/runbooks/cpu-high.md"
    assert inputs["alarmActions"] == inputs["okActions"] == ["warn-arn"]
    assert inputs.get("actionsEnabled", True) is True


def test_a_plain_alarm_watches_one_metric(run: Run) -> None:
    inputs = alarms(run, CPU).one("cloudwatch/metricAlarm:MetricAlarm")["inputs"]
    assert (inputs["namespace"], inputs["metricName"], inputs["statistic"]) == ("AWS/ECS", "CPUUtilization", "Average")
    assert inputs["dimensions"] == {"A": "b"}
    assert (inputs["period"], inputs["evaluationPeriods"], inputs["datapointsToAlarm"]) == (60, 5, 5)
    assert (inputs["comparisonOperator"], inputs["threshold"]) == ("GreaterThanThreshold", 70)
    assert inputs["treatMissingData"] == "notBreaching"
    assert "metricQueries" not in inputs


def test_a_rate_is_metric_math_with_one_result(run: Run) -> None:
    inputs = alarms(run, *route_conditions(ROUTE, ON_ECS)).one("MetricAlarm", "api-errors-page")["inputs"]
    errors, requests, result = inputs["metricQueries"]
    assert errors["metric"] == {
        "namespace": "AWS/ApplicationELB",
        "metricName": "HTTPCode_Target_5XX_Count",
        "dimensions": {"LoadBalancer": "app/alb/1", "TargetGroup": "targetgroup/api/2"},
        "stat": "Sum",
        "period": 60,
    }
    assert (errors["returnData"], requests["returnData"], result["returnData"]) == (False, False, True)
    assert result["expression"] == "IF(errors >= 5, 100 * errors / (requests), 0)"
    for exclusive in ("metricName", "namespace", "period", "statistic", "dimensions"):
        assert exclusive not in inputs


def test_a_percentile_of_a_few_requests_is_ignored(run: Run) -> None:
    inputs = alarms(run, *route_conditions(ROUTE, ON_ECS)).one("MetricAlarm", "api-slow")["inputs"]
    assert (inputs["extendedStatistic"], inputs["evaluateLowSampleCountPercentiles"]) == ("p95", "ignore")
    assert "statistic" not in inputs


def test_too_little_is_wrong_as_well_as_too_much(run: Run) -> None:
    inputs = alarms(run, *route_conditions(ROUTE, ON_ECS)).one("MetricAlarm", "api-down")["inputs"]
    assert inputs["comparisonOperator"] == "LessThanThreshold"


def test_a_replicas_alarms_count_for_its_database(run: Run) -> None:
    link = TopicsLink(warn_arn="warn-arn", page_arn="page-arn")
    args = AlarmsArgs(scope=SCOPE, topics=link, conditions=[CPU], service="main")
    alarm = run(lambda: Alarms("main-1", args)).one("cloudwatch/metricAlarm:MetricAlarm")
    assert alarm["inputs"]["tags"] == {"Service": "main"}


def test_an_alarm_of_an_incident_tells_nobody_itself(run: Run) -> None:
    stack = alarms(run, *route_conditions(ROUTE, ON_ECS))
    for name in ("api-errors-page", "api-down"):
        inputs = stack.one("MetricAlarm", name)["inputs"]
        assert not inputs.get("alarmActions")
        assert not inputs.get("okActions")
    assert stack.one("MetricAlarm", "api-errors-warn")["inputs"]["alarmActions"] == ["warn-arn"]


def test_a_page_of_its_own_goes_to_those_who_are_paged(run: Run) -> None:
    alarm = alarms(run, replace(CPU, severity="page")).one("cloudwatch/metricAlarm:MetricAlarm")
    assert alarm["inputs"]["alarmActions"] == ["page-arn"]


def test_an_alarm_links_its_page_wherever_the_runbooks_are(run: Run) -> None:
    link = TopicsLink(warn_arn="warn-arn", page_arn="page-arn")
    args = AlarmsArgs(scope=SCOPE, topics=link, conditions=[CPU], runbooks="https://wiki.example.com/runbooks")
    alarm = run(lambda: Alarms("api", args)).one("cloudwatch/metricAlarm:MetricAlarm")
    assert alarm["inputs"]["alarmDescription"].endswith("Runbook: https://wiki.example.com/runbooks/cpu-high.md")


def test_web_hooks_hear_beside_people_and_their_keys_stand_in_no_name(run: Run) -> None:
    key = KeyLink(arn="operations-key", alias="alias/headroom-dev-operations")
    hook = "https://events.pagerduty.com/integration/0123456789abcdef/enqueue"
    args = TopicsArgs(scope=SCOPE, key=key, warn_emails=["team@example.com"], page_emails=[], page_https=[hook])
    stack = run(lambda: Topics("alarms", args))
    assert subscribed(stack) == {("warn", "team@example.com"), ("page", hook)}
    (made,) = [s for s in stack.all("sns/topicSubscription:TopicSubscription") if s["inputs"]["protocol"] == "https"]
    assert made["inputs"]["endpointAutoConfirms"] is True
    assert made["name"].startswith("alarms-page-events.pagerduty.com-")
    assert "0123456789abcdef" not in made["name"]
