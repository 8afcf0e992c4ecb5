"""AWS's own policies: which may be attached, which escalate, and what of a way each opens. All as data, with tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

import yaml

from policies.documents import Document, Statement
from policies.rules.iam.escalation import ACTIONS, broad

_POLICIES: Final = Path(__file__).parents[2]
ALLOWED: Final = _POLICIES / "managed_policies.yaml"
ACTIONS_OF: Final = _POLICIES / "managed_actions.json"
ESCALATING: Final = _POLICIES / "escalating_policies.yaml"


@cache
def allowed() -> frozenset[str]:
    """Names of AWS's policies that may be attached."""
    return frozenset(yaml.safe_load(ALLOWED.read_text()))


@cache
def escalating() -> frozenset[str]:
    """Names of AWS's policies that open a way to more rights by themselves."""
    return frozenset(yaml.safe_load(ESCALATING.read_text()))


@cache
def lent(name: str) -> Document:
    """What a policy of AWS's adds to the rights of whoever has it, as far as ways to more rights are made of it."""
    actions = _actions().get(name, ())
    if not actions:
        return Document()
    return Document((Statement("policyArn", "Allow", actions=tuple(actions), resources=("*",)),))


@cache
def _actions() -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(ACTIONS_OF.read_text())
    return found


def actions_of(document: Document) -> list[str]:
    """The steps of ways that a document allows on everything and without a condition."""
    return sorted(action for action in ACTIONS if any(_lends(one, action) for one in document.allowed))


def _lends(statement: Statement, action: str) -> bool:
    return not statement.conditions and bool(statement.grants(action)) and broad(statement)


def as_json(every: Iterable[tuple[str, Document]]) -> str:
    """The file of what each policy adds: a line each."""
    lines = [f"  {json.dumps(name)}: {json.dumps(found)}" for name, one in sorted(every) if (found := actions_of(one))]
    return "{\n" + ",\n".join(lines) + "\n}\n"
