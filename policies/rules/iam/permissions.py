"""What a role may do in effect: the union of its documents, less what is denied, within its boundary."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from policies.documents import NOTHING, Document, Statement, identity_documents, matches, read_document
from policies.graph import Graph, Resource
from policies.rules.iam.grants import (
    POLICY,
    ROLE,
    ROLE_ATTACHMENT,
    Covers,
    Tri,
    computed,
    documents_of,
    guarded_by,
    reaches,
)
from policies.rules.iam.managed import lent as lent_by
from policies.verdict import MISSING, UNKNOWN, lookup

ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/policyAttachment:PolicyAttachment"
MANAGED = re.compile(r"^arn:[a-z-]+:iam::aws:policy/(?:.*/)?(?P<name>[^/]+)$")
"""ARN of a policy that AWS maintains."""
_RANDOM = "0a1b2c3"
"""Stands for the letters that Pulumi adds to the name of what the program does not name."""


@dataclass(frozen=True)
class Source:
    """A document of a role."""

    holder: Resource
    """Resource that holds it: the role itself, an inline policy, or a managed one."""
    path: str
    """Property that holds it."""
    document: Document
    """What it says."""

    def place(self, statement: Statement, role: Resource) -> str:
        """Where a statement is, as seen from the role."""
        within = f"{self.path}.{statement.path}"
        return within if self.holder.urn == role.urn else f"{self.holder.name}: {within}"


@dataclass(frozen=True)
class Permissions:
    """What one role has."""

    role: Resource
    """The role."""
    sources: tuple[Source, ...]
    """Its documents, in the stack's order."""
    managed: tuple[str, ...]
    """Names of policies of AWS's that are attached to it."""
    lent: tuple[Source, ...]
    """What those add, as far as it is part of a way to more rights."""
    boundary: Document | None
    """Its permissions boundary; None where it has none, unknown where the boundary is not of this stack."""
    unknown: tuple[str, ...]
    """Places that leave open what else it may do."""

    @cached_property
    def allowed(self) -> tuple[Statement, ...]:
        """Every statement that allows."""
        return tuple(statement for source in self.sources for statement in source.document.allowed)

    @cached_property
    def denied(self) -> tuple[Statement, ...]:
        """Every statement that denies, the boundary's too."""
        own = tuple(statement for source in self.sources for statement in source.document.denied)
        return own + (self.boundary.denied if self.boundary else ())

    def source_of(self, statement: Statement) -> Source:
        """The document that a statement is of."""
        every = (*self.sources, *self.lent)
        return next(source for source in every if any(one is statement for one in source.document.statements))

    def stopped(self, action: str, covers: Covers, *, guards: bool = True) -> bool:
        """Whether a Deny, or the boundary, keeps an allowed action from what `covers` stands for.

        Denials under a condition do not count, but for those of whatever lacks the boundary, with `guards`.
        """
        if self.boundary is not None and not self.boundary.unknown:
            within = (one.grants(action) and reaches(one, covers) for one in self.boundary.allowed)
            if not any(within):
                return True
        return any(
            one.grants(action) and reaches(one, covers) and (not one.conditions or (guards and guarded_by(one)))
            for one in self.denied
        )


def permissions(graph: Graph) -> Mapping[str, Permissions]:
    """Permissions of each role of a stack, by its URN."""
    attached: dict[str, list[Resource]] = {}
    for attachment in graph.of_type(ROLE_ATTACHMENT, ATTACHMENT, ROLE_POLICY):
        for role in roles_of(attachment, graph):
            attached.setdefault(role.urn, []).append(attachment)
    return {role.urn: _of_role(role, attached.get(role.urn, []), graph) for role in graph.of_type(ROLE)}


def roles_of(holder: Resource, graph: Graph) -> list[Resource]:
    """The roles that an inline policy or attachment belongs to, by name or by what it was made from."""
    path = "roles" if holder.type == ATTACHMENT else "role"
    return graph.behind(holder, path, ROLE)


def holders_of(document: Resource, graph: Graph) -> list[Resource]:
    """The roles that have a document: the role itself, an inline policy's, or those that a policy is attached to."""
    if document.type == ROLE:
        return [document]
    if document.type == ROLE_POLICY:
        return roles_of(document, graph)
    every = graph.index(permissions)
    return [one.role for one in every.values() if any(source.holder.urn == document.urn for source in one.sources)]


def _of_role(role: Resource, attached: list[Resource], graph: Graph) -> Permissions:
    sources = [Source(role, path, document) for path, document in documents_of(role)]
    managed: list[str] = []
    unknown = [source.path for source in sources if source.document.unknown]
    for holder in attached:
        if holder.type == ROLE_POLICY:
            found = [Source(holder, path, document) for path, document in identity_documents(holder.properties)]
            unknown += [f"{holder.name}: {source.path}" for source in found if source.document.unknown]
            sources += found
        else:
            _attach(holder, "policyArn", graph, sources, managed, unknown)
    _attach(role, "managedPolicyArns", graph, sources, managed, unknown)
    lent = tuple(Source(role, name, document) for name in managed if (document := lent_by(name)).statements)
    return Permissions(role, tuple(sources), tuple(managed), lent, _boundary(role, graph), tuple(unknown))


def _attach(
    holder: Resource, path: str, graph: Graph, sources: list[Source], managed: list[str], unknown: list[str]
) -> None:
    """Adds the managed policies that a property names."""
    value = lookup(holder.properties, path)
    if value is MISSING or (value is UNKNOWN and path != "policyArn" and computed(holder, path)):
        return
    found = graph.behind(holder, path, POLICY)
    seen = {source.holder.urn for source in sources}
    for policy in found:
        if policy.urn not in seen:
            sources += [Source(policy, where, document) for where, document in identity_documents(policy.properties)]
    known = {lookup(policy.properties, "arn") for policy in found}
    for arn in value if isinstance(value, list) else [value]:
        match = MANAGED.match(arn) if isinstance(arn, str) else None
        if match:
            managed.append(match["name"])
        elif (arn is UNKNOWN and not found) or (isinstance(arn, str) and arn not in known and not found):
            unknown.append(path if holder.type == ROLE else f"{holder.name}: {path}")


def _boundary(role: Resource, graph: Graph) -> Document | None:
    value = lookup(role.properties, "permissionsBoundary")
    if value is MISSING or value == "":
        return None
    for policy in graph.behind(role, "permissionsBoundary", POLICY):
        return next((document for _, document in identity_documents(policy.properties)), NOTHING)
    return Document(unknown=True)


def covers_role(role: Resource) -> Covers:
    """Whether a pattern of an ARN covers a role of the stack, before its name is known, too."""
    name = lookup(role.properties, "name")
    path = lookup(role.properties, "path")
    spelled = name if isinstance(name, str) else f"{role.name}-{_RANDOM}"
    named = f"role{path if isinstance(path, str) else '/'}{spelled}"

    def covers(pattern: str) -> bool:
        parts = pattern.split(":", 5)
        return matches(parts[5], named) if len(parts) == 6 else "*" in pattern

    return covers


def trusts(role: Resource, test: Covers, kind: str) -> Tri:
    """Whether a role's trust lets a principal in."""
    document = read_document(lookup(role.properties, "assumeRolePolicy"))
    if document.unknown:
        return None
    found = (one for statement in document.allowed for one in statement.principals if one.kind == kind)
    return any(isinstance(one.value, str) and test(one.value) for one in found)
