"""IAM and resource policies as plain data, whichever way a resource carries them.

    for path, document in documents(properties, "policy"):   # or identity_documents(properties)
        for statement in document.allowed:
            if statement.reaches_everybody and not statement.conditions: ...
                fail(f"{path}.{statement.path}", ...)

`read_document` takes JSON text, a dict in IAM's own shape, the arguments of aws.iam.getPolicyDocument (`statements`,
`actions`, `principals: [{type, identifiers}]`, `conditions: [{test, variable, values}]`), UNKNOWN or MISSING. A
document is one of three: `unknown`, `problem` (what is wrong with it; then it has no statements), or its `statements`.
In a statement each element is a tuple, of one value too; what is not known yet is UNKNOWN in its place. Text is parsed
once, however often rules ask for it.

`matches` compares as IAM does (`*`, `?`, no regard to case for actions). No text of a document belongs into a message.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, TypeAlias

from policies.verdict import MISSING, UNKNOWN, Properties, Unknown, lookup

Text: TypeAlias = str | Unknown
"""A value of a document, or UNKNOWN."""

EVERYBODY: Final = "*"
"""The principal that is anybody; `Principal: "*"` and `Principal: {"AWS": "*"}` are the same."""
_SET_OPERATORS = re.compile(r"^(forallvalues|foranyvalue):")


@dataclass(frozen=True)
class Principal:
    """Who a statement is about."""

    kind: str
    """AWS, Service, Federated or CanonicalUser; AWS for everybody."""
    value: Text
    """ARN, account, host name of a service or provider, or `*`."""


@dataclass(frozen=True)
class Condition:
    """One key of a condition; a statement applies where all of its conditions hold."""

    operator: str
    """Operator in lower case, with neither the set's prefix nor `IfExists`: `stringequals`, `arnlike`."""
    key: str
    """Context key in lower case, such as `aws:sourceaccount`."""
    values: tuple[Text, ...]
    """Values of which one must match."""
    if_exists: bool = False
    """Whether it also holds where a request lacks the key."""
    for_all: bool = False
    """Whether the operator is of the kind ForAllValues, which holds where a request lacks the key, too."""

    @property
    def binding(self) -> bool:
        """Whether a request that lacks the key is turned down; negated operators let it through."""
        return not (self.if_exists or self.for_all or "not" in self.operator or self.operator == "null")


@dataclass(frozen=True)
class Statement:
    """One statement, with single values and lists alike as tuples."""

    path: str
    """Where it is in its document: `Statement[0]`."""
    effect: Text
    """Allow or Deny."""
    principals: tuple[Principal, ...] = ()
    not_principals: tuple[Principal, ...] = ()
    actions: tuple[Text, ...] = ()
    not_actions: tuple[Text, ...] = ()
    resources: tuple[Text, ...] = ()
    not_resources: tuple[Text, ...] = ()
    conditions: tuple[Condition, ...] = ()
    unknown: tuple[str, ...] = ()
    """Paths, below the statement's own, of what is not known yet: `Resource[1]`, `Condition`."""

    @cached_property
    def _named(self) -> tuple[frozenset[str], tuple[re.Pattern[str], ...], bool]:
        """Actions, or those of NotAction: in lower case without wildcards, with, and whether any is not known."""
        members = self.not_actions or self.actions
        texts = [member.lower() for member in members if isinstance(member, str)]
        wild = tuple(_compiled(text) for text in texts if "*" in text or "?" in text)
        return frozenset(texts), wild, len(texts) < len(members)

    def grants(self, action: str) -> bool | None:
        """Whether it speaks of an action; None where that is not known yet."""
        exact, wild, unknown = self._named
        lowered = action.lower()
        if lowered in exact or any(pattern.fullmatch(lowered) for pattern in wild):
            return not self.not_actions
        return None if unknown else bool(self.not_actions)

    def maybe_grants(self, actions: frozenset[str]) -> frozenset[str]:
        """Those of some actions, in lower case, that it speaks of or may yet come to speak of."""
        exact, wild, unknown = self._named
        found = exact & actions
        if wild:
            found |= {action for action in actions if any(one.fullmatch(action) for one in wild)}
        if self.not_actions:
            return actions if unknown else actions - found
        return actions if unknown else found

    @property
    def reaches_everybody(self) -> bool:
        """Whether it speaks of anybody at all, before its conditions."""
        return any(one.kind == "AWS" and one.value == EVERYBODY for one in self.principals) or bool(self.not_principals)

    def condition(self, key: str) -> tuple[Condition, ...]:
        """The conditions on a context key, however it is spelled."""
        return tuple(condition for condition in self.conditions if condition.key == key.lower())


@dataclass(frozen=True)
class Document:
    """A policy."""

    statements: tuple[Statement, ...] = ()
    """In their order; empty where it is unknown or broken."""
    unknown: bool = False
    """Whether the document as a whole is not known yet."""
    problem: str = ""
    """What is wrong with it, as a clause; empty where it can be read."""

    @cached_property
    def allowed(self) -> tuple[Statement, ...]:
        """Statements that allow, or whose effect is not known yet."""
        return tuple(statement for statement in self.statements if statement.effect != "Deny")

    @cached_property
    def denied(self) -> tuple[Statement, ...]:
        """Statements that deny."""
        return tuple(statement for statement in self.statements if statement.effect == "Deny")


NOTHING: Final = Document()
"""What a property that is not set allows."""


