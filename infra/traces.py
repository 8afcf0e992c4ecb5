"""Traces of the services: the collectors, and what lets them through."""

from urllib.parse import urlsplit

from components.services.telemetry import HeaderLink, TracesArgs
from components.services.traces_header import TracesHeader, TracesHeaderArgs
from infra import naming
from infra.environment import Environment
from infra.settings import Settings
from infra.settings.services import Service

HTTPS = 443


def traced(settings: Settings) -> bool:
    """Whether any service has a collector beside it."""
    return settings.telemetry.traces != "none" and any(service.traces for service in settings.services.values())


def endpoints(settings: Settings) -> list[str]:
    """AWS services that collectors reach inside a network without a way out."""
    return ["xray"] if traced(settings) and settings.telemetry.traces == "xray" else []


def make_traces(env: Environment) -> TracesArgs | None:
    """Where traces go; None where nobody collects any."""
    chosen = env.settings.telemetry
    if chosen.traces == "none" or not traced(env.settings):
        return None
    return TracesArgs(
        to=chosen.traces,
        region=env.scope.region,
        environment=env.scope.namespace.removeprefix(f"{naming.PROJECT}/"),
        image=chosen.image,
        sample_percent=chosen.sample_percent,
        memory_mib=chosen.memory_mib,
        endpoint=chosen.endpoint if chosen.traces == "otlp" else "",
        header=_header(env),
    )


def _header(env: Environment) -> HeaderLink | None:
    if env.settings.telemetry.header == "none":
        return None
    args = TracesHeaderArgs(
        scope=env.scope,
        key=env.keys["services"],
        header=env.settings.telemetry.header,
        recovery_days=env.settings.secrets.recovery_days,
        by_hand=env.by_hand,
    )
    return TracesHeader("traces-header", args, env.opts).link


def traces_of(traces: TracesArgs | None, chosen: Service) -> TracesArgs | None:
    """Where a service's traces go; None for one that wants none."""
    return traces if chosen.traces else None


def ports_out(traces: TracesArgs | None) -> tuple[int, ...]:
    """TCP ports that tasks reach anywhere: AWS's own services', and that of the receiver of traces."""
    receiver = urlsplit(traces.endpoint).port if traces and traces.endpoint else None
    return (HTTPS, receiver) if receiver not in (None, HTTPS) else (HTTPS,)
