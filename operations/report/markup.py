"""Pieces of GitHub's Markdown in which nothing of a stack is taken for markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence


def folded(title: str, lines: Sequence[str], opened: bool) -> Iterator[str]:
    """Lines below a title that a click folds and unfolds."""
    yield f"<details{' open' if opened else ''}><summary>{html.escape(title)}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"
    yield ""


def fenced(lines: Sequence[str], language: str = "") -> Iterator[str]:
    """Lines as they are, behind a fence that none of them can end."""
    ticks = max((len(run) for line in lines for run in re.findall(r"`{3,}", line)), default=2) + 1
    yield "`" * ticks + language
    yield from lines
    yield "`" * ticks


def code(text: str) -> str:
    """A code span that nothing in the text can end."""
    flat = " ".join(text.split())
    ticks = max((len(run) for run in re.findall(r"`+", flat)), default=0) + 1
    space = " " if "`" in flat else ""
    return f"{'`' * ticks}{space}{flat}{space}{'`' * ticks}" if flat else ""


def plain(text: str, *, spans: bool = False) -> str:
    """A text in which nothing is markup, and which calls nobody; with `spans`, its code spans stay."""
    if spans:
        parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
        return "".join(
            part if part[:1] == "`" else plain(part, spans=False) if part.strip() else part for part in parts
        )
    escaped = html.escape(text, quote=False)
    escaped = re.sub(r"([\\*_`\[\]|~#])", r"\\\1", escaped)
    return escaped.replace("@", "@\N{ZERO WIDTH SPACE}")


def capital(text: str) -> str:
    """With its first letter as a sentence has it."""
    return text[:1].upper() + text[1:]
