"""GitHub's workflows and GitLab's template: linted, pinned, of few rights, and true to stack files and commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.ci.access import SESSION_SECONDS
from infra.ci import subjects_of
from infra.settings.reading import read_file
from operations.project import Project
from operations.rollout import LONGEST_SECONDS
from tests.conftest import WORKFLOW_TOOLS
from tests.workflows import (
    ACTIONS,
    EXPRESSION,
    GITHUB,
    ROOT,
    TEMPLATE,
    WORKFLOWS,
    Job,
    command,
    fill,
    job,
    jobs,
    options,
    read,
    scripts,
    words,
)

BIN = Path(sys.executable).parent
ENVIRONMENTS = Project(ROOT).environments
JOBS = jobs()
names = "{0.workflow}/{0.name}".format


def actionlint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("actionlint", path=f"{WORKFLOW_TOOLS}{os.pathsep}{os.environ['PATH']}")
    assert program
    files = [str(path) for path in sorted((folder / "workflows").glob("*.yml"))]
    return subprocess.run([program, "-no-color", *files], cwd=folder.parent, capture_output=True, text=True)


def audited(folder: Path) -> set[str]:
    """Ids of what zizmor finds."""
    command = [f"{BIN}/zizmor", "--offline", "--pedantic", "--strict-collection", "--format", "json", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    return {finding["ident"] for finding in json.loads(done.stdout)}


@pytest.mark.workflow_tools
def test_actionlint_finds_nothing() -> None:
    done = actionlint(GITHUB)
    assert (done.returncode, done.stdout) == (0, "")


def test_zizmor_finds_nothing_down_to_its_pedantic_findings() -> None:
    assert audited(GITHUB) == set()
    assert len((GITHUB / "zizmor.yml").read_text().split("disable: true")) == 2, (
        "one audit is left out, with its reason"
    )


CHECKOUT = "actions/checkout@3d3c42e5aac5ba805825da76410c181273ba90b1 # v7.0.1"

MUTATIONS: list[tuple[str, str, str, str]] = [
    ("unpinned-uses", "deploy.yml", CHECKOUT, "actions/checkout@v7"),
    ("template-injection", "promote.yml", '[ -n "$BREAK_GLASS" ]', '[ -n "${{ inputs.break_glass }}" ]'),
    ("excessive-permissions", "deploy.yml", "permissions: {}", "permissions: write-all"),
    ("dangerous-triggers", "preview.yml", "  pull_request:\n", "  pull_request_target:\n"),
    ("artipacked", "checks.yml", "        with:\n          persist-credentials: false\n", ""),
    ("undocumented-permissions", "drift.yml", "issues: write # to open one", "issues: write"),
    ("concurrency-limits", "deploy.yml", "concurrency:\n  group: stack-dev\n  cancel-in-progress: false\n", ""),
]
"""What zizmor must find, where, and the change that brings it."""


@pytest.mark.parametrize(("finding", "file", "old", "new"), MUTATIONS)
def test_zizmor_finds_what_would_open_a_workflow(finding: str, file: str, old: str, new: str, tmp_path: Path) -> None:
    folder = mutated(tmp_path, file, old, new)
    assert finding in audited(folder)


@pytest.mark.workflow_tools
@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("promote.yml", "needs.review.outputs.hash", "needs.review.outputs.hashes", "hashes"),
        ("deploy.yml", "purpose: deploy", "purposes: deploy", "purposes"),
        ("preview.yml", "contains(needs.ready", "contain(needs.ready", "contain"),
    ],
)
def test_actionlint_finds_what_would_not_run(file: str, old: str, new: str, says: str, tmp_path: Path) -> None:
    done = actionlint(mutated(tmp_path, file, old, new))
    assert done.returncode == 1
    assert says in done.stdout


def mutated(tmp_path: Path, file: str, old: str, new: str) -> Path:
    folder = tmp_path / ".github"
    shutil.copytree(GITHUB, folder)
    (tmp_path / ".git").mkdir()  # where linters look for a project's root
    path = folder / "workflows" / file
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    return folder


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("github-workflows", WORKFLOWS),
        ("github-actions", ACTIONS),
        ("dependabot", [GITHUB / "dependabot.yml"]),
        ("gitlab-ci", [TEMPLATE]),
    ],
)
def test_every_file_is_what_its_server_s_schema_takes(schema: str, files: list[Path]) -> None:
    transform = ["--data-transform", "gitlab-ci"] if schema == "gitlab-ci" else []
    command = [f"{BIN}/check-jsonschema", "--builtin-schema", f"vendor.{schema}", *transform, *map(str, files)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def uses() -> Iterator[tuple[str, str]]:
    """Every action that is used, with the line that names it."""
    for path in (*WORKFLOWS, *ACTIONS):
        for line in path.read_text().splitlines():
            found = re.search(r"\buses: (\S+)", line)
            if found:
                yield found[1], line


def test_every_action_is_pinned_to_a_commit_with_its_version_beside_it() -> None:
    foreign = {action: line for action, line in uses() if not action.startswith("./")}
    assert len(foreign) > 5
    loose = [line for action, line in foreign.items() if not re.search(rf"{re.escape(action)} # v\d+\.\d+\.\d+$", line)]
    assert loose == []
    assert [action for action in foreign if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action)] == []
    commits: dict[str, set[str]] = {}
    for action in foreign:
        repository, _, commit = action.partition("@")
        commits.setdefault(repository, set()).add(commit)
    assert [repository for repository, found in commits.items() if len(found) > 1] == []


def test_actions_of_our_own_exist() -> None:
    own = {action for action, _ in uses() if action.startswith("./")}
    assert {ROOT / action / "action.yml" for action in own} == set(ACTIONS)


def test_no_workflow_runs_for_what_a_fork_may_trigger_with_rights() -> None:
    triggers = {event for path in WORKFLOWS for event in read(path)["on"]}
    assert triggers <= {"pull_request", "push", "schedule", "workflow_dispatch"}


def test_pull_requests_from_forks_are_told_why_and_get_nothing() -> None:
    same = "github.event.pull_request.head.repo.full_name == github.repository"
    for one in JOBS:
        if one.workflow == "preview" and one.given["permissions"]:
            assert same in " ".join(one.given["if"].split()), names(one)
    [told] = [one for one in JOBS if one.workflow == "preview" and not one.given["permissions"]]
    assert told.given["if"] == same.replace("==", "!=")


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_has_no_rights_that_a_job_does_not_ask_for(path: Path) -> None:
    assert read(path)["permissions"] == {}


WRITES = {
    "preview/preview": {"id-token", "pull-requests", "security-events"},
    "preview/prod": {"id-token", "pull-requests"},
    "deploy/dev": {"id-token"},
    "promote/offer": {"contents", "id-token", "pull-requests"},
    "promote/review": {"id-token"},
    "promote/apply": {"contents", "id-token"},
    "rollback/offer": {"contents", "id-token", "pull-requests"},
    "rollback/review": {"id-token"},
    "rollback/apply": {"contents", "id-token"},
    "drift/drift": {"id-token", "issues"},
}
"""Jobs to what they may write: nobody else writes anything."""


def test_jobs_write_what_their_task_is_and_nothing_else() -> None:
    found = {
        names(one): {right for right, level in one.given["permissions"].items() if level == "write"} for one in JOBS
    }
    assert {name: rights for name, rights in found.items() if rights} == WRITES
    assert {names(one) for one in JOBS if one.signs_in} == {
        name for name, rights in WRITES.items() if "id-token" in rights
    }


@pytest.mark.parametrize("one", JOBS, ids=names)
def test_every_job_ends_and_leaves_no_credentials_behind(one: Job) -> None:
    assert one.given["timeout-minutes"] <= 175
    assert one.given["runs-on"] == "ubuntu-24.04"
    for step in one.steps:
        if "actions/checkout" in step.get("uses", ""):
            assert step["with"]["persist-credentials"] is False


def test_nothing_of_what_others_wrote_becomes_part_of_a_script() -> None:
    assert [where for where, script in scripts() if EXPRESSION.search(script)] == []


def test_tokens_are_given_to_the_steps_that_use_them() -> None:
    holding = {
        f"{names(one)}: {step['name']}"
        for one in JOBS
        for step in one.steps
        if "github.token" in json.dumps(step.get("env", {}))
    }
    assert holding == {
        "preview/preview: Comment",
        "preview/prod: Comment",
        "promote/offer: Offer",
        "promote/review: Read what gives data up",
        "promote/apply: Promote",
        "rollback/offer: Offer",
        "rollback/apply: Roll back",
        "drift/drift: Look",
    }
    assert [names(one) for one in JOBS if "token" in json.dumps(one.given.get("env", {}))] == []
    assert [path.name for path in WORKFLOWS if "secrets." in path.read_text()] == []


@pytest.mark.parametrize(("where", "script"), list(scripts()), ids=lambda value: value if "\n" not in value else "")
def test_every_script_is_one_that_bash_can_read(where: str, script: str) -> None:
    done = subprocess.run(["bash", "-n"], input=script, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, ""), where


@pytest.mark.parametrize("script", sorted(ROOT.glob("ci/*.sh")), ids=lambda path: path.name)
def test_every_shared_script_is_one_that_bash_can_read(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)


def ways(one: Job) -> Iterator[dict[str, str]]:
    """What the expressions of a job's environments stand for, way by way."""
    if one.workflow == "promote":
        for target in ENVIRONMENTS[1:]:
            yield {"needs.route.outputs.source": comes_from(target), "needs.route.outputs.target": target}
    elif "matrix" in one.given.get("strategy", {}):
        yield from ({"matrix.environment": name} for name in one.given["strategy"]["matrix"]["environment"])
    elif one.workflow == "rollback":
        options = read(GITHUB / "workflows" / "rollback.yml")["on"]["workflow_dispatch"]["inputs"]
        yield from ({"inputs.environment": name} for name in options["environment"]["options"])
    else:
        yield {}


