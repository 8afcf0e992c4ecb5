"""Killed anywhere, the same command goes on, or begins again; nothing is applied that git does not say."""

from __future__ import annotations

import datetime
import shlex

import pytest

from operations.errors import Failure, Stopped
from operations.promotion.approving import Answer
from operations.promotion.promote import Wish, promote
from operations.promotion.releases import releases
from operations.promotion.rolling_back import rollback
from tests.operations.promotion.stage import Engine, Killed, Stage, image

READS = {"get", "list", "export state", "look at health", "look for drift"}
"""Calls after which nothing is other than before."""
SILENT = 120
"""Seconds after which a lease is free that nobody renews."""


def killed(stage: Stage, command: str, call: int) -> bool:
    """Whether the command was killed at this call to the outside; else it came to its end."""
    stage.kill_at = call
    try:
        run(stage, command)
    except Killed:
        stage.clock += datetime.timedelta(seconds=SILENT)
        return True
    finally:
        stage.kill_at = None
    return False


def run(stage: Stage, command: str) -> None:
    """The command as somebody gives it at a terminal, answering yes."""
    stage.answers = [True, True]
    if command == "promote":
        promote(stage.world(), "dev", "staging", Wish(answer=Answer()))
    else:
        rollback(stage.world(), "staging", None, Answer())
    stage.answers = None


def require_settled(stage: Stage, letter: str) -> None:
    """Git, AWS and the records say the same, and nothing is under way."""
    store = stage.store("staging")
    assert stage.image_of("staging") == stage.stands["staging"]["service api"] == image(letter)
    assert stage.git("status", "--porcelain") == ""
    assert store.position() is None and store.held() is None
    newest = store.last()
    assert newest is not None and newest.live
    assert newest.release.settings["services.api.image"] == image(letter)
    assert stage.git("worktree", "list").count("\n") == 0


def calls_of(stage: Stage, command: str) -> list[int]:
    """The calls to the outside of an undisturbed command that leave something behind, and those that take long."""
    stage.calls.clear()
    run(stage, command)
    return [number for number, what in enumerate(stage.calls) if what not in READS]


@pytest.mark.parametrize("part", range(4))
def test_a_promotion_killed_at_any_call_comes_to_its_end_when_given_again(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory, part: int
) -> None:
    calls = calls_of(stage.copy(tmp_path_factory.mktemp("whole") / "project"), "promote")
    assert len(calls) > 20
    for call in calls[part::4]:
        again = stage.copy(tmp_path_factory.mktemp("killed") / "project")
        assert killed(again, "promote", call), call
        run(again, "promote")
        if again.store("staging").position() is None and again.image_of("staging") == image("a"):
            run(again, "promote")
        require_settled(again, "b")
        ended = [known for known in again.store("staging").releases() if known.live]
        assert len(ended) == 2, f"killed at call {call}: the release is recorded as live twice"


@pytest.mark.parametrize("part", range(4))
def test_a_rollback_killed_at_any_call_comes_to_its_end_when_given_again(
    stage: Stage, tmp_path_factory: pytest.TempPathFactory, part: int
) -> None:
    run(stage, "promote")
    calls = calls_of(stage.copy(tmp_path_factory.mktemp("whole") / "project"), "rollback")
    assert len(calls) > 20
    for call in calls[part::4]:
        again = stage.copy(tmp_path_factory.mktemp("killed") / "project")
        assert killed(again, "rollback", call), call
        store = again.store("staging")
        done = (newest := store.last()) is not None and newest.release.kind == "rollback" and newest.live
        if not done or store.position() is not None:
            run(again, "rollback")
        require_settled(again, "a")


def interrupted(stage: Stage, at: str) -> None:
    """A promotion that was killed at the first call of that name."""

    def watch(what: str) -> None:
        if what == at:
            stage.kill_at = 0

    stage.watch = watch
    with pytest.raises(Killed):
        run(stage, "promote")
    stage.watch, stage.kill_at, stage.answers = None, None, None
    stage.clock += datetime.timedelta(seconds=SILENT)


def test_whoever_looks_is_told_where_an_interrupted_promotion_stands(stage: Stage) -> None:
    interrupted(stage, "half way")
    world = stage.world()
    releases(world, ["staging"], as_json=False)
    assert "under way" in stage.said and "the engine had begun: part of it may be applied" in stage.said
    run(stage, "promote")
    assert "the engine had begun: part of it may be applied" in stage.said and "Going on with it." in stage.said


def test_going_on_needs_no_second_approval(stage: Stage) -> None:
    interrupted(stage, "half way")
    assert promote(stage.world(), "dev", "staging", Wish(answer=Answer())) == 0
    require_settled(stage, "b")


def test_what_was_not_begun_and_moved_meanwhile_is_given_up_and_reviewed_anew(stage: Stage) -> None:
    interrupted(stage, "before writing releases/staging/position.json")
    require_left = stage.store("staging").position()
    stage.stands["staging"]["service web"] = image("z")
    run(stage, "promote")
    assert require_left is None or "It is given up" in stage.said
    require_settled(stage, "b")


