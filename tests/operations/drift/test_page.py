"""The page has the table of the code."""

from __future__ import annotations

from operations.drift.benign import TABLE
from operations.drift.page import PAGE, page


def test_the_page_is_made_from_the_code() -> None:
    text = PAGE.read_text()
    assert page(text) == text, "run `make docs`"
    assert all(f"| `{entry.name}` |" in text and entry.reason in text for entry in TABLE)
