"""What is known of a resource: its state as saved, and its goal as the program registered it."""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass, field
from typing import Any

from .serialize import Decrypt, Encrypt, from_state, to_state
from .urns import reference_urn, urn_name
from .values import UNKNOWN


def timestamp() -> str:
    """Now, as checkpoints write it: UTC with microseconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


@dataclass(kw_only=True, eq=False)
class ResourceState:
    """One resource in the shape of checkpoint version 3; compared by identity, since one URN can have several."""

    urn: str
    type: str
    custom: bool = False
    """False for components and the stack itself: they have no provider."""
    delete: bool = False
    """A replacement exists; this one is to be deleted."""
    id: Any = ""
    """The provider's id; UNKNOWN in a preview of what does not exist yet."""
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    parent: str = ""
    protect: bool = False
    taint: bool = False
    """The next update replaces it."""
    external: bool = False
    """Only read, never owned: a delete forgets it."""
    dependencies: list[str] = field(default_factory=list)
    init_errors: list[str] = field(default_factory=list)
    """Why the last create or update ended half way; not empty means that the next update tries again."""
    provider: str = ""
    """The provider's reference, `urn::id`."""
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    pending_replacement: bool = False
    """Deleted in order to be replaced, and not created yet."""
    additional_secret_outputs: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    """Seconds per operation (create, update, delete)."""
    import_id: str = ""
    retain_on_delete: bool = False
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)
    replacement_trigger: Any = None
    """A value whose change replaces the resource."""
    created: str = ""
    modified: str = ""
    source_position: str = ""
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    hide_diffs: list[str] = field(default_factory=list)
    """Paths that `--diff` leaves out."""
    resource_hooks: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The logical name."""
        return urn_name(self.urn)

    def references(self) -> set[str]:
        """The URNs of all that must exist before this resource."""
        found = {self.parent, *self.dependencies, self.deleted_with, *self.replace_with}
        found.update(urn for urns in self.property_dependencies.values() for urn in urns)
        if self.provider:
            found.add(reference_urn(self.provider))
        return found - {"", self.urn}

    def copy(self) -> ResourceState:
        """A second state that can change by itself; its values are shared."""
        return dataclasses.replace(self)

    def same_as(self, other: ResourceState) -> bool:
        """True when saving one or the other makes no difference."""
        return all(getattr(self, name) == getattr(other, name) for name in _NAMES)

    def to_json(self, encrypt: Encrypt | None) -> dict[str, Any]:
        """The resource as a checkpoint holds it; what is empty is left out."""
        saved: dict[str, Any] = {}
        for name, key in _NAMES.items():
            value = getattr(self, name)
            if name in _VALUES:
                value = to_state(value, encrypt)
            if (value or name == "custom") and value is not UNKNOWN:
                saved[key] = value
        return saved

    @classmethod
    def from_json(cls, saved: dict[str, Any], decrypt: Decrypt) -> ResourceState:
        """A resource out of a checkpoint."""
        known = {name: saved[key] for name, key in _NAMES.items() if saved.get(key) is not None}
        for name in _VALUES & set(known):
            known[name] = from_state(known[name], decrypt)
        return cls(**known)

    @classmethod
    def problem(cls, saved: Any) -> str:
        """What is wrong with the shape of a saved resource; empty where nothing is."""
        if not isinstance(saved, dict):
            return "it is no object"
        if not saved.get("urn") or not saved.get("type"):
            return "it has no urn, or no type"
        blank = cls(urn="", type="")
        for name, key in _NAMES.items():
            wanted, value = type(getattr(blank, name)), saved.get(key)
            if value is None or name == "replacement_trigger":
                continue
            if not isinstance(value, wanted):
                return f"{saved['urn']}: {key} is a {type(value).__name__}, not a {wanted.__name__}"
            if wanted is list and not all(isinstance(item, str) for item in value):
                return f"{saved['urn']}: {key} holds something other than text"
        return ""


_VALUES = {"inputs", "outputs", "replacement_trigger"}
_NAMES = {
    "urn": "urn",
    "custom": "custom",
    "delete": "delete",
    "id": "id",
    "type": "type",
    "inputs": "inputs",
    "outputs": "outputs",
    "parent": "parent",
    "protect": "protect",
    "taint": "taint",
    "external": "external",
    "dependencies": "dependencies",
    "init_errors": "initErrors",
    "provider": "provider",
    "property_dependencies": "propertyDependencies",
    "pending_replacement": "pendingReplacement",
    "additional_secret_outputs": "additionalSecretOutputs",
    "aliases": "aliases",
    "custom_timeouts": "customTimeouts",
    "import_id": "importID",
    "retain_on_delete": "retainOnDelete",
    "deleted_with": "deletedWith",
    "replace_with": "replaceWith",
    "replacement_trigger": "replacementTrigger",
    "created": "created",
    "modified": "modified",
    "source_position": "sourcePosition",
    "ignore_changes": "ignoreChanges",
    "replace_on_changes": "replaceOnChanges",
    "hide_diffs": "hideDiffs",
    "resource_hooks": "resourceHooks",
}


@dataclass(frozen=True, kw_only=True)
class Goal:
    """A registration: what the program wants of one resource."""

    urn: str
    type: str
    custom: bool
    inputs: dict[str, Any]
    parent: str = ""
    provider: str = ""
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    protect: bool | None = None
    """None where neither the program nor a parent says."""
    retain_on_delete: bool | None = None
    """None where neither the program nor a parent says."""
    delete_before_replace: bool | None = None
    """None leaves the order to the provider."""
    additional_secret_outputs: list[str] = field(default_factory=list)
    alias_urns: list[str] = field(default_factory=list)
    """What the resource may have been called before, in the program's order."""
    import_id: str = ""
    custom_timeouts: dict[str, float] = field(default_factory=dict)
    deleted_with: str = ""
    replace_with: list[str] = field(default_factory=list)
    replacement_trigger: Any = None
    ignore_changes: list[str] = field(default_factory=list)
    replace_on_changes: list[str] = field(default_factory=list)
    hide_diffs: list[str] = field(default_factory=list)
    resource_hooks: dict[str, list[str]] = field(default_factory=dict)
    source_position: str = ""

    @property
    def name(self) -> str:
        """The logical name."""
        return urn_name(self.urn)

    def new_state(self) -> ResourceState:
        """The state that a successful step will save, without id and outputs as yet."""
        return ResourceState(
            urn=self.urn,
            type=self.type,
            custom=self.custom,
            inputs=self.inputs,
            parent=self.parent,
            provider=self.provider,
            dependencies=self.dependencies,
            property_dependencies=self.property_dependencies,
            protect=bool(self.protect),
            retain_on_delete=bool(self.retain_on_delete),
            additional_secret_outputs=self.additional_secret_outputs,
            import_id=self.import_id,
            custom_timeouts=self.custom_timeouts,
            deleted_with=self.deleted_with,
            replace_with=self.replace_with,
            replacement_trigger=self.replacement_trigger,
            source_position=self.source_position,
            ignore_changes=self.ignore_changes,
            replace_on_changes=self.replace_on_changes,
            hide_diffs=self.hide_diffs,
            resource_hooks=self.resource_hooks,
        )
