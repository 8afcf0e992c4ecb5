"""What AWS WAF refuses, or charges extra for. T5."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.edge.waf_constraints import MOST_WCU, limit_problems, protection_problems, weight_problems
from components.edge.waf_rules import GROUPS, Limit, Protection, rules, weights

RIGHT: dict[str, Any] = {
    "mode": "block",
    "groups": ["ip-reputation", "common", "known-bad-inputs", "sqli"],
    "limits": {
        "general": Limit(requests=200),
        "analysis": Limit(requests=100, paths=["/api/analysis"]),
        "uploads": Limit(requests=20, paths=["/api/uploads"]),
        "sign-in": Limit(requests=67, window_seconds=600, paths=["/api/auth/sign-in"], by="address"),
    },
    "api_key_header": "x-api-key",
    "flood_requests": 2000,
    "large_body_paths": ["/api/uploads"],
}


def problems(**changed: Any) -> list[str]:
    return [str(problem) for problem in protection_problems(Protection(**(RIGHT | changed)))]


def test_what_the_requirements_ask_for_fits_the_base_price() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        (Limit(requests=9), "requests is 9: AWS takes 10 to 2000000000 requests"),
        (
            Limit(requests=100, window_seconds=900),
            "window_seconds is 900: AWS WAF counts over fixed windows; choose 600",
        ),
        (Limit(requests=100, paths=["api"]), "paths is api: the start of a path begins with /"),
        (
            Limit(requests=100, paths=["/api/*"]),
            "paths is /api/*: the start of a path begins with /, and has no wildcard",
        ),
    ],
)
def test_a_limit_that_aws_does_not_take_is_refused(limit: Limit, said: str) -> None:
    (problem,) = limit_problems(limit)
    assert str(problem).startswith(said)


def test_an_unknown_group_is_refused_with_the_known_ones() -> None:
    (said,) = problems(groups=["core"])
    assert said.startswith("groups is core: there is no such group; choose among ip-reputation, anonymous-ip, common")


def test_a_rule_can_be_left_out_only_of_a_group_that_is_there() -> None:
    (said,) = problems(exclusions={"php": ["PHPHighRiskMethodsVariables_BODY"]})
    assert said.startswith("exclusions is php: it is not among the groups")


def test_more_than_ten_rate_based_rules_are_refused_by_name() -> None:
    (said,) = problems(limits={f"limit-{number}": Limit(requests=10) for number in range(5)})
    assert "they make 11 rate-based rules (flood, limit-limit-0-by-key" in said
    assert "count some by: address" in said


def test_too_heavy_a_web_acl_shows_the_arithmetic() -> None:
    (said,) = problems(groups=["common", "known-bad-inputs", "sqli", "linux", "unix"])
    total = sum(
        weights(
            rules(Protection(**(RIGHT | {"groups": ["common", "known-bad-inputs", "sqli", "linux", "unix"]})))
        ).values()
    )
    assert f"they weigh {total:,} WCU, more than the 1,500 of the base price: aws-common 700 + aws-" in said
    assert "limit-general-by-key 32" in said


@settings(max_examples=60)
@given(
    groups=st.sets(st.sampled_from(sorted(GROUPS))),
    paths=st.lists(st.text("abc/", min_size=1, max_size=8).map(lambda text: f"/{text}"), max_size=4),
)
def test_a_web_acl_within_its_weight_has_no_problem_and_any_other_has_one(groups: set[str], paths: list[str]) -> None:
    chosen = Protection(**(RIGHT | {"groups": sorted(groups), "limits": {"a": Limit(requests=10, paths=paths)}}))
    total = sum(weights(rules(chosen)).values())
    assert bool(weight_problems(chosen)) is (total > MOST_WCU)
