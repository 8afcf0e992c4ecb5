"""What an environment wants of releases that come into it: `headroom:promotion` of its stack file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import ValidationError

from infra.settings.checks_promotion import own_findings, promotion_findings
from infra.settings.model import Settings
from infra.settings.patterns import WORDS
from infra.settings.problems import Finding, describe, render, tuples
from infra.settings.promotion import NONE, Promotion
from operations.errors import Failure
from operations.project import Project

KEY = "promotion"


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """How releases come into an environment; units are in the names, meanings in docs/settings.md."""

    source: str | None
    """Environment that releases come from; None: they come by `headroom up` alone."""
    settings: tuple[str, ...]
    """Patterns of the promotable settings, below `headroom:`; `*` stands for one key."""
    soak_minutes: int
    """How long a release has to be live in the source."""
    bake_minutes: int
    """How long a release is watched in this environment."""
    max_error_percent: float
    max_p95_seconds: float
    min_requests: int
    """With fewer requests in the soak or bake time there is no data."""
    rollback: Literal["auto", "ask", "never"]


def wishes(project: Project, environment: str) -> Wishes:
    """What the stack file says, with the defaults of what it does not say.

    Raises Failure, with a line for each mistake, where the section is wrong, and where it names an environment that
    has no stack file.
    """
    project.require(environment)
    file = f"Pulumi.{environment}.yaml"
    found = _read(project.config(environment).get(f"headroom:{KEY}", {}), file)
    source = None if found.source == NONE else found.source
    if source is not None and source not in project.environments:
        known = ", ".join(name for name in project.environments if name != environment)
        raise Failure(
            f"{file}: headroom:{KEY}.from is {source}, and there is no file Pulumi.{source}.yaml",
            (f"name one of these: {known}, or none" if known else "set it to none",),
        )
    return Wishes(
        source=source,
        settings=found.settings,
        soak_minutes=found.soak_minutes,
        bake_minutes=found.bake_minutes,
        max_error_percent=found.max_error_percent,
        max_p95_seconds=found.max_p95_seconds,
        min_requests=found.min_requests,
        rollback=found.rollback,
    )


def _read(section: object, file: str) -> Promotion:
    """The section as its model has it. Raises Failure."""
    values = tuples(section)
    try:
        Settings.model_validate({KEY: values})
        findings: list[Finding] = []
    except ValidationError as error:  # of all the settings that are not given here, too
        findings = [one for one in describe(error, Settings, WORDS, ()) if one.path[0] == KEY]
    if not findings:
        found = Promotion.model_validate(values)
        right = found.model_dump(by_alias=True)
        findings = [*promotion_findings(right, Settings), *own_findings(right, file)]
        if not findings:
            return found
    raise Failure(render(findings, file), ("docs/settings.md tells what each may be",))
