"""A rollback gives an environment the settings of an earlier release back, by a commit, and says what it can't undo."""

from __future__ import annotations

import json

import pytest

from operations.errors import Failure
from operations.promotion.approving import Answer
from operations.promotion.checkouts.repository import Repository
from operations.promotion.releases import releases
from operations.promotion.rolling_back import rollback
from operations.promotion.world import Place, World
from tests.operations.promotion.stage import Slow, Stage, image


def back(stage: Stage, to: str | None = None, environment: str = "staging", answer: Answer | None = None) -> int:
    stage.answers = None if answer else [True]
    return rollback(stage.world(), environment, to, answer or Answer())


def bring(stage: Stage, letter: str) -> None:
    """A version that goes through dev to staging, and soaks in both."""
    now = stage.image_of("dev")
    stage.change("dev", now, image(letter))
    stage.commit(f"version {letter}")
    stage.up("dev")
    stage.soak()
    stage.promote()
    stage.soak()


def test_it_goes_back_to_the_last_good_release(stage: Stage) -> None:
    stage.promote()
    assert back(stage) == 0
    assert stage.image_of("staging") == stage.stands["staging"]["service api"] == image("a")
    assert stage.git("log", "-1", "--format=%s").startswith("Roll staging back to 20261121-")
    newest = stage.store("staging").last()
    assert newest is not None and newest.live and newest.release.kind == "rollback"


def test_it_pages_whoever_is_on_call(stage: Stage) -> None:
    stage.promote()
    back(stage)
    assert [subject for subject, _ in stage.pager.pages] == ["staging was rolled back"]


def test_going_back_twice_goes_back_two_releases(stage: Stage) -> None:
    stage.promote()
    bring(stage, "c")
    back(stage)
    assert stage.image_of("staging") == image("b")
    back(stage)
    assert stage.image_of("staging") == image("a")
    with pytest.raises(Failure, match="staging has no release to go back to"):
        back(stage)


def test_it_goes_to_any_release_that_is_named(stage: Stage) -> None:
    first = stage.store("staging").last()
    stage.promote()
    bring(stage, "c")
    assert first is not None
    back(stage, first.release.id)
    assert stage.image_of("staging") == image("a")


def test_after_a_failed_promotion_it_goes_to_what_was_live_before(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure, match="rolled revision 7 back"):
        stage.promote()
    stage.fails.clear()
    back(stage)
    assert stage.stands["staging"]["service api"] == image("a")


def test_engines_stay_at_their_versions(stage: Stage) -> None:
    stage.change("dev", 'version: "17"', 'version: "18"')
    stage.commit("newer database")
    stage.up("dev")
    stage.soak()
    stage.promote()
    assert stage.stands["staging"]["database main"] == "18"
    back(stage)
    assert stage.stands["staging"]["database main"] == "18"
    assert stage.stands["staging"]["service api"] == image("a")


def test_it_tells_what_it_can_not_take_back(stage: Stage) -> None:
    stage.promote()
    (stage.root / "infra" / "made.py").write_text("two = 2\n")
    stage.commit("another program")
    back(stage)
    assert "migrations" in stage.said and "of api ran with" in stage.said
    assert "program" in stage.said and "git revert" in stage.said


def test_nothing_to_go_back_to_is_said(stage: Stage) -> None:
    with pytest.raises(Failure, match="prod has no release to go back to"):
        back(stage, environment="prod")
    with pytest.raises(Failure, match="there is no release '2019'"):
        back(stage, "2019")


def test_it_wants_a_review_or_a_terminal(stage: Stage) -> None:
    stage.promote()
    assert back(stage, answer=Answer(review_only=True, format="json")) == 2
    told = json.loads(stage.said)
    with pytest.raises(Failure, match="no terminal"):
        back(stage, answer=Answer(format="json"))
    assert back(stage, answer=Answer(approve=told["approval"], format="json")) == 0
    assert stage.image_of("staging") == image("a")


def test_where_nobody_may_push_it_is_offered_and_applied_once_it_is_merged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.promote()
    offered: list[str] = []

    def offer(repository: Repository, commit: str, branch: str, title: str, body: str) -> str:
        offered.append(commit)
        return "https://github.com/acme/app/pull/8"

    monkeypatch.setattr(Repository, "offer", offer)
    rollback(stage.world(), "staging", None, Answer(), pull_request=True)
    [first] = [known for known in stage.store("staging").releases() if known.release.kind == "up"]
    assert f"headroom rollback staging {first.release.id} --offline applies it" in stage.said
    stage.git("merge", "-q", "--ff-only", offered[0])
    back(stage, first.release.id)
    assert stage.image_of("staging") == stage.stands["staging"]["service api"] == image("a")


