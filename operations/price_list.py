"""The prices that are known, and how a rule turns them into what a resource costs a month.

Every price of `prices.json` names its source. What has none there stays without: a rule then says which part of a
resource is missing in the sum, and nothing is counted as zero.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from operations.properties import UNKNOWN
from operations.state import Resource, outputs

PRICES = Path(__file__).with_name("prices.json")

Part = tuple[float | None, str]
"""US dollars a month, or None where no price is known, and what was multiplied or is missing."""
Parts = Iterator[Part]
Rule = Callable[[Resource, Sequence[Resource]], Parts]
"""What a resource costs beside all that its stack holds; nothing where nobody knows."""


class NotKnownYetError(ValueError):
    """A price hangs on a value that only AWS can tell."""


class Said(dict[str, Any]):
    """What a provider said of a resource. A value that is not known yet is no default: reading it ends the rule."""

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if value == UNKNOWN:
            raise NotKnownYetError(name)
        return value

    def get(self, name: str, default: Any = None) -> Any:
        if name not in self:
            return default
        found = self[name]
        return default if found is None else found


def said(resource: Resource) -> Said:
    """The resource's properties, to be read by a rule."""
    return Said(outputs(resource))


@cache
def prices() -> Mapping[str, Any]:
    """The price list: `date`, `region`, and under `prices` each price with its source."""
    return dict(json.loads(PRICES.read_text(encoding="utf-8")))


def basis(region: str, date: str, stack_region: str) -> str:
    """A sentence on whose prices these are, for a stack that may be elsewhere; its region may be unknown, and empty."""
    text = f"Prices of {region}, {date}"
    return (
        f"{text}: those of {stack_region}, where the stack is, differ."
        if stack_region not in ("", region)
        else f"{text}."
    )


def price(name: str) -> float | None:
    """A price by its name in the list; None where it is not there."""
    found = prices()["prices"].get(name)
    return None if found is None else float(found["price"])


def monthly(name: str, times: float = 1, what: str = "") -> Parts:
    """A price by the month, or by the hour for all of a month; without a number where it is not known."""
    known = price(name)
    words = what or name.rpartition("_")[0].replace("_", " ")
    hours = float(prices()["hours_a_month"]) if name.endswith("_hour") else 1.0
    many = f"{times:g} x " if times != 1 else ""
    yield (0.0 if times == 0 else None if known is None else known * hours * times), f"{many}{words}"


def fixed(name: str) -> Rule:
    """One price for a resource, whatever it is like."""
    return lambda resource, held: monthly(name)
