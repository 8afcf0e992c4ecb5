"""The table of benign differences in docs/drift.md, made from the code: `python -m operations.drift.page`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from operations.changes import short_type
from operations.drift.benign import DEFAULTS, DOCUMENTS, SETS, TABLE, Benign
from operations.words import listed

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "drift.md"
BEGIN: Final = "<!-- benign: made by `make docs` -->"
END: Final = "<!-- benign: end -->"


def page(text: str) -> str:
    """The page with its table as the code has it."""
    before, _, rest = text.partition(f"{BEGIN}\n")
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{chr(10).join(_table())}\n\n{END}{after}"


def _table() -> Iterator[str]:
    yield "| name | of | property | why it is harmless | where |"
    yield "|---|---|---|---|---|"
    for entry in TABLE:
        condition = f", if {entry.condition}" if entry.condition else ""
        cells = (f"`{entry.name}`", _types(entry), _paths(entry), f"{entry.reason}{condition}", _source(entry.source))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""
    yield "The sets of `same-order-of-a-set`:"
    yield ""
    yield from (f"- {_type(token)}: {_code(names)}" for token, names in SETS.items())
    yield ""
    yield "The documents of `same-document`:"
    yield ""
    yield from (f"- {_type(token)}: {_code(names)}" for token, names in DOCUMENTS.items())


def _types(entry: Benign) -> str:
    if entry.name in ("same-order-of-a-set", "same-document"):
        return "see below"
    return ", ".join(_type(token) for token in entry.types)


def _type(token: str) -> str:
    if token.endswith(":*"):
        return f"all of {token.partition(':')[0].replace('aws', 'AWS').replace('kubernetes', 'Kubernetes')}"
    if token.endswith("/*"):
        return f"`{token.partition(':')[2]}`"
    return f"`{short_type(token)}`"


def _paths(entry: Benign) -> str:
    if entry.kind == "gone":
        return "it is gone"
    if entry.name in ("same-order-of-a-set", "same-document"):
        return "see below"
    if entry.name == "default-filled-in":
        return _code(tuple(dict.fromkeys(path for _, path in DEFAULTS)))
    return "any" if tuple(entry.paths) == ("*",) else _code(entry.paths)


def _code(names: object) -> str:
    return listed([f"`{name}`" for name in names]) if isinstance(names, tuple | list) else ""


def _source(source: str) -> str:
    if source.startswith("docs/"):
        name = source.removeprefix("docs/")
        return f"[{name}]({name})"
    parts = source.removeprefix("https://").split("/")
    if parts[0] == "github.com":
        return f"[{'/'.join(parts[1:3])}#{parts[-1]}]({source})"
    return f"[{parts[0]}]({source})"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
