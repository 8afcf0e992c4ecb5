"""A release goes from dev to staging on two small stacks, with real git, engine and AWS calls; killed, it goes on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest

from components.access import Scope
from components.ci.places import Reach
from components.ci.statements import Purpose
from tests.components.ci.conftest import principal
from tests.end_to_end.needs import Calls, needed, refused
from tests.end_to_end.walk import IDENTITY, Walk, begun, image, visit

BUCKET = "headroom-state-222222222222-eu-central-1"
ACCOUNTS = {"dev": "111111111111", "staging": "222222222222"}
JOBS: list[tuple[str, str, Purpose]] = [
    ("promotion reviewed", "dev", "promote"),
    ("promotion reviewed", "staging", "promote"),
    ("promotion applied", "dev", "promote"),
    ("promotion applied", "staging", "deploy"),
    ("rollback reviewed", "staging", "promote"),
    ("rollback applied", "staging", "deploy"),
]
"""What a job does, and as whom in which environment: .github/workflows/promote.yml and rollback.yml."""
OFFLINE_ONLY = {"s3:GetBucketObjectLockConfiguration"}
"""Whether the state's bucket has yet to be made: on AWS `headroom bootstrap` was first, and nobody asks."""


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Walk]:
    """dev has a new version that has soaked; staging has the old one."""
    with begun(tmp_path_factory.mktemp("walk"), ["dev", "staging"]) as made:
        for name in ("dev", "staging"):
            made.headroom("", "up", name, "--offline")
        made.release("b", "A new version")
        made.headroom("", "up", "dev", "--offline")
        yield made


@pytest.fixture(scope="module")
def called() -> dict[str, Calls]:
    """What each job would call of AWS; the tests that do its work fill it."""
    return {}


def running(walk: Walk) -> str:
    """The image that staging's service runs, as ECS has it."""
    ecs = walk.project.aws("staging").client("ecs")
    [cluster] = ecs.list_clusters()["clusterArns"]
    [arn] = ecs.list_services(cluster=cluster)["serviceArns"]
    [service] = ecs.describe_services(cluster=cluster, services=[arn])["services"]
    definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    return str(definition["containerDefinitions"][0]["image"])


def in_git(walk: Walk) -> str:
    """The image that git says staging has."""
    text = walk.git("", "show", "HEAD:Pulumi.staging.yaml").said
    return next(line.split("image: ")[1] for line in text.splitlines() if "image: " in line)


def position(walk: Walk) -> dict[str, Any]:
    """What the bucket says of who works on staging."""
    s3 = walk.project.aws("staging").client("s3")
    try:
        answer = s3.get_object(Bucket=BUCKET, Key="releases/staging/position.json")
    except s3.exceptions.NoSuchKey:
        return {}
    found: dict[str, Any] = json.loads(answer["Body"].read())["slot"]
    return found


def test_a_release_soaks_is_reviewed_and_then_runs_exactly_as_git_says(walk: Walk, called: dict[str, Calls]) -> None:
    early = walk.headroom("", "promote", "dev", "staging", "--review", "--offline", code=1)
    assert "soak time: live for 0 minutes, of 10 that are asked for" in early.said
    assert "no data is no pass" in early.said
    visit(walk, "dev")
    with walk.project.listed_calls() as called["promotion reviewed"]:
        approval = walk.approval("promote", "dev", "staging", "--offline")
    assert running(walk) == in_git(walk) == image("a")
    with walk.project.listed_calls() as called["promotion applied"]:
        walk.headroom("", "promote", "dev", "staging", "--approve", approval, "--offline")
    assert running(walk) == in_git(walk) == image("b")
    assert walk.git("", "status", "--porcelain").said == ""


def test_its_record_is_locked_against_everybody(walk: Walk) -> None:
    s3 = walk.project.aws("staging").client("s3")
    keys = [found["Key"] for found in s3.list_objects_v2(Bucket=BUCKET, Prefix="releases/")["Contents"]]
    records = [key for key in keys if key.endswith(("record.json", "outcome.json"))]
    assert len(records) == 4  # of the first up, and of the promotion
    for key in records:
        assert s3.head_object(Bucket=BUCKET, Key=key)["ObjectLockMode"] == "GOVERNANCE"


def test_the_stacks_tags_name_release_and_commit(walk: Walk) -> None:
    tags = json.loads(walk.project.pulumi("stack", "tag", "ls", "--json", "--stack", "staging"))
    listed = json.loads(walk.headroom("", "releases", "staging", "--json", "--offline").said)["staging"]
    assert tags["headroom:release"] == listed["releases"][0]["id"]
    assert tags["headroom:commit"] == walk.git("", "rev-parse", "HEAD").said.strip()


def test_the_next_environment_has_to_wait_for_its_own_soak_time(walk: Walk) -> None:
    refused = walk.headroom("", "promote", "staging", "dev", "--review", "--offline", code=1)
    assert "headroom:promotion.from is none: nothing is promoted to dev" in refused.said


def test_a_rollback_that_is_stopped_keeps_others_out_and_killed_it_is_gone_on_with(
    walk: Walk, called: dict[str, Calls]
) -> None:
    with walk.project.listed_calls() as called["rollback reviewed"]:
        approval = walk.approval("rollback", "staging", "--offline")
    words = ("rollback", "staging", "--offline", "--approve", approval)
    process = subprocess.Popen(
        [str(walk.project.root / ".venv/bin/headroom"), *words],
        cwd=walk.project.root, env={**walk.project.environ, **IDENTITY}, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for(walk, process, "applying")
        os.kill(process.pid, signal.SIGSTOP)
        busy = walk.headroom("", "promote", "dev", "staging", "--offline", code=1)
        assert "staging is being worked on by arn:aws:sts::222222222222" in busy.said
        assert "phase applying" in busy.said
        refused_up = walk.headroom("", "up", "staging", "--offline", code=1)
        assert "(headroom rollback, host" in refused_up.said and "phase applying" in refused_up.said
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    told = walk.headroom("", "releases", "staging", "--offline").said
    assert "under way" in told and "the engine had begun: part of it may be applied" in told
    other = walk.headroom("", "promote", "dev", "staging", "--offline", code=1)
    assert "It is a rollback, and was interrupted" in other.said
    with walk.project.listed_calls() as called["rollback applied"]:
        assert "Going on with it." in walk.headroom("", "rollback", "staging", "--offline").said
    assert running(walk) == in_git(walk) == image("a")
    assert walk.git("", "log", "-1", "--format=%s").said.startswith("Roll staging back to 2")
    assert position(walk)["position"] is None


@pytest.mark.parametrize(("job", "environment", "purpose"), JOBS)
def test_each_job_may_do_all_that_it_calls_of_each_account(
    job: str, environment: str, purpose: Purpose, called: dict[str, Calls]
) -> None:
    account = ACCOUNTS[environment]
    scope = Scope(account=account, region="eu-central-1", namespace=f"headroom/{environment}")
    calls = [call for call in called[job] if call["account"] == account]
    wanted = [one for one in needed(calls, environment, account) if one[0] not in OFFLINE_ONLY]
    assert {"s3:GetObject", "sts:GetCallerIdentity"} <= {action for action, _ in wanted}
    assert refused(principal(Reach(scope=scope), purpose), wanted) == []


def wait_for(walk: Walk, process: subprocess.Popen[bytes], phase: str) -> None:
    """Returns as soon as what is under way has come to a phase."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, "it ended before it was stopped"
        if ((position(walk).get("position") or {}).get("phase")) == phase:
            return
        time.sleep(0.02)
    raise AssertionError(f"it did not come to {phase}")
