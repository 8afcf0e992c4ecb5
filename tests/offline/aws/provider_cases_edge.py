"""Cases of DNS, certificates and the firewall."""

from __future__ import annotations

from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world_edge import certificate, limit, managed, web_acl

CASES = [
    Case(
        "aws:acm/certificate:Certificate",
        lambda w: {**certificate("life.example.com"), "region": "us-east-1", "tags": {"Old": "1"}},
        lambda w: {"tags": {"Name": "changed"}},
    ),
    Case(
        "aws:acm/certificateValidation:CertificateValidation",
        lambda w: {
            "certificateArn": w.certificate.id,
            "validationRecordFqdns": [w.validation["fqdn"]],
        },
    ),
    Case(
        "aws:route53/zone:Zone",
        lambda w: {"name": "life.example.com", "comment": "one", "tags": {"Old": "1"}},
        lambda w: {"comment": "two", "tags": {"Name": "changed"}},
    ),
    Case(
        "aws:route53/record:Record",
        lambda w: {
            "zoneId": w.zone.id,
            "name": "a.world.example.com",
            "type": "A",
            "records": ["192.0.2.1"],
            "ttl": 60,
        },
        lambda w: {"records": ["192.0.2.1", "192.0.2.2"], "ttl": 300},
    ),
    Case(
        "aws:route53/record:Record",
        lambda w: {
            "zoneId": w.zone.id,
            "name": "other.world.example.com",
            "type": "A",
            "records": ["192.0.2.1"],
            "ttl": 60,
        },
        lambda w: {"type": "AAAA", "records": ["2001:db8::1"]},
        "another type",
    ),
    Case(
        "aws:route53/record:Record",
        lambda w: {
            "zoneId": w.zone.id,
            "name": "*.alias.world.example.com",
            "type": "A",
            "aliases": [{"name": w.balancer["dnsName"], "zoneId": w.balancer["zoneId"], "evaluateTargetHealth": True}],
        },
        lambda w: {
            "aliases": [{"name": w.balancer["dnsName"], "zoneId": w.balancer["zoneId"], "evaluateTargetHealth": False}]
        },
        "alias",
    ),
    Case(
        "aws:route53/record:Record",
        lambda w: {
            "zoneId": w.zone.id,
            "name": "world.example.com",
            "type": "CAA",
            "records": ['0 issue "amazon.com"', '0 issue "amazonaws.com"'],
            "ttl": 3600,
        },
        None,
        "caa",
    ),
    Case(
        "aws:wafv2/webAcl:WebAcl",
        lambda w: web_acl(),
        lambda w: {"rules": [limit(100), managed()], "tags": {"Name": "changed"}},
    ),
    Case(
        "aws:wafv2/webAcl:WebAcl",
        lambda w: {**web_acl("CLOUDFRONT"), "region": "us-east-1", "tags": {"Old": "1"}},
        lambda w: {"description": "Changed"},
        "cloudfront",
    ),
    Case(
        "aws:wafv2/webAclAssociation:WebAclAssociation",
        lambda w: {"resourceArn": w.balancer.id, "webAclArn": w.acl["arn"]},
    ),
    Case(
        "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
        lambda w: {
            "resourceArn": w.acl["arn"],
            "logDestinationConfigs": [w.waf_logs["arn"]],
            "redactedFields": [{"singleHeader": {"name": "authorization"}}],
            "loggingFilter": {
                "defaultBehavior": "DROP",
                "filters": [
                    {
                        "behavior": "KEEP",
                        "requirement": "MEETS_ANY",
                        "conditions": [{"actionCondition": {"action": "BLOCK"}}],
                    }
                ],
            },
        },
        lambda w: {"redactedFields": [{"singleHeader": {"name": "cookie"}}]},
    ),
]
