"""What one component hands to another: the few facts the other side needs, never the whole component.

A link pairs outputs (ARNs, ids) with the names that are known from settings alone, because an IAM document is built
from the known names only: a policy pack can then judge it in the first preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pulumi

from components.databases.connection import Protocol


@dataclass(frozen=True, kw_only=True)
class KeyLink:
    """A KMS key that others encrypt with."""

    arn: pulumi.Input[str]
    """ARN of the key."""
    alias: str
    """Alias with its prefix, `alias/headroom-dev-data`; IAM statements name the key by it, since it is known early."""


@dataclass(frozen=True, kw_only=True)
class NetworkLink:
    """Where everything stands: a network of this stack, or one that stood before."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    public_subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets that face the internet, one a zone in the order of the zones, like the two below."""
    private_subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of tasks."""
    isolated_subnet_ids: Sequence[pulumi.Input[str]]
    """Subnets of databases and caches."""
    public_ready: Sequence[pulumi.Resource] = ()
    """What must stand before anything faces the internet: AWS refuses a public load balancer in a VPC that has no
    internet gateway attached, and gives the gateway back only when nothing holds a public address."""
    private_ready: Sequence[pulumi.Resource] = ()
    """What must stand before a task starts: one that can't reach its image or its secrets fails, and a few such
    failures end the deployment."""


@dataclass(frozen=True, kw_only=True)
class DatabaseLink:
    """How a service reaches a database."""

    secret_arn: pulumi.Input[str]
    """ARN of the secret with the keys engine, host, port, dbname, username, password, url and read_url."""
    secret_name: str
    """Fixed physical name of that secret."""
    key: KeyLink
    """Key that encrypts the secret."""
    security_group_id: pulumi.Input[str]
    """Security group of the instances; a consumer adds its own ingress rule to it."""
    port: int
    """TCP port of the database."""
    instances: Sequence[str] = ()
    """Identifiers of the writer and its replicas. A task reads the secret at its start only, so a consumer starts new
    tasks when these change; else it would go on asking a replica that is gone."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a consumer starts: a task whose secret has no value fails."""
    protocol: Protocol = "postgres"
    """What clients speak."""
    database_name: pulumi.Input[str] = "app"
    """Database made at creation; with a restore, the one that the data bring."""
    extensions: Sequence[str] = ()
    """Extensions of PostgreSQL that the application's database is to have."""
    hosts: Sequence[pulumi.Input[str]] = ()
    """The writer's host, then those to read from."""
    identity: pulumi.Input[str] = ""
    """What AWS tells one database from the next by, even where the second has the first one's name and address: what
    was made in it must be made again when this changes."""


@dataclass(frozen=True, kw_only=True)
class PooledUser:
    """A database user whose connections a pool carries."""

    label: str
    """Whose it is, unique among the users of a database: `api`, or `api-acme` of a tenant."""
    service: str
    """Service that signs in."""
    database_name: str
    """Its own database in the server."""
    document_arn: pulumi.Input[str]
    """ARN of the secret that says by what this login and all others of the database sign in: its key `userlist` is
    PgBouncer's list of users. A login has two users by turns, so no pool is told of one."""
    document_name: str
    """Fixed physical name of that secret."""
    secret_arns: Sequence[pulumi.Input[str]]
    """ARNs of two secrets with the keys username and password, one for each of the login's users: what RDS Proxy lets
    in. None where there is no proxy."""
    secret_names: Sequence[str]
    """Fixed physical names of those."""
    key: KeyLink
    """Key that encrypts them all."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the pool reads them: their first values."""


@dataclass(frozen=True, kw_only=True)
class PoolLink:
    """How a service reaches a database through a pool: RDS Proxy or PgBouncer."""

    host: pulumi.Input[str]
    """Address for DATABASE_URL."""
    port: int
    """TCP port for DATABASE_URL; that of the readers' address as well."""
    security_group_id: pulumi.Input[str]
    """Security group of the pool; a consumer adds its own ingress rule to it."""
    read_host: pulumi.Input[str] | None = None
    """Address of the readers for DATABASE_READ_URL, on Aurora; elsewhere reads go to the replicas themselves."""
    pooler: str = ""
    """PgBouncer's tag `Service`: it reads the users when it starts. Empty of RDS Proxy, which has a secret for each."""
    monitor: str = ""
    """User of the pool's own that looks into PostgreSQL's database `postgres`: it must be let in there."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a consumer starts."""


