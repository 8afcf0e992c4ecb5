"""The plugin's face: Pulumi's ResourceProvider protocol."""

from __future__ import annotations

import functools
import json
import sys
import threading
import traceback
from collections.abc import Callable
from typing import Any, NoReturn

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline.aws.values import Properties, from_struct, has_unknown, plain, redacted, to_struct
from offline.kubernetes import checks, differ
from offline.kubernetes.apiserver import ApiError, ApiServer, RefusedError, configured
from offline.kubernetes.kinds import Kind, UnknownKindError, of_token
from offline.kubernetes.objects import Objects

MUTABLE = {"enableConfigMapMutable": "ConfigMap", "enableSecretMutable": "Secret"}
"""Settings that let the data of a kind change in place."""
SETTINGS = {"kubeconfig", "context", "namespace", "enableServerSideApply", "version", "pluginDownloadURL", *MUTABLE}
IGNORED_SETTINGS = {
    *("clusterIdentifier", "deleteUnreachable", "skipUpdateUnreachable", "suppressDeprecationWarnings"),
    *("suppressHelmHookWarnings", "suppressHelmReleaseBetaWarning", "strictMode", "alwaysRenderSecret"),
    *("helmReleaseSettings", "kubeClientSettings"),
}
"""Settings of the real provider that change nothing here."""


class UserError(Exception):
    """What the user is told as it stands."""


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
            print(redacted(traceback.format_exc(), *_sources(request)), file=sys.stderr)
            _abort(request, context, f"the offline Kubernetes provider failed: {error!r}")

    return guarded


def _sources(request: Any) -> list[Properties]:
    names = ("properties", "news", "olds", "inputs", "old_inputs", "args")
    return [from_struct(getattr(request, name)) for name in names if hasattr(request, name)]


def _abort(request: Any, context: grpc.ServicerContext, text: str) -> NoReturn:
    urn = getattr(request, "urn", "")
    parts = urn.split("::", 3)
    subject = f"{_type(urn)} {parts[3]}: " if len(parts) == 4 and not _type(urn).startswith("pulumi:") else ""
    context.abort(grpc.StatusCode.UNKNOWN, redacted(subject + text, *_sources(request)))
    raise AssertionError("abort raises")


def _type(urn: str) -> str:
    return urn.split("::")[2].rsplit("$", 1)[-1] if urn.count("::") >= 3 else urn


def _kind(urn: str) -> Kind:
    return of_token(_type(urn))


class KubernetesProvider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider: one cluster, kept in state or served by an API server on loopback."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        """Set when the engine is through with this plugin."""
        self._objects: Objects | None = None
        self._namespace = "default"
        self._mutable: frozenset[str] = frozenset()

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """What this plugin understands."""
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """The version of the SDK that it serves."""
        return plugin_pb2.PluginInfo(version=sdk_version())

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Nothing to attach to."""
        return empty_pb2.Empty()

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Enough for an engine that asks; the SDK is generated from the real provider's."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": "kubernetes", "version": sdk_version()}))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Refuses settings that would be ignored in silence."""
        news = from_struct(request.news)
        unknown = sorted(name for name in news if name not in SETTINGS | IGNORED_SETTINGS and not name.startswith("__"))
        failures = [
            provider_pb2.CheckFailure(
                property=name,
                reason=f"the offline Kubernetes provider does not know the setting {name!r}; leave it out offline",
            )
            for name in unknown
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Another cluster is another provider, but a kubeconfig may lead to the same one in another way: only a change
        of what is in it is told, and resources tell their own differences."""
        olds = plain(from_struct(request.old_inputs)) or plain(from_struct(request.olds))
        news = plain(from_struct(request.news))
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=changed)

    @answered
    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Finds the API server, if there is one; refuses any that is not on loopback."""
        settings = plain(from_struct(request.args))
        if str(settings.get("enableServerSideApply", "true")).lower() == "false":
            raise UserError(
                "enableServerSideApply is false: the offline provider applies on the server only; leave it out"
            )
        kubeconfig = settings.get("kubeconfig") or ""
        text = kubeconfig if isinstance(kubeconfig, str) else json.dumps(kubeconfig)
        found = configured(text, str(settings.get("context") or ""))
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
        return provider_pb2.CheckResponse(
            inputs=to_struct(inputs),
            failures=[provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in failures],
        )

    @answered
    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Which fields change, and which of them make a new object."""
        self._ready()
        old_inputs = from_struct(request.old_inputs) or from_struct(request.olds)
        news = _with_ignored(from_struct(request.news), old_inputs, request.ignoreChanges)
        found = differ.difference(_kind(request.urn), old_inputs, news, self._mutable)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found.detailed else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=found.changed,
            replaces=found.replaces,
            deleteBeforeReplace=found.delete_before_replace,
            detailedDiff={
                path: provider_pb2.PropertyDiff(kind=_DIFF_KINDS[kind], inputDiff=True)
                for path, kind in found.detailed.items()
            },
            hasDetailedDiff=True,
        )

    @answered
    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Makes the object, or says what is known of it beforehand. Applying twice makes one object."""
        objects, kind, inputs = self._ready(), _kind(request.urn), from_struct(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(objects.preview(kind, inputs)))
        _require_known(inputs)
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
        news = _with_ignored(from_struct(request.news), old_inputs, request.ignoreChanges)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_struct(objects.preview(kind, news)))
        _require_known(news)
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

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Calls under way take milliseconds: they finish. The interrupt that follows ends the plugin."""
        self.cancelled.set()
        return empty_pb2.Empty()


@functools.cache
def sdk_version() -> str:
    """Of the installed pulumi_kubernetes."""
    from importlib.metadata import version

    return version("pulumi-kubernetes")


_DIFF_KINDS = {
    "add": provider_pb2.PropertyDiff.ADD,
    "add-replace": provider_pb2.PropertyDiff.ADD_REPLACE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "delete-replace": provider_pb2.PropertyDiff.DELETE_REPLACE,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "update-replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def _with_ignored(news: Properties, olds: Properties, ignored: Any) -> Properties:
    """Whole properties that the program ignores keep their old value; the engine resolves nested paths itself."""
    kept = {name: olds[name] for name in ignored if name in olds}
    return {**news, **kept}


def _require_known(inputs: Properties) -> None:
    unknown = sorted(name for name, value in inputs.items() if has_unknown(value))
    if unknown:
        raise UserError(f"the value of {', '.join(unknown)} is not known")
