"""What the user asked of one operation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["preview", "update", "refresh", "destroy"]


@dataclass(frozen=True, kw_only=True)
class Options:
    """The flags of preview, up, refresh and destroy that change what the engine does."""

    kind: Kind
    dry_run: bool = False
    """Nothing is changed, neither resources nor state."""
    parallel: int = 16
    """Provider operations at once; Pulumi's CLI defaults to a multiple of the cores."""
    refresh: bool = False
    """Read every resource first."""
    targets: tuple[str, ...] = ()
    """URN patterns of the only resources to operate on; empty for all."""
    excludes: tuple[str, ...] = ()
    """URN patterns of the resources to leave alone."""
    target_dependents: bool = False
    """Operate on what depends on the targets as well."""
    exclude_dependents: bool = False
    """Leave alone what depends on the excluded as well."""
    replaces: tuple[str, ...] = ()
    """URN patterns of resources to replace even if nothing changed."""
    continue_on_error: bool = False
    """A failed resource stops what depends on it, not the rest."""
    debug: bool = False
    """Show tracebacks of the engine itself."""
    exclude_protected: bool = False
    """Destroy leaves protected resources, and what they need."""


@dataclass(frozen=True, kw_only=True)
class ConfigValue:
    """One configuration value as a program reads it."""

    text: str
    """The value, or its JSON where it is an object or a list."""
    secret: bool = False
    is_object: bool = False


Config = dict[str, ConfigValue]


@dataclass(frozen=True, kw_only=True)
class Target:
    """Which stack of which project is operated on."""

    project: str
    stack: str
    organization: str = "organization"
    """The file backend has one organization, of this name."""
    root: str = "."
    """Folder of Pulumi.yaml."""
    folder: str = "."
    """The program's folder: relative paths of assets start there."""
    config: Config = field(default_factory=dict)

    @property
    def stack_urn(self) -> str:
        """The URN of the stack's own resource."""
        return f"urn:pulumi:{self.stack}::{self.project}::pulumi:pulumi:Stack::{self.project}-{self.stack}"

    def config_texts(self) -> dict[str, str]:
        """The configuration as the protocols carry it."""
        return {key: value.text for key, value in self.config.items()}

    def secret_keys(self) -> list[str]:
        """Which of its keys are secret."""
        return [key for key, value in self.config.items() if value.secret]