def test_a_rollback_that_fails_says_what_is_live(stage: Stage) -> None:
    stage.promote()
    stage.fails["staging"] = "apply"
    with pytest.raises(Failure, match=r"AWS said no\nRelease .* the engine had begun: part of it may be applied"):
        back(stage)
    assert "staging: a rollback failed" in [subject for subject, _ in stage.pager.pages]


def test_releases_are_listed_with_what_became_of_them(stage: Stage) -> None:
    stage.promote()
    back(stage)
    assert releases(stage.world(), ["dev", "staging", "prod"], as_json=False) == 0
    lines = stage.said.splitlines()
    staging = lines[lines.index("staging") : lines.index("prod")]
    kinds = [line.split()[2] for line in staging if line.startswith("  2026")]
    assert kinds == ["rollback", "promotion", "up"]
    assert any("from dev 2026" in line for line in staging) and any("back to 2026" in line for line in staging)


def test_releases_that_nobody_can_be_asked_for_fail_the_command_and_some_that_can_do_not(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, reach = stage.world(), World.place

    def place(world: World, environment: str) -> Place:
        if environment != "prod":
            raise Failure(f"{environment}: no credentials")
        return reach(world, environment)

    monkeypatch.setattr(World, "place", place)
    assert releases(world, ["dev", "staging"], as_json=False) == 1
    assert "dev: no credentials" in stage.said
    assert releases(world, ["dev", "staging", "prod"], as_json=False) == 0


def test_releases_as_json_hold_all_that_is_known(stage: Stage) -> None:
    stage.promote()
    releases(stage.world(), ["staging"], as_json=True)
    newest = json.loads(stage.said)["staging"]["releases"][0]
    assert newest["kind"] == "promotion" and newest["outcome"]["ending"] == "live" and newest["stands"] == "live"
    assert newest["settings"]["services.api.image"] == image("b")


def test_a_rollback_that_failed_is_tried_again_and_does_not_bring_back_what_was_left(stage: Stage) -> None:
    stage.promote()
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure, match="rolled revision 7 back"):
        back(stage)
    stage.fails.clear()
    back(stage)
    assert stage.image_of("staging") == stage.stands["staging"]["service api"] == image("a")


def test_a_release_whose_commit_is_in_no_branch_any_more_can_be_gone_back_to(stage: Stage) -> None:
    stage.git("switch", "-q", "-c", "feature")
    stage.change("staging", image("a"), image("d"))
    stage.commit("squashed later")
    stage.tries_out = True
    stage.up("staging")
    stage.git("switch", "-q", "main")
    stage.forget("feature")
    stage.tries_out = False
    stage.promote()
    assert stage.image_of("staging") == image("b")
    back(stage)
    assert stage.image_of("staging") == stage.stands["staging"]["service api"] == image("d")


def test_what_moved_while_somebody_read_the_report_is_not_applied(stage: Stage) -> None:
    stage.promote()
    before = stage.git("rev-parse", "HEAD")

    stage.answers = Slow(stage)
    with pytest.raises(Failure, match="staging is not what was reviewed any more"):
        rollback(stage.world(), "staging", None, Answer())
    assert stage.git("rev-parse", "HEAD") == before


def test_whoever_goes_back_to_what_failed_or_to_a_tag_is_told(stage: Stage) -> None:
    stage.change("staging", image("a"), "ghcr.io/acme/app:1.2")
    stage.commit("by a tag")
    stage.up("staging")
    tagged = stage.store("staging").last()
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure, match="rolled revision 7 back"):
        stage.promote()
    failed = stage.store("staging").last()
    assert tagged is not None and failed is not None
    back(stage, tagged.release.id, answer=Answer(review_only=True))
    assert "services.web.image" in stage.said and "had a tag, which may mean another image by now" in stage.said
    back(stage, failed.release.id, answer=Answer(review_only=True))
    assert f"{failed.release.id} failed when it came" in stage.said and "had a tag" not in stage.said
