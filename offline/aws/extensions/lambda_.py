"""Lambda without Docker: moto keeps the functions, and a call is handed out, to be run outside of the server's lock."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap
from offline.aws.invocations import PENDING, TICKET_HEADER, UNASKED, Invocation

KEPT = ("LoggingConfig", "KMSKeyArn", "TracingConfig", "DeadLetterConfig", "EphemeralStorage")
"""Of a function's configuration, what moto drops or never changes."""


def install() -> None:
    """Extends moto's functions."""
    from moto.awslambda.models import LambdaFunction

    wrap(LambdaFunction, "__init__", make)
    wrap(LambdaFunction, "update_configuration", update_configuration)
    wrap(LambdaFunction, "update_function_code", update_function_code)
    wrap(LambdaFunction, "get_configuration", get_configuration)
    wrap(LambdaFunction, "invoke", invoke)


def make(original: Callable[..., None], function: Any, *args: Any, **arguments: Any) -> None:
    """Keeps what moto drops."""
    original(function, *args, **arguments)
    spec = arguments.get("spec") or next(value for value in args if isinstance(value, dict))
    function.headroom_kept = {name: spec[name] for name in KEPT if name in spec}


def update_configuration(original: Callable[..., Any], function: Any, config_updates: dict[str, Any]) -> Any:
    """Changes what moto would not."""
    function.headroom_kept = {
        **function.headroom_kept,
        **{name: value for name, value in config_updates.items() if name in KEPT},
    }
    original(function, config_updates)
    return function.get_configuration()


def update_function_code(original: Callable[..., Any], function: Any, updated_spec: dict[str, Any]) -> Any:
    """New code may be for another architecture."""
    function.architectures = updated_spec.get("Architectures") or function.architectures
    return original(function, updated_spec)


def get_configuration(original: Callable[..., Any], function: Any, *args: Any, **arguments: Any) -> Any:
    """Tells what was kept."""
    return {**original(function, *args, **arguments), **getattr(function, "headroom_kept", {})}


def invocation_of(function: Any, event: str) -> Invocation:
    """One call of a function, with all that its run takes."""
    configuration = function.get_configuration()
    return Invocation(
        name=function.function_name,
        arn=function.function_arn,
        handler=function.handler or "",
        runtime=function.run_time or "",
        role=function.role,
        code=function.code_bytes,
        environment=dict(function.environment_vars or {}),
        timeout_seconds=int(function.timeout),
        memory_mib=int(function.memory_size),
        log_group=configuration.get("LoggingConfig", {}).get("LogGroup") or function.logs_group_name,
        account=function.account_id,
        region=function.region,
        event=event,
    )


def invoke(original: Callable[..., Any], function: Any, body: Any, headers: Any, response_headers: Any) -> bytes:
    """Instead of the answer, a ticket for it. What calls in passing, such as a queue, sends no headers."""
    invocation = invocation_of(function, body.decode() if isinstance(body, bytes) else str(body or "{}"))
    if not headers:
        UNASKED.append(invocation)
        return b""
    response_headers[TICKET_HEADER] = ticket = secrets.token_hex(8)
    PENDING[ticket] = invocation
    return b""
