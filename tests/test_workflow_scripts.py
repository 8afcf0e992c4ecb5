"""The workflows' own scripts, run with commands that stand in: every exit code is dealt with."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from tests.workflows import Runner, job

HASH = "-".join(["abc123"] * 6 + ["0123456789abcdef0123456789abcdef"])
"""An approval, as operations/promotion/seal.py makes them."""
BACKEND = "s3://headroom-state-111111111111-eu-central-1?region=eu-central-1"
WRITES = """
while [ $# -gt 0 ]; do
  if [ "$1" = --out ]; then printf '# A report\\n%s\\n' "$SAYS" >"$2"; fi
  shift
done
"""
"""Writes a report into every file that it is given."""


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    return Runner(tmp_path / "checkout", {"GITHUB_REPOSITORY": "octo/app", "GITHUB_SHA": "f" * 40})


REPORT = {
    "needs.ready.outputs.environments": " dev staging prod ",
    "steps.dev.outputs.backend || steps.staging.outputs.backend": BACKEND,
}


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_the_report_is_posted_whatever_it_says(code: int, runner: Runner) -> None:
    runner.headroom(f"SAYS=changes; {WRITES}\nexit {code}")
    done = runner.run(job("preview", "preview").step("Report"), REPORT)
    assert done.returncode == 0, done.stderr
    assert runner.outputs == {"code": str(code), "written": "true"}
    assert runner.summary == "# A report\nchanges\n"
    [call] = runner.calls
    assert call[:5] == ["report", "dev", "staging", "--base", "HEAD^1"]
    assert [Path(word).suffix for word in call if word.startswith("/")] == [".md", ".html", ".sarif"]


def test_only_environments_that_are_set_up_are_previewed(runner: Runner) -> None:
    runner.headroom("exit 0")
    runner.run(job("preview", "preview").step("Report"), {**REPORT, "needs.ready.outputs.environments": " dev "})
    assert runner.calls[0][:3] == ["report", "dev", "--base"]


def test_a_preview_that_fails_before_its_report_posts_nothing(runner: Runner) -> None:
    runner.headroom("echo 'error: there is no stack dev' >&2; exit 1")
    done = runner.run(job("preview", "preview").step("Report"), REPORT)
    assert (done.returncode, runner.outputs, runner.summary) == (0, {"code": "1"}, "")
    assert "there is no stack dev" in done.stderr


@pytest.mark.parametrize("name", ["preview", "prod"])
@pytest.mark.parametrize(
    ("code", "ends", "says"),
    [
        ("0", 0, "Nothing changes"),
        ("2", 0, "Something changes"),
        ("3", 3, "::error::Data is endangered"),
        ("1", 1, "::error::"),
        ("137", 1, "::error::"),
        ("", 1, "::error::"),
    ],
)
def test_a_change_is_no_failure_and_a_loss_or_a_broken_policy_is(
    name: str, code: str, ends: int, says: str, runner: Runner
) -> None:
    done = runner.run(job("preview", name).step("Judge"), {"steps.report.outputs.code": code})
    assert done.returncode == ends
    assert done.stdout.startswith(says)


def test_the_report_of_prod_stands_below_the_others_in_the_same_comment(runner: Runner) -> None:
    runner.headroom(f'[ "$1" = comment ] && cat "$2" >posted && exit 0\nSAYS=prod; {WRITES}\nexit 2')
    prod = job("preview", "prod")
    runner.run(prod.step("Report"), {"steps.account.outputs.backend": BACKEND})
    assert runner.outputs == {"code": "2", "written": "true"}
    others = runner.folder / "temp" / "report" / "report.md"
    others.parent.mkdir()
    others.write_text("# Of dev and staging\n")
    comment = {"github.token": "ghs_of_the_job"}
    assert runner.run(prod.step("Comment"), comment).returncode == 0
    assert (runner.folder / "posted").read_text() == "# Of dev and staging\n\n\n# A report\nprod\n"
    others.write_text("x" * 65_000)
    assert runner.run(prod.step("Comment"), comment).returncode == 0
    assert (runner.folder / "posted").read_text() == "# A report\nprod\n"


@pytest.mark.parametrize("code", [0, 1, 130])
def test_a_deployment_fails_as_up_does_and_its_words_are_in_the_summary(code: int, runner: Runner) -> None:
    runner.headroom(f"echo 'dev is up.'; echo 'api: rolled back' >&2; exit {code}")
    done = runner.run(job("deploy", "dev").step("Deploy"), {"steps.account.outputs.backend": BACKEND})
    assert done.returncode == code
    assert runner.calls == [["up", "dev", "--yes"]]
    assert "dev is up." in runner.summary
    assert "api: rolled back" in runner.summary
    assert runner.summary.count("```") == 2


def test_an_environment_that_names_no_repository_yet_is_left_alone(runner: Runner) -> None:
    for workflow, name, step in (("deploy", "dev", "Ask the stack file"), ("drift", "drift", "Ask the stack file")):
        done = runner.run(job(workflow, name).step(step), {"matrix.environment": "dev"})
        assert done.returncode == 0
    assert runner.outputs == {"dev": "", "environment": ""}
    assert "still names a placeholder" in runner.summary
    named(runner, "dev")
    runner.run(job("deploy", "dev").step("Ask the stack file"), {})
    assert runner.outputs["dev"] == "dev"
    runner.run(job("preview", "ready").step("Ask the stack files"), {})
    assert runner.outputs["environments"] == " dev "


def named(runner: Runner, *environments: str) -> None:
    """Puts a repository into stack files."""
    for name in environments:
        path = runner.folder / f"Pulumi.{name}.yaml"
        path.write_text(path.read_text().replace("your-organization@0/your-repository@0", "octo/app"))


REVIEW = {
    "needs.route.outputs.source": "dev",
    "needs.route.outputs.target": "staging",
    "steps.account.outputs.backend": BACKEND,
    "inputs.break_glass": "",
    "inputs.approvals": "headroom-approve: delete urn:a; headroom-approve: delete urn:b",
    "github.token": "ghs_of_the_job",
}


def test_a_review_hands_the_hash_on_that_its_report_prints(runner: Runner) -> None:
    runner.headroom(f"SAYS='Approval: `{HASH}`'; {WRITES}\nexit 2")
    done = runner.run(job("promote", "review").step("Review"), REVIEW)
    assert done.returncode == 0
    assert runner.outputs == {"hash": HASH}
    assert f"Approval: `{HASH}`" in runner.summary
    [call] = runner.calls
    assert call[:6] == ["promote", "dev", "staging", "--review", "--format", "markdown"]
    assert "--break-glass" not in call


def test_a_reason_to_break_the_glass_is_one_word_whatever_it_holds(runner: Runner) -> None:
    runner.headroom("exit 0")
    reason = "$(touch /tmp/broken) `id` \"; exit 0 # it's down"
    runner.run(job("promote", "review").step("Review"), {**REVIEW, "inputs.break_glass": reason})
    assert runner.calls[0][-2:] == ["--break-glass", reason]


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1), (3, 3), (139, 1)])
def test_a_review_without_anything_to_approve_applies_nothing(code: int, ends: int, runner: Runner) -> None:
    runner.headroom(f"SAYS='**It can not be approved as it is.**'; {WRITES}\nexit {code}")
    for workflow, values in (("promote", REVIEW), ("rollback", ROLLBACK)):
        done = runner.run(job(workflow, "review").step("Review"), values)
        assert done.returncode == ends, workflow
        assert runner.outputs.get("hash", "") == ""
        if ends:
            assert "::error::" in done.stdout


ROLLBACK = {
    "inputs.environment": "prod",
    "inputs.release": "",
    "steps.account.outputs.backend": BACKEND,
    "needs.review.outputs.hash": HASH,
    "github.token": "ghs_of_the_job",
}


def test_what_gives_data_up_reaches_the_job_that_applies_word_for_word(runner: Runner) -> None:
    runner.stands_in("bin/gh", "printf 'Merged.\\nheadroom-approve: replace urn:c\\n'")
    read = job("promote", "review").step("Read what gives data up")
    runner.variables["GITHUB_EVENT_NAME"] = "workflow_dispatch"
    assert runner.run(read, REVIEW).returncode == 0
    assert runner.calls == []
    assert (
        base64.b64decode(runner.outputs["approvals"]).decode() == REVIEW["inputs.approvals"].replace(";", "\n") + "\n"
    )
    runner.variables["GITHUB_EVENT_NAME"] = "push"
    assert runner.run(read, {**REVIEW, "inputs.approvals": ""}).returncode == 0
    given = runner.outputs["approvals"]
    assert base64.b64decode(given).decode() == "\nMerged.\nheadroom-approve: replace urn:c\n"
    runner.stands_in("bin/git", "exit 0")
    runner.headroom('cat "$7"')
    runner.run(job("promote", "apply").step("Promote"), {**APPLY, "needs.review.outputs.approvals": given})
    assert "headroom-approve: replace urn:c" in runner.summary


APPLY = {
    **REVIEW,
    "needs.review.outputs.hash": HASH,
    "needs.review.outputs.approvals": base64.b64encode(b"\n").decode(),
    "inputs.rollback || 'as set'": "as set",
}


@pytest.mark.parametrize("code", [0, 1])
def test_what_was_approved_is_applied_and_its_failure_is_the_job_s(code: int, runner: Runner) -> None:
    runner.stands_in("bin/git", "exit 0")
    runner.headroom(f"echo 'staging is live with dev 20261121.'; exit {code}")
    done = runner.run(job("promote", "apply").step("Promote"), APPLY)
    assert done.returncode == code
    helper, call = runner.calls
    assert helper[:2] == ["config", "credential.helper"]
    assert "ghs_" not in helper[2]
    assert call[:6] == ["promote", "dev", "staging", "--approve", HASH, "--approvals"]
    assert "--rollback" not in call
    assert "staging is live" in runner.summary


def test_what_becomes_of_a_failure_is_as_the_settings_say_unless_it_was_chosen(runner: Runner) -> None:
    runner.stands_in("bin/git", "exit 0")
    runner.headroom("exit 0")
    runner.run(job("promote", "apply").step("Promote"), {**APPLY, "inputs.rollback || 'as set'": "never"})
    assert runner.calls[1][-2:] == ["--rollback", "never"]


def test_the_words_of_a_long_run_are_cut_to_what_a_summary_takes(runner: Runner) -> None:
    runner.stands_in("bin/git", "exit 0")
    runner.headroom("head -c 2000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 1")
    runner.run(job("promote", "apply").step("Promote"), APPLY)
    assert 800_000 < len(runner.summary) < 1024 * 1024
    assert "the end\n" in runner.summary


def test_git_asks_for_the_job_s_token_when_it_pushes_and_no_file_holds_it(runner: Runner) -> None:
    subprocess.run(["git", "init", "--quiet"], cwd=runner.folder, check=True)
    runner.headroom("git credential fill <<<$'protocol=https\\nhost=github.com'")
    done = runner.run(job("promote", "apply").step("Promote"), APPLY)
    assert "username=x-access-token\npassword=ghs_of_the_job" in done.stdout
    assert "ghs_" not in (runner.folder / ".git" / "config").read_text()


@pytest.mark.parametrize("code", [0, 1])
def test_an_offer_ends_as_the_command_does(code: int, runner: Runner) -> None:
    runner.stands_in("bin/git", "exit 0")
    runner.headroom(f"echo 'Offered: https://github.com/octo/app/pull/7'; exit {code}")
    assert runner.run(job("promote", "offer").step("Offer"), REVIEW).returncode == code
    assert runner.run(job("rollback", "offer").step("Offer"), {**ROLLBACK, "inputs.release": "2026"}).returncode == code
    assert runner.calls[1] == ["promote", "dev", "staging", "--pull-request"]
    assert runner.calls[3] == ["rollback", "prod", "--pull-request", "--", "2026"]
    assert runner.summary.count("Offered: ") == 2


@pytest.mark.parametrize("release", ["", "20261121-231504-ab12cd3"])
def test_a_rollback_is_reviewed_and_applied_to_the_release_that_was_named(release: str, runner: Runner) -> None:
    runner.stands_in("bin/git", "exit 0")
    runner.headroom(f"SAYS='Approval: `{HASH}`'; {WRITES}\nexit 2")
    values = {**ROLLBACK, "inputs.release": release}
    assert runner.run(job("rollback", "review").step("Review"), values).returncode == 0
    assert runner.outputs == {"hash": HASH}
    runner.headroom("exit 0")
    assert runner.run(job("rollback", "apply").step("Roll back"), values).returncode == 0
    reviewed, _, applied = runner.calls
    ending = ["--", release] if release else []
    assert reviewed[:3] == ["rollback", "prod", "--review"]
    assert reviewed[len(reviewed) - len(ending) :] == ending
    assert applied == ["rollback", "prod", "--approve", HASH, *ending]


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (1, 1), (2, 2), (4, 0)])
def test_drift_fails_for_what_is_real_and_not_for_what_waits_for_its_window(
    code: int, ends: int, runner: Runner
) -> None:
    runner.headroom(f"SAYS='cpu 256 -> 512'; {WRITES}\nexit {code}")
    values = {**REVIEW, "matrix.environment": "prod"}
    assert runner.run(job("drift", "drift").step("Look"), values).returncode == ends
    assert runner.calls[0][:3] == ["drift", "prod", "--issue"]
    assert "cpu 256 -> 512" in runner.summary


def test_a_fork_is_told_why(runner: Runner) -> None:
    assert runner.run(job("preview", "forks").step("Say why"), {}).returncode == 0
    assert "comes from a fork" in runner.summary
    assert "  " not in runner.summary
