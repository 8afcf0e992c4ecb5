"""Whatever goes wrong while a release is carried out, nothing more is done than is known, and it is told."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from operations.promotion.approving import Answer
from operations.promotion.checkouts.repository import Repository
from operations.promotion.model import Release
from operations.promotion.records.store import Store
from tests.operations.promotion.stage import Engine, Stage, image


def test_who_was_taken_over_while_he_read_the_report_moves_no_branch(stage: Stage) -> None:
    approval, before = stage.approval(), stage.git("rev-parse", "HEAD")

    def sleep(what: str) -> None:
        if what == "look at health":
            stage.take_over("staging")

    stage.watch = sleep
    with pytest.raises(Failure, match="this run no longer holds staging: taken over by"):
        stage.promote(answer=Answer(approve=approval))
    assert stage.git("rev-parse", "HEAD") == before and stage.applied == []


def test_who_was_taken_over_while_it_went_on_neither_ends_it_nor_rolls_it_back(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"

    def sleep(what: str) -> None:
        if what == "await rollout":
            stage.take_over("staging")

    approval = stage.approval()
    stage.watch = sleep
    with pytest.raises(
        Failure, match=r"(?s)rolled revision 7 back.*\nthis run no longer holds staging.*may run yet"
    ) as lost:
        stage.promote(answer=Answer(approve=approval), rollback="auto")
    assert "rolled back:" not in lost.value.message
    known = stage.store("staging").last()
    assert known is not None and known.release.kind == "promotion" and known.outcome is None
    assert stage.image_of("staging") == image("b")


def test_a_branch_that_takes_no_commit_leaves_nothing_to_go_on_with(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(repository: Repository, commit: str) -> None:
        raise Failure("origin's main refuses the push, and main is where it was")

    approval = stage.approval()
    with monkeypatch.context() as patched:
        patched.setattr(Repository, "advance", refused)
        with pytest.raises(Failure, match="refuses the push"):
            stage.promote(answer=Answer(approve=approval))
    assert stage.store("staging").position() is None and len(stage.store("staging").releases()) == 1
    assert stage.promote(answer=Answer(approve=approval)) == 0


def test_a_record_that_can_not_be_kept_tells_what_stands_and_how_to_go_on(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(store: Store, release: Release) -> None:
        raise Failure("AWS refuses PutObject", ("sign in",))

    approval = stage.approval()
    with monkeypatch.context() as patched:
        patched.setattr(Store, "record", refused)
        with pytest.raises(Failure, match="its settings are in git, and nothing of it is applied") as failed:
            stage.promote(answer=Answer(approve=approval))
    assert failed.value.remedies == ("sign in", "headroom promote dev staging --offline  goes on with it")
    assert stage.promote(answer=Answer(approve=approval)) == 0


@pytest.mark.parametrize("what", ["outputs", "resources"])
def test_a_failure_that_keeps_from_looking_keeps_neither_from_telling_nor_from_going_back(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    real, failing = getattr(Engine, what), [True]

    def unanswered(engine: Engine, environment: str) -> object:
        if failing and "half way" in stage.calls:
            failing.pop()
            stage.fails.clear()
            raise Failure("the backend does not answer")
        return real(engine, environment)

    approval = stage.approval()
    stage.fails["staging"] = "apply"
    stage.calls.clear()
    monkeypatch.setattr(Engine, what, unanswered)
    with pytest.raises(Failure, match=r"(?s)AWS said no\nRelease .*staging was rolled back to"):
        stage.promote(answer=Answer(approve=approval), rollback="auto")
    assert not failing and stage.image_of("staging") == image("a")
    if what == "outputs":
        assert "NOBODY WAS PAGED: the backend does not answer" in stage.said
