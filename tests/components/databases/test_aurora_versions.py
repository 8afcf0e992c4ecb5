"""Releases of Aurora. D1."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.databases.aurora_versions import (
    AURORA_ENGINES,
    FAMILIES,
    IO_OPTIMIZED,
    PAUSES,
    REACHES_256_ACU,
    AuroraEngine,
    aurora_version_problems,
    has,
    is_pinned,
    major_version,
    release,
    written,
)

POSTGRES: AuroraEngine = "aurora-postgresql"
MYSQL: AuroraEngine = "aurora-mysql"


@pytest.mark.parametrize(
    ("engine", "version"),
    [
        *((POSTGRES, version) for version in ("14", "14.6", "14.17", "15.10", "16.8", "17", "17.4", "17.10", "18.3")),
        *((MYSQL, version) for version in ("8.0", "8.4", "8.4.mysql_aurora.8.4.7", "8.0.mysql_aurora.3.04.4")),
        *((MYSQL, f"8.0.mysql_aurora.3.{rest}") for rest in ("08.0", "10.3", "11.1", "12.0")),
    ],
)
def test_supported_releases_pass(engine: AuroraEngine, version: str) -> None:
    assert aurora_version_problems(engine, version) == []


@pytest.mark.parametrize(
    ("engine", "version", "reason"),
    [
        (POSTGRES, "13.9", "it is not in Aurora's standard support"),
        (POSTGRES, "14.7", "Aurora no longer creates this release"),
        (POSTGRES, "16.6", "Aurora no longer creates this release"),
        (POSTGRES, "19", "a version is a number such as 17 or 17.6"),
        (POSTGRES, "17.x", "a version is a number such as 17 or 17.6"),
        (POSTGRES, "8.0", "a version is a number such as 17 or 17.6"),
        (MYSQL, "5.7", "Aurora MySQL's versions are written like"),
        (MYSQL, "8.0.36", "Aurora MySQL's versions are written like"),
        (MYSQL, "8.0.mysql_aurora.3.10", "Aurora MySQL's versions are written like"),
        (MYSQL, "8.0.mysql_aurora.3.05.2", "Aurora no longer creates this release"),
        (MYSQL, "8.0.mysql_aurora.3.11.0", "Aurora no longer creates this release"),
    ],
)
def test_other_releases_are_refused_with_what_to_write(engine: AuroraEngine, version: str, reason: str) -> None:
    (problem,) = aurora_version_problems(engine, version)
    assert (problem.key, problem.value) == ("version", version)
    assert reason in problem.reason
    assert problem.remedy.startswith("choose ")


def test_a_major_version_names_the_family_and_follows_aws() -> None:
    assert (major_version(POSTGRES, "17.6"), is_pinned(POSTGRES, "17.6")) == ("17", True)
    assert (major_version(MYSQL, "8.0.mysql_aurora.3.10.3"), is_pinned(MYSQL, "8.0")) == ("8.0", False)
    assert FAMILIES[MYSQL][major_version(MYSQL, "8.4.mysql_aurora.8.4.7")] == "aurora-mysql8.4"


@pytest.mark.parametrize(
    ("engine", "version", "pauses", "reaches", "optimized"),
    [
        (POSTGRES, "14.6", False, False, False),
        (POSTGRES, "14.17", True, True, True),
        (POSTGRES, "17", True, True, True),
        (POSTGRES, "18.3", True, True, True),
        (MYSQL, "8.0.mysql_aurora.3.04.4", False, False, True),
        (MYSQL, "8.0.mysql_aurora.3.08.0", True, True, True),
        (MYSQL, "8.4.mysql_aurora.8.4.7", True, True, True),
    ],
)
def test_what_came_with_a_release(
    engine: AuroraEngine, version: str, pauses: bool, reaches: bool, optimized: bool
) -> None:
    found = tuple(has(firsts, engine, version) for firsts in (PAUSES, REACHES_256_ACU, IO_OPTIMIZED))
    assert found == (pauses, reaches, optimized)


@given(
    st.sampled_from([(3, minor, patch) for minor in range(20) for patch in range(9)] + [(8, 4, n) for n in range(9)])
)
@settings(max_examples=60)
def test_a_release_of_mysql_is_read_as_it_is_written(numbers: tuple[int, ...]) -> None:
    assert release(MYSQL, written(MYSQL, numbers)) == numbers


@given(st.sampled_from(AURORA_ENGINES), st.text(max_size=30))
@settings(max_examples=100)
def test_any_text_is_judged(engine: AuroraEngine, version: str) -> None:
    assert len(aurora_version_problems(engine, version)) <= 1