def comes_from(target: str) -> str:
    return str(Project(ROOT).config(target)["headroom:promotion"]["from"])


@pytest.mark.parametrize("one", [one for one in JOBS if one.signs_in], ids=names)
def test_every_job_may_take_the_roles_that_it_asks_for_and_no_job_asks_for_more(one: Job) -> None:
    asked = list(ways(one))
    assert asked
    for values in asked:
        for given in one.signs_in:
            environment = fill(given["environment"], values)
            subjects = subjects_of(read_file(ROOT / f"Pulumi.{environment}.yaml"))[given["purpose"]]  # type: ignore[index]
            of = fill(one.environment or "", values)
            wanted = f"environment:{of}" if of else "pull_request"
            [found] = [s for s in subjects if s.sub.endswith(f":{wanted}")]
            assert found.branch == ("any-branch" if one.workflow == "preview" else "main"), names(one)
            seconds = int(given.get("seconds", 3600))
            assert seconds <= SESSION_SECONDS[given["purpose"]]  # type: ignore[index]
            # Who only looks at an account does so before anything is applied.
            looks = any(each["purpose"] == "deploy" for each in one.signs_in) and given["purpose"] != "deploy"
            assert looks or one.given["timeout-minutes"] * 60 <= seconds


def test_only_jobs_of_the_environment_itself_deploy_it_one_at_a_time_and_never_cut_off() -> None:
    deploying = [one for one in JOBS if any(given["purpose"] == "deploy" for given in one.signs_in)]
    assert {names(one) for one in deploying} == {"deploy/dev", "promote/apply", "rollback/apply"}
    for one in deploying:
        [deployed] = [given["environment"] for given in one.signs_in if given["purpose"] == "deploy"]
        assert one.environment == deployed
        limits = one.given.get("concurrency") or read(GITHUB / "workflows" / f"{one.workflow}.yml")["concurrency"]
        assert limits == {"group": f"stack-{deployed}", "cancel-in-progress": False}


