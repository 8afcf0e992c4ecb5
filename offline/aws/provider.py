"""The plugin's face: Pulumi's ResourceProvider protocol."""

from __future__ import annotations

import functools
import json
import os
import sys
import threading
import traceback
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import provider_pb2, status_pb2

from offline.aws import checks, differ, importing, invokes, types
from offline.aws.connection import (
    AwsError,
    Connection,
    GoneError,
    NotEmulatedError,
    RefusedError,
    Tokens,
    require_emulator,
    require_offline,
)
from offline.aws.lifecycle import HalfMadeError, Lifecycle
from offline.aws.model import ResourceType
from offline.aws.shapes import MappingError
from offline.aws.values import Properties, from_struct, plain, redacted, to_struct
from offline.plugin import (
    Plugin,
    UserError,
    abort,
    checked,
    compared,
    name_of,
    require_known,
    sources,
    type_of,
    with_ignored,
)

OPERATION_METADATA = "x-headroom-operation"
SETTINGS = {
    "region",
    "allowedAccountIds",
    "forbiddenAccountIds",
    "defaultTags",
    "ignoreTags",
    "version",
    "pluginDownloadURL",
}
IGNORED_SETTINGS = {"skipCredentialsValidation", "skipRegionValidation", "skipMetadataApiCheck", "maxRetries"}
"""Settings of the real provider that change nothing here."""


def answered(method: Callable[..., Any]) -> Callable[..., Any]:
    """Turns exceptions into gRPC errors that name the resource, and hold no secret of the request."""

    @functools.wraps(method)
    def guarded(self: AwsProvider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except HalfMadeError as error:
            _abort_half_made(request, context, error)
        except (AwsError, GoneError, NotEmulatedError, MappingError, UserError, RefusedError) as error:
            _abort(request, context, str(error))
        except differ.ReplacementUnknownError as error:
            _abort(request, context, str(error))
        except Exception as error:
            print(redacted(traceback.format_exc(), *sources(request)), file=sys.stderr)
            _abort(request, context, f"the offline AWS provider failed: {error!r}")

    return guarded


def _abort(request: Any, context: grpc.ServicerContext, text: str) -> NoReturn:
    urn = getattr(request, "urn", "")
    subject = f"{type_of(urn)} {name_of(urn)}: " if urn and not urn.startswith("urn:pulumi:provider") else ""
    abort(request, context, subject + text)


def _abort_half_made(request: Any, context: grpc.ServicerContext, error: HalfMadeError) -> NoReturn:
    subject = f"{type_of(request.urn)} {name_of(request.urn)}: "
    text = redacted(subject + error.reason, *sources(request))
    inputs = request.properties if hasattr(request, "properties") else request.news
    failure = provider_pb2.ErrorResourceInitFailed(
        id=error.identifier, properties=to_struct(error.properties), reasons=[text], inputs=inputs
    )
    detail = any_pb2.Any()
    detail.Pack(failure)
    status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=text, details=[detail])
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(grpc.StatusCode.UNKNOWN, text)
    raise AssertionError("abort raises")


