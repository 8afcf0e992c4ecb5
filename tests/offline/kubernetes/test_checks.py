"""Each field of each kind that an environment has: what is unknown or mistyped there is one error with its path."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from offline.kubernetes.checks import check, dotted
from offline.kubernetes.kinds import of_token
from tests.infra.stack_files import objects

FREE = frozenset(
    {
        "annotations",
        "data",
        "labels",
        "limits",
        "matchLabels",
        "nodeSelector",
        "parameters",
        "requests",
        "volumeAttributes",
    }
)
"""Maps whose keys are the user's own."""
SERVICE_SELECTOR = ("kubernetes:core/v1:Service", "selector")
"""Labels too, where others have a selector with fields."""
UNKNOWN = "notAField"
Path = tuple[str | int, ...]


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every place of an object but those that say what it is."""
    if path and path[0] not in ("apiVersion", "kind"):
        yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in items:
        yield from places(inner, (*path, name))


def placed(inputs: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    changed = copy.deepcopy(inputs)
    holder: Any = changed
    for part in path[:-1]:
        holder = holder[part]
    holder[path[-1]] = value
    return changed


def refusals(token: str, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    return check(of_token(token), "test", {}, inputs, "default")[1]


@pytest.fixture(scope="module")
def one_of_each() -> dict[str, dict[str, Any]]:
    """Token to the largest object of that kind."""
    by_size = sorted(objects("dev"), key=lambda made: len(str(made["inputs"])))
    return {made["type"]: made["inputs"] for made in by_size}


def test_every_object_is_taken_as_it_is(one_of_each: dict[str, dict[str, Any]]) -> None:
    assert len(one_of_each) >= 14
    assert [failure for token, inputs in one_of_each.items() for failure in refusals(token, inputs)] == []


def test_a_field_that_is_unknown_is_refused_wherever_it_stands(one_of_each: dict[str, dict[str, Any]]) -> None:
    tried = 0
    for token, inputs in one_of_each.items():
        for path, value in places(inputs):
            if not isinstance(value, dict) or path[-1] in FREE or (token, path[-1]) == SERVICE_SELECTOR:
                continue
            found = refusals(token, placed(inputs, (*path, UNKNOWN), "x"))
            assert len(found) == 1, (token, path, found)
            (refused,) = found
            assert refused[0] == f"{dotted(path)}.{UNKNOWN}", (token, refused)
            assert refused[1].startswith(f'{refused[0]} is "x": {token.rsplit(":", 1)[1]} of Kubernetes')
            tried += 1
    assert tried > 100


def test_a_value_of_another_type_is_refused_wherever_it_stands(one_of_each: dict[str, dict[str, Any]]) -> None:
    tried = 0
    for token, inputs in one_of_each.items():
        for path, value in places(inputs):
            wrong: Any = "text" if isinstance(value, dict | list) else []
            refused = refusals(token, placed(inputs, path, wrong))
            assert [one for one in refused if one[0] == dotted(path)], (token, path, refused)
            tried += 1
    assert tried > 300
