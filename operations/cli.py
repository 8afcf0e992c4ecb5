"""The `headroom` command: reads what was asked, calls what does it, and turns failures into words.

Pulumi is imported only by the commands that need it, so that help and mistakes in typing are answered at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from operations.arguments import (
    AsJson,
    Environment,
    Offline,
    Parallel,
    Refresh,
    Yes,
    find_project,
    make_screen,
    make_session,
)
from operations.differing import cli as differing
from operations.drift import cli as drift
from operations.findings import cli as findings
from operations.keys import cli as keys
from operations.promotion import cli as promotion
from operations.report import cli as report
from operations.running import guarded

HELP = """Brings a production backend up on AWS, one environment at a time: previews, applies, explains.

By default a command works on real AWS, through the `pulumi` on PATH.

With --offline the same program runs on this machine alone, against an emulated AWS.
"""

EXAMPLE = """[bold]For example[/bold]
  [cyan]headroom up dev --offline[/cyan]         bring dev up on the emulated AWS
  [cyan]headroom preview prod --offline[/cyan]   show the whole prod stack as a diff
  [cyan]headroom down dev --offline[/cyan]       delete dev again
"""

DAILY = "Environments"
AROUND = "Around them"

app = typer.Typer(
    help=HELP,
    epilog=EXAMPLE,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
offline_app = typer.Typer(
    help="The emulated AWS: it runs in the background and keeps everything in memory.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(keys.app, name="keys", rich_help_panel=AROUND)
app.add_typer(findings.app, name="policies", rich_help_panel=AROUND)
app.add_typer(offline_app, name="offline", rich_help_panel=AROUND)


@app.command(rich_help_panel=DAILY)
def up(
    env: Environment,
    offline: Offline = False,
    yes: Yes = False,
    rebuild: Annotated[
        bool,
        typer.Option("--rebuild", help="If the emulated AWS was lost, build it again.", show_default=False, metavar=""),
    ] = False,
    no_wait: Annotated[
        bool,
        typer.Option("--no-wait", help="Do not wait until services run.", show_default=False, metavar=""),
    ] = False,
    refresh: Refresh = False,
    parallel: Parallel = None,
) -> None:
    """Make an environment what its settings say, and wait until it runs.

    On real AWS it shows the changes first, and asks. The emulated AWS is changed at once. It fails when what runs in
    the end is not what was asked, such as after ECS rolled a service back.
    """
    from operations import commands

    raise typer.Exit(
        commands.up(
            make_session("up", env, offline, parallel, refresh=refresh), yes=yes, rebuild=rebuild, wait=not no_wait
        )
    )


@app.command(rich_help_panel=DAILY)
def preview(
    env: Environment,
    offline: Offline = False,
    diff: Annotated[
        bool, typer.Option("--diff", help="Also every property of new resources.", show_default=False, metavar="")
    ] = False,
    parallel: Parallel = None,
) -> None:
    """Show what `up` would do, as a diff; changes nothing."""
    from operations import commands

    raise typer.Exit(commands.show_preview(make_session("preview", env, offline, parallel), full=diff))


app.command("report", rich_help_panel=DAILY)(report.report)
app.command("diff", rich_help_panel=DAILY)(differing.diff)
app.command("drift", rich_help_panel=DAILY)(drift.drift)
app.command("promote", rich_help_panel=DAILY)(promotion.promote)
app.command("rollback", rich_help_panel=DAILY)(promotion.rollback)
app.command("releases", rich_help_panel=DAILY)(promotion.releases)
app.command("comment", rich_help_panel=AROUND)(report.comment)


@app.command(rich_help_panel=DAILY)
def down(env: Environment, offline: Offline = False, yes: Yes = False, parallel: Parallel = None) -> None:
    """Delete everything in an environment.

    Asks first. What is protected stays until its settings protect and deletion_protection are false.
    """
    from operations import commands

    raise typer.Exit(commands.down(make_session("down", env, offline, parallel), yes=yes))


@app.command(rich_help_panel=DAILY)
def outputs(
    env: Environment,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Print what an environment exports; secrets stay hidden."""
    from operations import commands

    raise typer.Exit(commands.outputs(make_session("outputs", env, offline), as_json=as_json))


