"""Reads what was asked of `headroom diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.arguments import Offline, find_project

One = Annotated[str, typer.Argument(metavar="ENV", help="An environment: dev, staging, prod.", show_default=False)]
Other = Annotated[str, typer.Argument(metavar="ENV", help="Another one.", show_default=False)]
SettingsOnly = Annotated[
    bool,
    typer.Option("--settings-only", help="Compare the stack files alone.", show_default=False, metavar=""),
]
Format = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="text, markdown or json; by the ending of --out when absent.",
        show_default=False,
    ),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write it; printed when absent.", show_default=False),
]
ExitCode = Annotated[
    bool,
    typer.Option("--exit-code", help="Exit with 2 where something differs.", show_default=False, metavar=""),
]


def diff(
    one: One,
    other: Other,
    offline: Offline = False,
    settings_only: SettingsOnly = False,
    format: Format = None,  # noqa: A002 - the option's name
    out: Out = None,
    exit_code: ExitCode = False,
) -> None:
    """Show what differs between two environments, by meaning: versions, settings, and what stands.

    Names, accounts, regions and ids are not differences, and no secret is shown or compared. Exit codes: 0, or 1 for an
    error; with --exit-code 2 where something differs beside what makes each environment itself.
    """
    from operations.differing import commands

    raise typer.Exit(
        commands.diff(
            find_project(),
            one,
            other,
            offline=offline,
            settings_only=settings_only,
            format=format,
            out=out,
            exit_code=exit_code,
        )
    )
