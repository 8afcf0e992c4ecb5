"""Reads what was asked of `headroom promote`, `rollback` and `releases`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.arguments import AsJson, Environment, Offline, Parallel, find_project, make_screen

if TYPE_CHECKING:
    from operations.promotion.approving import Answer

Review = Annotated[
    bool,
    typer.Option(
        "--review", help="Only show what would be done, with its approval hash.", show_default=False, metavar=""
    ),
]
Approve = Annotated[
    str | None,
    typer.Option("--approve", metavar="HASH", help="Do not ask: do what this review printed.", show_default=False),
]
PullRequest = Annotated[
    bool,
    typer.Option("--pull-request", help="Offer the change of settings, apply nothing.", show_default=False, metavar=""),
]
Format = Annotated[str, typer.Option("--format", metavar="FORMAT", help="text, markdown or json.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="Where to write the review; printed when absent.", show_default=False),
]
Approvals = Annotated[
    str | None,
    typer.Option(
        "--approvals",
        metavar="FILE",
        help="Text whose headroom-approve: lines give data up, - for standard input.",
        show_default=False,
    ),
]


def promote(
    source: Annotated[str, typer.Argument(metavar="FROM", help="Where the release is live.", show_default=False)],
    target: Annotated[str, typer.Argument(metavar="TO", help="The environment that gets it.", show_default=False)],
    offline: Offline = False,
    review: Review = False,
    approve: Approve = None,
    pull_request: PullRequest = False,
    rollback: Annotated[
        str | None,
        typer.Option("--rollback", metavar="CHOICE", help="When it fails: auto, ask or never.", show_default=False),
    ] = None,
    break_glass: Annotated[
        str | None,
        typer.Option(
            "--break-glass",
            metavar="REASON",
            help="Pass the gates by; recorded, and on-call is paged.",
            show_default=False,
        ),
    ] = None,
    format: Format = "text",  # noqa: A002 - the option's name
    out: Out = None,
    approvals: Approvals = None,
    parallel: Parallel = None,
) -> None:
    """Bring what is live and healthy in one environment to the next.

    Checks the source, shows the target's report, asks, changes its settings in git, applies them, and watches. Killed
    at any moment, the same command goes on. With --review: 0 nothing to do, 2 changes, 3 data would be lost, 1 refused.
    """
    from operations.errors import Failure
    from operations.promotion.promote import CHOICES, Wish
    from operations.promotion.promote import promote as carry
    from operations.promotion.pulumi import the_world

    if rollback is not None and rollback not in CHOICES:
        raise Failure(f"--rollback {rollback} is none of {', '.join(CHOICES)}")
    if break_glass is not None and not break_glass.strip():
        raise Failure("--break-glass wants a reason: it is recorded, and read by whoever is paged")
    wish = Wish(
        answer=_answer(review, approve, format, out, approvals, passes=break_glass is not None),
        pull_request=pull_request,
        rollback=CHOICES[rollback] if rollback else None,
        break_glass=(break_glass or "").strip(),
    )
    world = the_world(find_project(), make_screen(), offline=offline, parallel=parallel)
    raise typer.Exit(carry(world, source, target, wish))


def rollback(
    env: Environment,
    release: Annotated[
        str | None,
        typer.Argument(metavar="[RELEASE]", help="Its id, or how it begins; the last good one.", show_default=False),
    ] = None,
    offline: Offline = False,
    review: Review = False,
    approve: Approve = None,
    pull_request: PullRequest = False,
    format: Format = "text",  # noqa: A002 - the option's name
    out: Out = None,
    approvals: Approvals = None,
    parallel: Parallel = None,
) -> None:
    """Give an environment the images of an earlier release back.

    By a commit of its own, as with `promote`; migrations and deleted data stay as they are, and are told.
    """
    from operations.promotion.pulumi import the_world
    from operations.promotion.rolling_back import rollback as go_back

    world = the_world(find_project(), make_screen(), offline=offline, parallel=parallel)
    answer = _answer(review, approve, format, out, approvals)
    raise typer.Exit(go_back(world, env, release, answer, pull_request=pull_request))


def releases(
    environments: Annotated[
        list[str] | None, typer.Argument(metavar="[ENV]...", help="Environments; all when absent.", show_default=False)
    ] = None,
    offline: Offline = False,
    as_json: AsJson = False,
) -> None:
    """List what was released: how, when, by whom, and what became of it."""
    from operations.promotion.pulumi import the_world
    from operations.promotion.releases import releases as listing

    project = find_project()
    world = the_world(project, make_screen(), offline=offline)
    raise typer.Exit(listing(world, environments or project.environments, as_json=as_json))


def _answer(
    review: bool,
    approve: str | None,
    format: str,  # noqa: A002
    out: Path | None,
    approvals: str | None,
    *,
    passes: bool = False,
) -> Answer:
    from operations.errors import Failure
    from operations.promotion.approving import FORMATS, Answer
    from operations.report.approvals import approved, read

    if format not in FORMATS:
        raise Failure(f"--format {format} is none of {', '.join(FORMATS)}")
    if review and approve is not None:
        raise Failure("--review only shows, and --approve applies: give one of them")
    if out is not None and format == "text":
        raise Failure("--out wants --format markdown or json")
    return Answer(
        review_only=review,
        format=FORMATS[format],
        out=out,
        approve=approve,
        approved=approved(read(approvals)),
        passes=passes,
    )
