"""The release that goes on is found wherever git has its settings."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from operations.promotion.approving import Answer
from tests.operations.promotion.stage import Stage, image


def test_a_source_whose_commit_is_not_in_this_clone_is_named_with_a_remedy(stage: Stage) -> None:
    stage.git("switch", "-q", "-c", "feature")
    stage.tries_out = True
    stage.change("dev", image("b"), image("c"))
    stage.commit("squashed later")
    stage.up("dev")
    stage.soak()
    stage.git("switch", "-q", "main")
    stage.forget("feature")
    with pytest.raises(
        Failure, match=r"commit [0-9a-f]{12}, of which release .* of dev was made, is not in this"
    ) as no:
        stage.promote(answer=Answer(approve="x"))
    assert any("git fetch" in remedy for remedy in no.value.remedies)


def test_a_release_of_a_branch_that_was_squashed_goes_on_where_main_says_the_same(stage: Stage) -> None:
    stage.git("switch", "-q", "-c", "feature")
    stage.change("dev", image("b"), image("c"))
    stage.commit("one of several")
    stage.tries_out = True
    stage.up("dev")
    stage.soak()
    stage.git("switch", "-q", "main")
    stage.git("merge", "-q", "--squash", "feature")
    stage.commit("A feature (#7)")
    stage.forget("feature")
    stage.tries_out = False
    stage.promote()
    assert stage.stands["staging"]["service api"] == image("c")
