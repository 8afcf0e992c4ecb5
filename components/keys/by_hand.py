"""Secrets that nothing turns over by itself: whose they are, and how often they are to change.

The policies take no secret that has neither a rotation nor these tags (policies/rules/rotation.py). What rotates by
itself has the tags of `components.keys.names.Rotated` instead.
"""

from collections.abc import Iterable
from dataclasses import dataclass

ROTATED_BY = "headroom:rotated-by"
"""Tag that says who turns a secret over where AWS knows of no rotation: `team`, or `keys`."""


@dataclass(frozen=True, kw_only=True)
class ByHand:
    """How a team turns over what only it knows how to change."""

    owner: str = ""
    """Team that does; empty: the one that the provider's tag Owner names."""
    period_days: int = 90
    """Days between two values; 0: none is planned, which the policies refuse."""
    overlap_days: int = 7
    """Days that the team lets the old value be valid beside the new one."""

    @property
    def tags(self) -> dict[str, str]:
        """What the secret says of it; tags with nothing in them are left out."""
        told = {
            "headroom:owner": self.owner,
            ROTATED_BY: "team",
            "headroom:period-days": str(self.period_days),
            "headroom:overlap-days": str(self.overlap_days),
        }
        return {name: text for name, text in told.items() if text}


BY_HAND = ByHand()
"""Where nothing else is said."""


def follows_keys(owners: Iterable[str]) -> dict[str, str]:
    """Tags of a secret that is made of API keys or users' passwords, and made anew with each of them."""
    return {"headroom:owner": " ".join(sorted(set(owners))), ROTATED_BY: "keys"}
