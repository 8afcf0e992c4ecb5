"""Calls to the emulated AWS: one client a service and region, made once and shared by all threads."""

from __future__ import annotations

import contextvars
import functools
import ipaddress
import os
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from offline.aws.extensions.sts import TOKEN_PREFIX
from offline.aws.idempotency import HEADER
from offline.aws.server import CRASH_HEADER, NOT_EMULATED_HEADER

THREADS = 16
READ_SECONDS = {"lambda": 960}
"""How long an answer may take, where that is more than a minute: a function runs up to 15."""


class AwsError(Exception):
    """AWS refused; code and message are its own."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(f"{operation}: {code}: {message}")
        self.operation = operation
        self.code = code
        self.message = message


class NotEmulatedError(Exception):
    """The emulator lacks the operation."""

    def __init__(self, operation: str) -> None:
        super().__init__(f"{operation} is not emulated")
        self.operation = operation


class RefusedError(Exception):
    """These settings do not lead to the emulated AWS."""


def require_offline(environ: Mapping[str, str]) -> str:
    """The endpoint, if it is the emulated AWS's and so are the credentials; this provider never reaches AWS."""
    endpoint = environ.get("AWS_ENDPOINT_URL", "")
    if not _is_loopback(urllib.parse.urlsplit(endpoint).hostname or ""):
        shown = f"AWS_ENDPOINT_URL is {endpoint!r}" if endpoint else "AWS_ENDPOINT_URL is not set"
        raise RefusedError(
            f"the offline AWS provider runs against the emulated AWS on loopback only, and {shown}; "
            "run `eval $(python -m offline.cloud env --account ACCOUNT --region REGION)`, or use the real provider"
        )
    if not environ.get("AWS_SESSION_TOKEN", "").startswith(TOKEN_PREFIX):
        raise RefusedError(
            "the offline AWS provider takes only credentials that the emulated AWS issued, and AWS_SESSION_TOKEN is "
            "not one of them; run `eval $(python -m offline.cloud env --account ACCOUNT --region REGION)`"
        )
    return endpoint


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass
class Tokens:
    """Numbers the calls of one Create, so that each can be sent again and happen once."""

    base: str
    used: int = 0

    def next(self) -> str:
        """One call's token."""
        self.used += 1
        return f"{self.base}-{self.used}"


_token: contextvars.ContextVar[str | None] = contextvars.ContextVar("operation_token", default=None)


@contextmanager
def idempotent(tokens: Tokens | None) -> Iterator[None]:
    """The call made inside carries the next token."""
    reset = _token.set(tokens.next() if tokens else None)
    try:
        yield
    finally:
        _token.reset(reset)


@functools.cache
def session() -> Any:
    """botocore's session; importing it takes 0.15 s, which the plugin's start does not wait for."""
    import botocore.session

    return botocore.session.get_session()


_models: dict[str, Any] = {}
_models_lock = threading.Lock()


def service_model(service: str) -> Any:
    """What botocore knows of the service's operations."""
    with _models_lock:
        if service not in _models:
            _models[service] = session().get_service_model(service)
        return _models[service]


@functools.cache
def operation_name(service: str, method: str) -> str:
    """AWS's name of an operation: create_vpc to CreateVpc."""
    from botocore import xform_name

    found = next((name for name in service_model(service).operation_names if xform_name(name) == method), None)
    if found is None:
        raise KeyError(f"botocore's {service} has no operation {method}")
    return str(found)


@functools.cache
def input_shape(service: str, method: str) -> Any:
    """The shape of an operation's parameters."""
    return service_model(service).operation_model(operation_name(service, method)).input_shape


def validate(service: str, method: str, params: Mapping[str, Any]) -> str | None:
    """What botocore says against the parameters, without sending them."""
    from botocore.validate import ParamValidator

    report = ParamValidator().validate(dict(params), input_shape(service, method))
    return report.generate_report() if report.has_errors() else None


class Connection:
    """One account of the emulated AWS."""

    def __init__(self, endpoint: str, region: str, environ: Mapping[str, str] | None = None) -> None:
        environ = os.environ if environ is None else environ
        self.endpoint = endpoint
        self.region = region
        self._credentials = {
            "aws_access_key_id": environ.get("AWS_ACCESS_KEY_ID"),
            "aws_secret_access_key": environ.get("AWS_SECRET_ACCESS_KEY"),
            "aws_session_token": environ.get("AWS_SESSION_TOKEN"),
        }
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = threading.Lock()
        self.on_not_emulated: Callable[[str, str], None] = lambda service, operation: None

    @functools.cached_property
    def account(self) -> str:
        """The account of the credentials."""
        return str(self.call("sts", "get_caller_identity", {})["Account"])

    def client(self, service: str, region: str | None = None) -> Any:
        """The shared client."""
        key = (service, region or self.region)
        with self._lock:
            if key not in self._clients:
                self._clients[key] = self._make(*key)
            return self._clients[key]

    def _make(self, service: str, region: str) -> Any:
        from botocore.config import Config

        config = Config(
            max_pool_connections=2 * THREADS,
            retries={"mode": "standard", "max_attempts": 4},
            connect_timeout=10,
            read_timeout=READ_SECONDS.get(service, 60),
            s3={"addressing_style": "path"},
        )
        client = session().create_client(
            service, region_name=region, endpoint_url=self.endpoint, config=config, **self._credentials
        )
        client.meta.events.register("before-call", _add_token)
        client.meta.events.register("before-parse", _tell_not_emulated)
        return client

    def call(self, service: str, method: str, params: Mapping[str, Any], region: str | None = None) -> dict[str, Any]:
        """AWS's answer. Raises AwsError with AWS's code and message, NotEmulatedError where moto lacks it."""
        from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

        try:
            answer = getattr(self.client(service, region), method)(**params)
        except ClientError as error:
            details = error.response.get("Error", {})
            raise AwsError(method, str(details.get("Code", "Unknown")), str(details.get("Message", ""))) from error
        except ParamValidationError as error:
            raise AwsError(method, "ParamValidation", str(error)) from error
        except BotoCoreError as error:
            raise AwsError(method, type(error).__name__, str(error)) from error
        except NotEmulatedError:
            self.on_not_emulated(service, method)
            raise NotEmulatedError(method) from None
        answer.pop("ResponseMetadata", None)
        return {name: _whole(value) for name, value in answer.items()}


def _whole(value: Any) -> Any:
    """What AWS streams, such as a function's answer, as text."""
    return value.read().decode() if hasattr(value, "read") else value


def _add_token(params: dict[str, Any], **_: Any) -> None:
    token = _token.get()
    if token:
        params["headers"][HEADER] = token


def _tell_not_emulated(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    headers = {name.lower(): value for name, value in response_dict["headers"].items()}
    if NOT_EMULATED_HEADER in headers:
        raise NotEmulatedError(operation_model.name)
    if CRASH_HEADER in headers:
        raise AwsError(operation_model.name, "EmulatorFailure", f"the emulator failed: {headers[CRASH_HEADER]}")
    unknown_path = response_dict["status_code"] == 404 and operation_model.service_model.service_name != "s3"
    if unknown_path and headers.get("content-type", "").startswith("text/html"):
        raise NotEmulatedError(operation_model.name)
