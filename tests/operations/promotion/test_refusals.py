"""The page of refusals says what promotions really say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.promotion.refusals import CASES, HEAD, Case, told
from tests.operations.promotion.stage import Stage

PAGE = Path(__file__).resolve().parents[3] / "docs" / "refusals.md"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.what.replace(" ", "-"))
def test_the_page_has_it_word_for_word(case: Case, stage: Stage) -> None:
    assert told(case, case.said(stage)) in PAGE.read_text(encoding="utf-8")


def test_the_page_has_nothing_else() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page.startswith(HEAD)
    assert page.count("\n## ") == len(CASES)
