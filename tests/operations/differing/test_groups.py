"""Every setting of the model is in one group."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from infra.settings import Settings
from infra.settings.problems import fields_of, is_map, model_in
from operations.differing.groups import TABLE, group_of, matches


def _paths(model: type[BaseModel], above: str = "") -> Iterator[str]:
    for key, field in fields_of(model).items():
        path, inner = f"{above}{key}{'.*' if is_map(field) else ''}", model_in(field)
        if inner is BaseModel:
            yield path
        else:
            yield from _paths(inner, f"{path}.")


PATHS = list(_paths(Settings))


def test_the_table_knows_every_setting_once() -> None:
    groups = {path: [group for group, known in TABLE.items() if any(matches(p, path) for p in known)] for path in PATHS}
    assert {path: found for path, found in groups.items() if len(found) != 1} == {}


def test_the_table_knows_nothing_that_is_no_setting() -> None:
    known = [pattern for patterns in TABLE.values() for pattern in patterns]
    assert [pattern for pattern in known if not any(matches(pattern, path) for path in PATHS)] == []
    assert len(known) == len(set(known))


@pytest.mark.parametrize(
    ("path", "group"),
    [
        ("databases.main.multi_az", "safety"),
        ("databases.main.class", "size"),
        ("services.api.max_count", "size"),
        ("services.api.environment.LOG_LEVEL", "choice"),
        ("waf.limits.uploads.requests", "safety"),
        ("account", "identity"),
        ("aws:region", "identity"),
    ],
)
def test_a_setting_is_in_the_group_of_what_it_is(path: str, group: str) -> None:
    assert group_of(path) == group


def test_what_a_promotion_carries_is_told_as_that() -> None:
    assert group_of("services.api.image", ["services.*.image"]) == "promotable"
    assert group_of("services.api.image", ["databases.*.version"]) == "choice"
