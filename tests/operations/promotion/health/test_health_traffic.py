"""The gates of requests: what CloudWatch answers of load balancers, replayed, and what it means for a release."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError
from botocore.stub import ANY

from operations.promotion.health.look import Span
from operations.promotion.health.traffic import ATTEMPTS, Measured, targets
from operations.promotion.model import Check
from tests.operations.promotion.health.watched import (
    HOUR,
    LIMITS,
    NOON,
    Replayed,
    Resource,
    alarm,
    balancer,
    health,
    public,
    quiet,
    resource,
)

STACK = [alarm("quiet"), *balancer(), *public("api")]
AT = NOON - timedelta(minutes=30)

Series = Mapping[datetime, float]
NONE: Series = {}


def once(value: float) -> Series:
    return {AT: value}


def of_balancer(requests: float, failed: Series = NONE, *, p95: float = 0.2, refused: Series = NONE) -> list[Series]:
    """Series in the order of the queries for a load balancer."""
    return [*of_service(requests, failed, p95=p95), refused]


def of_service(requests: float, failed: Series = NONE, *, p95: float = 0.2) -> list[Series]:
    """Series in the order of the queries for a target group."""
    counted = once(requests) if requests else NONE
    slow = once(p95) if requests else NONE
    return [counted, failed, slow, slow]


def results(*series: Series, status: str = "Complete", first: int = 0) -> list[dict[str, Any]]:
    return [
        {"Id": f"q{number}", "StatusCode": status, "Timestamps": list(one), "Values": list(one.values())}
        for number, one in enumerate(series, start=first)
    ]


def gates(aws: Replayed, resources: Sequence[Resource] = STACK, **limits: float) -> dict[str, Check]:
    """The gates of requests by their names, where alarms are quiet."""
    asked = replace(LIMITS, **limits) if limits else LIMITS  # type: ignore[arg-type]
    found = health(aws, resources, {"url": "https://staging.example.com"}).checks(NOON - 3 * HOUR, asked)
    return {check.name: check for check in found if check.name.startswith("requests")}


def measured(aws: Replayed, *series: Series) -> None:
    aws.answers("cloudwatch", "get_metric_data", {"MetricDataResults": results(*series)})


@pytest.fixture
def aws() -> Replayed:
    """The alarm is asked for first."""
    made = Replayed()
    quiet(made, "quiet")
    return made


def test_requests_that_are_answered_in_time_pass_with_their_numbers(aws: Replayed) -> None:
    measured(aws, *of_balancer(1234, once(3)), *of_service(1234, once(3)))
    found = gates(aws)
    assert [check.passed for check in found.values()] == [True, True]
    assert found["requests of alb"].said == ("1,234 requests in 60 minutes, 0.243 % failed with 5xx (3), p95 0.2 s")


def test_what_is_asked_of_cloudwatch_is_of_this_load_balancer_and_its_target_group(aws: Replayed) -> None:
    alb = [{"Name": "LoadBalancer", "Value": "app/alb/1"}]
    api = [{"Name": "TargetGroup", "Value": "targetgroup/api/2"}, *alb]
    of_api = [("RequestCount", 300, "Sum"), ("HTTPCode_Target_5XX_Count", 300, "Sum")]
    of_api += [("TargetResponseTime", 300, "p95"), ("TargetResponseTime", 3600, "p95")]
    asked = [
        *((alb, *one) for one in [*of_api, ("HTTPCode_ELB_5XX_Count", 300, "Sum")]),
        *((api, *one) for one in of_api),
    ]
    queries = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": metric, "Dimensions": dimensions},
                "Period": period,
                "Stat": statistic,
            },
        }
        for number, (dimensions, metric, period, statistic) in enumerate(asked)
    ]
    answer = {"MetricDataResults": results(*of_balancer(200), *of_service(200))}
    span = {"StartTime": NOON - HOUR, "EndTime": NOON, "ScanBy": ANY}
    aws.answers("cloudwatch", "get_metric_data", answer, MetricDataQueries=queries, **span)
    assert all(check.passed for check in gates(aws).values())
    assert aws.all_asked


def test_no_count_of_failures_beside_requests_means_that_none_failed(aws: Replayed) -> None:
    measured(aws, *of_balancer(500), *of_service(500))
    assert "0 % failed with 5xx, p95" in gates(aws)["requests of api"].said


def test_more_failures_than_may_be_shut_the_gate(aws: Replayed) -> None:
    measured(aws, *of_balancer(1000, once(25)), *of_service(1000, once(25)))
    found = gates(aws)["requests of alb"]
    assert not found.passed
    assert found.said.startswith("more than 1 % of the requests failed: 1,000 requests in 60 minutes, 2.5 % failed")
    assert "access log" in found.remedies[0]


def test_exactly_as_many_failures_as_may_be_pass(aws: Replayed) -> None:
    measured(aws, *of_balancer(1000, once(10)), *of_service(1000, once(10)))
    assert all(check.passed for check in gates(aws).values())


def test_what_the_load_balancer_refuses_counts_though_no_target_was_chosen(aws: Replayed) -> None:
    measured(aws, *of_balancer(900, once(1), refused=once(100)), *of_service(900, once(1)))
    found = gates(aws)
    assert found["requests of alb"].said.startswith("more than 1 % of the requests failed: 1,000 requests")
    assert (
        "10.1 % failed with 5xx (1 by the services, 100 by the load balancer itself)" in found["requests of alb"].said
    )
    assert found["requests of api"].passed


def test_a_small_service_that_fails_is_not_hidden_by_a_large_one(aws: Replayed) -> None:
    measured(aws, *of_balancer(10_030, once(15)), *of_service(10_000), *of_service(30, once(15)))
    found = gates(aws, [*STACK, *public("order")])
    assert [check.passed for check in found.values()] == [True, True, False]
    assert "30 requests in 60 minutes, 50 % failed" in found["requests of order"].said


def test_two_load_balancers_are_judged_each(aws: Replayed) -> None:
    measured(aws, *of_balancer(5000), *of_balancer(200, once(20)), *of_service(5000), *of_service(200, once(20)))
    stack = [alarm("quiet"), *balancer(), *balancer("inner"), *public("api"), *public("jobs", of="inner")]
    found = gates(aws, stack)
    shut = {name for name, check in found.items() if not check.passed}
    assert shut == {"requests of inner", "requests of jobs"}


def test_slow_answers_over_the_whole_time_shut_the_gate(aws: Replayed) -> None:
    measured(aws, *of_balancer(500, p95=2.5), *of_service(500, p95=2.0))
    found = gates(aws)
    assert found["requests of alb"].said.startswith("95 % took more than 2 s: 500 requests")
    assert found["requests of api"].passed


def test_five_slow_minutes_shut_it_though_the_whole_is_fast(aws: Replayed) -> None:
    late = NOON - timedelta(minutes=5)
    slow = [{AT: 900.0, late: 20.0}, NONE, {AT: 0.1, late: 4.0}, once(0.3)]
    measured(aws, *of_balancer(920), *slow)
    found = gates(aws)["requests of api"]
    assert not found.passed
    assert found.said.endswith("p95 0.3 s, in the worst 5 minutes 4 s (from 2026-01-05 11:55 UTC)")


def test_five_minutes_with_few_requests_are_judged_in_the_whole_only(aws: Replayed) -> None:
    late = NOON - timedelta(minutes=5)
    slow = [{AT: 900.0, late: 19.0}, NONE, {AT: 0.1, late: 4.0}, once(0.3)]
    measured(aws, *of_balancer(919), *slow)
    assert gates(aws)["requests of api"].passed


def test_requests_whose_time_nobody_measured_do_not_pass(aws: Replayed) -> None:
    measured(aws, *of_balancer(500), once(500), NONE, NONE, NONE)
    assert gates(aws)["requests of api"].said.startswith("nobody measured how long they took: 500 requests")


def test_without_a_request_no_data_is_no_pass(aws: Replayed) -> None:
    measured(aws, *of_balancer(0), *of_service(0))
    found = gates(aws)
    assert [check.passed for check in found.values()] == [False, False]
    assert found["requests of alb"].said == (
        "no request in 60 minutes, and at least 100 must be counted: no data is no pass"
    )
    assert found["requests of api"].remedies[0].startswith("send requests to https://staging.example.com that api")
    assert "soak_minutes looks back to when they did" in found["requests of api"].remedies[1]


def test_offline_a_visit_is_proposed(aws: Replayed) -> None:
    aws.emulated = True
    measured(aws, *of_balancer(0), *of_service(0))
    assert "offline visit staging  counts requests" in gates(aws)["requests of api"].remedies[0]


def test_too_few_requests_are_no_data(aws: Replayed) -> None:
    measured(aws, *of_balancer(99), *of_service(99))
    found = gates(aws)
    assert found["requests of alb"].said.startswith("99 requests in 60 minutes, and at least 100 must be counted")
    assert found["requests of api"].passed, "one is enough for a service, or the busiest one's limit shuts out the rest"


@pytest.mark.parametrize(("soak_minutes", "minutes"), [(0, 10), (1, 10), (30, 30)])
def test_without_a_soak_time_the_gates_look_back_for_a_while(aws: Replayed, soak_minutes: int, minutes: int) -> None:
    """What is measured comes some minutes late: of no time at all there would never be data."""
    asks = dict.fromkeys(("MetricDataQueries", "EndTime", "ScanBy"), ANY)
    answer = {"MetricDataResults": results(*of_balancer(500), *of_service(500))}
    since = NOON - timedelta(minutes=minutes)
    aws.answers("cloudwatch", "get_metric_data", answer, StartTime=since, **asks)
    assert all(check.passed for check in gates(aws, soak_minutes=soak_minutes).values())


def test_without_a_load_balancer_alarms_tell_alone(aws: Replayed) -> None:
    found = gates(aws, [alarm("quiet")])
    assert found["requests"].passed
    assert "no load balancer" in found["requests"].said


def test_both_groups_of_a_blue_green_service_are_one_service(aws: Replayed) -> None:
    measured(aws, *of_balancer(1000), *of_service(600, p95=0.2), *of_service(400, once(30), p95=0.7))
    found = gates(aws, [alarm("quiet"), *balancer(), *public("api", "api", "api-second", weighted=True)])
    said = found["requests of api"].said
    assert said.startswith("more than 1 % of the requests failed: 1,000 requests in 60 minutes, 3 % failed")
    assert "p95 0.7 s" in said


def test_a_service_and_a_load_balancer_of_one_name_are_not_mixed(aws: Replayed) -> None:
    measured(aws, *of_balancer(1000), *of_service(5, once(5)))
    stack = [alarm("quiet"), *balancer("api"), *public("api", of="api")]
    found = [check for check in health(aws, stack).checks(NOON - HOUR, LIMITS) if check.name.startswith("requests")]
    assert [check.passed for check in found] == [True, False]


def test_what_no_rule_leads_to_and_other_load_balancers_are_not_looked_at() -> None:
    network = resource("aws:lb/loadBalancer:LoadBalancer", "nlb", arnSuffix="net/nlb/1")
    lonely, elsewhere = public("lonely")[:1], public("elsewhere", of="not-ours")
    stack = [network, *lonely, *elsewhere, *balancer(), *public("api")]
    assert [target.name for target in targets(stack)] == ["alb", "api"]


def test_data_in_pages_are_put_together(aws: Replayed) -> None:
    series = [*of_balancer(90), *of_service(90)]
    partly = results(*series, status="PartialData")
    aws.answers("cloudwatch", "get_metric_data", {"MetricDataResults": partly, "NextToken": "more"})
    rest = [{NOON - HOUR: 60.0}, *[NONE] * 8]
    asks = dict.fromkeys(("MetricDataQueries", "StartTime", "EndTime", "ScanBy"), ANY)
    answer = {"MetricDataResults": results(*rest)}
    aws.answers("cloudwatch", "get_metric_data", answer, NextToken="more", **asks)
    assert gates(aws)["requests of alb"].said.startswith("150 requests")


@pytest.mark.parametrize("status", ["PartialData", "InternalError", "Forbidden"])
def test_data_that_stay_incomplete_shut_the_gate(aws: Replayed, status: str) -> None:
    series = [*of_balancer(500), *of_service(500)]
    answer = {"MetricDataResults": results(*series, status=status), "Messages": [{"Code": "x", "Value": "in part"}]}
    for _ in range(ATTEMPTS):
        aws.answers("cloudwatch", "get_metric_data", answer)
    found = gates(aws)["requests"]
    assert (found.passed, found.said) == (False, f"not all of the data is there: CloudWatch answered {status}; in part")


def test_data_that_are_complete_when_asked_for_again_pass(aws: Replayed) -> None:
    series = [*of_balancer(500), *of_service(500)]
    aws.answers("cloudwatch", "get_metric_data", {"MetricDataResults": results(*series, status="InternalError")})
    measured(aws, *series)
    assert all(check.passed for check in gates(aws).values())


def test_a_query_that_is_not_answered_is_no_zero(aws: Replayed) -> None:
    for _ in range(ATTEMPTS):
        measured(aws, *of_balancer(500))
    assert gates(aws)["requests"].said == "not all of the data is there: CloudWatch answered nothing"


@pytest.mark.parametrize(("code", "remedy"), [("Throttling", "in a minute"), ("AccessDenied", "let the role")])
def test_what_cloudwatch_refuses_shuts_the_gate_in_its_words(aws: Replayed, code: str, remedy: str) -> None:
    aws.refuses("cloudwatch", "get_metric_data", code, "as AWS says it")
    found = gates(aws)["requests"]
    assert not found.passed
    assert "as AWS says it" in found.said
    assert remedy in found.remedies[0]


def test_an_aws_that_does_not_answer_shuts_every_gate() -> None:
    class Away:
        emulated = False

        def at(self, region: str) -> Away:
            return self

        def __call__(self, service: str) -> Any:
            raise ConnectTimeoutError(endpoint_url=f"https://{service}.eu-central-1.amazonaws.com/")

    services = {"api": {"name": "api", "task_definition": "api:1", "log_group": "api"}}
    found = health(Away(), STACK, {"services": services, "cluster": "headroom"}).checks(NOON - HOUR, LIMITS)
    assert [check.passed for check in found] == [False, False, False]
    assert all("Connect timeout" in check.said for check in found)


def test_more_queries_than_one_call_takes_are_asked_in_several(aws: Replayed) -> None:
    services = [f"s{number:03}" for number in range(125)]
    every = [*of_balancer(12_500), *(one for _ in services for one in of_service(100))]
    for start in (0, 500):
        answer = {"MetricDataResults": results(*every[start : start + 500], first=start)}
        aws.answers("cloudwatch", "get_metric_data", answer)
    found = gates(aws, [alarm("quiet"), *balancer(), *(part for name in services for part in public(name))])
    assert len(found) == 126
    assert all(check.passed for check in found.values())


def test_a_release_of_this_moment_has_no_data_yet(aws: Replayed) -> None:
    found = health(aws, STACK).checks(NOON, LIMITS)
    assert [check.said for check in found if check.name == "requests of alb"] == [
        "no request in 0 minutes, and at least 100 must be counted: no data is no pass"
    ]


@pytest.mark.parametrize(("baking", "second", "begins"), [(False, 20, 10), (True, 20, 11), (True, 0, 10)])
def test_what_failed_while_tasks_changed_does_not_count_in_a_bake_time(baking: bool, second: int, begins: int) -> None:
    """CloudWatch counts by the minute; before a release moves on, the one in which the soak time began counts whole."""
    aws = Replayed()
    asks = dict.fromkeys(("MetricDataQueries", "EndTime", "ScanBy"), ANY)
    answer = {"MetricDataResults": results(*[NONE] * 9)}
    began = NOON.replace(hour=11, minute=10, second=second)
    aws.answers("cloudwatch", "get_metric_data", answer, StartTime=NOON.replace(hour=11, minute=begins), **asks)
    span = Span(since=began, until=NOON, baking=baking)
    Measured(aws("cloudwatch"), span).seen(targets(STACK), 20)
    assert aws.all_asked


@pytest.mark.parametrize(("minutes", "period"), [(2, 300), (61, 3900), (14 * 1440, 86_400)])
def test_times_of_the_whole_are_asked_for_in_periods_that_cloudwatch_takes(minutes: int, period: int) -> None:
    aws = Replayed()
    cloudwatch = aws("cloudwatch")
    aws.answers("cloudwatch", "get_metric_data", {"MetricDataResults": results(*[NONE] * 9)})
    asked: list[dict[str, Any]] = []
    cloudwatch.meta.events.register("provide-client-params.cloudwatch.*", lambda params, **_: asked.append(params))
    Measured(cloudwatch, Span(since=NOON - timedelta(minutes=minutes), until=NOON)).seen(targets(STACK), 20)
    assert {query["MetricStat"]["Period"] for query in asked[0]["MetricDataQueries"]} == {300, period}


def test_within_the_second_in_which_a_minute_begins_nothing_is_asked_for() -> None:
    """CloudWatch takes whole seconds and refuses equal ends: that was taken for a failed bake time."""
    span = Span(since=NOON - timedelta(seconds=20), until=NOON + timedelta(milliseconds=400), baking=True)
    seen = Measured(Replayed()("cloudwatch"), span).seen(targets(STACK), 20)
    assert [(one.requests, one.failed) for one in seen] == [(0, 0), (0, 0)]


@pytest.mark.parametrize(
    ("code", "again"), [("Throttling", True), ("InternalServiceFault", True), ("AccessDenied", False)]
)
def test_at_the_end_of_a_bake_time_what_may_be_told_in_a_moment_is_waited_for(
    aws: Replayed, code: str, again: bool
) -> None:
    """One throttled call would take a release back that is well."""
    aws.refuses("cloudwatch", "get_metric_data", code, "as AWS says it")
    if again:
        quiet(aws, "quiet")
        measured(aws, *of_balancer(500), *of_service(500))
    slept: list[float] = []
    shut = health(aws, STACK).watch(NOON, LIMITS, lambda _: None, slept.append, since=NOON - HOUR)
    assert (bool(shut), len(slept)) == (not again, int(again))
    assert aws.all_asked


def test_data_that_is_incomplete_at_the_end_of_a_bake_time_is_waited_for(aws: Replayed) -> None:
    series = [*of_balancer(500), *of_service(500)]
    for _ in range(ATTEMPTS):
        aws.answers("cloudwatch", "get_metric_data", {"MetricDataResults": results(*series, status="PartialData")})
    quiet(aws, "quiet")
    measured(aws, *series)
    assert health(aws, STACK).watch(NOON, LIMITS, lambda _: None, lambda _: None, since=NOON - HOUR) == []
