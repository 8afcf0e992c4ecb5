"""What a dashboard shows of services and of what stands before them, as rows of charts (O2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from components.alarms.conditions import THRESHOLDS, Metric, balancer_metric
from components.dashboards.saved_queries import ERRORS
from components.dashboards.widgets import Chart, Limit, LogQuery, Row, Series
from components.links import DistributionLink, LoadBalancerLink, RouteLink, WebAclLink
from components.services.alarms import cpu_expression
from components.services.metrics import OPEN_CONNECTIONS, QUERY_TIME, ServiceMetrics, emitted

PERCENTILES = ("p50", "p95", "p99")
EDGE_REGION = "us-east-1"
"""Where CloudFront reports, whatever the environment's region."""


@dataclass(frozen=True, kw_only=True)
class WatchedService:
    """What a dashboard needs to know of a service, whatever it runs on."""

    name: str
    """Name in the settings."""
    metrics: ServiceMetrics
    """What its platform reports of it."""
    min_count: int
    """Tasks or pods that always run."""
    max_count: int
    """Tasks or pods that autoscaling may reach."""
    log_group: str
    """Where it logs."""
    route: RouteLink | None = None
    """How requests arrive; none for a private service."""


def limit(label: str, key: str) -> Limit:
    """A threshold of an alarm."""
    return Limit(label=label, value=THRESHOLDS[key].value)


def lines(metrics: Mapping[str, Metric]) -> list[Series]:
    """One line a metric, by its label."""
    return [Series(label=label, metric=metric) for label, metric in metrics.items()]


def share(label: str, part: Metric, whole: Metric, number: int = 0) -> list[Series]:
    """A percentage: `part` of `whole`. A part that is not reported is none."""
    return [
        Series(label=f"{label} (part)", metric=part, id=f"part{number}", hidden=True),
        Series(label=f"{label} (whole)", metric=whole, id=f"whole{number}", hidden=True),
        Series(
            label=label,
            expression=f"100 * FILL(part{number}, 0) / whole{number}",
            id=f"share{number}",
        ),
    ]


def cpu(label: str, service: WatchedService, number: int = 0) -> list[Series]:
    """CPU of a service in percent of what autoscaling measures against."""
    metrics = service.metrics
    if metrics.cpu_factor == 1:
        return lines({label: metrics.cpu})
    return [
        Series(label=f"{label} (of the limit)", metric=metrics.cpu, id=f"cpu{number}", hidden=True),
        Series(label=label, expression=cpu_expression(metrics, f"cpu{number}"), id=f"promised{number}"),
    ]


def edge_row(distribution: DistributionLink | None, acls: Sequence[WebAclLink]) -> Row:
    """CloudFront and the firewalls before everything. Those of CloudFront report to us-east-1."""
    charts: list[Chart] = []
    if distribution is not None:
        dimensions: dict[str, pulumi.Input[str]] = {"DistributionId": distribution.id, "Region": "Global"}

        def metric(name: str, statistic: str) -> Metric:
            return Metric(namespace="AWS/CloudFront", name=name, dimensions=dimensions, statistic=statistic)

        rates = {"5xx": metric("5xxErrorRate", "Average"), "4xx": metric("4xxErrorRate", "Average")}
        charts += [
            Chart(
                title="CloudFront: requests",
                unit="a minute",
                series=lines({"requests": metric("Requests", "Sum")}),
                region=EDGE_REGION,
            ),
            Chart(title="CloudFront: errors", unit="%", series=lines(rates), region=EDGE_REGION),
        ]
        if distribution.has_extra_metrics:
            hits = {"answered from the cache": metric("CacheHitRate", "Average")}
            charts.append(Chart(title="CloudFront: cache hits", unit="%", series=lines(hits), region=EDGE_REGION))
    for acl in acls:
        seen: dict[str, pulumi.Input[str]] = {"WebACL": acl.metric, "Rule": "ALL"}
        if acl.region is not None:
            seen["Region"] = acl.region
        blocked = Metric(namespace="AWS/WAFV2", name="BlockedRequests", dimensions=seen, statistic="Sum")
        region = acl.region or EDGE_REGION
        charts.append(
            Chart(title="Firewall: refused", unit="a minute", series=lines({"refused": blocked}), region=region)
        )
    return Row(title="Edge", charts=charts)


def halves(route: RouteLink) -> dict[str, RouteLink]:
    """A route's target groups, each with what is added to a label: a new version is seen beside the one before it."""
    if route.second is None:
        return {"": route}
    return dict(zip((", first target group", ", second target group"), route.halves, strict=True))


