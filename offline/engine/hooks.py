"""Resource hooks: functions of the program that run before and after steps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from .errors import HookError
from .reporter import Reporter
from .resource_state import ResourceState

HookCall = Callable[[str, ResourceState | None, ResourceState | None], Awaitable[str]]
"""(when, old, new) -> an error's text, empty for success."""


@dataclass(frozen=True, kw_only=True)
class Hook:
    """One registered hook."""

    call: HookCall
    on_dry_run: bool
    """Previews run it as well."""
    ignore_errors: bool
    """A failure is only a warning."""


class Hooks:
    """The hooks that the program has registered, by name."""

    def __init__(self, reporter: Reporter, *, dry_run: bool) -> None:
        self._reporter = reporter
        self._dry_run = dry_run
        self._hooks: dict[str, Hook] = {}

    def add(self, name: str, hook: Hook) -> None:
        """Registers a hook."""
        self._hooks[name] = hook

    async def run(self, when: str, old: ResourceState | None, new: ResourceState | None) -> None:
        """Runs a resource's hooks. One that fails before a step raises HookError; one after it fails the operation,
        but what the step did stands, and others go on."""
        resource = new or old
        assert resource is not None
        for name in resource.resource_hooks.get(hook_kind(when), ()):
            hook = self._hooks.get(name)
            if hook is None:
                raise HookError(f'hook "{name}" was not registered')
            if self._dry_run and not hook.on_dry_run:
                continue
            error = await hook.call(when, old, new)
            if not error:
                continue
            text = f'{when.partition("_")[0]} hook "{name}" failed: {error}'
            if when.startswith("before") and not hook.ignore_errors:
                raise HookError(text)
            self._reporter.diagnose("warning" if hook.ignore_errors else "error", text, resource.urn)


def hook_kind(when: str) -> str:
    """A moment as the state names it: `before_create` is `BeforeCreate`."""
    return "".join(word.capitalize() for word in when.split("_"))
