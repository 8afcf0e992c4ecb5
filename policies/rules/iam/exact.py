"""The proof that each workload reads exactly the secrets, and decrypts with exactly the keys, that it references."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import yaml

from policies.documents import Statement, matches
from policies.graph import Graph, Resource
from policies.rules.iam.grants import ROLE, Covers, covers_some, reaches
from policies.rules.iam.permissions import Permissions, permissions
from policies.verdict import MISSING, UNKNOWN, Properties, Unknown, Verdict, combine, fail, lookup, undetermined

TASK_DEFINITION: Final = "aws:ecs/taskDefinition:TaskDefinition"
POD_IDENTITY: Final = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
SECRET: Final = "aws:secretsmanager/secret:Secret"
KEY: Final = "aws:kms/key:Key"
ALIAS: Final = "aws:kms/alias:Alias"
READ: Final = "secretsmanager:GetSecretValue"
DECRYPT: Final = "kms:Decrypt"
_ROLES: Final = {TASK_DEFINITION: ("executionRoleArn", "taskRoleArn"), POD_IDENTITY: ("roleArn",)}
_SUFFIX: Final = "-aB3dE6"
"""Stands for the six letters that Secrets Manager adds to a name."""


@dataclass(frozen=True)
class References:
    """What a workload's definition references."""

    texts: frozenset[str]
    """Everything in it that could name a secret: ARNs, names, values of variables."""
    sources: frozenset[str]
    """URNs that it was computed from."""
    complete: bool
    """Whether all of it is known; before secrets exist their ARNs are not."""
    service: str
    """Its tag `Service`; empty for none."""

    def names(self, secret: Resource) -> bool:
        """Whether it surely references a secret."""
        if secret.urn in self.sources:
            return True
        known = {lookup(secret.properties, path) for path in ("arn", "id", "name")} - {UNKNOWN, MISSING}
        return any(text == one or text.startswith(f"{one}:") for one in known for text in self.texts)


def workload_access_exact(workload: Resource, graph: Graph) -> Verdict:
    """A service that reads more secrets than its own gives away other services when it is broken into.

    And one that reads fewer does not start. Compared is what its roles may read in effect with what its definition, or
    the SecretProviderClass and the pods of its namespace, reference; the keys follow from the secrets. Definitions that
    share a role are taken together. Before the secrets exist, a definition's dependencies and tags stand for its text.
    """
    verdicts: list[Verdict] = []
    readable: set[str] = set()
    for path in _ROLES[workload.type]:
        roles = graph.behind(workload, path, ROLE)
        if not roles and lookup(workload.properties, path) is UNKNOWN:
            verdicts.append(undetermined(path))
        for role in roles:
            own = graph.index(permissions)[role.urn]
            verdicts += _judged(own, path, graph)
            readable |= {secret.urn for secret in graph.of_type(SECRET) if _reads(own, secret)}
    verdicts += _lacking(workload, readable, graph)
    return combine(verdicts)


def _judged(own: Permissions, path: str, graph: Graph) -> Iterator[Verdict]:
    """What one role may read that nothing that uses it references."""
    wanted = graph.index(references_by_role)[own.role.urn]
    read = [secret for secret in graph.of_type(SECRET) if _reads(own, secret)]
    for secret in read:
        if any(one.names(secret) for one in wanted):
            continue
        what = f"lets it read the secret {secret.name}, which it does not reference"
        remedy = "take it out of the role's document, or reference it (headroom:services.*.secrets)"
        tag = lookup(secret.properties, "tags.Service")
        if all(one.complete for one in wanted):
            yield fail(path, what, remedy)
        elif isinstance(tag, str) and any(one.service == tag for one in wanted):
            continue  # its own: what it does with it is seen when its text is known
        elif isinstance(tag, str):
            yield fail(path, what, remedy)
        else:
            yield undetermined(path, what, remedy)
    for statement in own.allowed:
        if statement.grants(READ) and _by_pattern(statement):
            yield fail(path, "lets it read secrets by a pattern", "name each secret (components.access.read_secrets)")
    yield from _keys(own, path, read, graph)


def _lacking(workload: Resource, readable: set[str], graph: Graph) -> Iterator[Verdict]:
    """The secrets that a workload references and none of its roles reads."""
    wanted = references_of(workload, graph)
    for secret in graph.of_type(SECRET):
        if wanted.names(secret) and secret.urn not in readable:
            what = f"references the secret {secret.name}, which none of its roles may read"
            path = "containerDefinitions" if workload.type == TASK_DEFINITION else "roleArn"
            yield fail(path, what, "allow it in the execution role's document (components.access.execution_statements)")