@dataclass(frozen=True, kw_only=True)
class NamespaceLink:
    """Names inside the VPC (Cloud Map)."""

    id: pulumi.Input[str]
    """Id of the name space."""
    domain: str
    """`headroom-dev.internal`; a service in it is `<name>.<domain>`."""


@dataclass(frozen=True, kw_only=True)
class CacheLink:
    """How a service reaches a cache."""

    name: str
    """The cache's name in the settings."""
    secret_arn: pulumi.Input[str]
    """ARN of the secret with the keys host, port, username, password, url and read_url."""
    secret_name: str
    """Fixed physical name of that secret."""
    key: KeyLink
    """Key that encrypts the secret."""
    security_group_id: pulumi.Input[str]
    """Security group of the nodes; a consumer adds its own ingress rule to it."""
    port: int
    """TCP port of the cache."""
    has_replicas: bool
    """Whether read_url leads to replicas. A task reads the secret at its start only, so a consumer starts new tasks
    when this changes."""
    read_port: int | None = None
    """TCP port of read_url, where it is another one: a consumer opens it as well."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a consumer starts: a task whose secret has no value fails."""


@dataclass(frozen=True, kw_only=True)
class LogsBucketLink:
    """Where access logs go: of buckets, load balancers and CloudFront."""

    name: str
    """Physical name of the bucket, known before it exists. Encrypted by S3's own keys, which is all that load balancers
    and S3's server access logging can write to."""
    arn: str
    """ARN of the bucket, as early known."""
    bucket_prefix: str
    """Prefix of the buckets' logs, ends with a slash."""
    load_balancer_prefix: str
    """Prefix of load balancers' logs, as `access_logs.prefix` takes it: without a slash at its end."""
    cloudfront_prefix: str
    """Prefix of CloudFront's logs, without a slash at its end: a delivery's destination is `<arn>/<prefix>`."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before logs are switched on: AWS tries at once whether it may write."""


@dataclass(frozen=True, kw_only=True)
class SiteBucketLink:
    """The origin of a site's files, which CloudFront reads by origin access control (OAC)."""

    name: str
    """Physical name of the bucket, known before it exists."""
    domain_name: pulumi.Input[str]
    """Regional domain name, the origin's: `<name>.s3.<region>.amazonaws.com`."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before it is read: the policy that admits the account's distributions. It lets them list too, so
    that S3 answers 404 for what is missing; so a distribution needs a default root object, or `/` would be the list."""


@dataclass(frozen=True, kw_only=True)
class ClusterLink:
    """Where a service runs."""

    arn: pulumi.Input[str]
    """ARN of the ECS cluster."""
    name: pulumi.Input[str]
    """Name of the cluster; autoscaling and alarms address a service by it."""
    insights: bool = False
    """Whether Container Insights is on, which counts each service's running tasks."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a service: it may use a capacity provider only after the cluster has it."""


@dataclass(frozen=True, kw_only=True)
class FunctionLink:
    """How one of our functions is called."""

    name: str
    """Physical name, known before it exists."""
    arn: str
    """ARN, as early known: for policies."""
    made_arn: pulumi.Input[str]
    """The same ARN as an output: who uses it waits for the function."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before it is called: the function, and what it may do."""


@dataclass(frozen=True, kw_only=True)
class RotatorLink:
    """How a secret comes to be rotated."""

    name: str
    """Logical name of what rotates it; its role's name follows from it."""
    function: FunctionLink
    """The function that makes values and rotates them."""
    ready: Sequence[pulumi.Resource]
    """What must stand before it is told of a secret: Secrets Manager asks at once whether it may call it."""


@dataclass(frozen=True, kw_only=True)
class LoadBalancerLink:
    """How a route and its alarms reach the load balancer."""

    arn_suffix: pulumi.Input[str]
    """Value of CloudWatch's LoadBalancer dimension, `app/<name>/<id>`."""
    listener_arn: pulumi.Input[str]
    """Listener that carries the rules: HTTPS where a certificate is set, else HTTP."""
    security_group_id: pulumi.Input[str]
    """Security group of the load balancer."""