class AwsProvider(Plugin):
    """One configured provider: one account, one default region."""

    NAME, TITLE = "aws", "AWS"
    SETTINGS = SETTINGS | IGNORED_SETTINGS

    def __init__(self) -> None:
        super().__init__()
        self._lifecycle: Lifecycle | None = None
        self._connection: Connection | None = None
        self._context: dict[str, Any] = {}
        self._noted: set[tuple[str, str]] = set()
        self._lock = threading.Lock()

    def require_offline(self) -> None:
        """Raises RefusedError unless the environment leads to the emulated AWS."""
        require_offline(os.environ)

    @answered
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Points the provider at one account; refuses anything that is not the emulated AWS."""
        endpoint = require_offline(os.environ)
        require_emulator(endpoint)
        settings = {name: _setting(value) for name, value in plain(from_struct(request.args)).items()}
        for name in self.unknown(settings):
            raise UserError(f"the offline AWS provider does not know the setting {name!r}; leave it out offline")
        region = settings.get("region") or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        if not region:
            raise UserError("no region: set `region` on the provider, or aws:region in the stack's file")
        connection = Connection(endpoint, str(region))
        connection.on_not_emulated = self._note_not_emulated
        _require_account(connection, settings)
        tags = settings.get("defaultTags") or {}
        default_tags = dict(tags.get("tags") or {}) if isinstance(tags, dict) else {}
        self._context = {
            "account": connection.account,
            "partition": "aws",
            "region": str(region),
            "defaultTags": default_tags,
            "ignoreTags": settings.get("ignoreTags") or {},
        }
        self._connection = connection
        self._lifecycle = Lifecycle(connection, self._context)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def _note_not_emulated(self, service: str, operation: str) -> None:
        with self._lock:
            fresh = (service, operation) not in self._noted
            self._noted.add((service, operation))
        if fresh:
            print(f"checked only: the emulated AWS lacks {service} {operation}", file=sys.stderr)

    def _ready(self) -> Lifecycle:
        if self._lifecycle is None:
            raise UserError("the provider is not configured")
        return self._lifecycle

    @answered
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Validates and completes the inputs."""
        self._ready()
        kind = _kind(request.urn)
        olds, news = from_struct(request.olds), from_struct(request.news)
        inputs, failures = checks.check(kind, name_of(request.urn), olds, news, self._context, request.randomSeed)
        return checked(to_struct(inputs), failures)

    @answered
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Which properties change, and which of them make a new resource."""
        lifecycle = self._ready()
        kind = _kind(request.urn)
        olds, news = from_struct(request.olds), from_struct(request.news)
        old_inputs = from_struct(request.old_inputs) or _inputs_of(kind, olds)
        news = with_ignored(news, old_inputs, request.ignoreChanges)
        region = lifecycle.context(news)["region"]
        old_inputs = lifecycle.as_asked(kind, request.id, olds, old_inputs, news)
        found = differ.difference(kind, old_inputs, news, olds, region)
        return compared(found)

    @answered
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Makes the resource, or says what is known of it beforehand."""
        lifecycle = self._ready()
        kind, inputs = _kind(request.urn), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(lifecycle.preview(kind, inputs)))
        require_known(inputs)
        identifier, properties = lifecycle.create(kind, inputs, _tokens(context))
        return provider_pb2.CreateResponse(id=identifier, properties=to_struct(properties))

    @answered
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """The resource as AWS has it now; an empty answer if it is gone."""
        kind = _kind(request.urn)
        inputs, state = from_struct(request.inputs), from_struct(request.properties)
        if not inputs and not state:
            return self._import(kind, request.id)
        found = self._ready().read(kind, request.id, inputs, state)
        if found is None:
            return provider_pb2.ReadResponse()
        current, properties = found
        return provider_pb2.ReadResponse(id=request.id, inputs=to_struct(current), properties=to_struct(properties))

    def _import(self, kind: ResourceType, given: str) -> Any:
        if kind.token in importing.REFUSED:
            raise UserError(f"the AWS provider has no import of {kind.token}; let the program make it")
        found = self._ready().imported(kind, given)
        if found is None:
            return provider_pb2.ReadResponse()
        identifier, inputs, properties = found
        return provider_pb2.ReadResponse(id=identifier, inputs=to_struct(inputs), properties=to_struct(properties))

    @answered
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Changes the resource in place."""
        lifecycle = self._ready()
        kind = _kind(request.urn)
        olds, news = from_struct(request.olds), from_struct(request.news)
        old_inputs = from_struct(request.old_inputs) or _inputs_of(kind, olds)
        news = with_ignored(news, old_inputs, request.ignoreChanges)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(lifecycle.preview_update(kind, olds, news)))
        require_known(news)
        old_inputs = lifecycle.as_asked(kind, request.id, olds, old_inputs, news)
        properties = lifecycle.update(kind, request.id, olds, old_inputs, news)
        return provider_pb2.UpdateResponse(properties=to_struct(properties))

    @answered
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Deletes it; what is gone already counts as deleted."""
        self._ready().delete(_kind(request.urn), request.id, from_struct(request.properties))
        return empty_pb2.Empty()

    @answered
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """A function of the SDK's, such as getCallerIdentity."""
        self._ready()
        assert self._connection is not None
        answer = invokes.invoke(self._connection, request.tok, plain(from_struct(request.args)))
        if isinstance(answer, str):
            raise UserError(answer)
        response = provider_pb2.InvokeResponse()
        getattr(response, "return").CopyFrom(to_struct(answer))
        return response


def _kind(urn: str) -> ResourceType:
    token = type_of(urn)
    kind = types.find(token)
    if kind is None:
        raise UserError(
            f"the offline AWS provider does not know {token}; describe it in offline/aws/types, or leave it out offline"
        )
    return kind


def _setting(value: Any) -> Any:
    """Provider settings other than text travel as JSON."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _require_account(connection: Connection, settings: dict[str, Any]) -> None:
    allowed, forbidden = settings.get("allowedAccountIds") or [], settings.get("forbiddenAccountIds") or []
    if allowed and forbidden:
        raise UserError("allowedAccountIds and forbiddenAccountIds exclude each other")
    if (allowed and connection.account not in allowed) or connection.account in forbidden:
        raise UserError(f"AWS account ID not allowed: {connection.account}")


def _tokens(context: grpc.ServicerContext) -> Tokens:
    """Of the engine's operation; an engine that names none gets calls that can be retried all the same."""
    base = dict(context.invocation_metadata()).get(OPERATION_METADATA)
    return Tokens(str(base or uuid.uuid4()))


def _inputs_of(kind: ResourceType, properties: Properties) -> Properties:
    """The inputs among a resource's properties, for an engine that sends no old inputs."""
    from offline.aws import mapping

    return {name: value for name, value in properties.items() if name in mapping.sdk(kind).inputs}
