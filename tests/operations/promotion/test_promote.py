"""A release goes on only as it was reviewed, from where it is live and healthy, and never beside git."""

from __future__ import annotations

import pytest

from operations.errors import Failure
from operations.promotion.approving import Answer
from operations.promotion.checkouts.repository import Repository
from operations.promotion.promote import Wish, promote
from tests.operations.promotion.stage import SOAK, Slow, Stage, image


def test_a_promotion_brings_the_sources_image_into_the_targets_file_and_then_into_the_target(stage: Stage) -> None:
    assert stage.promote() == 0
    assert stage.image_of("staging") == image("b")
    assert stage.stands["staging"]["service api"] == image("b")
    assert "# What runs." in (stage.root / "Pulumi.staging.yaml").read_text()
    assert stage.git("status", "--porcelain") == ""


def test_its_record_says_what_who_when_and_from_where(stage: Stage) -> None:
    approval = stage.approval()
    stage.promote(answer=Answer(approve=approval))
    known = stage.store("staging").last()
    assert known is not None and known.live
    release = known.release
    assert release.kind == "promotion" and release.approval == approval
    assert release.commit == stage.git("rev-parse", "HEAD")
    assert release.source is not None and release.source.environment == "dev"
    assert release.settings["services.api.image"] == image("b")
    assert release.by.endswith("role/deploy/ada")
    assert list(release.migrations) == ["api"]
    assert stage.tags["staging"] == {"headroom:release": release.id, "headroom:commit": release.commit}
    assert stage.store("staging").position() is None


def test_nothing_but_what_is_live_in_staging_gets_to_prod(stage: Stage) -> None:
    stage.promote("dev", "staging")
    with pytest.raises(Failure, match="prod takes only what is live in staging, not in dev"):
        stage.promote("dev", "prod", answer=Answer(approve="x"))
    with pytest.raises(Failure, match="soak time: live for 0 minutes, of 60"):
        stage.promote("staging", "prod")
    stage.soak()
    stage.promote("staging", "prod")
    assert stage.stands["prod"]["service api"] == image("b")


def test_without_a_terminal_it_wants_the_hash_of_a_review(stage: Stage) -> None:
    with pytest.raises(Failure, match="no terminal") as refused:
        stage.promote(answer=Answer())
    assert any("--review" in remedy for remedy in refused.value.remedies)
    assert stage.image_of("staging") == image("a")


def test_at_a_terminal_it_asks_and_no_means_no(stage: Stage) -> None:
    stage.answers = [False]
    stage.promote(answer=Answer())
    assert "Nothing was changed" in stage.said
    assert stage.image_of("staging") == image("a")
    stage.answers = [True]
    stage.promote(answer=Answer())
    assert stage.image_of("staging") == image("b")


def test_a_second_promotion_of_the_same_finds_nothing_to_do(stage: Stage) -> None:
    stage.promote()
    assert stage.promote(answer=Answer(approve="never looked at")) == 0
    assert "Nothing to promote: staging has what is live in dev." in stage.said


def test_a_review_changes_nothing_and_its_exit_code_is_the_reports(stage: Stage) -> None:
    before = (stage.git("rev-parse", "HEAD"), dict(stage.bucket("staging").kept))
    assert stage.promote(answer=Answer(review_only=True)) == 2
    printed = stage.said
    assert (stage.git("rev-parse", "HEAD"), dict(stage.bucket("staging").kept)) == before
    assert f"Approval: {stage.approval()}" in printed
    stage.promote()
    assert stage.promote(answer=Answer(review_only=True)) == 0


def test_the_hash_stays_the_same_until_something_moves(stage: Stage) -> None:
    first = stage.approval()
    stage.soak(5)
    assert stage.approval() == first


def moved_commit(stage: Stage) -> None:
    (stage.root / "README.md").write_text("more")
    stage.commit("docs only")


def moved_settings(stage: Stage) -> None:
    stage.change("staging", "cpu_units: 256", "cpu_units: 512")
    stage.commit("larger")


