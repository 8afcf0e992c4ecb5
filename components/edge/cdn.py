"""One CloudFront distribution before an environment's site and services."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.constraints import require
from components.edge.cdn_behaviors import Paths, Plan, Treatment, behavior_problems, plan
from components.edge.cdn_cache import answers_policy, files_policy
from components.edge.cdn_constraints import country_problems, shield_problems, timing_problems, viewer_problems
from components.edge.cdn_functions import RUNTIME, Pages, function_problems, page_function
from components.edge.cdn_headers import Headers, make_headers_policy
from components.edge.cdn_logs import log_requests
from components.edge.cdn_origins import (
    SERVICES,
    SITE,
    Timing,
    admit_cloudfront,
    private_origin,
    public_origin,
    site_origin,
)
from components.links import DistributionLink, LogsBucketLink, OriginLink, SiteBucketLink

OLDEST_TLS = "TLSv1.2_2021"
"""Oldest TLS and weakest ciphers that viewers may use, where the certificate is our own. CloudFront's own certificate
takes TLSv1, whatever is asked for (secure-connections-supported-viewer-protocols-ciphers.html)."""

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
"""AWS's cache policy that keeps nothing (using-managed-cache-policies.html)."""
ALL_VIEWER = "216adef6-5c7f-47e4-b989-5492eafa07d3"
"""AWS's origin request policy that passes on everything viewers sent, the host and Authorization included: routes go by
host, and so does the name for which the load balancer must show a certificate (using-managed-origin-request-policies
.html, RequestAndResponseBehaviorCustomOrigin.html)."""

READING = ("GET", "HEAD", "OPTIONS")
ANY_METHOD = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

ERRORS = (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504)
"""Statuses that CloudFront keeps for a while by itself (HTTPStatusCodes.html)."""

FIRST_PAGE = "index.html"


@dataclass(frozen=True, kw_only=True)
class Origins:
    """What stands behind the distribution; at least one of the two."""

    site: SiteBucketLink | None = None
    """The site's files."""
    balancer: OriginLink | None = None
    """The load balancer before the services; with private addresses only, it is reached by a VPC origin."""
    vpc_id: pulumi.Input[str] = ""
    """VPC of the load balancer."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a VPC origin: the VPC needs an internet gateway, though nothing passes through it."""


@dataclass(frozen=True, kw_only=True)
class Viewers:
    """How viewers come, and who may."""

    aliases: Sequence[str] = ()
    """Host names of ours; without any, CloudFront's own name and certificate, which takes TLSv1: dev only."""
    certificate_arn: pulumi.Input[str] | None = None
    """ACM certificate in us-east-1 that holds them."""
    web_acl_arn: pulumi.Input[str] | None = None
    """Web ACL of CloudFront's kind that looks at each request."""
    price_class: Literal["PriceClass_100", "PriceClass_200", "PriceClass_All"] = "PriceClass_100"
    """Where CloudFront answers: North America and Europe, also Asia, the Middle East and Africa, or everywhere."""
    allowed_countries: Sequence[str] = ()
    """Countries that get answers, by ISO codes; all without any."""
    blocked_countries: Sequence[str] = ()
    """Countries that get none."""


@dataclass(frozen=True, kw_only=True)
class CdnArgs:
    """What a distribution answers from where, to whom, and for how long it keeps it."""

    scope: Scope
    """Account, region and name space; physical names start with it."""
    origins: Origins
    """What stands behind it."""
    paths: Paths
    """Which paths lead where."""
    viewers: Viewers = Viewers()
    """How viewers come."""
    headers: Headers = field(default_factory=Headers)
    """What browsers are told beside the answer."""
    pages: Pages = "files"
    """How the site's addresses lead to its files."""
    function: str | None = None
    """Code of a function of the team's that runs on every request; not together with `pages`."""
    cache_seconds: int = 60
    """Seconds for which answers of cached paths are kept, if they do not say otherwise."""
    error_seconds: int = 0
    """Seconds for which an error is kept; CloudFront's own default of 10 shows it to others when it is over."""
    origin_seconds: int = 30
    """Seconds that CloudFront waits for the load balancer, 1 to 120."""
    shield_region: str | None = None
    """Region of one more cache before the site's bucket; none without it."""
    logs: LogsBucketLink | None = None
    """Bucket for access logs, a line a request; none are written without it."""
    extra_metrics: bool = False
    """Whether the origin's latency, the cache's hit rate and errors by status are measured, at a price."""

    def __post_init__(self) -> None:
        require(
            [
                *behavior_problems(self.paths),
                *viewer_problems(self.viewers.aliases, self.viewers.certificate_arn is not None),
                *country_problems(self.viewers.allowed_countries, self.viewers.blocked_countries),
                *shield_problems(self.shield_region),
                *timing_problems(
                    cache_seconds=self.cache_seconds,
                    error_seconds=self.error_seconds,
                    origin_seconds=self.origin_seconds,
                ),
                *([] if self.function is None else function_problems(self.function, self.pages)),
            ]
        )
        if self.origins.site is None and self.origins.balancer is None:
            raise ValueError("neither a site nor a load balancer stands behind it: make no distribution instead")
        if self.paths.has_site != (self.origins.site is not None):
            raise ValueError("paths and origins differ on whether there is a site; say the same in both")
        if bool(self.paths.services) != (self.origins.balancer is not None):
            raise ValueError("paths and origins differ on whether there are services; say the same in both")


