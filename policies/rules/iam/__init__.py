"""Rules on least privilege: what documents allow, what roles add up to, who may take them, and who is let in."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules.iam import attachments, consumers, people, resources, roles, statements, trust, workloads

RULES: tuple[Rule, ...] = (
    *statements.RULES,
    *roles.RULES,
    *attachments.RULES,
    *people.RULES,
    *trust.RULES,
    *resources.RULES,
    *workloads.RULES,
    *consumers.RULES,
)
