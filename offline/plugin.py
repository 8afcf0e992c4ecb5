"""What the offline provider plugins have in common: how they are served, and the part of Pulumi's protocol that is the
same whatever a provider makes."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NoReturn, Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from offline.aws.values import Properties, from_struct, has_unknown, plain, redacted

MESSAGE_LIMIT = 400 * 1024 * 1024
OPTIONS = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
GRACE_SECONDS = 60
"""Time in which calls under way may finish."""
SERVICE, ANOTHER = "headroom.Plugins", "Another"
"""Name of the call that serves one more provider in this process, and answers with its port as text."""

OFFLINE_VARIABLE = "HEADROOM_OFFLINE"
"""Set by the offline engine, and by `headroom offline env`."""


class UserError(Exception):
    """What the user is told as it stands."""


def serve(make: Callable[[], Plugin], threads: int, meanwhile: Callable[[], None] | None = None) -> None:
    """Serves until the engine ends it; the first line of output is the port. `meanwhile` runs beside the calls."""
    process = _Process(make, threads)
    print(process.another(), flush=True)
    signal.signal(signal.SIGINT, lambda *_: process.interrupted())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if meanwhile is not None:
        threading.Thread(target=meanwhile, daemon=True).start()
    process.wait()


class _Process:
    """The providers of one process, each at a port of its own. An engine that knows of it asks for another instead of a
    process, which takes a third of a second; Pulumi's own starts a process for each."""

    def __init__(self, make: Callable[[], Plugin], threads: int) -> None:
        self._make = make
        self._threads = threads
        self._providers: list[Plugin] = []
        self._servers: list[grpc.Server] = []

    def another(self) -> int:
        """Serves one more provider, at this port."""
        provider = self._make()
        server = grpc.server(ThreadPoolExecutor(max_workers=self._threads), options=OPTIONS)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
        ask = grpc.unary_unary_rpc_method_handler(lambda request, context: str(self.another()).encode())
        server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(SERVICE, {ANOTHER: ask})])
        port: int = server.add_insecure_port("127.0.0.1:0")
        self._providers.append(provider)
        self._servers.append(server)
        server.start()
        return port

    def interrupted(self) -> None:
        """The terminal's ^C is the engine's to handle. After Cancel it is the engine that sends it, and waits."""
        if all(provider.cancelled.is_set() for provider in self._providers):
            for server in self._servers:
                threading.Thread(target=server.stop, args=(GRACE_SECONDS,)).start()

    def wait(self) -> None:
        """Returns once no provider is served any more."""
        for server in self._servers:
            server.wait_for_termination()


@functools.cache
def sdk_version(package: str) -> str:
    """Of the installed SDK."""
    return importlib.metadata.version(package)


