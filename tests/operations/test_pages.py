"""The settings page is made from the settings' declaration, and the committed one is current."""

from __future__ import annotations

from operations.pages import PAGE, settings_page


def test_the_committed_settings_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == settings_page(), "run `make docs`"


def test_every_row_says_what_is_allowed_and_what_the_setting_is() -> None:
    rows = [line.split(" | ") for line in settings_page().splitlines() if line.startswith("| `")]
    assert len(rows) > 30
    for row in rows:
        assert len(row) == 4, row
        assert row[1].strip(), row
        assert len(row[3]) > 10, row


def test_a_map_says_that_its_keys_are_the_readers_own() -> None:
    section = settings_page().split("## `headroom:services`")[1]
    assert section.strip().startswith("A map: each key is a name of yours.")


def test_a_setting_is_named_as_in_the_stack_file() -> None:
    section = settings_page().split("## `headroom:databases`")[1].split("\n## ")[0]
    assert "\n| `class` |" in section
    assert "instance_class" not in section
