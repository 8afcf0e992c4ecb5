"""CloudWatch: what the rule of a composite alarm says of the states of others."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping

REFERENCE = re.compile(r"""\b(ALARM|OK|INSUFFICIENT_DATA)\(\s*["']?([^"')]+)["']?\s*\)""")
"""An alarm in a rule: a name or an ARN, in quotes or not."""
_WORDS = {"AND": "and", "OR": "or", "NOT": "not", "TRUE": "True", "FALSE": "False"}


def alarm_name(name: str) -> str:
    """The name of an alarm that is named by that or by its ARN."""
    return name.strip().rpartition(":alarm:")[2] or name.strip()


def names_in(rule: str) -> set[str]:
    """The alarms that a rule names."""
    return {alarm_name(name) for _, name in REFERENCE.findall(rule)}


def rule_holds(rule: str, states: Mapping[str, str]) -> bool:
    """Whether a rule holds for the states of alarms by name."""

    def asked(match: re.Match[str]) -> str:
        return str(states.get(alarm_name(match[2]), "INSUFFICIENT_DATA") == match[1])

    text = REFERENCE.sub(asked, rule)
    text = re.sub(r"\b(AND|OR|NOT|TRUE|FALSE)\b", lambda match: _WORDS[match[1]], text)
    return _truth(ast.parse(text.strip(), mode="eval").body)


def _truth(node: ast.expr) -> bool:
    if isinstance(node, ast.BoolOp):
        parts = [_truth(value) for value in node.values]
        return all(parts) if isinstance(node.op, ast.And) else any(parts)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _truth(node.operand)
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    raise ValueError("not a rule of a composite alarm")
