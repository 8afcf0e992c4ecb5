"""Transforms: functions of the program that rewrite registrations and invokes before the engine sees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message
from pulumi.runtime.proto import callback_pb2, callback_pb2_grpc, resource_pb2

from .values import OutputValue, Secret, dependencies_of
from .wire import GRPC_OPTIONS, from_struct, to_struct

M = TypeVar("M", bound=Message)


class Callbacks:
    """Calls back into the program."""

    def __init__(self) -> None:
        self._channels: dict[str, tuple[grpc.aio.Channel, callback_pb2_grpc.CallbacksStub]] = {}

    async def call(self, callback: callback_pb2.Callback, request: Message, answer: type[M]) -> M:
        """One call."""
        if callback.target not in self._channels:
            channel = grpc.aio.insecure_channel(callback.target, options=GRPC_OPTIONS)
            stub = callback_pb2_grpc.CallbacksStub(channel)
            self._channels[callback.target] = (channel, stub)
        message = callback_pb2.CallbackInvokeRequest(token=callback.token, request=request.SerializeToString())
        found = await self._channels[callback.target][1].Invoke(message)
        return answer.FromString(found.response)

    async def close(self) -> None:
        """Closes all connections."""
        for channel, _ in self._channels.values():
            await channel.close()


@dataclass(kw_only=True)
class Draft:
    """A registration while transforms rewrite it."""

    type: str
    name: str
    custom: bool
    parent: str
    properties: dict[str, Any]
    dependencies: set[str]
    property_dependencies: dict[str, set[str]]
    options: resource_pb2.TransformResourceOptions


@dataclass(kw_only=True)
class Transforms:
    """The transforms that the program has registered."""

    callbacks: Callbacks
    folder: str
    """Where the program's paths start."""
    of_resource: dict[str, list[callback_pb2.Callback]] = field(default_factory=dict)
    """By the URN that they were given with; they apply to its children too."""
    parents: dict[str, str] = field(default_factory=dict)
    of_stack: list[callback_pb2.Callback] = field(default_factory=list)
    of_invokes: list[callback_pb2.Callback] = field(default_factory=list)

    async def apply(self, draft: Draft, own: Iterable[callback_pb2.Callback]) -> None:
        """Rewrites a registration: by its own transforms, its parents', the stack's."""
        chain = list(own)
        parent = draft.parent
        while parent:
            chain += self.of_resource.get(parent, [])
            parent = self.parents.get(parent, "")
        chain += self.of_stack
        if not chain:
            for key, value in draft.properties.items():
                found = dependencies_of(value)
                if found:
                    draft.property_dependencies.setdefault(key, set()).update(found)
            return
        draft.properties = {k: _upgrade(v, draft.property_dependencies.get(k, ())) for k, v in draft.properties.items()}
        for callback in chain:
            await self._apply_one(draft, callback)
        draft.dependencies = set(draft.options.depends_on)
        given = draft.property_dependencies  # stands where a transform has put a plain value
        draft.property_dependencies = {
            key: dependencies_of(value) or given.get(key, set()) for key, value in draft.properties.items()
        }
        for urns in draft.property_dependencies.values():
            draft.dependencies |= urns

    async def _apply_one(self, draft: Draft, callback: callback_pb2.Callback) -> None:
        request = resource_pb2.TransformRequest(
            type=draft.type,
            name=draft.name,
            custom=draft.custom,
            parent=draft.parent,
            properties=to_struct(draft.properties),
            options=draft.options,
        )
        answer = await self.callbacks.call(callback, request, resource_pb2.TransformResponse)
        draft.properties = from_struct(answer.properties, self.folder)
        if answer.HasField("options"):
            draft.options = answer.options

    async def apply_to_invoke(
        self, request: resource_pb2.ResourceInvokeRequest, arguments: dict[str, Any]
    ) -> tuple[dict[str, Any], str]:
        """(arguments, provider reference) of a function call."""
        provider = request.provider
        for callback in self.of_invokes:
            options = resource_pb2.TransformInvokeOptions(provider=provider, version=request.version)
            message = resource_pb2.TransformInvokeRequest(token=request.tok, args=to_struct(arguments), options=options)
            answer = await self.callbacks.call(callback, message, resource_pb2.TransformInvokeResponse)
            arguments = from_struct(answer.args, self.folder)
            provider = answer.options.provider or provider
        return arguments, provider


def _upgrade(value: Any, dependencies: Iterable[str]) -> Any:
    """A value with dependencies becomes an output value, so that a transform carries them on."""
    urns = list(dependencies)
    if isinstance(value, OutputValue):
        return OutputValue(value.value, value.secret, [*value.dependencies, *urns])
    if isinstance(value, Secret):
        return OutputValue(value.value, True, urns)
    return OutputValue(value, False, urns) if urns else value
