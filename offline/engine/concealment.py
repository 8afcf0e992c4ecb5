"""What the program calls a secret now is shown no more, though the old state may still have it in plain text."""

from __future__ import annotations

from typing import Any

from .resource_state import ResourceState
from .values import Secret, carry_secrets


def concealed(old: ResourceState, new: ResourceState) -> ResourceState:
    """A copy of the old state in which all is secret that is secret in the new one."""
    found = old.copy()
    found.inputs = carry_secrets(new.inputs, old.inputs)
    found.outputs = with_secrets(carry_secrets(new.outputs, old.outputs), new)
    if old.replacement_trigger is not None:
        found.replacement_trigger = carry_secrets(new.replacement_trigger, old.replacement_trigger)
    return found


def with_secrets(outputs: dict[str, Any], state: ResourceState) -> dict[str, Any]:
    """Outputs as secret as the state's inputs of the same name, and as the program says."""
    found: dict[str, Any] = carry_secrets(state.inputs, outputs)
    for key in state.additional_secret_outputs:
        if key in found and not isinstance(found[key], Secret):
            found[key] = Secret(found[key])
    return found
