"""Lends the pretended engine of tests/components to the tests of the program."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.infra import stack_files

ROOT = Path(__file__).parents[2]
path = ROOT / "tests" / "components" / "conftest.py"
spec = spec_from_file_location("pretended_engine", path)
assert spec is not None
assert spec.loader is not None
pretended_engine = module_from_spec(spec)
sys.modules["pretended_engine"] = pretended_engine
spec.loader.exec_module(pretended_engine)
run = pretended_engine.run


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keeps on one worker what looks at the same runs of the program."""
    for item in items:
        looks = {"up", "found"} & {*getattr(item, "fixturenames", ())}
        if looks and item.path.is_relative_to(ROOT / "tests" / "infra"):
            item.add_marker(pytest.mark.xdist_group("programs"))


@pytest.fixture(scope="session")
def up(run):
    """Runs the program with an environment's own stack file, changed or not, in its own account.

    Only once for the same settings, since a run takes a second: what it gives is to be read, not written.
    """

    def registered(environment="dev", change=None, preview=False):
        return stack_files.registered(run, environment, change or (lambda content: None), preview)

    return registered


@pytest.fixture(scope="session")
def eks(up):
    """An environment's own stack file with the one word changed that moves it to EKS."""

    def made(environment="dev", preview=False):
        return up(environment, stack_files.on_eks, preview)

    return made
