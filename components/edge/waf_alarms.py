"""Alarm conditions of a web ACL, as plain data."""

from collections.abc import Mapping
from types import MappingProxyType

import pulumi

from components.alarms.conditions import NO_EVENTS, Condition, Metric, Threshold
from components.links import WebAclLink

WAF_METRICS = "docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html"

THRESHOLDS: Mapping[str, Threshold] = MappingProxyType(
    {
        "blocked_requests": Threshold(
            500, f"ours, O1 names no number; {WAF_METRICS}: more than a scanner, in five minutes"
        )
    }
)
"""Limits, and where they come from."""


def web_acl_conditions(acl: WebAclLink) -> list[Condition]:
    """Many requests refused: an attack, or a rule that keeps customers out (O1).

    The metric is reported while something is blocked only, so no data is good news. A CloudFront web ACL reports to
    us-east-1 without the Region dimension; its alarm belongs there.
    """
    dimensions: dict[str, pulumi.Input[str]] = {"WebACL": acl.metric, "Rule": "ALL"}
    if acl.region is not None:
        dimensions["Region"] = acl.region
    blocked = Metric(namespace="AWS/WAFV2", name="BlockedRequests", dimensions=dimensions, statistic="Sum")
    limit = THRESHOLDS["blocked_requests"].value
    return [
        Condition(
            name="waf-blocks",
            severity="warn",
            what=f"the firewall refused more than {limit:g} requests in 5 minutes: an attack, or customers kept out",
            first="see in its log group which rule refuses whom; a rule that is wrong goes under waf.exclusions",
            metrics={"blocked": blocked},
            threshold=limit,
            period_seconds=300,
            periods=1,
            breaching_periods=1,
            missing="notBreaching",
            silence=NO_EVENTS,
        )
    ]
