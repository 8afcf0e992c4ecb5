"""What a comparison says in words: its first sentence, and the same difference of several things in one row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from operations.changes import short_type
from operations.differing.meaning import canonical
from operations.differing.model import ABSENT, Changed, Comparison, Group, Setting, Standing, Version
from operations.properties import show
from operations.words import listed

TITLES: Final[Mapping[Group, str]] = {
    "promotable": "What a promotion carries",
    "safety": "Safety: what keeps data, keeps others out, and tells of harm",
    "size": "Sizes and counts",
    "choice": "Other choices",
    "only": "Only in one",
    "identity": "What makes each itself",
}
"""Of the groups of settings."""
NOTHING: Final = "—"
"""Stands where there is no value."""
WEIGHT: Final = (
    "ecs", "apps", "rds", "elasticache", "s3", "sqs", "appautoscaling", "autoscaling", "eks", "lambda", "scheduler",
    "lb", "cloudfront", "wafv2", "route53", "acm", "ec2", "vpc", "iam", "kms", "secretsmanager", "sns",
)  # fmt: skip
"""What is told first: what runs and holds data, then how it is reached, then who may. Alarms and pictures of it come
last."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One difference, of everything that differs alike."""

    names: tuple[str, ...]
    """Paths of settings, or resources of one type."""
    what: str
    """The unit of a setting, or the property of a resource."""
    a: Any
    b: Any
    kind: str = ""
    """Type of the resources, as programs write it."""


def sentence(found: Comparison) -> str:
    """The whole in one sentence."""
    a, b = found.a.environment, found.b.environment
    runs = _runs(found.versions, a, b)
    told = {f"services.{one.service}.image" for one in found.versions if one.a != one.b}
    settings = [one for one in found.settings if one.group != "identity" and one.path not in told]
    parts = [_many(len(settings), "setting")]
    if found.resources_compared:
        parts.append(_many(len(found.changed) + len(found.only_a) + len(found.only_b), "resource"))
    number = len(settings) + len(found.changed) + len(found.only_a) + len(found.only_b)
    if not number:
        rest = "nothing else differs" if runs else f"{a} and {b} do not differ"
    else:
        rest = f"{' and '.join(parts)} {'differ' if number != 1 else 'differs'}{' otherwise' if runs else ''}"
    return f"{'; '.join([*runs, rest])}."


def _runs(versions: Sequence[Version], a: str, b: str) -> list[str]:
    """`prod runs api 1.4.2 (sha256:ab12…), staging 1.5.0`, for each pair of versions that differ."""
    pairs: dict[tuple[str, str], list[str]] = {}
    for one in versions:
        if one.a and one.b and one.a != one.b:
            pairs.setdefault((one.a, one.b), []).append(one.service)
    said = [f"{a} runs {listed(names)} {first}, {b} {second}" for (first, second), names in pairs.items()]
    for whose, lacking in ((a, b), (b, a)):
        names = [one.service for one in versions if not (one.b if whose == a else one.a)]
        said += [f"only {whose} has {listed(names)}, and {lacking} has not"] if names else []
    alike = [one.service for one in versions if one.a and one.a == one.b]
    return said or ([f"both run the same {listed(alike)}"] if alike else [])


def _many(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"


def settings_rows(settings: Sequence[Setting]) -> list[Row]:
    """Settings with the same key and the same two values in one row: `buckets.*.protect`."""
    groups: dict[tuple[str, ...], list[Setting]] = {}
    for one in settings:
        head, *middle = one.path.split(".")
        key = (head, *middle[1:]) if len(middle) > 1 else (one.path,)
        groups.setdefault((*key, canonical(str(one.a)), canonical(str(one.b))), []).append(one)
    return [
        Row(names=tuple(one.path for one in alike), what=alike[0].unit, a=alike[0].a, b=alike[0].b)
        for alike in groups.values()
    ]


def setting_name(row: Row) -> str:
    """`buckets.{avatars, uploads}.protect`, as a shell writes several."""
    if len(row.names) == 1:
        return row.names[0]
    head, _, *rest = row.names[0].split(".")
    return ".".join([head, f"{{{', '.join(name.split('.')[1] for name in row.names)}}}", *rest])


def resource_rows(changed: Sequence[Changed]) -> list[Row]:
    """Properties that differ alike in resources of one type, in one row; elements of a list as `[*]`."""
    groups: dict[tuple[str, ...], list[tuple[Changed, Any]]] = {}
    for one in changed:
        for each in one.properties:
            key = (one.type, _pattern(each.path), *(canonical(str(value)) for value in (each.a, each.b)))
            groups.setdefault(key, []).append((one, each))
    rows = [
        Row(
            names=tuple(dict.fromkeys(one.name for one, _ in alike)),
            what=alike[0][1].path if len({each.path for _, each in alike}) == 1 else key[1],
            a=alike[0][1].a,
            b=alike[0][1].b,
            kind=short_type(alike[0][0].type),
        )
        for key, alike in groups.items()
    ]
    return sorted(rows, key=lambda row: (_weight(row.kind), row.kind, row.names, row.what))


def _pattern(path: str) -> str:
    """Without the names of a list's elements."""
    inside, said = 0, ""
    for letter in path:
        inside -= letter == "]"
        said += letter if not inside else ""
        if letter == "[" and not inside:
            said += "*"
        inside += letter == "["
    return said


def only_rows(found: Sequence[Standing]) -> list[tuple[str, list[str]]]:
    """Names by type, what matters most first."""
    groups: dict[str, list[str]] = {}
    for one in found:
        groups.setdefault(short_type(one.type), []).append(one.name)
    return sorted(groups.items(), key=lambda group: (_weight(group[0]), group[0]))


def _weight(kind: str) -> int:
    module = kind.split(".")[0].split("/")[0]
    return WEIGHT.index(module) if module in WEIGHT else len(WEIGHT)


def pair(a: Any, b: Any, unit: str = "", limit: int = 60) -> tuple[str, str]:
    """Two values in cells; of two long texts, the part from where they differ."""
    one, other = value(a, unit, 10_000), value(b, unit, 10_000)
    if min(len(one), len(other)) > limit:
        alike = next((index for index, both in enumerate(zip(one, other, strict=False)) if both[0] != both[1]), 0)
        start = max(0, alike - limit // 3)
        one, other = (f"…{text[start:]}" if start else text for text in (one, other))
    return value(one, limit=limit), value(other, limit=limit)


def value(found: Any, unit: str = "", limit: int = 60) -> str:
    """A value in a cell; a policy's grants by their number."""
    if found is ABSENT or found is None or found in ([], {}):
        return NOTHING
    if isinstance(found, bool):
        return "yes" if found else "no"
    if isinstance(found, str):
        return found if len(found) <= limit else f"{found[: limit - 1]}…"
    if isinstance(found, list) and all(isinstance(one, str) for one in found):
        return value(", ".join(found), limit=limit)
    text = show(found, limit)
    return f"{text} {unit}" if unit and isinstance(found, int | float) else text
