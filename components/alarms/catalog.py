"""Every kind of alarm that any component makes, from the same functions, for the docs and their tests.

Some thresholds follow from a size, so each kind is made for a small and for a large thing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from components.access import Scope
from components.alarms import conditions as base
from components.alarms.conditions import Condition, Threshold
from components.alarms.watched import WatchedInstance, WatchedMember, WatchedNode, WatchedServerlessCache
from components.caches import alarms as cache_alarms
from components.caches.constraints import Use
from components.databases import aurora_alarms, pool_alarms
from components.edge import cdn_alarms, waf_alarms
from components.eks import alarms as eks_alarms
from components.eks import audit
from components.kubernetes.pod import Resources
from components.links import ClusterLink, DistributionLink, FunctionLink, LoadBalancerLink, RouteLink, WebAclLink
from components.queues import alarms as queue_alarms
from components.queues.statements import QueueName
from components.schedules import alarms as schedule_alarms
from components.services.alarms import logged_errors_condition, route_conditions, service_conditions
from components.services.metrics import INSIGHTS_METRICS, ecs_metrics, eks_metrics
from components.tasks.function_alarms import METRICS, function_conditions

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/prod")
CLUSTER = ClusterLink(arn="cluster", name="cluster", insights=True)
BALANCER = LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg")
ROUTE = RouteLink(target_group_arn="tg", target_group_arn_suffix="targetgroup/api/2", load_balancer=BALANCER)


@dataclass(frozen=True, kw_only=True)
class Size:
    """What thresholds follow from."""

    instance_class: str
    """Of a database."""
    max_connections: int
    """Of that class."""
    storage_gib: int
    """Of a database."""
    node_class: str
    """Of a cache."""
    limit: int
    """Of whatever the settings limit: clients of a pool, GB, thousands of processing units, minutes."""


SMALL = Size(instance_class="db.t4g.small", max_connections=197, storage_gib=20, node_class="cache.t4g.small", limit=10)
LARGE = Size(
    instance_class="db.r7g.large", max_connections=1774, storage_gib=1000, node_class="cache.r7g.large", limit=100
)


@dataclass(frozen=True, kw_only=True)
class Group:
    """What is watched of one kind of thing."""

    thing: str
    """The thing, in words."""
    conditions: Sequence[Condition]
    """What is watched of it."""
    limits: Mapping[str, Threshold]
    """Condition to its limit, which has the source."""
    on_eks: Sequence[Condition] = ()
    """The same conditions on EKS, where a thing is measured otherwise there; `conditions` are ECS's then."""
    eks_source: str = ""
    """AWS document of the metrics on EKS."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of alarm."""

    thing: str
    """What is watched, in words."""
    condition: Condition
    """As it is for a small thing."""
    large: Condition
    """As it is for a large thing."""
    limit: Threshold
    """The number behind the threshold, with its source."""
    on_eks: Condition | None = None
    """As it is on EKS, if it is measured otherwise there."""
    eks_source: str = ""
    """AWS document of the metrics on EKS, if they differ."""


def catalog() -> list[Kind]:
    """Every kind of alarm."""
    return [
        kind(small, large, condition)
        for small, large in zip(groups(SMALL), groups(LARGE), strict=True)
        for condition in small.conditions
    ]


def kind(small: Group, large: Group, condition: Condition) -> Kind:
    """One kind; it differs by platform only if one of its metrics does."""
    on_eks = next((other for other in small.on_eks if other.name == condition.name), None)
    if on_eks is not None and (on_eks.metrics, on_eks.expression) == (condition.metrics, condition.expression):
        on_eks = None
    return Kind(
        thing=small.thing,
        condition=condition,
        large=next(other for other in large.conditions if other.name == condition.name),
        limit=small.limits[condition.name],
        on_eks=on_eks,
        eks_source=small.eks_source if on_eks is not None else "",
    )


def groups(size: Size) -> list[Group]:
    """Every thing that has alarms, of one size."""
    return [*_services(), *_databases(size), *_pools(size), *_caches(size), *_work(), *_clusters(), *_edge()]


