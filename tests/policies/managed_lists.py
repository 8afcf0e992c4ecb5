"""What AWS's own policies lend, made from those that moto ships: `python -m tests.policies.managed_lists`.

Writes policies/escalating_policies.yaml and policies/managed_actions.json, which the rules on attachments and on all
that a role has go by.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from moto.iam.aws_managed_policies import aws_managed_policies_data

from policies.documents import Document, read_document
from policies.rules.iam import managed
from policies.rules.iam.escalation import broadly, opened
from policies.rules.iam.grants import is_admin

HEAD = """# Policies of AWS's own that open a way to more rights, by the judgement of iam-no-escalation (rule
# iam-no-admin-attachment). Made from all that AWS publishes: python -m tests.policies.managed_lists
"""


def attachable() -> Mapping[str, Document]:
    """AWS's own policies, but those for service-linked roles: nobody can attach them."""
    every = json.loads(aws_managed_policies_data).items()
    return {name: read_document(one["Document"]) for name, one in every if "/aws-service-role/" not in one["Path"]}


def escalating(every: Mapping[str, Document]) -> str:
    """The file that names those which escalate by themselves, less those that are allowed for a reason."""
    names = sorted({name for name, one in every.items() if _escalates(one)} - managed.allowed())
    return HEAD + "".join(f"- {name}\n" for name in names)


def _escalates(policy: Document) -> bool:
    """Whether a policy makes an administrator; what it may change in running things makes none by itself."""
    if any(is_admin(statement) for statement in policy.allowed):
        return True
    found = opened(policy.allowed, broadly)
    return any(sure and way.steps[0].target != "compute" for way, _, sure in found)


if __name__ == "__main__":
    policies = attachable()
    managed.ESCALATING.write_text(escalating(policies))
    managed.ACTIONS_OF.write_text(managed.as_json(policies.items()))
