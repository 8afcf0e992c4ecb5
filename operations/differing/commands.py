"""What `headroom diff` does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from infra.settings.reading import SettingsError, read_file
from operations.differing import document, markdown, resources, text
from operations.differing.comparing import Environment, compare
from operations.differing.model import Comparison
from operations.errors import Failure, Invocation, NoStack
from operations.files import put
from operations.program_name import headroom
from operations.project import Project
from operations.stacks import open_stack
from operations.state import Resource

FORMATS: Final[Mapping[str, Callable[[Comparison], str]]] = {
    "text": text.render,
    "markdown": markdown.render,
    "json": document.render,
}
"""How a comparison can be written."""
ENDINGS: Final[Mapping[str, str]] = {".md": "markdown", ".json": "json"}
"""How it is written into a file with this ending; as text into any other."""
SAME, DIFFERS = 0, 2
"""Exit codes with --exit-code."""


def diff(
    project: Project,
    a: str,
    b: str,
    *,
    offline: bool,
    settings_only: bool,
    format: str | None,  # noqa: A002 - the option's name
    out: Path | None,
    exit_code: bool,
) -> int:
    """Writes what differs between two environments."""
    written = format or ENDINGS.get(out.suffix if out else "", "text")
    if written not in FORMATS:
        raise Failure(f"--format {written} is none of {', '.join(FORMATS)}")
    if a == b:
        raise Failure(f"{a} does not differ from itself", (headroom("diff", "staging", "prod"),))
    found = compared(project, a, b, offline=offline, settings_only=settings_only)
    put(FORMATS[written](found), out, "the difference")
    return DIFFERS if exit_code and found.differs else SAME


def compared(project: Project, a: str, b: str, *, offline: bool, settings_only: bool) -> Comparison:
    """What differs. Where one of them is not up, only settings are compared, and a note says so."""
    chosen = {}
    for name in (a, b):
        project.require(name)
        try:
            chosen[name] = read_file(project.root / f"Pulumi.{name}.yaml")
        except SettingsError as error:
            raise Failure(str(error)) from None
    states: dict[str, list[Resource]] = {}
    notes = []
    for name in (a, b) if not settings_only else ():
        found = _state(project, name, offline=offline)
        if found:
            states[name] = found
        else:
            where = "on the emulated AWS" if offline else "in the state backend"
            notes.append(f"{name} is not up {where}: what stands is not compared, the settings are.")
    one, other = (Environment(name=name, settings=chosen[name], resources=states.get(name)) for name in (a, b))
    return compare(one, other, notes)


def _state(project: Project, name: str, *, offline: bool) -> list[Resource]:
    """What stands; nothing where the environment was never brought up, or was taken down."""
    invocation = Invocation(environment=name, offline=offline, verb="diff")
    try:
        found = open_stack(project, invocation, create=False).resources()
    except NoStack:
        return []
    except Failure as failure:
        remedy = f"{headroom('diff', '...', '--settings-only')}  compares the stack files alone"
        raise Failure(f"{name}: {failure.message}", (*failure.remedies, remedy)) from failure
    return list(found) if resources.count(found) else []