def traffic_row(title: str, balancer: LoadBalancerLink, route: RouteLink | None = None) -> Row:
    """Requests, errors and latency of all services behind a load balancer, or of the one behind `route`."""
    groups: Mapping[str, RouteLink | None] = {"": None} if route is None else halves(route)

    def each(label: str, name: str, statistic: str) -> dict[str, Metric]:
        return {f"{label}{of}": balancer_metric(name, statistic, balancer, group) for of, group in groups.items()}

    requests, failed = each("requests", "RequestCount", "Sum"), each("5xx", "HTTPCode_Target_5XX_Count", "Sum")
    answers = {**failed, **each("4xx", "HTTPCode_Target_4XX_Count", "Sum")}
    if route is None:
        answers |= each("5xx of the load balancer", "HTTPCode_ELB_5XX_Count", "Sum")
    latency = {
        label: metric
        for percentile in PERCENTILES
        for label, metric in each(percentile, "TargetResponseTime", percentile).items()
    }
    rates = enumerate(zip(failed.items(), requests.values(), strict=True))
    charts = [
        Chart(title="Requests", unit="a minute", series=lines(requests)),
        Chart(
            title="Error rate",
            unit="%",
            series=[series for number, ((label, part), whole) in rates for series in share(label, part, whole, number)],
            limits=[limit("warn", "errors_warn_percent"), limit("page", "errors_page_percent")],
        ),
        Chart(title="Errors", unit="a minute", series=lines(answers)),
        Chart(title="Latency", unit="s", series=lines(latency), limits=[limit("warn (p95)", "p95_seconds")]),
    ]
    return Row(title=title, charts=charts)


def services_row(services: Sequence[WatchedService]) -> Row:
    """All services side by side: one line each."""
    routed = {
        f"{service.name}{of}": group
        for service in services
        if service.route is not None
        for of, group in halves(service.route).items()
    }
    errors = [
        series
        for number, (name, route) in enumerate(routed.items())
        for series in share(
            name,
            balancer_metric("HTTPCode_Target_5XX_Count", "Sum", route.load_balancer, route),
            balancer_metric("RequestCount", "Sum", route.load_balancer, route),
            number,
        )
    ]
    slow = {
        name: balancer_metric("TargetResponseTime", "p95", route.load_balancer, route) for name, route in routed.items()
    }
    return Row(
        title="Services",
        charts=[
            Chart(
                title="CPU",
                unit="%",
                series=[one for number, service in enumerate(services) for one in cpu(service.name, service, number)],
                limits=[limit("target of autoscaling", "service_cpu_percent")],
            ),
            Chart(
                title="Memory",
                unit="%",
                series=lines({service.name: service.metrics.memory for service in services}),
                limits=[limit("warn", "service_memory_percent")],
            ),
            Chart(
                title="Running",
                unit="tasks",
                series=lines({service.name: service.metrics.tasks for service in services}),
            ),
            Chart(
                title="Error rate by service",
                unit="%",
                series=errors,
                limits=[limit("page", "errors_page_percent")],
            ),
            Chart(title="p95 by service", unit="s", series=lines(slow), limits=[limit("warn", "p95_seconds")]),
            Chart(
                title="Open connections (SSE)",
                unit="connections",
                series=lines({s.name: emitted(s.name, OPEN_CONNECTIONS, "Sum") for s in services if s.route}),
            ),
            Chart(
                title="Query time (p95)",
                unit="ms",
                series=lines({s.name: emitted(s.name, QUERY_TIME, "p95") for s in services}),
            ),
        ],
    )


def tasks_row(service: WatchedService) -> Row:
    """What one service uses, and how near it is to its bounds."""
    metrics = service.metrics
    query_time = {percentile: emitted(service.name, QUERY_TIME, percentile) for percentile in PERCENTILES}
    charts = [
        Chart(
            title="CPU",
            unit="%",
            series=cpu("average", service),
            limits=[limit("target of autoscaling", "service_cpu_percent")],
        ),
        Chart(
            title="Memory",
            unit="%",
            series=lines({"average": metrics.memory}),
            limits=[limit("warn", "service_memory_percent")],
        ),
        Chart(
            title="Running",
            unit="tasks",
            series=lines({"running": metrics.tasks}),
            limits=[Limit(label="least", value=service.min_count), Limit(label="most", value=service.max_count)],
        ),
        Chart(title="Query time, as the service emits it", unit="ms", series=lines(query_time)),
    ]
    if service.route is not None:
        charts += [_targets(service.route), _open_connections(service.name)]
    return Row(title="Tasks", charts=charts)


def _targets(route: RouteLink) -> Chart:
    counts = {"healthy": ("HealthyHostCount", "Minimum"), "unhealthy": ("UnHealthyHostCount", "Maximum")}
    health = {
        f"{label}{of}": balancer_metric(name, statistic, route.load_balancer, group)
        for label, (name, statistic) in counts.items()
        for of, group in halves(route).items()
    }
    return Chart(title="Behind the load balancer", unit="tasks", series=lines(health))


def _open_connections(service: str) -> Chart:
    counts = {
        "all tasks": emitted(service, OPEN_CONNECTIONS, "Sum"),
        "fullest task": emitted(service, OPEN_CONNECTIONS, "Maximum"),
    }
    return Chart(title="Open connections (SSE), as the service emits them", unit="connections", series=lines(counts))


def log_row(service: WatchedService) -> Row:
    """The last errors that the service logged."""
    found = LogQuery(title=f"Last errors of {service.name}", log_group=service.log_group, query=ERRORS)
    return Row(title="Logs", logs=[found])