class Cdn(pulumi.ComponentResource):
    """A distribution, and how it reaches the site's bucket and the load balancer."""

    id: pulumi.Output[str]
    """Id of the distribution."""
    url: pulumi.Output[str]
    """Address to try: our first host name, else CloudFront's own."""
    link: DistributionLink
    """What DNS records and alarms need."""

    def __init__(self, name: str, args: CdnArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:Cdn", name, None, opts)
        self._name, self._args = name, args
        self._physical = f"{args.scope.prefix}-{name}"
        self._child = pulumi.ResourceOptions(parent=self)
        self._plan = plan(args.paths)
        self._function = self._make_function()
        self._headers = make_headers_policy(name, self._physical, args.headers, self._child)
        self._files = files_policy(f"{name}-files", f"{self._physical}-files", self._child)
        self._answers = self._answers_policy()
        origins, ready = self._make_origins()
        distribution = self._distribute(self._plan, origins, ready)
        if args.logs is not None:
            log_requests(name, args.scope, distribution, args.logs, self._child)
        if args.extra_metrics:
            self._measure(distribution)
        self.id = distribution.id
        host = args.viewers.aliases[0] if args.viewers.aliases else distribution.domain_name
        self.url = pulumi.Output.concat("https://", host)
        self.link = DistributionLink(
            id=distribution.id,
            domain_name=distribution.domain_name,
            zone_id=distribution.hosted_zone_id,
            has_extra_metrics=args.extra_metrics,
            function_name=self._function.name if self._function else None,
        )
        self.register_outputs({"id": self.id, "domainName": distribution.domain_name, "url": self.url})

    def _make_function(self) -> aws.cloudfront.Function | None:
        """The team's function, or the one that leads the site's addresses to files."""
        code = self._args.function or (page_function(self._args.pages) if self._plan.uses("site") else None)
        if code is None:
            return None
        return aws.cloudfront.Function(
            self._name,
            name=self._physical,
            runtime=RUNTIME,
            comment="Runs on each request" if self._args.function else f"Addresses of the site: {self._args.pages}",
            code=code,
            publish=True,
            opts=self._child,
        )

    def _answers_policy(self) -> aws.cloudfront.CachePolicy | None:
        if not self._plan.uses("cached"):
            return None
        name = f"{self._name}-answers"
        return answers_policy(name, f"{self._physical}-answers", self._args.cache_seconds, self._child)

    def _make_origins(self) -> tuple[list[aws.cloudfront.DistributionOriginArgs], list[pulumi.Resource]]:
        """The origins, and what must stand before the distribution asks them."""
        args = self._args
        origins: list[aws.cloudfront.DistributionOriginArgs] = []
        ready: list[pulumi.Resource] = []
        site, balancer = args.origins.site, args.origins.balancer
        if site is not None:
            name, physical = f"{self._name}-{SITE}", f"{self._physical}-{SITE}"
            origins.append(site_origin(name, physical, site, args.shield_region, self._child))
            ready.extend(site.ready)
        timing = Timing(answer_seconds=args.origin_seconds)
        if balancer is not None and balancer.internal:
            after = pulumi.ResourceOptions(parent=self, depends_on=list(args.origins.ready))
            origin, made = private_origin(f"{self._name}-{SERVICES}", args.scope, balancer, timing, after)
            origins.append(origin)
            ready.append(admit_cloudfront(self._name, balancer, args.origins.vpc_id, made, self._child))
        elif balancer is not None:
            origins.append(public_origin(balancer, timing))
        return origins, ready

    def _distribute(
        self, chosen: Plan, origins: list[aws.cloudfront.DistributionOriginArgs], ready: list[pulumi.Resource]
    ) -> aws.cloudfront.Distribution:
        args, viewers = self._args, self._args.viewers
        return aws.cloudfront.Distribution(
            self._name,
            enabled=True,
            comment=f"{args.scope.namespace}: site and services",
            aliases=list(viewers.aliases) or None,
            origins=origins,
            default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
                **self._behavior(chosen.default)
            ),
            ordered_cache_behaviors=[
                aws.cloudfront.DistributionOrderedCacheBehaviorArgs(
                    path_pattern=behavior.pattern, **self._behavior(behavior.treatment)
                )
                for behavior in chosen.ordered
            ],
            default_root_object=FIRST_PAGE if chosen.default == "site" else None,
            custom_error_responses=[
                aws.cloudfront.DistributionCustomErrorResponseArgs(
                    error_code=status, error_caching_min_ttl=args.error_seconds
                )
                for status in ERRORS
            ],
            http_version="http2and3",
            is_ipv6_enabled=True,
            price_class=viewers.price_class,
            restrictions=restrictions(viewers),
            viewer_certificate=viewer_certificate(viewers),
            web_acl_id=viewers.web_acl_arn,
            tags={"Service": self._name},
            opts=pulumi.ResourceOptions(parent=self, depends_on=ready),
        )

    def _behavior(self, treatment: Treatment) -> "Behavior":
        """What is the same in the default behavior and in the others."""
        policies: dict[Treatment, pulumi.Input[str] | None] = {
            "site": self._files.id,
            "services": CACHING_DISABLED,
            "cached": self._answers.id if self._answers else None,
        }
        functions = [self._function] if self._function and (self._args.function or treatment == "site") else []
        return {
            "target_origin_id": SITE if treatment == "site" else SERVICES,
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": list(ANY_METHOD if treatment == "services" else READING),
            "cached_methods": ["GET", "HEAD"],
            "cache_policy_id": policies[treatment],
            "origin_request_policy_id": ALL_VIEWER if treatment == "services" else None,
            "response_headers_policy_id": self._headers.id,
            # CloudFront compresses what it may keep, and nothing else.
            "compress": treatment != "services",
            "function_associations": [
                {"event_type": "viewer-request", "function_arn": function.arn} for function in functions
            ],
        }

    def _measure(self, distribution: aws.cloudfront.Distribution) -> None:
        enabled = aws.cloudfront.MonitoringSubscriptionMonitoringSubscriptionRealtimeMetricsSubscriptionConfigArgs(
            realtime_metrics_subscription_status="Enabled"
        )
        aws.cloudfront.MonitoringSubscription(
            self._name,
            distribution_id=distribution.id,
            monitoring_subscription=aws.cloudfront.MonitoringSubscriptionMonitoringSubscriptionArgs(
                realtime_metrics_subscription_config=enabled
            ),
            opts=self._child,
        )


