"""The rule on who is no service of the stack: requirement E2, proved from what each role may do in effect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies import actions as catalog
from policies.documents import Statement, documents
from policies.graph import Graph, Resource
from policies.rule import GraphRule, Rule
from policies.rules.iam.exact import READ, SECRET, covers_secret
from policies.rules.iam.grants import ROLE, covers_all, reaches, verdict_of
from policies.rules.iam.permissions import Permissions, covers_role, permissions
from policies.verdict import PASS, UNKNOWN, Unknown, Verdict, combine, fail, lookup, undetermined

CONSUMER: Final = re.compile(r"^(?P<prefix>[a-z0-9-]+-(?P<environment>[a-z0-9]+))-consumer-(?P<name>[a-z0-9-]+)$")
"""Name of a consumer's role: components/services/consumer_statements.py."""
READ_ONLY: Final = {("prod", "frontend")}
"""Environment and consumer of those that only read."""
SECRET_POLICY: Final = "aws:secretsmanager/secretPolicy:SecretPolicy"
_READS_ALL_THE_SAME: Final = ("kms:Decrypt", "kms:DescribeKey")
"""AWS lists Decrypt as a write."""
_RANDOM: Final = "???????"


def consumer_least_privilege(role: Resource, graph: Graph) -> Verdict:
    """A frontend's credentials are in the most hands of all: in prod they read, and nobody's write another's data.

    Requirement E2: the frontend reads in prod; no consumer writes outside the environment's own buckets, queues and
    secrets; none reads another's API key.
    """
    name = lookup(role.properties, "name")
    if name is UNKNOWN and "headroom:access:Consumer" in role.parent:
        return undetermined("name")
    found = CONSUMER.match(name) if isinstance(name, str) else None
    if found is None:
        return PASS
    own = graph.index(permissions)[role.urn]
    verdicts = [undetermined(place) for place in own.unknown]
    for source in own.sources:
        for statement in source.document.allowed:
            place = source.place(statement, role)
            if (found["environment"], found["name"]) in READ_ONLY:
                verdicts.append(_reads_only(statement, place))
            else:
                verdicts.append(_writes_own(statement, place, found["prefix"]))
    verdicts += _others_keys(own, found["name"], graph)
    return combine(verdicts)


def _reads_only(statement: Statement, place: str) -> Verdict:
    writing = [action for action in _actions(statement) if catalog.writes(action)]
    found = True if writing or statement.not_actions else None if _open(statement) else False
    remedy = "set headroom:consumers.frontend.access to read"
    return verdict_of(found, statement, place, "lets the frontend change something in prod", remedy)


def _writes_own(statement: Statement, place: str, prefix: str) -> Verdict:
    """Whether all that a statement lets change belongs to the environment, by its name."""
    writing = [action for action in _actions(statement) if catalog.writes(action) and catalog.takes_resource(action)]
    if not writing and not statement.not_actions:
        return PASS
    namespace = "/".join(prefix.rsplit("-", 1))
    outside = [
        text
        for text in statement.resources
        if isinstance(text, str) and not _within(text, prefix, namespace) and not _by_alias(statement, prefix)
    ]
    found = True if outside or statement.not_resources else None if UNKNOWN in statement.resources else False
    what = "lets it change what is not named as the environment's own"
    return verdict_of(found, statement, place, what, "name the environment's buckets, queues and secrets")


def _within(pattern: str, prefix: str, namespace: str) -> bool:
    name = pattern.split(":", 5)[-1]
    bare = re.sub(r"^(secret:|log-group:/|[a-z-]+/)", "", name)
    return bare.startswith((f"{prefix}-", f"{namespace}/")) or (_RANDOM in name and not covers_all(pattern))


def _by_alias(statement: Statement, prefix: str) -> bool:
    aliases = [value for one in statement.condition("kms:ResourceAliases") if one.binding for value in one.values]
    return bool(aliases) and all(isinstance(one, str) and one.startswith(f"alias/{prefix}-") for one in aliases)


def _others_keys(own: Permissions, name: str, graph: Graph) -> Iterator[Verdict]:
    """API keys of others that a consumer may read."""
    for secret in graph.of_type(SECRET):
        tags = lookup(secret.properties, "tags")
        whose = tags.get("headroom:consumer") if isinstance(tags, dict) else None
        if not isinstance(whose, str) or whose == name:
            continue
        covers = covers_secret(secret)
        for statement in own.allowed:
            allowed = statement.grants(READ) and reaches(statement, covers) and not own.stopped(READ, covers)
            if allowed and not _kept_from(own.role, secret, graph):
                place = own.source_of(statement).place(statement, own.role)
                yield fail(place, f"lets it read another's API key, {secret.name}", "name its own key only")


def _kept_from(role: Resource, secret: Resource, graph: Graph) -> bool:
    """Whether a secret's own policy refuses a role: all but those whom it names."""
    covers = covers_role(role)
    for policy in graph.referrers(secret, "secretArn", SECRET_POLICY):
        for _, document in documents(policy.properties, "policy"):
            for denial in document.denied:
                named = [one for one in denial.condition("aws:PrincipalArn") if "not" in one.operator]
                spared = any(isinstance(value, str) and covers(value) for one in named for value in one.values)
                if denial.grants(READ) and denial.reaches_everybody and named and not spared:
                    return True
    return False


def _actions(statement: Statement) -> Iterator[str]:
    for pattern in statement.actions:
        if isinstance(pattern, Unknown):
            continue
        try:
            found = catalog.expand(pattern)
        except catalog.UnknownActionError:
            continue
        yield from (action for action in sorted(found) if action not in _READS_ALL_THE_SAME)


def _open(statement: Statement) -> bool:
    return UNKNOWN in statement.actions


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=consumer_least_privilege,
        title="Consumers change their environment's data only, and prod's frontend nothing",
        types=frozenset({ROLE}),
        severity="high",
        references=("requirement E2",),
    ),
)
