"""The same conditions are alarmed on ECS and on EKS, by each platform's own metrics. O1, C4."""

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
INCIDENT = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
FILTER = "cloudwatch/logMetricFilter:LogMetricFilter"
OF_THE_CLUSTER = {"pods-waiting", "api-errors", "silent"}
"""What only a cluster of EKS can suffer from."""
PLATFORM = {"AWS/ECS", "ECS/ContainerInsights", "ContainerInsights", "AWS/Events", "AWS/Scheduler", "Headroom/Jobs"}
"""Namespaces of what a platform itself reports."""


def said(inputs):
    """What an alarm says and does, apart from what it measures."""
    topics = [str(arn).rsplit("-", 1)[-1] for arn in inputs.get("alarmActions") or ()]
    return {
        "threshold": inputs["threshold"],
        "comparison": inputs["comparisonOperator"],
        "periods": (inputs["evaluationPeriods"], inputs["datapointsToAlarm"]),
        "missing": inputs["treatMissingData"],
        "who": topics,
    }


def measured(inputs):
    """Namespaces of what an alarm measures."""
    queries = [query["metric"] for query in inputs.get("metricQueries") or () if "metric" in query]
    return {metric["namespace"] for metric in queries} or {inputs["namespace"]}


def conditions(stack):
    """Each alarm by its name, without those of the cluster itself."""
    return {
        alarm["inputs"]["name"]: alarm["inputs"]
        for alarm in stack.all(ALARM)
        if not re.search(f"-cluster-({'|'.join(OF_THE_CLUSTER)})$", alarm["inputs"]["name"])
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_same_conditions_with_the_same_thresholds_tell_the_same_people(up, eks, environment):
    here = {name: said(inputs) for name, inputs in conditions(eks(environment)).items()}
    there = {name: said(inputs) for name, inputs in conditions(up(environment)).items()}
    assert len(here) > 20
    assert here == there


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_they_differ_by_what_the_platform_itself_measures_only(up, eks, environment):
    there = conditions(up(environment))
    for name, inputs in conditions(eks(environment)).items():
        here = measured(inputs)
        assert here - PLATFORM == measured(there[name]) - PLATFORM, name
        assert (
            here.isdisjoint({"AWS/ECS", "ECS/ContainerInsights", "AWS/Events", "AWS/Scheduler"}) or "pgbouncer" in name
        )


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_one_cause_pages_once_on_both(up, eks, environment):
    def incidents(stack):
        return {i["inputs"]["alarmName"]: i["inputs"]["alarmRule"] for i in stack.all(INCIDENT)}

    # Pods that nobody counts seem to be gone: who counts them tells that, and no service does.
    unless = f' AND NOT ALARM("headroom-{environment}-cluster-silent")'
    seen = {
        name: re.sub(rf"^\((.*){re.escape(unless)}\)$", r"\1", rule)
        for name, rule in incidents(eks(environment)).items()
    }
    assert seen == incidents(up(environment))
    assert unless in incidents(eks(environment))[f"headroom-{environment}-worker-failing"]
    standing = {a["inputs"]["name"] for a in eks(environment).all(ALARM)} | set(incidents(eks(environment)))
    for rule in incidents(eks(environment)).values():
        assert set(re.findall(r'ALARM\("([^"]+)"\)', rule)) <= standing


def test_an_alarm_of_eks_says_nothing_of_ecs_and_what_kubectl_tells(eks):
    texts = {a["inputs"]["name"]: a["inputs"]["alarmDescription"] for a in eks("prod").all(ALARM)}
    own = [text for name, text in texts.items() if "pgbouncer" not in name]
    assert not [text for text in own if re.search(r"\bECS\b|task definition|queue of failed runs", text)]
    assert "kubectl" in texts["headroom-prod-api-down"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_alarm_on_eks_says_what_to_do_names_a_page_and_tells_somebody(eks, environment):
    stack = eks(environment)
    in_rules = {n for i in stack.all(INCIDENT) for n in re.findall(r'ALARM\("([^"]+)"\)', i["inputs"]["alarmRule"])}
    for alarm in [*stack.all(ALARM), *stack.all(INCIDENT)]:
        text = alarm["inputs"]["alarmDescription"]
        assert re.search(r"\. First: .{10,}\. Runbook: ", text)
        assert (ROOT / text.rsplit("Runbook: ", 1)[1]).is_file()
        assert len(text) <= 1024
    for alarm in stack.all(ALARM):
        assert alarm["inputs"].get("alarmActions") or alarm["inputs"]["name"] in in_rules


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_cluster_itself_is_watched(eks, environment):
    found = {a["inputs"]["name"] for a in eks(environment).all(ALARM)} - set(conditions(eks(environment)))
    assert found == {f"headroom-{environment}-cluster-{name}" for name in OF_THE_CLUSTER}


def test_without_agents_nobody_misses_them_and_what_needs_them_is_left_out(up):
    def change(content):
        content["headroom:compute"] = "eks"
        content["headroom:eks"]["observability"] = False

    names = {a["inputs"]["name"] for a in up("dev", change).all(ALARM)}
    assert "headroom-dev-cluster-silent" not in names
    assert {"headroom-dev-cluster-pods-waiting", "headroom-dev-api-down"} <= names
    assert "headroom-dev-api-memory-high" not in names


def test_lines_and_queries_are_in_the_same_places(up, eks):
    def queries(stack):
        found = stack.all("cloudwatch/queryDefinition:QueryDefinition")
        return {q["inputs"]["name"]: (q["inputs"]["queryString"], q["inputs"]["logGroupNames"]) for q in found}

    def errors(stack):
        return {f["name"]: f["inputs"] for f in stack.all(FILTER) if f["name"].endswith("-errors")}

    assert queries(eks("prod")) == queries(up("prod"))
    assert errors(eks("prod")) == errors(up("prod"))


def test_failed_runs_are_counted_in_the_audit_log_with_the_dimensions_of_the_alarm(eks):
    stack = eks("prod")
    (counted,) = [f["inputs"] for f in stack.all(FILTER) if f["name"] == "schedules-failed-runs"]
    assert counted["logGroupName"] == "/aws/eks/headroom-prod/cluster"
    metric = counted["metricTransformation"]
    alarms = [a["inputs"] for a in stack.all(ALARM) if a["name"].endswith("schedule-failed")]
    assert alarms
    for alarm in alarms:
        assert (alarm["namespace"], alarm["metricName"]) == (metric["namespace"], metric["name"])
        assert set(alarm["dimensions"]) == set(metric["dimensions"])
    jobs = {
        (job["inputs"]["metadata"]["namespace"], job["inputs"]["spec"]["jobTemplate"]["metadata"]["labels"]["schedule"])
        for job in stack.all("kubernetes:batch/v1:CronJob")
    }
    assert {(alarm["dimensions"]["Service"], alarm["dimensions"]["Schedule"]) for alarm in alarms} == jobs


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_dashboards_have_the_same_charts_and_one_row_more_for_the_cluster(up, eks, environment):
    def titles(stack):
        bodies = {d["name"]: json.loads(d["inputs"]["dashboardBody"]) for d in stack.all(DASHBOARD)}
        return {
            name: [w["properties"]["title"] for w in body["widgets"] if "title" in w["properties"]]
            for name, body in bodies.items()
        }

    here, there = titles(eks(environment)), titles(up(environment))
    assert set(here) == set(there)
    for name, charts in here.items():
        own = {title for title in charts if title.startswith("Cluster: ")}
        assert [title for title in charts if title not in own] == there[name]
        assert bool(own) == (name == "overview")


def test_agents_that_are_gone_page_once_and_before_any_service_would(eks):
    by_name = {a["inputs"]["name"]: a["inputs"] for a in eks("prod").all(ALARM)}
    silent, gone = by_name["headroom-prod-cluster-silent"], by_name["headroom-prod-worker-no-tasks"]
    assert silent["evaluationPeriods"] < gone["evaluationPeriods"]
    assert said(silent)["who"] == ["page"]
    assert said(gone)["who"] == []
