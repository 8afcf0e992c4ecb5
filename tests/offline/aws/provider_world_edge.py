"""What the types of the edge need around them: a zone, a certificate with its record, a web ACL."""

from __future__ import annotations

from typing import Any

from offline.aws.values import Properties

DOMAIN = "world.example.com"


def add_to(world: Any) -> None:
    """Adds it to the world of all types."""
    world.add("zone", "aws:route53/zone:Zone", {"name": DOMAIN})
    world.add("certificate", "aws:acm/certificate:Certificate", certificate(DOMAIN))
    world.add("validation", "aws:route53/record:Record", validation(world.zone.id, world.certificate))
    world.add("acl", "aws:wafv2/webAcl:WebAcl", web_acl())
    world.add("waf_logs", "aws:cloudwatch/logGroup:LogGroup", {"name": "aws-waf-logs-world"})


def certificate(domain: str) -> Properties:
    return {"domainName": domain, "subjectAlternativeNames": [f"*.{domain}"], "validationMethod": "DNS"}


def validation(zone_id: str, made: Any) -> Properties:
    """The record that ACM asks for."""
    [record] = {
        (option["resourceRecordName"], option["resourceRecordValue"]) for option in made["domainValidationOptions"]
    }
    return {"zoneId": zone_id, "name": record[0], "type": "CNAME", "records": [record[1]], "ttl": 300}


def watched(metric: str) -> Properties:
    return {"cloudwatchMetricsEnabled": True, "metricName": metric, "sampledRequestsEnabled": False}


def limit(requests: int) -> Properties:
    path = {
        "fieldToMatch": {"uriPath": {}},
        "positionalConstraint": "STARTS_WITH",
        "searchString": "/api/auth",
        "textTransformations": [{"priority": 0, "type": "URL_DECODE"}],
    }
    key = {"header": {"name": "x-api-key", "textTransformations": [{"priority": 0, "type": "NONE"}]}}
    rate = {
        "limit": requests,
        "evaluationWindowSec": 600,
        "aggregateKeyType": "CUSTOM_KEYS",
        "customKeys": [key],
        "scopeDownStatement": {"byteMatchStatement": path},
    }
    answer = {"responseCode": 429, "customResponseBodyKey": "too-many"}
    return {
        "name": "limit",
        "priority": 0,
        "action": {"block": {"customResponse": answer}},
        "statement": {"rateBasedStatement": rate},
        "visibilityConfig": watched("limit"),
    }


def managed() -> Properties:
    override = {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}
    group = {"vendorName": "AWS", "name": "AWSManagedRulesCommonRuleSet", "ruleActionOverrides": [override]}
    return {
        "name": "common",
        "priority": 1,
        "overrideAction": {"none": {}},
        "statement": {"managedRuleGroupStatement": group},
        "visibilityConfig": watched("common"),
    }


def web_acl(scope: str = "REGIONAL") -> Properties:
    return {
        "scope": scope,
        "description": "World",
        "defaultAction": {"allow": {}},
        "rules": [limit(67), managed()],
        "customResponseBodies": [{"key": "too-many", "content": "{}", "contentType": "APPLICATION_JSON"}],
        "visibilityConfig": watched("world"),
    }
