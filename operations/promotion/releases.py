"""`headroom releases`: what was released, how, by whom, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import TypeAdapter
from rich.text import Text

from operations.errors import Failure
from operations.promotion import telling
from operations.promotion.model import Holder, Known, Position
from operations.promotion.world import World

OK, FAILED = 0, 1
STYLES = {"live": "green", "failed": "red", "under way": "yellow", "never finished": "yellow"}
SHOWN = 20
"""Releases of an environment that a terminal shows; JSON holds all."""


def releases(world: World, environments: Sequence[str], *, as_json: bool) -> int:
    """Lists the releases of environments, newest first. Fails where none of them can be asked, and raises Failure of an
    only one."""
    told: dict[str, Any] = {}
    for name in environments:
        try:
            store = world.place(name).store
            known, position, holder = store.releases(), store.position(), store.held()
        except Failure as failure:
            if len(environments) == 1:
                raise
            told[name] = {"error": failure.message}
            if not as_json:
                world.screen.print(Text(name, style="bold"), f"  {failure.message}", "")
            continue
        told[name] = {
            "releases": [_plain(one, position) for one in known],
            "under_way": _place_of(position),
            "held_by": holder.who if holder else None,
        }
        if not as_json:
            world.screen.print(Text(name, style="bold"), *_lines(known, position, holder), "")
    if as_json:
        world.screen.print(json.dumps(told, indent=2, sort_keys=True))
    return OK if any("error" not in one for one in told.values()) else FAILED


def state_of(known: Known, position: Position | None) -> str:
    """`live`, `failed`, `under way` or `never finished`."""
    if known.outcome is not None:
        return known.outcome.ending
    under_way = position is not None and position.release.id == known.release.id
    return "under way" if under_way else "never finished"


def _place_of(position: Position | None) -> Mapping[str, Any] | None:
    if position is None:
        return None
    return {
        "release": position.release.id,
        "phase": position.phase,
        "by": position.holder.who,
        "run": position.holder.run,
    }


def _plain(known: Known, position: Position | None) -> dict[str, Any]:
    plain: dict[str, Any] = TypeAdapter(Known).dump_python(known, mode="json")
    return {**plain["release"], "outcome": plain["outcome"], "stands": state_of(known, position)}


def _lines(known: Sequence[Known], position: Position | None, holder: Holder | None) -> Iterator[Text | str]:
    if not known:
        yield "  no release was recorded"
    for one in known[:SHOWN]:
        yield from _line(one, position)
    if len(known) > SHOWN:
        yield f"  and {len(known) - SHOWN} earlier ones: --json"
    if position is not None:
        yield Text(f"  {telling.left_behind(position.release, position.phase)}", style="yellow")
    if holder is not None:
        yield f"  {holder.who} works on it now, by headroom {holder.verb} on {holder.host}"
    elif position is not None:
        yield f"  {position.holder.who} was stopped: the same command goes on with it"


def _line(known: Known, position: Position | None) -> Iterator[Text | str]:
    release, state = known.release, state_of(known, position)
    came = (
        f"from {release.source.environment} {release.source.release}"
        if release.kind == "promotion" and release.source
        else ""
    )
    came = f"back to {release.source.release}" if release.kind == "rollback" and release.source else came
    head = Text.assemble(f"  {release.id}  ", (f"{state:<9}", STYLES[state]), f" {release.kind:<9} {came}".rstrip())
    yield head
    by = release.by.rsplit(":", 1)[-1]
    yield Text(
        f"      {release.started:%Y-%m-%d %H:%M} UTC by {by}{f', {release.run}' if release.run else ''}", style="dim"
    )
    if release.break_glass:
        yield Text(f"      gates passed by: {release.break_glass}", style="yellow")
    if known.outcome and known.outcome.said:
        yield Text(f"      {known.outcome.said.splitlines()[0]}", style="dim")
