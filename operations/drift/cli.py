"""Reads what was asked of `headroom drift`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.arguments import Offline, Parallel, find_project, make_screen

Every = Annotated[bool, typer.Option("--all", help="Every environment.", show_default=False, metavar="")]
Named = Annotated[
    list[str] | None, typer.Argument(metavar="[ENV]...", help="Environments, such as prod.", show_default=False)
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, markdown or json.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write it; printed when absent.", show_default=False),
]
Who = Annotated[bool, typer.Option("--who", help="Ask CloudTrail who changed it.", show_default=False, metavar="")]
Issue = Annotated[
    bool,
    typer.Option(
        "--issue", help="Keep one issue on GitHub for each environment that drifts.", show_default=False, metavar=""
    ),
]
Repository = Annotated[
    str | None,
    typer.Option("--repo", metavar="OWNER/NAME", help="Of the issue; a workflow knows it.", show_default=False),
]


def drift(
    environments: Named = None,
    every: Every = False,
    offline: Offline = False,
    format: Format = "text",  # noqa: A002 - the option's name
    out: Out = None,
    who: Who = False,
    issue: Issue = False,
    repository: Repository = None,
    parallel: Parallel = None,
) -> None:
    """Say what AWS has otherwise than the last `up` asked for, and which of it matters; changes nothing.

    Exit codes: 0 nothing or only what is benign or ignored, 4 something waits for its maintenance window, 2 something
    real differs, 1 it can't be told. docs/drift.md tells what is benign, and how to ignore something for a time.
    """
    from operations.drift import commands
    from operations.errors import Failure

    project = find_project()
    if every == bool(environments):
        raise Failure("name environments, or all of them by --all", (f"one of {', '.join(project.environments)}",))
    chosen = list(project.environments) if every else list(dict.fromkeys(environments or ()))
    for name in chosen:
        project.require(name)
    raise typer.Exit(
        commands.drift(
            project,
            make_screen(),
            environments=chosen,
            every=every,
            offline=offline,
            format=format,
            out=out,
            who=who,
            issues=issue,
            repository=repository,
            parallel=parallel,
        )
    )
