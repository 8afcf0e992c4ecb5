"""From a resource to the line that asked for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.findings.origin import SECTIONS, Origin, Origins, made_by, setting_lines
from tests.operations.findings.conftest import AROUND, ROOT, SETTINGS, URN

STACK = "urn:pulumi:prod::headroom::pulumi:pulumi:Stack::headroom-prod"
SERVICE = "urn:pulumi:prod::headroom::headroom:compute:EcsService::api"
REPORTS = AROUND.replace("::main", "::main-reports-users")


@pytest.fixture
def origins(tmp_path: Path) -> Origins:
    (tmp_path / "Pulumi.prod.yaml").write_text(SETTINGS)
    (tmp_path / "components").symlink_to(ROOT / "components")
    return Origins(tmp_path, "prod", {URN: AROUND, AROUND: STACK, SERVICE: STACK, REPORTS: STACK})


def test_a_resource_leads_to_the_section_of_its_component(origins: Origins) -> None:
    assert origins.of(URN) == Origin("Pulumi.prod.yaml", 5, "headroom:databases.main")


def test_the_longest_name_that_fits_is_the_components_own(origins: Origins) -> None:
    assert origins.of(REPORTS).setting == "headroom:databases.main-reports"


@pytest.mark.parametrize(
    ("remedy", "setting", "line"),
    [
        ("set headroom:databases.main.backup_days to 14", "headroom:databases.main.backup_days", 7),
        ("set headroom:databases.<name>.backup_days to 14", "headroom:databases.main.backup_days", 7),
        ("set headroom:databases.<name>.insights to true", "headroom:databases.main", 5),
        ("set backup_days of headroom:databases", "headroom:databases", 4),
        ("set headroom:services or headroom:databases", "headroom:databases", 4),
        ("set headroom:nothing.at.all", "headroom:databases.main", 5),
        ("change it", "headroom:databases.main", 5),
    ],
)
def test_the_setting_that_a_remedy_names_is_the_place_as_far_as_the_file_has_it(
    origins: Origins, remedy: str, setting: str, line: int
) -> None:
    assert origins.of(URN, remedy) == Origin("Pulumi.prod.yaml", line, setting)


def test_what_no_setting_names_leads_to_the_component_that_makes_it(origins: Origins) -> None:
    found = origins.of(SERVICE)
    assert found.setting == ""
    line = (ROOT / found.file).read_text().splitlines()[found.line - 1]
    assert line.startswith("class EcsService(")


def test_what_belongs_to_no_component_leads_to_the_program(origins: Origins) -> None:
    assert origins.of("urn:pulumi:prod::headroom::aws:sqs/queue:Queue::own") == Origin("infra/program.py", 1)
    assert origins.of("") == Origin("infra/program.py", 1)


def test_parents_that_lead_round_in_a_circle_end(tmp_path: Path) -> None:
    assert Origins(tmp_path, "prod", {"a": "b", "b": "a"}).of("a") == Origin("infra/program.py", 1)


def test_sections_are_named_of_components_that_exist() -> None:
    assert set(SECTIONS) <= set(made_by(ROOT))


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
def test_sections_are_those_of_the_stack_files(environment: str) -> None:
    lines = setting_lines(ROOT / f"Pulumi.{environment}.yaml")
    assert {section.partition(".*")[0] for section in SECTIONS.values()} <= set(lines)
    assert lines["headroom:account"] < lines["headroom:network.cidr"]
