"""CloudFront before the site and the services on the emulated AWS, seen through boto3. T4, C3."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest

ENVIRONMENTS = ("dev", "staging", "prod")
DOMAINS = {"staging": "staging.example.com", "prod": "example.com"}


def distribution(session: boto3.Session) -> dict[str, Any]:
    client = session.client("cloudfront")
    [found] = client.list_distributions()["DistributionList"]["Items"]
    assert "CloudFrontDefaultCertificate" in found["ViewerCertificate"]
    return dict(client.get_distribution(Id=found["Id"])["Distribution"])


def config(session: boto3.Session) -> dict[str, Any]:
    return dict(distribution(session)["DistributionConfig"])


def behaviors(session: boto3.Session) -> dict[str, dict[str, Any]]:
    """Each behavior by its path; `*` is the default."""
    found = config(session)
    others = found["CacheBehaviors"].get("Items", [])
    return {"*": found["DefaultCacheBehavior"], **{behavior["PathPattern"]: behavior for behavior in others}}


def origins(session: boto3.Session) -> dict[str, dict[str, Any]]:
    return {origin["Id"]: origin for origin in config(session)["Origins"]["Items"]}


def balancer(session: boto3.Session) -> dict[str, Any]:
    [found] = session.client("elbv2").describe_load_balancers()["LoadBalancers"]
    return dict(found)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_site_answers_its_own_paths_and_services_all_others(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    found = behaviors(accounts[environment])
    assert {path: behavior["TargetOriginId"] for path, behavior in found.items()} == {
        "*": "services",
        "/api/catalog/*": "services",
        "/assets/*": "site",
    }
    assert {behavior["ViewerProtocolPolicy"] for behavior in found.values()} == {"redirect-to-https"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_cloudfront_reads_the_bucket_by_signed_requests(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session = accounts[environment]
    site, account = origins(session)["site"], session.client("sts").get_caller_identity()["Account"]
    bucket = f"headroom-{environment}-site-{account}"
    assert site["DomainName"] == f"{bucket}.s3.eu-central-1.amazonaws.com"
    control = session.client("cloudfront").get_origin_access_control(Id=site["OriginAccessControlId"])
    assert control["OriginAccessControl"]["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    policy = json.loads(session.client("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    [reads] = [s for s in policy["Statement"] if s["Sid"] == "CloudFrontReads"]
    [(_, allowed)] = reads["Condition"]["ArnLike"].items()
    assert distribution(session)["ARN"].startswith(allowed.removesuffix("*"))


@pytest.mark.parametrize(("environment", "port"), [("dev", 80), ("staging", 443), ("prod", 443)])
def test_nobody_reaches_the_load_balancer_but_cloudfront_through_the_vpc(
    environment: str, port: int, accounts: dict[str, boto3.Session]
) -> None:
    session, found = accounts[environment], balancer(accounts[environment])
    assert found["Scheme"] == "internal"
    origin = origins(session)["services"]["VpcOriginConfig"]["VpcOriginId"]
    endpoint = session.client("cloudfront").get_vpc_origin(Id=origin)["VpcOrigin"]["VpcOriginEndpointConfig"]
    assert endpoint["Arn"] == found["LoadBalancerArn"]
    assert endpoint["OriginProtocolPolicy"] == ("https-only" if port == 443 else "http-only")
    groups = {group["GroupId"]: group for group in session.client("ec2").describe_security_groups()["SecurityGroups"]}
    [own] = found["SecurityGroups"]
    [rule] = groups[own]["IpPermissions"]
    [pair] = rule["UserIdGroupPairs"]
    assert (rule["FromPort"], rule["ToPort"], rule["IpRanges"]) == (port, port, [])
    assert groups[pair["GroupId"]]["GroupName"] == "CloudFront-VPCOrigins-Service-SG"
    assert groups[pair["GroupId"]]["VpcId"] == found["VpcId"]


@pytest.mark.parametrize("environment", ["staging", "prod"])
def test_our_own_names_come_with_modern_tls_and_lead_to_cloudfront(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session, domain = accounts[environment], DOMAINS[environment]
    found = config(session)
    assert found["Aliases"]["Items"] == [domain]
    certificate = found["ViewerCertificate"]
    assert certificate["MinimumProtocolVersion"] == "TLSv1.2_2021"
    held = session.client("acm", "us-east-1").describe_certificate(CertificateArn=certificate["ACMCertificateArn"])
    assert held["Certificate"]["Status"] == "ISSUED"
    dns = session.client("route53")
    [zone] = dns.list_hosted_zones()["HostedZones"]
    records = dns.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
    led = {r["Type"]: r["AliasTarget"]["DNSName"].rstrip(".") for r in records if r["Name"] == f"{domain}." and
           "AliasTarget" in r}  # fmt: skip
    assert led == dict.fromkeys(("A", "AAAA"), distribution(session)["DomainName"])


def test_dev_answers_at_cloudfronts_own_name(standing: Any, accounts: dict[str, boto3.Session]) -> None:
    assert config(accounts["dev"])["ViewerCertificate"]["CloudFrontDefaultCertificate"] is True
    outputs = json.loads(standing.pulumi("stack", "output", "--json", "--stack", "dev"))
    assert outputs["url"] == outputs["site"]["url"] == f"https://{distribution(accounts['dev'])['DomainName']}"
    assert outputs["site"]["distribution"] == distribution(accounts["dev"])["Id"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_what_services_answer_is_kept_only_where_it_is_the_same_for_everybody(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    client, found = accounts[environment].client("cloudfront"), behaviors(accounts[environment])
    assert found["*"]["CachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # AWS's CachingDisabled
    assert set(found["*"]["AllowedMethods"]["Items"]) >= {"GET", "POST", "PUT", "PATCH", "DELETE"}

    def policy(path: str) -> dict[str, Any]:
        kept = client.get_cache_policy(Id=found[path]["CachePolicyId"])["CachePolicy"]["CachePolicyConfig"]
        return dict(kept)

    answers, files = policy("/api/catalog/*"), policy("/assets/*")
    assert (answers["MinTTL"], answers["DefaultTTL"], answers["MaxTTL"]) == (0, 60, 60)
    key = answers["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["CookiesConfig"]["CookieBehavior"] == "none"
    assert key["HeadersConfig"]["Headers"]["Items"] == ["Host"]
    assert (files["DefaultTTL"], files["MaxTTL"]) == (0, 365 * 86_400)
    assert files["ParametersInCacheKeyAndForwardedToOrigin"]["EnableAcceptEncodingBrotli"] is True
    assert [path for path, behavior in found.items() if behavior["Compress"]] == ["/api/catalog/*", "/assets/*"]


@pytest.mark.parametrize(("environment", "stays"), [("dev", False), ("staging", True), ("prod", True)])
def test_every_answer_carries_the_security_headers(
    environment: str, stays: bool, accounts: dict[str, boto3.Session]
) -> None:
    client, found = accounts[environment].client("cloudfront"), behaviors(accounts[environment])
    [policy] = {behavior["ResponseHeadersPolicyId"] for behavior in found.values()}
    sent = client.get_response_headers_policy(Id=policy)["ResponseHeadersPolicy"]["ResponseHeadersPolicyConfig"]
    security = sent["SecurityHeadersConfig"]
    assert security["ContentSecurityPolicy"] == {"Override": False, "ContentSecurityPolicy": "default-src 'self'"}
    assert security["ContentTypeOptions"] == {"Override": True}
    assert ("StrictTransportSecurity" in security) is stays
    assert [header["Header"] for header in sent["CustomHeadersConfig"]["Items"]] == ["Permissions-Policy"]
    assert {header["Header"] for header in sent["RemoveHeadersConfig"]["Items"]} == {"Server", "X-Powered-By"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_distribution_is_modern_and_keeps_no_errors(environment: str, accounts: dict[str, boto3.Session]) -> None:
    found = config(accounts[environment])
    assert (found["Enabled"], found["HttpVersion"], found["IsIPV6Enabled"]) == (True, "http2and3", True)
    assert found["PriceClass"] == "PriceClass_100"
    assert {error["ErrorCachingMinTTL"] for error in found["CustomErrorResponses"]["Items"]} == {0}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_firewall_stands_before_the_distribution(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session = accounts[environment]
    acls = session.client("wafv2", "us-east-1").list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    assert [acl["ARN"] for acl in acls] == [config(session)["WebACLId"]]
    assert session.client("wafv2").list_web_acls(Scope="REGIONAL")["WebACLs"] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_requests_are_delivered_to_the_bucket_for_logs(environment: str, accounts: dict[str, boto3.Session]) -> None:
    session = accounts[environment]
    logs, account = session.client("logs", "us-east-1"), session.client("sts").get_caller_identity()["Account"]
    [source] = logs.describe_delivery_sources()["deliverySources"]
    assert source["resourceArns"] == [distribution(session)["ARN"]]
    [delivery] = logs.describe_deliveries()["deliveries"]
    assert not {"cs(Cookie)", "cs-uri-query"} & set(delivery["recordFields"])
    [target] = logs.describe_delivery_destinations()["deliveryDestinations"]
    where = target["deliveryDestinationConfiguration"]["destinationResourceArn"]
    assert where == f"arn:aws:s3:::headroom-{environment}-logs-{account}/cloudfront"
    policy = json.loads(session.client("s3").get_bucket_policy(Bucket=where.split(":::")[1].split("/")[0])["Policy"])
    [admits] = [s for s in policy["Statement"] if s["Sid"] == "CloudFrontLogsRequests"]
    [resource] = admits["Resource"]
    folders = delivery["s3DeliveryConfiguration"]["suffixPath"].replace("{account-id}", account)
    assert f"{where}/{folders}".startswith(resource.removesuffix("*"))
    [(_, admitted)] = admits["Condition"]["ArnLike"].items()
    assert source["arn"].startswith(admitted.removesuffix("*"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_alarms_of_the_cdn_reach_people_from_its_own_region(
    environment: str, accounts: dict[str, boto3.Session]
) -> None:
    session = accounts[environment]
    alarms = session.client("cloudwatch", "us-east-1").describe_alarms()["MetricAlarms"]
    topics = {topic["TopicArn"] for topic in session.client("sns", "us-east-1").list_topics()["Topics"]}
    extra = {"cdn-origin-slow", "cdn-unreachable"} if environment == "prod" else set()
    assert {alarm["AlarmName"].removeprefix(f"headroom-{environment}-") for alarm in alarms} == {
        "cdn-errors-warn",
        "cdn-refused",
        "cdn-waf-waf-blocks",
        *extra,
    }
    assert {action for alarm in alarms for action in alarm["AlarmActions"]} <= topics
    subscribed = session.client("sns", "us-east-1").list_subscriptions()["Subscriptions"]
    assert {subscription["TopicArn"] for subscription in subscribed} == topics


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_only_prod_pays_for_more_metrics(environment: str, accounts: dict[str, boto3.Session]) -> None:
    client, found = accounts[environment].client("cloudfront"), distribution(accounts[environment])["Id"]
    if environment != "prod":
        with pytest.raises(client.exceptions.NoSuchMonitoringSubscription):
            client.get_monitoring_subscription(DistributionId=found)
        return
    assert client.get_monitoring_subscription(DistributionId=found)["MonitoringSubscription"]


def test_a_public_load_balancer_is_asked_by_its_name_over_tls(options_account: boto3.Session) -> None:
    [origin] = origins(options_account).values()
    assert origin["DomainName"] == balancer(options_account)["DNSName"]
    asked = origin["CustomOriginConfig"]
    assert (asked["OriginProtocolPolicy"], asked["OriginReadTimeout"]) == ("https-only", 60)
    assert asked["OriginSslProtocols"]["Items"] == ["TLSv1.2"]


def test_a_teams_function_runs_live_on_every_request(options_account: boto3.Session) -> None:
    client = options_account.client("cloudfront")
    [summary] = client.list_functions()["FunctionList"]["Items"]
    live = client.describe_function(Name=summary["Name"], Stage="LIVE")["FunctionSummary"]
    assert live["FunctionConfig"]["Runtime"] == "cloudfront-js-2.0"
    assert b"www." in client.get_function(Name=summary["Name"])["FunctionCode"].read()
    ran = {
        association["FunctionARN"]
        for behavior in behaviors(options_account).values()
        for association in behavior["FunctionAssociations"]["Items"]
    }
    assert ran == {live["FunctionMetadata"]["FunctionARN"]}


def test_hosts_countries_and_errors_are_as_chosen(options_account: boto3.Session) -> None:
    found = config(options_account)
    assert set(found["Aliases"]["Items"]) == {
        f"{host}options.example.com" for host in ("", "www.", "shop.", "shop.eu.")
    }
    assert found["Restrictions"]["GeoRestriction"] == {
        "RestrictionType": "whitelist",
        "Quantity": 2,
        "Items": ["DE", "FR"],
    }
    assert {error["ErrorCachingMinTTL"] for error in found["CustomErrorResponses"]["Items"]} == {5}
    assert found["PriceClass"] == "PriceClass_All"


def test_the_firewall_before_the_load_balancer_counts_by_the_viewers_address(options_account: boto3.Session) -> None:
    waf = options_account.client("wafv2")
    found = waf.get_web_acl_for_resource(ResourceArn=balancer(options_account)["LoadBalancerArn"])["WebACL"]
    [rate] = [rule["Statement"]["RateBasedStatement"] for rule in found["Rules"] if rule["Name"] == "limit-general"]
    assert rate["ForwardedIPConfig"]["HeaderName"] == "X-Forwarded-For"