@dataclass(frozen=True, kw_only=True)
class OriginLink:
    """How a CDN, a firewall or a DNS record reaches the load balancer itself."""

    arn: pulumi.Input[str]
    """ARN of the load balancer."""
    dns_name: pulumi.Input[str]
    """Name that AWS gave it."""
    zone_id: pulumi.Input[str]
    """Route 53 zone of that name, for alias records."""
    security_group_id: pulumi.Input[str]
    """Security group of the load balancer; who may reach it adds its own ingress rule to it."""
    secure: bool
    """Whether it listens on 443 by TLS, and on 80 redirects only; else it listens on 80 alone."""
    internal: bool
    """Whether it has private addresses only."""


@dataclass(frozen=True, kw_only=True)
class ZoneLink:
    """A public hosted zone of Route 53, made or existing, and the domain in it."""

    zone_id: pulumi.Input[str]
    """Id of the zone."""
    domain: str
    """The environment's domain, `staging.example.com`: the zone's own name, or one below it."""


@dataclass(frozen=True, kw_only=True)
class WebAclLink:
    """A web ACL of AWS WAF."""

    arn: pulumi.Input[str]
    """ARN of the web ACL; a CloudFront distribution takes it as its `web_acl_id`."""
    metric: str
    """Value of CloudWatch's WebACL dimension."""
    region: str | None
    """Value of CloudWatch's Region dimension; None for a CloudFront web ACL, which has none and lives in us-east-1."""


@dataclass(frozen=True, kw_only=True)
class DistributionLink:
    """A CloudFront distribution."""

    id: pulumi.Input[str]
    """Id of the distribution, and value of CloudWatch's DistributionId dimension."""
    domain_name: pulumi.Input[str]
    """Name that AWS gave it, `d111111abcdef8.cloudfront.net`."""
    zone_id: pulumi.Input[str]
    """Route 53 zone of that name, for alias records; the same for all distributions."""
    has_extra_metrics: bool
    """Whether it reports what AWS charges for, such as the origin's latency."""
    function_name: pulumi.Input[str] | None
    """Function that runs on its requests, as CloudWatch's FunctionName dimension has it."""


@dataclass(frozen=True, kw_only=True)
class SecondGroupLink:
    """A route's other target group: requests move between the two, so either may be the live one."""

    target_group_arn: pulumi.Input[str]
    """The target group."""
    target_group_arn_suffix: pulumi.Input[str]
    """Value of CloudWatch's TargetGroup dimension, `targetgroup/<name>/<id>`."""
    rule_arn: pulumi.Input[str]
    """Listener rule that leads there, which no request matches."""


@dataclass(frozen=True, kw_only=True)
class RouteLink:
    """How a service receives traffic from a load balancer."""

    target_group_arn: pulumi.Input[str]
    """Target group in which the service registers its tasks."""
    target_group_arn_suffix: pulumi.Input[str]
    """Value of CloudWatch's TargetGroup dimension, `targetgroup/<name>/<id>`."""
    load_balancer: LoadBalancerLink
    """Load balancer before the target group."""
    rule_arn: pulumi.Input[str] = ""
    """Listener rule that leads the service's requests here."""
    second: SecondGroupLink | None = None
    """The other target group; None for a service that keeps to one."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the service: ECS refuses a target group that no listener uses."""

    @property
    def halves(self) -> "Sequence[RouteLink]":
        """The route once for each of its target groups."""
        if self.second is None:
            return (self,)
        return self, replace(self, target_group_arn_suffix=self.second.target_group_arn_suffix, second=None)


@dataclass(frozen=True, kw_only=True)
class ScheduleGroupLink:
    """What the schedules of an environment share."""

    name: str
    """Name of the group, known early."""
    failures_arn: pulumi.Input[str]
    """Queue of runs that did not start, or failed."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a schedule: its group, and a queue that takes what its rule sends."""


@dataclass(frozen=True, kw_only=True)
class TopicsLink:
    """Where alarms go."""

    warn_arn: pulumi.Input[str]
    """Topic read in working hours."""
    page_arn: pulumi.Input[str]
    """Topic that wakes somebody up."""
