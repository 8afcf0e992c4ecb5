"""A dashboard of CloudWatch."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.access import Scope
from components.dashboards.widgets import Row, dashboard_body


@dataclass(frozen=True, kw_only=True)
class DashboardArgs:
    """What a dashboard shows."""

    scope: Scope
    """Name space of its name, and the region of its metrics."""
    rows: Sequence[Row]
    """What it shows, from top to bottom."""
    alarm_names: Sequence[str] = ()
    """Alarms whose state it shows first."""


class Dashboard(pulumi.ComponentResource):
    """A dashboard `<prefix>-<name>`: AWS has one list of them for all regions of an account."""

    dashboard_name: str
    """Name in CloudWatch."""

    def __init__(self, name: str, args: DashboardArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:observability:Dashboard", name, None, opts)
        self.dashboard_name = f"{args.scope.prefix}-{name}"
        arns = [args.scope.arn("cloudwatch", f"alarm:{alarm}") for alarm in args.alarm_names]
        aws.cloudwatch.Dashboard(
            name,
            dashboard_name=self.dashboard_name,
            dashboard_body=pulumi.Output.json_dumps(dashboard_body(args.rows, args.scope.region, arns)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({"dashboardName": self.dashboard_name})