def moved_state(stage: Stage) -> None:
    stage.stands["staging"]["somebody's own"] = "bucket"


def moved_advice(stage: Stage) -> None:
    stage.advice.append("egress-scoped")


def moved_policies(stage: Stage) -> None:
    stage.broken_rules.append("s3-encrypted")


@pytest.mark.parametrize(
    ("move", "says"),
    [
        (moved_commit, "Moved since the review: the git commit$"),
        (moved_settings, "the git commit; the settings$"),
        (moved_state, "what would change; what stands there$"),
        (moved_advice, "what the policies found$"),
    ],
)
def test_what_moved_since_the_review_is_refused_and_told(stage: Stage, move: object, says: str) -> None:
    approval = stage.approval()
    move(stage)  # type: ignore[operator]
    with pytest.raises(Failure, match=says):
        stage.promote(answer=Answer(approve=approval))
    assert stage.stands["staging"]["service api"] == image("a")


def test_a_policy_that_broke_since_the_review_is_refused(stage: Stage) -> None:
    approval = stage.approval()
    moved_policies(stage)
    with pytest.raises(Failure, match=r"mandatory policies are not kept:\ns3-encrypted"):
        stage.promote(answer=Answer(approve=approval))


def test_an_approval_of_another_environment_is_none(stage: Stage) -> None:
    approval = stage.approval("dev", "staging")
    stage.promote("dev", "staging")
    stage.soak()
    with pytest.raises(Failure, match="prod is not what was approved"):
        stage.promote("staging", "prod", answer=Answer(approve=approval))


@pytest.mark.parametrize("text", ["", "yes", "abc-def", "0" * 64])
def test_what_is_no_hash_is_refused_as_such(stage: Stage, text: str) -> None:
    with pytest.raises(Failure, match="is no approval hash"):
        stage.promote(answer=Answer(approve=text))


def test_the_tree_must_be_clean(stage: Stage) -> None:
    stage.change("staging", "cpu_units: 256", "cpu_units: 512")
    with pytest.raises(Failure, match=r"Pulumi\.staging\.yaml"):
        stage.promote(answer=Answer(approve="x"))


def shut(stage: Stage) -> str:
    """What is refused of a promotion from dev to staging."""
    with pytest.raises(Failure) as refused:
        stage.promote(answer=Answer(approve=stage.approval()))
    assert stage.stands["staging"]["service api"] == image("a")
    assert stage.image_of("staging") == image("a")
    return refused.value.message


def test_a_source_with_a_pending_change_is_refused(stage: Stage) -> None:
    stage.change("dev", image("b"), image("c"))
    stage.commit("newer still")
    said = shut(stage)
    assert "settings as recorded: Pulumi.dev.yaml was changed since" in said
    assert "nothing pending: an up would change" in said


def test_a_source_with_another_program_is_refused(stage: Stage) -> None:
    (stage.root / "infra" / "made.py").write_text("two = 2\n")
    stage.commit("another program")
    assert "same program: dev runs the program of" in shut(stage)


def test_a_source_that_somebody_changed_beside_is_refused(stage: Stage) -> None:
    stage.stands["dev"]["somebody's own"] = "bucket"
    assert "state as recorded: the stack dev was changed after" in shut(stage)


def test_a_source_that_drifted_is_refused(stage: Stage) -> None:
    stage.drifted["dev"] = ["rds.Instance main: backupRetentionPeriod 7 -> 1"]
    assert "no drift: 1 difference: rds.Instance main: backupRetentionPeriod 7 -> 1" in shut(stage)


def test_a_source_with_an_alarm_is_refused(stage: Stage) -> None:
    stage.ill["dev"] = "api-5xx is in ALARM"
    assert "alarms quiet: api-5xx is in ALARM" in shut(stage)


def test_a_source_without_a_release_is_refused(stage: Stage) -> None:
    stage.bucket("dev").kept.clear()
    with pytest.raises(Failure, match="dev has no release that could go on"):
        stage.promote(answer=Answer(approve="x"))


