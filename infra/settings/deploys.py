"""Settings of how new versions of a service take over."""

from pydantic import Field

from components.services.deploys import Deploy as Chosen
from components.services.deploys import Strategy
from infra.settings.section import Section


class Deploy(Section):
    """How a new version takes over, and what brings the earlier one back (docs/deploys.md)."""

    strategy: Strategy = Field(
        default="rolling",
        description="rolling replaces tasks a few at a time. The others start all new tasks beside the old ones and "
        "then move the requests of a public service: blue-green at once, canary a few of them first, linear in equal "
        "steps. With any of them ECS goes back to the earlier version when new tasks fail.",
    )
    rollback_on_alarms: bool = Field(
        default=False,
        description="Whether ECS goes back also when the alarm errors-page of a public service is on: more than 5 % of "
        "the answers are 5xx.",
    )
    bake_minutes: int | None = Field(
        default=None,
        ge=0,
        le=1440,
        description="Time that the old tasks are kept once all requests go to the new ones, in minutes: 10 by default. "
        "With rolling: time that the alarm is watched at the end; by default ECS's own, under 5 minutes.",
    )
    canary_percent: float | None = Field(
        default=None,
        ge=0.1,
        le=100,
        description="Share of the requests that new tasks get first, in percent, by tenths: 10 by default.",
    )
    canary_minutes: int | None = Field(
        default=None, ge=0, le=1440, description="Time for which they get no more, in minutes: 10 by default."
    )
    step_percent: float | None = Field(
        default=None,
        ge=3,
        le=100,
        description="Share of the requests that each step of linear moves, in percent, by tenths: 25 by default.",
    )
    step_minutes: int | None = Field(
        default=None, ge=0, le=1440, description="Time between two steps, in minutes: 6 by default."
    )
    second_target_group: bool | None = Field(
        default=None,
        description="Whether there are two target groups to move requests between: by default with every strategy but "
        "rolling. A service that stands gets its second by one `up` with rolling and true, before the strategy "
        "changes, and keeps it when the strategy becomes rolling again.",
    )

    @property
    def chosen(self) -> Chosen:
        """The same, as the components take it."""
        return Chosen(**self.model_dump())
