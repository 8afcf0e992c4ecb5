"""A configured provider: what the engine asks of it, and how a plugin answers."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from pulumi.runtime.proto import provider_pb2

from .errors import ProviderError
from .plugins import Plugin, UnimplementedError
from .property_diff import diff_objects, root_key
from .resource_state import ResourceState
from .urns import urn_name, urn_type
from .values import Secret, carry_secrets, has_unknown, without_output_values
from .wire import Accepts, from_struct, to_struct

OPERATION_METADATA = "x-headroom-operation"
"""gRPC metadata of a Create: the same token again means the same create again, not a second one."""
_ENGINE_KEYS = ("version", "pluginDownloadURL", "__internal")


class CheckError(Exception):
    """The provider found inputs that it does not take: (property, reason) each."""

    def __init__(self, failures: list[tuple[str, str]]) -> None:
        super().__init__("; ".join(reason for _, reason in failures))
        self.failures = failures


@dataclass(frozen=True, kw_only=True)
class PropertyChange:
    """How one property changes."""

    kind: str
    """add, delete or update, with `-replace` where it forces a replacement."""
    of_input: bool = True
    """True when it compares inputs; False when it compares the new inputs with the old outputs."""


@dataclass(frozen=True, kw_only=True)
class Diff:
    """What separates a resource's new inputs from what exists."""

    detailed: dict[str, PropertyChange] = field(default_factory=dict)
    """By property path."""
    changed: list[str] = field(default_factory=list)
    """Top-level properties that differ."""
    replaced_by: list[str] = field(default_factory=list)
    """Top-level properties that force a replacement."""
    delete_before_replace: bool = False
    """The two cannot stand side by side."""
    own: bool = False
    """The provider told no paths: `detailed` is the engine's own comparison, shown to people and not to programs."""

    @property
    def any(self) -> bool:
        """True when there is something to do."""
        return bool(self.detailed or self.changed or self.replaced_by)


NO_DIFF = Diff()


def structural_diff(old: dict[str, Any], new: dict[str, Any]) -> Diff:
    """The difference of two sets of inputs, for what no provider compares."""
    found = diff_objects(old, new)
    detailed = {path: PropertyChange(kind=kind) for path, kind in found.items()}
    return Diff(detailed=detailed, changed=sorted({root_key(path) for path in found}), own=True)


