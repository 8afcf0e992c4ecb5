"""Who can reach what: every role's documents in a stack's state, evaluated against every secret, bucket and queue."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from operations.permissions import Document, Principal, allowed
from operations.state import Resource, of_type, outputs, standing

ROLE = "aws:iam/role:Role"
SERVICES = ("EcsService", "EksService")
"""Components of services: on ECS one has a role that starts its tasks and one of theirs, on EKS one of its pods."""


@dataclass(frozen=True)
class Kind:
    """A kind of resource that holds something worth keeping apart."""

    name: str
    """As it stands in the matrix."""
    read: Sequence[str]
    """Actions of which each lets one see what is in it."""
    write: Sequence[str]
    """Actions of which each changes or deletes what is in it."""
    suffix: str = ""
    """What follows the ARN in a document: objects are named within their bucket."""


KINDS: Mapping[str, Kind] = {
    "aws:secretsmanager/secret:Secret": Kind(
        "secret",
        read=["secretsmanager:GetSecretValue"],
        write=["secretsmanager:PutSecretValue", "secretsmanager:UpdateSecret", "secretsmanager:DeleteSecret"],
    ),
    "aws:s3/bucket:Bucket": Kind(
        "bucket", read=["s3:GetObject"], write=["s3:PutObject", "s3:DeleteObject"], suffix="/*"
    ),
    "aws:sqs/queue:Queue": Kind(
        "queue", read=["sqs:ReceiveMessage"], write=["sqs:SendMessage", "sqs:PurgeQueue", "sqs:DeleteQueue"]
    ),
}
POLICIES = {
    "aws:secretsmanager/secretPolicy:SecretPolicy": "secretArn",
    "aws:s3/bucketPolicy:BucketPolicy": "bucket",
    "aws:sqs/queuePolicy:QueuePolicy": "queueUrl",
}
"""Types of a resource's own policy, and the property that tells whose it is."""


@dataclass(frozen=True)
class Matrix:
    """Who may do what with which resource."""

    services: Sequence[str]
    """By name."""
    others: Sequence[str]
    """What else has a role that reaches anything, by name."""
    cells: Mapping[str, Mapping[str, str]]
    """Resource -> workload -> `none`, `read`, `write` or `read-write`."""
    unread: Sequence[str] = field(default=())
    """Attached policies whose documents the stack does not hold; what they allow is not in the cells."""


def matrix(resources: Iterable[Resource], environment: str) -> Matrix:
    """The matrix of a stack's state, as `pulumi stack export` gives it."""
    held = standing(resources)
    unread: list[str] = []
    owners: dict[str, list[Principal]] = {}
    for role in of_type(held, ROLE):
        owners.setdefault(_owner(role), []).append(_principal(role, held, unread))
    services = {_owner(role) for role in of_type(held, ROLE) if _component(role)[0] in SERVICES}
    cells = {
        target.label: {name: _access(owners[name], target) for name in sorted(owners)}
        for target in _targets(held, environment)
    }
    others = [w for w in sorted(owners) if w not in services and any(row[w] != "none" for row in cells.values())]
    shown = [*sorted(services), *others]
    return Matrix(
        services=sorted(services),
        others=others,
        cells={label: {name: row[name] for name in shown} for label, row in cells.items()},
        unread=sorted(set(unread)),
    )


def principals(resources: Iterable[Resource]) -> Mapping[str, Principal]:
    """Every role of a stack's state by its name, with what the stack holds of its documents."""
    held = standing(resources)
    return {str(outputs(role).get("name", "")): _principal(role, held, []) for role in of_type(held, ROLE)}


def _owner(role: Resource) -> str:
    """The service or other component that a role belongs to, by the name it has in the settings."""
    component, name = _component(role)
    if component in SERVICES:
        return name
    return f"{name} ({component})" if component not in ("Stack", "Role") else name


def _component(role: Resource) -> tuple[str, str]:
    """Type and name of the component that a role belongs to; its own where there is none."""
    *_, kind, name = ("", *str(role.get("parent") or role["urn"]).split("::"))
    return kind.rsplit("$", 1)[-1].rsplit(":", 1)[-1], name


def _principal(role: Resource, held: Sequence[Resource], unread: list[str]) -> Principal:
    found = outputs(role)
    name, arn = str(found.get("name", "")), str(found.get("arn", ""))
    documents = [
        _document(outputs(policy).get("policy"))
        for policy in of_type(held, "aws:iam/rolePolicy:RolePolicy")
        if outputs(policy).get("role") == name
    ]
    documents += [_document(inline.get("policy")) for inline in found.get("inlinePolicies") or ()]
    managed = {
        str(outputs(policy).get("arn")): _document(outputs(policy).get("policy"))
        for policy in of_type(held, "aws:iam/policy:Policy")
    }
    attached = [
        str(outputs(attachment).get("policyArn"))
        for attachment in of_type(held, "aws:iam/rolePolicyAttachment:RolePolicyAttachment")
        if outputs(attachment).get("role") == name
    ]
    for policy_arn in (*attached, *(found.get("managedPolicyArns") or ())):
        if policy_arn in managed:
            documents.append(managed[policy_arn])
        else:
            unread.append(f"{policy_arn} of {name}")
    boundary = managed.get(str(found.get("permissionsBoundary") or ""))
    return Principal(arn=arn, account=arn.split(":")[4], documents=documents, boundary=boundary)


def _document(text: object) -> Document:
    found = json.loads(text) if isinstance(text, str) and text else {}
    return found if isinstance(found, dict) else {}


@dataclass(frozen=True)
class _Target:
    label: str
    arn: str
    policy: Document
    kind: Kind


def _targets(held: Sequence[Resource], environment: str) -> list[_Target]:
    """What roles may reach, each with its own policy."""
    policies = {
        str(outputs(policy).get(whose)): _document(outputs(policy).get("policy"))
        for kind, whose in POLICIES.items()
        for policy in of_type(held, kind)
    }
    found = []
    for resource in of_type(held, *KINDS):
        kind, told = KINDS[str(resource["type"])], outputs(resource)
        name, arn = str(told.get("name") or told.get("bucket") or ""), str(told.get("arn", ""))
        policy = next((policies[key] for key in (arn, str(resource.get("id")), name) if key in policies), {})
        found.append(_Target(f"{kind.name} {_short(name, environment, arn)}", f"{arn}{kind.suffix}", policy, kind))
    return sorted(found, key=lambda target: target.label)


def _short(name: str, environment: str, arn: str) -> str:
    """A fixed name without what is the same in all: `headroom/dev/service/api/KEY` is `service/api/KEY`."""
    for prefix in (f"headroom/{environment}/", f"headroom-{environment}-"):
        name = name.removeprefix(prefix)
    return name or arn


def _access(principals: Iterable[Principal], target: _Target) -> str:
    """What the roles together may do."""
    roles = list(principals)

    def may(actions: Sequence[str]) -> bool:
        return any(allowed(role, action, target.arn, target.policy) for role in roles for action in actions)

    verbs = [verb for verb, actions in (("read", target.kind.read), ("write", target.kind.write)) if may(actions)]
    return "-".join(verbs) or "none"
