"""What `headroom drift` does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from operations.drift import issue, writing
from operations.drift.finding import look_all
from operations.drift.model import EXIT_CODES, Drift, worst
from operations.errors import Failure
from operations.files import write_or_refuse
from operations.project import Project
from operations.screen import Screen

FORMATS: Final = ("text", "markdown", "json")


def drift(
    project: Project,
    screen: Screen,
    *,
    environments: Sequence[str],
    every: bool,
    offline: bool,
    format: str,  # noqa: A002 - the option's name
    out: Path | None,
    who: bool,
    issues: bool,
    repository: str | None,
    parallel: int | None,
) -> int:
    """Looks at the environments and tells what it finds; the worst is the exit code."""
    if format not in FORMATS:
        raise Failure(f"--format {format} is none of {', '.join(FORMATS)}")
    where = issue.access(repository) if issues else None  # what is missing there must not cost a look
    found = look_all(project, environments, offline=offline, who_changed=who, parallel=parallel, every=every)
    _write(screen, found, format, out, offline=offline)
    for told in (issue.keep(one, where, offline=offline) for one in found) if where else ():
        if told:
            screen.errors.print(told, soft_wrap=True, highlight=False)
    return EXIT_CODES[worst(found)]


def _write(screen: Screen, found: Sequence[Drift], format: str, out: Path | None, *, offline: bool) -> None:  # noqa: A002
    lines = writing.text(found, offline=offline)
    if format == "text" and out is None:
        screen.print(*lines)
        return
    written = {
        "text": lambda: "".join(f"{line.plain}\n" for line in lines),
        "markdown": lambda: writing.markdown(found, offline=offline),
        "json": lambda: writing.document(found),
    }[format]()
    if out is None:
        screen.console.out(written, end="", highlight=False)
        return
    write_or_refuse(out, written, f"the report can't be written to {out}")
