"""What CloudFront refuses beside paths and functions. T4."""

import pytest

from components.constraints import Problem
from components.edge.cdn_constraints import (
    country_problems,
    header_problems,
    shield_problems,
    timing_problems,
    viewer_problems,
)

TIMES = {"cache_seconds": 60, "error_seconds": 0, "origin_seconds": 30}


def test_what_is_right_has_no_problems() -> None:
    assert [
        *header_problems("content_security_policy", "default-src 'self'"),
        *header_problems("content_security_policy", ""),
        *shield_problems("eu-central-1"),
        *shield_problems(None),
        *country_problems(["DE", "FR"], []),
        *timing_problems(**TIMES),
        *viewer_problems(["example.com"], True),
        *viewer_problems([], False),
    ] == []


@pytest.mark.parametrize(
    ("problems", "said"),
    [
        (header_problems("csp", "a" * 1784), "csp is 1784: AWS takes 0 to 1783 characters"),
        (
            header_problems("csp", "default-src 'self';\nimg-src *"),
            "csp is default-src 'self'; ...: a header is one line",
        ),
        (shield_problems("eu-central-2"), "shield_region is eu-central-2: it has no Origin Shield"),
        (country_problems(["DE"], ["FR"]), "blocked_countries is FR: allowed_countries blocks all others already"),
        (country_problems(["de"], []), "allowed_countries is de: a country has a code of two capitals"),
        (timing_problems(**TIMES | {"cache_seconds": 0}), "cache_seconds is 0: AWS takes 1 to 31536000 seconds"),
        (timing_problems(**TIMES | {"error_seconds": -1}), "error_seconds is -1"),
        (timing_problems(**TIMES | {"origin_seconds": 121}), "origin_seconds is 121: AWS takes 1 to 120 seconds"),
        (viewer_problems(["example.com"], False), "aliases is example.com: host names and a certificate"),
        (viewer_problems([], True), "aliases is none: host names and a certificate"),
        (viewer_problems([f"h{n}.example.com" for n in range(101)], True), "aliases is 101: AWS takes 0 to 100"),
    ],
)
def test_what_cloudfront_refuses_is_told_with_its_remedy(problems: list[Problem], said: str) -> None:
    (problem,) = problems
    assert said in str(problem)
    assert problem.remedy
    assert problem.source.startswith("docs.aws.amazon.com/")
