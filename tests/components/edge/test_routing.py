"""Priorities and paths of listener rules. T3, E5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.edge.routing import (
    condition_problems,
    derived_priority,
    health_check_problems,
    leading_segments,
    path_problems,
    priority_problems,
)

GUIDE = "docs.aws.amazon.com/elasticloadbalancing/latest/application"


@pytest.mark.parametrize(
    ("path", "segments"),
    [("/*", 0), ("/", 0), ("/a*", 0), ("/api/*", 1), ("/health", 1), ("/api/v?/x", 1), ("/a/b", 2)],
)
def test_segments_count_up_to_the_first_wildcard(path: str, segments: int) -> None:
    assert leading_segments(path) == segments


def test_the_more_specific_path_is_looked_at_first() -> None:
    catch_all, one, two = (derived_priority("x", [path]) for path in ("/*", "/api/*", "/api/orders/*"))
    assert two < one < catch_all


def test_a_service_goes_by_its_least_specific_path() -> None:
    assert derived_priority("web", ["/api/orders/*", "/*"]) == derived_priority("web", ["/*"])


def test_a_service_with_hosts_of_its_own_comes_before_all_that_take_any_host() -> None:
    everything_there, most_specific_here = derived_priority("x", ["/*"], ["admin"]), derived_priority("x", ["/a/b/*"])
    assert everything_there < most_specific_here


@given(service=st.text(min_size=1), paths=st.lists(st.text(min_size=1), min_size=1, max_size=5))
def test_a_derived_priority_is_legal_and_leaves_the_first_thousand_free(service: str, paths: list[str]) -> None:
    assert 1_001 <= derived_priority(service, paths) <= 50_000
    assert 1_001 <= derived_priority(service, paths, ["a"]) <= 6_000


def test_two_services_with_one_priority_are_told_apart_by_name() -> None:
    assert [str(problem) for problem in priority_problems({"api": 100, "web": 100, "auth": 7})] == [
        "priority is 100: api and web share it, and no two rules of a listener may; give api a priority of its own "
        f"({GUIDE}/listener-rules.html)",
        "priority is 100: web and api share it, and no two rules of a listener may; give web a priority of its own "
        f"({GUIDE}/listener-rules.html)",
    ]


def test_a_priority_beyond_aws_range_is_refused() -> None:
    (problem,) = priority_problems({"api": 50_001})
    assert str(problem) == f"priority is 50001: AWS takes 1 to 50000; choose 1 to 50000 ({GUIDE}/listener-rules.html)"


def test_a_rule_takes_five_paths() -> None:
    assert path_problems([f"/{number}" for number in range(5)]) == []
    (problem,) = path_problems([f"/{number}" for number in range(6)])
    assert problem.reason == "a listener rule takes 1 to 5 path patterns, and these are 6"


def test_hosts_and_paths_share_the_five_values_of_a_rule() -> None:
    assert condition_problems(["/a", "/b"], ["one", "two", "three"]) == []
    (problem,) = condition_problems(["/a", "/b", "/c"], ["one", "two", "three"])
    assert (problem.key, problem.remedy) == ("hosts", "choose 2 hosts at most, or fewer paths")


def test_a_rule_takes_five_wildcards_however_few_its_paths() -> None:
    assert path_problems(["/a/*/b/*", "/c/*/d/*", "/e?"]) == []
    (problem,) = path_problems(["/a/*/b/*", "/c/*/d/*", "/e/*/f/*"])
    assert problem.reason == "a listener rule takes 5 wildcards (* and ?) at most, and these have 6"


@pytest.mark.parametrize("path", ["api/*", "/" + "x" * 128])
def test_a_path_starts_with_a_slash_and_is_short(path: str) -> None:
    (problem,) = path_problems([path])
    assert problem.value == path


def test_a_health_check_ends_before_the_next_one() -> None:
    problems = health_check_problems(interval_seconds=15, timeout_seconds=15, healthy_count=2, unhealthy_count=3)
    assert [str(problem) for problem in problems] == [
        "health_timeout_seconds is 15: it must be below health_interval_seconds, 15; choose 14 or less, or a longer "
        f"interval ({GUIDE}/target-group-health-checks.html)"
    ]


def test_a_health_check_within_its_ranges_has_no_problem() -> None:
    assert health_check_problems(interval_seconds=15, timeout_seconds=5, healthy_count=2, unhealthy_count=3) == []


def test_a_health_check_beyond_its_ranges_is_refused() -> None:
    problems = health_check_problems(interval_seconds=3, timeout_seconds=1, healthy_count=1, unhealthy_count=11)
    assert [problem.key for problem in problems] == [
        "health_interval_seconds",
        "health_timeout_seconds",
        "healthy_count",
        "unhealthy_count",
    ]
