"""The report as GitHub's Markdown, for a comment on a pull request or a job's summary."""

from __future__ import annotations

from collections.abc import Iterator

from operations.report.model import Report


def render(report: Report) -> str:
    """The whole report."""
    return "\n".join(_written(report)) + "\n"


def _written(report: Report) -> Iterator[str]:
    yield f"## {report.verdict}"
    for row in report.rows:
        yield f"- {row.spread}: {row.label} {dict(row.ops)}"
