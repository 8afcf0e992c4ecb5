"""An application load balancer before the public services. Services hang behind it by `components.edge.route`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pulumi
import pulumi_aws as aws

from components.constraints import require, within
from components.edge.routing import ALB_GUIDE
from components.links import LoadBalancerLink, LogsBucketLink, OriginLink

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2 with forward secrecy and authenticated ciphers only, and a key exchange that resists quantum
computers where the client knows one. AWS's recommendation, and the console's default (ELB guide,
describe-ssl-policies.html); a `-Res-` policy, as Security Hub's ELB.17 wants."""

HSTS_SECONDS_A_DAY = 86_400

FrameOptions = Literal["DENY", "SAMEORIGIN", "none"]


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
    """Who may reach ports 80 and 443; none if whoever stands before it adds its own rule."""
    desync_mitigation: Literal["defensive", "strictest"] = "defensive"
    """What becomes of requests that a proxy and a server might read differently: `defensive` passes on what is known
    to be harmless, `strictest` takes only what RFC 7230 allows."""
    hsts_days: int = 365
    """Days for which browsers ask by HTTPS only, once they have seen this address; 0 does not tell them to. Takes
    effect with a certificate only."""
    frame_options: FrameOptions = "DENY"
    """Which pages may show an answer in a frame; `none` leaves that to the service."""
    logs: LogsBucketLink | None = None
    """Bucket for access logs, a line per request; none are written without it."""
    connection_logs: bool = False
    """Whether a line per connection goes there, too: TLS version, key exchange, why a handshake failed."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before it: AWS refuses a public one in a VPC that has no internet gateway attached
    (CreateLoadBalancer, InvalidSubnet)."""

    def __post_init__(self) -> None:
        source = f"{ALB_GUIDE}/edit-load-balancer-attributes.html"
        require(
            [
                *within("idle_timeout_seconds", self.idle_timeout_seconds, 1, 4000, "seconds", source),
                *within("hsts_days", self.hsts_days, 0, 730, "days", f"{ALB_GUIDE}/header-modification.html"),
            ]
        )


class LoadBalancer(pulumi.ComponentResource):
    """The load balancer, its security group and its listeners.

    Only ports 80 and 443 are open, 443 only where there is a certificate. What goes out is opened by each service, to
    its own port. A request that no route takes is answered 404 by the load balancer itself.
    """

    dns_name: pulumi.Output[str]
    """Name that AWS gave it."""
    url: pulumi.Output[str]
    """Address to try: HTTPS where there is a certificate, though that is for another name."""
    link: LoadBalancerLink
    """What routes and alarms need."""
    origin: OriginLink
    """What a CDN, a firewall and DNS records need."""

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
            desync_mitigation_mode=args.desync_mitigation,
            enable_http2=True,
            # The service sees the host that the client asked for, and at the end of X-Forwarded-For who asked.
            preserve_host_header=True,
            xff_header_processing_mode="append",
            # Lets an operator, or AWS, move traffic away from a zone that is ill (ARC zonal shift).
            enable_zonal_shift=True,
            idle_timeout=args.idle_timeout_seconds,
            enable_deletion_protection=args.deletion_protection,
            access_logs=self._access_logs(),
            connection_logs=self._connection_logs(),
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=[*args.ready, *(args.logs.ready if args.logs is not None else ())]
            ),
        )
        listener = self._make_listeners(balancer)
        self.dns_name = balancer.dns_name
        self.url = balancer.dns_name.apply(lambda host: f"{'https' if self._secure else 'http'}://{host}")
        self.link = LoadBalancerLink(
            arn_suffix=balancer.arn_suffix, listener_arn=listener.arn, security_group_id=group.id
        )
        self.origin = OriginLink(
            arn=balancer.arn,
            dns_name=balancer.dns_name,
            zone_id=balancer.zone_id,
            security_group_id=group.id,
            secure=self._secure,
            internal=args.internal,
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
        logs = self._args.logs
        if logs is None:
            return None
        return aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.name, prefix=logs.load_balancer_prefix, enabled=True)

    def _connection_logs(self) -> aws.lb.LoadBalancerConnectionLogsArgs | None:
        logs = self._args.logs
        if logs is None or not self._args.connection_logs:
            return None
        return aws.lb.LoadBalancerConnectionLogsArgs(bucket=logs.name, prefix=logs.load_balancer_prefix, enabled=True)

    def _make_listeners(self, balancer: aws.lb.LoadBalancer) -> aws.lb.Listener:
        """The listener that carries the routes: HTTPS, with HTTP redirected to it, or HTTP alone.

        Both say nothing of the server and what browsers must not do with an answer (ELB guide,
        header-modification.html).
        """
        frames = None if self._args.frame_options == "none" else self._args.frame_options
        plain = aws.lb.Listener(
            f"{self._name}-http",
            load_balancer_arn=balancer.arn,
            port=80,
            protocol="HTTP",
            default_actions=[redirect_to_https() if self._secure else not_found()],
            routing_http_response_server_enabled=False,
            routing_http_response_x_content_type_options_header_value="nosniff",
            routing_http_response_x_frame_options_header_value=frames,
            opts=self._child,
        )
        if not self._secure:
            return plain
        hsts = f"max-age={self._args.hsts_days * HSTS_SECONDS_A_DAY}"
        return aws.lb.Listener(
            f"{self._name}-https",
            load_balancer_arn=balancer.arn,
            port=443,
            protocol="HTTPS",
            ssl_policy=TLS_POLICY,
            certificate_arn=self._args.certificate_arn,
            default_actions=[not_found()],
            routing_http_response_server_enabled=False,
            routing_http_response_x_content_type_options_header_value="nosniff",
            routing_http_response_x_frame_options_header_value=frames,
            routing_http_response_strict_transport_security_header_value=hsts if self._args.hsts_days else None,
            opts=self._child,
        )
