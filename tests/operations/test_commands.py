"""The commands as a script runs them: what they ask of the engine, what they print, how they end."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

INSTANCE = "aws:rds/instance:Instance"
LOST = "error: the emulated AWS that held this stack is gone (started 10:00, lost since)\n"


def urn(token: str, name: str) -> str:
    return f"urn:pulumi:dev::headroom::{token}::{name}"


def step(op: str, name: str, token: str = INSTANCE, *, outputs: dict[str, Any] | None = None, **more: Any) -> list[Any]:
    """Beginning and end of a step."""
    state = {"custom": True, "inputs": more.pop("inputs", {}), "outputs": outputs or {}}
    metadata = {"op": op, "urn": urn(token, name), "type": token, "new": None if op == "delete" else state, **more}
    return [{kind: {"metadata": metadata}} for kind in ("resourcePreEvent", "resOutputsEvent")]


def planned(op: str, name: str) -> list[Any]:
    metadata = {"op": op, "urn": urn(INSTANCE, name), "type": INSTANCE, "new": {"custom": True, "inputs": {"a": 1}}}
    return [{"resourcePreEvent": {"metadata": metadata, "planning": True}}]


def stack(**outputs: Any) -> list[Any]:
    return step("same", "headroom-dev", "pulumi:pulumi:Stack", outputs=outputs)


def summary() -> list[Any]:
    return [{"summaryEvent": {"resourceChanges": {}, "PolicyPacks": {"headroom": "0.1.0"}}}]


def error(message: str, at: str = "") -> dict[str, Any]:
    return {"diagnosticEvent": {"severity": "error", "message": message, "urn": at}}


def asked(project: Any, verb: str) -> list[list[str]]:
    return [call for call in project.calls if verb in call[:2]]


def test_up_offline_shows_progress_summary_policies_outputs_and_what_is_next(project: Any) -> None:
    project.script(up={"events": [*step("create", "main"), *stack(url="http://x", key="[secret]"), *summary()]})
    printed = project.headroom("up", "dev", "--offline")
    lines = printed.splitlines()
    assert lines[0] == "Bringing up dev (offline engine, emulated AWS, account 111111111111) ..."
    assert lines[1].split()[:3] == ["created", "rds.Instance", "main"]
    assert "dev is up: 1 created, in " in printed
    assert "Policies: all kept\n  ✓ mandatory  rds-private" in printed
    assert "Outputs\n  key  [secret]\n  url  http://x" in printed
    assert "\nNext\n" in printed


def test_up_asks_the_engine_for_one_run_with_the_policies_of_the_environment(project: Any) -> None:
    project.script(up={"events": summary()})
    project.headroom("up", "staging", "--offline", "--parallel", "3")
    [call] = asked(project, "up")
    assert call[:3] == ["up", "--yes", "--skip-preview"]
    assert " ".join(call[3:9]) == "--policy-pack policies --policy-pack-config policies/staging.json --parallel 3"
    assert call[-2:] == ["--stack", "staging"]
    assert not asked(project, "preview")


def test_up_makes_the_offline_stack_when_there_is_none(project: Any) -> None:
    project.script(select={"code": 255, "stderr": "error: no stack named 'dev' found\n"}, up={"events": summary()})
    project.headroom("up", "dev", "--offline")
    assert [call[1] for call in project.calls if call[0] == "stack"] == ["select", "init"]


def test_up_that_changes_nothing_says_so_in_a_line(project: Any) -> None:
    project.script(up={"events": [*step("same", "main"), *stack(url="x"), *summary()]})
    lines = project.headroom("up", "dev", "--offline").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Nothing changed: dev is as its settings say, with 1 resource, in ")


def test_a_failed_resource_is_reported_once_after_what_is_kept(project: Any) -> None:
    failed = {"resOpFailedEvent": {"metadata": {"op": "create", "urn": urn(INSTANCE, "main"), "type": INSTANCE}}}
    cause = error("creating main: DBInstanceAlreadyExists: it is there", urn(INSTANCE, "main"))
    events = [*step("create", "vpc", "aws:ec2/vpc:Vpc"), cause, failed, *summary()]
    project.script(up={"events": events, "code": 255, "stderr": "error: update failed\n"})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert "dev is half way: 1 created, in " in printed
    assert printed.count("DBInstanceAlreadyExists") == 1
    assert "Error: rds.Instance main: creating main: DBInstanceAlreadyExists: it is there" in printed
    assert "update failed" not in printed


def test_wrong_settings_are_shown_as_the_program_says_them(project: Any) -> None:
    text = "Pulumi.dev.yaml has 2 mistakes:\n  headroom:owner: missing\n  headroom:netwrk: unknown"
    project.script(up={"events": [error(text)], "code": 255, "stderr": "error: the program failed\n"})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert printed.splitlines()[1:] == [
        "Error: Pulumi.dev.yaml has 2 mistakes:",
        "    headroom:owner: missing",
        "    headroom:netwrk: unknown",
    ]


def test_a_broken_mandatory_policy_fails_and_names_its_remedy(project: Any) -> None:
    found = {"policyEvent": {"policyName": "rds-private", "policyPackName": "headroom", "enforcementLevel": "mandatory",
                             "message": "it is public", "resourceUrn": urn(INSTANCE, "main")}}  # fmt: skip
    project.script(up={"events": [found, *summary()], "code": 255})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert "  ✗ rds-private  mandatory\n      rds.Instance main: it is public" in printed
    assert "Error: a mandatory policy is broken: rds-private" in printed


def test_a_missing_level_file_is_an_error_before_the_engine_runs(project: Any) -> None:
    (project.root / "policies" / "dev.json").unlink()
    assert "policies/dev.json is missing" in project.headroom("up", "dev", "--offline", code=1)
    assert not asked(project, "up")


def test_a_locked_stack_names_cancel(project: Any) -> None:
    project.script(up={"code": 255, "stderr": "error: the stack is currently locked by 1 lock(s): up, pid 12\n"})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert "dev is in use by another run" in printed
    assert "headroom cancel dev --offline" in printed


def test_a_run_that_another_command_cancelled_says_so(project: Any) -> None:
    project.script(up={"code": 255, "stderr": "error: update canceled\n", "events": [*step("create", "main")]})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert "dev is half way: 1 created" in printed
    assert printed.endswith("Error: stopped: another command cancelled this run.\n")


def test_a_missing_account_is_left_to_the_program_which_knows_what_else_is_wrong(project: Any) -> None:
    (project.root / "Pulumi.dev.yaml").write_text("config: {}\n")
    project.script(preview={"events": summary()})
    assert "account missing" in project.headroom("preview", "dev", "--offline")
    assert asked(project, "preview")


def test_bootstrap_without_credentials_says_to_sign_in(project: Any, tmp_path: Path) -> None:
    none = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": str(tmp_path), "AWS_PROFILE": "rubbish"}
    printed = project.headroom("bootstrap", "dev", code=1, **none)
    assert printed.startswith("Error: there are no AWS credentials to use: ")
    assert "Try: sign in to the account" in printed


def test_a_lost_cloud_is_an_error_with_its_remedy_when_nobody_can_be_asked(project: Any) -> None:
    project.script(up={"code": 255, "stderr": LOST})
    printed = project.headroom("up", "dev", "--offline", code=1)
    assert "is gone" in printed
    assert "headroom up dev --offline --rebuild" in printed
    assert not asked(project, "rm")


@pytest.mark.parametrize("verb", ["up", "select"])
def test_rebuild_forgets_the_lost_stack_and_builds_it_again(project: Any, verb: str) -> None:
    verbs = {"up": {"events": [*step("create", "main"), *summary()]}}
    project.script(**{**verbs, verb: [{"code": 255, "stderr": LOST}, verbs.get(verb, {})]})
    printed = project.headroom("up", "dev", "--offline", "--rebuild")
    assert "dev is up: 1 created" in printed
    forgotten = [call for call in project.calls if call[1:2] in (["rm"], ["init"])]
    assert forgotten == [
        ["stack", "rm", "--force", "--yes", "--preserve-config", "dev"],
        ["stack", "init", "dev"],
    ]


def test_preview_shows_the_tree_the_policies_and_the_counts(project: Any) -> None:
    project.script(preview={"events": [*planned("create", "main"), *planned("same", "old"), *summary()]})
    printed = project.headroom("preview", "dev", "--offline")
    assert "\n + rds.Instance main\n" in printed
    assert "✓ mandatory  rds-private" in printed
    assert "dev: 1 to create, 1 unchanged." in printed
    assert "headroom preview dev --offline --diff" in printed
    assert not asked(project, "up")


def test_preview_of_nothing_says_so(project: Any) -> None:
    project.script(preview={"events": [*planned("same", "old"), *summary()]})
    printed = project.headroom("preview", "dev", "--offline")
    assert printed.splitlines()[-1] == "Nothing would change: dev is as its settings say, with 1 resource."


def test_preview_with_diff_shows_every_property_of_new_resources(project: Any) -> None:
    project.script(preview={"events": [*planned("create", "main"), *summary()]})
    assert " + rds.Instance main\n       a: 1\n" in project.headroom("preview", "dev", "--offline", "--diff")


def test_an_output_without_unicode_gets_question_marks(project: Any) -> None:
    project.script(up={"events": [*step("create", "main"), *summary()]})
    assert "  ? mandatory  rds-private" in project.process("up", "dev", "--offline", PYTHONIOENCODING="ascii")


def test_down_deletes_and_counts(project: Any) -> None:
    project.script(destroy={"events": [*step("delete", "main"), *summary()]})
    printed = project.headroom("down", "dev", "--offline", "--yes")
    assert "dev is down: 1 deleted, in " in printed
    [call] = asked(project, "destroy")
    assert call[:3] == ["destroy", "--yes", "--skip-preview"]


def test_down_of_what_is_protected_explains_which_setting_to_change(project: Any) -> None:
    cause = error(
        f'resource "{urn(INSTANCE, "main")}" cannot be deleted\nbecause it is protected.', urn(INSTANCE, "main")
    )
    project.script(destroy={"events": [cause], "code": 255})
    printed = project.headroom("down", "prod", "--offline", "--yes", code=1)
    assert "set protect and deletion_protection to false in Pulumi.prod.yaml" in printed
    assert "headroom up prod --offline" in printed


def test_down_of_a_stack_that_was_never_up_says_so(project: Any) -> None:
    project.script(select={"code": 255, "stderr": "error: no stack named 'dev' found\n"})
    assert "dev has not been brought up offline" in project.headroom("down", "dev", "--offline", "--yes", code=1)


def test_outputs_for_people_and_for_programs(project: Any) -> None:
    project.script(output={"stdout": json.dumps({"url": "http://x", "key": "[secret]"})})
    assert project.headroom("outputs", "dev", "--offline") == "Outputs\n  key  [secret]\n  url  http://x\n"
    assert json.loads(project.headroom("outputs", "dev", "--offline", "--json")) == {
        "url": "http://x",
        "key": "[secret]",
    }
    assert all("--show-secrets" not in call for call in project.calls)


def test_outputs_of_an_empty_stack_say_what_to_do(project: Any) -> None:
    project.script(output={"stdout": "{}"})
    assert "headroom up dev --offline" in project.headroom("outputs", "dev", "--offline")


def test_cancel_asks_the_engine_to_stop_the_run(project: Any) -> None:
    printed = project.headroom("cancel", "dev", "--offline")
    assert asked(project, "cancel") == [["cancel", "--yes", "--stack", "dev"]]
    assert "headroom up dev --offline" in printed


def test_an_interrupt_lets_the_engine_finish_and_says_what_to_run_next(project: Any) -> None:
    project.script(up={"events": step("create", "main"), "seconds": 600, "code": 255, "stderr": "error: cancelled\n"})
    process = project.start("up", "dev", "--offline")
    assert process.stdout is not None
    seen = ""
    while "created" not in seen:
        seen += process.stdout.readline()
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == 1
    assert "nothing new is begun" in stdout
    assert "dev is half way: 1 created" in stdout
    assert "headroom up dev --offline goes on from there" in stdout
    assert stderr == "Error: stopped, as you asked.\n"


def test_real_credentials_and_tokens_stay_out_of_the_offline_engine(project: Any) -> None:
    project.script(up={"events": summary()})
    project.headroom(
        "up",
        "dev",
        "--offline",
        AWS_PROFILE="real",
        AWS_ACCESS_KEY_ID="AKIAREAL",
        PULUMI_ACCESS_TOKEN="pul-real",
        PULUMI_BACKEND_URL="s3://real-state",
        PULUMI_CONFIG_PASSPHRASE="mine",
        HEADROOM_OFFLINE_HOME="/tmp/elsewhere",
    )
    seen = project.environment
    assert not [name for name in seen if name.startswith("AWS_")]
    assert "PULUMI_ACCESS_TOKEN" not in seen
    assert "PULUMI_BACKEND_URL" not in seen
    assert seen["PULUMI_CONFIG_PASSPHRASE"] == "mine"
    assert seen["HEADROOM_OFFLINE_HOME"] == "/tmp/elsewhere"


def real_pulumi(project: Any, version: str = "v3.272.0") -> str:
    """PATH with the stub as the real `pulumi`."""
    project.script(version=version, **json.loads((project.root / "offline/bin/script.json").read_text()))
    return str(project.root / "offline" / "bin")


def test_without_offline_and_without_pulumi_both_remedies_are_named(project: Any, tmp_path: Path) -> None:
    printed = project.headroom("up", "dev", code=1, PATH=str(tmp_path))
    assert printed.startswith("Error: there is no `pulumi` on PATH")
    assert "--offline" in printed
    assert "install the Pulumi CLI" in printed


def test_the_offline_engine_on_path_is_not_taken_for_the_real_one(project: Any) -> None:
    printed = project.headroom("up", "dev", code=1, PATH=real_pulumi(project, "v3.272.0+offline"))
    assert "is the offline engine" in printed


def test_on_aws_without_a_terminal_and_without_yes_nothing_is_changed(project: Any) -> None:
    project.script(preview={"events": [*planned("create", "main"), *summary()]})
    printed = project.headroom("up", "dev", code=1, PATH=real_pulumi(project))
    assert " + rds.Instance main" in printed
    assert "add --yes" in printed
    assert not asked(project, "up")


def test_on_aws_yes_goes_straight_on(project: Any) -> None:
    project.script(up={"events": [*step("create", "main"), *summary()]})
    printed = project.headroom("up", "dev", "--yes", PATH=real_pulumi(project))
    assert "Bringing up dev (AWS, account 111111111111)" in printed
    assert "offline" not in printed
    assert asked(project, "up")


def test_on_aws_a_stack_is_never_made_behind_its_owners_back(project: Any) -> None:
    project.script(select={"code": 255, "stderr": "error: no stack named 'dev' found\n"})
    printed = project.headroom("up", "dev", "--yes", code=1, PATH=real_pulumi(project))
    assert "headroom bootstrap dev" in printed
    assert not asked(project, "init")


def test_down_on_aws_without_a_terminal_wants_yes(project: Any) -> None:
    assert "add --yes" in project.headroom("down", "prod", code=1, PATH=real_pulumi(project))
    assert not asked(project, "destroy")


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"resOutputsEvent": null}', '{"resourcePreEvent": {"metadata": {"op": 3}}}']
)
def test_an_event_log_that_makes_no_sense_is_survived(project: Any, line: str) -> None:
    project.script(up={"events": [line, *step("create", "main")]})
    assert "dev is up: 1 created" in project.headroom("up", "dev", "--offline")


def test_on_aws_pulumi_works_with_the_environments_own_profile_and_state(project: Any, tmp_path: Path) -> None:
    profile = "[profile headroom-staging]\naws_access_key_id = own\naws_secret_access_key = secret\n"
    (tmp_path / "aws").write_text(profile)
    project.script(preview={"events": summary()})
    signed_in = {
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "AWS_ACCESS_KEY_ID": "of-dev",
        "PULUMI_BACKEND_URL": "s3://headroom-state-111111111111-eu-central-1?region=eu-central-1",
    }
    project.headroom("preview", "staging", PATH=real_pulumi(project), **signed_in)
    seen = project.environment
    assert (seen["AWS_PROFILE"], seen.get("AWS_ACCESS_KEY_ID")) == ("headroom-staging", None)
    assert seen["PULUMI_BACKEND_URL"] == "s3://headroom-state-222222222222-eu-central-1?region=eu-central-1"


def test_on_aws_a_configuration_that_can_not_be_read_is_one_error(project: Any, tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("[profile\n")
    broken = {"AWS_CONFIG_FILE": str(tmp_path / "aws"), "PATH": real_pulumi(project)}
    printed = project.headroom("preview", "dev", code=1, **broken)
    assert printed.startswith("Error: AWS's configuration can't be read: Unable to parse config file")
