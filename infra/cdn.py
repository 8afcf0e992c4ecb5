"""CloudFront before the site and the services, and what of it lives in us-east-1."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from components.alarms.alarms import Alarms, AlarmsArgs, Topics
from components.alarms.conditions import Condition
from components.edge.cdn import Cdn, CdnArgs, Origins, Viewers
from components.edge.cdn_alarms import distribution_conditions
from components.edge.cdn_behaviors import Paths
from components.edge.cdn_headers import Headers
from components.edge.domain_names import host_name
from components.edge.load_balancer import LoadBalancer
from components.edge.waf import GLOBAL_REGION
from components.edge.waf_alarms import web_acl_conditions
from components.keys.kms import Key, KeyArgs, alarms_may_publish, logs_may_encrypt
from components.links import KeyLink, SiteBucketLink, TopicsLink
from infra.environment import Environment, Watched
from infra.foundation import topics_args
from infra.settings.checks_cdn import EDGE_FUNCTIONS
from infra.traffic import Certificates, make_web_acl, public_hosts


@dataclass(frozen=True, kw_only=True)
class Edge:
    """What CloudFront's alarms and its firewall's log need in their own region."""

    env: Environment
    """The environment."""
    topics: TopicsLink
    """Topics in us-east-1."""
    key: KeyLink
    """Key in us-east-1."""

    def watch(
        self, name: str, watched: pulumi.Resource, conditions: Sequence[Condition], *, sleeps: bool = False
    ) -> None:
        """The alarms of one thing, as its children."""
        region = GLOBAL_REGION if self.env.settings.region != GLOBAL_REGION else None
        runbooks = self.env.settings.alarms.runbooks_url
        args = AlarmsArgs(
            scope=self.env.scope, topics=self.topics, conditions=conditions, region=region, runbooks=runbooks
        )
        alarms = Alarms(name, args, pulumi.ResourceOptions(parent=watched))
        self.env.edge_watched.append(Watched(name=name, of=name, conditions=conditions, alarms=alarms, sleeps=sleeps))


def make_edge(env: Environment) -> Edge:
    """Topics and a key in us-east-1; the environment's own where it is there itself."""
    if env.settings.region == GLOBAL_REGION:
        return Edge(env=env, topics=env.topics, key=env.keys["operations"])
    scope, chosen = replace(env.scope, region=GLOBAL_REGION), env.settings.encryption
    key_args = KeyArgs(
        scope=scope,
        description="CloudFront's firewall's log and alarm topics",
        services=[logs_may_encrypt(scope, [f"aws-waf-logs-{scope.prefix}-*"]), alarms_may_publish(scope)],
        rotation_days=chosen.rotation_days,
        deletion_days=chosen.deletion_days,
        elsewhere=True,
    )
    key = Key("edge", key_args, env.opts).link
    args = topics_args(env.settings, scope, key, elsewhere=True)
    topics = Topics("edge-alarms", args, env.opts).link
    env.edge_topics.append(topics)
    return Edge(env=env, topics=topics, key=key)


def make_cdn(
    env: Environment, site: SiteBucketLink | None, balancer: LoadBalancer | None, certificates: Certificates
) -> Cdn | None:
    """The distribution with its web ACL and alarms; none where the settings have no CDN."""
    chosen = env.settings.cdn
    if chosen is None:
        return None
    edge = make_edge(env)
    domain, certificate = env.settings.domain.name, certificates.get(GLOBAL_REGION)
    args = CdnArgs(
        scope=env.scope,
        origins=Origins(
            site=site,
            balancer=balancer.origin if balancer else None,
            vpc_id=env.network.vpc_id,
            ready=env.network.public_ready,
        ),
        paths=Paths(
            services=[path for s in env.settings.services.values() if s.public for path in s.paths],
            has_site=site is not None,
            site=chosen.site_paths,
            cached=chosen.cached_paths,
        ),
        viewers=Viewers(
            aliases=[host_name(domain, host) for host in public_hosts(env)] if certificate is not None else [],
            certificate_arn=certificate,
            web_acl_arn=make_firewall_of_cdn(edge),
            price_class=chosen.price_class,
            allowed_countries=chosen.allowed_countries,
            blocked_countries=chosen.blocked_countries,
        ),
        headers=Headers(
            content_security_policy=chosen.content_security_policy,
            permissions_policy=chosen.permissions_policy,
            referrer_policy=chosen.referrer_policy,
            hsts_days=env.settings.load_balancer.hsts_days,
            frame_options=env.settings.load_balancer.frame_options,
        ),
        pages=chosen.pages,
        function=None if chosen.function == "none" else (EDGE_FUNCTIONS / chosen.function).read_text("utf-8"),
        cache_seconds=chosen.cache_seconds,
        error_seconds=chosen.error_seconds,
        origin_seconds=chosen.origin_seconds,
        shield_region=None if chosen.shield_region == "none" else chosen.shield_region,
        logs=env.logs,
        extra_metrics=chosen.extra_metrics,
    )
    cdn = Cdn("cdn", args, env.opts)
    edge.watch("cdn", cdn, distribution_conditions(cdn.link, has_services=balancer is not None), sleeps=True)
    return cdn


def make_firewall_of_cdn(edge: Edge) -> pulumi.Input[str] | None:
    """ARN of the web ACL that looks at every request that reaches CloudFront; none where the firewall is off."""
    if edge.env.settings.waf.mode == "off":
        return None
    acl = make_web_acl(edge.env, "cdn", None, edge.key)
    edge.watch("cdn-waf", acl, web_acl_conditions(acl.link))
    return acl.link.arn


def site_outputs(site: SiteBucketLink | None, cdn: Cdn | None) -> Mapping[str, pulumi.Input[str]]:
    """Where the site's files are, and who serves them."""
    return {
        "bucket": site.name if site else "",
        "distribution": cdn.id if cdn else "",
        "url": cdn.url if cdn else "",
    }
