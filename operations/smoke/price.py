"""What a run costs, before anybody agrees to it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from operations.changes import Run
from operations.price_list import prices
from operations.report.costs import cost_change

TAKING_DOWN_MINUTES: Final = 30
"""What taking it down may take, on top of the time until it begins."""


@dataclass(frozen=True, kw_only=True)
class Price:
    """List prices of what stands during a run."""

    hourly: float
    """US dollars."""
    unpriced: Sequence[str]
    """What has no price here."""
    by_use: Sequence[str]
    """What is paid by use, and not in the sum."""
    basis: str
    """`us-east-1, 2026-11-01`: whose prices, and when."""
    stack_region: str

    def ceiling(self, minutes: int) -> float:
        """The most that a run costs which gives up after so many minutes: AWS counts a begun hour of some as whole, and
        each end of the run may fall into one."""
        return self.hourly * (math.ceil((minutes + TAKING_DOWN_MINUTES) / 60) + 1)

    def of(self, seconds: float) -> float:
        """What so much time costs, with the begun hour as a whole one."""
        return self.hourly * max(1, math.ceil(seconds / 3600))


def price(run: Run) -> Price:
    """The price of what a preview would make."""
    found = cost_change(run)
    return Price(
        hourly=found.after / float(prices()["hours_a_month"]),
        unpriced=found.unpriced,
        by_use=found.by_use,
        basis=f"{found.region}, {found.date}",
        stack_region=found.stack_region,
    )
