"""Versions and addresses of a cluster."""

import pytest

from components.eks.constraints import DEFAULT_VERSION, VERSIONS, endpoint_problems, version_problems
from offline.kubernetes.schemas import DEFAULT_VERSION as CHECKED_VERSION


def test_the_default_version_is_in_standard_support_and_the_one_that_is_checked_offline() -> None:
    assert DEFAULT_VERSION in VERSIONS
    assert DEFAULT_VERSION == CHECKED_VERSION


@pytest.mark.parametrize(
    ("version", "before", "told"),
    [
        ("1.36", "1.35", ""),
        ("1.36", "1.36", ""),
        ("1.36", "1.34", "choose 1.35 first"),
        ("1.34", "1.35", "keep 1.35"),
        ("1.20", None, "choose 1.34, 1.35 or 1.36"),
    ],
)
def test_versions_go_up_one_by_one(version: str, before: str | None, told: str) -> None:
    told_now = [str(problem) for problem in version_problems(version, before)]
    assert (told_now == []) if not told else (len(told_now) == 1 and told in told_now[0])


def test_runners_with_known_addresses_may_reach_a_public_endpoint() -> None:
    assert endpoint_problems(["203.0.113.7/32"], hosted_runners=True) == []
    assert len(endpoint_problems([], hosted_runners=True)) == 1
    assert endpoint_problems([], hosted_runners=False) == []
