"""The plugin's face: Pulumi's ResourceProvider protocol."""

from __future__ import annotations

import functools
import json
import sys
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from offline.aws.values import Properties, from_struct, plain, redacted, to_struct
from offline.kubernetes import checks, differ
from offline.kubernetes.apiserver import ApiError, ApiServer, RefusedError, active_cluster, configured
from offline.kubernetes.kinds import Kind, UnknownKindError, of_token
from offline.kubernetes.objects import Objects
from offline.plugin import (
    Plugin,
    UserError,
    abort,
    checked,
    compared,
    require_known,
    sources,
    type_of,
    with_ignored,
)

MUTABLE = {"enableConfigMapMutable": "ConfigMap", "enableSecretMutable": "Secret"}
"""Settings that let the data of a kind change in place."""
IDENTIFIER = "clusterIdentifier"
SETTINGS = {
    *("kubeconfig", "context", "namespace", "enableServerSideApply", "version", "pluginDownloadURL"),
    IDENTIFIER,
    *MUTABLE,
}
IGNORED_SETTINGS = {
    *("deleteUnreachable", "skipUpdateUnreachable", "suppressDeprecationWarnings"),
    *("suppressHelmHookWarnings", "suppressHelmReleaseBetaWarning", "strictMode", "alwaysRenderSecret"),
    *("helmReleaseSettings", "kubeClientSettings"),
}
"""Settings of the real provider that change nothing here."""


def answered(method: Callable[..., Any]) -> Callable[..., Any]:
    """Turns exceptions into gRPC errors that name the resource, and hold no secret of the request."""

    @functools.wraps(method)
    def guarded(self: KubernetesProvider, request: Any, context: grpc.ServicerContext) -> Any:
        try:
            return method(self, request, context)
        except ApiError as error:
            _abort(request, context, f"the API server refused it ({error.status}): {error}")
        except (UserError, RefusedError, UnknownKindError) as error:
            _abort(request, context, str(error))
        except Exception as error:
            print(redacted(traceback.format_exc(), *sources(request)), file=sys.stderr)
            _abort(request, context, f"the offline Kubernetes provider failed: {error!r}")

    return guarded


def _abort(request: Any, context: grpc.ServicerContext, text: str) -> NoReturn:
    urn = getattr(request, "urn", "")
    parts = urn.split("::", 3)
    subject = f"{type_of(urn)} {parts[3]}: " if len(parts) == 4 and not type_of(urn).startswith("pulumi:") else ""
    abort(request, context, subject + text)


def _kubeconfig(settings: Properties) -> str:
    """Its text or path; nothing where there is none."""
    given = settings.get("kubeconfig") or ""
    return given if isinstance(given, str) else json.dumps(given)


def _kind(urn: str) -> Kind:
    return of_token(type_of(urn))


class KubernetesProvider(Plugin):
    """One configured provider: one cluster, kept in state or served by an API server on loopback."""

    NAME, TITLE = "kubernetes", "Kubernetes"
    SETTINGS = SETTINGS | IGNORED_SETTINGS

    def __init__(self) -> None:
        super().__init__()
        self._objects: Objects | None = None
        self._namespace = "default"
        self._mutable: frozenset[str] = frozenset()

    @answered
    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Another active cluster is another provider, so that everything is made anew there; another way to sign in to
        the same one is none. A cluster identifier decides alone, as the real provider has it."""
        answer = super().DiffConfig(request, context)
        olds = plain(from_struct(request.old_inputs)) or plain(from_struct(request.olds))
        news = plain(from_struct(request.news))
        before, after = olds.get(IDENTIFIER), news.get(IDENTIFIER)
        if before and after:
            answer.replaces.extend([IDENTIFIER] if before != after else [])
        else:
            old, new = (active_cluster(_kubeconfig(given), str(given.get("context") or "")) for given in (olds, news))
            if old is not None and new is not None and old != new:
                answer.replaces.extend(name for name in ("kubeconfig", "context") if name in answer.diffs)
        return answer

    @answered
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Finds the API server, if there is one; refuses any that is not on loopback."""
        settings = plain(from_struct(request.args))
        if str(settings.get("enableServerSideApply", "true")).lower() == "false":
            raise UserError(
                "enableServerSideApply is false: the offline provider applies on the server only; leave it out"
            )
        found = configured(_kubeconfig(settings), str(settings.get("context") or ""))
        self._namespace = str(settings.get("namespace") or "default")
        self._mutable = frozenset(kind for name, kind in MUTABLE.items() if str(settings.get(name)).lower() == "true")
        self._objects = Objects(ApiServer(found) if found else None)
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    def _ready(self) -> Objects:
        if self._objects is None:
            raise UserError("the provider is not configured")
        return self._objects

    @answered
    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Validates and completes the inputs."""
        self._ready()
        olds, news = from_struct(request.olds), from_struct(request.news)
        name = request.urn.split("::", 3)[-1]
        inputs, failures = checks.check(_kind(request.urn), name, olds, news, self._namespace, request.randomSeed)
        return checked(to_struct(inputs), failures)

    @answered
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Which fields change, and which of them make a new object."""
        self._ready()
        old_inputs = from_struct(request.old_inputs) or from_struct(request.olds)
        news = with_ignored(from_struct(request.news), old_inputs, request.ignoreChanges)
        found = differ.difference(_kind(request.urn), old_inputs, news, self._mutable)
        return compared(found)

    @answered
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Makes the object, or says what is known of it beforehand. Applying twice makes one object."""
        objects, kind, inputs = self._ready(), _kind(request.urn), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(objects.preview(kind, inputs)))
        require_known(inputs)
        identifier, properties = objects.create(kind, inputs)
        return provider_pb2.CreateResponse(id=identifier, properties=to_struct(properties))

    @answered
    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """The object as the API server has it, or as it was kept; an empty answer if it is gone."""
        inputs, state = from_struct(request.inputs), from_struct(request.properties)
        found = self._ready().read(_kind(request.urn), request.id, inputs, state)
        if found is None:
            return provider_pb2.ReadResponse()
        current, properties = found
        return provider_pb2.ReadResponse(id=request.id, inputs=to_struct(current), properties=to_struct(properties))

    @answered
    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Changes the object in place."""
        objects, kind = self._ready(), _kind(request.urn)
        old_inputs = from_struct(request.old_inputs) or from_struct(request.olds)
        news = with_ignored(from_struct(request.news), old_inputs, request.ignoreChanges)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(objects.preview(kind, news)))
        require_known(news)
        return provider_pb2.UpdateResponse(properties=to_struct(objects.update(kind, request.id, news)))

    @answered
    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Deletes it; what is gone already counts as deleted."""
        self._ready().delete(_kind(request.urn), request.id)
        return empty_pb2.Empty()

    @answered
    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Functions of the SDK render charts and files, which the offline provider does not."""
        raise UserError(f"the offline Kubernetes provider does not know the function {request.tok}")
