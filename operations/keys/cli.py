"""`headroom keys`: reads what was asked, and calls what does it."""

from __future__ import annotations

from typing import Annotated

import typer

from operations.arguments import AsJson, Environment, Offline, Yes, make_session

app = typer.Typer(
    help="Keys, secrets, database and cache users: how old they are, and rotating them. Values are never shown.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Name = Annotated[
    str, typer.Argument(metavar="NAME", help="As `keys list` names it, or its last part.", show_default=False)
]


@app.command("list")
def list_(env: Environment, offline: Offline = False, as_json: AsJson = False) -> None:
    """List every key with owner, age, period, last use and next rotation."""
    from operations.keys import commands

    raise typer.Exit(commands.list_keys(make_session("keys list", env, offline), as_json_=as_json))


@app.command()
def status(
    env: Environment,
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="One of them; all in a rotation when absent.", show_default=False)
    ] = "",
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Say how far rotations are."""
    from operations.keys import commands

    raise typer.Exit(commands.status(make_session("keys status", env, offline), name, as_json_=as_json))


@app.command()
def audit(env: Environment, offline: Offline = False, as_json: AsJson = False) -> None:
    """List what is wrong: overdue, without an owner, unused, and the like.

    The exit code is 0 when all is well, 1 when that can't be told, and 2 when something is wrong.
    """
    from operations.keys import commands

    raise typer.Exit(commands.audit(make_session("keys audit", env, offline), as_json_=as_json))


@app.command()
def rotate(
    env: Environment,
    name: Name,
    offline: Offline = False,
    now: Annotated[
        bool,
        typer.Option("--now", help="It has leaked: end the old one as soon as may be.", show_default=False, metavar=""),
    ] = False,
) -> None:
    """Replace a key or password; the old one stays valid for its overlap.

    Waits until the new one is known everywhere, and until every service that reads it runs with it. When one does not,
    the old one is made current again. Whatever stops this command, the same one goes on.
    """
    from operations.keys import rotating

    raise typer.Exit(rotating.rotate(make_session("keys rotate", env, offline), name, now=now))


@app.command()
def reactivate(env: Environment, name: Name, offline: Offline = False) -> None:
    """Make the previous key or password the current one again, as long as it can come back."""
    from operations.keys import rotating

    raise typer.Exit(rotating.reactivate(make_session("keys reactivate", env, offline), name))


@app.command()
def drill(
    env: Environment,
    offline: Offline = False,
    consumer: Annotated[
        str,
        typer.Option("--consumer", help="Whose key; the first one when absent.", show_default=False, metavar="NAME"),
    ] = "",
    user: Annotated[
        str,
        typer.Option(
            "--user", help="A user of a database or cache instead, as `keys list` names it.", show_default=False
        ),
    ] = "",
    sign_in: Annotated[
        str,
        typer.Option(
            "--sign-in",
            help='Command that signs in as that user by the secret\'s fields: \'psql "$URL" -c "SELECT 1"\'.',
            show_default=False,
        ),
    ] = "",
    url: Annotated[
        str,
        typer.Option(
            "--url", help="An address that wants an API key; offline a service is started.", show_default=False
        ),
    ] = "",
    header: Annotated[str, typer.Option("--header", help="Header that brings the key.")] = "x-api-key",
    cache_seconds: Annotated[
        float, typer.Option("--cache-seconds", min=0.1, help="Seconds that services go by what they read.")
    ] = 60,
    yes: Yes = False,
) -> None:
    """Rotate an API key or a password while it is in use, and fail if anybody is refused."""
    from operations.keys import drill as drills

    wishes = drills.Wishes(
        name=consumer, user=user, sign_in=sign_in, url=url, header=header, cache_seconds=cache_seconds, yes=yes
    )
    raise typer.Exit(drills.drill(make_session("keys drill", env, offline), wishes))
