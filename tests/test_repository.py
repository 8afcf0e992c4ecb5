"""Guards what a fresh clone relies on: pinned requirements, the commands in the docs, the CI entry."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ("requirements.txt", "requirements-dev.txt")
"""Installed side by side, so that they must agree; the others each have an environment of their own."""
REQUIREMENTS = (*ENVIRONMENT, "requirements-checkov.txt", "requirements-prowler.txt")
DOCUMENTS = ("README.md", "CONTRIBUTING.md")


def requirements(name: str) -> list[str]:
    """One entry a requirement, with its hashes; continuation lines joined."""
    joined = (ROOT / name).read_text().replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def project_name(requirement: str) -> str:
    return re.split(r"[\s\[=<>;]", requirement.strip())[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_with_a_hash(name):
    loose = [line for line in requirements(name) if not re.match(r"[\w.\[\],-]+==\S+\s.*--hash=sha256:", line)]
    assert loose == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_requirements_name_no_index(name):
    assert re.findall(r"https?:|--(?:extra-)?index|--find-links|--trusted-host|^-i ", (ROOT / name).read_text()) == []


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_what_is_asked_for_is_what_is_pinned(name):
    asked = [line for line in requirements(name.replace(".txt", ".in")) if not line.startswith("-")]
    assert {project_name(line) for line in asked} <= {project_name(line) for line in requirements(name)}


def test_both_requirement_files_agree():
    run_time, development = ({line.split()[0] for line in requirements(name)} for name in ENVIRONMENT)
    versions = dict(pin.split("==") for pin in run_time)
    assert [
        pin for pin in development if versions.get(pin.split("==")[0], pin.split("==")[1]) != pin.split("==")[1]
    ] == []


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_make_command_in_the_docs_exists(document):
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", (ROOT / document).read_text(), flags=re.MULTILINE))
    assert named
    assert named <= make_targets()


def test_every_make_target_is_listed_by_make_help():
    listing = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(re.findall(r"^  make ([a-z-]+)", listing, flags=re.MULTILINE)) == make_targets()


def test_make_says_which_python_it_needs(tmp_path):
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    (tmp_path / "requirements.txt").touch()
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "old-python").write_text('#!/bin/sh\n[ "$1" = --version ] && echo Python 3.8.0 && exit\nexit 1\n')
    (tmp_path / "old-python").chmod(0o755)
    tried = subprocess.run(
        ["make", "up", f"PYTHON={tmp_path / 'old-python'}"], cwd=tmp_path, capture_output=True, text=True
    )
    assert tried.returncode != 0
    assert "Headroom needs Python 3.11, and found Python 3.8.0." in tried.stderr
    assert "make up PYTHON=/path/to/python3.11" in tried.stderr


def test_ci_runs_exactly_the_test_command():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    lines = [line for line in script.read_text().splitlines() if not line.startswith("#")]
    assert lines[-1] == "exec make test </dev/null"
    # What stands before it only installs a server that some tests want.
    assert [line for line in lines[:-1] if "make" in line or "pytest" in line] == []


def test_subpackages_are_importable_from_anywhere(tmp_path):
    names = ("infra.settings", "policies.pack", "offline.engine", "offline.aws", "components.sizing")
    subprocess.run([sys.executable, "-c", f"import {', '.join(names)}"], cwd=tmp_path, check=True)
    assert list(tmp_path.iterdir()) == []


def test_the_licence_is_apache_2_as_the_project_says():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "Apache-2.0"
    assert "Apache License\n                           Version 2.0" in (ROOT / "LICENSE").read_text()


def test_the_changelog_keeps_a_changelog():
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), flags=re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", heading) for heading in headings[1:])
