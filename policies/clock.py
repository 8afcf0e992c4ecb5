"""The day from which rules count."""

from __future__ import annotations

import os
from datetime import date

VARIABLE = "HEADROOM_TODAY"


def today() -> date:
    """Today, or the day in HEADROOM_TODAY: what would the rules say next spring? Raises ValueError if it is none."""
    chosen = os.environ.get(VARIABLE, "")
    return date.fromisoformat(chosen) if chosen else date.today()
