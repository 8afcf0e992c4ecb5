"""Calls among the services of an environment."""

from collections.abc import Mapping, Sequence

import pulumi

from components.network.namespace import CallNamespace, CallNamespaceArgs
from components.services.calls import call_order, called
from components.services.service_connect import CalledLink, CallsArgs
from infra.environment import Environment
from infra.settings import Settings


def calls(settings: Settings) -> dict[str, Sequence[str]]:
    """Each service, with those that it calls."""
    return {name: chosen.calls for name, chosen in settings.services.items()}


def in_call_order(settings: Settings) -> list[str]:
    """The services, those that others call first."""
    return call_order(calls(settings))


def make_call_namespace(env: Environment) -> pulumi.Output[str] | None:
    """The name space of the calls on ECS; None where nobody calls anybody."""
    if not called(calls(env.settings)):
        return None
    return CallNamespace("calls", CallNamespaceArgs(scope=env.scope), env.opts).arn


def calls_of(
    env: Environment, name: str, namespace_arn: pulumi.Input[str] | None, known: Mapping[str, CalledLink]
) -> CallsArgs | None:
    """A service's part in them; `known` are the called services that were made before it."""
    chosen = env.settings.services[name]
    is_called = name in called(calls(env.settings))
    if namespace_arn is None or not (is_called or chosen.calls):
        return None
    return CallsArgs(
        namespace_arn=namespace_arn,
        calls=[known[other] for other in chosen.calls],
        is_called=is_called,
        timeout_seconds=chosen.call_timeout_seconds,
    )


def callers_of(settings: Settings, name: str) -> list[str]:
    """The services that call one."""
    return sorted(caller for caller, wanted in calls(settings).items() if name in wanted)


def ports_of_calls(settings: Settings, name: str) -> dict[str, int]:
    """The services that one calls, each with its port."""
    ports = {other: settings.services[other].port for other in settings.services[name].calls}
    return {other: port for other, port in ports.items() if port is not None}