def test_a_source_whose_release_failed_is_refused(stage: Stage) -> None:
    stage.promote("dev", "staging")
    stage.soak()
    stage.change("dev", image("b"), image("c"))
    stage.commit("third")
    stage.up("dev")
    stage.soak()
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure, match="ECS rolled revision 7 back"):
        stage.promote("dev", "staging")
    stage.fails.clear()
    with pytest.raises(Failure, match=r"release live: staging .* failed: api: ECS rolled revision 7 back"):
        stage.promote("staging", "prod", answer=Answer(approve=stage.approval("staging", "prod")))


def test_data_that_would_be_lost_is_given_up_by_name_only(stage: Stage) -> None:
    stage.change("dev", 'version: "17"', 'version: "18"')
    stage.commit("newer database")
    stage.up("dev")
    stage.soak()
    stage.operations["database main"] = "replace"
    with pytest.raises(Failure, match="data would be lost") as refused:
        stage.promote(answer=Answer(approve=stage.approval()))
    [remedy] = refused.value.remedies
    named = remedy.split("headroom-approve: ")[1].split("  ")[0]
    approved = Answer(approve="", approved=frozenset({named}))
    stage.promote(answer=Answer(review_only=True, format="json", approved=approved.approved))
    hash_ = stage.said.split('"approval": "')[1].split('"')[0]
    stage.promote(answer=Answer(approve=hash_, approved=approved.approved))
    known = stage.store("staging").last()
    assert known is not None and list(known.release.irreversible) == ["replace rds.Instance database main"]


def test_broken_glass_passes_gates_by_on_the_record_and_pages(stage: Stage) -> None:
    stage.ill["dev"] = "api-5xx is in ALARM"
    stage.promote(break_glass="prod is down, INC-7")
    known = stage.store("staging").last()
    assert known is not None and known.release.break_glass == "prod is down, INC-7"
    assert list(known.release.passed_by) == ["alarms quiet: api-5xx is in ALARM"]
    [(subject, text)] = stage.pager.pages
    assert "passed by" in subject and "INC-7" in text and "api-5xx" in text


def test_broken_glass_still_wants_the_approval_of_what_is_done(stage: Stage) -> None:
    stage.ill["dev"] = "api-5xx is in ALARM"
    with pytest.raises(Failure, match="is no approval hash"):
        stage.promote(break_glass="hurry", answer=Answer(approve="please", passes=True))


def test_a_review_with_a_shut_gate_prints_no_hash(stage: Stage) -> None:
    stage.ill["dev"] = "api-5xx is in ALARM"
    with pytest.raises(Failure, match="a gate is shut:\nalarms quiet"):
        stage.promote(answer=Answer(review_only=True))
    assert "Approval" not in stage.said and "✗ alarms quiet" in stage.said


def test_a_pull_request_offers_the_settings_and_applies_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    offered: list[tuple[str, str, str, str]] = []

    def offer(repository: Repository, commit: str, branch: str, title: str, body: str) -> str:
        offered.append((repository.text(commit, "Pulumi.staging.yaml"), branch, title, body))
        return "https://github.com/acme/app/pull/7"

    monkeypatch.setattr(Repository, "offer", offer)
    stage.promote(answer=Answer(), pull_request=True)
    [(text, branch, title, body)] = offered
    assert image("b") in text and branch == "promotion-staging" and title.startswith("Promote dev 2026")
    assert "| alarms quiet | ✓ |" in body and "`services.api.image`" in body and "be approved" not in body
    assert stage.image_of("staging") == image("a") and not stage.store("staging").position()
    assert "Once it is merged, headroom promote dev staging --offline applies it." in stage.said


def test_a_merged_pull_request_is_applied_from_git_as_it_is(stage: Stage) -> None:
    path = stage.root / "Pulumi.staging.yaml"
    path.write_text(path.read_text().replace(image("a"), image("b")))
    merged = stage.commit("Promote dev to staging (#7)")
    stage.promote()
    assert stage.git("rev-parse", "HEAD") == merged
    assert stage.stands["staging"]["service api"] == image("b")


