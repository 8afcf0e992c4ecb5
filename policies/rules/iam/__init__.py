"""Rules on least privilege: what documents allow, what roles add up to, who may take them, and who is let in."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules.iam import attachments, people, roles, statements, trust

RULES: tuple[Rule, ...] = (
    *statements.RULES,
    *roles.RULES,
    *attachments.RULES,
    *people.RULES,
    *trust.RULES,
)
