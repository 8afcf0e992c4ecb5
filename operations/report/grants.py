"""What a policy document lets whom do, one grant at a time, and what of it is new between two documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from operations.words import listed
from policies.documents import Document, Statement, matches
from policies.verdict import Unknown

EVERYTHING: Final = "*"
READING: Final = ("get", "list", "describe", "head", "batchget", "query", "scan", "receive", "view", "lookup", "search")
WRITING: Final = (
    "put",
    "create",
    "update",
    "send",
    "write",
    "set",
    "add",
    "modify",
    "publish",
    "tag",
    "untag",
    "batchwrite",
)
ENDING: Final = ("delete", "remove", "purge", "terminate", "deregister", "scheduledelete", "schedulekeydeletion")
MOST_ACTIONS: Final = 8
"""Actions that a sentence names; the resource's own difference has all of them."""
SPECIAL: Final[Mapping[str, str]] = {
    "kms:decrypt": "decrypt with",
    "kms:encrypt": "encrypt with",
    "kms:generatedatakey": "encrypt with",
    "iam:passrole": "hand over",
    "sts:assumerole": "take",
    "sts:assumerolewithwebidentity": "take",
    "lambda:invokefunction": "call",
    "ecs:executecommand": "open a shell in",
    "s3:listbucket": "list",
}
"""Actions that a verb of their own names better than their prefix does."""


@dataclass(frozen=True, order=True)
class Grant:
    """One action on one resource, as one statement allows or denies it."""

    effect: str
    """Allow or Deny."""
    principal: str
    """Whom a resource's policy names; empty in an identity's own policy."""
    action: str
    """Pattern of actions; `not ...` for everything but these."""
    resource: str
    """Pattern of ARNs; `not ...` for everything but these; empty in a trust policy."""
    conditions: tuple[str, ...]
    """Operator, key and values of each, sorted."""

    def covers(self, other: Grant) -> bool:
        """Whether whatever `other` says, this says as well."""
        return (
            self.effect == other.effect
            and _covers(self.principal, other.principal)
            and _covers(self.action, other.action, case=False)
            and _covers(self.resource, other.resource)
            and set(self.conditions) <= set(other.conditions)
        )


def _covers(pattern: str, text: str, *, case: bool = True) -> bool:
    return pattern == text or (not text.startswith("not ") and matches(pattern, text, case=case))


def grants(document: Document) -> set[Grant]:
    """Everything that a document says. What is not known yet stands as `(known after up)`."""
    return {grant for statement in document.statements for grant in _of(statement)}


def _of(statement: Statement) -> Iterator[Grant]:
    effect = _spoken(statement.effect)
    principals = [_principal(one.kind, _spoken(one.value)) for one in statement.principals] or [""]
    if statement.not_principals:
        principals = [f"not {', '.join(sorted(_spoken(one.value) for one in statement.not_principals))}"]
    actions = [_spoken(one) for one in statement.actions] or [f"not {_joined(statement.not_actions)}"]
    resources = [_spoken(one) for one in statement.resources] or [
        f"not {_joined(statement.not_resources)}" if statement.not_resources else ""
    ]
    conditions = tuple(
        sorted(f"{'all of ' if one.for_all else ''}{one.key} {one.operator} {_joined(one.values)}"
               f"{' if given' if one.if_exists else ''}"
               for one in statement.conditions)
    )  # fmt: skip
    for principal in principals:
        for action in actions:
            for resource in resources:
                yield Grant(effect, principal, action, resource, conditions)


def _spoken(value: str | Unknown) -> str:
    return value if isinstance(value, str) else "(known after up)"


def _joined(values: Sequence[str | Unknown]) -> str:
    return ", ".join(sorted(map(_spoken, values)))


def _principal(kind: str, value: str) -> str:
    return value if kind in {"AWS", "Service"} or value == EVERYTHING else f"{kind} {value}"


def difference(old: set[Grant], new: set[Grant]) -> tuple[set[Grant], set[Grant]]:
    """What came and what went; a grant that a wider one replaces, or was part of, is neither."""
    came = {grant for grant in new - old if not any(kept.covers(grant) for kept in old)}
    went = {grant for grant in old - new if not any(kept.covers(grant) for kept in new)}
    return came, went


def sentences(found: Iterable[Grant], *, came: bool, subject: str, thing: str = "") -> Iterator[tuple[str, bool]]:
    """Each grant in words, with whether somebody may now do more; equal ones of several actions in one.

    `subject` is who bears an identity's policy, `thing` what a resource's policy is about.
    """
    groups: dict[Grant, list[str]] = {}
    for grant in found:
        groups.setdefault(replace(grant, action=""), []).append(grant.action)
    for group, actions in sorted(groups.items()):
        wider = came is (group.effect == "Allow")
        who = group.principal and _everybody(group.principal)
        what = thing if thing and (not group.resource or group.principal) else _resource(group.resource)
        if group.effect == "Deny":
            may = "is now denied to" if came else "is no longer denied to"
        else:
            may = "may now" if came else "may no longer"
        conditions = f", where {' and '.join(group.conditions)}" if group.conditions else ""
        listed = ", ".join(f"`{action}`" for action in sorted(actions)[:MOST_ACTIONS])
        listed += f" and {len(actions) - MOST_ACTIONS} more" if len(actions) > MOST_ACTIONS else ""
        yield f"{who or subject} {may} {_verbs(actions)} {what or 'everything'} ({listed}){conditions}", wider


def _everybody(principal: str) -> str:
    return "everybody" if principal == EVERYTHING else f"`{principal}`"


def _verbs(actions: Iterable[str]) -> str:
    verbs = dict.fromkeys(_verb(action) for action in sorted(actions))
    if "do everything to" in verbs:
        return "do everything to"
    order: tuple[str, ...] = ("list", "read", "write", "delete")
    spoken = [verb for verb in order if verb in verbs]
    spoken += [verb for verb in verbs if verb not in spoken]
    return listed(spoken)


def _verb(action: str) -> str:
    lowered = action.lower()
    service, _, name = lowered.partition(":")
    if action.startswith("not ") or EVERYTHING in (service, name):
        return "do everything to" if not action.startswith("not ") else "do everything but a few things to"
    if lowered in SPECIAL:
        return SPECIAL[lowered]
    for verb, starts in (("read", READING), ("write", WRITING), ("delete", ENDING)):
        if name.startswith(starts):
            return verb
    return "use"


def _resource(pattern: str) -> str:
    """`objects of bucket uploads` for arn:aws:s3:::uploads/*; the ARN itself where there are no such words."""
    if pattern in ("", EVERYTHING):
        return "everything"
    parts = pattern.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn":
        return f"`{pattern}`"
    service, rest = parts[2], parts[5]
    if service == "s3":
        bucket, _, key = rest.partition("/")
        return f"objects {'' if key == EVERYTHING else f'`{key}` '}of bucket {bucket}" if key else f"bucket {bucket}"
    if service == "secretsmanager":
        return f"secret {rest.removeprefix('secret:').removesuffix('-??????')}"
    if service in {"sqs", "sns"}:
        return f"{'queue' if service == 'sqs' else 'topic'} {rest}"
    kind, slash, name = rest.partition("/")
    if service in {"iam", "kms", "dynamodb", "ecr", "ecs"} and slash:
        return f"all of its {kind}s" if name == EVERYTHING and service == "kms" else f"{kind} {name}"
    return f"`{pattern}`"
