"""An application load balancer, and the routes by which public services hang behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.constraints import require, within
from components.links import LoadBalancerLink, RouteLink
from components.routing import ALB_GUIDE, derived_priority, health_check_problems, path_problems, priority_problems

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3 and 1.2 with forward secrecy and authenticated ciphers only (Security Hub ELB.17)."""


def not_found() -> aws.lb.ListenerDefaultActionArgs:
    """The answer to a request that no rule takes."""
    return aws.lb.ListenerDefaultActionArgs(
        type="fixed-response",
        fixed_response=aws.lb.ListenerDefaultActionFixedResponseArgs(
            content_type="application/json", message_body='{"error": "not found"}', status_code="404"
        ),
    )


def redirect_to_https() -> aws.lb.ListenerDefaultActionArgs:
    """Sends every plain request to the same address by HTTPS."""
    return aws.lb.ListenerDefaultActionArgs(
        type="redirect",
        redirect=aws.lb.ListenerDefaultActionRedirectArgs(port="443", protocol="HTTPS", status_code="HTTP_301"),
    )


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
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before it: AWS refuses a public one in a VPC that has no internet gateway attached
    (CreateLoadBalancer, InvalidSubnet)."""

    def __post_init__(self) -> None:
        source = f"{ALB_GUIDE}/edit-load-balancer-attributes.html"
        require(within("idle_timeout_seconds", self.idle_timeout_seconds, 1, 4000, "seconds", source))


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

    def __post_init__(self) -> None:
        require(
            [
                *health_check_problems(
                    interval_seconds=self.health_interval_seconds,
                    timeout_seconds=self.health_timeout_seconds,
                    healthy_count=self.healthy_count,
                    unhealthy_count=self.unhealthy_count,
                ),
                *path_problems(self.paths),
                *([] if self.priority is None else priority_problems({"this service": self.priority})),
                *within(
                    "drain_seconds",
                    self.drain_seconds,
                    0,
                    3600,
                    "seconds",
                    f"{ALB_GUIDE}/edit-target-group-attributes.html",
                ),
            ]
        )


class LoadBalancer(pulumi.ComponentResource):
    """The load balancer, its security group and its listeners. Services hang behind it by `Route`.

    Only ports 80 and 443 are open, 443 only where there is a certificate. What goes out is opened by each service, to
    its own port. A request that no route takes is answered 404 by the load balancer itself.
    """

    dns_name: pulumi.Output[str]
    """Public name that AWS gave it."""
    zone_id: pulumi.Output[str]
    """Route 53 zone of that name, for alias records."""
    url: pulumi.Output[str]
    """Address to try: HTTPS where there is a certificate, though that is for another name."""
    link: LoadBalancerLink
    """What routes and alarms need."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:LoadBalancer", name, None, opts)
        self._name, self._args = name, args
        self._child = pulumi.ResourceOptions(parent=self)
        self._secure = args.certificate_arn is not None
        group = self._make_security_group()
        balancer = aws.lb.LoadBalancer(
            name,
            load_balancer_type="application",
            internal=args.internal,
            subnets=args.subnet_ids,
            security_groups=[group.id],
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            idle_timeout=args.idle_timeout_seconds,
            enable_deletion_protection=args.deletion_protection,
            access_logs=self._access_logs(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=args.ready),
        )
        listener = self._make_listeners(balancer)
        self.dns_name, self.zone_id = balancer.dns_name, balancer.zone_id
        self.url = balancer.dns_name.apply(lambda host: f"{'https' if self._secure else 'http'}://{host}")
        self.link = LoadBalancerLink(
            arn_suffix=balancer.arn_suffix, listener_arn=listener.arn, security_group_id=group.id
        )
        self.register_outputs({"dnsName": self.dns_name, "url": self.url})

    def _make_security_group(self) -> aws.ec2.SecurityGroup:
        group = aws.ec2.SecurityGroup(
            self._name,
            vpc_id=self._args.vpc_id,
            description=f"Load balancer {self._name}: HTTP and HTTPS in, services out",
            opts=self._child,
        )
        for port in (80, 443) if self._secure else (80,):
            for number, cidr in enumerate(self._args.ingress_cidrs):
                aws.vpc.SecurityGroupIngressRule(
                    f"{self._name}-{port}" + (f"-{number}" if number else ""),
                    security_group_id=group.id,
                    ip_protocol="tcp",
                    from_port=port,
                    to_port=port,
                    cidr_ipv4=cidr,
                    description="HTTPS" if port == 443 else "HTTP",
                    opts=self._child,
                )
        return group

    def _access_logs(self) -> aws.lb.LoadBalancerAccessLogsArgs | None:
        bucket = self._args.access_log_bucket
        return None if bucket is None else aws.lb.LoadBalancerAccessLogsArgs(bucket=bucket, enabled=True)

    def _make_listeners(self, balancer: aws.lb.LoadBalancer) -> aws.lb.Listener:
        """The listener that carries the routes: HTTPS, with HTTP redirected to it, or HTTP alone."""
        plain = aws.lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[redirect_to_https() if self._secure else not_found()],
            opts=self._child,
        )
        if not self._secure:
            return plain
        return aws.lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._args.certificate_arn,
            default_actions=[not_found()],
            opts=self._child,
        )


class Route(pulumi.ComponentResource):
    """A target group and the listener rule that leads to it.

    Sessions do not stick to a task (T3), so any task may be replaced at any time. `drain_seconds` is how long a task
    that leaves may finish its requests; the task's stop timeout must be longer.
    """

    link: RouteLink
    """What the service and its alarms need."""

    def __init__(self, name: str, args: RouteArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("headroom:edge:Route", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = {"Service": name}
        group = aws.lb.TargetGroup(
            name,
            vpc_id=args.vpc_id,
            target_type="ip",
            protocol="HTTP",
            port=args.port,
            deregistration_delay=args.drain_seconds,
            slow_start=0,
            stickiness=aws.lb.TargetGroupStickinessArgs(type="lb_cookie", enabled=False),
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                enabled=True,
                protocol="HTTP",
                path=args.health_path,
                matcher="200",
                interval=args.health_interval_seconds,
                timeout=args.health_timeout_seconds,
                healthy_threshold=args.healthy_count,
                unhealthy_threshold=args.unhealthy_count,
            ),
            tags=tags,
            opts=child,
        )
        rule = aws.lb.ListenerRule(
            name,
            listener_arn=args.load_balancer.listener_arn,
            priority=derived_priority(name, args.paths) if args.priority is None else args.priority,
            actions=[aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=group.arn)],
            conditions=[
                aws.lb.ListenerRuleConditionArgs(
                    path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(values=list(args.paths))
                )
            ],
            tags=tags,
            opts=child,
        )
        self.link = RouteLink(
            target_group_arn=group.arn,
            target_group_arn_suffix=group.arn_suffix,
            load_balancer=args.load_balancer,
            ready=[rule],
        )
        self.register_outputs({"targetGroupArn": group.arn})