def _services() -> list[Group]:
    limits = base.THRESHOLDS
    ecs, eks = ecs_metrics(CLUSTER, "api"), eks_metrics("headroom-prod", "api", [Resources()])
    rates = {"warn": limits["errors_warn_percent"], "page": limits["errors_page_percent"]}
    logged = logged_errors_condition(SCOPE.namespace, "worker")
    return [
        Group(
            thing="service",
            conditions=service_conditions(ecs, 10, routed=True),
            on_eks=service_conditions(eks, 10, routed=True),
            eks_source=INSIGHTS_METRICS,
            limits={"cpu-high": limits["service_cpu_percent"], "memory-high": limits["service_memory_percent"]},
        ),
        Group(
            thing="service without a route",
            conditions=[*service_conditions(ecs, 10, routed=False)[2:], logged],
            on_eks=[*service_conditions(eks, 10, routed=False)[2:], logged],
            eks_source=INSIGHTS_METRICS,
            limits={"no-tasks": limits["running_tasks"], "errors-logged": limits["logged_errors"]},
        ),
        Group(
            thing="service behind the load balancer",
            conditions=route_conditions(ROUTE, ecs),
            on_eks=route_conditions(ROUTE, eks),
            eks_source=INSIGHTS_METRICS,
            limits={
                "errors-warn": rates["warn"],
                "errors-page": rates["page"],
                "slow": limits["p95_seconds"],
                "unhealthy": limits["unhealthy_tasks"],
                "down": limits["healthy_tasks"],
            },
        ),
        Group(
            thing="load balancer",
            conditions=base.load_balancer_conditions(BALANCER),
            limits={"refused-warn": rates["warn"], "refused-page": rates["page"]},
        ),
    ]


def _databases(size: Size) -> list[Group]:
    limits, aurora = base.THRESHOLDS, aurora_alarms.THRESHOLDS
    instance = WatchedInstance(
        name="main",
        identifier="main",
        instance_class=size.instance_class,
        max_connections=size.max_connections,
        storage_gib=size.storage_gib,
        is_replica=True,
    )
    member = WatchedMember(
        name="main",
        identifier="main",
        instance_class=size.instance_class,
        max_connections=size.max_connections,
        is_serverless=False,
        pauses=False,
        is_scaled=False,
    )
    serverless = replace(member, instance_class="db.serverless", is_serverless=True)
    of_aurora = {
        "database-cpu-high": aurora["cpu_percent"],
        "database-connections-high": aurora["connections_share"],
        "database-memory-low": Threshold(0, "ours: a tenth of the class's memory"),
        "database-local-storage-low": aurora["local_storage_gib"],
        "database-capacity-high": aurora["capacity_percent"],
        "database-replica-lag": aurora["lag_milliseconds"],
    }
    return [
        Group(
            thing="instance of RDS",
            conditions=base.instance_conditions(instance),
            limits={
                "database-cpu-high": limits["database_cpu_percent"],
                "database-connections-high": limits["database_connections_share"],
                "database-storage-low": Threshold(0, f"O1; below where RDS grows the storage: {base.RDS_METRICS}"),
                "database-memory-low": Threshold(0, f"ours: a tenth of the class's memory; {base.RDS_METRICS}"),
                "database-silent": Threshold(0, f"ours: an instance reports every minute; {base.RDS_METRICS}"),
                "database-replica-lag": limits["replica_lag_seconds"],
            },
        ),
        Group(thing="instance of Aurora", conditions=aurora_alarms.member_conditions(member), limits=of_aurora),
        Group(
            thing="serverless instance of Aurora",
            conditions=aurora_alarms.member_conditions(serverless),
            limits={**of_aurora, "database-memory-low": aurora["serverless_memory_gib"]},
        ),
        Group(
            thing="cluster of Aurora",
            conditions=aurora_alarms.cluster_conditions("main"),
            limits={"database-volume-high": aurora["volume_tib"]},
        ),
    ]


def _pools(size: Size) -> list[Group]:
    limits = pool_alarms.THRESHOLDS
    return [
        Group(
            thing="RDS Proxy",
            conditions=pool_alarms.proxy_conditions("main", size.limit),
            limits={
                "proxy-borrow-slow": limits["borrow_microseconds"],
                "proxy-pool-high": limits["pool_used_percent"],
                "proxy-pinned": limits["pinned_percent"],
                "proxy-clients-high": Threshold(0, "D3: what the budget of connections allows for"),
                "proxy-unavailable": limits["available_percent"],
            },
        ),
        Group(
            thing="PgBouncer",
            conditions=pool_alarms.pgbouncer_conditions("main"),
            limits={"pgbouncer-waits": limits["waited_in_vain"]},
        ),
    ]


