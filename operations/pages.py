"""docs/settings.md, made from the settings' own declaration: `python -m operations.pages`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from infra.settings import Settings
from infra.settings.patterns import WORDS

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"

INTRODUCTION = """# Settings

What an environment chooses stands in its `Pulumi.<env>.yaml`, under `config:`. Everything is checked before anything is
built; all that is wrong is reported at once. A setting without a default must be given.

This page is made from `infra/settings` by `make docs`.
"""

LONGEST_LIST = 8
"""Allowed values named in full; longer lists are shortened to their ends."""


def settings_page(model: type[BaseModel] = Settings) -> str:
    """The page as Markdown: a table for the stack's own keys, then one for each section."""
    own = [_row(_key(name, f), f) for name, f in model.model_fields.items() if _section(f) is None]
    parts = [INTRODUCTION, _table("The environment itself", "", own)]
    parts += [
        _table(
            f"`{_key(name, field)}`",
            _preamble(section, field),
            list(_rows(section)),
        )
        for name, field in model.model_fields.items()
        if (section := _section(field)) is not None
    ]
    return "\n".join(parts)


def _table(title: str, preamble: str, rows: list[str]) -> str:
    head = ["| setting | allowed | default | what it is |", "|---|---|---|---|"]
    return "\n".join([f"## {title}", "", *([preamble, ""] if preamble else []), *head, *rows, ""])


def _preamble(section: type[BaseModel], field: FieldInfo) -> str:
    said = (section.__doc__ or "").strip()
    if _is_map(field.annotation):
        return f"A map: each key is a name of yours. {said}"
    return said


def _rows(section: type[BaseModel], prefix: str = "") -> Iterator[str]:
    """A row for each key; the keys of a group within follow it."""
    for attribute, field in section.model_fields.items():
        name = f"{prefix}{_name(attribute, field)}"
        yield _row(name, field)
        if (inner := _section(field)) is not None:
            yield from _rows(inner, f"{name}.<name>." if _is_map(field.annotation) else f"{name}.")


def _row(name: str, field: FieldInfo) -> str:
    default = "" if field.is_required() else f"`{_shown(field.default)}`"
    return f"| `{name}` | {_cell(_allowed(field))} | {default} | {_cell(field.description or '')} |"


def _name(name: str, field: FieldInfo) -> str:
    return field.alias or name


def _key(name: str, field: FieldInfo) -> str:
    named = _name(name, field)
    return named if ":" in named else f"headroom:{named}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return str(list(value))
    if isinstance(value, BaseModel):
        return "the defaults below"
    return "none" if value is None else str(value)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _section(field: FieldInfo) -> type[BaseModel] | None:
    """The model that a field holds, itself or as the values of a map."""
    kinds = get_args(field.annotation) or (field.annotation,)
    return next((kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)), None)


def _is_map(annotation: Any) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _allowed(field: FieldInfo) -> str:
    words = _words(field.annotation)
    bounds = {key: getattr(m, key) for m in field.metadata for key in ("ge", "le") if getattr(m, key, None) is not None}
    pattern = next((m.pattern for m in field.metadata if getattr(m, "pattern", None)), None)
    if isinstance(pattern, str):
        return WORDS[pattern]
    if bounds:
        return f"{words}, {bounds.get('ge', '')} to {bounds.get('le', '')}"
    return words


def _words(annotation: Any) -> str:
    return " or ".join(dict.fromkeys(_each(annotation)))


def _each(annotation: Any) -> Iterator[str]:
    origin, arguments = get_origin(annotation), get_args(annotation)
    plain = {int: "number", float: "number", str: "text", bool: "true or false"}
    if annotation in plain:
        yield plain[annotation]
    elif annotation is type(None):
        yield "none"
    elif origin is Literal:
        yield _choices(arguments)
    elif origin is Annotated:
        pattern = next((m.pattern for m in arguments[1:] if getattr(m, "pattern", None)), None)
        yield WORDS[pattern] if isinstance(pattern, str) else _words(arguments[0])
    elif origin in (Union, UnionType):
        for argument in arguments:
            yield from _each(argument)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield "the keys below"
    elif origin is tuple:
        yield f"list of: {_words(arguments[0])}"
    elif _is_map(annotation):
        yield f"map: {_words(arguments[0])}, to: {_words(arguments[1])}"
    else:
        raise TypeError(f"operations/pages.py has no words for {annotation}: teach _each() this kind of setting")


def _choices(values: tuple[Any, ...]) -> str:
    shown = [f"`{value}`" for value in values]
    if len(shown) > LONGEST_LIST:
        shown = [*shown[: LONGEST_LIST - 2], "...", shown[-1]]
    return ", ".join(shown)


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
