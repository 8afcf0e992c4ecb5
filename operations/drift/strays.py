"""What somebody added beside the stack, where that gives access: rules in its security groups, policies on its roles.

A refresh reads what the state holds. A rule that opens port 22, or a policy that allows everything, is a thing of its
own to AWS, and no difference of anything in the state: it has to be looked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

from operations.changes import Change, Run
from operations.drift.refusals import REFUSALS, reason

GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
RULES: Final = (
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
)
ROLE: Final = "aws:iam/role:Role"
INLINE: Final = "aws:iam/rolePolicy:RolePolicy"
ATTACHED: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
AT_ONCE: Final = 8
"""Requests to IAM under way; it answers some tens a second."""
MOST: Final = 200
"""Groups that one request to EC2 names.

Source: docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeSecurityGroupRules.html (values of a filter)
"""


@dataclass(frozen=True, kw_only=True)
class Stray:
    """Something of AWS's that hangs on a resource of the stack, and that the stack did not make."""

    urn: str
    """The resource."""
    path: str
    """As the property would be called that holds it."""
    what: str
    """What it is, in a few words."""


def strays(run: Run, clients: Callable[[str], Any]) -> tuple[list[Stray], list[str]]:
    """All of them; and what could not be asked."""
    found: list[Stray] = []
    notes: list[str] = []
    for what, ask in (("rules of security groups", _rules), ("policies of roles", _policies)):
        try:
            found += ask(run, clients)
        except REFUSALS as error:
            notes.append(f"{what} beside the stack's own can't be told: {reason(error)}")
    return found, notes


def _standing(run: Run, *types: str) -> Iterator[tuple[Change, Mapping[str, Any]]]:
    """Resources of a type that are there, with what was asked of them."""
    for change in run.resources:
        if change.type in types and change.old and change.op != "delete":
            yield change, change.old.inputs


def _rules(run: Run, clients: Callable[[str], Any]) -> Iterator[Stray]:
    """A group whose rules stand in itself is compared by the refresh."""
    groups = {
        change.old.id: change.urn
        for change, asked in _standing(run, GROUP)
        if change.old and not asked.get("ingress") and not asked.get("egress")
    }
    known = {change.old.id for change, _ in _standing(run, *RULES) if change.old}
    # Rules of the older kind are several to AWS, and named otherwise: their groups are left out.
    unclear = {asked.get("securityGroupId") for _, asked in _standing(run, RULES[2])}
    ids = sorted(groups.keys() - unclear)
    if not ids:
        return
    pages = clients("ec2").get_paginator("describe_security_group_rules")
    for start in range(0, len(ids), MOST):
        asked = [{"Name": "group-id", "Values": ids[start : start + MOST]}]
        for page in pages.paginate(Filters=asked):
            for rule in page["SecurityGroupRules"]:
                if rule["SecurityGroupRuleId"] not in known and rule["GroupId"] in groups:
                    path = "egress" if rule.get("IsEgress") else "ingress"
                    yield Stray(urn=groups[rule["GroupId"]], path=path, what=_rule(rule))


def _rule(rule: Mapping[str, Any]) -> str:
    """`tcp 22 from 0.0.0.0/0 (sgr-1)`."""
    first, last = rule.get("FromPort", -1), rule.get("ToPort", -1)
    ports = "all ports" if first == -1 else f"{first}" if first == last else f"{first}-{last}"
    protocol = "everything" if rule.get("IpProtocol") == "-1" else f"{rule.get('IpProtocol')} {ports}"
    other = (rule.get("ReferencedGroupInfo") or {}).get("GroupId")
    peer = rule.get("CidrIpv4") or rule.get("CidrIpv6") or rule.get("PrefixListId") or other or "nobody named"
    return f"{protocol} {'to' if rule.get('IsEgress') else 'from'} {peer} ({rule['SecurityGroupRuleId']})"


def _policies(run: Run, clients: Callable[[str], Any]) -> list[Stray]:
    roles = {_name(change): (change, asked) for change, asked in _standing(run, ROLE)}
    if not roles:
        return []
    inline: dict[str, set[str]] = {}
    attached: dict[str, set[str]] = {}
    for change, asked in _standing(run, INLINE):
        role, _, policy = (change.old.id if change.old else "").partition(":")
        inline.setdefault(str(asked.get("role", role)), set()).add(policy)
    for _, asked in _standing(run, ATTACHED):
        attached.setdefault(str(asked.get("role")), set()).add(str(asked.get("policyArn")))
    iam = clients("iam")

    def of(name: str) -> list[Stray]:
        change, asked = roles[name]
        own = {str(one.get("name")) for one in asked.get("inlinePolicies") or ()} | inline.get(name, set())
        managed = {str(arn) for arn in asked.get("managedPolicyArns") or ()} | attached.get(name, set())
        return [
            *(Stray(urn=change.urn, path="inlinePolicies", what=one) for one in _inline(iam, name) if one not in own),
            *(
                Stray(urn=change.urn, path="managedPolicyArns", what=one)
                for one in _attached(iam, name)
                if one not in managed
            ),
        ]

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return [stray for found in pool.map(of, sorted(roles)) for stray in found]


def _name(change: Change) -> str:
    return str(change.old.outputs.get("name") or change.old.id) if change.old else ""


def _inline(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_role_policies").paginate(RoleName=role)
    return [name for page in pages for name in page["PolicyNames"]]


def _attached(iam: Any, role: str) -> list[str]:
    pages = iam.get_paginator("list_attached_role_policies").paginate(RoleName=role)
    return [policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"]]
