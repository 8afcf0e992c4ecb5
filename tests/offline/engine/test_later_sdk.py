"""Parts of Pulumi's SDK that are imported once they are used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).resolve().parents[3] / "offline" / "engine" / "later_sdk.py"
SAYS = """
import json, sys
import pulumi

packages = ("dill", "opentelemetry.sdk", "pulumi.automation._stack")
early = [name for name in packages if name in sys.modules]
names = [pulumi.automation.Stack.__name__, pulumi.dynamic.Resource.__name__]
told = {"name": __name__, "arguments": sys.argv[1:], "early": early, "used": names, "path": sys.path[0]}
print(json.dumps(told | {"late": [name for name in packages if name in sys.modules]}))
"""


def run(folder: Path, **variables: str) -> dict[str, object]:
    (folder / "saying.py").write_text(SAYS)
    kept = {name: value for name, value in os.environ.items() if name != "TRACEPARENT"}
    command = [sys.executable, str(SCRIPT), "saying", "one", "two"]
    done = subprocess.run(command, cwd=folder, env=kept | variables, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)
    return told


def test_what_few_use_is_imported_once_it_is_used(tmp_path: Path) -> None:
    assert run(tmp_path) == {
        "name": "__main__",
        "arguments": ["one", "two"],
        "early": [],
        "used": ["Stack", "Resource"],
        "path": str(tmp_path),
        "late": ["dill", "pulumi.automation._stack"],
    }


def test_a_trace_that_is_to_be_continued_is_begun_at_once(tmp_path: Path) -> None:
    told = run(tmp_path, TRACEPARENT="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert told["early"] == ["opentelemetry.sdk"]
