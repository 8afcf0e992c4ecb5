"""A review tells what whoever approves it has to know beside what would change."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from operations.promotion.approving import Answer
from tests.operations.promotion.stage import Stage, image


def test_a_review_tells_what_is_under_way(stage: Stage) -> None:
    stage.fails["staging"] = "stopped"
    approval = stage.approval()
    with pytest.raises(Failure, match="stopped, as you asked"):
        stage.promote(answer=Answer(approve=approval))
    stage.promote(answer=Answer(review_only=True))
    assert "Under way, or interrupted:" in stage.said and "the engine had begun: part of it may be" in stage.said
    stage.promote(answer=Answer(review_only=True, format="markdown"))
    assert "Under way, or interrupted:" in stage.said


def test_settings_that_one_of_both_has_alone_are_told_and_left(stage: Stage) -> None:
    stage.change("dev", "  headroom:databases", "    auth:\n      image: ghcr.io/acme/auth:1\n  headroom:databases")
    stage.change("staging", "  headroom:databases", f"    mail:\n      image: {image('a')}\n  headroom:databases")
    stage.commit("a service each")
    for name in ("dev", "staging"):
        stage.up(name)
    stage.soak()
    for format_ in ("text", "markdown"):
        stage.promote(answer=Answer(review_only=True, format=format_))
        assert "Not there, so not brought on: services.auth.image" in stage.said
        assert "Not in dev, so left as they are: services.mail.image" in stage.said
