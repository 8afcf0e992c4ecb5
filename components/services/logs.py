"""What is made of a service's logs: saved queries, and a count of errors where no load balancer counts answers."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.dashboards.saved_queries import QUERIES, error_pattern
from components.services.metrics import LOGGED_ERRORS_NAMESPACE, logged_errors


def service_log_groups(scope: Scope) -> str:
    """Folder of the log groups of all services."""
    return f"/{scope.namespace}/service"


def service_log_group(scope: Scope, name: str) -> str:
    """Log group of a service's tasks or pods, whatever it runs on."""
    return f"{service_log_groups(scope)}/{name}"


@dataclass(frozen=True, kw_only=True)
class ServiceLogsArgs:
    """What is made of one service's logs."""

    scope: Scope
    """Name space of names."""
    log_group: str
    """Where the service logs."""
    count_errors: bool
    """Whether lines whose `level` is an error are counted as a metric."""
    save_queries: bool = True
    """Whether queries are saved for people."""


class ServiceLogs(pulumi.ComponentResource):
    """Queries `<namespace>/<service>/<query>`, which CloudWatch shows as folders, and the metric of logged errors."""

    def __init__(self, name: str, args: ServiceLogsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:ServiceLogs", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        for query, text in QUERIES.items() if args.save_queries else ():
            aws.cloudwatch.QueryDefinition(
                f"{name}-{query}",
                name=f"{args.scope.namespace}/{name}/{query}",
                query_string=text,
                log_group_names=[args.log_group],
                opts=child,
            )
        if args.count_errors:
            aws.cloudwatch.LogMetricFilter(
                f"{name}-errors",
                log_group_name=args.log_group,
                name=f"{args.scope.prefix}-{name}-errors",
                pattern=error_pattern(),
                metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                    namespace=LOGGED_ERRORS_NAMESPACE,
                    name=logged_errors(args.scope.namespace, name),
                    value="1",
                ),
                opts=child,
            )
        self.register_outputs({})
