"""What `headroom up` makes from a clean checkout is a release, until the next one that differs."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from tests.operations.promotion.stage import Stage, image


def test_an_up_is_recorded_with_its_commit_and_its_promotable_settings(stage: Stage) -> None:
    known = stage.store("dev").last()
    assert known is not None and known.live
    release = known.release
    assert (release.kind, release.commit) == ("up", stage.git("rev-parse", "HEAD"))
    assert release.settings == {
        "services.api.image": image("b"), "services.web.image": image("b"), "databases.main.version": "17"
    }  # fmt: skip
    assert release.source is None and release.approval == ""
    assert stage.tags == {}  # of the copy; the first stage has them


def test_the_same_again_is_no_other_release_so_that_it_does_not_begin_to_soak_anew(stage: Stage) -> None:
    before = stage.store("dev").last()
    assert stage.up("dev") == ""
    assert stage.store("dev").last() == before


def test_changed_settings_are_another_release(stage: Stage) -> None:
    before = stage.store("dev").last()
    stage.change("dev", image("b"), image("c"))
    stage.commit("third")
    assert "is recorded" in stage.up("dev")
    known = stage.store("dev").last()
    assert known is not None and before is not None
    assert known.release.previous == before.release.id and known.release.id > before.release.id


def test_another_program_is_another_release(stage: Stage) -> None:
    before = stage.store("dev").last()
    (stage.root / "infra" / "made.py").write_text("two = 2\n")
    stage.commit("another program")
    stage.up("dev")
    assert stage.store("dev").last() != before


def test_nothing_is_recorded_while_a_promotion_is_under_way(stage: Stage) -> None:
    stage.change("staging", "cpu_units: 256", "cpu_units: 512")
    stage.commit("larger")
    place = stage.world().place("staging")
    with place.store.hold(stage.world().holder(place)), pytest.raises(Failure, match="ada works on staging"):
        stage.up("staging")
