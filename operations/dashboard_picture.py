"""A picture of a dashboard, drawn from its JSON: `python -m operations.dashboard_picture prod FILE`.

The environment is brought up on an emulated AWS of its own for that. Widgets stand where CloudWatch would put them;
their lines are samples, made up from their names, and said to be. One SVG without script or outside reference.
"""

from __future__ import annotations

import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from operations.picture import TEMPLATES, Resource, resources, state_of

DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
COLUMN, LINE = 50, 26
"""Size of a cell of CloudWatch's grid, in pixels; it has 24 columns."""
GAP, HEAD, FOOT = 4, 28, 40
"""Around a widget, and above and below its plot, in pixels."""
TOP = 64
"""Above all widgets, in pixels."""
POINTS = 60
COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#17becf", "#e377c2", "#7f7f7f")
"""In the order of the legend, as CloudWatch has them."""
MOST_IN_LEGEND = 6


@dataclass(frozen=True)
class Line:
    """One series."""

    label: str
    color: str
    points: str
    """As SVG's polyline takes them."""


@dataclass(frozen=True)
class Mark:
    """A horizontal line with a word."""

    text: str
    y: float


@dataclass(frozen=True)
class Panel:
    """A widget, and where it is."""

    kind: str
    title: str
    x: float
    y: float
    width: float
    height: float
    unit: str = ""
    lines: Sequence[Line] = ()
    limits: Sequence[Mark] = ()
    ticks: Sequence[Mark] = ()
    names: Sequence[str] = ()
    """Alarms of an alarm widget."""


def panels(body: Mapping[str, Any]) -> list[Panel]:
    """Every widget of a dashboard's body."""
    return [_panel(widget) for widget in body["widgets"]]


def _panel(widget: Mapping[str, Any]) -> Panel:
    said = widget["properties"]
    x, y = widget["x"] * COLUMN + GAP, TOP + widget["y"] * LINE + GAP
    width, height = widget["width"] * COLUMN - 2 * GAP, widget["height"] * LINE - 2 * GAP
    kind = widget["type"]
    if kind == "text":
        return Panel(kind, said["markdown"].lstrip("# "), x, y, width, height)
    if kind == "alarm":
        names = [arn.rsplit(":", 1)[1] for arn in said["alarms"]]
        return Panel(kind, said["title"], x, y, width, height, names=names)
    if kind == "log":
        return Panel(kind, said["title"], x, y, width, height)
    return _chart(said, x, y, width, height)


def _chart(said: Mapping[str, Any], x: float, y: float, width: float, height: float) -> Panel:
    shown = [line[-1] for line in said["metrics"] if line[-1].get("visible", True)]
    limits = said.get("annotations", {}).get("horizontal", [])
    unit = said["yAxis"]["left"]["label"]
    usual = _usual(said["title"], unit, [limit["value"] for limit in limits])
    values = [sample(f"{said['title']} {line['label']}", usual * _part(line["label"], rank))
              for rank, line in enumerate(shown)]  # fmt: skip
    most = 1.15 * max([limit["value"] for limit in limits] + [value for line in values for value in line])
    bottom, tall = y + height - FOOT, height - HEAD - FOOT

    def at(value: float) -> float:
        return round(float(bottom - tall * value / most), 1)

    def points(line: Sequence[float]) -> str:
        step = (width - 56) / (POINTS - 1)
        return " ".join(f"{x + 44 + step * number:.1f},{at(value)}" for number, value in enumerate(line))

    return Panel(
        "metric",
        said["title"],
        x,
        y,
        width,
        height,
        unit=unit,
        lines=[
            Line(line["label"], COLORS[number % len(COLORS)], points(value))
            for number, (line, value) in enumerate(zip(shown, values, strict=True))
        ],
        limits=[Mark(f"{limit['label']}", at(limit["value"])) for limit in limits],
        ticks=[Mark(short(most * part), at(most * part)) for part in (0, 0.5, 1)],
    )


def _usual(title: str, unit: str, limits: Sequence[float]) -> float:
    """A height that looks like a good day: well below the first limit, few errors, most keys found."""
    named = {"error": 0.4, "refused": 0.4, "dead": 0.3, "hit": 92.0, "evictions": 0.5, "behind": 0.4}
    word = next((word for word in named if word in title.lower()), "")
    if word:
        return named[word]
    if limits:
        return 0.45 * min(limit for limit in limits if limit > 0)
    return {"%": 40.0, "s": 0.004, "ms": 12.0, "bytes": 24.0 * 1024**3, "a minute": 900.0}.get(unit, 8.0)


def _part(label: str, rank: int) -> float:
    """How one line stands to the others."""
    return {"p50": 0.3, "p95": 1.0, "p99": 1.6}.get(label, 1 - 0.12 * (rank % 6))


def sample(name: str, height: float) -> list[float]:
    """A made-up line, the same for the same name: a slow wave and some noise."""
    # Nothing secret: a picture that is made again must not change.
    chance = random.Random(name)
    phase, swing = chance.uniform(0, 1), (4.0 if 80 < height < 100 else 0.25 * height)
    return [
        max(0.0, height + swing * math.sin(number / 9 + phase) + 0.28 * swing * chance.uniform(-1, 1))
        for number in range(POINTS)
    ]


def short(value: float) -> str:
    """A number as an axis has it."""
    for size, letter in ((1024**3, " GiB"), (1_000_000, " M"), (1000, " k")):
        if value >= size:
            return f"{value / size:.3g}{letter}"
    return f"{value:.2g}" if value < 10 else f"{value:.0f}"


def body_of(found: Sequence[Resource], name: str) -> Mapping[str, Any]:
    """The body of the dashboard that is called `headroom-<env>-<name>`."""
    for resource in found:
        if resource.type == DASHBOARD and resource.name == name:
            return dict(json.loads(resource.outputs["dashboardBody"]))
    raise LookupError(f"there is no dashboard {name}; is observability.dashboards on?")


def render(title: str, body: Mapping[str, Any]) -> str:
    """The picture as SVG text."""
    drawn = panels(body)
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    height = max(panel.y + panel.height for panel in drawn) + GAP
    template = environment.get_template("dashboard.svg.j2")
    return template.render(title=title, panels=drawn, width=24 * COLUMN, height=height, most=MOST_IN_LEGEND)


def main(environment: str, file: Path) -> None:
    """Brings the environment up, draws its dashboard, and throws it away."""
    body = body_of(resources(state_of(environment)), "overview")
    file.write_text(render(f"headroom-{environment}-overview", body), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
