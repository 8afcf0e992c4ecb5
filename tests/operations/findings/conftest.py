"""A stack with a database, in which one rule is on."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from operations import cli
from policies.catalog import RULES

ROOT = Path(__file__).resolve().parents[3]
INSTANCE = "aws:rds/instance:Instance"
DATABASE = "headroom:data:Database"
URN = f"urn:pulumi:prod::headroom::{DATABASE}${INSTANCE}::main"
AROUND = f"urn:pulumi:prod::headroom::{DATABASE}::main"
SETTINGS = """config:
  aws:region: eu-central-1
  headroom:account: "333333333333"
  headroom:databases:
    main:
      multi_az: true
      backup_days: 3
    main-reports:
      multi_az: false
  headroom:services: {}
"""


@pytest.fixture
def judged(project: Any) -> Any:
    """A project in whose prod one rule is on."""
    for environment in ("dev", "staging", "prod"):
        levels: dict[str, Any] = {rule.id: {"enforcementLevel": "disabled"} for rule in RULES}
        levels["rds-private"] = {"enforcementLevel": "mandatory", "undetermined": "fail"}
        (project.root / "policies" / f"{environment}.json").write_text(json.dumps(levels))
    (project.root / "Pulumi.prod.yaml").write_text(SETTINGS)
    (project.root / "components").symlink_to(ROOT / "components")
    return project


@pytest.fixture
def run(judged: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs `headroom policies` here, and returns what it prints on both streams."""

    def headroom(*arguments: str, code: int = 0) -> str:
        monkeypatch.chdir(judged.root)
        monkeypatch.setattr(sys, "argv", ["headroom", "policies", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert (ended.value.code or 0) == code, printed
        return printed.out + printed.err

    return headroom


@pytest.fixture
def export(judged: Any) -> Callable[..., str]:
    """Writes an exported state with one database, and gives its path."""

    def write(name: str = "state.json", urn: str = URN, **inputs: Any) -> str:
        around = AROUND.replace("urn:pulumi:prod::", urn.partition("headroom::")[0])
        resources = [
            {"urn": around, "type": DATABASE},
            {"urn": urn, "type": INSTANCE, "custom": True, "parent": around, "inputs": inputs, "outputs": inputs},
        ]
        (judged.root / name).write_text(json.dumps({"version": 3, "deployment": {"resources": resources}}))
        return name

    return write
