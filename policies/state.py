"""A stack's exported state judged alone, without any engine: what `pulumi stack export` prints.

As under an engine, rules on one resource see its inputs, and rules on the stack see outputs. An export holds secrets
encrypted; their values are UNKNOWN here, and a rule that needs one says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from policies.graph import Graph, Resource
from policies.judging import Finding, Judge
from policies.reading import Plain, plain
from policies.tokens import canonical
from policies.verdict import Outcome

VERSIONS = (3, 4)
"""Versions of Pulumi's state that are read: sdk/go/common/apitype/deployments.go."""
UNSEAL = "none is needed if its value is right: export with --show-secrets to have it judged, and guard that file"


@dataclass(frozen=True)
class State:
    """What an export holds."""

    inputs: Sequence[Resource]
    """Each resource as it was asked for."""
    graph: Graph
    """All resources as they came out."""
    sealed: Mapping[str, frozenset[str]]
    """Paths of encrypted values by URN, of inputs and outputs."""

    @property
    def stack(self) -> str:
        """Name of the stack; empty where it holds nothing."""
        return self.inputs[0].urn.split("::")[0].rpartition(":")[2] if self.inputs else ""

    @property
    def parents(self) -> Mapping[str, str]:
        """URN of the component around each resource."""
        return {resource.urn: resource.parent for resource in self.inputs}


def read_state(document: object) -> State:
    """What an export says. Raises ValueError, which names neither values nor secrets, where it is none."""
    if not isinstance(document, Mapping):
        raise ValueError("it holds no JSON object")
    version = document.get("version")
    body = document.get("deployment")
    if body is None and isinstance(document.get("checkpoint"), Mapping):
        body = document["checkpoint"].get("latest")  # the file that a backend keeps
    if not isinstance(body, Mapping):
        raise ValueError("it holds no `deployment`, as what `pulumi stack export` prints does")
    if version not in VERSIONS:
        raise ValueError(f"its version is {version!r}; {' and '.join(map(str, VERSIONS))} are read")
    listed = body.get("resources") or []
    if not isinstance(listed, list) or not all(isinstance(entry, Mapping) and "urn" in entry for entry in listed):
        raise ValueError("its `resources` are no list of resources with a `urn` each")
    return _state([entry for entry in listed if not entry.get("delete")])


def _state(entries: Sequence[Mapping[str, Any]]) -> State:
    inputs, outputs, sealed = [], [], {}
    for entry in entries:
        asked, came = plain(entry.get("inputs") or {}), plain(entry.get("outputs") or {})
        inputs.append(_resource(entry, asked))
        outputs.append(_resource(entry, came))
        sealed[str(entry["urn"])] = asked.sealed | came.sealed
    return State(inputs, Graph(outputs), sealed)


def _resource(entry: Mapping[str, Any], read: Plain) -> Resource:
    urn = str(entry["urn"])
    sources = entry.get("propertyDependencies") or {}
    return Resource(
        type=canonical(str(entry.get("type") or urn.split("::")[2].rpartition("$")[2])),
        name=urn.split("::", 3)[3],
        urn=urn,
        properties=read.properties,
        depends_on={path: tuple(urns or ()) for path, urns in sources.items()},
        parent=str(entry.get("parent") or ""),
        protect=entry.get("protect") is True,
        secret_paths=read.secrets,
    )


def judge_state(judge: Judge, state: State) -> Iterator[Finding]:
    """All that the rules find; what is open because a value is encrypted counts as a remark."""
    for resource in state.inputs:
        # As an engine asks: one resource by itself, of which nothing else is known.
        for finding in judge.of_resource(replace(resource, depends_on={}, parent="")):
            yield _told(finding, state)
    for finding in judge.of_stack(state.graph):
        yield _told(finding, state)


def _told(finding: Finding, state: State) -> Finding:
    if finding.outcome is not Outcome.UNDETERMINED:
        return finding
    if not any(_related(finding.place.where, path) for path in state.sealed.get(finding.urn, ())):
        return finding
    place = replace(finding.place, what="is a secret, which the export holds encrypted", remedy=UNSEAL)
    return replace(finding, place=place, level="advisory")


def _related(where: str, path: str) -> bool:
    """Whether one path is the other, or lies within it."""
    longer, shorter = (where, path) if len(where) >= len(path) else (path, where)
    return longer == shorter or longer.startswith((f"{shorter}.", f"{shorter}["))
