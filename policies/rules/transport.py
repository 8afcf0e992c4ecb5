"""Rules on what travels encrypted: to databases, load balancers, CloudFront and buckets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.documents import Statement, matches, read_document
from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import declared, filled, one_of
from policies.verdict import (
    MISSING,
    PASS,
    UNKNOWN,
    Outcome,
    Properties,
    Verdict,
    combine,
    fail,
    lookup,
    require,
    undetermined,
)

LISTENER = "aws:lb/listener:Listener"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
VPC_ORIGIN = "aws:cloudfront/vpcOrigin:VpcOrigin"
CERTIFICATE = "aws:acm/certificate:Certificate"
BUCKET = "aws:s3/bucket:Bucket"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"

SWITCHES: Final[Mapping[str, tuple[str, tuple[int, int] | None]]] = {
    "aurora-postgresql": ("rds.force_ssl", (17, 0)),
    "aurora-mysql": ("require_secure_transport", None),
    "postgres": ("rds.force_ssl", (15, 0)),
    "mysql": ("require_secure_transport", None),
    "mariadb": ("require_secure_transport", (11, 8)),
    "sqlserver": ("rds.force_ssl", None),
    "docdb": ("tls", (0, 0)),
}
"""Engine to the parameter that forces TLS, and the version from which on it is on when nothing is said; None: never.

Below docs.aws.amazon.com: AmazonRDS/latest/UserGuide/PostgreSQL.Concepts.General.SSL.html,
.../UserGuide/mysql-ssl-connections.require-ssl.html, .../UserGuide/mariadb-ssl-connections.require-ssl.html,
AmazonRDS/latest/AuroraUserGuide/AuroraPostgreSQL.Security.html,
documentdb/latest/developerguide/security.encryption.ssl.html
"""
ON: Final = ("1", "on", "true", "enabled", "tls1.2+", "tls1.3+", "fips-140-3")
FORCE = "make the database by headroom:databases, or set the parameter to 1 in a group of your own"
OWN_GROUPS: Final = {
    "aws:rds/instance:Instance": "parameterGroupName",
    "aws:rds/cluster:Cluster": "dbClusterParameterGroupName",
}
"""Where a database names its group; without one it has the default group of its engine."""
INSTANCE_GROUP = "aws:rds/parameterGroup:ParameterGroup"
CLUSTER_GROUPS = frozenset(
    {"aws:rds/clusterParameterGroup:ClusterParameterGroup", "aws:docdb/clusterParameterGroup:ClusterParameterGroup"}
)

POLICY = re.compile(r"ELBSecurityPolicy-TLS13-1-(2-Res|3)(-FIPS)?(-PQ)?-20\d\d-\d\d")
"""TLS 1.3, and of 1.2 only what has forward secrecy and no CBC. Not the popular ELBSecurityPolicy-TLS13-1-2-2021-06.

