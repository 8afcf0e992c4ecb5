"""`headroom diff` on a project whose engine is a stub: what is asked of it, what is written where, exit codes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.operations.differing.conftest import ROOT, resource, secret

CANARY = "canary-51d0c9aa"


@pytest.fixture
def both(project: Any) -> Any:
    """staging and prod with their real stack files."""
    for name in ("staging", "prod"):
        shutil.copy(ROOT / f"Pulumi.{name}.yaml", project.root)
    return project


def _export(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"stdout": json.dumps({"deployment": {"resources": list(resources)}})}


def test_two_states_are_exported_and_compared(both: Any) -> None:
    states = [_export(resource(name, inputs={"delaySeconds": delay})) for name, delay in (("staging", 1), ("prod", 2))]
    both.script(export=states)
    told = both.headroom("diff", "staging", "prod", "--offline")
    assert "settings and 1 resource differ." in told and "delaySeconds" in told


def test_no_secret_of_either_state_is_written_in_any_format(both: Any) -> None:
    def state(name: str) -> dict[str, Any]:
        given = {"password": secret(CANARY), "authToken": CANARY, "user_data": f"https://me:{CANARY}@host/"}
        return _export(resource(name, inputs=given, outputs={"password": CANARY}, id=f"headroom-{name}-{CANARY}"))

    for form in ("text", "markdown", "json"):
        both.script(export=[state("staging"), state("prod")])
        assert CANARY not in both.headroom("diff", "staging", "prod", "--offline", "--format", form)


@pytest.mark.parametrize("left", [[], [{**resource("prod", "pulumi:pulumi:Stack"), "custom": False}]])
def test_where_one_is_not_up_settings_are_compared_and_that_is_said(both: Any, left: list[dict[str, Any]]) -> None:
    both.script(export=[_export(resource("staging")), _export(*left)])
    told = both.headroom("diff", "staging", "prod", "--offline")
    assert "Note: prod is not up on the emulated AWS: what stands is not compared, the settings are." in told
    assert "databases.main.backup_days" in told


def test_stack_files_alone_need_no_engine(both: Any) -> None:
    shutil.rmtree(both.root / "offline")
    assert "databases.main.backup_days" in both.headroom("diff", "staging", "prod", "--settings-only")


def test_the_exit_code_tells_of_a_difference_only_when_asked(both: Any) -> None:
    silent = both.headroom("diff", "staging", "prod", "--settings-only", code=0)
    assert both.headroom("diff", "staging", "prod", "--settings-only", "--exit-code", code=2) == silent


def test_a_file_is_written_whole_in_the_format_of_its_ending(both: Any, tmp_path: Path) -> None:
    out = tmp_path / "diff.json"
    both.headroom("diff", "staging", "prod", "--settings-only", "--out", str(out))
    assert json.loads(out.read_text())["a"]["environment"] == "staging"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("staging", "prod", "--format", "yaml"), "--format yaml is none of text, markdown, json"),
        (("prod", "prod"), "prod does not differ from itself"),
        (("prod", "stagin"), "Did you mean staging?"),
        (
            ("staging", "prod", "--settings-only", "--out", "/nowhere/x"),
            "the difference can't be written to /nowhere/x",
        ),
    ],
)
def test_a_slip_ends_with_one_error(both: Any, arguments: tuple[str, ...], says: str) -> None:
    told = both.headroom("diff", *arguments, code=1)
    assert says in told and "Traceback" not in told


def test_a_wrong_stack_file_is_told_of(both: Any) -> None:
    file = both.root / "Pulumi.prod.yaml"
    file.write_text(file.read_text().replace("multi_az: true", "multi_az: perhaps"))
    assert "databases.main.multi_az" in both.headroom("diff", "staging", "prod", "--settings-only", code=1)
