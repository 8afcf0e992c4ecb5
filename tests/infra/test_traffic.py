"""What stands before the services of each environment. T3, T5, T8, S1, S2."""

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHO = "aws:index/getCallerIdentity:getCallerIdentity"
CERTIFICATE = "arn:aws:acm:eu-central-1:{account}:certificate/33333333-3333-4333-8333-333333333333"


def rules(stack):
    """Rules of the web ACL before the CDN, by name."""
    return {rule["name"]: rule for rule in stack.one("wafv2/webAcl:WebAcl", "cdn")["inputs"]["rules"]}


def test_dev_needs_no_domain(up):
    stack = up("dev")
    for absent in ("route53/zone:Zone", "route53/record:Record", "acm/certificate:Certificate"):
        assert stack.all(absent) == []
    assert stack.exports["url"] == "https://d111111abcdef8.cloudfront.net"
    assert stack.exports["name_servers"] == []


@pytest.mark.parametrize(("environment", "domain"), [("staging", "staging.example.com"), ("prod", "example.com")])
def test_staging_and_prod_have_a_domain_of_their_own_with_a_certificate(up, environment, domain):
    stack = up(environment)
    zone = stack.one("route53/zone:Zone")
    assert (zone["inputs"]["name"], zone["options"]["protect"]) == (domain, True)
    made = stack.one("acm/certificate:Certificate", "certificate")["inputs"]
    assert [made["domainName"], *made["subjectAlternativeNames"]] == [domain, f"*.{domain}"]
    assert stack.exports["url"] == f"https://{domain}"
    assert stack.exports["name_servers"] == ["ns-1.example.net", "ns-2.example.org"]


def test_the_listener_waits_for_the_certificate_to_be_issued(up):
    stack = up("staging")
    listener = stack.one("lb/listener:Listener", "alb-https")
    assert listener["options"]["property_dependencies"]["certificateArn"] == [
        stack.one("CertificateValidation", "certificate")["urn"]
    ]


def test_an_existing_zone_and_certificate_are_used_and_not_made(up):
    def existing(content):
        content["headroom:domain"]["zone"] = "Z0123456789ABC"
        account = content["headroom:account"]
        content["headroom:load_balancer"]["certificate_arn"] = CERTIFICATE.format(account=account)

    stack = up("staging", existing)
    assert stack.all("route53/zone:Zone") == []
    listener = stack.one("lb/listener:Listener", "alb-https")["inputs"]
    assert listener["certificateArn"] == CERTIFICATE.format(account="222222222222")
    records = [r["inputs"] for r in stack.all("route53/record:Record")]
    assert {record["zoneId"] for record in records} == {"Z0123456789ABC"}
    assert ("staging.example.com", "A") in {(record["name"], record["type"]) for record in records}


def test_a_service_answers_for_its_hosts_and_others_for_the_rest(up):
    def hosts(content):
        content["headroom:services"]["api"]["hosts"] = ["api", "api.eu"]

    stack = up("staging", hosts)
    rule = stack.one("lb/listenerRule:ListenerRule", "api")["inputs"]
    assert rule["conditions"][0] == {
        "hostHeader": {"values": ["api.staging.example.com", "api.eu.staging.example.com"]}
    }
    aliases = {r["inputs"]["name"] for r in stack.all("route53/record:Record") if "aliases" in r["inputs"]}
    assert aliases == {"staging.example.com", "api.staging.example.com", "api.eu.staging.example.com"}
    made = stack.one("acm/certificate:Certificate", "certificate")["inputs"]
    assert "api.eu.staging.example.com" in made["subjectAlternativeNames"]
    assert rule["priority"] < stack.one("lb/listenerRule:ListenerRule", "web")["inputs"]["priority"]


@pytest.mark.parametrize(("environment", "action"), [("dev", "count"), ("staging", "block"), ("prod", "block")])
def test_dev_counts_what_staging_and_prod_refuse(up, environment, action):
    sign_in = rules(up(environment))["limit-sign-in"]
    assert list(sign_in["action"]) == [action]


def test_the_limits_are_those_of_the_requirements(up):
    rates = {name: rule["statement"].get("rateBasedStatement") for name, rule in rules(up("prod")).items()}
    limits = {name: (rate["limit"], rate["evaluationWindowSec"]) for name, rate in rates.items() if rate}
    assert limits == {
        "flood": (2000, 60),
        "limit-general-by-key": (200, 60),
        "limit-general-by-address": (200, 60),
        "limit-analysis-by-key": (100, 60),
        "limit-analysis-by-address": (100, 60),
        "limit-uploads-by-key": (20, 60),
        "limit-uploads-by-address": (20, 60),
        "limit-sign-in": (67, 600),
    }


def test_blocked_requests_are_watched(up):
    [alarm] = [a for a in up("prod").all("MetricAlarm") if a["name"] == "cdn-waf-waf-blocks"]
    assert alarm["inputs"]["alarmActions"]


def test_an_internal_load_balancer_has_no_firewall_since_no_stranger_reaches_it(up):
    assert up("dev").all("wafv2/webAclAssociation:WebAclAssociation") == []


def test_without_a_cdn_the_load_balancer_faces_the_internet_itself(up):
    def alone(content):
        del content["headroom:cdn"]
        content["headroom:load_balancer"]["access"] = "public"

    stack = up("dev", alone)
    assert stack.one("wafv2/webAclAssociation:WebAclAssociation", "waf")
    assert stack.exports["url"].startswith("http://alb-")


def test_the_firewall_can_be_off(up):
    def off(content):
        content["headroom:waf"]["mode"] = "off"

    assert up("prod", off).all("wafv2/webAcl:WebAcl") == []


def test_without_a_public_service_nothing_of_the_edge_but_the_zone_is_made(up):
    def private(content):
        del content["headroom:cdn"], content["headroom:api_keys"]
        content["headroom:services"] = {"worker": content["headroom:services"]["worker"]}

    stack = up("staging", private)
    for absent in ("lb/loadBalancer:LoadBalancer", "wafv2/webAcl:WebAcl", "acm/certificate:Certificate"):
        assert stack.all(absent) == []
    assert len(stack.all("route53/zone:Zone")) == 1


def test_a_task_may_finish_its_requests_before_it_is_killed(up):
    def slow(content):
        content["headroom:services"]["api"]["drain_seconds"] = 100

    stack = up("dev", slow)
    [container] = json.loads(stack.one("ecs/taskDefinition:TaskDefinition", "api")["inputs"]["containerDefinitions"])
    assert container["stopTimeout"] == 110
    assert stack.one("lb/targetGroup:TargetGroup", "api")["inputs"]["deregistrationDelay"] == 100


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_requests_are_logged_where_the_logs_bucket_is(up, environment):
    stack = up(environment)
    logs = stack.one("lb/loadBalancer:LoadBalancer")["inputs"]["accessLogs"]
    assert logs["bucket"] == stack.one("s3/bucket:Bucket", "logs")["inputs"]["bucket"]
