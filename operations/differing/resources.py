"""What stands in two environments, by meaning: what only one has, and properties that say different things."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from operations.changes import across, is_hidden, short_type
from operations.differing.meaning import canonical, meaning
from operations.differing.model import ABSENT, Changed, Property, Standing
from operations.differing.names import SECRET, Names, learn
from operations.differing.parts import FIRST, gathered
from operations.properties import parts
from operations.report.grants import Grant, difference, grants
from operations.state import Resource, standing
from policies.documents import read_document


@dataclass(frozen=True)
class Compared:
    """What became of comparing two states."""

    only_a: Sequence[Standing]
    only_b: Sequence[Standing]
    changed: Sequence[Changed]
    same: int


def compare(a: Names, b: Names, ours: Sequence[Resource], theirs: Sequence[Resource]) -> Compared:
    """Compares two states, as `pulumi stack export` gives them. What a resource is given counts, and not what AWS
    answered."""
    ours, theirs = gathered(standing(ours)), gathered(standing(theirs))
    learn(a, b, ours, theirs)
    left, right = _matched(a, ours), _matched(b, theirs)
    both = [key for key in left if key in right]
    only_a, only_b = _only(a, left, right), _only(b, right, left)
    alone = _labels(a, only_a), _labels(b, only_b)
    changed = [_marked(one, *alone) for key in both if (one := _changed(a, b, left[key], right[key]))]
    return Compared(
        only_a=only_a,
        only_b=only_b,
        changed=sorted(changed, key=lambda one: (one.type, one.component, one.name)),
        same=len(both) - len(changed),
    )


def count(resources: Sequence[Resource]) -> int:
    """How many resources of the cloud's a state holds."""
    return sum(1 for resource in standing(resources) if _is_real(resource))


def _is_real(resource: Resource) -> bool:
    """Components and providers are Pulumi's own."""
    kind, name = str(resource.get("type")), str(resource.get("urn")).rsplit("::", 1)[-1]
    real = bool(resource.get("custom")) and not kind.startswith("pulumi:")
    return real and not resource.get("external") and not is_hidden(kind, name)


def _matched(names: Names, resources: Sequence[Resource]) -> dict[str, Resource]:
    """By URN without the stack; where the environment's name stands in a resource's own, without that."""
    return {_key(names, str(one["urn"])): one for one in resources if _is_real(one)}


def _key(names: Names, urn: str) -> str:
    return names.plain(across(urn))


def _only(names: Names, left: Mapping[str, Resource], right: Mapping[str, Resource]) -> list[Standing]:
    """What the other has neither by itself nor as a part of something that both have."""
    found = [
        Standing(type=str(one["type"]), name=_name(one), component=_component(one))
        for key, one in left.items()
        if key not in right and _key(names, str(one.get(FIRST))) not in right
    ]
    return sorted(found, key=lambda one: (one.type, one.component, one.name))


def _labels(names: Names, found: Sequence[Standing]) -> frozenset[str]:
    """As references to them are written."""
    return frozenset(names.plain(f"<{short_type(one.type)} {one.name}>") for one in found)


def _marked(found: Changed, only_a: frozenset[str], only_b: frozenset[str]) -> Changed:
    """With what follows from what stands on one side alone."""
    properties = [replace(one, follows=_names_only(one, only_a, only_b)) for one in found.properties]
    return replace(found, properties=properties)


def _names_only(found: Property, only_a: frozenset[str], only_b: frozenset[str]) -> bool:
    """Whether two lists differ by nothing but references to what stands on one side alone."""
    return (
        isinstance(found.a, list)
        and isinstance(found.b, list)
        and all(one in only_a for one in found.a if isinstance(one, str))
        and all(one in only_b for one in found.b if isinstance(one, str))
        and all(isinstance(one, str) for one in (*found.a, *found.b))
    )


def _changed(a: Names, b: Names, ours: Resource, theirs: Resource) -> Changed | None:
    left, right = (meaning(names, _inputs(one)) for names, one in ((a, ours), (b, theirs)))
    if canonical(left) == canonical(right):
        return None
    properties = sorted(_differing("", left, right), key=lambda one: _natural(one.path))
    if not properties:
        return None
    name, component = a.plain(_name(ours)), a.plain(_component(ours))
    return Changed(type=str(ours["type"]), name=name, component=component, properties=properties)


def _inputs(resource: Resource) -> Mapping[str, Any]:
    """What it was given, with whether Pulumi refuses to delete it; names that Pulumi made up are left out."""
    given = dict(resource.get("inputs") or {})
    made_up = {name for name in given.get("__defaults") or () if name.lower().endswith(("name", "identifier", "id"))}
    kept = {name: value for name, value in given.items() if name not in made_up}
    return {**kept, **({"protect": True} if resource.get("protect") else {})}


