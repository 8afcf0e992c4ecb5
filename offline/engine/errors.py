"""Errors that end a command with one clear message."""

from __future__ import annotations


class EngineError(Exception):
    """A failure that the user can act on; its text is the whole message."""


class UnsupportedError(EngineError):
    """Something that the real engine does and this one does not."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the offline engine does not do {what}")


class BailError(Exception):
    """The operation must stop; its cause has been reported already."""


class HookError(Exception):
    """A hook before a step failed: the step must not run."""


class ProviderError(Exception):
    """A provider refused or failed a call; the text is the provider's own."""


class ProviderCrashError(ProviderError):
    """The provider's process ended while it was needed, so nothing is known about the call in flight."""
