"""What changes of policies and security groups mean: who may now do, or reach, what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from operations import properties
from operations.changes import Change, short_type
from operations.events import ResourceState
from operations.report import firewall
from operations.report.grants import difference, grants, sentences
from operations.report.model import Meaning
from policies.documents import Document, read_document
from policies.verdict import UNKNOWN

IDENTITY: Final[Mapping[str, str]] = {
    "aws:iam/policy:Policy": "policy",
    "aws:iam/rolePolicy:RolePolicy": "policy",
    "aws:iam/userPolicy:UserPolicy": "policy",
    "aws:iam/groupPolicy:GroupPolicy": "policy",
}
"""Types whose policy says what its bearer may do."""
RESOURCE: Final[Mapping[str, str]] = {
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:sqs/queuePolicy:QueuePolicy": "queue",
    "aws:sns/topicPolicy:TopicPolicy": "topic",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "secret",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "repository",
    "aws:kms/key:Key": "key",
    "aws:kms/keyPolicy:KeyPolicy": "key",
}
"""Types whose policy says who may do something with a resource, and what that is called."""
TARGETS: Final = ("secretArn", "bucket", "queueUrl", "arn", "repository", "keyId", "role")
"""Properties by which a policy names whose it is."""
FIREWALL: Final = frozenset(
    {
        "aws:ec2/securityGroup:SecurityGroup",
        "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    }
)
ROLE: Final = "aws:iam/role:Role"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

UNTOLD: Final = "its policy is known after up only: what it allows can't be told yet"


def ended(changes: Iterable[Change]) -> frozenset[str]:
    """Ids and ARNs of what is deleted: policies that went with it left nothing open."""
    gone = [change.old for change in changes if change.op == "delete" and change.old]
    return frozenset(str(name) for state in gone for name in (state.id, state.outputs.get("arn")) if name)


def meanings(change: Change, gone: frozenset[str] = frozenset()) -> list[Meaning]:
    """What a change means; empty where it is about neither permissions nor network, or about what is `gone`."""
    old = change.old.inputs if change.old else {}
    about_gone = change.op == "delete" and any(old.get(name) in gone for name in TARGETS)
    if change.quiet or about_gone:
        return []
    return [Meaning(text=text, wider=wider) for text, wider in dict.fromkeys(_told(change))]


def _told(change: Change) -> Iterator[tuple[str, bool]]:
    old, new = _inputs(change.old), _inputs(change.new if change.op != "delete" else None)
    if change.type in FIREWALL:
        before, after = (firewall.openings(change.type, state) for state in (old, new))
        yield from firewall.sentences(before, after, f"security group {_group(change, new or old)}")
    elif change.type in IDENTITY:
        path = IDENTITY[change.type]
        subject = f"{short_type(change.type).split('.')[-1].replace('Policy', '').lower() or 'policy'} {change.name}"
        yield from _documents(_read(old, path), _read(new, path), subject)
    elif change.type in RESOURCE:
        thing = f"{RESOURCE[change.type]} {change.name}"
        yield from _documents(_read(old, "policy"), _read(new, "policy"), thing, thing)
    elif change.type == ROLE:
        yield from _role(change.name, old, new)
    elif change.type == ATTACHMENT:
        yield from _attachments(_text(old.get("role") or new.get("role"), change.name), _attached(old), _attached(new))


def _role(name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    role = f"role {name}"
    yield from _documents(_read(old, "assumeRolePolicy"), _read(new, "assumeRolePolicy"), role, role)
    before, after = (
        {str(item.get("name")): item for item in state.get("inlinePolicies") or () if isinstance(item, Mapping)}
        for state in (old, new)
    )
    for policy in sorted({*before, *after}):
        yield from _documents(_read(before.get(policy, {}), "policy"), _read(after.get(policy, {}), "policy"), role)
    yield from _attachments(name, _managed(old), _managed(new))
    boundary = old.get("permissionsBoundary"), new.get("permissionsBoundary")
    if boundary[0] and boundary[0] != boundary[1] and new:
        yield f"{role} loses its permissions boundary" if not boundary[1] else f"{role} gets another boundary", True


def _documents(old: Document, new: Document, subject: str, thing: str = "") -> Iterator[tuple[str, bool]]:
    if new.unknown:
        yield f"{subject}: {UNTOLD}", True
        return
    if new.problem:
        yield f"{subject}: its policy {new.problem}", True
        return
    came, went = difference(grants(old), grants(new))
    yield from sentences(came, came=True, subject=subject, thing=thing)
    if not old.unknown:
        yield from sentences(went, came=False, subject=subject, thing=thing)


def _attachments(role: str, old: set[str], new: set[str]) -> Iterator[tuple[str, bool]]:
    yield from ((f"role {role} now has all that policy {policy} allows", True) for policy in sorted(new - old))
    yield from ((f"role {role} no longer has what policy {policy} allows", False) for policy in sorted(old - new))


def _managed(state: Mapping[str, Any]) -> set[str]:
    found = state.get("managedPolicyArns")
    return {_policy(arn) for arn in found} if isinstance(found, list) else set()


def _attached(state: Mapping[str, Any]) -> set[str]:
    return {_policy(state["policyArn"])} if state.get("policyArn") else set()


def _policy(arn: Any) -> str:
    return str(arn).split(":policy/")[-1] if arn != properties.UNKNOWN else "(known after up)"


def _group(change: Change, state: Mapping[str, Any]) -> str:
    """A rule of a group is told of by the group it is in, where that is known."""
    owner = state.get("securityGroupId")
    return change.name if not isinstance(owner, str) or owner == properties.UNKNOWN else f"{owner} ({change.name})"


def _text(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) and value != properties.UNKNOWN else otherwise


def _inputs(state: ResourceState | None) -> Mapping[str, Any]:
    return state.inputs if state else {}


def _read(state: Mapping[str, Any], name: str) -> Document:
    value = state.get(name)
    if isinstance(value, str) and (properties.UNKNOWN in value or value == properties.SECRET):
        return read_document(UNKNOWN)
    return read_document(value)
