"""What one component hands to another: the few facts the other side needs, never the whole component.

A link pairs outputs (ARNs, ids) with the names that are known from settings alone, because an IAM document is built
from the known names only: a policy pack can then judge it in the first preview.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.cache_constraints import Use


@dataclass(frozen=True, kw_only=True)
class KeyLink:
    """A KMS key that others encrypt with."""

    arn: pulumi.Input[str]
    """ARN of the key."""
    alias: str
    """Alias with its prefix, `alias/headroom-dev-data`; IAM statements name the key by it, since it is known early."""


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
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a consumer starts: a task whose secret has no value fails."""


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
class LoadBalancerLink:
    """How a route and its alarms reach the load balancer."""

    arn_suffix: pulumi.Input[str]
    """Value of CloudWatch's LoadBalancer dimension, `app/<name>/<id>`."""
    listener_arn: pulumi.Input[str]
    """Listener that carries the rules: HTTPS where a certificate is set, else HTTP."""
    security_group_id: pulumi.Input[str]
    """Security group of the load balancer."""


@dataclass(frozen=True, kw_only=True)
class RouteLink:
    """How a service receives traffic from a load balancer."""

    target_group_arn: pulumi.Input[str]
    """Target group in which the service registers its tasks."""
    target_group_arn_suffix: pulumi.Input[str]
    """Value of CloudWatch's TargetGroup dimension, `targetgroup/<name>/<id>`."""
    load_balancer: LoadBalancerLink
    """Load balancer before the target group."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before the service: ECS refuses a target group that no listener uses."""


@dataclass(frozen=True, kw_only=True)
class TopicsLink:
    """Where alarms go."""

    warn_arn: pulumi.Input[str]
    """Topic read in working hours."""
    page_arn: pulumi.Input[str]
    """Topic that wakes somebody up."""


@dataclass(frozen=True, kw_only=True)
class WatchedInstance:
    """What an alarm needs to know of an instance."""

    name: str
    """Logical name, first part of its alarms' names: the database's, with a number for a replica."""
    identifier: pulumi.Input[str]
    """Value of CloudWatch's DBInstanceIdentifier dimension."""
    instance_class: str
    """RDS class; its thresholds follow from it."""
    storage_gib: int
    """Initial storage in GiB."""
    is_replica: bool
    """Only a replica lags."""


@dataclass(frozen=True, kw_only=True)
class WatchedNode:
    """What an alarm needs to know of a cache's node."""

    name: str
    """Logical name, first part of its alarms' names: the cache's with the node's number."""
    cluster_id: pulumi.Input[str]
    """Value of CloudWatch's CacheClusterId dimension."""
    node_class: str
    """ElastiCache node type; the limit of its connections follows from it."""
    use: Use
    """`cache`, `queue` or `sessions`; decides what memory and evictions mean."""
    has_replicas: bool
    """Any node may be a replica after a failover, and only then it lags."""
