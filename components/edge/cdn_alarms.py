"""Alarm conditions of a CloudFront distribution, as plain data. Its metrics are in us-east-1, and so are its alarms."""

from collections.abc import Mapping
from types import MappingProxyType

import pulumi

from components.alarms.conditions import NO_EVENTS, Condition, Metric, Severity, Threshold
from components.links import DistributionLink

CLOUDFRONT_METRICS = "docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/programming-cloudwatch-metrics.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "errors_warn_percent": Threshold(1, f"O1; {CLOUDFRONT_METRICS}"),
        "errors_page_percent": Threshold(5, f"O1; {CLOUDFRONT_METRICS}"),
        "errors_minimum": Threshold(5, "ours: one failed request in a quiet minute is no rate"),
        "refused_percent": Threshold(25, f"ours, O1 names no number; {CLOUDFRONT_METRICS}: more than bots cause"),
        "refused_minimum": Threshold(50, "ours: bots ask a quiet site for what is not there"),
        "origin_p95_milliseconds": Threshold(2000, f"O1; {CLOUDFRONT_METRICS}"),
        "function_errors": Threshold(0, "ours: each is a request that got no answer"),
    }
)
"""Limits, and where they come from."""


def distribution_conditions(distribution: DistributionLink, *, has_services: bool) -> list[Condition]:
    """A distribution whose answers fail, at the edge or behind it, or are slow to come (O1).

    CloudFront reports a minute only if somebody asked for something, so missing data is good news.

    Services page for their own errors, in their own region, and no incident can look into two. So before services
    only that pages which nothing behind CloudFront knows of; it is measured at a price. Before a site alone all errors
    page.
    """

    def metric(name: str, statistic: str = "Average") -> Metric:
        dimensions: Mapping[str, pulumi.Input[str]] = {"DistributionId": distribution.id, "Region": "Global"}
        return Metric(namespace="AWS/CloudFront", name=name, dimensions=dimensions, statistic=statistic)

    failed, requests = metric("5xxErrorRate"), metric("Requests", "Sum")
    conditions = [
        _rate(
            "errors-warn",
            "warn",
            "viewers get 5xx",
            "see whether the load balancer's alarms are on, too: if not, it is between CloudFront and it",
            failed,
            requests,
        )
    ]
    if not has_services:
        first = "see whether the bucket is there and lets CloudFront read it, and what changed last"
        conditions.append(_rate("errors-page", "page", "viewers get 5xx", first, failed, requests))
    elif distribution.has_extra_metrics:
        conditions.append(_unreachable(metric("502ErrorRate"), metric("504ErrorRate"), requests))
    conditions.append(
        _rate(
            "refused",
            "warn",
            "viewers get 4xx",
            "look in the access logs for the path: a file that a publish forgot, or a client that lost its sign-in",
            metric("4xxErrorRate"),
            requests,
        )
    )
    if distribution.has_extra_metrics:
        conditions.append(_slow(metric("OriginLatency", "p95")))
    if distribution.function_name is not None:
        conditions.append(_function_errors(distribution.function_name))
    return conditions


def _unreachable(broken: Metric, late: Metric, requests: Metric) -> Condition:
    """What CloudFront answers itself where it gets no answer: 502 if a connection fails, 504 if none comes about. A
    service's own errors are others; a load balancer whose targets hang up says 502, too.

    Source: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/troubleshooting-response-errors.html
    """
    limit, least = THRESHOLDS["errors_page_percent"].value, THRESHOLDS["errors_minimum"].value
    rate = "(FILL(broken, 0) + FILL(late, 0))"
    return Condition(
        name="unreachable",
        severity="page",
        what=f"CloudFront gets no answer from the load balancer: more than {limit:g} % of the answers are 502 or 504",
        first="look at the load balancer's security group, its certificate and its state; with `alb-failing` on, look "
        "at the targets",
        metrics={"broken": broken, "late": late, "requests": requests},
        expression=f"IF(requests * {rate} / 100 >= {least:g}, {rate}, 0)",
        threshold=limit,
        breaching_periods=3,
        missing="notBreaching",
        silence=NO_EVENTS,
        guide="cdn-unreachable",
    )


def _rate(name: str, severity: Severity, what: str, first: str, rate: Metric, requests: Metric) -> Condition:
    """A share of requests in percent, as CloudFront computes it; a handful of requests is no rate."""
    kind = "refused" if name == "refused" else "errors"
    limit = THRESHOLDS["refused_percent" if kind == "refused" else f"{kind}_{severity}_percent"].value
    least = THRESHOLDS[f"{kind}_minimum"].value
    return Condition(
        name=name,
        severity=severity,
        what=f"{what}: more than {limit:g} %",
        first=first,
        metrics={"rate": rate, "requests": requests},
        expression=f"IF(requests * rate / 100 >= {least:g}, rate, 0)",
        threshold=limit,
        breaching_periods=3,
        missing="notBreaching",
        silence=NO_EVENTS,
        guide=f"cdn-{kind}",
    )


def _slow(latency: Metric) -> Condition:
    return Condition(
        name="origin-slow",
        severity="warn",
        what="1 request in 20 that CloudFront passes on takes longer than 2 s until its last byte",
        first="see which service's alarm is on; without any, large answers or slow clients are the reason",
        metrics={"p95": latency},
        threshold=THRESHOLDS["origin_p95_milliseconds"].value,
        missing="notBreaching",
        silence=NO_EVENTS,
        guide="cdn-origin-slow",
    )


def _function_errors(name: pulumi.Input[str]) -> Condition:
    dimensions: Mapping[str, pulumi.Input[str]] = {"FunctionName": name, "Region": "Global"}
    errors = Metric(namespace="AWS/CloudFront", name="FunctionExecutionErrors", dimensions=dimensions, statistic="Sum")
    return Condition(
        name="function-errors",
        severity="warn",
        what="the function that runs on each request fails, and viewers get 503",
        first="read /aws/cloudfront/function in CloudWatch Logs of us-east-1, and bring the last version back",
        metrics={"errors": errors},
        threshold=THRESHOLDS["function_errors"].value,
        breaching_periods=1,
        missing="notBreaching",
        silence=NO_EVENTS,
        guide="cdn-function-errors",
    )
