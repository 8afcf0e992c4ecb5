"""The real Pulumi CLI, where there is one, runs the same program, plugins and policy pack to the same end."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PULUMI = shutil.which("pulumi")
pytestmark = [
    pytest.mark.pulumi_cli,
    pytest.mark.xdist_group("real engine"),
    pytest.mark.skipif(PULUMI is None, reason="there is no real `pulumi` on PATH"),
]
PACK = ("--policy-pack", "policies", "--policy-pack-config")


@pytest.fixture(scope="module")
def engines(project: Any) -> dict[str, Any]:
    """Stacks of the real engine beside those of the embedded one, on the same emulated AWS."""
    project.headroom("offline", "start")
    return {"project": project, "state": project.root / "real-state", "home": project.root / "real-home"}


def real(engines: dict[str, Any], environment: str, *arguments: str) -> str:
    """What the real CLI prints; its plugins are ours only by this PATH."""
    project = engines["project"]
    for folder in (engines["state"], engines["home"]):
        folder.mkdir(exist_ok=True)
    environ = {
        **project.environ,
        **project.aws_environ(environment),
        "PATH": f"{project.root / 'offline/plugins'}:{Path(str(PULUMI)).parent}:{project.environ['PATH']}",
        "PULUMI_HOME": str(engines["home"]),
        "PULUMI_BACKEND_URL": f"file://{engines['state']}",
        "PULUMI_CONFIG_PASSPHRASE": "test",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "NO_COLOR": "1",
    }
    done = subprocess.run(
        [str(PULUMI), *arguments], cwd=project.root, env=environ, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, f"{arguments}:\n{done.stdout}{done.stderr}"
    return done.stdout


def steps(printed: str) -> dict[str, str]:
    """URN to operation of a `preview --json`."""
    return {step["urn"]: step["op"] for step in json.loads(printed[printed.index("{") :])["steps"]}


def planned(engines: dict[str, Any], environment: str) -> tuple[dict[str, str], dict[str, str]]:
    pack = (*PACK, f"policies/{environment}.json")
    ours = engines["project"].pulumi("preview", "--json", "--stack", environment, *pack)
    theirs = real(engines, environment, "preview", "--json", "--stack", environment, *pack)
    return steps(ours), steps(theirs)


@pytest.fixture(scope="module", params=["dev", "staging", "prod"])
def environment(request: pytest.FixtureRequest, engines: dict[str, Any]) -> str:
    name = str(request.param)
    engines["project"].pulumi("stack", "init", name)
    real(engines, name, "stack", "init", name)
    engines["project"].restore(name)  # the real CLI writes its salt into the stack file
    return name


def test_both_engines_plan_the_same_first_preview(environment: str, engines: dict[str, Any]) -> None:
    ours, theirs = planned(engines, environment)
    assert len(ours) > 100
    assert ours == theirs


@pytest.fixture(scope="module")
def dev(engines: dict[str, Any]) -> str:
    """What the real engine prints when it brings dev up; its state is then the embedded engine's as well."""
    printed = real(engines, "dev", "up", "--yes", "--skip-preview", "--stack", "dev", *PACK, "policies/dev.json")
    state = engines["project"].root / "dev-state.json"
    state.write_text(real(engines, "dev", "stack", "export", "--show-secrets", "--stack", "dev"))
    engines["project"].pulumi("stack", "import", "--file", str(state), "--stack", "dev")
    return printed


def test_the_real_engine_brings_dev_up_and_then_finds_nothing_to_change(engines: dict[str, Any], dev: str) -> None:
    assert "errored" not in dev
    real(engines, "dev", "preview", "--expect-no-changes", "--stack", "dev", *PACK, "policies/dev.json")
    assert "exited prematurely" not in dev


def _zone(config: dict[str, Any]) -> None:
    config["headroom:network"]["zones"].append("c")


def _replica(config: dict[str, Any]) -> None:
    config["headroom:databases"]["main"]["replicas"] += 1


def _class(config: dict[str, Any]) -> None:
    config["headroom:databases"]["main"]["class"] = "db.r7g.xlarge"


def _image(config: dict[str, Any]) -> None:
    config["headroom:services"]["api"]["image"] = "ghcr.io/example/api:1.1.0"


def _name(config: dict[str, Any]) -> None:
    config["headroom:services"]["site"] = config["headroom:services"].pop("web")


def _removal(config: dict[str, Any]) -> None:
    del config["headroom:services"]["worker"]


def _range(config: dict[str, Any]) -> None:
    config["headroom:network"]["cidr"] = "10.40.0.0/16"


CHANGES = {
    "a zone": _zone,
    "a replica": _replica,
    "another class": _class,
    "an image": _image,
    "a renamed service": _name,
    "a removed service": _removal,
    "another address range": _range,
}


def reasons(printed: str) -> dict[str, Any]:
    """URN to operation, reasons and detailed diff of a `preview --json`."""
    keys = ("op", "diffReasons", "replaceReasons", "detailedDiff")
    found = json.loads(printed[printed.index("{") :])["steps"]
    return {step["urn"]: {key: step.get(key) or None for key in keys} for step in found}


@pytest.mark.parametrize("name", CHANGES)
def test_both_engines_plan_the_same_change_for_the_same_reasons(name: str, engines: dict[str, Any], dev: str) -> None:
    project = engines["project"]
    project.change("dev", CHANGES[name])
    try:
        ours = reasons(project.pulumi("preview", "--json", "--stack", "dev"))
        theirs = reasons(real(engines, "dev", "preview", "--json", "--stack", "dev"))
    finally:
        project.restore("dev")
    assert len(ours) > 1
    for found in (*ours.values(), *theirs.values()):
        for key in ("diffReasons", "replaceReasons"):
            found[key] = sorted(found[key] or ())
    assert ours == theirs


def test_the_real_engine_takes_dev_down_again(engines: dict[str, Any]) -> None:
    printed = real(engines, "dev", "destroy", "--yes", "--skip-preview", "--stack", "dev")
    assert "deleted" in printed
    assert engines["project"].aws("dev").client("ecs").list_clusters()["clusterArns"] == []
