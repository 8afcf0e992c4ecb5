"""Reads what was asked of `headroom report`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.arguments import Offline, find_project, make_screen

Environments = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ENV]...", help="Environments; all that have a stack file when absent.", show_default=False
    ),
]
Base = Annotated[
    str | None,
    typer.Option(
        "--base",
        metavar="REV",
        help="Git revision that the change starts from: its findings are old, its changes pending.",
        show_default=False,
    ),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="markdown, html, json or sarif; by the ending of FILE when absent, else markdown.",
        show_default=False,
    ),
]
Out = Annotated[
    list[Path] | None,
    typer.Option(
        "--out",
        metavar="FILE",
        help="Where to write it; may be given more than once, printed when absent.",
        show_default=False,
    ),
]
Approvals = Annotated[
    str | None,
    typer.Option(
        "--approvals",
        metavar="FILE",
        help="Text of the pull request, - for standard input; in GitHub's workflows it is read from the event.",
        show_default=False,
    ),
]

IgnoreProtect = Annotated[
    bool,
    typer.Option("--ignore-protect", help="Refused: see the error.", show_default=False, hidden=True),
]


def report(
    environments: Environments = None,
    offline: Offline = False,
    base: Base = None,
    format: Format = None,  # noqa: A002 - the option's name
    out: Out = None,
    approvals: Approvals = None,
    ignore_protect: IgnoreProtect = False,
) -> None:
    """Preview all environments and write one report: what changes, what would be lost, policies, cost.

    Exit codes: 0 nothing changes, 2 something does, 3 data would be lost that no `headroom-approve:` line of the pull
    request names, 1 an error or a mandatory policy that is not kept.
    """
    from operations.report import commands

    if ignore_protect:
        commands.refuse_ignoring()
    raise typer.Exit(
        commands.report(
            find_project(),
            environments=environments or (),
            offline=offline,
            since=base,
            format=format,
            outs=out or (),
            approving=approvals,
        )
    )


def comment(
    file: Annotated[
        str, typer.Argument(metavar="FILE", help="The report as Markdown; - for standard input.", show_default=False)
    ],
    repo: Annotated[
        str | None,
        typer.Option("--repo", metavar="OWNER/NAME", help="In a workflow it is known.", show_default=False),
    ] = None,
    pull: Annotated[
        int | None,
        typer.Option("--pull", metavar="NUMBER", help="In a workflow it is known.", show_default=False),
    ] = None,
) -> None:
    """Post a report as the one comment of a pull request, or bring that comment up to date.

    The token is read from GITHUB_TOKEN.
    """
    from operations.report import commands

    commands.comment(file, repo, pull, make_screen())
