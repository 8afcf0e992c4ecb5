"""CloudFront's types and the delivery of its logs: valid inputs, and a change that AWS makes in place."""

from __future__ import annotations

from typing import Any

from offline.aws.values import Properties
from tests.offline.aws.provider_case import Case
from tests.offline.aws.provider_world import World

HANDLER = "function handler(event) { return event.request; }"
TAGS = {"tags": {"Name": "changed", "Added": "yes"}}


def behavior(**more: Any) -> Properties:
    return {
        "targetOriginId": "services",
        "viewerProtocolPolicy": "redirect-to-https",
        "allowedMethods": ["GET", "HEAD"],
        "cachedMethods": ["GET", "HEAD"],
        "cachePolicyId": "4135ea2d-6df8-44a3-9df3-4b5a84be39ad",
        "compress": True,
        **more,
    }


def distribution(world: World) -> Properties:
    return {
        "enabled": True,
        "comment": "world",
        "aliases": ["one.example.com", "two.example.com"],
        "origins": [
            {
                "originId": "services",
                "domainName": "alb.example.com",
                "customOriginConfig": {
                    "httpPort": 80,
                    "httpsPort": 443,
                    "originProtocolPolicy": "https-only",
                    "originSslProtocols": ["TLSv1.2"],
                    "originReadTimeout": 60,
                },
            },
            {
                "originId": "site",
                "domainName": "site.s3.eu-central-1.amazonaws.com",
                "originAccessControlId": "E2OACOACOACOAC",
                "originShield": {"enabled": True, "originShieldRegion": "eu-central-1"},
            },
        ],
        "defaultCacheBehavior": behavior(),
        "orderedCacheBehaviors": [behavior(pathPattern="/assets/*", targetOriginId="site")],
        "customErrorResponses": [{"errorCode": 404, "errorCachingMinTtl": 0}],
        "restrictions": {"geoRestriction": {"restrictionType": "none", "locations": []}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
        "httpVersion": "http2and3",
        "isIpv6Enabled": True,
        "priceClass": "PriceClass_100",
        "tags": {"Service": "cdn"},
    }


def own_distribution(world: World) -> World:
    """A distribution that the cases of what hangs on it share."""
    if "distribution" not in world.made:
        inputs = {**distribution(world), "aliases": ["world.example.com"]}
        world.add("distribution", "aws:cloudfront/distribution:Distribution", inputs)
    return world


def endpoint(world: World, **more: Any) -> Properties:
    config = {
        "name": "life",
        "arn": world.balancer["arn"],
        "httpPort": 80,
        "httpsPort": 443,
        "originProtocolPolicy": "http-only",
        "originSslProtocols": {"items": ["TLSv1.2"], "quantity": 1},
    }
    return {"vpcOriginEndpointConfig": {**config, **more}}


def key(queries: str) -> Properties:
    return {
        "parametersInCacheKeyAndForwardedToOrigin": {
            "enableAcceptEncodingGzip": True,
            "enableAcceptEncodingBrotli": True,
            "headersConfig": {"headerBehavior": "whitelist", "headers": {"items": ["Host"]}},
            "cookiesConfig": {"cookieBehavior": "none"},
            "queryStringsConfig": {"queryStringBehavior": queries},
        }
    }


def security(days: int) -> Properties:
    return {
        "securityHeadersConfig": {
            "contentTypeOptions": {"override": True},
            "strictTransportSecurity": {"accessControlMaxAgeSec": days * 86_400, "override": True},
            "contentSecurityPolicy": {"contentSecurityPolicy": "default-src 'self'", "override": False},
        }
    }


def logged(world: World) -> World:
    """What logs, and where to, in the region that CloudFront's deliveries are in."""
    own_distribution(world)
    if "log_source" not in world.made:
        inputs = {"name": "world", "logType": "ACCESS_LOGS", "region": "us-east-1"}
        source = {**inputs, "resourceArn": world.distribution["arn"]}
        world.add("log_source", "aws:cloudwatch/logDeliverySource:LogDeliverySource", source)
        world.add("log_target", "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination", target("world"))
    return world


def target(name: str, folder: str = "cloudfront") -> Properties:
    return {
        "name": name,
        "outputFormat": "json",
        "deliveryDestinationConfiguration": {"destinationResourceArn": f"arn:aws:s3:::logs/{folder}"},
        "region": "us-east-1",
    }


CASES = [
    Case(
        "aws:cloudfront/distribution:Distribution",
        distribution,
        lambda w: {
            "enabled": False,
            "comment": "changed",
            "aliases": ["three.example.com"],
            "defaultCacheBehavior": behavior(allowedMethods=["GET", "HEAD", "OPTIONS"], compress=False),
            "restrictions": {"geoRestriction": {"restrictionType": "whitelist", "locations": ["DE", "FR"]}},
            "webAclId": "arn:aws:wafv2:us-east-1:111111111111:global/webacl/cdn/1",
            **TAGS,
        },
    ),
    Case(
        "aws:cloudfront/originAccessControl:OriginAccessControl",
        lambda w: {
            "name": "life",
            "originAccessControlOriginType": "s3",
            "signingBehavior": "always",
            "signingProtocol": "sigv4",
        },
        lambda w: {"description": "changed", "signingBehavior": "no-override"},
    ),
    Case(
        "aws:cloudfront/cachePolicy:CachePolicy",
        lambda w: {"name": "life", "minTtl": 0, "defaultTtl": 0, "maxTtl": 60, **key("none")},
        lambda w: {"comment": "changed", "maxTtl": 120, **key("all")},
    ),
    Case(
        "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy",
        lambda w: {
            "name": "life",
            **security(365),
            "customHeadersConfig": {"items": [{"header": "Permissions-Policy", "value": "usb=()", "override": False}]},
            "removeHeadersConfig": {"items": [{"header": "Server"}]},
        },
        lambda w: {"comment": "changed", **security(30)},
    ),
    Case(
        "aws:cloudfront/function:Function",
        lambda w: {"name": "life", "runtime": "cloudfront-js-2.0", "code": HANDLER, "publish": True},
        lambda w: {"code": f"// changed\n{HANDLER}", "comment": "changed", **TAGS},
    ),
    Case(
        "aws:cloudfront/vpcOrigin:VpcOrigin",
        endpoint,
        lambda w: {**endpoint(w, originProtocolPolicy="https-only"), **TAGS},
    ),
    Case(
        "aws:cloudfront/monitoringSubscription:MonitoringSubscription",
        lambda w: {
            "distributionId": own_distribution(w).distribution.id,
            "monitoringSubscription": {
                "realtimeMetricsSubscriptionConfig": {"realtimeMetricsSubscriptionStatus": "Enabled"}
            },
        },
        lambda w: {
            "monitoringSubscription": {
                "realtimeMetricsSubscriptionConfig": {"realtimeMetricsSubscriptionStatus": "Disabled"}
            }
        },
    ),
    Case(
        "aws:cloudwatch/logDeliverySource:LogDeliverySource",
        lambda w: {
            "name": "life",
            "logType": "ACCESS_LOGS",
            "resourceArn": own_distribution(w).distribution["arn"],
            "region": "us-east-1",
        },
        lambda w: TAGS,
    ),
    Case(
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
        lambda w: target("life"),
        lambda w: {
            "deliveryDestinationConfiguration": {"destinationResourceArn": "arn:aws:s3:::logs/elsewhere"},
            **TAGS,
        },
    ),
    Case(
        "aws:cloudwatch/logDelivery:LogDelivery",
        lambda w: {
            "deliverySourceName": logged(w).log_source["name"],
            "deliveryDestinationArn": w.log_target["arn"],
            "recordFields": ["date", "time", "sc-status"],
            "s3DeliveryConfigurations": [
                {"suffixPath": "{DistributionId}/{yyyy}/{MM}/{dd}", "enableHiveCompatiblePath": False}
            ],
            "region": "us-east-1",
        },
        lambda w: {"recordFields": ["date", "time"], **TAGS},
    ),
]
