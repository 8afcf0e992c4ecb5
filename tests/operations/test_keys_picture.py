"""The picture of a key's life: what it says is what the function does. E3."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

from functions.rotate_secret.steps import STEPS
from infra.settings.foundation import Secrets
from operations import keys_picture
from operations.keys_picture import life, main, render
from tests.functions.rotation_world import KEY, world

PICTURE = Path(__file__).parents[2] / "docs/keys.svg"


def test_the_docs_have_the_picture_as_it_is_drawn_now(tmp_path: Path) -> None:
    main(str(tmp_path / "keys.svg"))
    assert (tmp_path / "keys.svg").read_text() == PICTURE.read_text()
    assert "](keys.svg)" in (PICTURE.parent / "keys.md").read_text()


def test_it_is_one_svg_of_the_settings_days() -> None:
    texts = [node.text or "" for node in ElementTree.fromstring(render(life(Secrets(overlap_days=5)))).iter()]
    assert {"day 0", "day 5", "day 10", "overlap", "deactivated", "done", *STEPS} <= set(texts)


def test_the_function_goes_through_these_steps_and_phases_at_these_days() -> None:
    assert tuple(STEPS) == keys_picture.STEPS
    drawn = life(Secrets())
    with world() as aws:
        aws.begin(KEY)
        old = aws.value(KEY)
        aws.rotate(KEY)
        for phase, begins in zip(drawn.phases, drawn.moments, strict=True):
            aws.later = timedelta(days=begins, minutes=1 + begins)
            aws.ask("sweep", KEY)
            assert aws.tag(KEY, "phase") == phase.name, begins
            assert aws.works(KEY, old) is (phase.name == "overlap")
            assert ("AWSPREVIOUS" in aws.labels(KEY)) is (phase.name != "done")
