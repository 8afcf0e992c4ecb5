"""All rules of the pack, one line a group. A new group is imported and added here."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import availability, keys, network, services

RULES: tuple[Rule, ...] = (
    *network.RULES,
    *keys.RULES,
    *availability.RULES,
    *services.RULES,
)
