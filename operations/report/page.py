"""The report as one HTML file: nothing is loaded from elsewhere, nothing is sent anywhere.

Each environment has a picture of its resources: boxes are components, chips are resources, marked by what happens to
them. It can be searched, folded, walked by keyboard, read aloud, and follows the reader's light or dark mode.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from operations.changes import across
from operations.preview import MARK
from operations.report.markdown import DANGER, HEADLINE, SPREAD
from operations.report.model import Finding, Item, Meaning, Node, Report, StackReport

TEMPLATES: Final = Path(__file__).parent / "templates"
WORD: Final[Mapping[str, str]] = {
    "create": "to be created",
    "update": "to be updated",
    "replace": "to be replaced",
    "delete": "to be deleted",
    "import": "to be imported",
    "refresh": "to be refreshed",
    "same": "unchanged",
}
SEVERITY: Final = ("delete", "replace", "update", "import", "create", "refresh")
"""Operations in the order in which a component's counts are told."""


@dataclass
class Box:
    """A component, or the stack itself, as the picture draws it."""

    label: str
    boxes: list[Box] = field(default_factory=list)
    """Components in it."""
    chips: list[Chip] = field(default_factory=list)
    """Resources in it."""

    @property
    def counts(self) -> Mapping[str, int]:
        """Operation -> resources in it, at any depth; what changes first."""
        found: dict[str, int] = {}
        for chip in self.all_chips():
            found[chip.op] = found.get(chip.op, 0) + 1
        known = [op for op in SEVERITY if op in found]
        return {
            op: found[op]
            for op in [*known, *sorted(found.keys() - {*SEVERITY, "same"}), *(["same"] if "same" in found else [])]
        }

    @property
    def changed(self) -> bool:
        """Whether anything in it changes."""
        return any(chip.op != "same" for chip in self.all_chips())

    @property
    def size(self) -> int:
        """Resources in it, at any depth."""
        return sum(self.counts.values())

    def all_chips(self) -> Iterable[Chip]:
        """Resources in it, at any depth."""
        yield from self.chips
        for box in self.boxes:
            yield from box.all_chips()


@dataclass(frozen=True)
class Chip:
    """A resource, as the picture draws it."""

    label: str
    op: str
    anchor: str
    """Id of what differs in it, further down; empty where there is nothing to tell."""
    endangered: bool

    @property
    def mark(self) -> str:
        """The operation as a sign, so that no colour is needed."""
        return MARK.get(self.op, "*" if self.op != "same" else "")

    @property
    def word(self) -> str:
        """The operation in words."""
        return WORD.get(self.op, self.op)


def render(report: Report) -> str:
    """The whole page."""
    style, script = ((TEMPLATES / name).read_text(encoding="utf-8") for name in ("page.css", "page.js"))
    return _template().render(
        report=report,
        headline=HEADLINE[report.verdict],
        environments=[stack.environment for stack in report.stacks],
        losses=[(stack.environment, loss) for stack in report.stacks for loss in stack.losses],
        meanings=_meanings(report),
        findings=_findings(report),
        spreads={title: [row for row in report.rows if row.spread == spread] for spread, title in SPREAD.items()},
        pictures={stack.environment: picture(stack) for stack in report.stacks},
        danger={name: text.replace("**", "") for name, text in DANGER.items()},
        anchor=_anchor,
        mark=lambda op: MARK.get(op, "*"),
        word=lambda op: WORD.get(op, op),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src 'sha256-{_digest(style)}'; script-src 'sha256-{_digest(script)}'",
    )


@cache
def _template() -> Template:
    surroundings = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return surroundings.get_template("page.html.j2")


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def picture(stack: StackReport) -> Box:
    """The stack's components and resources as boxes in boxes; what has no parent, or an unknown one, is at the top."""
    told = {item.urn: item for item in stack.items if _tells(item)}
    top = Box(stack.environment)
    boxes = {node.urn: Box(node.label) for node in stack.nodes if not node.physical}
    parents = {node.urn: node.parent for node in stack.nodes}
    for node in stack.nodes:
        inside = boxes.get(_parent(node, parents), top)
        if node.urn in boxes:
            inside.boxes.append(boxes[node.urn])
        else:
            item = told.get(node.urn)
            anchor = _anchor(stack.environment, node.urn) if item else ""
            inside.chips.append(Chip(node.label, node.op, anchor, bool(item and item.loss)))
    return _sorted(top)


def _parent(node: Node, parents: Mapping[str, str]) -> str:
    """A node's parent; none where parents lead round in a circle."""
    seen, above = {node.urn}, node.parent
    while above and above not in seen:
        seen.add(above)
        above = parents.get(above, "")
    return "" if above else node.parent


def _sorted(box: Box) -> Box:
    """What changes first, then by name."""
    box.boxes.sort(key=lambda inner: (not inner.changed, inner.label))
    box.chips.sort(key=lambda chip: (chip.op == "same", chip.label))
    for inner in box.boxes:
        _sorted(inner)
    return box


def _tells(item: Item) -> bool:
    return bool(item.lines or item.loss or item.findings or item.meanings)


def _anchor(environment: str, urn: str) -> str:
    return f"r-{hashlib.sha256(f'{environment} {urn}'.encode()).hexdigest()[:12]}"


def _meanings(report: Report) -> dict[Meaning, list[str]]:
    """Each sentence with the environments that it is true of, wider ones first."""
    found: dict[Meaning, list[str]] = {}
    for stack in report.stacks:
        for meaning in dict.fromkeys(told for item in stack.items if not item.pending for told in item.meanings):
            found.setdefault(meaning, []).append(stack.environment)
    return dict(sorted(found.items(), key=lambda pair: not pair[0].wider))


def _findings(report: Report) -> list[tuple[Finding, list[str]]]:
    """Each finding with its environments: mandatory ones first, old ones last."""
    found: dict[tuple[str, str, str], tuple[Finding, list[str]]] = {}
    for stack in report.stacks:
        for finding in stack.findings:
            key = finding.rule, across(finding.urn), finding.message
            found.setdefault(key, (finding, []))[1].append(stack.environment)
    return sorted(found.values(), key=lambda pair: (not pair[0].new, pair[0].level != "mandatory", pair[0].rule))
