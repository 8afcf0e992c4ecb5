"""The table that `make bench` prints, and what it says of growth."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.measure import Measurement
from benchmarks.scenarios import FEW, MANY, PLATFORMS, Scenario

HEADINGS = (
    *("stack", "command", "seconds", "cpu s", "resources", "ms a resource", "x floor", "x floor cpu"),
    *("engine", "program", "other"),
)
LINEAR = 1.2
"""A time a resource that is not more than so many times another counts as the same: runs differ by as much."""

LEGEND = """
seconds: wall time of the command; a preview's is the best of its runs. cpu s: processor time, which other work on the
machine hardly changes. x floor: seconds by those of a preview without policies, in this same run and in turns with it,
of a plain program: the same resources with the same inputs and dependencies by the SDK's classes alone, without
settings, components or checks of ours; x floor cpu: the same of cpu s. engine, program, other: peak resident memory in
MiB.
"""


@dataclass(frozen=True)
class Row:
    """One measured command."""

    scenario: Scenario
    """Which stack."""
    command: str
    """Which command."""
    resources: int
    """How many resources it handled."""
    measured: Measurement
    """What it took."""
    floor: Measurement | None = None
    """The preview of the plain program; None for what is no preview."""

    @property
    def milliseconds(self) -> float:
        """Wall time a resource."""
        return 1000 * self.measured.seconds / max(self.resources, 1)

    @property
    def cpu_milliseconds(self) -> float:
        """Processor time a resource."""
        return 1000 * self.measured.cpu_seconds / max(self.resources, 1)

    def cells(self) -> tuple[str, ...]:
        """The row as text."""
        peaks = self.measured.peak_mib
        others = ", ".join(f"{kind} {peaks[kind]}" for kind in ("provider", "policies") if kind in peaks)
        return (
            self.scenario.title,
            self.command,
            f"{self.measured.seconds:.1f}",
            f"{self.measured.cpu_seconds:.1f}",
            str(self.resources),
            f"{self.milliseconds:.1f}",
            f"{self.measured.seconds / self.floor.seconds:.2f}" if self.floor else "",
            f"{self.measured.cpu_seconds / self.floor.cpu_seconds:.2f}" if self.floor else "",
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


def growth(rows: Sequence[Row]) -> Iterator[str]:
    """A line for each platform and command that was measured with few services and with many: whether a resource takes
    as long among many as among few."""
    measured = {(row.scenario.compute, row.command, row.scenario.services): row for row in rows}
    for compute in PLATFORMS:
        for command in dict.fromkeys(row.command for row in rows):
            few, many = (measured.get((compute, command, count)) for count in (FEW, MANY))
            if few is not None and many is not None:
                yield f"{command} on {compute.upper()}: {_compared(few, many)}"


def _compared(few: Row, many: Row) -> str:
    times, cpu = many.milliseconds / few.milliseconds, many.cpu_milliseconds / few.cpu_milliseconds
    said = "linear" if times <= LINEAR else "more than linear"
    return (
        f"with {MANY} services a resource takes {times:.2f} times as long as with {FEW}, and {cpu:.2f} times the "
        f"processor time: {said}"
    )
