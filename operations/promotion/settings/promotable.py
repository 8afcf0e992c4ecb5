"""Promotable settings: which there are, what a promotion changes of them, and the file with just these changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operations.errors import Failure
from operations.promotion.model import Value
from operations.promotion.settings.splicing import spliced

PROJECT = "headroom:"
ANY = "*"
"""Stands for one key of a pattern."""
ONE_OFF = "tasks."
"""How settings of one-off tasks begin, whose images nobody looks up in a registry."""
DIGEST = "@sha256:"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a promotion changes in the target's stack file."""

    changes: Mapping[str, tuple[Value, Value]]
    """Path -> what stands there, and what is to."""
    absent: tuple[str, ...] = ()
    """Paths that the source has and the target has not: told, never added."""
    extra: tuple[str, ...] = ()
    """Paths that the target has and the source has not: they stay as they are."""


def read(config: Mapping[str, Any], patterns: Sequence[str]) -> dict[str, Value]:
    """Every promotable setting that stands in a stack file, by path below `headroom:`, in the file's order.

    `config` is what stands under `config:`. Raises Failure where something else than one plain value stands there.
    """
    found: dict[str, Value] = {}
    for pattern in patterns:
        for path, value in _matching(config, pattern.split("."), ()):
            found[".".join(path)] = _scalar(".".join(path), value)
    return found


def matching(values: Mapping[str, Value], patterns: Sequence[str]) -> dict[str, Value]:
    """Those of these settings that are promotable by these patterns."""
    wanted = [pattern.split(".") for pattern in patterns]
    return {path: value for path, value in values.items() if any(_fits(path.split("."), keys) for keys in wanted)}


def _fits(path: Sequence[str], pattern: Sequence[str]) -> bool:
    return len(path) == len(pattern) and all(key in (ANY, name) for name, key in zip(path, pattern, strict=True))


def plan(source: Mapping[str, Value], target_config: Mapping[str, Any], patterns: Sequence[str]) -> Plan:
    """What of the target's settings differs from the source's; `patterns` are the target's wish.

    `17` and `"17"` differ: a setting is text or a number. Where the target names a one-off task's image by its digest,
    the source's tag does not take its place: prod's policies refuse tags, and may know only when it is applied.
    """
    stands = read(target_config, patterns)
    return Plan(
        changes={
            path: (stands[path], new)
            for path, new in source.items()
            if path in stands and not same(stands[path], new) and not _loosens(path, stands[path], new)
        },
        absent=tuple(path for path in source if path not in stands),
        extra=tuple(path for path in stands if path not in source),
    )


def _loosens(path: str, old: Value, new: Value) -> bool:
    """Whether an image by its digest would be one by a tag."""
    return path.startswith(ONE_OFF) and DIGEST in str(old) and DIGEST not in str(new)


def same(one: Value, other: Value) -> bool:
    """Whether two values are the same also in their type: `True` is not `1`."""
    return type(one) is type(other) and one == other


def edited(text: str, values: Mapping[str, Value], file: str = "the stack file") -> str:
    """A stack file with just these settings changed: comments, quotes, order and line ends stay as they are.

    Raises Failure where a setting does not stand in the file, or stands there in a way that no single place decides:
    by an alias, a merge key, twice, or in a block.
    """
    return spliced(text, {("config", *keys(path)): value for path, value in values.items()}, file)


def keys(path: str) -> tuple[str, ...]:
    """The keys of a stack file under `config:` that lead to a setting: `headroom:services`, `api`, `image`."""
    first, *rest = path.split(".")
    return (f"{PROJECT}{first}", *rest)


def _matching(config: Any, pattern: Sequence[str], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Each path that a pattern means, without the project's name, with what stands there."""
    if not pattern:
        yield above, config
        return
    if not isinstance(config, Mapping):
        return
    key, *rest = pattern
    names = [name for name in config if isinstance(name, str)]
    if not above:
        names = [f"{PROJECT}{key}"] if f"{PROJECT}{key}" in config else []
    elif key != ANY:
        names = [key] if key in config else []
    for name in names:
        if "." in name:
            raise Failure(
                f"headroom:{'.'.join((*above, name))}: {name} has a dot in its name, and paths of settings do not",
                ("let headroom:promotion.settings name others by their own paths, without * in this place",),
            )
        yield from _matching(config[name], rest, (*above, name.removeprefix(PROJECT) if not above else name))


def _scalar(path: str, value: Any) -> Value:
    if value is None or isinstance(value, str | int | float):
        return value
    kind = "a group of keys" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a date"
    raise Failure(
        f"headroom:{path} is {kind}, and a release brings single values of text, numbers, true and false",
        ("correct it in the stack file", "or take its path out of headroom:promotion.settings"),
    )
