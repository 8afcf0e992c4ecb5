"""The distribution under pretended AWS. T4, C3."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.access import Scope
from components.edge.cdn import Cdn, CdnArgs, Origins, Viewers
from components.edge.cdn_behaviors import Paths
from components.edge.cdn_headers import Headers
from components.links import LogsBucketLink, OriginLink, SiteBucketLink

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/prod")
SITE = SiteBucketLink(name="site", domain_name="site.s3.eu-central-1.amazonaws.com")
BALANCER = OriginLink(
    arn="arn:aws:elasticloadbalancing:eu-central-1:111111111111:loadbalancer/app/alb-1234567/50dc6c495c0c9188",
    dns_name="internal-alb.eu-central-1.elb.amazonaws.com",
    zone_id="Z215JYRZR1TBD5",
    security_group_id="sg-alb",
    secure=True,
    internal=True,
)
LOGS = LogsBucketLink(
    name="logs",
    arn="arn:aws:s3:::logs",
    bucket_prefix="s3/",
    load_balancer_prefix="alb",
    cloudfront_prefix="cloudfront",
)
BOTH = Origins(site=SITE, balancer=BALANCER, vpc_id="vpc-1")
PATHS = Paths(services=["/api/*", "/*"], has_site=True, site=["/assets/*"], cached=["/api/catalog/*"])
OURS = Viewers(
    aliases=["example.com", "api.example.com"],
    certificate_arn="arn:aws:acm:us-east-1:111111111111:certificate/c",
    web_acl_arn="arn:aws:wafv2:us-east-1:111111111111:global/webacl/cdn/1",
)
BASE: dict[str, Any] = {"scope": SCOPE, "origins": BOTH, "paths": PATHS, "viewers": OURS}
SITE_ONLY: dict[str, Any] = BASE | {
    "origins": Origins(site=SITE),
    "paths": Paths(services=[], has_site=True),
}
HANDLER = "function handler(event) { return event.request; }"


def cdn(run: Run, args: dict[str, Any]) -> Any:
    return run(lambda: Cdn("cdn", CdnArgs(**args)))


def distribution(run: Run, **changed: Any) -> dict[str, Any]:
    found: dict[str, Any] = cdn(run, BASE | changed).one("cloudfront/distribution:Distribution")["inputs"]
    return found


def behaviors(inputs: dict[str, Any]) -> dict[str, dict[str, Any]]:
    others = {behavior["pathPattern"]: behavior for behavior in inputs["orderedCacheBehaviors"]}
    return {"default": inputs["defaultCacheBehavior"], **others}


def test_requests_lead_where_the_plan_says(run: Run) -> None:
    inputs = distribution(run)
    assert [behavior["pathPattern"] for behavior in inputs["orderedCacheBehaviors"]] == ["/api/catalog/*", "/assets/*"]
    assert {path: behavior["targetOriginId"] for path, behavior in behaviors(inputs).items()} == {
        "default": "services",
        "/api/catalog/*": "services",
        "/assets/*": "site",
    }


def test_viewers_are_redirected_to_https_everywhere(run: Run) -> None:
    assert {b["viewerProtocolPolicy"] for b in behaviors(distribution(run)).values()} == {"redirect-to-https"}


def test_services_get_everything_and_nothing_of_theirs_is_kept(run: Run) -> None:
    behavior = distribution(run)["defaultCacheBehavior"]
    assert len(behavior["allowedMethods"]) == 7
    assert behavior["cachePolicyId"] == "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
    assert behavior["originRequestPolicyId"] == "216adef6-5c7f-47e4-b989-5492eafa07d3"


def test_cached_answers_are_the_same_for_everybody(run: Run) -> None:
    stack = cdn(run, BASE)
    policy = stack.one("cloudfront/cachePolicy:CachePolicy", "cdn-answers")
    assert (policy["inputs"]["minTtl"], policy["inputs"]["defaultTtl"], policy["inputs"]["maxTtl"]) == (0, 60, 60)
    key = policy["inputs"]["parametersInCacheKeyAndForwardedToOrigin"]
    assert key["headersConfig"] == {"headerBehavior": "whitelist", "headers": {"items": ["Host"]}}
    assert key["cookiesConfig"] == {"cookieBehavior": "none"}
    assert key["queryStringsConfig"] == {"queryStringBehavior": "all"}
    behavior = behaviors(stack.one("cloudfront/distribution:Distribution")["inputs"])["/api/catalog/*"]
    assert behavior["cachePolicyId"] == policy["id"]
    assert behavior["allowedMethods"] == ["GET", "HEAD", "OPTIONS"]
    assert "originRequestPolicyId" not in behavior


def test_files_are_kept_as_long_as_they_say(run: Run) -> None:
    stack = cdn(run, BASE)
    policy = stack.one("cloudfront/cachePolicy:CachePolicy", "cdn-files")
    assert (policy["inputs"]["minTtl"], policy["inputs"]["defaultTtl"]) == (0, 0)
    assert policy["inputs"]["maxTtl"] == 365 * 86_400
    behavior = behaviors(stack.one("cloudfront/distribution:Distribution")["inputs"])["/assets/*"]
    assert (behavior["cachePolicyId"], behavior["compress"]) == (policy["id"], True)


def test_no_policy_is_made_that_nobody_uses(run: Run) -> None:
    assert cdn(run, SITE_ONLY).names("cloudfront/cachePolicy:CachePolicy") == ["cdn-files"]


def test_the_site_is_read_by_signed_requests_only(run: Run) -> None:
    stack = cdn(run, BASE)
    control = stack.one("cloudfront/originAccessControl:OriginAccessControl")
    assert control["inputs"]["signingBehavior"] == "always"
    site, _ = stack.one("cloudfront/distribution:Distribution")["inputs"]["origins"]
    assert site == {"originId": "site", "domainName": SITE.domain_name, "originAccessControlId": control["id"]}


def test_a_private_load_balancer_is_reached_through_the_vpc(run: Run) -> None:
    stack = cdn(run, BASE)
    config = stack.one("cloudfront/vpcOrigin:VpcOrigin")["inputs"]["vpcOriginEndpointConfig"]
    assert config["arn"] == BALANCER.arn
    assert config["originProtocolPolicy"] == "https-only"
    assert config["name"] == "headroom-prod-50dc6c495c0c9188-https-only"
    _, services = stack.one("cloudfront/distribution:Distribution")["inputs"]["origins"]
    assert services["vpcOriginConfig"]["vpcOriginId"] == stack.one("cloudfront/vpcOrigin:VpcOrigin")["id"]
    assert services["domainName"] == BALANCER.dns_name


def test_a_vpc_origin_is_never_changed_in_place(run: Run) -> None:
    options = cdn(run, BASE).one("cloudfront/vpcOrigin:VpcOrigin")["options"]
    assert options["replace_on_changes"] == ["vpcOriginEndpointConfig"]
    assert options["ignore_changes"] == ["tags", "tagsAll"]


@pytest.mark.parametrize(("secure", "port"), [(True, 443), (False, 80)])
def test_only_cloudfronts_own_interfaces_reach_the_load_balancer(run: Run, secure: bool, port: int) -> None:
    origins = replace(BOTH, balancer=replace(BALANCER, secure=secure))
    stack = cdn(run, BASE | {"origins": origins})
    rule = stack.one("SecurityGroupIngressRule")
    assert rule["inputs"] | {"description": ""} == {
        "securityGroupId": "sg-alb",
        "referencedSecurityGroupId": "sg-of-cloudfront",
        "ipProtocol": "tcp",
        "fromPort": port,
        "toPort": port,
        "description": "",
    }
    lookups = [args for token, args in stack.invokes if token.endswith("getSecurityGroup")]
    assert lookups == [{"name": "CloudFront-VPCOrigins-Service-SG", "vpcId": "vpc-1"}]
    assert rule["urn"] in stack.one("cloudfront/distribution:Distribution")["options"]["depends_on"]


def test_cloudfronts_group_is_not_looked_up_before_it_exists(run: Run) -> None:
    stack = run(lambda: Cdn("cdn", CdnArgs(**BASE)), preview=True)
    assert [token for token, _ in stack.invokes if token.endswith("getSecurityGroup")] == []


def test_a_vpc_origin_waits_for_the_internet_gateway(run: Run) -> None:
    def program() -> None:
        route = pulumi.CustomResource("aws:ec2/route:Route", "public-internet")
        Cdn("cdn", CdnArgs(**BASE | {"origins": replace(BOTH, ready=[route])}))

    stack = run(program)
    route = stack.one("Route", "public-internet")["urn"]
    assert route in stack.one("cloudfront/vpcOrigin:VpcOrigin")["options"]["depends_on"]


def test_a_public_load_balancer_is_reached_by_its_name_over_tls(run: Run) -> None:
    origins = replace(BOTH, balancer=replace(BALANCER, internal=False))
    stack = cdn(run, BASE | {"origins": origins, "origin_seconds": 60})
    assert stack.all("VpcOrigin") == stack.all("SecurityGroupIngressRule") == []
    _, services = stack.one("cloudfront/distribution:Distribution")["inputs"]["origins"]
    assert services["customOriginConfig"] == {
        "httpPort": 80,
        "httpsPort": 443,
        "originProtocolPolicy": "https-only",
        "originSslProtocols": ["TLSv1.2"],
        "originKeepaliveTimeout": 60,
        "originReadTimeout": 60,
    }


def test_our_own_names_come_with_modern_tls(run: Run) -> None:
    inputs = distribution(run)
    assert inputs["aliases"] == ["example.com", "api.example.com"]
    assert inputs["viewerCertificate"] == {
        "acmCertificateArn": OURS.certificate_arn,
        "minimumProtocolVersion": "TLSv1.2_2021",
        "sslSupportMethod": "sni-only",
    }


def test_without_a_domain_cloudfronts_name_and_certificate_are_taken(run: Run) -> None:
    stack = cdn(run, BASE | {"viewers": Viewers()})
    inputs = stack.one("cloudfront/distribution:Distribution")["inputs"]
    assert inputs["viewerCertificate"] == {"cloudfrontDefaultCertificate": True}
    assert "aliases" not in inputs
    outputs = stack.registered_outputs[stack.one("headroom:edge:Cdn")["urn"]]
    assert outputs["url"] == "https://d111111abcdef8.cloudfront.net"


def test_the_url_is_our_first_name(run: Run) -> None:
    stack = cdn(run, BASE)
    outputs = stack.registered_outputs[stack.one("headroom:edge:Cdn")["urn"]]
    assert outputs["url"] == "https://example.com"


def test_the_distribution_speaks_what_browsers_speak(run: Run) -> None:
    inputs = distribution(run)
    assert (inputs["httpVersion"], inputs["isIpv6Enabled"], inputs["enabled"]) == ("http2and3", True, True)
    assert inputs["webAclId"] == OURS.web_acl_arn
    assert inputs["priceClass"] == "PriceClass_100"
    assert inputs["restrictions"] == {"geoRestriction": {"restrictionType": "none", "locations": []}}


@pytest.mark.parametrize(
    ("viewers", "restriction"),
    [
        ({"allowed_countries": ["DE"]}, {"restrictionType": "whitelist", "locations": ["DE"]}),
        ({"blocked_countries": ["KP"]}, {"restrictionType": "blacklist", "locations": ["KP"]}),
    ],
)
def test_countries_are_allowed_or_blocked(run: Run, viewers: Any, restriction: dict[str, Any]) -> None:
    assert distribution(run, viewers=replace(OURS, **viewers))["restrictions"] == {"geoRestriction": restriction}


def test_errors_are_not_kept(run: Run) -> None:
    kept = distribution(run)["customErrorResponses"]
    assert {error["errorCachingMinTtl"] for error in kept} == {0}
    assert {error["errorCode"] for error in kept} >= {403, 404, 500, 502, 503, 504}
    assert not any("responsePagePath" in error for error in kept)


def test_every_answer_carries_the_security_headers(run: Run) -> None:
    stack = cdn(run, BASE | {"headers": Headers(content_security_policy="default-src 'self'")})
    policy = stack.one("cloudfront/responseHeadersPolicy:ResponseHeadersPolicy")
    assert policy["inputs"]["securityHeadersConfig"] == {
        "contentTypeOptions": {"override": True},
        "strictTransportSecurity": {"accessControlMaxAgeSec": 31_536_000, "override": True},
        "frameOptions": {"frameOption": "DENY", "override": True},
        "referrerPolicy": {"referrerPolicy": "strict-origin-when-cross-origin", "override": False},
        "contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'self'", "override": False},
    }
    (custom,) = policy["inputs"]["customHeadersConfig"]["items"]
    assert (custom["header"], custom["override"]) == ("Permissions-Policy", False)
    assert [item["header"] for item in policy["inputs"]["removeHeadersConfig"]["items"]] == ["Server", "X-Powered-By"]
    made = stack.one("cloudfront/distribution:Distribution")["inputs"]
    assert {b["responseHeadersPolicyId"] for b in behaviors(made).values()} == {policy["id"]}


def test_headers_can_be_left_to_the_services(run: Run) -> None:
    headers = Headers(hsts_days=0, frame_options="none", permissions_policy="")
    inputs = cdn(run, BASE | {"headers": headers}).one("ResponseHeadersPolicy")["inputs"]
    assert set(inputs["securityHeadersConfig"]) == {"contentTypeOptions", "referrerPolicy"}
    assert "customHeadersConfig" not in inputs


def test_a_single_pages_function_runs_on_the_site_only(run: Run) -> None:
    stack = cdn(run, BASE | {"pages": "single"})
    function = stack.one("cloudfront/function:Function")["inputs"]
    assert (function["runtime"], function["publish"]) == ("cloudfront-js-2.0", True)
    found = behaviors(stack.one("cloudfront/distribution:Distribution")["inputs"])
    assert [path for path, behavior in found.items() if behavior.get("functionAssociations")] == ["/assets/*"]


def test_a_teams_function_runs_on_every_request(run: Run) -> None:
    stack = cdn(run, BASE | {"function": HANDLER})
    assert stack.one("cloudfront/function:Function")["inputs"]["code"] == HANDLER
    found = behaviors(stack.one("cloudfront/distribution:Distribution")["inputs"])
    assert {b["functionAssociations"][0]["eventType"] for b in found.values()} == {"viewer-request"}


def test_without_a_site_pages_need_no_function(run: Run) -> None:
    changed = {"origins": replace(BOTH, site=None), "paths": Paths(services=["/*"], has_site=False), "pages": "single"}
    assert cdn(run, BASE | changed).all("cloudfront/function:Function") == []


@pytest.mark.parametrize(("args", "first"), [(SITE_ONLY, "index.html"), (BASE, None)])
def test_the_sites_first_page_answers_where_the_site_is_the_rest(run: Run, args: Any, first: str | None) -> None:
    inputs = cdn(run, args).one("cloudfront/distribution:Distribution")["inputs"]
    assert inputs.get("defaultRootObject") == first


def test_requests_are_logged_without_what_is_private(run: Run) -> None:
    stack = cdn(run, BASE | {"logs": LOGS})
    source, destination, delivery = (
        stack.one(f"cloudwatch/{kind[0].lower()}{kind[1:]}:{kind}")["inputs"]
        for kind in ("LogDeliverySource", "LogDeliveryDestination", "LogDelivery")
    )
    assert {made["region"] for made in (source, destination, delivery)} == {"us-east-1"}
    assert source["logType"] == "ACCESS_LOGS"
    assert destination["deliveryDestinationConfiguration"] == {"destinationResourceArn": "arn:aws:s3:::logs/cloudfront"}
    assert not {"cs(Cookie)", "cs-uri-query", "cs(Referer)"} & set(delivery["recordFields"])
    assert "loggingConfig" not in stack.one("cloudfront/distribution:Distribution")["inputs"]
    assert cdn(run, BASE).all("LogDelivery") == []


def test_a_shield_stands_before_the_bucket(run: Run) -> None:
    site, services = distribution(run, shield_region="eu-central-1")["origins"]
    assert site["originShield"] == {"enabled": True, "originShieldRegion": "eu-central-1"}
    assert "originShield" not in services


def test_more_is_measured_where_it_is_paid_for(run: Run) -> None:
    assert cdn(run, BASE).all("MonitoringSubscription") == []
    (made,) = cdn(run, BASE | {"extra_metrics": True}).all("MonitoringSubscription")
    config = made["inputs"]["monitoringSubscription"]["realtimeMetricsSubscriptionConfig"]
    assert config == {"realtimeMetricsSubscriptionStatus": "Enabled"}


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"origins": Origins(), "paths": Paths(services=[], has_site=False)}, "neither a site nor a load balancer"),
        ({"origins": Origins(balancer=BALANCER)}, "differ on whether there is a site"),
        ({"origins": Origins(site=SITE)}, "differ on whether there are services"),
        ({"viewers": replace(OURS, certificate_arn=None)}, "host names and a certificate"),
        ({"cache_seconds": 0}, "cache_seconds is 0"),
        ({"function": HANDLER, "pages": "single"}, "pages is single"),
        ({"paths": replace(PATHS, site=["/*"])}, "site_paths is /*"),
    ],
)
def test_what_can_not_be_is_refused_before_anything_is_built(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said.replace("*", r"\*")):
        CdnArgs(**BASE | changed)


def test_a_header_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="content_security_policy is 1800: AWS takes 0 to 1783 characters"):
        Headers(content_security_policy="x" * 1800)
