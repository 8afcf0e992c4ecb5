"""DNS, certificates and the firewall of the emulated AWS, seen through boto3. T5, T8."""

from __future__ import annotations

import pytest

from offline.aws.values import UNKNOWN
from tests.offline.aws.provider_harness import Aws, FailedError, Maker, Plugin
from tests.offline.aws.provider_world_edge import certificate, validation, web_acl

ACCEPTED = [{"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}]


@pytest.fixture
def balancer(make: Maker) -> str:
    vpc = make("aws:ec2/vpc:Vpc", {"cidrBlock": "10.90.0.0/16"})
    make("aws:ec2/internetGateway:InternetGateway", {"vpcId": vpc.id})
    subnets = [
        make(
            "aws:ec2/subnet:Subnet",
            {"vpcId": vpc.id, "cidrBlock": f"10.90.{n}.0/24", "availabilityZone": f"eu-central-1{zone}"},
        ).id
        for n, zone in enumerate("ab")
    ]
    return str(make("aws:lb/loadBalancer:LoadBalancer", {"subnets": subnets}).id)


def test_a_certificate_waits_for_its_record(plugin: Plugin, make: Maker, aws: Aws) -> None:
    made = make("aws:acm/certificate:Certificate", certificate("waits.example.com"))
    token, inputs = "aws:acm/certificateValidation:CertificateValidation", {"certificateArn": made.id}
    missing = r"CertificateNotIssued: the certificate is PENDING_VALIDATION: no hosted zone holds _\w+\.waits\.example"
    with pytest.raises(FailedError, match=missing):
        plugin.create(token, plugin.checked(token, inputs))
    zone = make("aws:route53/zone:Zone", {"name": "waits.example.com"})
    make("aws:route53/record:Record", validation(zone.id, made))
    make(token, inputs)
    found = aws("acm").describe_certificate(CertificateArn=made.id)["Certificate"]
    assert found["Status"] == "ISSUED"


def test_a_listener_refuses_a_certificate_that_is_not_issued(plugin: Plugin, make: Maker, balancer: str) -> None:
    made = make("aws:acm/certificate:Certificate", certificate("refused.example.com"))
    token = "aws:lb/listener:Listener"
    listener = {"loadBalancerArn": balancer, "port": 443, "protocol": "HTTPS", "defaultActions": ACCEPTED}
    inputs = plugin.checked(token, {**listener, "certificateArn": made.id})
    with pytest.raises(FailedError, match="UnsupportedCertificate"):
        plugin.create(token, inputs)


def test_the_same_record_validates_the_certificate_of_another_region(make: Maker, aws: Aws) -> None:
    here = make("aws:acm/certificate:Certificate", certificate("twice.example.com"), "here")
    there = make(
        "aws:acm/certificate:Certificate", {**certificate("twice.example.com"), "region": "us-east-1"}, "there"
    )
    zone = make("aws:route53/zone:Zone", {"name": "twice.example.com"})
    make("aws:route53/record:Record", validation(zone.id, here))
    found = aws("acm", "us-east-1").describe_certificate(CertificateArn=there.id)["Certificate"]
    assert found["Status"] == "ISSUED"


def test_a_record_that_stands_already_is_refused_unless_it_may_be_overwritten(plugin: Plugin, make: Maker) -> None:
    token = "aws:route53/record:Record"
    zone = make("aws:route53/zone:Zone", {"name": "stands.example.com"})
    inputs = {"zoneId": zone.id, "name": "a.stands.example.com", "type": "A", "records": ["192.0.2.1"], "ttl": 60}
    make(token, inputs)
    with pytest.raises(FailedError, match="InvalidChangeBatch"):
        plugin.create(token, plugin.checked(token, inputs))
    plugin.create(token, plugin.checked(token, {**inputs, "allowOverwrite": True}))


def test_a_deleted_record_is_gone_and_others_stay(make: Maker, aws: Aws) -> None:
    zone = make("aws:route53/zone:Zone", {"name": "gone.example.com"})
    base = {"zoneId": zone.id, "type": "A", "records": ["192.0.2.1"], "ttl": 60}
    first = make("aws:route53/record:Record", {**base, "name": "a.gone.example.com"}, "a")
    make("aws:route53/record:Record", {**base, "name": "b.gone.example.com"}, "b")
    first.delete()
    records = aws("route53").list_resource_record_sets(HostedZoneId=zone.id)["ResourceRecordSets"]
    assert [record["Name"] for record in records if record["Type"] == "A"] == ["b.gone.example.com."]


def test_rules_reach_aws_as_they_are_written(make: Maker, aws: Aws) -> None:
    made = make("aws:wafv2/webAcl:WebAcl", web_acl())
    acl = aws("wafv2").get_web_acl(Name=made["name"], Scope="REGIONAL", Id=made.id)["WebACL"]
    limit, common = acl["Rules"]
    scope = limit["Statement"]["RateBasedStatement"]["ScopeDownStatement"]["ByteMatchStatement"]
    assert scope["SearchString"] == b"/api/auth"
    assert limit["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    assert common["OverrideAction"] == {"None": {}}
    assert acl["CustomResponseBodies"] == {"too-many": {"ContentType": "APPLICATION_JSON", "Content": "{}"}}


def test_a_web_acl_of_cloudfront_is_global(make: Maker, aws: Aws) -> None:
    made = make("aws:wafv2/webAcl:WebAcl", {**web_acl("CLOUDFRONT"), "region": "us-east-1"})
    assert made["arn"].startswith("arn:aws:wafv2:us-east-1:111111111111:global/webacl/")
    listed = aws("wafv2", "us-east-1").list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    assert made["arn"] in [acl["ARN"] for acl in listed]


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        ("aws:acm/certificateValidation:CertificateValidation", {"certificateArn": UNKNOWN}),
        (
            "aws:route53/record:Record",
            {"zoneId": UNKNOWN, "name": UNKNOWN, "type": "CNAME", "records": [UNKNOWN], "ttl": 300},
        ),
        (
            "aws:route53/record:Record",
            {
                "zoneId": UNKNOWN,
                "name": "a.example.com",
                "type": "A",
                "aliases": [{"name": UNKNOWN, "zoneId": UNKNOWN, "evaluateTargetHealth": True}],
            },
        ),
        ("aws:wafv2/webAclAssociation:WebAclAssociation", {"resourceArn": UNKNOWN, "webAclArn": UNKNOWN}),
        (
            "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
            {"resourceArn": UNKNOWN, "logDestinationConfigs": [UNKNOWN]},
        ),
        (
            "aws:lb/listener:Listener",
            {"loadBalancerArn": UNKNOWN, "port": 443, "certificateArn": UNKNOWN, "defaultActions": ACCEPTED},
        ),
    ],
    ids=lambda value: value.rpartition(":")[2] if isinstance(value, str) else "",
)
def test_a_first_preview_knows_few_ids(plugin: Plugin, token: str, inputs: dict[str, object]) -> None:
    identifier, _ = plugin.create(token, plugin.checked(token, inputs), preview=True)
    assert identifier == ""
