"""Path patterns: what covers what, what overlaps, what comes first. T4."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.edge.path_patterns import covers, matches_all, overlap, specificity

PATTERNS = st.text(alphabet="ab/*?", max_size=6).map(lambda text: f"/{text}")
PATHS = st.text(alphabet="ab/c", max_size=7).map(lambda text: f"/{text}")


def matches(pattern: str, path: str) -> bool:
    """What a pattern says, by Python's own means."""
    text = "".join({"*": ".*", "?": "."}.get(letter, re.escape(letter)) for letter in pattern)
    return re.fullmatch(text, path) is not None


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [("/*", "/api/*"), ("/api/*", "/api/orders"), ("/a?", "/ab"), ("/a*", "/a?"), ("/?*", "/*?"), ("/*.js", "/a/*.js")],
)
def test_a_wide_pattern_covers_a_narrow_one(wide: str, narrow: str) -> None:
    assert covers(wide, narrow)


@pytest.mark.parametrize(
    ("wide", "narrow"), [("/api/*", "/*"), ("/api/*", "/api"), ("/a?", "/a*"), ("/*.js", "/api/*"), ("/Api", "/api")]
)
def test_a_pattern_does_not_cover_what_has_other_paths_too(wide: str, narrow: str) -> None:
    assert not covers(wide, narrow)


@pytest.mark.parametrize(
    ("one", "other", "shared"),
    [
        ("/api/*", "/*.js", True),
        ("/api/*", "/assets/*", False),
        ("/a*c", "/ab*", True),
        ("/a?", "/a", False),
        ("/a*", "/a", True),
    ],
)
def test_patterns_overlap_where_a_path_matches_both(one: str, other: str, shared: bool) -> None:
    assert overlap(one, other) is overlap(other, one) is shared


@pytest.mark.parametrize("pattern", ["/*", "*", "/**"])
def test_everything_is_told_from_all_the_rest(pattern: str) -> None:
    assert matches_all(pattern)
    assert not matches_all("/?*")


@settings(max_examples=100)
@given(wide=PATTERNS, narrow=PATTERNS, path=PATHS)
def test_what_matches_the_narrow_pattern_matches_the_wide_one(wide: str, narrow: str, path: str) -> None:
    if covers(wide, narrow) and matches(narrow, path):
        assert matches(wide, path)


@settings(max_examples=100)
@given(one=PATTERNS, other=PATTERNS, path=PATHS)
def test_a_path_that_matches_both_makes_them_overlap(one: str, other: str, path: str) -> None:
    if matches(one, path) and matches(other, path):
        assert overlap(one, other)


@settings(max_examples=100)
@given(wide=PATTERNS, narrow=PATTERNS)
def test_a_pattern_comes_before_all_that_cover_it(wide: str, narrow: str) -> None:
    if covers(wide, narrow) and not covers(narrow, wide):
        assert specificity(narrow) < specificity(wide)
