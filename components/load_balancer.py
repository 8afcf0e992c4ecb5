"""An application load balancer, and the routes by which public services hang behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.links import LoadBalancerLink


@dataclass(frozen=True, kw_only=True)
class LoadBalancerArgs:
    """What the load balancer is; environments differ by these values only."""

    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Public subnets (private ones if internal), in two zones at least."""
    certificate_arn: pulumi.Input[str] | None
    """ACM certificate: HTTPS with a redirect from HTTP. Without one, plain HTTP on port 80, for dev only."""
    deletion_protection: bool
    """AWS refuses to delete the load balancer while this is on."""
    idle_timeout_seconds: int = 60
    """A connection without traffic is closed after this many seconds, 1 to 4000."""
    internal: bool = False
    """The load balancer has private addresses only."""
    ingress_cidrs: Sequence[str] = ("0.0.0.0/0",)
    """Who may reach ports 80 and 443."""
    access_log_bucket: str | None = None
    """Bucket for access logs; none are written without it."""


@dataclass(frozen=True, kw_only=True)
class RouteArgs:
    """How requests reach one service, and when one of its tasks counts as healthy."""

    vpc_id: pulumi.Input[str]
    """VPC of the tasks."""
    load_balancer: LoadBalancerLink
    """Load balancer that gets the rules."""
    port: int
    """TCP port on which the tasks listen."""
    paths: Sequence[str]
    """Path patterns, `/api/*`, five at most; together they are one listener rule."""
    priority: int | None = None
    """Priority of that rule, the lowest that matches wins; by default derived from the name and the paths alone, so
    that another service never changes it."""
    health_path: str = "/health"
    """Path that answers 200 when the task can serve."""
    health_interval_seconds: int = 15
    """Seconds between two health checks of a task."""
    health_timeout_seconds: int = 5
    """A health check without an answer after this many seconds has failed; must be below the interval."""
    healthy_count: int = 2
    """Passed checks in a row until a task gets traffic."""
    unhealthy_count: int = 3
    """Failed checks in a row until a task is replaced."""
    drain_seconds: int = 60
    """Seconds that open requests of a leaving task may take."""
