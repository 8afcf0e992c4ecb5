"""Where commands print and ask. Colours and questions only on a terminal; whole lines anywhere else."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from operations.errors import Failure


class Screen:
    """The user's terminal, or the file or pipe in its place."""

    def __init__(self, console: Console | None = None, errors: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self.errors = errors or Console(stderr=True, highlight=False)

    @property
    def interactive(self) -> bool:
        """Whether there is somebody to ask."""
        return self.console.is_terminal and sys.stdin.isatty()

    def print(self, *lines: Text | str) -> None:
        for line in lines:
            text = Text(line) if isinstance(line, str) else line
            for part in self._fitted(text):
                self.console.print(part, soft_wrap=True, highlight=False)

    def _fitted(self, text: Text) -> Iterable[Text]:
        """On a terminal, a long line goes on under its own indentation; elsewhere, and where it is to be copied as it
        is (no_wrap), it stays whole."""
        fits = text.no_wrap or text.cell_len <= self.console.width
        if not self.console.is_terminal or "\n" in text.plain or fits:
            return [text]
        indent = len(text.plain) - len(text.plain.lstrip(" +~-=*!✓✗"))
        indent += 4 if indent else 0
        first, *rest = text.wrap(self.console, self.console.width) or [text]
        if not rest:
            return [first]
        tail = text[len(first.plain.rstrip()) :]
        tail = tail[len(tail.plain) - len(tail.plain.lstrip()) :]
        more = tail.wrap(self.console, max(20, self.console.width - indent))
        return [first, *(Text(" " * indent) + part for part in more)]

    def block(self, lines: Iterable[Text | str]) -> None:
        """Lines with an empty one before them; nothing at all when there are none."""
        found = list(lines)
        if found:
            self.print("", *found)

    def ask(self, question: str) -> bool:
        """Asks y or N. No answer is no."""
        self.console.print(Text(f"{question} [y/N] ", style="bold"), end="")
        try:
            answer = input()
        except EOFError:
            self.print("")
            return False
        return answer.strip().lower() in {"y", "yes"}

    def failure(self, failure: Failure) -> None:
        """An error with its remedies, on stderr."""
        first, *rest = failure.message.splitlines() or [""]
        text = Text("Error: ", style="bold red")
        text.append(first, style="default")
        lines = [text, *(Text(f"  {line}" if line else "") for line in rest)]
        for index, remedy in enumerate(failure.remedies):
            lines.append(Text(f"{'Try:' if index == 0 else '    '} {remedy}", style="cyan"))
        for line in lines:
            self.errors.print(line, soft_wrap=not self.errors.is_terminal, highlight=False)
