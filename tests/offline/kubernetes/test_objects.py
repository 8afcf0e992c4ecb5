"""What counts as drift, and what is only another way to write the same."""

from __future__ import annotations

from typing import Any

import pytest

from offline.kubernetes.objects import as_declared


@pytest.mark.parametrize(
    ("declared", "found"),
    [
        ({"memory": "1024Mi"}, {"memory": "1Gi"}),
        ({"cpu": "1000m"}, {"cpu": "1"}),
        ({"sizeLimit": "2048Mi"}, {"sizeLimit": "2Gi"}),
        ({"port": 80}, {"port": "80"}),
        ({"replicas": 2}, {"replicas": 2, "paused": False}),
        ({"labels": {}}, {}),
        ({"items": [{"name": "a"}]}, {"items": [{"name": "a", "protocol": "TCP"}]}),
    ],
)
def test_what_a_server_adds_or_writes_in_its_own_way_is_no_drift(declared: Any, found: Any) -> None:
    assert as_declared(declared, found) == declared


@pytest.mark.parametrize(
    ("declared", "found", "seen"),
    [
        ({"memory": "1024Mi"}, {"memory": "2Gi"}, {"memory": "2Gi"}),
        ({"value": "1024Mi"}, {"value": "1Gi"}, {"value": "1Gi"}),
        ({"data": {"a": "b", "c": "d"}}, {"data": {"a": "x"}}, {"data": {"a": "x"}}),
        ({"items": ["a"]}, {"items": ["a", "b"]}, {"items": ["a", "b"]}),
    ],
)
def test_what_somebody_else_changed_or_took_away_is_drift(declared: Any, found: Any, seen: Any) -> None:
    assert as_declared(declared, found) == seen
