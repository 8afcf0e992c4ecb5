"""What is watched of a distribution. O1."""

from dataclasses import replace

from components.edge.cdn_alarms import distribution_conditions
from components.links import DistributionLink
from offline.aws.extensions.cloudwatch_math import evaluate

PLAIN = DistributionLink(
    id="E1", domain_name="d1.cloudfront.net", zone_id="Z", has_extra_metrics=False, function_name=None
)


MEASURED = replace(PLAIN, has_extra_metrics=True)


def names(link: DistributionLink, *, has_services: bool = True) -> list[str]:
    return [condition.name for condition in distribution_conditions(link, has_services=has_services)]


def test_before_services_errors_warn_and_only_what_they_do_not_know_of_pages() -> None:
    assert names(PLAIN) == ["errors-warn", "refused"]
    assert names(MEASURED) == ["errors-warn", "unreachable", "refused", "origin-slow"]


def test_before_a_site_alone_nobody_else_would_page() -> None:
    assert names(PLAIN, has_services=False) == ["errors-warn", "errors-page", "refused"]


def test_an_origin_that_gives_no_answer_pages_and_a_service_that_answers_500_or_has_no_task_does_not() -> None:
    (condition,) = [c for c in distribution_conditions(MEASURED, has_services=True) if c.severity == "page"]
    assert {metric.name for metric in condition.metrics.values()} == {"502ErrorRate", "504ErrorRate", "Requests"}
    assert condition.threshold == 5
    assert {metric.dimensions["Region"] for metric in condition.metrics.values()} == {"Global"}
    assert condition.expression is not None
    minutes: dict[str, list[float | None]] = {
        # None of both; both; one of them, which is all that is reported; a handful of requests.
        "broken": [0, 4, None, 0],
        "late": [0, 3, 7, 100],
        "requests": [1000, 1000, 1000, 4],
    }
    assert evaluate(condition.expression, minutes, 4) == [0, 7, 7, 0]


def test_a_function_is_watched_where_there_is_one() -> None:
    *_, errors = distribution_conditions(replace(PLAIN, function_name="headroom-dev-cdn"), has_services=True)
    (metric,) = errors.metrics.values()
    assert metric.dimensions == {"FunctionName": "headroom-dev-cdn", "Region": "Global"}
    assert errors.breaching_periods == 1


def test_five_percent_errors_page_and_one_percent_warns() -> None:
    conditions = {condition.name: condition for condition in distribution_conditions(PLAIN, has_services=False)}
    assert [(conditions[n].severity, conditions[n].threshold) for n in ("errors-warn", "errors-page")] == [
        ("warn", 1),
        ("page", 5),
    ]


def test_a_failed_request_at_night_is_no_rate() -> None:
    warn, *_ = distribution_conditions(PLAIN, has_services=True)
    assert warn.expression == "IF(requests * rate / 100 >= 5, rate, 0)"
    assert {metric.dimensions["Region"] for metric in warn.metrics.values()} == {"Global"}
    assert warn.missing == "notBreaching"
