"""Which requests CloudFront answers from where. T4."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.edge.cdn_behaviors import Paths, Plan, behavior_problems, plan
from components.edge.path_patterns import covers


def paths(**chosen: Any) -> Paths:
    base: dict[str, Any] = {"services": ["/api/*", "/health", "/*"], "has_site": True, "site": ["/assets/*"]}
    return Paths(**base | chosen)


def order(chosen: Plan) -> list[tuple[str, str]]:
    return [(behavior.pattern, behavior.treatment) for behavior in chosen.ordered]


def problems(chosen: Paths) -> list[str]:
    return [str(problem) for problem in behavior_problems(chosen)]


def answerer(chosen: Plan, path: str) -> str:
    """Who answers, as CloudFront decides: the first that matches."""
    return next((b.treatment for b in chosen.ordered if covers(b.pattern, path)), chosen.default)


def test_services_take_everything_but_the_sites_own_paths() -> None:
    chosen = plan(paths())
    assert chosen.default == "services"
    assert order(chosen) == [("/assets/*", "site")]


def test_a_site_takes_what_no_service_takes() -> None:
    chosen = plan(paths(services=["/api/*", "/health"], site=[]))
    assert chosen.default == "site"
    assert order(chosen) == [("/health", "services"), ("/api/*", "services")]


def test_without_a_site_services_take_everything() -> None:
    chosen = plan(paths(has_site=False, site=[], services=["/api/*"]))
    assert (chosen.default, order(chosen)) == ("services", [])


def test_without_services_the_site_takes_everything() -> None:
    chosen = plan(paths(services=[], site=[]))
    assert (chosen.default, order(chosen)) == ("site", [])


def test_cached_paths_come_before_the_paths_that_they_lie_in() -> None:
    chosen = plan(paths(services=["/api/*"], site=[], cached=["/api/catalog/*", "/api/prices"]))
    assert order(chosen) == [
        ("/api/catalog/*", "cached"),
        ("/api/prices", "cached"),
        ("/api/*", "services"),
    ]


def test_who_caches_a_path_caches_all_within_it() -> None:
    chosen = plan(paths(services=["/api/*", "/api/orders/*"], site=[], cached=["/api/*"]))
    assert answerer(chosen, "/api/orders/1") == "cached"


def test_a_service_keeps_its_path_within_the_sites() -> None:
    chosen = plan(paths(services=["/*", "/assets/private/*"]))
    assert order(chosen) == [("/assets/private/*", "services"), ("/assets/*", "site")]


def test_all_answers_may_be_cached_but_the_site() -> None:
    chosen = plan(paths(cached=["/*"]))
    assert chosen.default == "cached"
    assert order(chosen) == [("/assets/*", "site")]
    assert chosen.uses("cached")
    assert not chosen.uses("services")


def test_the_plan_has_no_problems_by_default() -> None:
    assert problems(paths()) == []


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"site": []}, "site_paths is none: a service takes /*, and so would the site"),
        ({"site": ["/*"]}, "site_paths is /*: a service takes /*"),
        ({"has_site": False}, "site_paths is /assets/*: there is no bucket whose use is site"),
        ({"site": ["/api/*"]}, "site_paths is /api/*: a service has the same path"),
        ({"site": ["/"]}, "site_paths is /: a request for / would list the bucket"),
        ({"site": ["/*.js"]}, "site_paths is /*.js: some paths match it and /api/*, and neither lies within the other"),
        (
            {"services": ["/api/*"], "cached": ["/prices"]},
            "cached_paths is /prices: no public service takes all of it; they take /api/*",
        ),
        (
            {"services": ["/api/*", "/api/orders/*"], "cached": ["/api/*/list"]},
            "cached_paths is /api/*/list: some paths match it and /api/orders/*",
        ),
        ({"site": [f"/assets/{n}/*" for n in range(75)]}, "they make 76 behaviors, and a distribution has 75"),
    ],
)
def test_paths_that_leave_anything_to_chance_are_refused(chosen: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems(paths(**chosen)))


SOME = st.lists(
    st.sampled_from(["/a/*", "/a/b/*", "/a/b/c", "/b/*", "/*", "/a?", "/b/c*", "/*.js", "/a/*.js"]),
    max_size=4,
    unique=True,
)


def narrowest(chosen: Paths, path: str) -> str:
    """Who should answer: the narrowest pattern that the settings have for it, cached where anything says so."""
    found: Sequence[tuple[str, str]] = [
        *((pattern, "site") for pattern in chosen.site if chosen.has_site),
        *((pattern, "services") for pattern in chosen.services),
    ]
    taking = [(pattern, who) for pattern, who in found if covers(pattern, path)]
    for pattern, who in taking:
        if all(covers(other, pattern) for other, _ in taking):
            cached = who == "services" and any(covers(wide, path) for wide in chosen.cached)
            return "cached" if cached else who
    return plan(chosen).default


@settings(max_examples=100)
@given(services=SOME, site=SOME, cached=SOME, has_site=st.booleans())
def test_the_narrowest_pattern_answers(services: list[str], site: list[str], cached: list[str], has_site: bool) -> None:
    chosen = Paths(services=services, has_site=has_site, site=site if has_site else [], cached=cached)
    if behavior_problems(chosen):
        return
    for path in ("/a/x", "/a/b/x", "/a/b/c", "/b/x", "/b/c", "/ax", "/x.js", "/a/x.js", "/x"):
        assert answerer(plan(chosen), path) == narrowest(chosen, path), (chosen, path)
