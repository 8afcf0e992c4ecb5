"""What an IAM role may do: its documents evaluated as AWS evaluates them, for one action on one resource.

Source of the order (an explicit deny wins, then any allow, within the boundary):
docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html

Where a condition depends on what only a request knows, an allow counts and a deny does not: the answer is what a role
may do at most, never less.
"""

import fnmatch
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Principal:
    """A role with every document that speaks of what it may do."""

    arn: str
    """ARN of the role."""
    account: str
    """Account of the role, 12 digits."""
    documents: Sequence[Document]
    """Its inline and attached policies."""
    boundary: Document | None = None
    """Permissions boundary, if it has one: what it does not allow is not allowed."""


def allowed(
    principal: Principal,
    action: str,
    resource: str,
    policy: Document | None = None,
    *,
    request: Mapping[str, str | None] | None = None,
) -> bool:
    """Whether the role may do `action` on the ARN `resource`, whose own policy is `policy`.

    `request` tells keys of conditions that this one request knows; None: that it has no such key. Role and resource
    are of one account: there a resource's policy that names the role is enough by itself.
    """
    context = {**_context(principal), **{key.lower(): value for key, value in (request or {}).items()}}
    own = [statement for document in principal.documents for statement in statements(document)]
    granting = [s for s in statements(policy or {}) if _names(s, principal)]
    if any(_applies(s, action, resource, context, denies=True) for s in (*own, *granting) if _effect(s) == "Deny"):
        return False
    if any(_applies(s, action, resource, context) for s in granting if _effect(s) == "Allow" and _names_it(s)):
        return True
    bounds = [own] if principal.boundary is None else [own, list(statements(principal.boundary))]
    return all(
        any(_applies(s, action, resource, context) for s in given if _effect(s) == "Allow")
        and not any(_applies(s, action, resource, context, denies=True) for s in given if _effect(s) == "Deny")
        for given in bounds
    )


def statements(document: Document) -> Iterator[Mapping[str, Any]]:
    """A document's statements; a single one may stand without a list."""
    found = document.get("Statement", [])
    yield from [found] if isinstance(found, Mapping) else found


def _effect(statement: Mapping[str, Any]) -> str:
    return str(statement.get("Effect", ""))


def _listed(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [str(item) for item in value] if isinstance(value, Sequence) else []


def _matches(patterns: object, text: str, *, fold: bool = False) -> bool:
    """Whether a pattern with `*` and `?` fits; actions know no case, ARNs do."""
    return any(_regex(p.lower() if fold else p).match(text.lower() if fold else text) for p in _listed(patterns))


@functools.cache
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(pattern.replace("[", "[[]")))


def _applies(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, str | None], *, denies: bool = False
) -> bool:
    """Whether a statement is about this action on this resource. What a condition leaves open is `not denies`."""
    if "NotAction" in statement:
        about = not _matches(statement["NotAction"], action, fold=True)
    else:
        about = _matches(statement.get("Action", []), action, fold=True)
    if "NotResource" in statement:
        about = about and not _matches(statement["NotResource"], resource)
    else:
        about = about and _matches(statement.get("Resource", []), resource)
    if not about:
        return False
    answers = [_holds(*condition, context) for condition in _conditions(statement)]
    if False in answers:
        return False
    return not (denies and None in answers)


def _names(statement: Mapping[str, Any], principal: Principal) -> bool:
    """Whether a statement of a resource's policy speaks of the role, by itself or as one of many."""
    if "NotPrincipal" in statement:
        return not _is_among(statement["NotPrincipal"], principal)
    return _is_among(statement.get("Principal"), principal)


def _is_among(named: object, principal: Principal) -> bool:
    if named == "*":
        return True
    listed = _listed(named.get("AWS", [])) if isinstance(named, Mapping) else []
    whole = {"*", principal.account, f"{principal.arn.rsplit(':', 1)[0].replace('sts', 'iam')}:root"}
    return principal.arn in listed or bool(whole & set(listed))


def _names_it(statement: Mapping[str, Any]) -> bool:
    """An account as principal leaves the decision to the account's own policies; `*` and a role's ARN grant."""
    named = statement.get("Principal")
    listed = ["*"] if named == "*" else _listed(named.get("AWS", [])) if isinstance(named, Mapping) else []
    return any(name == "*" or ":role/" in name for name in listed)


def _context(principal: Principal) -> dict[str, str]:
    """What is true of every request that the role's code makes with the AWS SDK."""
    return {
        "aws:securetransport": "true",
        "aws:principalarn": principal.arn,
        "aws:principalaccount": principal.account,
        "aws:resourceaccount": principal.account,
        "aws:viaawsservice": "false",
        "s3:authtype": "REST-HEADER",
        "s3:tlsversion": "1.3",
    }


def _conditions(statement: Mapping[str, Any]) -> Iterator[tuple[str, str, list[str]]]:
    for operator, keys in statement.get("Condition", {}).items():
        for key, values in keys.items():
            yield str(operator), str(key).lower(), _listed(values)


def _holds(operator: str, key: str, values: list[str], context: Mapping[str, str | None]) -> bool | None:
    """Whether a condition holds; None where only the request would tell.

    Where the request has no such key, a negation holds, and so do `...IfExists` and `ForAllValues`.
    """
    name = operator.lower()
    compare = COMPARISONS.get(name.removesuffix("ifexists").removeprefix("forallvalues:").removeprefix("foranyvalue:"))
    if key not in context or compare is None:
        return None
    given = context[key]
    if given is None:
        return name.endswith("ifexists") or name.startswith("forallvalues:") or "not" in name
    return compare(given, values)


def _any_equal(given: str, values: list[str]) -> bool:
    return any(given.lower() == value.lower() for value in values)


def _any_like(given: str, values: list[str]) -> bool:
    return _matches(values, given)


def _less(given: str, values: list[str]) -> bool:
    return any(float(given) < float(value) for value in values)


COMPARISONS: Mapping[str, Callable[[str, list[str]], bool]] = {
    "bool": _any_equal,
    "stringequals": lambda given, values: given in values,
    "stringequalsignorecase": _any_equal,
    "stringnotequals": lambda given, values: given not in values,
    "stringlike": _any_like,
    "stringnotlike": lambda given, values: not _any_like(given, values),
    "arnequals": _any_like,
    "arnlike": _any_like,
    "arnnotequals": lambda given, values: not _any_like(given, values),
    "arnnotlike": lambda given, values: not _any_like(given, values),
    "numericlessthan": _less,
    "numericgreaterthanequals": lambda given, values: not _less(given, values),
}
"""Operators of IAM's conditions by their name in small letters.

Source: docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
"""