def test_a_deployment_has_time_for_an_up_its_rollout_and_bake_time_and_for_the_way_back() -> None:
    bake = max(Project(ROOT).config(name)["headroom:promotion"]["bake_minutes"] for name in ENVIRONMENTS)
    first, again, rollout = 60, 30, int(LONGEST_SECONDS / 60)
    needed = first + rollout + bake + again + rollout
    for name in ("deploy/dev", "promote/apply", "rollback/apply"):
        assert job(*name.split("/")).given["timeout-minutes"] >= needed, name
    assert read(TEMPLATE)["default"]["timeout"] == "3 hours"


def test_in_gitlab_nobody_s_variable_says_what_is_approved_and_no_rollback_waits_for_tests() -> None:
    text = TEMPLATE.read_text()
    assert "dotenv" not in text
    assert "$HASH" not in text
    sources = [rule["if"] for rule in read(TEMPLATE)["test"]["rules"]]
    assert sources == ['$CI_PIPELINE_SOURCE == "merge_request_event" || $CI_PIPELINE_SOURCE == "push"']


def test_a_text_that_approves_and_another_base_are_seen_when_they_change() -> None:
    types = read(GITHUB / "workflows" / "preview.yml")["on"]["pull_request"]["types"]
    assert {"opened", "synchronize", "reopened", "edited"} == set(types)
    # A job that is skipped counts as passed: nothing of an edit may be left out.
    assert "event.action" not in (GITHUB / "workflows" / "preview.yml").read_text()


