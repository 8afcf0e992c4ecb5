"""What an environment wants of releases is read from its stack file alone, and is right or told. W2."""

from __future__ import annotations

from pathlib import Path

import pytest

from operations.errors import Failure
from operations.project import Project
from operations.promotion.settings.wishes import wishes

ROOT = Path(__file__).parents[4]


def project(folder: Path, section: str = "", environments: tuple[str, ...] = ("dev", "staging")) -> Project:
    (folder / "Pulumi.yaml").touch()
    for name in environments:
        (folder / f"Pulumi.{name}.yaml").write_text(f"config:\n  aws:region: eu-central-1\n{section}")
    return Project(folder)


@pytest.mark.parametrize(
    ("environment", "source", "soak", "requests", "rollback"),
    [("dev", None, 10, 10, "ask"), ("staging", "dev", 10, 10, "auto"), ("prod", "staging", 60, 100, "ask")],
)
def test_releases_go_from_dev_to_staging_to_prod(
    environment: str, source: str | None, soak: int, requests: int, rollback: str
) -> None:
    found = wishes(Project(ROOT), environment)
    assert (found.source, found.soak_minutes, found.min_requests, found.rollback) == (source, soak, requests, rollback)
    assert (found.max_error_percent, found.max_p95_seconds) == (1, 2)
    assert found.settings[:2] == ("services.*.image", "databases.*.version")


def test_without_the_section_nothing_comes_from_anywhere_and_the_limits_are_the_defaults(tmp_path: Path) -> None:
    found = wishes(project(tmp_path), "dev")
    assert found.source is None
    assert found.settings == wishes(Project(ROOT), "prod").settings
    assert (found.soak_minutes, found.bake_minutes, found.min_requests, found.rollback) == (60, 10, 100, "ask")


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("  headroom:promotion: staging\n", "headroom:promotion is text"),
        ("  headroom:promotion:\n    form: staging\n", "headroom:promotion.form is no setting (did you mean from?)"),
        ("  headroom:promotion:\n    from: dev\n", 'headroom:promotion.from is "dev": that is this environment itself'),
        ("  headroom:promotion:\n    from: production\n", "there is no file Pulumi.production.yaml"),
        ("  headroom:promotion:\n    settings: [account]\n", "headroom:account says which environment this is"),
        ("  headroom:promotion:\n    settings: [services.*.imag]\n", "did you mean image?"),
        ("  headroom:promotion:\n    soak_minutes: soon\n", 'headroom:promotion.soak_minutes is "soon"'),
    ],
)
def test_what_is_wrong_is_told_with_its_place_and_a_remedy(tmp_path: Path, section: str, said: str) -> None:
    with pytest.raises(Failure) as failure:
        wishes(project(tmp_path, section), "dev")
    assert failure.value.message.startswith("Pulumi.dev.yaml: ")
    assert said in failure.value.message
    assert failure.value.remedies


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    section = "  headroom:promotion:\n    from: Dev\n    rollback: yes\n    settings: [owner]\n"
    with pytest.raises(Failure) as failure:
        wishes(project(tmp_path, section), "dev")
    assert len(failure.value.message.splitlines()) == 2


def test_an_environment_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="no environment 'prod'"):
        wishes(project(tmp_path), "prod")