def _caches(size: Size) -> list[Group]:
    limits = cache_alarms.THRESHOLDS
    of_nodes = {
        "cache-cpu-high": limits["engine_cpu_percent"],
        "cache-connections-high": limits["connections_share"],
        "cache-silent": Threshold(0, f"ours: a node reports every minute; {cache_alarms.CACHE_METRICS}"),
        "cache-memory-high": limits["memory_percent"],
        "cache-evictions": limits["session_evictions"],
        "cache-too-small": limits["misses_percent"],
        "cache-replica-lag": limits["lag_seconds"],
    }
    things: list[Group] = []
    seen: set[tuple[str, str]] = set()
    uses: tuple[Use, ...] = ("cache", "sessions", "queue")
    for use in uses:
        node = WatchedNode(name="main", cluster_id="main", node_class=size.node_class, use=use, has_replicas=True)
        # What differs by use is listed again under that.
        own = [c for c in cache_alarms.node_conditions(node) if (c.name, c.severity) not in seen]
        seen |= {(c.name, c.severity) for c in own}
        things.append(Group(thing=f"node of a cache (use: {use})", conditions=own, limits=of_nodes))
    serverless = WatchedServerlessCache(
        name="main", cache_name="main", use="cache", max_gb=size.limit, max_ecpu_per_second=1000 * size.limit
    )
    things.append(
        Group(
            thing="serverless cache",
            conditions=cache_alarms.serverless_conditions(serverless),
            limits={
                "cache-data-high": limits["serverless_percent"],
                "cache-ecpu-high": limits["serverless_percent"],
                "cache-throttled": limits["throttled"],
            },
        )
    )
    return things


def _work() -> list[Group]:
    queues, schedules = queue_alarms.THRESHOLDS, schedule_alarms.THRESHOLDS
    function = FunctionLink(name="limit", arn="arn", made_arn="arn")
    return [
        Group(
            thing="queue",
            conditions=queue_alarms.queue_conditions(SCOPE, QueueName(name="jobs"), 15, 5),
            limits={
                "queue-age": queues["age_minutes"],
                "queue-idle": queues["idle"],
                "queue-dead-letters": queues["dead_letters"],
            },
        ),
        Group(
            thing="schedule",
            conditions=[
                schedule_alarms.run_failed(schedule_alarms.rule_metric("rule"), "/headroom/prod/service/worker"),
                schedule_alarms.not_started(schedule_alarms.dropped_metric("headroom-prod")),
            ],
            on_eks=[
                audit.failed_condition(SCOPE, "worker", "cleanup", "/headroom/prod/service/worker"),
                audit.refused_condition(SCOPE),
            ],
            eks_source=audit.AUDIT_SOURCE,
            limits={"schedule-failed": schedules["failed_runs"], "not-started": schedules["dropped_runs"]},
        ),
        Group(
            thing="function of ours",
            conditions=function_conditions(function, undone="its work is not done"),
            limits={"errors": Threshold(0, f"ours: one that fails will fail again; {METRICS}")},
        ),
    ]


def _clusters() -> list[Group]:
    limits = eks_alarms.THRESHOLDS
    return [
        Group(
            thing="cluster of EKS",
            conditions=eks_alarms.cluster_conditions("headroom-prod", observed=True, relied_on=True),
            limits={
                "pods-waiting": limits["waiting_pods"],
                "api-errors": limits["api_errors_percent"],
                "silent": limits["nodes"],
            },
        )
    ]


def _edge() -> list[Group]:
    limits = cdn_alarms.THRESHOLDS
    distribution = DistributionLink(
        id="cdn", domain_name="cdn", zone_id="Z", has_extra_metrics=True, function_name="redirect"
    )
    acl = WebAclLink(arn="acl", metric="acl", region="eu-central-1")
    of_cdn = {
        "errors-warn": limits["errors_warn_percent"],
        "errors-page": limits["errors_page_percent"],
        "unreachable": limits["errors_page_percent"],
        "refused": limits["refused_percent"],
        "origin-slow": limits["origin_p95_milliseconds"],
        "function-errors": limits["function_errors"],
    }
    before_services = cdn_alarms.distribution_conditions(distribution, has_services=True)
    before_a_site = cdn_alarms.distribution_conditions(distribution, has_services=False)
    # What is the same of both is listed once.
    own = [condition for condition in before_a_site if condition not in before_services]
    return [
        Group(thing="CloudFront (in us-east-1)", conditions=before_services, limits=of_cdn),
        Group(thing="CloudFront before a site alone (in us-east-1)", conditions=own, limits=of_cdn),
        Group(
            thing="firewall",
            conditions=waf_alarms.web_acl_conditions(acl),
            limits={"waf-blocks": waf_alarms.THRESHOLDS["blocked_requests"]},
        ),
    ]
