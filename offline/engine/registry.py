"""Providers by reference: each reference of a program or state gets the provider that it names."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from .builtin import BuiltinProvider
from .errors import EngineError
from .plugins import Plugin, PluginPool
from .provider import PluginProvider, Provider, provider_config
from .resource_state import ResourceState
from .serialize import plain
from .urns import package_of, urn_type
from .values import has_unknown


class ProviderRegistry:
    """Makes providers at their first use. Two references with one configuration share a plugin: starting one takes
    longer than most operations."""

    def __init__(
        self, pool: PluginPool, builtin: BuiltinProvider, find: Callable[[str, str], ResourceState | None]
    ) -> None:
        """`find` gives the state of a provider by URN and id."""
        self._pool = pool
        self._builtin = builtin
        self._find = find
        self._by_reference: dict[str, Provider] = {}
        self._by_config: dict[str, PluginProvider] = {}
        self._first: dict[str, asyncio.Task[Plugin]] = {}
        self._unclaimed: set[str] = set()

    def get(self, reference: str) -> Provider:
        """The provider that a reference names; raises EngineError when the state knows none of that name."""
        if reference not in self._by_reference:
            urn, _, provider_id = reference.rpartition("::")
            state = self._find(urn, provider_id)
            if state is None:
                raise EngineError(f"unknown provider {reference}")
            self._by_reference[reference] = self._make(package_of(urn_type(urn)), state)
        return self._by_reference[reference]

    def _make(self, package: str, state: ResourceState) -> Provider:
        if package == "pulumi":
            return self._builtin
        if has_unknown(state.inputs):
            return PluginProvider(lambda: self._pool.take(package), state, state.inputs)
        key = config_key(package, state.inputs)
        if key not in self._by_config:
            self._by_config[key] = PluginProvider(lambda: self._take(package), state, state.inputs)
        return self._by_config[key]

    async def checker(self, package: str) -> Plugin:
        """A plugin to check configurations with; it need not be configured for that."""
        if package not in self._first:
            self._first[package] = asyncio.create_task(self._pool.take(package))
            self._unclaimed.add(package)
        return await asyncio.shield(self._first[package])

    async def _take(self, package: str) -> Plugin:
        """The plugin that checked the configuration serves the first provider; further ones start their own."""
        if package in self._unclaimed:
            self._unclaimed.discard(package)
            return await asyncio.shield(self._first[package])
        return await self._pool.take(package)

    def forget(self, reference: str) -> None:
        """The provider's configuration has changed: the next use makes it anew."""
        self._by_reference.pop(reference, None)


def config_key(package: str, inputs: dict[str, Any]) -> str:
    """Equal for two providers that answer alike."""
    return package + json.dumps(plain(provider_config(inputs)), sort_keys=True)