def read_document(value: Any) -> Document:
    """The document that a property holds."""
    if value is UNKNOWN:
        return Document(unknown=True)
    if value is MISSING or value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        return _read_text(value)
    return _read_data(value)


def documents(properties: Properties, path: str) -> Iterator[tuple[str, Document]]:
    """The document at a property path, with that path; none where nothing is set."""
    value = lookup(properties, path)
    if value is not MISSING:
        yield path, read_document(value)


def identity_documents(properties: Properties) -> Iterator[tuple[str, Document]]:
    """What a policy, inline policy, permission set or role lets its bearers do: each document with its path."""
    yield from documents(properties, "policy")
    yield from documents(properties, "inlinePolicy")
    inline = lookup(properties, "inlinePolicies")
    if inline is UNKNOWN:
        yield "inlinePolicies", Document(unknown=True)
    elif isinstance(inline, list):
        for index in range(len(inline)):
            yield from documents(properties, f"inlinePolicies[{index}].policy")


def matches(pattern: str, value: str, *, case: bool = True) -> bool:
    """Whether a pattern with `*` and `?` covers a value; actions and context keys have no `case`."""
    return _compiled(pattern if case else pattern.lower()).fullmatch(value if case else value.lower()) is not None


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    spelled = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.compile(spelled, re.DOTALL)


@lru_cache(maxsize=1024)
def _read_text(text: str) -> Document:
    try:
        return _read_data(json.loads(text))
    except (ValueError, RecursionError):
        return Document(problem="is not JSON")


def _read_data(data: Any) -> Document:
    if not isinstance(data, Mapping):
        return Document(problem="is not a policy document")
    named = _lower(data)
    generated = "statements" in named
    found = named.get("statements" if generated else "statement", ())
    if found is UNKNOWN:
        return Document(unknown=True)
    items = found if isinstance(found, list) else [found] if isinstance(found, Mapping) else None
    if items is None:
        return Document(problem="has no statement") if found != () else NOTHING
    statements = []
    for index, item in enumerate(items):
        statement = _statement(item, f"{'statements' if generated else 'Statement'}[{index}]", generated)
        if statement is None:
            return Document(problem=f"has a statement (number {index + 1}) without effect, or that is none")
        statements.append(statement)
    return Document(tuple(statements))


def _statement(item: Any, path: str, generated: bool) -> Statement | None:
    if item is UNKNOWN:
        return Statement(path, UNKNOWN, actions=(UNKNOWN,), resources=(UNKNOWN,), unknown=("",))
    if not isinstance(item, Mapping):
        return None
    named = _lower(item)
    effect = named.get("effect", "Allow" if generated else None)
    if effect not in ("Allow", "Deny", UNKNOWN):
        return None
    plural = "s" if generated else ""

    def element(name: str) -> tuple[Text, ...]:
        return _texts(named.get(f"{name}{plural}"))

    return Statement(
        path,
        effect,
        principals=_principals(named.get(f"principal{plural}")),
        not_principals=_principals(named.get(f"notprincipal{plural}")),
        actions=element("action"),
        not_actions=element("notaction"),
        resources=element("resource"),
        not_resources=element("notresource"),
        conditions=_conditions(named.get(f"condition{plural}")),
        unknown=tuple(_unknown_paths(item)),
    )


def _lower(data: Mapping[str, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in data.items()}


def _texts(value: Any) -> tuple[Text, ...]:
    if value is None:
        return ()
    members = value if isinstance(value, list) else [value]
    return tuple(member if isinstance(member, str | Unknown) else json.dumps(member, default=str) for member in members)


def _principals(value: Any) -> tuple[Principal, ...]:
    if value is None:
        return ()
    if value is UNKNOWN or isinstance(value, str):
        return (Principal("AWS", value),)
    if isinstance(value, list):  # getPolicyDocument's
        members = [_lower(member) if isinstance(member, Mapping) else {"identifiers": member} for member in value]
        pairs = [(member.get("type", "AWS"), member.get("identifiers")) for member in members]
    else:
        pairs = list(value.items()) if isinstance(value, Mapping) else []
    return tuple(
        Principal("AWS" if kind == EVERYBODY else str(kind), one) for kind, values in pairs for one in _texts(values)
    )


def _conditions(value: Any) -> tuple[Condition, ...]:
    if value is None:
        return ()
    if isinstance(value, list):  # getPolicyDocument's
        members = [_lower(member) for member in value if isinstance(member, Mapping)]
        found = [(str(one.get("test")), one.get("variable"), one.get("values")) for one in members]
        return tuple(_condition(test, key, values) for test, key, values in found)
    if not isinstance(value, Mapping):
        return (Condition("", "", (UNKNOWN,)),) if value is UNKNOWN else ()
    return tuple(
        _condition(operator, key, values)
        for operator, keys in value.items()
        for key, values in (keys.items() if isinstance(keys, Mapping) else [("", UNKNOWN)])
    )


def _condition(operator: str, key: Any, values: Any) -> Condition:
    lowered = operator.lower()
    bare = _SET_OPERATORS.sub("", lowered)
    return Condition(
        bare.removesuffix("ifexists"),
        str(key).lower(),
        _texts(values),
        if_exists=bare.endswith("ifexists"),
        for_all=lowered.startswith("forallvalues:"),
    )


def _unknown_paths(value: Any, path: str = "") -> Iterator[str]:
    if value is UNKNOWN:
        yield path
    elif isinstance(value, Mapping):
        for key, member in value.items():
            yield from _unknown_paths(member, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from _unknown_paths(member, f"{path}[{index}]")
