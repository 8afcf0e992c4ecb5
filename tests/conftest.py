"""What every test can count on: no setting of the developer's shell, no state of theirs, and skips that say why."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from components.support import looked_at

# Before anything imports gRPC: engines that run in this process fork, and their children only exec.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "0")
os.environ.setdefault("GRPC_VERBOSITY", "NONE")

ROOT = Path(__file__).resolve().parents[1]
KUBE_TOOLS = ROOT / ".kube-tools" / "bin"
"""Where `make kube-tools` puts what it makes."""
AUDIT_TOOLS = ROOT / ".audit-tools" / "bin"
"""Where `make audit-tools` puts Prowler."""
WORKFLOW_TOOLS = ROOT / ".workflow-tools" / "bin"
"""Where `make workflow-tools` puts actionlint."""

# Reproducible, and few enough examples for a suite that is run often.
settings.register_profile("headroom", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("headroom")

QUICK = ("components", "functions", "infra", "policies")
"""Folders of tests that take milliseconds."""
NEEDS = {
    "pulumi_cli": (("pulumi",), "the real Pulumi CLI is not on PATH"),
    "apiserver": (
        ("kube-apiserver", "etcd"),
        "kube-apiserver or etcd is absent; `make kube-tools` makes them (about 5 minutes; needs Go and Debian's apt)",
    ),
    "browser": (("chromium",), "chromium is not on PATH (Debian's package has that name)"),
    "kube_tools": (
        ("kube-score", "checkov"),
        "kube-score or Checkov is absent; `make kube-tools` makes them (needs Go)",
    ),
    "workflow_tools": (("actionlint",), "actionlint is absent; `make workflow-tools` builds it (needs Go)"),
    "prowler": (("prowler",), "Prowler is absent; `make audit-tools` installs it (2 GB)"),
}


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int | None:
    """One worker more than cores: a third of the time of the tests that bring stacks up is spent waiting."""
    return None if "PYTEST_XDIST_AUTO_NUM_WORKERS" in os.environ else len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs a program that is not here, and keep those on one worker that share what their module sets up;
    also those that are over in no time, as handing them out one by one would take longer."""
    for item in items:
        quick = item.path.relative_to(ROOT / "tests").parts[0] in QUICK
        if not item.get_closest_marker("xdist_group") and (quick or _shares(item)):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))
        for marker, (programs, reason) in NEEDS.items():
            if item.get_closest_marker(marker) and not all(_real(program) for program in programs):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_collection_finish() -> None:
    """Spare the collector the objects of pulumi_aws, which took it a third of each run of the program."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def _real(program: str) -> bool:
    """Whether a program is on PATH, or among the tools; the project's own stand-in for `pulumi` does not count."""
    if shutil.which(program, path=os.pathsep.join(map(str, (KUBE_TOOLS, AUDIT_TOOLS, WORKFLOW_TOOLS)))):
        return True
    found = shutil.which(program)
    return found is not None and ROOT not in Path(found).resolve().parents


def _shares(item: pytest.Item) -> bool:
    """Whether a test takes a fixture of its module's, which each worker would set up once more."""
    found = item._fixtureinfo.name2fixturedefs if isinstance(item, pytest.Function) else {}
    return any(definition.scope == "module" for definitions in found.values() for definition in definitions)


@pytest.fixture(scope="session", autouse=True)
def _own_surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No credentials, no Pulumi settings, no offline state and no pull request of whoever runs the tests."""
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("AWS_", "PULUMI_", "HEADROOM_", "GITHUB_", "GITLAB_", "CI_")):
                patch.delenv(name)
        patch.setenv("HEADROOM_OFFLINE_HOME", str(tmp_path_factory.mktemp("offline-home")))
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        # No test fails for the day when it runs: versions leave support on days that are known.
        patch.setenv("HEADROOM_TODAY", looked_at().isoformat())
        yield
