"""Calls to the emulated AWS: one client a service and region, made once and shared by all threads."""

from __future__ import annotations

import contextvars
import functools
import http.client
import ipaddress
import json
import os
import threading
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from offline.aws.credentials import CODE as UNKNOWN_KEYS
from offline.aws.extensions.sts import TOKEN_PREFIX
from offline.aws.idempotency import HEADER
from offline.aws.server import CRASH_HEADER, HEALTH_PATH, NOT_EMULATED_HEADER

THREADS = 16
CONNECT_SECONDS = 10
ANSWER_SECONDS = 60
"""How long an answer may take."""
FUNCTION_SECONDS = 960
"""The same of Lambda: a function runs up to 15 minutes."""
ATTEMPTS = 5
"""How often a call is sent at most, in botocore's standard mode: again after throttling, an HTTP 500, 502, 503 or
504, a timeout or a broken connection, each time after a random wait of up to 1, 2, 4 and 8 seconds.
https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
CLOUD_LOST = "the emulated AWS that held this stack is gone"
"""Words by which the commands around know what has happened."""


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


class GoneError(Exception):
    """Nobody listens at the endpoint any more: the emulator's process has ended, and all that was in it with it."""


class RefusedError(Exception):
    """These settings do not lead to the emulated AWS."""


HOW = "run `eval $(python -m offline.cloud env --account ACCOUNT --region REGION)`, or use the real provider"
PROFILES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")


def require_offline(environ: Mapping[str, str]) -> str:
    """The endpoint, if it is the emulated AWS's and so are the credentials; this provider never reaches AWS."""
    endpoint = environ.get("AWS_ENDPOINT_URL", "")
    ours = "the offline AWS provider runs against the emulated AWS on loopback only"
    if not endpoint:
        raise RefusedError(f"{ours}, and AWS_ENDPOINT_URL is not set; {HOW}")
    for name, value in sorted(environ.items()):
        if name.startswith("AWS_ENDPOINT_URL") and not _is_loopback(urllib.parse.urlsplit(value).hostname or ""):
            raise RefusedError(f"{ours}, and {name} is {value!r}; {HOW}")
    for name in PROFILES:
        if environ.get(name):
            raise RefusedError(f"{ours}, and {name} names the profile {environ[name]!r}; unset it, or {HOW}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        if not environ.get(name):
            raise RefusedError(f"{ours}, and {name} is not set; {HOW}")
    if not environ.get("AWS_SESSION_TOKEN", "").startswith(TOKEN_PREFIX):
        raise RefusedError(
            "the offline AWS provider takes only credentials that the emulated AWS issued, and AWS_SESSION_TOKEN is "
            f"not one of them; {HOW}"
        )
    return endpoint


def require_emulator(endpoint: str) -> None:
    """Raises RefusedError when something else answers there, such as a tunnel to AWS; GoneError when nothing does."""
    place = urllib.parse.urlsplit(endpoint)
    client = http.client.HTTPConnection(place.hostname or "", place.port, timeout=ANSWER_SECONDS)
    try:
        client.request("GET", HEALTH_PATH)
        known = bool(json.loads(client.getresponse().read())["id"])
    except ConnectionRefusedError:
        raise GoneError(f"{CLOUD_LOST}: {endpoint} does not answer") from None
    except (OSError, ValueError, KeyError, TypeError, http.client.HTTPException):
        known = False
    finally:
        client.close()
    if not known:
        raise RefusedError(f"what answers at {endpoint} is not the emulated AWS; {HOW}")


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
    made: bool = False
    """The resource exists; AWS may not know of it everywhere yet."""

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

    found = botocore.session.get_session()
    for name in ("config_file", "credentials_file"):  # the user's own may hold profiles, endpoints and mistakes
        found.set_config_variable(name, os.devnull)
    return found


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
            retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
            connect_timeout=CONNECT_SECONDS,
            read_timeout=FUNCTION_SECONDS if service == "lambda" else ANSWER_SECONDS,
            proxies={},  # HTTP_PROXY would lead requests away from this machine
            s3={"addressing_style": "path"},
        )
        client = session().create_client(
            service, region_name=region, endpoint_url=self.endpoint, config=config, **self._credentials
        )
        client.meta.events.register("before-call", _add_token)
        client.meta.events.register("before-parse", _tell_not_emulated)
        client.meta.events.register_first("needs-retry", _tell_gone)
        return client

    def call(self, service: str, method: str, params: Mapping[str, Any], region: str | None = None) -> dict[str, Any]:
        """AWS's answer. Raises AwsError in AWS's words, NotEmulatedError where moto lacks the operation, GoneError."""
        from botocore import exceptions

        try:
            answer = getattr(self.client(service, region), method)(**params)
        except exceptions.ClientError as error:
            details = error.response.get("Error", {})
            if details.get("Code") == UNKNOWN_KEYS:
                raise GoneError(f"{CLOUD_LOST}: {self.endpoint} has been started anew") from error
            tried = 1 + int(error.response.get("ResponseMetadata", {}).get("RetryAttempts", 0))
            raise _refused(
                service, method, details.get("Code", "Unknown"), details.get("Message") or "no message", tried
            ) from error
        except (exceptions.ConnectionError, exceptions.HTTPClientError) as error:
            raise _refused(service, method, type(error).__name__, str(error), ATTEMPTS) from error
        except exceptions.BotoCoreError as error:
            raise _refused(service, method, type(error).__name__.removesuffix("Error"), str(error)) from error
        except NotEmulatedError:
            self.on_not_emulated(service, method)
            raise NotEmulatedError(method) from None
        answer.pop("ResponseMetadata", None)
        return {name: _whole(value) for name, value in answer.items()}


def _refused(service: str, method: str, code: str, message: str, tried: int = 1) -> AwsError:
    return AwsError(operation_name(service, method), code, f"{message} (tried {tried} times)" if tried > 1 else message)


def _whole(value: Any) -> Any:
    """What AWS streams, such as a function's answer, as text."""
    return value.read().decode() if hasattr(value, "read") else value


def _add_token(params: dict[str, Any], **_: Any) -> None:
    token = _token.get()
    if token:
        params["headers"][HEADER] = token


def _tell_gone(caught_exception: Exception | None, endpoint: Any, **_: Any) -> None:
    """A port on loopback that refuses is a process that has ended: to ask again is in vain."""
    from botocore.exceptions import EndpointConnectionError

    if isinstance(caught_exception, EndpointConnectionError) and "refused" in str(caught_exception.kwargs["error"]):
        raise GoneError(f"{CLOUD_LOST}: {endpoint.host} does not answer any more")


def _tell_not_emulated(operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
    headers = {name.lower(): value for name, value in response_dict["headers"].items()}
    if NOT_EMULATED_HEADER in headers:
        raise NotEmulatedError(operation_model.name)
    if CRASH_HEADER in headers:
        raise AwsError(operation_model.name, "EmulatorFailure", f"the emulator failed: {headers[CRASH_HEADER]}")
    unknown_path = response_dict["status_code"] == 404 and operation_model.service_model.service_name != "s3"
    if unknown_path and headers.get("content-type", "").startswith("text/html"):
        raise NotEmulatedError(operation_model.name)
