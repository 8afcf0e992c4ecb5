"""Rules on policies that AWS maintains, wherever they are attached."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from policies.documents import Text
from policies.graph import Graph, Resource
from policies.rule import GraphRule, Rule
from policies.rules.iam.grants import ATTACHMENTS, POLICY, ROLE, computed
from policies.rules.iam.managed import allowed, escalating
from policies.rules.iam.permissions import MANAGED
from policies.verdict import MISSING, PASS, UNKNOWN, Unknown, Verdict, combine, fail, lookup, undetermined

PATHS: Final = ("policyArn", "policyArns", "managedPolicyArns", "managedPolicyArn")
"""Properties that name policies, of whatever type."""
ATTACHING: Final = frozenset(
    {
        *ATTACHMENTS,
        ROLE,
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive",
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment",
    }
)
OWN = "write a policy of your own that names what is used"


def iam_no_admin_attachment(attachment: Resource, graph: Graph) -> Verdict:
    """Some of AWS's own policies make an administrator of whoever has one, and not all of them say so in their name.

    Beside AdministratorAccess and IAMFullAccess there are those that open a way to more rights, by iam-no-escalation's
    own judgement of what AWS publishes.
    """

    def judge(name: str, where: str) -> Verdict:
        if name not in escalating() or name in allowed():
            return PASS
        return fail(where, f"attaches {name}, which makes an administrator of whoever has it", OWN)

    return _each(attachment, graph, judge)


def iam_managed_allowlist(attachment: Resource, graph: Graph) -> Verdict:
    """AWS changes its policies without asking, and writes them for everybody: they allow more than is needed."""

    def judge(name: str, where: str) -> Verdict:
        if name in allowed() or name in escalating():
            return PASS
        return fail(
            where, "attaches a policy of AWS's that is not on the list", f"{OWN}, or list it with a reason in {_LIST}"
        )

    return _each(attachment, graph, judge)


_LIST = "policies/managed_policies.yaml"


def _each(attachment: Resource, graph: Graph, judge: Callable[[str, str], Verdict]) -> Verdict:
    verdicts = []
    for where, arn in _named(attachment, graph):
        match = None if isinstance(arn, Unknown) else MANAGED.match(arn)
        if isinstance(arn, Unknown):
            verdicts.append(undetermined(where))
        elif match:
            verdicts.append(judge(match["name"], where))
    return combine(verdicts)


def _named(attachment: Resource, graph: Graph) -> Iterator[tuple[str, Text]]:
    """Each policy that a resource attaches and that is none of the stack's own, with its path."""
    for path in PATHS:
        value = lookup(attachment.properties, path)
        if value is MISSING or (value is UNKNOWN and computed(attachment, path)):
            continue
        own = bool(graph.behind(attachment, path, POLICY))
        members = value if isinstance(value, list) else [value]
        for index, arn in enumerate(members):
            if (arn is UNKNOWN and not own) or isinstance(arn, str):
                yield (f"{path}[{index}]" if isinstance(value, list) else path), arn


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=iam_no_admin_attachment,
        title="No policy of AWS's makes an administrator",
        types=ATTACHING,
        severity="critical",
        references=("Checkov CKV_AWS_274",),
    ),
    GraphRule(
        check=iam_managed_allowlist,
        title="AWS's own policies are attached from a list only",
        types=ATTACHING,
        severity="low",
        references=("cdk-nag AwsSolutions-IAM4",),
    ),
)