@app.command(rich_help_panel=DAILY)
def access(
    env: Environment,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """Print which service may read or write which secret, bucket and queue.

    Every role's documents in the stack's state are evaluated: inline and attached policies, boundaries, and the
    policies of the resources.
    """
    from operations import commands

    raise typer.Exit(commands.access(make_session("access", env, offline), as_json=as_json))


@app.command(rich_help_panel=DAILY)
def cost(env: Environment, offline: Offline = False) -> None:
    """Print what an environment costs a month before anybody uses it, by dated list prices."""
    from operations import commands

    raise typer.Exit(commands.cost(make_session("cost", env, offline)))


@app.command(rich_help_panel=DAILY)
def wake(env: Environment, offline: Offline = False) -> None:
    """Give services that sleep at night their tasks back, until the evening."""
    from operations import wake

    raise typer.Exit(wake.wake(make_session("wake", env, offline)))


@app.command(rich_help_panel=DAILY)
def publish(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The built site: a folder with an index.html.", show_default=False)
    ],
    env: Annotated[
        str, typer.Argument(metavar="ENV", help="An environment; dev by default.", show_default=False)
    ] = "dev",
    offline: Offline = False,
    delete: Annotated[
        bool,
        typer.Option("--delete", help="Delete what the site has no more.", show_default=False, metavar=""),
    ] = False,
    keep_days: Annotated[
        int,
        typer.Option("--keep-days", min=0, help="Days that --delete spares what old pages load.", metavar="N"),
    ] = 30,
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait for CloudFront to forget.", show_default=False, metavar="")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would change.", show_default=False, metavar="")
    ] = False,
    max_file_mib: Annotated[
        int, typer.Option("--max-file-mib", min=1, max=5120, help="Largest file, in MiB.", metavar="N")
    ] = 100,
    yes: Yes = False,
) -> None:
    """Put a site's files where CloudFront serves them from.

    Uploads only what changed, pages last, then has the CDN forget exactly that.
    """
    import datetime

    from operations import publishing

    wishes = publishing.Wishes(
        delete=delete, keep_days=keep_days, wait=wait, dry_run=dry_run, yes=yes, max_file_mib=max_file_mib
    )
    publishing.refuse_swapped(find_project(), folder, env)
    session = make_session("publish", env, offline)
    raise typer.Exit(publishing.publish(session, folder, wishes, datetime.datetime.now(datetime.UTC)))


@app.command(rich_help_panel=DAILY)
def cancel(env: Environment, offline: Offline = False) -> None:
    """Stop the run that holds an environment."""
    from operations import commands

    raise typer.Exit(commands.cancel(make_session("cancel", env, offline)))


@app.command(rich_help_panel=AROUND)
def bootstrap(env: Environment) -> None:
    """Prepare an AWS account: a bucket and a key for Pulumi's state and the records of releases.

    Uses the profile headroom-ENV of AWS's configuration, or else the credentials in use; running it again changes
    nothing that is right.
    """
    from operations import accounts

    raise typer.Exit(accounts.bootstrap_account(find_project(), make_screen(), env))


@offline_app.command()
def status() -> None:
    """Say whether it runs, where, and what it holds."""
    from operations import emulator

    raise typer.Exit(emulator.status(find_project(), make_screen()))


@offline_app.command()
def start() -> None:
    """Start it; `up` does this by itself."""
    from operations import emulator

    raise typer.Exit(emulator.start(find_project(), make_screen()))


@offline_app.command()
def stop() -> None:
    """Stop it: everything in it is gone."""
    from operations import emulator

    raise typer.Exit(emulator.stop(find_project(), make_screen()))


@offline_app.command()
def reset(yes: Yes = False) -> None:
    """Empty every account and forget every offline stack."""
    from operations import emulator

    raise typer.Exit(emulator.reset(find_project(), make_screen(), yes=yes))


@offline_app.command()
def restore(
    env: Environment,
    version: Annotated[
        int | None,
        typer.Argument(metavar="VERSION", help="Its number; without it they are listed.", show_default=False),
    ] = None,
) -> None:
    """List what is kept of an environment's state, or put a version back.

    The emulated AWS stays as it is; only what is known of it changes.
    """
    from operations import emulator

    raise typer.Exit(emulator.restore(find_project(), make_screen(), env, version))


@offline_app.command()
def visit(
    env: Environment,
    requests: Annotated[int, typer.Option(min=0, max=1_000_000, help="To each public service.", metavar="N")] = 200,
    failed: Annotated[int, typer.Option(min=0, help="How many of them fail.", metavar="N")] = 0,
    seconds: Annotated[float, typer.Option(min=0, help="How long an answer takes.", metavar="S")] = 0.1,
) -> None:
    """Count requests as though users had come: nothing is measured here, and no data is no pass for a promotion."""
    from operations import visits

    asked = visits.Visits(requests=requests, failed=failed, seconds=seconds)
    raise typer.Exit(visits.visit(find_project(), make_screen(), env, asked))


@offline_app.command()
def coverage() -> None:
    """List which resource types it executes, and which are only checked."""
    from operations import emulator

    raise typer.Exit(emulator.coverage(find_project()))


@offline_app.command()
def env(env: Environment) -> None:
    """Print shell settings for an account: eval "$(headroom offline env dev)"."""
    from operations import emulator

    raise typer.Exit(emulator.environment(find_project(), env))


def main() -> None:
    """Runs the command."""
    guarded(app)


if __name__ == "__main__":
    main()
