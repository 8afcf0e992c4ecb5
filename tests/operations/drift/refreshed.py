"""Streams of a refresh's events, as a test writes them, and differences as they come of it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from operations import events
from operations.changes import Run
from operations.drift.benign import known
from operations.drift.judging import Around, Judged, judge
from operations.drift.seeing import Seen, see
from operations.findings.origin import Nowhere

TODAY = datetime.date(2026, 11, 22)
DATABASE = "aws:rds/instance:Instance"
ABSENT = "(absent)"


def urn(token: str, name: str, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::headroom::{token}::{name}"


def _state(inputs: Mapping[str, Any], outputs: Mapping[str, Any] | None, physical: str, parent: str) -> dict[str, Any]:
    return {"custom": True, "id": physical, "inputs": inputs, "outputs": outputs or inputs, "parent": parent}


def read(
    token: str,
    name: str = "main",
    *,
    asked: Mapping[str, Any],
    found: Mapping[str, Any] | None,
    detail: Mapping[str, str] | None = None,
    of_inputs: bool = True,
    outputs: Mapping[str, Any] | None = None,
    physical: str = "",
    parent: str = "",
    stack: str = "dev",
) -> dict[str, Any]:
    """A resource that was read: `found` is what AWS has, None where it is gone; `detail` maps paths to differences."""
    old = _state(asked, {**asked, **(outputs or {})}, physical or name, parent)
    op = "delete" if found is None else "update" if detail else "same"
    body = {
        "op": op,
        "urn": urn(token, name, stack),
        "type": token,
        "old": old,
        "new": None if found is None else _state(found, {**(outputs or {}), **found}, physical or name, parent),
        "detailedDiff": {path: {"diffKind": kind, "inputDiff": of_inputs} for path, kind in (detail or {}).items()},
    }
    return {"resOutputsEvent": {"metadata": body, "planning": True}}


def failed(token: str, name: str, message: str, stack: str = "dev") -> list[dict[str, Any]]:
    """A resource that could not be read, as Pulumi's own engine tells it."""
    begun = {"op": "refresh", "urn": urn(token, name, stack), "type": token, "old": _state({}, {}, name, "")}
    told = {"urn": urn(token, name, stack), "severity": "error", "message": f"<{{%reset%}}>{message}<{{%reset%}}>\n"}
    return [{"resourcePreEvent": {"metadata": begun, "planning": True}}, {"diagnosticEvent": told}]


SUMMARY: dict[str, Any] = {"summaryEvent": {"resourceChanges": {}, "PolicyPacks": {}}}


def run(*documents: Mapping[str, Any]) -> Run:
    made = Run()
    for document in (*documents, SUMMARY):
        made.add(events.read(document))
    return made


def difference(token: str, path: str, asked: Any, found: Any, *others: Mapping[str, Any], **more: Any) -> Seen:
    """One property that differs; `more` are further properties of the resource, the same on both sides.

    ABSENT stands for no value; a path names its top property only, whose whole value is given.
    """
    top = path.partition(".")[0].partition("[")[0]
    old = {**more, **({} if asked == ABSENT else {top: asked})}
    new = {**more, **({} if found == ABSENT else {top: found})}
    kind = "add" if asked == ABSENT else "delete" if found == ABSENT else "update"
    physical = str(more.get("id", "main"))
    return see(run(read(token, asked=old, found=new, detail={path: kind}, physical=physical), *others))[0]


def rule(seen: Seen) -> str:
    """The entry by which a difference is known to be benign; empty for none."""
    entry = known(seen)
    return entry.name if entry else ""


def rules(token: str, path: str, asked: Any, found: Any, *others: Mapping[str, Any], **more: Any) -> set[str]:
    """The same of all differences that a change of one property comes to."""
    first = difference(token, path, asked, found, *others, **more)
    return {rule(seen) for seen in see(first.run) if seen.change.urn == first.change.urn}


def judged(made: Run, around: Around | None = None) -> Judged:
    return judge("dev", made, around or Around(today=TODAY), Nowhere())


def told(made: Judged) -> list[tuple[str, str, str]]:
    """(resource, path, verdict) of each difference."""
    return [(one.label, one.path, one.verdict) for one in made.drift.differences]


def script(documents: Sequence[Mapping[str, Any]], **more: Any) -> dict[str, Any]:
    """What the stub of an engine does when it is asked to refresh."""
    return {"events": [*documents, SUMMARY], **more}
