"""The table that `make bench` prints."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.measure import Measurement

HEADINGS = ("stack", "command", "seconds", "resources", "ms a resource", "x bare", "engine", "program", "other")


@dataclass(frozen=True)
class Row:
    """One measured command."""

    title: str
    """Which stack."""
    command: str
    """Which command."""
    resources: int
    """How many resources it handled."""
    measured: Measurement
    """What it took."""
    bare: Measurement | None = None
    """The same command on as many plain resources; None where there is no such thing."""

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        peaks = self.measured.peak_mib
        others = ", ".join(f"{kind} {peaks[kind]}" for kind in ("provider", "policies") if kind in peaks)
        return (
            self.title,
            self.command,
            f"{self.measured.seconds:.1f}",
            str(self.resources),
            f"{1000 * self.measured.seconds / max(self.resources, 1):.1f}",
            f"{self.measured.seconds / self.bare.seconds:.2f}" if self.bare else "",
            str(peaks.get("engine", "")),
            str(peaks.get("program", "")),
            others,
        )


def table(rows: Sequence[Row]) -> str:
    """Markdown, aligned, so that it can stand in a document as it is."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    text = [_line(line, widths) for line in lines]
    rule = (
        "|" + "|".join(f"{'-' * (width + 1)}{':' if column > 1 else '-'}" for column, width in enumerate(widths)) + "|"
    )
    return "\n".join([text[0], rule, *text[1:]])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    aligned = (
        cell.rjust(width) if column > 1 else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "| " + " | ".join(aligned) + " |"
