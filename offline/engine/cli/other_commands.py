"""version, whoami, login, install, plugin, cancel."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import time
from argparse import Namespace

from ..errors import EngineError, UnsupportedError
from ..versions import engine_version
from .workspace import INSTALLATION, Workspace

CANCEL_SECONDS = 300.0
"""How long `cancel` waits for steps under way to end."""


def version(workspace: Workspace, arguments: Namespace) -> None:
    """Prints the engine's version."""
    print(engine_version())


def whoami(workspace: Workspace, arguments: Namespace) -> None:
    """Prints a user's name: there is one only."""
    if arguments.json:
        print(json.dumps({"user": "offline", "organizations": [], "url": workspace.backend.url}, indent=2))
    else:
        print("offline")


def login(workspace: Workspace, arguments: Namespace) -> None:
    """Says where state is kept; anything but the present place is refused."""
    if arguments.url and arguments.url != workspace.backend.url:
        raise UnsupportedError(f"`pulumi login {arguments.url}`; PULUMI_BACKEND_URL chooses where state is kept")
    print(f"Logged in as offline (offline engine, state in {workspace.backend.url})")


def install(workspace: Workspace, arguments: Namespace) -> None:
    """Needs nothing: plugins lie in the project, dependencies in its virtual environment."""
    print(f"offline engine: nothing to install; its plugins are {', '.join(plugin_names()) or 'none'}")


def plugin_names() -> list[str]:
    """Packages that the project has a plugin for."""
    folder = INSTALLATION / "offline" / "plugins"
    return sorted(path.name.removeprefix("pulumi-resource-") for path in folder.glob("pulumi-resource-*"))


def plugin_ls(workspace: Workspace, arguments: Namespace) -> None:
    """Lists the project's plugins."""
    found = [{"name": name, "kind": "resource", "version": None} for name in plugin_names()]
    print(json.dumps(found, indent=2) if arguments.json else "\n".join(str(entry["name"]) for entry in found))


def plugin_install(workspace: Workspace, arguments: Namespace) -> None:
    """Confirms that a plugin is there; raises EngineError for one that would have to be fetched."""
    for name in arguments.rest[1:2]:
        if name not in plugin_names() and not shutil.which(f"pulumi-resource-{name}"):
            raise EngineError(f"the offline engine installs no plugins, and there is none for the package {name!r}")
    print("offline engine: plugins are part of the project, nothing to install")


def cancel(workspace: Workspace, arguments: Namespace) -> None:
    """Interrupts the stack's operation and waits until what it had begun is saved."""
    stack = workspace.existing_stack(arguments.name or getattr(arguments, "stack", None))
    project = workspace.project.name
    holder = workspace.backend.lock_holder(project, stack)
    if holder is None:
        raise EngineError(f"there is no operation on the stack '{stack}' to cancel")
    if holder.get("host") != os.uname().nodename or "pid" not in holder:
        raise EngineError(f"the operation on '{stack}' runs on {holder.get('host', 'another host')}: cancel it there")
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(holder["pid"]), signal.SIGINT)
    end = time.monotonic() + CANCEL_SECONDS
    while workspace.backend.lock_holder(project, stack) is not None:
        if time.monotonic() > end:
            raise EngineError(f"the operation on '{stack}' (pid {holder['pid']}) did not end in {CANCEL_SECONDS:.0f} s")
        time.sleep(0.1)
    print(f"The currently running update for '{stack}' has been canceled!")
