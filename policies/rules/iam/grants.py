"""What a single statement grants, in three values: True, False, and None for what is not known yet."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

from policies.documents import Document, Statement, Text, identity_documents
from policies.graph import Graph, Resource, root_of
from policies.verdict import PASS, Properties, Unknown, Verdict, combine, fail, undetermined

Tri = bool | None
"""True, False, or None where something unknown decides."""
Covers = Callable[[str], bool]
"""Whether a pattern of an ARN covers what is asked about."""

POLICY = "aws:iam/policy:Policy"
ROLE = "aws:iam/role:Role"
USER = "aws:iam/user:User"
ROLE_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
ATTACHMENTS = (
    ROLE_ATTACHMENT,
    "aws:iam/policyAttachment:PolicyAttachment",
    "aws:iam/userPolicyAttachment:UserPolicyAttachment",
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment",
)
IDENTITY_TYPES = frozenset(
    {
        POLICY,
        ROLE,
        "aws:iam/rolePolicy:RolePolicy",
        "aws:iam/groupPolicy:GroupPolicy",
        "aws:iam/userPolicy:UserPolicy",
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy",
    }
)
"""Types that hold documents of what somebody may do."""

_UNTYPED = ("s3", "sns", "sqs")
"""Services whose ARNs name a resource without its type."""
_TYPE = re.compile(r"^[a-zA-Z0-9-]+[/:]")
_SCOPING_KEYS = re.compile(r"^([a-z0-9-]+:resourcetag/.+|kms:resourcealiases|kms:encryptioncontext:.+|aws:sourcearn)$")
_EXACT_OPERATORS = ("stringequals", "stringequalsignorecase", "stringlike", "arnequals", "arnlike")


def any_of(values: Iterable[Tri]) -> Tri:
    """True if one is, else None if one is not known."""
    found = list(values)
    return True if True in found else None if None in found else False


def all_of(values: Iterable[Tri]) -> Tri:
    """False if one is, else None if one is not known."""
    found = list(values)
    return False if False in found else None if None in found else True


def tri(value: Text, test: Callable[[str], bool]) -> Tri:
    """A test of a text that may not be known."""
    return None if isinstance(value, Unknown) else test(value)


def reaches(statement: Statement, covers: Covers) -> Tri:
    """Whether a statement speaks of a resource."""
    if statement.not_resources:
        named = any_of(tri(pattern, covers) for pattern in statement.not_resources)
        return None if named is None else not named
    return any_of(tri(pattern, covers) for pattern in statement.resources)


@lru_cache(maxsize=4096)
def covers_all(pattern: str) -> bool:
    """Whether a pattern names no resource at all: `*`, or all of a kind in an account, as `...:role/*`."""
    parts = pattern.split(":", 5)
    if len(parts) < 6:
        return "*" in parts[-1]
    name = parts[5] if parts[2] in _UNTYPED else _TYPE.sub("", parts[5], count=1)
    return "*" in name and not name.strip("*?/:")


def covers_some(pattern: str) -> bool:
    """Whether a pattern stands for more than one name; question marks at the end are Pulumi's random letters."""
    parts = pattern.split(":", 5)
    return "*" in parts[-1]


def scoped(statement: Statement) -> bool:
    """Whether a condition narrows a statement to certain resources, as by their tags or a key's aliases."""
    return any(
        condition.binding
        and condition.operator in _EXACT_OPERATORS
        and _SCOPING_KEYS.match(condition.key)
        and not any(value == "*" for value in condition.values)
        for condition in statement.conditions
    )


def guarded_by(denial: Statement) -> bool:
    """Whether a Deny refuses whatever does not carry a permissions boundary."""
    return all("not" in one.operator and one.key == "iam:permissionsboundary" for one in denial.conditions)


def is_admin(statement: Statement) -> Tri:
    """Whether a statement allows everything on everything."""
    if statement.not_actions or statement.not_resources:
        return False
    every = any_of(tri(action, lambda a: a in ("*", "*:*")) for action in statement.actions)
    return all_of([every, any_of(tri(resource, lambda r: r == "*") for resource in statement.resources)])


def others_matter(statement: Statement) -> bool:
    """Whether another rule speaks of a statement: that it allows everything, or all but something."""
    return is_admin(statement) is True or bool(statement.not_actions or statement.not_resources)


def computed(resource: Resource, path: str) -> bool:
    """Whether a property is an output that the program does not set: nothing is recorded of what it came from."""
    return bool(resource.depends_on) and root_of(path) not in resource.depends_on


def documents_of(holder: Resource) -> list[tuple[str, Document]]:
    """The documents that a resource holds, with their paths.

    Of a role only those that the program puts there: AWS tells of all that it has, which have resources of their own.
    """
    told = holder.type == ROLE and computed(holder, "inlinePolicies")
    return [] if told else list(identity_documents(holder.properties))


def judge_documents(properties: Properties, judge: Callable[[Statement, str], Verdict]) -> Verdict:
    """The verdict on every statement that allows; a document that is broken allows nothing."""
    verdicts = []
    for path, document in identity_documents(properties):
        verdicts += judge_document(path, document, judge)
    return combine(verdicts)


def judge_document(path: str, document: Document, judge: Callable[[Statement, str], Verdict]) -> list[Verdict]:
    """The verdict on each statement of one document that allows."""
    if document.unknown:
        return [undetermined(path)]
    return [judge(statement, f"{path}.{statement.path}") for statement in document.allowed]


def verdict_of(found: Tri, statement: Statement, where: str, what: str, remedy: str) -> Verdict:
    """Fail where something was found, undetermined where that cannot be told yet."""
    if found is False:
        return PASS
    if found is None or isinstance(statement.effect, Unknown):
        unknown = statement.unknown[0] if statement.unknown else ""
        return undetermined(f"{where}.{unknown}" if unknown else where)
    return fail(where, what, remedy)


def only_bounds(resource: Resource, graph: Graph) -> bool:
    """Whether a policy is a permissions boundary and nothing else: it grants nothing, so its wildcards are limits."""
    if resource.type != POLICY or not graph.referrers(resource, "permissionsBoundary", ROLE, USER):
        return False
    attached = graph.referrers(resource, "policyArn", *ATTACHMENTS)
    return not attached and not graph.referrers(resource, "managedPolicyArns", ROLE)