https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html#elb-17
"""
VIEWER_TLS = ("TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025")
"""https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html"""
VIEWER_POLICIES = ("redirect-to-https", "https-only")
OLD_TLS = ("SSLv3", "TLSv1", "TLSv1.1")


def rds_tls_forced(database: Resource, graph: Graph) -> Verdict:
    """A client that forgets TLS sends its password and every row in the open, and nothing tells anybody.

    Judged are parameter groups, and databases that have the default one. RDS forces TLS by itself from PostgreSQL 15 on
    (Aurora: 17) and MariaDB 11.8; MySQL never. The group of an Aurora instance has no say: TLS is the cluster's. Oracle
    has an option for it, and is not judged.
    """
    if database.type in OWN_GROUPS:
        return _default_group(database)
    family = lookup(database.properties, "family")
    if family is UNKNOWN:
        return undetermined("family")
    engine, version = _engine(str(family))
    if engine not in SWITCHES or (database.type == INSTANCE_GROUP and engine.startswith("aurora-")):
        return PASS
    return _switched(database.properties, *SWITCHES[engine], version)


def _switched(group: Properties, switch: str, since: tuple[int, int] | None, version: tuple[int, int]) -> Verdict:
    parameters = lookup(group, "parameters")
    if parameters is UNKNOWN:
        return undetermined("parameters")
    for index in range(len(parameters) if isinstance(parameters, list) else 0):
        name, value = (lookup(group, f"parameters[{index}].{key}") for key in ("name", "value"))
        if UNKNOWN in (name, value) and name in (UNKNOWN, switch):
            return undetermined(f"parameters[{index}].{'name' if name is UNKNOWN else 'value'}")
        if name == switch:
            where = f"parameters[{index}].value"
            return PASS if str(value).lower() in ON else fail(where, "lets clients do without TLS", FORCE)
    on = since is not None and version >= since
    return PASS if on else fail("parameters", f"leaves {switch} off, as it is by default", FORCE)


def _default_group(database: Resource) -> Verdict:
    path = OWN_GROUPS[database.type]
    group = declared(database, path)
    copies = ("replicateSourceDb", "replicationSourceIdentifier")
    if group is UNKNOWN or (isinstance(group, str) and group and not group.startswith("default.")):
        return PASS  # a group of its own, which is judged where it is made
    if any(filled(declared(database, copy)) for copy in copies):
        return PASS  # a replica has its source's
    engine, version = declared(database, "engine"), declared(database, "engineVersion")
    if engine is UNKNOWN or engine is MISSING:
        return undetermined("engine", "does not tell what the default group says", f"name a {path}")
    name, _ = _engine(str(engine))
    if name not in SWITCHES:
        return PASS
    switch, since = SWITCHES[name]
    if since is not None and version in (UNKNOWN, MISSING):
        return undetermined("engineVersion", "does not tell what the default group says", f"name a {path}")
    if since is not None and _version(str(version)) >= since:
        return PASS
    return fail(path, f"is the default group, which leaves {switch} off", FORCE)


def _engine(text: str) -> tuple[str, tuple[int, int]]:
    """Engine and version of a family such as `postgres17`, `aurora-mysql8.0`, `sqlserver-ee-16.0`; or of an engine."""
    name = next((engine for engine in SWITCHES if text.startswith(engine)), "")
    return name, _version(text.removeprefix(name))


def _version(text: str) -> tuple[int, int]:
    found = re.search(r"(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


def proxy_tls(proxy: Properties) -> Verdict:
    """A proxy in front of a database that forces TLS opens the way again: its own clients may do without."""
    return require(
        proxy, "requireTls", True, "set requireTls; headroom:databases.<name>.pooling makes a proxy that wants TLS"
    )


def bucket_tls_only(bucket: Resource, graph: Graph) -> Verdict:
    """What is asked for over plain HTTP, with its signature, can be read and asked for again on the way."""
    policies = graph.referrers(bucket, "bucket", BUCKET_POLICY)
    values = [lookup(policy.properties, "policy") for policy in policies] + [declared(bucket, "policy")]
    found = [read_document(value) for value in values if value is not MISSING]
    if any(_refuses_http(statement) for document in found for statement in document.denied):
        return PASS
    if any(document.unknown for document in found):
        return undetermined("policy")
    what = "refuses nobody who comes over plain HTTP" if found else "is not set: nobody who comes over HTTP is refused"
    remedy = "deny s3:* to * on the bucket and its objects where aws:SecureTransport is false; headroom:buckets does"
    return fail("policy", what, remedy)


def _refuses_http(statement: Statement) -> bool:
    """Whether it denies everybody everything in the bucket over HTTP, under no other condition."""
    if len(statement.conditions) != 1 or statement.not_principals or statement.not_actions or statement.not_resources:
        return False
    [condition] = statement.conditions
    plain = condition.operator in ("bool", "stringequals") and condition.key == "aws:securetransport"
    everything = any(isinstance(action, str) and matches(action, "s3:*", case=False) for action in statement.actions)
    objects = any(_all_objects(resource) for resource in statement.resources)
    refused = [str(value).lower() for value in condition.values] == ["false"]
    return plain and refused and everything and objects and statement.reaches_everybody


def _all_objects(resource: object) -> bool:
    """A bucket's policy speaks of its own bucket only; what is not known yet is made of the bucket's ARN."""
    return (
        resource is UNKNOWN
        or (isinstance(resource, str) and resource.rpartition(":")[2].partition("/")[2] == "*")
        or (resource == "*")
    )


def listener_https(listener: Resource, graph: Graph) -> Verdict:
    """Over plain HTTP everybody on the way reads passwords and cookies, and may answer in the service's place.

    HTTP may send clients on to HTTPS. It may also speak to CloudFront inside the VPC where the stack has no certificate
    to do better: dev, without a domain. Network load balancers pass on what they get, and are not judged for TCP.
    """
    if listener.type == CLASSIC:
        return _classic(listener.properties)
    protocol = lookup(listener.properties, "protocol")
    if protocol is UNKNOWN:
        return undetermined("protocol")
    if protocol != "HTTP":
        return PASS
    if _behind_cloudfront(listener, graph):
        return PASS
    actions = lookup(listener.properties, "defaultActions")
    verdict = _redirects(actions, "defaultActions")
    if verdict.outcome is not Outcome.PASS:
        return verdict
    for rule in graph.referrers(listener, "listenerArn", LISTENER_RULE):
        if _redirects(lookup(rule.properties, "actions"), "actions").outcome is Outcome.FAIL:
            what = f"speaks HTTP, and its rule {rule.name} answers instead of sending clients to HTTPS"
            return fail("protocol", what, "put the rule on the HTTPS listener")
    return PASS


def _redirects(actions: Any, path: str) -> Verdict:
    """Whether actions do nothing but send clients to HTTPS."""
    if actions is UNKNOWN:
        return undetermined(path)
    members = actions if isinstance(actions, list) else []
    protocols = [lookup({"a": action}, "a.redirect.protocol") for action in members]
    if "HTTPS" in protocols:
        return PASS
    if UNKNOWN in protocols:
        return undetermined(f"{path}[{protocols.index(UNKNOWN)}].redirect.protocol")
    remedy = "set headroom:domain (or headroom:load_balancer.certificate_arn); of your own, redirect to HTTPS"
    return fail(path, "answers over plain HTTP", remedy)


def _behind_cloudfront(listener: Resource, graph: Graph) -> bool:
    if graph.of_type(CERTIFICATE):
        return False
    balancers = graph.behind(listener, "loadBalancerArn", BALANCER)
    return bool(balancers) and all(
        lookup(balancer.properties, "internal") is True
        and bool(graph.referrers(balancer, "vpcOriginEndpointConfig.arn", VPC_ORIGIN))
        for balancer in balancers
    )


def _classic(balancer: Properties) -> Verdict:
    listeners = lookup(balancer, "listeners")
    if listeners is UNKNOWN:
        return undetermined("listeners")
    paths = [f"listeners[{index}].lbProtocol" for index in range(len(listeners) if isinstance(listeners, list) else 0)]
    what, remedy = "answers over plain HTTP", "set it to https, with a certificate"
    allowed = ("https", "ssl", "tcp", "HTTPS", "SSL", "TCP")
    return combine(one_of(balancer, path, allowed, what, remedy) for path in paths)


def listener_tls_policy(listener: Properties) -> Verdict:
    """Old ciphers let somebody who records traffic today read it once the key leaks, or the cipher breaks."""
    protocol = lookup(listener, "protocol")
    if protocol is UNKNOWN:
        return undetermined("protocol")
    if protocol not in ("HTTPS", "TLS"):
        return PASS
    policy = lookup(listener, "sslPolicy")
    if policy is UNKNOWN:
        return undetermined("sslPolicy")
    if isinstance(policy, str) and POLICY.fullmatch(policy):
        return PASS
    what = (
        "is not set, and AWS's default takes TLS 1.0" if policy is MISSING else "takes TLS or ciphers that are too old"
    )
    return fail("sslPolicy", what, "set it to ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09")


def cdn_viewer_tls(distribution: Properties) -> Verdict:
    """Visitors' passwords pass CloudFront: over plain HTTP or TLS 1.0 others on the way may read and change them.

    CloudFront's own certificate (*.cloudfront.net) takes TLS 1.0: only a domain of yours ends that.
    """
    return combine([*_viewers(distribution), _viewer_certificate(distribution)])


def _viewers(distribution: Properties) -> Iterator[Verdict]:
    remedy = "set viewerProtocolPolicy to redirect-to-https"
    ordered = lookup(distribution, "orderedCacheBehaviors")
    if ordered is UNKNOWN:
        yield undetermined("orderedCacheBehaviors")
    count = len(ordered) if isinstance(ordered, list) else 0
    for behavior in ("defaultCacheBehavior", *(f"orderedCacheBehaviors[{index}]" for index in range(count))):
        path = f"{behavior}.viewerProtocolPolicy"
        yield one_of(distribution, path, VIEWER_POLICIES, "lets visitors come over plain HTTP", remedy)


def _viewer_certificate(distribution: Properties) -> Verdict:
    default = lookup(distribution, "viewerCertificate.cloudfrontDefaultCertificate")
    if default is True or lookup(distribution, "viewerCertificate") is MISSING:
        path, what = "viewerCertificate.cloudfrontDefaultCertificate", "is CloudFront's own, which takes TLS 1.0"
        return fail(path, what, "set headroom:domain: the CDN then has a certificate of its own")
    path = "viewerCertificate.minimumProtocolVersion"
    return one_of(distribution, path, VIEWER_TLS, "takes versions of TLS that are too old", "set it to TLSv1.2_2021")


def cdn_origin_tls(origin: Resource, graph: Graph) -> Verdict:
    """Between CloudFront and what it asks, the same passwords travel once more; visitors see a padlock all the same.

    Buckets are asked as the visitor came, and so by cdn-viewer-tls over TLS. Inside a VPC plain HTTP passes only where
    the stack has no certificate to do better: dev, without a domain.
    """
    if origin.type == VPC_ORIGIN:
        return _vpc_origin(origin.properties, graph)
    origins = lookup(origin.properties, "origins")
    if origins is UNKNOWN:
        return undetermined("origins")
    only_tls = all(verdict.outcome is Outcome.PASS for verdict in _viewers(origin.properties))
    return combine(
        _custom_origin(origin.properties, f"origins[{index}].customOriginConfig", only_tls)
        for index in range(len(origins) if isinstance(origins, list) else 0)
    )


def _custom_origin(distribution: Properties, path: str, only_tls: bool) -> Verdict:
    if lookup(distribution, path) is MISSING:
        return PASS
    policies = ("https-only", "match-viewer") if only_tls else ("https-only",)
    what = "lets CloudFront ask over plain HTTP"
    asked = one_of(distribution, f"{path}.originProtocolPolicy", policies, what, "set it to https-only")
    return combine([asked, _protocols(distribution, f"{path}.originSslProtocols")])


def _vpc_origin(origin: Properties, graph: Graph) -> Verdict:
    config = "vpcOriginEndpointConfig"
    path, remedy = f"{config}.originProtocolPolicy", "set headroom:domain; of your own, set it to https-only"
    allowed = ("https-only", "http-only") if not graph.of_type(CERTIFICATE) else ("https-only",)
    asked = one_of(origin, path, allowed, "lets CloudFront ask over plain HTTP", remedy)
    return combine([asked, _protocols(origin, f"{config}.originSslProtocols.items")])


def _protocols(properties: Properties, path: str) -> Verdict:
    protocols = lookup(properties, path)
    if protocols is UNKNOWN:
        return undetermined(path)
    if isinstance(protocols, list) and any(protocol in OLD_TLS for protocol in protocols):
        return fail(path, "holds versions of TLS that are too old", "leave TLSv1.2 only")
    return PASS


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=rds_tls_forced,
        title="Databases refuse clients without TLS",
        types=frozenset({*OWN_GROUPS, INSTANCE_GROUP, *CLUSTER_GROUPS}),
        severity="high",
        references=("AWS FSBP RDS.38", "AWS FSBP RDS.39", "Checkov CKV2_AWS_69"),
    ),
    ResourceRule(
        check=proxy_tls,
        title="Database proxies refuse clients without TLS",
        types=frozenset({"aws:rds/proxy:Proxy"}),
        severity="high",
        references=("AWS FSBP RDS.43",),
    ),
    GraphRule(
        check=bucket_tls_only,
        title="Buckets refuse plain HTTP",
        types=frozenset({BUCKET}),
        severity="high",
        references=("AWS FSBP S3.5", "cdk-nag AwsSolutions-S10"),
    ),
    GraphRule(
        check=listener_https,
        title="Load balancers answer over HTTPS, or send clients there",
        types=frozenset({LISTENER, CLASSIC}),
        severity="high",
        references=("AWS FSBP ELB.1", "AWS FSBP ELB.3", "Checkov CKV_AWS_2", "Checkov CKV2_AWS_20"),
    ),
    ResourceRule(
        check=listener_tls_policy,
        title="Load balancers take TLS 1.3 and the best of 1.2",
        types=frozenset({LISTENER}),
        severity="high",
        references=("AWS FSBP ELB.17", "Checkov CKV_AWS_103"),
    ),
    ResourceRule(
        check=cdn_viewer_tls,
        title="Visitors reach CloudFront over TLS 1.2 or newer",
        types=frozenset({DISTRIBUTION}),
        severity="high",
        references=("AWS FSBP CloudFront.3", "Checkov CKV_AWS_34", "Checkov CKV_AWS_174", "cdk-nag AwsSolutions-CFR4"),
    ),
    GraphRule(
        check=cdn_origin_tls,
        title="CloudFront reaches what it asks over TLS",
        types=frozenset({DISTRIBUTION, VPC_ORIGIN}),
        severity="high",
        references=("AWS FSBP CloudFront.9", "AWS FSBP CloudFront.10", "cdk-nag AwsSolutions-CFR5"),
    ),
)