def test_another_promotion_is_not_mixed_with_an_interrupted_one(stage: Stage) -> None:
    interrupted(stage, "half way")
    with pytest.raises(Failure, match="was interrupted") as refused:
        promote(stage.world(), "prod", "staging", Wish(answer=Answer(), break_glass="wrong way"))
    assert refused.value.remedies == ("headroom promote dev staging --offline",)


def test_a_rollback_takes_over_from_an_interrupted_promotion(stage: Stage) -> None:
    interrupted(stage, "half way")
    stage.answers = [False]
    rollback(stage.world(), "staging", None, Answer())
    assert stage.store("staging").position() is not None
    run(stage, "rollback")
    require_settled(stage, "a")
    _, given_up, _ = stage.store("staging").releases()
    assert given_up.outcome is not None and "given up for a rollback" in given_up.outcome.said


def test_an_interrupted_rollback_is_gone_on_with_and_no_other_is_begun(stage: Stage) -> None:
    first = stage.store("staging").last()
    run(stage, "promote")

    def watch(what: str) -> None:
        if what == "half way":
            stage.kill_at = 0

    stage.watch = watch
    with pytest.raises(Killed):
        run(stage, "rollback")
    stage.watch, stage.kill_at = None, None
    stage.clock += datetime.timedelta(seconds=SILENT)
    assert first is not None
    with pytest.raises(Failure, match=rf"to {first.release.id} was interrupted, and 2019 is asked for"):
        rollback(stage.world(), "staging", "2019", Answer())
    rollback(stage.world(), "staging", first.release.id, Answer())
    require_settled(stage, "a")
    assert [subject for subject, _ in stage.pager.pages] == ["staging was rolled back"]


def test_going_on_loses_no_data_that_nobody_approved(stage: Stage) -> None:
    interrupted(stage, "half way")
    stage.stands["staging"]["database main"] = "16"
    stage.operations["database main"] = "replace"
    with pytest.raises(Failure, match=r"would lose data that was not approved:\nreplace rds\.Instance database main"):
        run(stage, "promote")


def test_a_promotion_that_is_stopped_by_hand_says_how_to_go_on_and_keeps_its_place(stage: Stage) -> None:
    stage.fails["staging"] = "stopped"
    with pytest.raises(Stopped) as stopped:
        run(stage, "promote")
    assert stopped.value.remedies == ("headroom promote dev staging --offline  goes on with it",)
    stage.fails.clear()
    run(stage, "promote")
    require_settled(stage, "b")


@pytest.mark.parametrize(
    "at", ["before moving the branch", "after moving the branch", "before writing releases/staging/20261121-100300"]
)
def test_the_hash_that_approved_it_goes_on_with_it_wherever_it_was_killed(stage: Stage, at: str) -> None:
    approved = Wish(answer=Answer(approve=stage.approval()))

    def watch(what: str) -> None:
        if what.startswith(at):
            stage.kill_at = 0

    stage.watch = watch
    with pytest.raises(Killed):
        promote(stage.world(), "dev", "staging", approved)
    stage.watch, stage.kill_at = None, None
    stage.soak(SILENT / 60)
    promote(stage.world(), "dev", "staging", approved)
    require_settled(stage, "b")


def killed_when(stage: Stage, phase: str) -> None:
    """A promotion that was killed when its position said so."""

    def watch(what: str) -> None:
        found = stage.bucket("staging").kept.get("releases/staging/position.json")
        if found and f'"phase": "{phase}"'.encode() in found[0]:
            stage.kill_at = 0

    stage.watch = watch
    with pytest.raises(Killed):
        run(stage, "promote")
    stage.watch, stage.kill_at, stage.answers = None, None, None
    stage.soak(SILENT / 60)


@pytest.mark.parametrize("phase", ["approved", "committed", "recorded"])
def test_a_rollback_gives_up_what_was_not_begun_and_stays_where_it_is(stage: Stage, phase: str) -> None:
    bring_c(stage)
    killed_when(stage, phase)
    run(stage, "rollback")
    assert stage.image_of("staging") == stage.stands["staging"]["service api"] == image("b")
    assert stage.store("staging").position() is None


def bring_c(stage: Stage) -> None:
    """staging has had two good releases, and dev has a third."""
    run(stage, "promote")
    stage.change("dev", image("b"), image("c"))
    stage.commit("third")
    stage.up("dev")
    stage.soak()


@pytest.mark.parametrize("phase", ["committed", "recorded"])
def test_what_git_took_back_meanwhile_is_not_applied(stage: Stage, phase: str) -> None:
    killed_when(stage, phase)
    stage.git("revert", "--no-edit", "HEAD")
    stage.answers = [False]
    promote(stage.world(), "dev", "staging", Wish(answer=Answer()))
    assert "It is given up: git has another Pulumi.staging.yaml now" in stage.said
    assert stage.stands["staging"]["service api"] == image("a") and stage.store("staging").position() is None


