"""`headroom offline ...` over a stub of the emulated AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

STACKS = [
    {"name": "dev", "current": True, "lastUpdate": "2026-11-21T10:00:00.000Z", "resourceCount": 120},
    {"name": "prod", "current": False, "resourceCount": 0},
]


@pytest.fixture(autouse=True)
def two_stacks(project: Any) -> None:
    project.script(ls={"stdout": json.dumps(STACKS)})


def test_status_says_where_it_runs_and_what_it_holds(project: Any) -> None:
    printed = project.headroom("offline", "status")
    assert "The emulated AWS runs at http://127.0.0.1:4566" in printed
    assert "  dev       up, last changed 2026-11-21 10:00 UTC" in printed
    assert "  prod      empty" in printed


def test_status_says_which_stacks_went_with_a_stopped_emulator(project: Any) -> None:
    printed = project.headroom("offline", "status", STUB_STOPPED="1")
    assert "  dev       lost with the emulated AWS that held it, last changed" in printed
    assert "  prod      empty" in printed


def test_start_says_where_it_runs(project: Any) -> None:
    assert "runs at http://127.0.0.1:4566" in project.headroom("offline", "start")


def test_status_names_a_damaged_state_and_the_way_out(project: Any) -> None:
    project.script(ls={"stdout": json.dumps([{"name": "dev", "current": True}]), "stderr": "warning: ...\n"})
    printed = project.headroom("offline", "status")
    assert "  dev       its state is damaged: headroom offline restore dev  lists what is kept of it" in printed


VERSIONS = [
    {"version": 3, "present": True, "time": "", "by": "", "resources": None, "interrupted": False, "problem": "is bad"},
    {
        "version": 2,
        "present": False,
        "time": "2026-11-21T10:00:00.000000Z",
        "by": "update",
        "resources": 41,
        "interrupted": True,
        "problem": "",
    },
]


def test_restore_lists_what_is_kept_and_who_made_it(project: Any) -> None:
    project.script(restore={"stdout": json.dumps(VERSIONS)})
    assert project.headroom("offline", "restore", "dev").splitlines() == [
        "The state of dev, the latest first",
        "     3  is bad, present",
        "     2  saved 2026-11-21 10:00 UTC by update, 41 resources, with the journal of an interrupted command",
        "",
        "headroom offline restore dev VERSION  puts one back",
    ]


def test_restore_puts_one_back_and_says_what_it_does_not_do(project: Any) -> None:
    project.script(restore={"stdout": json.dumps({"restored": 2, "kept": 3})})
    printed = project.headroom("offline", "restore", "dev", "2")
    assert project.calls[-1] == ["stack", "restore", "--json", "2", "--stack", "dev"]
    assert printed.splitlines() == [
        "The state of dev is version 2 again; what it was is kept as version 3.",
        "The emulated AWS is as it was: what was made since stands there, and this state does not know of it.",
        "  offline/bin/pulumi refresh --yes --stack dev  reads what stands into the state",
        "  headroom up dev --offline  then makes dev what its settings say",
    ]


def test_restore_of_what_was_never_up_or_is_in_use_is_an_error(project: Any) -> None:
    project.script(restore={"stderr": "error: no stack named 'dev' found\n", "code": 255})
    assert "dev has not been brought up offline" in project.headroom("offline", "restore", "dev", code=1)
    project.script(restore={"stderr": "error: the stack is currently locked by 1 lock(s).\n  x: up\n", "code": 255})
    assert "dev is in use by another run" in project.headroom("offline", "restore", "dev", "2", code=1)


def test_stop_says_what_is_lost_and_how_to_build_it_again(project: Any) -> None:
    printed = project.headroom("offline", "stop")
    assert printed.splitlines() == [
        "The emulated AWS is stopped.",
        "It kept everything in memory, so what stood in dev is gone. To build it again:",
        "  headroom up dev --offline --rebuild",
    ]


def test_reset_empties_the_accounts_and_forgets_the_stacks(project: Any) -> None:
    printed = project.headroom("offline", "reset", "--yes")
    assert "Every account is empty; dev and prod forgotten." in printed
    assert [call[-1] for call in project.calls if "rm" in call] == ["dev", "prod"]
    assert ["reset", "--json"] in project.cloud_calls


def test_env_hands_out_the_settings_of_the_environments_account(project: Any) -> None:
    printed = project.headroom("offline", "env", "prod")
    assert printed == "export AWS_REGION=eu-central-1\nexport ACCOUNT=333333333333\n"


def test_env_of_an_unknown_environment_is_an_error(project: Any) -> None:
    assert "Did you mean prod?" in project.headroom("offline", "env", "prood", code=1)


def test_coverage_is_printed_as_the_emulator_gives_it(project: Any) -> None:
    assert project.headroom("offline", "coverage") == "aws:ec2/vpc:Vpc  executed\n"


def test_a_failing_emulator_is_shown_without_its_traceback(project: Any) -> None:
    (project.root / "offline" / "cloud.py").write_text("raise SystemExit('error: no port is free')\n")
    assert project.headroom("offline", "start", code=1) == "Error: no port is free\n"