def _keys(own: Permissions, path: str, read: list[Resource], graph: Graph) -> Iterator[Verdict]:
    """Keys that a role lacks for what it reads, and those by which it could read more."""
    lent = [statement for statement in own.allowed if statement.grants(DECRYPT) and _through_secrets(statement)]
    needed: set[str] = set()
    for secret in read:
        keys = graph.behind(secret, "kmsKeyId", KEY)
        for key in keys:
            names = _aliases(key, graph)
            needed |= names
            if names and not any(_opens(statement, key, names) for statement in lent):
                what = f"does not let it decrypt the secret {secret.name}"
                yield fail(path, what, "add the key's alias (components.access.decrypt_secrets)")
    known = {name for alias in graph.of_type(ALIAS) if isinstance(name := lookup(alias.properties, "name"), str)}
    for statement in lent:
        named = {value for one in statement.condition("kms:ResourceAliases") for value in one.values}
        if any(name in named for name in known - needed):
            what = "lets it decrypt with a key that none of its secrets uses"
            yield fail(path, what, "name the aliases of its secrets' keys only")


def _aliases(key: Resource, graph: Graph) -> set[str]:
    found = (lookup(alias.properties, "name") for alias in graph.referrers(key, "targetKeyId", ALIAS))
    return {name for name in found if isinstance(name, str)}


def _opens(statement: Statement, key: Resource, names: set[str]) -> bool:
    """Whether a statement that allows to decrypt does so with a key, by an alias or by its ARN."""
    aliases = statement.condition("kms:ResourceAliases")
    if aliases:
        return any(name == value for name in names for one in aliases for value in one.values)
    arn = lookup(key.properties, "arn")
    return not isinstance(arn, str) or bool(reaches(statement, lambda pattern: matches(pattern, arn)))


def _through_secrets(statement: Statement) -> bool:
    """Whether a statement's keys may be used for secrets, and not for another service alone."""
    services = statement.condition("kms:ViaService")
    return not services or any("secretsmanager" in str(value) for one in services for value in one.values)


def _reads(own: Permissions, secret: Resource) -> bool:
    covers = covers_secret(secret)
    allowed = any(one.grants(READ) and reaches(one, covers) for one in own.allowed)
    return allowed and not own.stopped(READ, covers)


def covers_secret(secret: Resource) -> Covers:
    """Whether a pattern of an ARN covers a secret of the stack, before its ARN is known, too."""
    arn, name = lookup(secret.properties, "arn"), lookup(secret.properties, "name")
    known = arn.split(":", 5)[5] if isinstance(arn, str) and arn.count(":") > 5 else f"secret:{name}{_SUFFIX}"

    def covers(pattern: str) -> bool:
        parts = pattern.split(":", 5)
        return matches(parts[5], known) if len(parts) == 6 else "*" in pattern

    return covers


def _by_pattern(statement: Statement) -> bool:
    """Whether a statement names secrets by a star, but for one in place of Secrets Manager's own letters."""
    texts = [text for text in statement.resources if isinstance(text, str)]
    return any(covers_some(text.removesuffix("-*")) for text in texts) or bool(statement.not_resources)


def references_by_role(graph: Graph) -> Mapping[str, list[References]]:
    """What uses each role, by the role's URN."""
    found: dict[str, list[References]] = {}
    for kind, paths in _ROLES.items():
        for workload in graph.of_type(kind):
            wanted = references_of(workload, graph)
            for path in paths:
                for role in graph.behind(workload, path, ROLE):
                    found.setdefault(role.urn, []).append(wanted)
    return found


def references_of(workload: Resource, graph: Graph) -> References:
    """What one workload references."""
    tag = lookup(workload.properties, "tags.Service")
    service = tag if isinstance(tag, str) else ""
    if workload.type == TASK_DEFINITION:
        texts = list(_texts(_parsed(lookup(workload.properties, "containerDefinitions"))))
        sources = frozenset(workload.depends_on.get("containerDefinitions", ()))
    else:
        space = lookup(workload.properties, "namespace")
        texts = [text for one in graph.index(_namespaces).get(str(space), ()) for text in _texts(one)]
        sources = frozenset()
    known = frozenset(text for text in texts if isinstance(text, str))
    return References(known, sources, complete=len(known) > 0 and not _any_unknown(texts), service=service)


def _any_unknown(texts: Iterable[str | Unknown]) -> bool:
    return any(isinstance(text, Unknown) for text in texts)


def _namespaces(graph: Graph) -> Mapping[str, list[Properties]]:
    """The Kubernetes objects of each namespace."""
    found: dict[str, list[Properties]] = {}
    for resource in graph.resources:
        space = (
            lookup(resource.properties, "metadata.namespace") if resource.type.startswith("kubernetes:") else MISSING
        )
        if isinstance(space, str):
            objects = _parsed(lookup(resource.properties, "spec.parameters.objects"))
            found.setdefault(space, []).append({"spec": lookup(resource.properties, "spec"), "objects": objects})
    return found


def _parsed(value: Any) -> Any:
    """JSON or YAML in a text as data; what is neither stays text."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        try:
            return yaml.safe_load(value)
        except yaml.YAMLError:
            return value


def _texts(value: Any) -> Iterator[str | Unknown]:
    """Every text in some data, and UNKNOWN for what is not known."""
    if isinstance(value, str | Unknown):
        yield value
    elif isinstance(value, Mapping):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