def _differing(path: str, a: Any, b: Any) -> Iterator[Property]:
    """A line a leaf; of lists, what came and what went. Two secrets never differ: nobody compares them."""
    if isinstance(a, dict) and isinstance(b, dict) and "Statement" in a and "Statement" in b:
        yield from _policies(path, a, b)
    elif isinstance(a, dict) and isinstance(b, dict):
        for key in sorted({*a, *b}):
            yield from _differing(_joined(path, key), a.get(key, ABSENT), b.get(key, ABSENT))
    elif isinstance(a, list) and isinstance(b, list):
        yield from _lists(path, a, b)
    elif canonical_or_absent(a) != canonical_or_absent(b):
        secret = SECRET in (a, b)
        yield Property(path=path, a=_masked(a) if secret else a, b=_masked(b) if secret else b)


def _policies(path: str, a: dict[str, Any], b: dict[str, Any]) -> Iterator[Property]:
    """What only one of two policies says; a grant that a wider one of the other covers is none."""
    only_b, only_a = difference(grants(read_document(a)), grants(read_document(b)))
    if only_a or only_b:
        yield Property(path=path, a=_spoken(only_a), b=_spoken(only_b))


def _spoken(found: Iterable[Grant]) -> list[str]:
    """`Allow s3:GetObject, s3:PutObject on arn:...`, with whom it is about and when."""
    groups: dict[Grant, list[str]] = {}
    for grant in found:
        groups.setdefault(replace(grant, action=""), []).append(grant.action)
    said = []
    for group, actions in groups.items():
        whom = f" to {group.principal}" if group.principal else ""
        on = f" on {group.resource}" if group.resource else ""
        when = f" where {' and '.join(group.conditions)}" if group.conditions else ""
        said.append(f"{group.effect} {', '.join(sorted(actions))}{on}{whom}{when}")
    return sorted(said)


def _lists(path: str, a: list[Any], b: list[Any]) -> Iterator[Property]:
    left, right = [canonical(one) for one in a], [canonical(one) for one in b]
    went = [one for one, text in zip(a, left, strict=True) if text not in right]
    came = [one for one, text in zip(b, right, strict=True) if text not in left]
    pairs = _paired(went, came)
    if pairs is not None:
        for name, one, other in pairs:
            yield from _differing(f"{path}[{name}]", one, other)
    elif went or came:
        yield Property(path=path, a=_told(went, a), b=_told(came, b))
    elif left != right:  # the same in another order, where that says something, or another number of times
        yield Property(path=path, a=a, b=b)


def _told(found: list[Any], whole: list[Any]) -> Any:
    return found if len(found) < len(whole) else whole


NAMING = ("name", "sid", "id", "key", "containerPath", "targetOriginId", "originId", "pathPattern")
"""Keys that name an element of a list, for it to be found in another one."""


def _paired(a: list[Any], b: list[Any]) -> list[tuple[str, Any, Any]] | None:
    """Elements of two lists by their name; None where they have none, or one has a name twice."""
    if not a and not b:
        return None
    if len(a) == len(b) == 1 and isinstance(a[0], dict) and isinstance(b[0], dict):
        return [(_named(a[0]) or _named(b[0]) or "0", a[0], b[0])]
    left, right = ({_named(one): one for one in items} for items in (a, b))
    if "" in left or "" in right or len(left) < len(a) or len(right) < len(b) or not (left and right):
        return None
    return [(name, left.get(name, ABSENT), right.get(name, ABSENT)) for name in sorted({*left, *right})]


def _named(value: Any) -> str:
    if not isinstance(value, dict):
        return ""
    titled = value.get("properties")  # a dashboard's widget
    found = next((value[key] for key in NAMING if isinstance(value.get(key), str)), "")
    return str(found or (titled.get("title", "") if isinstance(titled, dict) else ""))


def canonical_or_absent(value: Any) -> str:
    """As `canonical`; nothing at all is equal to nothing but itself."""
    return "" if value is ABSENT else canonical(value)


def _masked(value: Any) -> Any:
    """Beside a secret nothing is shown: it may be the same value in the open."""
    return value if value in (ABSENT, SECRET) else "[not shown: it is a secret elsewhere]"


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _natural(path: str) -> list[tuple[int, int, str]]:
    return [(0, part, "") if isinstance(part, int) else (1, 0, part) for part in parts(path)]


def _name(resource: Resource) -> str:
    return str(resource["urn"]).rsplit("::", 1)[-1]


def _component(resource: Resource) -> str:
    """Type and name of the component around it; empty where that is the stack."""
    parent = str(resource.get("parent") or "")
    kind = parent.split("::")[2].rsplit("$", 1)[-1] if parent.count("::") >= 3 else ""
    return f"{short_type(kind)} {parent.rsplit('::', 1)[-1]}" if kind and kind != "pulumi:pulumi:Stack" else ""
