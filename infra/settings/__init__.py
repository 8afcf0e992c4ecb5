"""What an environment chooses: read from its stack file, checked before anything is made."""

from infra.settings.model import Settings
from infra.settings.reading import SettingsError, load, read, read_file

__all__ = ["Settings", "SettingsError", "load", "read", "read_file"]
