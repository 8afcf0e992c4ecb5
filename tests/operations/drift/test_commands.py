"""`headroom drift` asks the engine for a refresh that changes nothing, and its exit code says how it stands."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest

from operations.drift.finding import look
from operations.errors import Failure, Invocation, NoStack
from operations.project import Project
from operations.report import collect
from operations.stacks import SECRET_VALUES, open_stack
from tests.operations.drift.refreshed import failed, read, script

DAY = date(2026, 11, 22)
TOPIC = "aws:sns/topic:Topic"
SAME = read(TOPIC, asked={"displayName": "a"}, found={"displayName": "a"})
REAL = read(TOPIC, asked={"displayName": "a"}, found={"displayName": "b"}, detail={"displayName": "update"})
BENIGN = read(TOPIC, asked={"displayName": ""}, found={}, detail={"displayName": "delete"})


@pytest.mark.parametrize(
    ("documents", "code", "said"), [([SAME], 0, "has what was asked"), ([BENIGN], 0, "1 benign"), ([REAL], 2, "1 real")]
)
def test_the_exit_code_says_how_it_stands(project: Any, documents: list[Any], code: int, said: str) -> None:
    project.script(refresh=script(documents))
    assert said in project.headroom("drift", "dev", "--offline", code=code)


def test_the_engine_is_asked_for_a_preview_of_a_refresh_and_for_nothing_else(project: Any) -> None:
    project.script(refresh=script([REAL]))
    project.headroom("drift", "dev", "--offline", "--parallel", "3", code=2)
    asked = [call for call in project.calls if call[0] not in ("version", "stack")]
    assert [call[:6] for call in asked] == [
        ["refresh", "--preview-only", "--exclude", SECRET_VALUES, "--parallel", "3"]
    ]
    assert not any("init" in call for call in project.calls)


def test_several_environments_are_told_each_and_an_error_is_the_worst(project: Any) -> None:
    lost = {"code": 255, "stderr": "error: AccessDenied: no s3:GetObject"}
    project.script(refresh=lost)
    printed = project.headroom("drift", "--all", "--offline", code=1)
    assert [line.split(":")[0] for line in printed.splitlines() if "nothing can be told" in line] == [
        "dev",
        "staging",
        "prod",
    ]


@pytest.mark.parametrize("written", ["text", "markdown"])
def test_of_all_environments_one_that_is_not_up_is_told_and_no_error(
    project: Any, monkeypatch: pytest.MonkeyPatch, written: str
) -> None:
    def without_prod(project: Project, invocation: Invocation, *, create: bool) -> Any:
        if invocation.environment == "prod":
            raise NoStack("there is no stack prod")
        return open_stack(project, invocation, create=create)

    monkeypatch.setattr(collect, "open_stack", without_prod)
    project.script(refresh=script([SAME]))
    printed = project.headroom("drift", "--all", "--offline", "--format", written)
    assert printed.count("not up, so nothing of it can differ") == 1
    assert printed.count("has what was asked for") == 2
    assert "there is no stack prod" in project.headroom("drift", "dev", "prod", "--offline", code=1)


def test_where_no_environment_is_up_nothing_can_be_told(project: Any) -> None:
    project.script(select={"code": 255, "stderr": "error: no stack named 'dev' found"})
    assert project.headroom("drift", "--all", "--offline", code=1).count("has not been brought up offline") == 3


def test_a_resource_that_nobody_can_read_is_real_though_the_engine_fails(project: Any) -> None:
    documents = [SAME, *failed("aws:s3/bucket:Bucket", "uploads", "AccessDenied: no s3:GetBucketTagging")]
    project.script(refresh=script(documents, code=255, stderr="error: preview failed"))
    printed = project.headroom("drift", "dev", "--offline", code=2)
    assert "can't be read: AccessDenied: no s3:GetBucketTagging" in printed


def test_what_went_wrong_beside_a_resource_that_nobody_can_read_is_no_drift(project: Any) -> None:
    """What the engine had no time to look at may be all of the rest."""
    crashed = {"diagnosticEvent": {"severity": "error", "message": "the plugin ended early"}}
    documents = [SAME, *failed("aws:s3/bucket:Bucket", "uploads", "AccessDenied: no s3:GetBucketTagging"), crashed]
    project.script(refresh=script(documents, code=255, stderr="error: preview failed"))
    assert "nothing can be told" in project.headroom("drift", "dev", "--offline", code=1)


def test_an_engine_that_ends_without_a_summary_tells_nothing(project: Any) -> None:
    project.script(refresh={"events": [SAME]})
    assert "without a summary" in project.headroom("drift", "dev", "--offline", code=1)


def test_a_report_goes_to_a_file(project: Any) -> None:
    project.script(refresh=script([REAL]))
    assert project.headroom("drift", "dev", "--offline", "--format", "json", "--out", "drift.json", code=2) == ""
    document = json.loads((project.root / "drift.json").read_text())
    assert document["environments"][0]["real"] == [
        'sns.Topic main displayName: "a" was asked for, AWS has "b"',
    ]
    for kind in ("text", "markdown"):
        project.headroom("drift", "dev", "--offline", "--format", kind, "--out", f"drift.{kind}", code=2)
        assert "displayName" in (project.root / f"drift.{kind}").read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name environments"),
        (["dev", "--all"], "name environments"),
        (["dve"], "Did you mean dev?"),
        (["dev", "--format", "html"], "none of text, markdown, json"),
        (["dev", "--issue"], "no repository is named"),
        (["dev", "--issue", "--repo", "a/b"], "GITHUB_TOKEN is not set"),
    ],
)
def test_a_mistake_costs_no_look(project: Any, arguments: list[str], said: str) -> None:
    project.script(refresh=script([REAL]))
    given = {"GITHUB_REPOSITORY": "", "GITHUB_TOKEN": ""}
    assert said in project.headroom("drift", *arguments, "--offline", code=1, **given)
    assert project.calls == []


def test_a_wrong_drift_yaml_is_one_error_and_costs_no_look(project: Any) -> None:
    (project.root / "drift.yaml").write_text("ignores: [{}]")
    project.script(refresh=script([REAL]))
    assert "drift.yaml, entry 1: it lacks environment" in project.headroom("drift", "dev", "--offline", code=1)
    assert project.calls == []


def test_drift_yaml_is_read_beside_the_stack_files(project: Any) -> None:
    (project.root / "drift.yaml").write_text(
        f"ignores:\n  - {{environment: dev, type: '{TOPIC}', name: main, property: displayName, reason: a test,"
        " owner: us, expires: 2026-11-30}\n"
    )
    project.script(refresh=script([REAL]))
    done = look(Project(project.root), Invocation(environment="dev", offline=True), today=DAY)
    assert [one.verdict for one in done.differences] == ["ignored"]
    assert done.real == []
    project.script(refresh=script([json.loads(json.dumps(REAL).replace(":dev:", ":staging:"))]))
    other = look(Project(project.root), Invocation(environment="staging", offline=True), today=DAY)
    assert ([one.verdict for one in other.differences], other.stale) == (["real"], []), "an entry is of one environment"


def test_for_a_gate_it_tells_what_is_real_and_prints_nothing(project: Any, capsys: pytest.CaptureFixture[str]) -> None:
    project.script(refresh=script([REAL]))
    found = look(Project(project.root), Invocation(environment="dev", offline=True))
    assert found.real == ['sns.Topic main displayName: "a" was asked for, AWS has "b"']
    assert capsys.readouterr() == ("", "")


def test_for_a_gate_what_can_not_be_told_is_a_failure(project: Any) -> None:
    project.script(refresh={"code": 255, "stderr": "error: something broke"})
    with pytest.raises(Failure, match="something broke"):
        look(Project(project.root), Invocation(environment="dev", offline=True))


def test_the_issue_is_kept_beside_the_report(project: Any, hub: Any) -> None:
    project.script(refresh=script([REAL]))
    given = {"GITHUB_TOKEN": "t", "GITHUB_API_URL": hub.address, "GITHUB_REPOSITORY": "team/backend"}
    printed = project.headroom("drift", "dev", "--offline", "--issue", code=2, **given)
    assert "Opened: https://x/1" in printed
    project.script(refresh=script([SAME]))
    assert "Closed: https://x/1" in project.headroom("drift", "dev", "--offline", "--issue", **given)


@pytest.mark.parametrize(("options", "first"), [(["--refresh"], True), ([], False)])
def test_what_was_changed_by_hand_is_put_back_by_an_up_that_reads_aws_first(
    project: Any, options: list[str], first: bool
) -> None:
    project.script(up={"events": [SAME, *script([])["events"]]})
    printed = project.headroom("up", "dev", "--offline", "--no-wait", *options)
    [asked] = [call for call in project.calls if call[0] == "up"]
    assert ("--refresh" in asked) is first
    assert "Nothing changed" in printed or "unchanged" in printed
