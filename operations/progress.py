"""Shows a run while it goes on: a live table on a terminal, plain lines anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.text import Text

from operations import events
from operations.changes import QUIET, Run, readable, short_type
from operations.events import Event, Step

Clock = Callable[[], float]

MOST_ROWS = 12
"""Resources under way that the live table shows; the oldest first, the rest is counted."""

STILL_SECONDS = 30.0
"""How often a piped run says that a slow resource is still under way."""

NAME_WIDTH = 54
"""Room for type and name in a line of progress; longer ones push the time to the right."""

TIME_WIDTH = 10
"""Room for the time, with the space before it."""

PRESENT = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "create-replacement": "replacing",
    "delete-replaced": "deleting old",
    "read": "reading",
    "refresh": "refreshing",
    "import": "importing",
}
PAST = {
    "create": "created",
    "update": "updated",
    "delete": "deleted",
    "create-replacement": "replaced",
    "delete-replaced": "deleted old",
    "read": "read",
    "refresh": "refreshed",
    "import": "imported",
}
STYLE = {"create": "green", "update": "yellow", "delete": "red", "create-replacement": "magenta"}
WIDTH = max(len(word) for word in (*PRESENT.values(), *PAST.values()))


class Progress:
    """Collects a run, and shows each step. A context manager: leaving it clears what is only for the moment."""

    def __init__(self, console: Console, title: str, *, clock: Clock = time.monotonic) -> None:
        self.run = Run()
        self.started = clock()
        self._console = console
        self._title = title
        self._clock = clock
        self._under_way: dict[str, tuple[Step, float]] = {}
        self._said_at = self.started
        self._ended: set[tuple[str, str]] = set()
        self.stopped = False
        self._live: Live | None = None
        self._planning = False

    @property
    def seconds(self) -> float:
        return self._clock() - self.started

    def __enter__(self) -> Progress:
        self._print(Text(f"{self._title} ...", style="bold"))
        if self._console.is_terminal:
            self._live = Live(console=self._console, get_renderable=self._picture, refresh_per_second=8, transient=True)
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def heard(self, event: Event) -> None:
        self.run.add(event)
        match event:
            case events.StepStarted(step=step, planning=False) if _shown(step):
                self._under_way[step.urn] = (step, self._clock())
            case events.StepFinished(step=step, planning=False) if _shown(step):
                self._finish(step, failed=False)
            case events.StepFailed(step=step) if _shown(step):
                self._finish(step, failed=True)
            case events.StepStarted(planning=True):
                self._planning = True
            case events.Diagnostic(ephemeral=False, severity="info" | "info#err" | "warning") if event.message.strip():
                # That it was interrupted has been said already, to the one who did it.
                if not (self.stopped and event.message.startswith("interrupted:")):
                    self._print(notice(event))

    def tick(self) -> None:
        if self._live or self._clock() - self._said_at < STILL_SECONDS:
            return
        self._said_at = self._clock()
        for step, since in self._under_way.values():
            seconds = self._clock() - since
            if seconds >= STILL_SECONDS:
                self._print(line(step, f"{PRESENT.get(step.op, step.op)}", seconds, still=True))

    def interrupted(self) -> None:
        self.stopped = True
        self._print(Text("Stopping: nothing new is begun; what is under way is finished and saved.", style="yellow"))

    def _finish(self, step: Step, *, failed: bool) -> None:
        # A component's outputs come as a second end of the same step.
        again = step.urn not in self._under_way and (step.urn, step.op) in self._ended
        _, since = self._under_way.pop(step.urn, (step, self._clock()))
        if again:
            return
        self._ended.add((step.urn, step.op))
        word = "failed" if failed else PAST.get(step.op, step.op)
        self._print(line(step, word, self._clock() - since, room=self._room))

    @property
    def _room(self) -> int | None:
        """Characters for type and name; None where lines may be as long as they like."""
        return max(24, self._console.width - WIDTH - 4 - TIME_WIDTH) if self._console.is_terminal else None

    def _print(self, text: Text) -> None:
        self._console.print(text, soft_wrap=not self._console.is_terminal, highlight=False)

    def _picture(self) -> Text:
        """The live part, laid out as the lines above it: what is under way, and how far the run is."""
        now = self._clock()
        rows = sorted(self._under_way.values(), key=lambda row: row[1])
        lines = [
            line(step, PRESENT.get(step.op, step.op), now - since, room=self._room) for step, since in rows[:MOST_ROWS]
        ]
        for text in lines:
            text.stylize("dim")
        if len(rows) > MOST_ROWS:
            lines.append(Text(f"  and {len(rows) - MOST_ROWS} more", style="dim"))
        lines.append(Text(f"  {self._state(len(rows))}, {elapsed(self.seconds)}", style="bold"))
        return Text("\n", no_wrap=True, overflow="ellipsis").join(lines)

    def _state(self, under_way: int) -> str:
        if self._planning:
            return f"{len(self.run.resources)} resources looked at"
        seen = len(self.run.resources)
        state = f"{len(self._ended)} done, {under_way} under way, of {seen} looked at" if seen else "starting"
        return f"stopping: {state}" if self.stopped else state


def _shown(step: Step) -> bool:
    # `replace` is only the engine's note between the two steps that do the work.
    # Components and providers take no time, and nothing of them stands in AWS.
    return step.op not in QUIET and step.op != "replace" and step.physical


def line(step: Step, word: str, seconds: float, *, still: bool = False, room: int | None = None) -> Text:
    """One line of progress: what was done, to what, how long it took; a name that finds no room loses its middle."""
    style = "bold red" if word == "failed" else STYLE.get(step.op, "")
    text = Text(f"  {'still ' if still else ''}{word}  ".ljust(WIDTH + 4), style=style)
    name = f"{short_type(step.type)} {step.name}"
    if room and len(name) > room:
        name = f"{name[: room - room // 2 - 1]}…{name[-(room // 2) :]}"
    text.append(name.ljust(min(NAME_WIDTH, room or NAME_WIDTH)), style="default")
    text.append(f"  {elapsed(seconds):>8}", style="dim")
    return text


def notice(diagnostic: events.Diagnostic) -> Text:
    """A message of the program or the engine, indented under its first line."""
    first, *rest = readable(diagnostic.message.strip()).splitlines()
    label = "warning: " if diagnostic.severity == "warning" else ""
    first = first.removeprefix("warning: ") if label else first
    style = "yellow" if label else "dim"
    return Text("\n".join([f"  {label}{first}", *(f"    {more}" for more in rest)]), style=style)


def elapsed(seconds: float) -> str:
    """3.2 s, 1 min 05 s."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s"
