"""Settings of API keys."""

from typing import Literal

from pydantic import Field

from infra.settings.patterns import OWNER, Name
from infra.settings.section import Section


class ApiKey(Section):
    """A key that a consumer sends with its requests, and that services verify (docs/keys.md)."""

    access: Literal["none", "read", "read-write", "full"] = Field(
        description="What services let its holder do: none makes no key; read; read-write; full, all of it and what "
        "services keep for developers."
    )
    owner: str | None = Field(
        default=None, pattern=OWNER, description="The team that answers for it; by default the environment's owner."
    )
    services: tuple[Name, ...] = Field(
        default=(), description="Services that verify it, among headroom:services; it opens no other."
    )
    period_days: int = Field(
        default=90,
        ge=0,
        le=365,
        description="Time between two rotations, in days; 0: only when somebody asks. The policies want 90 at most.",
    )
    overlap_days: int = Field(
        default=7,
        ge=1,
        le=14,
        description="Time that the old key stays valid after a rotation, in days. It can be brought back for as long.",
    )
