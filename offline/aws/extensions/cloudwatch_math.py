"""CloudWatch: metric math, as far as alarms use it: arithmetic, comparisons, AND, OR, IF, FILL, MAX, MIN, SUM, AVG,
ABS, CEIL and FLOOR. Any other function is refused by name, and so are SEARCH, METRICS and anomaly detection.

A series has one value a period, None where there is none. An operation on several has a value where all of them have.

Source: docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence

Number = float | None
Series = list[Number]
Value = Series | float | list[Series | float]
"""A series, a number, or an array of those; an array stands only in a function's parentheses."""

_OPERATORS: Mapping[type[ast.AST], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_SINGLE: Mapping[str, Callable[[float], float]] = {"ABS": abs, "CEIL": math.ceil, "FLOOR": math.floor}
_OVER: Mapping[str, Callable[[Sequence[float]], float]] = {
    "MAX": max,
    "MIN": min,
    "SUM": sum,
    "AVG": lambda values: sum(values) / len(values),
}
_WORDS = {"AND": " and ", "&&": " and ", "OR": " or ", "||": " or "}


class UnsupportedError(Exception):
    """What of an expression is not evaluated here."""


def evaluate(expression: str, series: Mapping[str, Series], length: int) -> Series:
    """The expression's series; `series` are those of the ids that it may name. Raises UnsupportedError."""
    text = re.sub(r"\bAND\b|\bOR\b|&&|\|\|", lambda match: _WORDS[match[0]], expression)
    try:
        root = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        raise UnsupportedError(f"the expression {expression!r}") from None
    return _series(_Evaluator(series, length).value(root), length)


class _Evaluator:
    def __init__(self, series: Mapping[str, Series], length: int) -> None:
        self._known = series
        self._length = length

    def value(self, node: ast.expr) -> Value:
        """What a part of the expression comes to."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name) and node.id in self._known:
            return self._known[node.id]
        if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
            return self._lifted(_OPERATORS[type(node.op)], node.left, node.right)
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _OPERATORS:
            return self._lifted(_OPERATORS[type(node.ops[0])], node.left, node.comparators[0])
        if isinstance(node, ast.BoolOp):
            both = all if isinstance(node.op, ast.And) else any
            return self._lifted(lambda *parts: float(both(parts)), *node.values)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return self._lifted(operator.neg, node.operand)
        if isinstance(node, ast.List):
            return [self._one(part) for part in node.elts]
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return self._called(node.func.id.upper(), node.args)
        raise UnsupportedError(f"{ast.unparse(node)!r} in metric math")

    def _one(self, node: ast.expr) -> Series | float:
        found = self.value(node)
        if isinstance(found, list) and any(isinstance(part, list) for part in found):
            raise UnsupportedError(f"the array {ast.unparse(node)!r} outside of a function")
        return found  # type: ignore[return-value]

    def _lifted(self, function: Callable[..., float], *nodes: ast.expr) -> Series | float:
        return _lift(function, [self._one(node) for node in nodes], self._length)

    def _called(self, name: str, arguments: list[ast.expr]) -> Value:
        if name == "IF" and len(arguments) in (2, 3):
            return self._chosen([_series(self._one(argument), self._length) for argument in arguments])
        if name == "FILL" and len(arguments) == 2:
            holes, filling = (_series(self._one(argument), self._length) for argument in arguments)
            return [fill if value is None else value for value, fill in zip(holes, filling, strict=True)]
        if name in _SINGLE and len(arguments) == 1:
            return self._lifted(_SINGLE[name], arguments[0])
        if name in _OVER and len(arguments) == 1:
            return self._over(_OVER[name], arguments[0])
        raise UnsupportedError(f"the function {name} of metric math with {len(arguments)} arguments")

    def _chosen(self, parts: Sequence[Series]) -> Series:
        condition, yes = parts[:2]
        no = parts[2] if len(parts) == 3 else [None] * self._length
        places = zip(condition, yes, no, strict=True)
        return [None if asked is None else (first if asked else second) for asked, first, second in places]

    def _over(self, function: Callable[[Sequence[float]], float], node: ast.expr) -> Series | float:
        """Of an array: over its series, place by place. Of a series: over its places, one number."""
        if isinstance(node, ast.List):
            rows = zip(*(_series(self._one(part), self._length) for part in node.elts), strict=True)
            return [_known(function, row) for row in rows]
        total = _known(function, _series(self.value(node), self._length))
        return [None] * self._length if total is None else total


def _known(function: Callable[[Sequence[float]], float], values: Sequence[Number]) -> Number:
    known = [value for value in values if value is not None]
    return float(function(known)) if known else None


def _series(value: Value, length: int) -> Series:
    if isinstance(value, list):
        if any(isinstance(part, list) for part in value):
            raise UnsupportedError("an expression that comes to several series")
        return value  # type: ignore[return-value]
    return [value] * length


def _lift(function: Callable[..., float], parts: Sequence[Series | float], length: int) -> Series | float:
    if not any(isinstance(part, list) for part in parts):
        number = _divided(function, parts)
        return [None] * length if number is None else number
    rows = zip(*(_series(part, length) for part in parts), strict=True)
    return [None if any(value is None for value in row) else _divided(function, row) for row in rows]


def _divided(function: Callable[..., float], values: Sequence[object]) -> Number:
    """There is no value where one divides by zero."""
    try:
        return float(function(*values))
    except ZeroDivisionError:
        return None
