"""Finding the project and its environments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from operations.errors import Failure
from operations.project import Project, find


def test_the_project_is_found_from_a_folder_below_it(project: Any) -> None:
    assert find(project.root / "policies").root == project.root


def test_outside_a_project_the_error_names_the_folder(tmp_path: Path) -> None:
    with pytest.raises(Failure, match=f"no Pulumi.yaml in {tmp_path}"):
        find(tmp_path)


def test_environments_come_in_the_order_of_promotion(project: Any) -> None:
    (project.root / "Pulumi.qa.yaml").write_text("config: {}\n")
    assert Project(project.root).environments == ("dev", "staging", "qa", "prod")


def test_a_misspelt_environment_suggests_the_nearest(project: Any) -> None:
    with pytest.raises(Failure) as caught:
        Project(project.root).require("prd")
    assert str(caught.value) == (
        "there is no environment 'prd': no file Pulumi.prd.yaml.\n"
        "Environments are: dev, staging, prod. Did you mean prod?"
    )


def test_an_environment_like_no_other_suggests_none(project: Any) -> None:
    with pytest.raises(Failure) as caught:
        Project(project.root).require("xyz")
    assert str(caught.value).endswith("Environments are: dev, staging, prod.")


def test_a_setting_is_read_as_text(project: Any) -> None:
    assert Project(project.root).setting("prod", "headroom:account") == "333333333333"


@pytest.mark.parametrize("content", ["config: {}\n", "config: {headroom:account: [1]}\n"])
def test_a_missing_setting_is_named_with_its_file(content: str, project: Any) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(Failure, match=r"Pulumi.dev.yaml: headroom:account is missing"):
        Project(project.root).setting("dev", "headroom:account")


@pytest.mark.parametrize("content", ["", "- a\n", "config: 3\n", "confg: {}\n"])
def test_a_stack_file_without_config_is_an_error_that_says_so(content: str, project: Any) -> None:
    (project.root / "Pulumi.dev.yaml").write_text(content)
    with pytest.raises(Failure, match=r"^Pulumi.dev.yaml holds no settings: .* `config:`, which is missing$"):
        Project(project.root).given("dev", "headroom:account")


def test_a_stack_file_that_is_no_yaml_is_an_error_in_words(project: Any) -> None:
    (project.root / "Pulumi.dev.yaml").write_text("config: [\n")
    with pytest.raises(Failure, match=r"^Pulumi.dev.yaml, line 2: .*; it can't be read as YAML$"):
        Project(project.root).setting("dev", "aws:region")


def test_the_offline_home_is_the_users_choice(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HEADROOM_OFFLINE_HOME", raising=False)
    assert Project(project.root).offline_home == project.root / ".headroom"
    monkeypatch.setenv("HEADROOM_OFFLINE_HOME", "/elsewhere")
    assert Project(project.root).offline_home == Path("/elsewhere")
