"""Changes single values in the text of a YAML file, and nothing else of it.

YAML is read twice, by PyYAML here (version 1.1) and by Pulumi's own reader (1.2 for the most part): text that either
may take for something else is written in quotes.
"""

from __future__ import annotations

import copy
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from operations.errors import Failure
from operations.promotion.model import Value

Path = tuple[str, ...]

WORDS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ""})
"""Texts, in small letters, that are no text without quotes in one version of YAML or another."""
NUMBER = re.compile(
    r"^[-+.]?(\d[\d_]*(\.[\d_]*)?|\.\d+|inf|nan)([eE][-+]?\d+)?$|^[-+]?0[xob][0-9a-fA-F_]+$", re.IGNORECASE
)
"""Texts that are a number without quotes in one version of YAML or another."""
MERGE = "tag:yaml.org,2002:merge"
REMEDY = "write the value itself, on one line, at this place in {file}"


@dataclass(frozen=True)
class _Token:
    """A scalar in the text."""

    start: int
    end: int
    style: str
    """The quote around it; empty without."""


@dataclass(frozen=True)
class _Place:
    """Where a value stands in the text."""

    start: int
    end: int
    style: str
    """The quote around it; empty without."""
    before: str
    """What must stand before a value in this place, where there is none yet."""


def spliced(text: str, values: Mapping[Path, Value], file: str) -> str:
    """The text with the value at each path replaced. Raises Failure where that is not plainly possible."""
    root, tokens, shared = _parsed(text, file)
    places = {path: _place(root, path, tokens, shared, file) for path in values}
    expected = copy.deepcopy(yaml.safe_load(text))
    changed = text
    for path in sorted(values, key=lambda each: -places[each].start):
        _put(expected, path, values[path])
        changed = _written(changed, places[path], values[path])
    _verify(changed, expected, file)
    return changed


def _parsed(text: str, file: str) -> tuple[yaml.Node, Mapping[int, _Token], Counter[int]]:
    """The file's tree, its scalars by their end, and how often each node stands in the tree."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        tokens = _scalars(text)
        yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, KeyError, AttributeError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise Failure(f"{file}{line}: it can't be read as YAML: {getattr(error, 'problem', None) or error}") from error
    if not isinstance(root, yaml.MappingNode):
        raise Failure(f"{file} holds no settings: all of them stand under `config:`, which is missing")
    seen: Counter[int] = Counter()
    _count(root, seen)
    return root, tokens, seen


def _scalars(text: str) -> dict[int, _Token]:
    """Each scalar by its end, with where its tag begins, if it has one: the tag is of the value that goes."""
    found, tag = {}, None
    for token in yaml.scan(text):
        if isinstance(token, yaml.ScalarToken):
            start = token.start_mark.index if tag is None else tag
            found[token.end_mark.index] = _Token(start, token.end_mark.index, token.style or "")
        if isinstance(token, yaml.TagToken):
            tag = token.start_mark.index
        elif not isinstance(token, yaml.AnchorToken):
            tag = None
    return found


def _count(node: yaml.Node, seen: Counter[int]) -> None:
    """Counts each node once for every place where it stands; what lies inside a shared one is counted once."""
    waiting: list[yaml.Node] = [node]
    while waiting:
        node = waiting.pop()
        seen[id(node)] += 1
        if seen[id(node)] == 1:
            waiting += [child for child in _children(node) if isinstance(child, yaml.Node)]


def _children(node: yaml.Node) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for pair in node.value:
            yield from pair
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _place(root: yaml.Node, path: Path, tokens: Mapping[int, _Token], shared: Counter[int], file: str) -> _Place:
    """Where the value at a path stands. Raises Failure where no single place decides it."""
    node = root
    for depth, key in enumerate(path):
        node = _child(node, key, path[: depth + 1], file)
        if shared[id(node)] > 1:
            raise _refusal(path[: depth + 1], "is shared with another place by an alias", file)
    if not isinstance(node, yaml.ScalarNode):
        raise _refusal(path, "is no single value", file)
    if node.style in ("|", ">"):
        raise _refusal(path, "is written as a block", file)
    token = tokens.get(node.end_mark.index)
    if token is None or token.start < node.start_mark.index:
        return _Place(node.end_mark.index, node.end_mark.index, "", " ")  # nothing stands there
    return _Place(token.start, token.end, token.style, "")


def _child(node: yaml.Node, key: str, path: Path, file: str) -> yaml.Node:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    found: list[yaml.Node] = [value for name, value in pairs if isinstance(name, yaml.ScalarNode) and name.value == key]
    if len(found) > 1:
        raise _refusal(path, "stands twice", file)
    if found:
        return found[0]
    if any(name.tag == MERGE for name, _ in pairs):
        raise _refusal(path, "comes from another place by a merge key (<<)", file)
    raise _refusal(path, "does not stand there", file)


def _refusal(path: Path, says: str, file: str) -> Failure:
    where = ".".join(path[1:]) or path[0]
    return Failure(f"{file}: {where} {says}, so it can't be changed alone", (REMEDY.format(file=file),))


def _put(content: Any, path: Path, value: Value) -> None:
    for key in path[:-1]:
        content = content[key]
    content[path[-1]] = value


def _written(text: str, place: _Place, value: Value) -> str:
    """The text with a value at a place, in the quotes that stand there, or in none where none are needed."""
    return text[: place.start] + place.before + _as_yaml(value, place.style) + text[place.end :]


def _as_yaml(value: Value, quote: str) -> str:
    if not isinstance(value, str):
        return str(yaml.safe_dump(value, width=10_000)).split("\n", 1)[0]
    if quote == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if quote == "" and _plain(value):
        return value
    quoted = yaml.dump(value, Dumper=yaml.SafeDumper, default_style='"', width=1_000_000, allow_unicode=True)
    return str(quoted).rstrip("\n")


def _plain(value: str) -> bool:
    """Whether text needs no quotes, wherever it stands: in a block, in a flow, and for every reader."""
    if value.casefold() in WORDS or NUMBER.match(value) or not re.match(r"^[A-Za-z0-9./][A-Za-z0-9._/@:+-]*$", value):
        return False
    return bool(not value.endswith(":") and yaml.safe_load(f"[{value}]") == [value])


def _verify(text: str, expected: Any, file: str) -> None:
    """Raises Failure unless the text means what is expected, types and order included."""
    try:
        kept = _same(yaml.safe_load(text), expected)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise Failure(f"{file} could not be changed: what came out can't be read; nothing was written") from error
    if not kept:
        raise Failure(f"{file} could not be changed alone: what came out says something else; nothing was written")


def _same(one: Any, other: Any) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, Mapping):
        return list(one) == list(other) and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, Sequence) and not isinstance(one, str | bytes):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other or (one != one and other != other))
