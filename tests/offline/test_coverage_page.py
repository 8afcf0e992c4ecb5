"""The page of what the emulated AWS executes is made from the tables, and the committed one is current."""

from __future__ import annotations

from offline.aws import coverage
from offline.coverage_page import NOT_AT_ALL, PAGE, coverage_page


def test_the_committed_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == coverage_page(), "run: python -m offline.coverage_page"


def test_each_type_has_a_row_that_says_what_making_it_does() -> None:
    page = coverage_page()
    for item in coverage.covered():
        section = page.partition(f"\n## {item.service}\n")[2].partition("\n## ")[0]
        assert f"| `{item.token.rpartition(':')[2]}` | {item.state} |" in section


def test_what_is_not_there_at_all_stands_at_the_end() -> None:
    assert coverage_page().endswith(NOT_AT_ALL)