def test_what_was_mended_by_hand_after_a_failure_is_promoted_again_to_count_as_live(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure, match="rolled revision 7 back"):
        stage.promote()
    stage.fails.clear()
    stage.promote()
    known = stage.store("staging").last()
    assert known is not None and known.live and known.release.kind == "promotion"


def test_what_a_task_wrote_last_is_shown_and_neither_kept_nor_sent(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure, match="hunter2"):
        stage.promote()
    kept = b"".join(text for text, _, _ in stage.bucket("staging").kept.values())
    assert b"rolled revision 7 back" in kept and b"hunter2" not in kept
    [(_, text)] = stage.pager.pages
    assert "rolled revision 7 back" in text and "hunter2" not in text


def test_one_promotion_at_a_time(stage: Stage) -> None:
    place = stage.world().place("staging")
    with (
        place.store.hold(place.holder("promote")),
        pytest.raises(Failure, match=r"staging is being worked on by .*ada"),
    ):
        stage.promote()
    assert stage.promote() == 0


def test_a_promotion_that_fails_says_what_is_live_and_what_stays(stage: Stage) -> None:
    stage.fails["staging"] = "rollout"
    with pytest.raises(Failure) as failed:
        stage.promote()
    assert "ECS rolled revision 7 back" in failed.value.message
    assert "it is applied, and not all of it may run yet" in failed.value.message
    assert "Migrations of api may have run; no rollback takes them back" in failed.value.message
    assert any("headroom rollback staging" in remedy for remedy in failed.value.remedies)
    known = stage.store("staging").last()
    assert known is not None and known.outcome is not None and known.outcome.ending == "failed"
    assert [subject for subject, _ in stage.pager.pages] == ["staging: a promotion failed"]


@pytest.mark.parametrize("way", ["apply", "rollout"])
def test_a_promotion_that_fails_goes_back_by_itself_when_told_to(stage: Stage, way: str) -> None:
    stage.fails["staging"] = way

    def mended(what: str) -> None:
        if stage.store_has_failed("staging"):
            stage.fails.clear()

    stage.watch = mended
    with pytest.raises(Failure, match="staging was rolled back to"):
        stage.promote(rollback="auto")
    assert stage.stands["staging"]["service api"] == image("a")
    assert stage.image_of("staging") == image("a")
    newest, failed, first = stage.store("staging").releases()
    assert (newest.release.kind, newest.live) == ("rollback", True)
    assert failed.outcome is not None and failed.outcome.ending == "failed"
    assert newest.release.source is not None and newest.release.source.release == first.release.id


def test_ill_health_in_the_bake_time_is_a_failure(stage: Stage) -> None:
    approval = stage.approval()
    stage.ill["staging"] = "api-p95 is in ALARM"
    with pytest.raises(Failure, match="staging is not well with it:\nalarms quiet: api-p95 is in ALARM"):
        stage.promote(answer=Answer(approve=approval))


def test_the_bake_time_is_watched_to_its_end(stage: Stage) -> None:
    began = stage.clock
    stage.promote()
    assert (stage.clock - began).total_seconds() == 10 * 60
    assert SOAK > 10


def test_a_wrong_environment_is_named(stage: Stage) -> None:
    with pytest.raises(Failure, match="there is no environment 'stagin'"):
        promote(stage.world(), "dev", "stagin", Wish(answer=Answer()))
    with pytest.raises(Failure, match="staging can't be promoted to itself"):
        promote(stage.world(), "staging", "staging", Wish(answer=Answer()))
    with pytest.raises(Failure, match="nothing is promoted to dev"):
        promote(stage.world(), "staging", "dev", Wish(answer=Answer()))


def test_what_moved_while_somebody_read_the_report_is_not_applied(stage: Stage) -> None:
    before = stage.git("rev-parse", "HEAD")
    stage.answers = Slow(stage)
    with pytest.raises(Failure, match="staging is not what was reviewed any more"):
        stage.promote(answer=Answer())
    assert stage.git("rev-parse", "HEAD") == before and stage.store("staging").position() is None