class Provider(Protocol):
    """What the engine asks of a provider; values are property values of `values.py`."""

    async def check(
        self, urn: str, old: dict[str, Any] | None, new: dict[str, Any], ignore: list[str], replaced: str = ""
    ) -> dict[str, Any]:
        """The inputs with defaults filled in; raises CheckError. Names are made anew where an id is `replaced`."""

    async def diff(self, old: ResourceState, inputs: dict[str, Any], ignore: list[str]) -> Diff:
        """What an update to these inputs would change."""

    async def create(self, state: ResourceState, preview: bool, token: str) -> tuple[str, dict[str, Any]]:
        """Id and outputs of a new resource."""

    async def update(
        self, old: ResourceState, state: ResourceState, preview: bool, ignore: list[str]
    ) -> dict[str, Any]:
        """The outputs after a change in place."""

    async def read(
        self, urn: str, resource_id: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """(id, inputs, outputs) as they are now; None when the resource is gone."""

    async def delete(self, state: ResourceState) -> None:
        """Deletes what the state describes; gone already is no error."""

    async def invoke(self, token: str, arguments: dict[str, Any], preview: bool) -> dict[str, Any] | None:
        """A function's result; None when it cannot be known yet."""


class PluginProvider:
    """A provider behind a plugin, started and configured at its first use."""

    def __init__(self, take: Callable[[], Awaitable[Plugin]], state: ResourceState, config: dict[str, Any]) -> None:
        self._take = take
        self._state = state
        self._config = provider_config(config)
        self._starting: asyncio.Task[Plugin] | None = None
        self._unknown = has_unknown(self._config)
        self._accepts = Accepts(outputs=False)
        self._previews = False

    @property
    def configurable(self) -> bool:
        """False in a preview whose configuration is not known yet: such a provider can only echo."""
        return not self._unknown

    async def ready(self) -> Plugin:
        """The plugin, configured."""
        if self._starting is None:
            self._starting = asyncio.create_task(self._configure())
        return await asyncio.shield(self._starting)

    async def _configure(self) -> Plugin:
        plugin = await self._take()
        request = provider_pb2.ConfigureRequest(
            args=to_struct(self._config, Accepts(outputs=False)),
            variables={f"{plugin.package}:config:{k}": _text(v) for k, v in self._config.items() if _is_text(v)},
            acceptSecrets=True,
            acceptResources=True,
            sends_old_inputs=True,
            sends_old_inputs_to_delete=True,
            urn=self._state.urn,
            name=urn_name(self._state.urn),
            type=self._state.type,
            **({"id": self._state.id} if isinstance(self._state.id, str) else {}),
        )
        answer = await plugin.call("Configure", request)
        self._accepts = Accepts(secrets=answer.acceptSecrets, references=answer.acceptResources, outputs=False)
        self._previews = answer.supportsPreview
        return plugin

    def _struct(self, values: dict[str, Any]) -> Any:
        return to_struct(values, self._accepts)

    def _hashed(self, values: dict[str, Any]) -> Any:
        """Without the contents of assets."""
        return to_struct(values, dataclasses.replace(self._accepts, contents=False))

    async def check(
        self, urn: str, old: dict[str, Any] | None, new: dict[str, Any], ignore: list[str], replaced: str = ""
    ) -> dict[str, Any]:
        """See Provider. A preview makes the same names as the update after it."""
        if self._unknown:
            return dict(new)
        plugin = await self.ready()
        request = provider_pb2.CheckRequest(
            urn=urn,
            news=self._struct(new),
            name=urn_name(urn),
            type=urn_type(urn),
            randomSeed=(urn + replaced).encode(),
        )
        if old is not None:
            request.olds.CopyFrom(self._struct(old))
        return _checked(await plugin.call("Check", request), new)

    async def diff(self, old: ResourceState, inputs: dict[str, Any], ignore: list[str]) -> Diff:
        """See Provider."""
        if self._unknown:
            return structural_diff(old.inputs, inputs)
        plugin = await self.ready()
        request = provider_pb2.DiffRequest(
            id=old.id,
            urn=old.urn,
            olds=self._hashed(old.outputs),
            news=self._hashed(inputs),
            old_inputs=self._hashed(old.inputs),
            ignoreChanges=ignore,
            name=old.name,
            type=old.type,
        )
        return _diffed(await plugin.call("Diff", request), old.inputs, inputs)

    async def create(self, state: ResourceState, preview: bool, token: str) -> tuple[str, dict[str, Any]]:
        """See Provider."""
        if self._unknown:
            return "", dict(state.inputs)
        plugin = await self.ready()
        if preview and not self._previews:
            return "", dict(state.inputs)
        request = provider_pb2.CreateRequest(
            urn=state.urn,
            properties=self._struct(state.inputs),
            timeout=state.custom_timeouts.get("create", 0),
            preview=preview,
            name=state.name,
            type=state.type,
        )
        answer = await plugin.call("Create", request, [(OPERATION_METADATA, token)])
        if not answer.id and not preview:
            raise ProviderError("the provider returned no id for a resource that it says it created")
        return answer.id, without_output_values(from_struct(answer.properties))

    async def update(
        self, old: ResourceState, state: ResourceState, preview: bool, ignore: list[str]
    ) -> dict[str, Any]:
        """See Provider."""
        if not self._unknown:
            plugin = await self.ready()
        if self._unknown or (preview and not self._previews):
            return {**old.outputs, **state.inputs}
        request = provider_pb2.UpdateRequest(
            id=old.id,
            urn=state.urn,
            olds=self._hashed(old.outputs),
            news=self._struct(state.inputs),
            old_inputs=self._hashed(old.inputs),
            timeout=state.custom_timeouts.get("update", 0),
            ignoreChanges=ignore,
            preview=preview,
            name=state.name,
            type=state.type,
        )
        return without_output_values(from_struct((await plugin.call("Update", request)).properties))  # type: ignore[no-any-return]

    async def read(
        self, urn: str, resource_id: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """See Provider."""
        plugin = await self.ready()
        request = provider_pb2.ReadRequest(
            id=resource_id,
            urn=urn,
            inputs=self._hashed(inputs),
            properties=self._hashed(outputs),
            name=urn_name(urn),
            type=urn_type(urn),
        )
        answer = await plugin.call("Read", request)
        if not answer.id:
            return None
        found = from_struct(answer.inputs) if answer.HasField("inputs") else inputs
        return answer.id, without_output_values(found), without_output_values(from_struct(answer.properties))

    async def delete(self, state: ResourceState) -> None:
        """See Provider."""
        plugin = await self.ready()
        request = provider_pb2.DeleteRequest(
            id=state.id,
            urn=state.urn,
            properties=self._hashed(state.outputs),
            old_inputs=self._hashed(state.inputs),
            timeout=state.custom_timeouts.get("delete", 0),
            name=state.name,
            type=state.type,
        )
        await plugin.call("Delete", request)

    async def invoke(self, token: str, arguments: dict[str, Any], preview: bool) -> dict[str, Any] | None:
        """See Provider."""
        if self._unknown:
            return None
        plugin = await self.ready()
        request = provider_pb2.InvokeRequest(tok=token, args=self._struct(arguments), preview=preview)
        answer = await plugin.call("Invoke", request)
        if answer.failures:
            raise CheckError([(failure.property, failure.reason) for failure in answer.failures])
        return from_struct(getattr(answer, "return"))


def provider_config(inputs: dict[str, Any]) -> dict[str, Any]:
    """A provider's inputs without the keys that are the engine's own."""
    return {key: value for key, value in inputs.items() if key not in _ENGINE_KEYS}


async def check_config(plugin: Plugin, state: ResourceState, old: dict[str, Any] | None) -> dict[str, Any]:
    """A provider's inputs as its plugin accepts them; raises CheckError."""
    accepts = Accepts(outputs=False)
    request = provider_pb2.CheckRequest(
        urn=state.urn, news=to_struct(provider_config(state.inputs), accepts), name=state.name, type=state.type
    )
    if old is not None:
        request.olds.CopyFrom(to_struct(provider_config(old), accepts))
    try:
        checked = _checked(await plugin.call("CheckConfig", request), state.inputs)
    except UnimplementedError:
        return state.inputs
    return checked | {key: state.inputs[key] for key in _ENGINE_KEYS if key in state.inputs}


async def diff_config(plugin: Plugin, old: ResourceState, inputs: dict[str, Any]) -> Diff:
    """What a new configuration of a provider means for what it has made."""
    accepts = Accepts(outputs=False)
    before, after = provider_config(old.inputs), provider_config(inputs)
    request = provider_pb2.DiffRequest(
        urn=old.urn,
        id=old.id,
        olds=to_struct(provider_config(old.outputs), accepts),
        news=to_struct(after, accepts),
        old_inputs=to_struct(before, accepts),
        name=old.name,
        type=old.type,
    )
    try:
        return _diffed(await plugin.call("DiffConfig", request), before, after)
    except UnimplementedError:
        return structural_diff(before, after)


def _checked(answer: provider_pb2.CheckResponse, sent: dict[str, Any]) -> dict[str, Any]:
    if answer.failures:
        raise CheckError([(failure.property, failure.reason) for failure in answer.failures])
    checked: dict[str, Any] = carry_secrets(sent, without_output_values(from_struct(answer.inputs)))
    return checked


def _diffed(answer: provider_pb2.DiffResponse, old: dict[str, Any], new: dict[str, Any]) -> Diff:
    if answer.changes == provider_pb2.DiffResponse.DIFF_NONE:
        return NO_DIFF
    own = structural_diff(old, new)
    if answer.changes == provider_pb2.DiffResponse.DIFF_UNKNOWN and not own.any and not answer.replaces:
        return NO_DIFF
    detailed = dict(own.detailed)
    if answer.hasDetailedDiff:
        detailed = {
            path: PropertyChange(
                kind=provider_pb2.PropertyDiff.Kind.Name(change.kind).lower().replace("_", "-"),
                of_input=change.inputDiff,
            )
            for path, change in sorted(answer.detailedDiff.items())
        }
    replaced = {root_key(path) for path in answer.replaces}
    replaced |= {root_key(path) for path, change in detailed.items() if change.kind.endswith("-replace")}
    if not answer.hasDetailedDiff:
        detailed = {p: _forcing(c) if root_key(p) in replaced else c for p, c in detailed.items()}
    changed = {root_key(path) for path in (*answer.diffs, *detailed)} | replaced
    return Diff(
        detailed=detailed,
        changed=sorted(changed) or own.changed,
        replaced_by=sorted(replaced),
        delete_before_replace=answer.deleteBeforeReplace,
        own=not answer.hasDetailedDiff,
    )


def _forcing(change: PropertyChange) -> PropertyChange:
    return PropertyChange(kind=change.kind.removesuffix("-replace") + "-replace", of_input=change.of_input)


def _is_text(value: Any) -> bool:
    return isinstance(value.value if isinstance(value, Secret) else value, str)


def _text(value: Any) -> str:
    return str(value.value if isinstance(value, Secret) else value)
