"""A run's folder and stack: beside everything else, and whole."""

from __future__ import annotations

import stat

import pytest

from infra.naming import ENVIRONMENT
from infra.settings.reading import read_file
from operations.errors import Failure
from operations.project import Project
from operations.smoke.place import IMAGE, find, left_behind, make
from tests.operations.smoke.conftest import NOON, ROOT


def test_the_stack_file_is_the_minimal_profile_in_devs_account(project: Project) -> None:
    place = make(project, image=IMAGE, rehearsal=False, now=NOON)
    settings = read_file(place.root / f"Pulumi.{place.name}.yaml")
    dev, minimal = (read_file(ROOT / name) for name in ("Pulumi.dev.yaml", "profiles/minimal.yaml"))
    assert (settings.account, settings.region, settings.owner) == (dev.account, dev.region, dev.owner)
    assert settings.databases == minimal.databases and settings.network == minimal.network
    assert settings.services["api"].image == IMAGE
    assert settings.services["api"].environment == {"WHOAMI_PORT_NUMBER": str(settings.services["api"].port)}
    assert settings.alarms.warn_emails == ()


def test_another_image_goes_by_the_port_that_every_service_is_given(project: Project) -> None:
    place = make(project, image="ghcr.io/team/api:2", rehearsal=False, now=NOON)
    assert read_file(place.root / f"Pulumi.{place.name}.yaml").services["api"].environment == {}


def test_it_makes_nothing_that_an_account_has_one_of(project: Project) -> None:
    place = make(project, image=IMAGE, rehearsal=False, now=NOON)
    settings = read_file(place.root / f"Pulumi.{place.name}.yaml")
    assert settings.registry is None and settings.cdn is None and settings.waf.mode == "off"
    assert settings.ci.github is None and settings.ci.gitlab is None and settings.domain.name == "none"


def test_its_name_fits_into_every_name_and_is_another_each_time(project: Project) -> None:
    names = {make(project, image=IMAGE, rehearsal=True, now=NOON).name for _ in range(5)}
    assert len(names) == 5 and all(ENVIRONMENT.match(name) for name in names)


def test_the_passphrase_is_nobody_elses_to_read(project: Project) -> None:
    place = make(project, image=IMAGE, rehearsal=True, now=NOON)
    assert stat.S_IMODE((place.root / "passphrase").stat().st_mode) == 0o600
    assert place.environment["PULUMI_BACKEND_URL"] == f"file://{place.root / 'state'}"


def test_the_policies_hold_with_devs_levels(project: Project) -> None:
    place = make(project, image=IMAGE, rehearsal=True, now=NOON)
    assert place.project.policy_config(place.name).read_text() == (ROOT / "policies/dev.json").read_text()


def test_the_main_project_does_not_see_the_runs_stack(project: Project) -> None:
    place = make(project, image=IMAGE, rehearsal=True, now=NOON)
    assert project.environments == ("dev",)
    assert place.project.environments == (place.name,)
    assert place.project.offline_home == project.offline_home


def test_removing_it_removes_links_and_not_what_they_lead_to(project: Project) -> None:
    place = make(project, image=IMAGE, rehearsal=True, now=NOON)
    assert [found.name for found in left_behind(project)] == [place.name]
    place.remove()
    assert left_behind(project) == [] and (ROOT / "policies/dev.json").is_file()


def test_its_note_tells_whose_it_is(project: Project) -> None:
    made = make(project, image=IMAGE, rehearsal=True, now=NOON)
    note = find(project, made.name).note
    assert (note.account, note.rehearsal, note.started) == ("111111111111", True, "2026-11-21T12:00:00+00:00")


def test_a_file_without_an_account_is_told_of(project: Project) -> None:
    (project.root / "Pulumi.dev.yaml").write_text("config:\n  aws:region: eu-central-1\n")
    with pytest.raises(Failure, match="headroom:account is missing"):
        make(project, image=IMAGE, rehearsal=True, now=NOON)
    assert left_behind(project) == []
