"""`headroom policies`: reads what was asked, and calls what does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.arguments import Offline, find_project, make_screen

app = typer.Typer(
    help="The rules that an environment keeps: what they are, and what breaks them.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Level = Annotated[
    str, typer.Option("--env", metavar="ENV", help="The environment whose levels count.", show_default=False)
]


@app.command("list")
def list_(
    env: Level = "",
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text or json.")] = "text",
) -> None:
    """List every rule with its level in each environment."""
    from operations.findings import commands

    raise typer.Exit(commands.list_rules(find_project(), make_screen(), environment=env, format_=format_))


@app.command()
def explain(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="As `policies list` names it.", show_default=False)],
) -> None:
    """Say why a rule exists, what it judges, how to mend what breaks it, and how to except it."""
    from operations.findings import commands

    raise typer.Exit(commands.explain(find_project(), make_screen(), rule))


@app.command()
def check(
    target: Annotated[
        str,
        typer.Argument(
            metavar="ENV|FILE", help="An environment, or what `pulumi stack export` wrote.", show_default=False
        ),
    ],
    env: Level = "",
    offline: Offline = False,
    format_: Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, json or sarif.")] = "text",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write it there.", show_default=False)
    ] = None,
    base: Annotated[
        Path | None,
        typer.Option(
            "--base",
            metavar="FILE",
            help="Tell only what this earlier report (json or sarif) or state does not have.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check an environment as an `up` would make it, or an exported state without any engine.

    The exit code is 0 when no mandatory rule is broken, 1 when that can't be told, and 2 when one is.
    """
    from operations.findings import commands

    wishes = commands.Wishes(environment=env, offline=offline, format=format_, out=out, base=base)
    raise typer.Exit(commands.check(find_project(), make_screen(), target, wishes))
