"""stack tag: what a backend keeps beside a stack's state, in the file that Pulumi's own file backend has for it."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path

from ..errors import EngineError
from ..files import replace_file
from .workspace import Workspace

VERSION = 1
"""Form of the file."""


def tag_ls(workspace: Workspace, arguments: Namespace) -> None:
    """Prints every tag; the project's name is always one."""
    tags = {"pulumi:project": workspace.project.name, **_load(_file(workspace, arguments))}
    print(json.dumps(tags, indent=2) if arguments.json else "\n".join(f"{k}  {v}" for k, v in sorted(tags.items())))


def tag_get(workspace: Workspace, arguments: Namespace) -> None:
    """Prints one tag's value."""
    tags = _load(_file(workspace, arguments))
    if arguments.tag not in tags:
        stack = workspace.existing_stack(arguments.stack)
        raise EngineError(f"stack tag '{arguments.tag}' not found for stack '{stack}'")
    print(tags[arguments.tag])


def tag_set(workspace: Workspace, arguments: Namespace) -> None:
    """Gives a tag a value."""
    file = _file(workspace, arguments)
    _save(file, {**_load(file), arguments.tag: arguments.value})


def tag_rm(workspace: Workspace, arguments: Namespace) -> None:
    """Takes a tag away; one that is not there is none to Pulumi either."""
    file = _file(workspace, arguments)
    _save(file, {name: value for name, value in _load(file).items() if name != arguments.tag})


def _file(workspace: Workspace, arguments: Namespace) -> Path:
    stack = workspace.existing_stack(getattr(arguments, "stack", None))
    return workspace.backend.tags_file(workspace.project.name, stack)


def _load(file: Path) -> dict[str, str]:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        if content["version"] == VERSION:
            return {str(name): str(value) for name, value in content["tags"].items()}
        found = f"has the form {content['version']}, and this engine reads {VERSION}"
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found = f"is damaged: {error}"
    raise EngineError(f"the file of tags {file} {found}; nothing was changed")


def _save(file: Path, tags: dict[str, str]) -> None:
    replace_file(file, json.dumps({"version": VERSION, "tags": tags}, indent=2, sort_keys=True).encode())
