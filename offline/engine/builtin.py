"""The `pulumi` package, which the engine serves itself: StackReference and Stash."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from .errors import ProviderError
from .provider import Diff, structural_diff
from .resource_state import ResourceState
from .urns import STACK_REFERENCE_TYPE
from .values import has_secret, unwrap

STASH_TYPE = "pulumi:index:Stash"


class BuiltinProvider:
    """Implements Provider without a plugin."""

    def __init__(self, stack_outputs: Callable[[str], dict[str, Any]]) -> None:
        """`stack_outputs` gives the outputs of a stack by name; raises EngineError for one that does not exist."""
        self._stack_outputs = stack_outputs

    async def check(
        self, urn: str, old: dict[str, Any] | None, new: dict[str, Any], ignore: list[str], replaced: str = ""
    ) -> dict[str, Any]:
        """Takes inputs as they are."""
        return dict(new)

    async def diff(self, old: ResourceState, inputs: dict[str, Any], ignore: list[str]) -> Diff:
        """Compares inputs."""
        return structural_diff(old.inputs, inputs)

    async def create(self, state: ResourceState, preview: bool, token: str) -> tuple[str, dict[str, Any]]:
        """A Stash keeps its first input as output."""
        if state.type != STASH_TYPE:
            raise ProviderError(f"unrecognized resource type '{state.type}'")
        value = state.inputs.get("input")
        return "" if preview else str(uuid.uuid4()), {"input": value, "output": value}

    async def update(
        self, old: ResourceState, state: ResourceState, preview: bool, ignore: list[str]
    ) -> dict[str, Any]:
        """The output stays what was stashed first."""
        return {"input": state.inputs.get("input"), "output": old.outputs.get("output")}

    async def read(
        self, urn: str, resource_id: str, inputs: dict[str, Any], outputs: dict[str, Any]
    ) -> tuple[str, dict[str, Any], dict[str, Any]] | None:
        """A StackReference reads the other stack's outputs; a Stash is what the state says."""
        if STACK_REFERENCE_TYPE not in urn:
            return resource_id, inputs, outputs
        name = unwrap((outputs or inputs).get("name")) or resource_id
        found = self._stack_outputs(name)
        secret = sorted(key for key, value in found.items() if has_secret(value))
        return resource_id, {"name": name}, {"name": name, "outputs": found, "secretOutputNames": secret}

    async def delete(self, state: ResourceState) -> None:
        """There is nothing outside the state."""

    async def invoke(self, token: str, arguments: dict[str, Any], preview: bool) -> dict[str, Any] | None:
        """None of its functions reaches a provider."""
        raise ProviderError(f"unrecognized function name '{token}'")
