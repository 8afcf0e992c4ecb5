"""Reads what was asked of `make smoke-aws ARGS="..."`."""

from __future__ import annotations

from typing import Annotated

import typer

from operations.arguments import find_project, make_screen
from operations.running import guarded
from operations.smoke.place import IMAGE

app = typer.Typer(
    add_completion=False, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]}
)


@app.command()
def smoke(
    rehearse: Annotated[
        bool,
        typer.Option("--rehearse", help="On the emulated AWS, which costs nothing.", show_default=False, metavar=""),
    ] = False,
    minutes: Annotated[
        int, typer.Option("--minutes", min=10, max=600, help="Give up after so many.", metavar="N")
    ] = 60,
    image: Annotated[
        str, typer.Option("--image", help="What the service runs; answers 200 to /health on PORT.", metavar="IMAGE")
    ] = IMAGE,
    destroy: Annotated[
        str | None,
        typer.Option("--destroy", help="Take down what a run left behind.", show_default=False, metavar="NAME"),
    ] = None,
    unlock: Annotated[
        bool,
        typer.Option("--unlock", help="With --destroy: after a run that was killed.", show_default=False, metavar=""),
    ] = False,
) -> None:
    """Bring a minimal dev up in dev's account, ask whether it works, and take it down again.

    Shows first what it would make and what that costs, and asks for the account's id. Never runs in CI.
    """
    from operations.smoke import again, run

    if destroy is not None:
        raise typer.Exit(again.destroy(find_project(), make_screen(), destroy, unlock=unlock))
    wishes = run.Wishes(rehearse=rehearse, image=image, minutes=minutes)
    raise typer.Exit(run.smoke(find_project(), make_screen(), wishes))


def main() -> None:
    """Runs it."""
    guarded(app)


if __name__ == "__main__":
    main()
