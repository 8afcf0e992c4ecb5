"""All rules of the pack, one line a group. A new group is imported and added here."""

from __future__ import annotations

from policies import availability_rules, key_rules, network_rules, service_rules
from policies.rule import Rule

RULES: tuple[Rule, ...] = (
    *network_rules.RULES,
    *key_rules.RULES,
    *availability_rules.RULES,
    *service_rules.RULES,
)
