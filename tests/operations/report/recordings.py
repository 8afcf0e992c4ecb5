"""What the engine said of the example environments, as `record.py` kept it."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path

from operations import events
from operations.changes import Run
from operations.report.build import Previewed

FOLDER = Path(__file__).parent / "recorded"
ENVIRONMENTS = ("dev", "staging", "prod")


@cache
def lines(environment: str, name: str) -> tuple[bytes, ...]:
    """The events of a recorded preview, one a line."""
    return tuple(gzip.decompress((FOLDER / environment / f"{name}.jsonl.gz").read_bytes()).splitlines())


@cache
def previewed(environment: str, name: str) -> Previewed:
    """A recorded preview, as the tools read it."""
    made = Run()
    for line in lines(environment, name):
        made.add(events.parse(line))
    return Previewed(environment=environment, run=made)


def names(environment: str) -> list[str]:
    """Every recorded preview of an environment."""
    return sorted(path.name.removesuffix(".jsonl.gz") for path in (FOLDER / environment).glob("*.gz"))


def three(**changed: str) -> list[Previewed]:
    """All environments: the named change where one is given, nothing elsewhere."""
    return [previewed(environment, changed.get(environment, "nothing")) for environment in ENVIRONMENTS]