def test_what_was_begun_and_git_took_back_meanwhile_is_gone_on_with_by_a_rollback_only(stage: Stage) -> None:
    interrupted(stage, "half way")
    stage.git("revert", "--no-edit", "HEAD")
    with pytest.raises(Failure, match=r"git has another Pulumi\.staging\.yaml now than release") as refused:
        run(stage, "promote")
    assert refused.value.remedies == ("headroom rollback staging --offline  gives it up, and goes back",)
    run(stage, "rollback")
    require_settled(stage, "a")


def test_a_commit_that_was_lost_with_its_clone_is_given_up(stage: Stage) -> None:
    killed_when(stage, "approved")
    before = stage.git("rev-parse", "HEAD")
    stage.git("gc", "-q", "--prune=now")
    run(stage, "promote")
    assert "It is given up: commit" in stage.said and "is not in this clone" in stage.said
    assert stage.git("rev-parse", "HEAD^") == before
    require_settled(stage, "b")


def test_a_newer_release_of_the_source_is_not_mistaken_for_the_one_that_was_interrupted(stage: Stage) -> None:
    interrupted(stage, "half way")
    stage.change("dev", image("b"), image("c"))
    stage.commit("third")
    stage.up("dev")
    stage.soak()
    newer = stage.approval()
    with pytest.raises(Failure, match="staging is not what was approved any more"):
        promote(stage.world(), "dev", "staging", Wish(answer=Answer(approve=newer)))
    require_settled(stage, "b")
    run(stage, "promote")
    require_settled(stage, "c")


def test_at_a_terminal_the_newer_release_is_asked_for_in_its_turn(stage: Stage) -> None:
    interrupted(stage, "half way")
    stage.change("dev", image("b"), image("c"))
    stage.commit("third")
    stage.up("dev")
    stage.soak()
    run(stage, "promote")
    require_settled(stage, "c")
    assert len(stage.store("staging").releases()) == 3


def test_an_interrupted_rollback_that_would_lose_data_is_given_up_and_reviewed_anew(stage: Stage) -> None:
    run(stage, "promote")

    def watch(what: str) -> None:
        if what == "half way":
            stage.kill_at = 0

    stage.watch = watch
    with pytest.raises(Killed):
        run(stage, "rollback")
    stage.watch, stage.kill_at = None, None
    stage.soak(SILENT / 60)
    stage.stands["staging"]["database main"] = "16"
    stage.operations["database main"] = "replace"
    with pytest.raises(Failure, match="data would be lost that nobody approved by name"):
        run(stage, "rollback")
    assert stage.store("staging").position() is None
    stage.operations.clear()
    run(stage, "rollback")
    require_settled(stage, "a")


def test_whoever_stops_it_while_it_is_watched_is_told_what_is_live_and_how_to_go_on(stage: Stage) -> None:
    def watch(what: str) -> None:
        if what == "watch":
            raise KeyboardInterrupt

    stage.watch = watch
    with pytest.raises(Stopped, match="it runs, and its bake time is not over") as stopped:
        run(stage, "promote")
    assert stopped.value.remedies == ("headroom promote dev staging --offline  goes on with it",)
    stage.watch = None
    run(stage, "promote")
    require_settled(stage, "b")


def test_what_failed_and_was_killed_before_it_let_go_is_not_told_to_be_live(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"

    def watch(what: str) -> None:
        if what.startswith("after writing") and what.endswith("outcome.json"):
            stage.kill_at = 0

    stage.watch = watch
    with pytest.raises(Killed):
        run(stage, "promote")
    stage.watch, stage.kill_at = None, None
    stage.soak(SILENT / 60)
    stage.fails.clear()
    run(stage, "promote")
    assert "It failed, and that is on record: it is not gone on with." in stage.said
    require_settled(stage, "b")
    newest, failed, _ = stage.store("staging").releases()
    assert newest.live and failed.outcome is not None and failed.outcome.ending == "failed"


def test_who_stops_the_look_at_what_was_interrupted_gives_nothing_up(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed_when(stage, "recorded")

    def stopped(*_: object) -> None:
        raise Stopped("stopped, as you asked.")

    with monkeypatch.context() as patched:
        patched.setattr(Engine, "preview", stopped)
        with pytest.raises(Stopped):
            run(stage, "promote")
    assert stage.store("staging").position() is not None
    run(stage, "promote")
    require_settled(stage, "b")


def test_what_passed_the_gates_by_is_gone_on_with_by_the_command_that_is_told(stage: Stage) -> None:
    glass = {"break_glass": "prod is down, it's INC-7"}
    approval = stage.approval("dev", "prod")
    stage.fails["prod"] = "stopped"
    with pytest.raises(Stopped) as stopped:
        stage.promote("dev", "prod", answer=Answer(approve=approval, passes=True), **glass)
    [remedy] = stopped.value.remedies
    command = shlex.split(remedy.removesuffix("  goes on with it"))
    assert command == ["headroom", "promote", "dev", "prod", "--break-glass", glass["break_glass"], "--offline"]
    stage.fails.clear()
    stage.promote("dev", "prod", answer=Answer(), **glass)
    assert stage.stands["prod"]["service api"] == image("b")
    assert len(stage.pager.pages) == 1
