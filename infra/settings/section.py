"""What every group of settings is."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """Frozen, knows its keys, and takes no string for a number."""

    # Built with the settings that hold it: to build each group by itself as well doubles the time of the import.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)