def test_an_action_that_dependabot_offers_gets_no_role() -> None:
    ready = " ".join(job("preview", "ready").given["if"].split())
    assert ready.endswith("&& github.event.sender.login != 'dependabot[bot]'")
    for name in ("preview", "prod"):
        assert "ready" in job("preview", name).given["needs"]


def test_the_workflows_know_every_environment_and_every_way_between_them() -> None:
    promote = read(GITHUB / "workflows" / "promote.yml")["on"]
    inputs = promote["workflow_dispatch"]["inputs"]
    targets = [name for name in ENVIRONMENTS if comes_from(name) != "none"]
    assert inputs["target"]["options"] == targets
    assert inputs["source"]["options"] == [comes_from(name) for name in targets]
    assert promote["push"]["paths"] == [f"Pulumi.{name}.yaml" for name in targets]
    assert f"for target in {' '.join(targets)};" in (ROOT / "ci" / "merged.sh").read_text()
    drift = job("drift", "drift").given["strategy"]["matrix"]["environment"]
    rollback = read(GITHUB / "workflows" / "rollback.yml")["on"]["workflow_dispatch"]["inputs"]
    assert tuple(drift) == tuple(rollback["environment"]["options"]) == ENVIRONMENTS
    gitlab = read(TEMPLATE)
    for name in targets:
        # In the script, as variables of the job give way to those of whoever starts the pipeline.
        for stage in ("review", "apply"):
            assert gitlab[f"{stage} {name}"]["before_script"] == [f"FROM={comes_from(name)} TO={name}"]
    assert gitlab["drift"]["parallel"]["matrix"] == [{"ENVIRONMENT": list(ENVIRONMENTS)}]


def test_the_pulumi_cli_is_of_the_version_of_its_sdk() -> None:
    [pinned] = re.findall(r"^pulumi==(\S+)", (ROOT / "requirements.txt").read_text(), re.MULTILINE)
    action = read(GITHUB / "actions" / "headroom" / "action.yml")
    assert [
        step["with"]["pulumi-version"] for step in action["runs"]["steps"] if "pulumi/" in step.get("uses", "")
    ] == [pinned]
    assert read(TEMPLATE)["variables"]["PULUMI_VERSION"] == pinned


CALLS = [(where, script) for where, script in scripts() if ".venv/bin/headroom" in script]


@pytest.mark.parametrize(("where", "script"), CALLS, ids=[where for where, _ in CALLS])
def test_every_command_of_a_pipeline_exists_with_its_options(where: str, script: str) -> None:
    called = list(words(script, ".venv/bin/headroom"))
    assert called
    for verb, *rest in called:
        known = options(command([verb]))
        gathered = [word for line in re.findall(r"arguments\+?=\((.*?)\)", script) for word in line.split()]
        given = {word for word in [*rest, *gathered] if word.startswith("--") and word != "--"}
        assert given <= known, (where, verb)


def test_nothing_in_ci_spends_money_on_a_trial() -> None:
    assert [where for where, script in scripts() if "smoke" in script] == []
