"""A picture of a credential's life: `python -m operations.keys_picture docs/keys.svg`.

Two credentials over time, and who may be where with which: the days are the settings' defaults, the steps are the
function's (functions/rotate_secret), and a test has the function itself live through them.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from infra.settings.foundation import Secrets
from operations.drawing import drawn

STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
"""Of a rotation, in order; Secrets Manager's own names."""


@dataclass(frozen=True)
class Phase:
    """A stretch between two moments."""

    name: str
    """Tag `rotation:phase`."""
    days: int
    """How long it lasts; 0: until the next rotation."""
    old: str
    """What the old credential is."""
    new: str
    """What the new one is."""


@dataclass(frozen=True)
class Life:
    """What is drawn, free of any position."""

    period_days: int
    """Days between two rotations."""
    phases: tuple[Phase, ...]
    """From the moment at which the new credential is the current one."""

    @property
    def moments(self) -> list[int]:
        """Days at which a phase begins."""
        return [sum(phase.days for phase in self.phases[:place]) for place in range(len(self.phases))]


def life(secrets: Secrets) -> Life:
    """By the settings."""
    days = secrets.overlap_days
    return Life(
        period_days=secrets.period_days,
        phases=(
            Phase(name="overlap", days=days, old="still valid", new="current"),
            Phase(name="deactivated", days=days, old="refused; can come back", new="current"),
            Phase(name="done", days=0, old="gone", new="current"),
        ),
    )


def render(picture: Life) -> str:
    """As SVG, readable on light and dark pages."""
    return drawn("key.svg.j2", life=picture, steps=STEPS)


def main(file: str) -> None:
    """Writes the picture."""
    Path(file).write_text(render(life(Secrets())), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
