"""What `headroom up` makes from a clean checkout is a release, until the next one that differs; meanwhile nobody else
works on the environment."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from tests.operations.promotion.stage import Stage, image
from tests.operations.promotion.test_interruptions import interrupted


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
    assert stage.store("dev").held() is None


def test_another_program_is_another_release(stage: Stage) -> None:
    before = stage.store("dev").last()
    (stage.root / "infra" / "made.py").write_text("two = 2\n")
    stage.commit("another program")
    stage.up("dev")
    assert stage.store("dev").last() != before


def test_it_is_what_git_has_whatever_is_edited_while_the_engine_runs(stage: Stage) -> None:
    stage.change("dev", image("b"), image("c"))
    stage.commit("third")

    def edit(what: str) -> None:
        if what == "after apply":
            stage.change("dev", image("c"), image("d"))

    stage.watch = edit
    stage.up("dev")
    known = stage.store("dev").last()
    assert known is not None and known.release.settings["services.api.image"] == image("c")


def larger(stage: Stage, *, committed: bool = True) -> None:
    stage.change("staging", "cpu_units: 256", "cpu_units: 512")
    stage.tries_out = not committed
    if committed:
        stage.commit("larger")


@pytest.mark.parametrize("verb", ["promote", "rollback"])
@pytest.mark.parametrize("committed", [True, False])
def test_nothing_is_applied_while_somebody_promotes_or_rolls_back(stage: Stage, verb: str, committed: bool) -> None:
    larger(stage, committed=committed)
    place = stage.world().place("staging")
    said = rf"staging is being worked on by .*ada \(headroom {verb}, host"
    with place.store.hold(place.holder(verb)), pytest.raises(Failure, match=said):
        stage.up("staging")
    assert stage.applied == []
    stage.up("staging")
    assert [name for name, _ in stage.applied] == ["staging"]


def test_nothing_is_promoted_while_an_up_goes_on(stage: Stage) -> None:
    larger(stage)
    refused: list[str] = []

    def promote(what: str) -> None:
        if what == "half way":
            with pytest.raises(Failure) as failure:
                stage.promote()
            refused.append(failure.value.message.splitlines()[0])

    stage.watch = promote
    stage.up("staging")
    [said] = refused
    assert said.startswith("staging is being worked on by ") and "ada (headroom up, host" in said
    assert "before its first phase" not in said


@pytest.mark.parametrize("committed", [True, False])
def test_an_interrupted_promotion_is_gone_on_with_or_given_up_before(stage: Stage, committed: bool) -> None:
    interrupted(stage, "half way")
    stage.applied.clear()
    larger(stage, committed=committed)
    with pytest.raises(Failure, match="a promotion of staging was interrupted, and `up` would come between") as refused:
        stage.up("staging")
    assert "the engine had begun: part of it may be applied" in refused.value.message
    assert refused.value.remedies == (
        "headroom promote dev staging --offline  goes on with it",
        "headroom rollback staging --offline  gives it up, and goes back",
    )
    assert stage.applied == [] and stage.store("staging").held() is None


def test_who_tries_out_what_is_not_committed_where_nothing_is_promoted_to_asks_no_bucket(stage: Stage) -> None:
    stage.change("dev", "cpu_units: 256", "cpu_units: 512")
    stage.tries_out = True
    place = stage.world().place("dev")
    with place.store.hold(place.holder("rollback")):
        stage.calls.clear()
        assert stage.up("dev").startswith("Not recorded as a release: no commit has what lies here")
    assert "get" not in stage.calls and [name for name, _ in stage.applied] == ["dev"]


@pytest.mark.parametrize("environment", ["dev", "staging"])
def test_a_bucket_that_is_not_there_yet_keeps_nobody_from_an_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    def missing(key: str) -> None:
        raise Failure("there is no bucket headroom-state")

    monkeypatch.setattr(stage.bucket(environment), "get", missing)
    assert stage.up(environment) == "Not recorded as a release: there is no bucket headroom-state"
    assert [name for name, _ in stage.applied] == [environment]


def test_who_was_taken_over_meanwhile_records_nothing(stage: Stage) -> None:
    larger(stage)
    before = stage.store("staging").last()

    def sleep(what: str) -> None:
        if what == "after apply":
            stage.take_over("staging")

    stage.watch = sleep
    with pytest.raises(Failure, match="this run no longer holds staging: taken over by"):
        stage.up("staging")
    assert stage.store("staging").last() == before