class Plugin(provider_pb2_grpc.ResourceProviderServicer):
    """A configured provider; what it makes of resources is its subclass's."""

    NAME = ""
    """Name of the provider's package, `aws`."""
    TITLE = ""
    """The same for people, `AWS`."""
    SETTINGS: Collection[str] = frozenset()
    """Settings that it knows, with those of the real provider that change nothing here."""

    def __init__(self) -> None:
        self.cancelled = threading.Event()
        """Set when the engine is through with this plugin."""

    @property
    def version(self) -> str:
        """Of the SDK that it serves."""
        return sdk_version(f"pulumi-{self.NAME}")

    def require_offline(self) -> None:
        """Raises an error with a text for the user unless this process belongs to the offline mode."""
        if not os.environ.get(OFFLINE_VARIABLE):
            raise UserError(
                f"the offline {self.TITLE} provider makes nothing real, and was found on PATH by something other than "
                "the offline engine; take its folder (offline/plugins) off PATH, or run "
                "`eval $(python -m offline.cloud env --account ACCOUNT --region REGION)` to use it"
            )

    def Handshake(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """What this plugin understands. An engine that found it by mistake gets no further: every one begins here."""
        try:
            self.require_offline()
        except Exception as error:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    def GetPluginInfo(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """The version of the SDK that it serves."""
        return plugin_pb2.PluginInfo(version=self.version)

    def Attach(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Nothing to attach to."""
        return empty_pb2.Empty()

    def GetSchema(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Enough for an engine that asks; the SDK is generated from the real provider's."""
        return provider_pb2.GetSchemaResponse(schema=json.dumps({"name": self.NAME, "version": self.version}))

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Refuses settings that would be ignored in silence."""
        failures = [
            provider_pb2.CheckFailure(
                property=name,
                reason=f"the offline {self.TITLE} provider does not know the setting {name!r}; leave it out offline",
            )
            for name in self.unknown(from_struct(request.news))
        ]
        return provider_pb2.CheckResponse(inputs=request.news, failures=failures)

    def unknown(self, settings: Collection[str]) -> list[str]:
        """Settings that it does not know."""
        return sorted(name for name in settings if name not in self.SETTINGS and not name.startswith("__"))

    def DiffConfig(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Tells only what changed: another account, region or cluster is another provider, and resources tell their own
        differences."""
        olds = plain(from_struct(request.old_inputs)) or plain(from_struct(request.olds))
        news = plain(from_struct(request.news))
        changed = sorted(name for name in {*olds, *news} if olds.get(name) != news.get(name))
        changes = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=changed)

    def Cancel(self, request: Any, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Calls under way take milliseconds: they finish. The interrupt that follows ends the plugin."""
        self.cancelled.set()
        return empty_pb2.Empty()


def type_of(urn: str) -> str:
    """`aws:ec2/vpc:Vpc`; what is no URN stays as it is."""
    return urn.split("::")[2].rsplit("$", 1)[-1] if urn.count("::") >= 3 else urn


def name_of(urn: str) -> str:
    """The logical name; what is no URN stays as it is."""
    return urn.split("::", 3)[3] if urn.count("::") >= 3 else urn


def sources(request: Any) -> list[Properties]:
    """Everything in a request that may hold a secret."""
    names = ("properties", "news", "olds", "inputs", "old_inputs", "args")
    return [from_struct(getattr(request, name)) for name in names if hasattr(request, name)]


def abort(request: Any, context: grpc.ServicerContext, text: str) -> NoReturn:
    """Ends the call with what the user is told, without the request's secrets."""
    context.abort(grpc.StatusCode.UNKNOWN, redacted(text, *sources(request)))
    raise AssertionError("abort raises")


def checked(inputs: Any, failures: Sequence[tuple[str, str]]) -> Any:
    """The answer of Check: inputs as they travel, and what is wrong at which property."""
    found = [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in failures]
    return provider_pb2.CheckResponse(inputs=inputs, failures=found)


class Difference(Protocol):
    """What a provider finds between old and new inputs."""

    @property
    def changed(self) -> Sequence[str]: ...
    @property
    def replaces(self) -> Sequence[str]: ...
    @property
    def delete_before_replace(self) -> bool: ...
    @property
    def detailed(self) -> Mapping[str, str]: ...


def compared(found: Difference) -> Any:
    """The answer of Diff."""
    return provider_pb2.DiffResponse(
        changes=provider_pb2.DiffResponse.DIFF_SOME if found.detailed else provider_pb2.DiffResponse.DIFF_NONE,
        diffs=found.changed,
        replaces=found.replaces,
        deleteBeforeReplace=found.delete_before_replace,
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=DIFF_KINDS[kind], inputDiff=True)
            for path, kind in found.detailed.items()
        },
        hasDetailedDiff=True,
    )


DIFF_KINDS = {
    "add": provider_pb2.PropertyDiff.ADD,
    "add-replace": provider_pb2.PropertyDiff.ADD_REPLACE,
    "delete": provider_pb2.PropertyDiff.DELETE,
    "delete-replace": provider_pb2.PropertyDiff.DELETE_REPLACE,
    "update": provider_pb2.PropertyDiff.UPDATE,
    "update-replace": provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def with_ignored(news: Properties, olds: Properties, ignored: Any) -> Properties:
    """Whole properties that the program ignores keep their old value; the engine resolves nested paths itself."""
    kept = {name: olds[name] for name in ignored if name in olds}
    return {**news, **kept}


def require_known(inputs: Properties) -> None:
    """Raises UserError where a value is not known yet: only a preview may have such."""
    unknown = sorted(name for name, value in inputs.items() if has_unknown(value))
    if unknown:
        raise UserError(f"the value of {', '.join(unknown)} is not known")
