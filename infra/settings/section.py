"""What every group of settings is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen, knows its keys, and takes no string for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
