"""Runs a module of Pulumi's SDK, whose parts for the fewest are imported once they are used; a script of its own, as
the program's runner is: `python later_sdk.py pulumi.policy ADDRESS FOLDER`.

A third of what a policy pack's process imports is never used there: the Automation API, providers written in Python,
and tracing.
"""

from __future__ import annotations

import gc
import importlib.abc
import importlib.machinery
import importlib.util
import os
import runpy
import sys
from collections.abc import Sequence
from types import ModuleType

SELDOM = frozenset({"pulumi.automation", "pulumi.dynamic"})
"""What `import pulumi` imports for the few that use it."""
TRACING = "pulumi.runtime._instrumentation"
"""Does nothing unless a trace is to be continued."""
TRACED_BY = "TRACEPARENT"


class Later(importlib.abc.MetaPathFinder):
    """Finds what Python's own finder finds; the module's code is run when something of it is asked for."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """See MetaPathFinder."""
        if fullname not in self._names:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = importlib.util.LazyLoader(spec.loader)
        return spec


def install() -> None:
    """From here on those modules are imported once they are used."""
    sys.meta_path.insert(0, Later(SELDOM if TRACED_BY in os.environ else SELDOM | {TRACING}))


def main() -> None:
    """Runs the module that the first argument names, as `python -m` would."""
    # The modules of an SDK are a great many objects that stay; to look through them often is in vain.
    gc.set_threshold(50_000, 20, 50)
    install()
    sys.path[0] = os.getcwd()
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
