"""Arguments that several commands have, and what a command begins with."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from operations.commands import Session
    from operations.project import Project
    from operations.screen import Screen

Environment = Annotated[
    str, typer.Argument(metavar="ENV", help="An environment: dev, staging, prod.", show_default=False)
]
Offline = Annotated[
    bool, typer.Option("--offline", help="Run here, against the emulated AWS.", show_default=False, metavar="")
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.", show_default=False, metavar="")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON, for programs.", show_default=False, metavar="")]
Refresh = Annotated[
    bool,
    typer.Option(
        "--refresh",
        help="Read what AWS has first, so that what was changed by hand is put back.",
        show_default=False,
        metavar="",
    ),
]
Parallel = Annotated[
    int | None,
    typer.Option(
        "--parallel", min=1, help="Resources at once; the engine decides when absent.", show_default=False, metavar="N"
    ),
]


def make_session(verb: str, env: str, offline: bool, parallel: int | None = None, *, refresh: bool = False) -> Session:
    """What a command on an environment works with. Raises Failure where there is no such environment."""
    from operations.commands import Session
    from operations.errors import Invocation

    project = find_project()
    project.require(env)
    invocation = Invocation(environment=env, offline=offline, verb=verb)
    return Session(project=project, invocation=invocation, screen=make_screen(), parallel=parallel, refresh=refresh)


def find_project() -> Project:
    """The project around the working folder."""
    from operations.project import find

    return find(Path.cwd())


def make_screen() -> Screen:
    """Where a command prints."""
    from operations.screen import Screen

    return Screen()
