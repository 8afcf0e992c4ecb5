"""ECS Service Connect: services of an environment that call each other by name, each through a proxy in its task.

What is said here of AWS is from `calls.SOURCE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.constraints import require, within
from components.network.connections import open_connection
from components.services.calls import LONGEST_CALL_SECONDS, SOURCE, call_variable, ecs_url

PORT_NAME = "http"
"""Name of the container's port; with `appProtocol` http, which can't be changed later, calls are spread one by one and
repeated when a task is gone."""
INBOUND_PORTS = (15000, 15001)
"""Where the proxy of a called service listens; the second where the service itself listens on the first."""
IDLE_SECONDS = 300
"""AWS's own: a connection without a request is closed after so long."""
STREAM_IDLE_SECONDS = 3600
"""The same where streams are allowed: a stream may be silent for so long."""
LOG_PREFIX = "proxy"
"""First part of the streams' names that the proxy writes to, in the service's log group."""


def inbound_port(port: int) -> int:
    """Where the proxy of a service that listens on `port` takes calls.

    Of its own, or all that the load balancer sends would pass through the proxy as well, with its time limit.
    """
    return next(inbound for inbound in INBOUND_PORTS if inbound != port)


@dataclass(frozen=True, kw_only=True)
class CalledLink:
    """How a service is called by others."""

    name: str
    """Its name, and the host in its URL."""
    port: int
    """TCP port in its URL: the one on which its container listens."""
    security_group_id: pulumi.Input[str]
    """Security group of its tasks; a caller adds its own ingress rule to it."""
    ready: Sequence[pulumi.Resource] = ()
    """What must stand before a caller is deployed: the name exists once the called service does."""


@dataclass(frozen=True, kw_only=True)
class CallsArgs:
    """A service's part in the calls among services."""

    namespace_arn: pulumi.Input[str]
    """Name space of the environment's calls."""
    calls: Sequence[CalledLink] = ()
    """Services that it calls; it is given each one's URL as SERVICE_URL_<NAME>."""
    is_called: bool = False
    """Whether others call it."""
    timeout_seconds: int = 60
    """Time in which a call must be answered as a whole, in seconds; 0: no limit, for streams."""

    def __post_init__(self) -> None:
        require(within("timeout_seconds", self.timeout_seconds, 0, LONGEST_CALL_SECONDS, "seconds", SOURCE))


def call_variables(args: CallsArgs | None) -> dict[str, str]:
    """What a service is told of those that it calls."""
    return {call_variable(link.name): ecs_url(link.name, link.port) for link in (args.calls if args else ())}


def open_calls(
    name: str, group_id: pulumi.Input[str], args: CallsArgs, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Rules between the caller and exactly those that it calls: from proxy to proxy."""
    return [
        rule
        for link in args.calls
        for rule in open_connection(
            f"{name}-calls-{link.name}", group_id, link.security_group_id, inbound_port(link.port), opts
        )
    ]


def service_connect(
    name: str, port: int | None, args: CallsArgs | None, *, log_group: str, region: str
) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    """What ECS adds a proxy for; None for a service that neither calls nor is called.

    No TLS: it takes a certificate authority of AWS Private CA, 50 dollars a month and more, and the load balancer
    speaks plainly to tasks as well. Security groups say who may call whom (docs/internal-calls.md).
    """
    if args is None:
        return None
    return aws.ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=args.namespace_arn,
        services=[_endpoint(name, port, args.timeout_seconds)] if args.is_called and port else None,
        log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver="awslogs",
            options={
                "awslogs-group": log_group,
                "awslogs-region": region,
                "awslogs-stream-prefix": LOG_PREFIX,
                "max-buffer-size": "25m",
                "mode": "non-blocking",
            },
        ),
    )


def _endpoint(name: str, port: int, timeout_seconds: int) -> aws.ecs.ServiceServiceConnectConfigurationServiceArgs:
    # An idle time below the limit of a request would be its limit.
    idle_seconds = max(IDLE_SECONDS, timeout_seconds) if timeout_seconds else STREAM_IDLE_SECONDS
    return aws.ecs.ServiceServiceConnectConfigurationServiceArgs(
        port_name=PORT_NAME,
        discovery_name=name,
        client_alias=[aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(dns_name=name, port=port)],
        ingress_port_override=inbound_port(port),
        timeout=aws.ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs(
            per_request_timeout_seconds=timeout_seconds, idle_timeout_seconds=idle_seconds
        ),
    )