class Behavior(TypedDict):
    """What the SDK's two classes of behaviors have in common, as they take it."""

    target_origin_id: str
    viewer_protocol_policy: str
    allowed_methods: list[str]
    cached_methods: list[str]
    cache_policy_id: pulumi.Input[str] | None
    origin_request_policy_id: str | None
    response_headers_policy_id: pulumi.Input[str]
    compress: bool
    function_associations: list[Any]


def viewer_certificate(viewers: Viewers) -> aws.cloudfront.DistributionViewerCertificateArgs:
    """Our own certificate with modern TLS, or CloudFront's."""
    if viewers.certificate_arn is None:
        return aws.cloudfront.DistributionViewerCertificateArgs(cloudfront_default_certificate=True)
    return aws.cloudfront.DistributionViewerCertificateArgs(
        acm_certificate_arn=viewers.certificate_arn,
        minimum_protocol_version=OLDEST_TLS,
        # By the name that the client sends; the other way is an address of its own, for 600 dollars a month.
        ssl_support_method="sni-only",
    )


def restrictions(viewers: Viewers) -> aws.cloudfront.DistributionRestrictionsArgs:
    """By country, as CloudFront knows it from the address."""
    kind = "whitelist" if viewers.allowed_countries else "blacklist" if viewers.blocked_countries else "none"
    return aws.cloudfront.DistributionRestrictionsArgs(
        geo_restriction=aws.cloudfront.DistributionRestrictionsGeoRestrictionArgs(
            restriction_type=kind, locations=[*viewers.allowed_countries, *viewers.blocked_countries]
        )
    )
