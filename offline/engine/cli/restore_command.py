"""stack restore: earlier versions of a stack's state. Pulumi's own CLI has no such command."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from ..state_versions import Version
from .workspace import Workspace


def restore(workspace: Workspace, arguments: Namespace) -> None:
    """Lists the versions, or puts one back and keeps the present one. What exists in the cloud stays as it is."""
    stack = workspace.existing_stack(getattr(arguments, "stack", None))
    project = workspace.project.name
    versions = workspace.backend.versions(project, stack)
    if arguments.version is None:
        _list(versions.versions(), as_json=arguments.json)
        return
    with workspace.backend.lock(project, stack, "stack restore"):
        kept = versions.restore(arguments.version)
    if arguments.json:
        print(json.dumps({"restored": arguments.version, "kept": kept}))
    else:
        print(f"The state of '{stack}' is version {arguments.version} again; what it was is kept as version {kept}.")


def _list(versions: list[Version], *, as_json: bool) -> None:
    rows = [_row(version) for version in versions]
    if as_json:
        print(json.dumps(rows, indent=2))
        return
    print(f"{'VERSION':>7}  {'SAVED':<20}  {'BY':<14} RESOURCES")
    for row in rows:
        notes = ["present"] if row["present"] else []
        notes += ["with the journal of an interrupted command"] if row["interrupted"] else []
        notes += [row["problem"]] if row["problem"] else []
        found = f"{row['version']:>7}  {row['time'][:19]:<20}  {row['by']:<14} {row['resources'] or 0:<9}"
        print(f"{found} {'; '.join(notes)}".rstrip())


def _row(version: Version) -> dict[str, Any]:
    found = version.checkpoint
    return {
        "version": version.number,
        "present": version.present,
        "time": found.time if found else "",
        "by": (found.by or "another engine") if found else "",
        "resources": found.resources if found else None,
        "interrupted": version.interrupted,
        "problem": version.problem,
    }
