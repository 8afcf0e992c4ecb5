"""The CDN as the program makes it of the stack files. T4."""

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHO = "aws:index/getCallerIdentity:getCallerIdentity"
REGIONAL = ("MetricAlarm", "Topic", "TopicPolicy", "TopicSubscription", "LogGroup", "LogResourcePolicy", "WebAcl")


def distribution(stack):
    return stack.one("cloudfront/distribution:Distribution")["inputs"]


def below(stack, *roots):
    """Everything that hangs below some resources."""
    urns = {root["urn"] for root in roots}
    for resource in stack.resources:
        if resource["parent"] in urns:
            urns.add(resource["urn"])
    return [resource for resource in stack.resources if resource["urn"] in urns]


def test_prods_domain_leads_to_the_cdn_by_both_kinds_of_addresses(up):
    stack = up("prod")
    records = {r["inputs"]["type"]: r["inputs"] for r in stack.all("Record") if r["inputs"].get("aliases")}
    assert set(records) == {"A", "AAAA"}
    [target] = records["A"]["aliases"]
    assert (target["name"], target["zoneId"]) == ("d111111abcdef8.cloudfront.net", "Z2FDTNDATAQYW2")
    assert stack.exports["url"] == stack.exports["site"]["url"] == "https://example.com"
    assert stack.exports["site"]["distribution"] == "cdn-id"


def test_prods_cdn_has_a_certificate_of_its_own_region(up):
    stack = up("prod")
    regions = {c["inputs"].get("region"): c["inputs"]["domainName"] for c in stack.all("acm/certificate:Certificate")}
    assert regions == {"eu-central-1": "example.com", "us-east-1": "example.com"}
    assert distribution(stack)["aliases"] == ["example.com"]
    assert distribution(stack)["viewerCertificate"]["minimumProtocolVersion"] == "TLSv1.2_2021"


def test_dev_goes_without_a_domain(up):
    stack = up("dev")
    assert distribution(stack)["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert stack.exports["url"] == "https://d111111abcdef8.cloudfront.net"


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_only_the_cdn_reaches_the_load_balancer(up, environment):
    stack = up(environment)
    balancer = stack.one("lb/loadBalancer:LoadBalancer")["inputs"]
    assert balancer["internal"] is True
    group = stack.one("ec2/securityGroup:SecurityGroup", "alb")["id"]
    rules = [r for r in stack.all("SecurityGroupIngressRule") if r["inputs"]["securityGroupId"] == group]
    assert [rule["inputs"].get("referencedSecurityGroupId") for rule in rules] == ["sg-of-cloudfront"]


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_the_firewall_stands_before_the_cdn_and_nowhere_else(up, environment):
    stack = up(environment)
    acl = stack.one("wafv2/webAcl:WebAcl")
    assert (acl["inputs"]["scope"], acl["inputs"]["region"]) == ("CLOUDFRONT", "us-east-1")
    assert distribution(stack)["webAclId"] == f"arn:aws:wafv2:eu-central-1:111111111111:webacl/{acl['name']}"


def test_what_alarms_of_the_cdn_need_is_where_its_metrics_are(up):
    stack = up("prod")
    roots = [
        *(r for r in stack.all("headroom:edge:Cdn") + stack.all("headroom:edge:WebAcl")),
        stack.one("headroom:observability:Topics", "edge-alarms"),
        stack.one("headroom:security:Key", "edge"),
    ]
    regional = [r for r in below(stack, *roots) if r["type"].split(":")[-1] in (*REGIONAL, "Key", "Alias")]
    assert {r["inputs"].get("region") for r in regional if r["type"].startswith("aws:")} == {"us-east-1"}
    alarms = [r for r in regional if r["type"].endswith("MetricAlarm")]
    topics = [r["inputs"]["name"] for r in stack.all("sns/topic:Topic") if r["inputs"].get("region") == "us-east-1"]
    assert topics == ["headroom-prod-edge-alarms-warn", "headroom-prod-edge-alarms-page"]
    assert {a["name"] for a in alarms} == {
        "cdn-errors-warn",
        "cdn-unreachable",
        "cdn-refused",
        "cdn-origin-slow",
        "cdn-waf-waf-blocks",
    }


def test_an_environment_in_us_east_1_has_one_key_and_one_pair_of_topics_for_it_all(up):
    def change(content):
        content["aws:region"] = "us-east-1"

    stack = up("dev", change)
    assert stack.names("sns/topic:Topic") == ["alarms-page", "alarms-warn"]
    assert "edge" not in stack.names("headroom:security:Key")


def test_a_public_load_balancer_is_counted_by_the_viewers_address(up):
    def change(content):
        content["headroom:load_balancer"]["access"] = "public"

    stack = up("prod", change)
    scopes = {acl["inputs"]["scope"]: acl["inputs"] for acl in stack.all("wafv2/webAcl:WebAcl")}
    assert set(scopes) == {"CLOUDFRONT", "REGIONAL"}
    assert stack.all("VpcOrigin") == []
    _, services = distribution(stack)["origins"]
    assert services["customOriginConfig"]["originProtocolPolicy"] == "https-only"


def test_without_a_cdn_nothing_of_it_is_there(up):
    def change(content):
        del content["headroom:cdn"]
        content["headroom:load_balancer"]["access"] = "public"

    stack = up("staging", change)
    assert [r["name"] for r in stack.resources if "cloudfront" in r["type"]] == []
    assert {r["inputs"].get("region") for r in stack.resources if r["type"].startswith("aws:")} <= {
        None,
        "eu-central-1",
    }
    assert stack.exports["site"]["distribution"] == ""


def test_a_teams_function_is_read_from_its_file(up):
    def change(content):
        content["headroom:cdn"]["function"] = "redirect-www.js"
        content["headroom:cdn"]["hosts"] = ["www"]

    stack = up("prod", change)
    code = stack.one("cloudfront/function:Function")["inputs"]["code"]
    assert code == (ROOT / "functions" / "edge" / "redirect-www.js").read_text()
    assert distribution(stack)["aliases"] == ["example.com", "www.example.com"]


def test_the_site_may_be_everything_that_no_service_takes(up):
    def change(content):
        del content["headroom:services"]["web"]
        content["headroom:cdn"]["site_paths"] = []
        content["headroom:cdn"]["pages"] = "single"

    made = distribution(up("staging", change))
    assert made["defaultCacheBehavior"]["targetOriginId"] == "site"
    assert len(made["defaultCacheBehavior"]["functionAssociations"]) == 1
    assert made["defaultRootObject"] == "index.html"
    others = [(b["pathPattern"], b["targetOriginId"]) for b in made["orderedCacheBehaviors"]]
    assert others == [("/api/catalog/*", "services"), ("/health", "services"), ("/api/*", "services")]
