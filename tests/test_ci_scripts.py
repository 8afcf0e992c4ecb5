"""Scripts that GitHub's workflows and GitLab's template share: who is set up, what was merged, how a job signs in."""

from __future__ import annotations

import configparser
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.workflows import ROOT, TEMPLATE, Runner, read

PLACEHOLDER = "your-organization@0/your-repository@0"


class Clone:
    """A repository with the stack files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for path in ROOT.glob("Pulumi.*.yaml"):
            shutil.copy(path, folder)
        self.git("init", "--quiet", "--initial-branch", "main")
        self.commit("as it was")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=ada", "-c", "user.email=ada@example.com"]
        done = subprocess.run(
            ["git", *identity, *arguments], cwd=self.folder, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    def change(self, environment: str, old: str, new: str) -> None:
        path = self.folder / f"Pulumi.{environment}.yaml"
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def says(self, script: str, *arguments: str) -> tuple[str, str]:
        command = ["bash", str(ROOT / "ci" / script), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True)
        return done.stdout, done.stderr


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path)


def test_a_rollback_is_not_promoted_over(clone: Clone) -> None:
    before = clone.git("rev-parse", "HEAD")
    clone.change("staging", "min_requests: 10", "min_requests: 11")
    printed, said = clone.says("merged.sh", before, clone.commit("Roll staging back to 20261121-090100-52c5c02"))
    assert printed == ""
    assert "staging goes back to an earlier release: the workflow rollback applies that" in said


def test_a_fresh_fork_has_no_environment_that_pipelines_work_on(clone: Clone) -> None:
    printed, said = clone.says("ready.sh", "dev", "staging", "prod", "absent")
    assert printed == ""
    assert said.count("still names a placeholder") == 3
    assert "there is no Pulumi.absent.yaml" in said


def test_environments_join_one_by_one_as_their_stack_files_name_the_repository(clone: Clone) -> None:
    clone.change("staging", PLACEHOLDER, "octo@123456/app@456789")
    assert clone.says("ready.sh", "dev", "staging")[0] == "staging\n"
    clone.change("dev", PLACEHOLDER, "octo/app")
    assert clone.says("ready.sh", "dev", "staging")[0] == "dev\nstaging\n"


def test_an_environment_that_lets_nobody_sign_in_is_not_ready(clone: Clone) -> None:
    clone.change("dev", "  headroom:ci:", "  headroom:other:")
    assert "has no headroom:ci" in clone.says("ready.sh", "dev")[1]


def test_where_pull_requests_are_not_previewed_everything_else_goes_on(clone: Clone) -> None:
    clone.change("prod", PLACEHOLDER, "octo/app")
    assert clone.says("ready.sh", "--preview", "prod")[0] == "prod\n"
    clone.change("prod", "preview: prod-preview", "preview: none # our plan has no reviewers")
    printed, said = clone.says("ready.sh", "--preview", "prod")
    assert printed == ""
    assert "lets no pull request be previewed" in said
    assert clone.says("ready.sh", "prod")[0] == "prod\n"


def test_a_merge_of_an_environment_s_settings_promotes_to_it(clone: Clone) -> None:
    before = clone.git("rev-parse", "HEAD")
    clone.change("prod", "sha256:0000", "sha256:1111")
    after = clone.commit("prod gets a release")
    assert clone.says("merged.sh", before, after) == ("source=staging\ntarget=prod\n", "")


def test_a_merge_of_anything_else_promotes_nothing(clone: Clone) -> None:
    before = clone.git("rev-parse", "HEAD")
    clone.change("dev", "registry:1.0.0", "registry:1.0.1")
    assert clone.says("merged.sh", before, clone.commit("dev alone"))[0] == ""


def test_of_two_environments_the_earlier_comes_first_and_the_other_is_told(clone: Clone) -> None:
    before = clone.git("rev-parse", "HEAD")
    for name in ("staging", "prod"):
        clone.change(name, "    soak_minutes: ", "    soak_minutes: 1")
    printed, said = clone.says("merged.sh", before, clone.commit("both"))
    assert printed == "source=dev\ntarget=staging\n"
    assert "promote to it once staging is live" in said


def test_an_environment_that_takes_no_releases_is_left_to_up(clone: Clone) -> None:
    before = clone.git("rev-parse", "HEAD")
    clone.change("prod", "    from: staging", "    from: none")
    printed, said = clone.says("merged.sh", before, clone.commit("prod by hand"))
    assert printed == ""
    assert "headroom up prod" in said


def test_after_a_forced_push_the_commit_before_counts(clone: Clone) -> None:
    clone.change("prod", "sha256:0000", "sha256:1111")
    after = clone.commit("prod gets a release")
    assert clone.says("merged.sh", "0" * 40, after)[0] == "source=staging\ntarget=prod\n"


def test_a_job_of_gitlab_s_signs_in_to_two_accounts_by_its_own_token(tmp_path: Path) -> None:
    runner = Runner(tmp_path / "checkout", {"PULUMI_VERSION": "3.0.0", "AWS_TOKEN": "ey.of.the.job"})
    runner.variables |= {"CI_PROJECT_ID": "7", "CI_JOB_ID": "8"}
    for name in ("curl", "make", "sh"):
        runner.stands_in(f"bin/{name}", "true")
    python = ROOT / ".venv" / "bin" / "python"
    runner.stands_in(".venv/bin/python", f'cd {ROOT} && exec {python} "$@"')
    (runner.folder / "Pulumi.yaml").touch()
    done = runner.run(
        {"run": '. ci/gitlab.sh staging:promote prod:deploy\necho "$PULUMI_BACKEND_URL"\ncat "$AWS_CONFIG_FILE"'}, {}
    )
    assert done.returncode == 0, done.stderr
    backend, _, config = done.stdout.partition("\n")
    assert backend == "s3://headroom-state-333333333333-eu-central-1?region=eu-central-1"
    parser = configparser.RawConfigParser()
    parser.read_string(config)
    roles = {
        name: parser[f"profile headroom-{name}"]["role_arn"].partition(":role/")[2] for name in ("staging", "prod")
    }
    assert roles == {"staging": "headroom-staging-ci-promote", "prod": "headroom-prod-ci-deploy"}
    token = Path(parser["profile headroom-prod"]["web_identity_token_file"])
    assert token.read_text() == "ey.of.the.job"
    assert token.stat().st_mode & 0o077 == 0 or token.parent.stat().st_mode & 0o077 == 0
    shutil.rmtree(token.parent)


def test_a_job_of_gitlab_s_stands_on_the_branch_that_it_runs_for(clone: Clone, tmp_path: Path) -> None:
    runner = Runner(tmp_path / "checkout", {"PULUMI_VERSION": "3.0.0", "AWS_TOKEN": "ey.of.the.job"})
    work = tmp_path / "work"
    subprocess.run(["git", "clone", "--quiet", str(clone.folder), str(work)], check=True)
    commit = clone.git("rev-parse", "HEAD")
    subprocess.run(["git", "switch", "--quiet", "--detach", commit], cwd=work, check=True)
    for name in ("curl", "make", "sh"):
        runner.stands_in(f"bin/{name}", "true")
    runner.variables |= {"CI_COMMIT_BRANCH": "main", "CI_COMMIT_SHA": commit, "CI_SERVER_HOST": "gitlab.example.com"}
    runner.variables |= {"CI_JOB_TOKEN": "glcbt-of-the-job"}
    ask = "git status --short --branch\ngit credential fill <<<$'protocol=https\\nhost=g'"
    done = runner.run({"run": f"cd {work}\n. {ROOT}/ci/gitlab.sh\n{ask}"}, {})
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("## main...origin/main\n")
    assert "username=gitlab-ci-token\npassword=glcbt-of-the-job" in done.stdout
    assert "glcbt" not in (work / ".git" / "config").read_text()


def test_gitlab_s_report_fails_for_a_loss_or_an_error_and_not_for_a_change(tmp_path: Path) -> None:
    lines = [str(line) for line in read(TEMPLATE)["preview"]["script"]]
    lines = ["environments=(dev staging)", *lines[3:]]
    for code, ends in ((0, 0), (2, 0), (3, 3), (1, 1)):
        runner = Runner(tmp_path / str(code), {"CI_MERGE_REQUEST_DIFF_BASE_SHA": "a" * 40})
        runner.headroom(f"exit {code}")
        assert runner.run({"run": "\n".join(lines)}, {}).returncode == ends
        assert runner.calls[0][:5] == ["report", "dev", "staging", "--base", "a" * 40]


def test_gitlab_s_review_hands_the_hash_on(tmp_path: Path) -> None:
    approval = "-".join(["abc123"] * 6 + ["0" * 32])
    lines = [str(line) for line in read(TEMPLATE)[".review"]["script"][2:]]
    runner = Runner(tmp_path / "checkout", {"FROM": "dev", "TO": "staging", "APPROVALS": "", "BREAK_GLASS": ""})
    runner.headroom(f"echo 'Approval: `{approval}`' >review/review.md; exit 2")
    assert runner.run({"run": "\n".join(lines)}, {}).returncode == 0
    assert (runner.folder / "review" / "hash").read_text() == f"{approval}\n"
    runner.headroom("exit 3")
    assert runner.run({"run": "\n".join(lines)}, {}).returncode == 3
