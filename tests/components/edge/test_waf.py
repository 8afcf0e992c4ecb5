"""A web ACL under pretended AWS. T5."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from components.access import Scope
from components.edge.waf import WebAcl, WebAclArgs
from components.edge.waf_alarms import web_acl_conditions
from components.edge.waf_rules import Limit, Protection
from components.links import KeyLink

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/prod")
PROTECTION = Protection(
    mode="block",
    groups=["common"],
    limits={"sign-in": Limit(requests=67, window_seconds=600, paths=["/api/auth"], by="address")},
    api_key_header="x-api-key",
)
ALB: dict[str, Any] = {
    "scope": SCOPE,
    "protection": PROTECTION,
    "protects": "arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/app/alb/1",
    "key": KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-prod-operations"),
    "log_retention_days": 90,
}
CDN: dict[str, Any] = ALB | {"protects": None, "key": None}


def acl(run: Run, args: dict[str, Any]) -> Any:
    return run(lambda: WebAcl("waf", WebAclArgs(**args)))


def test_a_web_acl_stands_before_its_load_balancer(run: Run) -> None:
    stack = acl(run, ALB)
    assert stack.one("wafv2/webAcl:WebAcl")["inputs"]["scope"] == "REGIONAL"
    association = stack.one("wafv2/webAclAssociation:WebAclAssociation")
    assert association["inputs"]["resourceArn"] == ALB["protects"]


def test_the_old_association_goes_first_since_aws_would_take_away_the_new_one(run: Run) -> None:
    association = acl(run, ALB).one("wafv2/webAclAssociation:WebAclAssociation")
    assert association["options"]["delete_before_replace"] is True


def test_cloudfronts_lives_in_us_east_1_with_everything_of_it(run: Run) -> None:
    stack = acl(run, CDN)
    assert stack.one("wafv2/webAcl:WebAcl")["inputs"]["scope"] == "CLOUDFRONT"
    assert {r["inputs"]["region"] for r in stack.resources if r["type"].startswith("aws:")} == {"us-east-1"}
    assert stack.all("wafv2/webAclAssociation:WebAclAssociation") == []


def test_what_no_rule_refuses_passes(run: Run) -> None:
    assert acl(run, ALB).one("wafv2/webAcl:WebAcl")["inputs"]["defaultAction"] == {"allow": {}}


def test_rules_reach_the_provider_in_its_own_words(run: Run) -> None:
    rules = {rule["name"]: rule for rule in acl(run, ALB).one("wafv2/webAcl:WebAcl")["inputs"]["rules"]}
    rate = rules["limit-sign-in"]["statement"]["rateBasedStatement"]
    assert rate["aggregateKeyType"] == "IP"
    assert rate["scopeDownStatement"]["byteMatchStatement"]["fieldToMatch"] == {"uriPath": {}}
    response = rules["limit-sign-in"]["action"]["block"]["customResponse"]
    assert response["customResponseBodyKey"] == "too-many"
    assert rules["aws-common"]["overrideAction"] == {"none": {}}


def test_the_answer_that_a_limit_gives_is_there(run: Run) -> None:
    [body] = acl(run, ALB).one("wafv2/webAcl:WebAcl")["inputs"]["customResponseBodies"]
    assert (body["key"], body["contentType"]) == ("too-many", "APPLICATION_JSON")
    assert json.loads(body["content"]) == {"error": "too many requests"}


def test_the_log_has_the_name_that_aws_takes_and_is_encrypted(run: Run) -> None:
    group = acl(run, ALB).one("cloudwatch/logGroup:LogGroup")["inputs"]
    assert group["name"] == "aws-waf-logs-headroom-prod-waf"
    assert group["retentionInDays"] == 90
    assert group["kmsKeyId"] == ALB["key"].arn


def test_no_secret_header_stands_in_the_log(run: Run) -> None:
    logging = acl(run, ALB).one("webAclLoggingConfiguration:WebAclLoggingConfiguration")["inputs"]
    hidden = [field["singleHeader"]["name"] for field in logging["redactedFields"]]
    assert hidden == ["authorization", "cookie", "x-api-key"]


def test_only_what_was_refused_or_counted_is_logged(run: Run) -> None:
    kept = acl(run, ALB).one("webAclLoggingConfiguration:WebAclLoggingConfiguration")["inputs"]["loggingFilter"]
    assert kept["defaultBehavior"] == "DROP"
    [keep] = kept["filters"]
    assert keep["behavior"] == "KEEP"
    actions = [condition["actionCondition"]["action"] for condition in keep["conditions"]]
    assert actions == ["BLOCK", "COUNT", "EXCLUDED_AS_COUNT"]


@pytest.mark.parametrize(("args", "region"), [(ALB, "eu-central-1"), (CDN, "us-east-1")])
def test_only_aws_log_delivery_for_this_account_may_write_the_log(run: Run, args: dict[str, Any], region: str) -> None:
    stack = run(lambda: WebAcl("waf", WebAclArgs(**args)), preview=True)
    [statement] = json.loads(stack.one("LogResourcePolicy")["inputs"]["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == [f"arn:aws:logs:{region}:111111111111:log-group:aws-waf-logs-headroom-prod-waf:*"]
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_blocked_requests_of_all_rules_are_watched(run: Run) -> None:
    [condition] = web_acl_conditions(acl(run, ALB).result.link)
    [metric] = condition.metrics.values()
    assert (metric.namespace, metric.name) == ("AWS/WAFV2", "BlockedRequests")
    assert metric.dimensions == {"WebACL": "headroom-prod-waf", "Rule": "ALL", "Region": "eu-central-1"}


def test_cloudfronts_metrics_have_no_region(run: Run) -> None:
    [condition] = web_acl_conditions(acl(run, CDN).result.link)
    [metric] = condition.metrics.values()
    assert metric.dimensions == {"WebACL": "headroom-prod-waf", "Rule": "ALL"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"protection": replace(PROTECTION, mode="off")}, "mode is off: make no web ACL instead"),
        ({"log_retention_days": 8}, "retention_days is 8"),
        ({"protection": replace(PROTECTION, flood_requests=5)}, "flood_requests is 5: AWS takes 10 to"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_made(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        WebAclArgs(**(ALB | changed))
