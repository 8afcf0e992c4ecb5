"""What `headroom report` does."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from operations.errors import Failure
from operations.files import put
from operations.findings.origin import Origins
from operations.project import Project
from operations.report import approvals, base, document, markdown, page, sarif
from operations.report import comment as posting
from operations.report.build import Previewed, build
from operations.report.collect import preview_all
from operations.report.model import EXIT_CODES, Report
from operations.screen import Screen

FORMATS: Final[Mapping[str, Callable[[Report], str]]] = {
    "markdown": markdown.render,
    "html": page.render,
    "json": document.render,
    "sarif": sarif.render,
}
"""How a report can be written."""

ENDINGS: Final[Mapping[str, str]] = {".md": "markdown", ".html": "html", ".json": "json", ".sarif": "sarif"}
"""Ending of a file to what is written into it unless a format is given."""


def report(
    project: Project,
    *,
    environments: Sequence[str],
    offline: bool,
    since: str | None,
    format: str | None,  # noqa: A002 - the option's name
    outs: Sequence[Path],
    approving: str | None,
) -> int:
    """Previews the environments and writes one report, in as many files as are named; its verdict is the exit code."""
    if format is not None and format not in FORMATS:
        raise Failure(f"--format {format} is none of {', '.join(FORMATS)}")
    chosen = list(environments) or list(project.environments)
    for name in chosen:
        project.require(name)
    approved = approvals.approved(approvals.read(approving))
    if since is not None:
        base.commit_of(project, since)  # a slip in the revision must not cost three previews
    previewed = preview_all(project, chosen, offline=offline)
    before = base.preview_base(project, since, chosen, offline=offline) if since is not None else None
    lines = {found.environment: sources(project, found) for found in previewed}
    made = build(previewed, approved, before, base.commit_of(project), lines)
    for out in outs or (None,):
        ending = ENDINGS.get(out.suffix, "markdown") if out else "markdown"
        put(FORMATS[format or ending](made), out, "the report")
    return EXIT_CODES[made.verdict]


def sources(project: Project, found: Previewed) -> Origins:
    """The lines of this checkout that a preview's resources come from."""
    return Origins(project.root, found.environment, {urn: change.parent for urn, change in found.run.changes.items()})


def comment(file: str, repository: str | None, pull: int | None, screen: Screen) -> None:
    """Posts a report's Markdown, or updates what was posted."""
    where = posting.target(repository, pull)
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Failure(f"the report can't be read from {file}: {error}") from error
    if not text.strip():
        raise Failure(f"the report in {file} is empty")
    screen.print(f"Commented: {posting.post(text, where)}")


def refuse_ignoring() -> None:
    """Raises Failure: what holds data is given up by name, one at a time."""
    raise Failure(
        "--ignore-protect is refused: it would give up everything that is protected, whatever that is by then",
        ("headroom-approve: replace URN  in the pull request's text gives up one resource, which the report names",),
    )
