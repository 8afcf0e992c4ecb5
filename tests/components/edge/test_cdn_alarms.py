"""What is watched of a distribution. O1."""

from dataclasses import replace

from components.edge.cdn_alarms import distribution_conditions
from components.links import DistributionLink

PLAIN = DistributionLink(
    id="E1", domain_name="d1.cloudfront.net", zone_id="Z", has_extra_metrics=False, function_name=None
)


def names(link: DistributionLink) -> list[str]:
    return [condition.name for condition in distribution_conditions(link)]


def test_a_distribution_is_watched_for_errors_and_refusals() -> None:
    assert names(PLAIN) == ["errors-warn", "errors-page", "refused"]


def test_a_slow_origin_is_seen_only_where_it_is_measured() -> None:
    assert names(replace(PLAIN, has_extra_metrics=True))[-1] == "origin-slow"


def test_a_function_is_watched_where_there_is_one() -> None:
    *_, errors = distribution_conditions(replace(PLAIN, function_name="headroom-dev-cdn"))
    (metric,) = errors.metrics.values()
    assert metric.dimensions == {"FunctionName": "headroom-dev-cdn", "Region": "Global"}
    assert errors.breaching_periods == 1


def test_five_percent_errors_page_and_one_percent_warns() -> None:
    conditions = {condition.name: condition for condition in distribution_conditions(PLAIN)}
    assert [(conditions[n].severity, conditions[n].threshold) for n in ("errors-warn", "errors-page")] == [
        ("warn", 1),
        ("page", 5),
    ]


def test_a_failed_request_at_night_is_no_rate() -> None:
    warn, *_ = distribution_conditions(PLAIN)
    assert warn.expression == "IF(requests * rate / 100 >= 5, rate, 0)"
    assert {metric.dimensions["Region"] for metric in warn.metrics.values()} == {"Global"}
    assert warn.missing == "notBreaching"
