"""A throw-away copy of the project with its own state and its own emulated AWS, driven by public commands alone."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from benchmarks.measure import Measurement, measure

ROOT = Path(__file__).resolve().parents[1]
SHARED = ("infra", "components", "policies", "operations", "offline", "benchmarks", ".venv")
ENVIRONMENTS = ("dev", "staging", "prod")


@dataclass(frozen=True)
class Workspace:
    """The copy, and the environment variables that keep everything inside it."""

    folder: Path
    """Project folder."""
    environment: Mapping[str, str]
    """Without any of the caller's AWS, Pulumi and Headroom settings."""

    def pulumi(self, *arguments: str) -> Measurement:
        """Run the offline engine."""
        return measure([str(self.folder / "offline/bin/pulumi"), *arguments], self.folder, self.environment)

    def headroom(self, *arguments: str, codes: Collection[int] = (0,)) -> Measurement:
        """Run the headroom command, which ends with one of these codes."""
        command = [str(Path(sys.executable).parent / "headroom"), *arguments]
        return measure(command, self.folder, self.environment, codes)

    def write_stack(self, stack: str, config: Mapping[str, Any]) -> None:
        """Write a stack's settings."""
        text = yaml.safe_dump({"config": dict(config)}, sort_keys=False)
        (self.folder / f"Pulumi.{stack}.yaml").write_text(text, encoding="utf-8")


def settings(environment: str) -> dict[str, Any]:
    """An environment's settings, as committed."""
    content = yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text(encoding="utf-8"))
    return dict(content["config"])


@contextmanager
def workspace(program: str, *, running: bool = True) -> Iterator[Workspace]:
    """A workspace with an emulated AWS of its own, started unless said otherwise, and gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="headroom-bench-"))
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PULUMI_", "HEADROOM_")) and name != "PYTHONDONTWRITEBYTECODE"
    }
    bench = Workspace(folder, {**kept, "HEADROOM_OFFLINE_HOME": str(folder / ".headroom")})
    for name in SHARED:
        (folder / name).symlink_to(ROOT / name)
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text(encoding="utf-8"))
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(project | {"main": program}), encoding="utf-8")
    try:
        if running:
            bench.headroom("offline", "start")
        yield bench
    finally:
        try:
            bench.headroom("offline", "stop")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
