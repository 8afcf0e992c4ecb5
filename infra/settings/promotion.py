"""Settings of promotion: what comes from the environment before, and when it may. The program itself ignores them.

Sources of the numbers: requirements O1 (errors above 1 % warn, p95 above 2 s warns) and T3; CloudWatch's metrics of a
load balancer come once a minute, and its alarms want up to five in a row, so that less than 10 minutes show little
(docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html).
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from infra.settings.patterns import ENVIRONMENT, PROMOTABLE
from infra.settings.section import Section

NONE = "none"
"""In place of an environment: releases come from nowhere but git."""

SETTINGS = (
    "services.*.image",
    "databases.*.version",
    "caches.*.version",
    "eks.version",
    "tasks.postgres_image",
    "tasks.mysql_image",
)
"""What a release brings unless an environment says otherwise: what runs, never how much of it."""

Promotable = Annotated[str, StringConstraints(pattern=PROMOTABLE, max_length=200)]


class Promotion(Section):
    """How releases come into this environment by `headroom promote`; no resource changes by any of it."""

    source: str = Field(
        alias="from",
        default=NONE,
        pattern=ENVIRONMENT,
        description="Environment whose live release comes here; none: releases come by `headroom up` alone.",
    )
    settings: tuple[Promotable, ...] = Field(
        default=SETTINGS,
        description="Settings that a release brings along, as paths below headroom:, where * stands for any one name. "
        "Whatever else differs between environments stays as it is.",
    )
    soak_minutes: int = Field(
        default=60,
        ge=0,
        le=20160,
        description="Time that a release has to be live and healthy in the environment it comes from, in minutes; two "
        "weeks at most, as long as CloudWatch remembers alarms.",
    )
    bake_minutes: int = Field(
        default=10,
        ge=0,
        le=1440,
        description="Time that this environment is watched after a release before it counts as live, in minutes. "
        "Errors show in CloudWatch a minute or two after they happen.",
    )
    max_error_percent: float = Field(
        default=1,
        ge=0,
        le=100,
        description="Share of requests answered by 5xx from which on a release is refused, in percent; 1 is where the "
        "alarm warns (O1).",
    )
    max_p95_seconds: float = Field(
        default=2,
        ge=0.01,
        le=60,
        description="Time within which 95 % of the requests must be answered, in seconds; 2 is where the alarm warns "
        "(O1).",
    )
    min_requests: int = Field(
        default=100,
        ge=1,
        le=1_000_000_000,
        description="Number of requests below which errors and times say nothing; no data is no pass. Among 100, one "
        "error is 1 %.",
    )
    rollback: Literal["auto", "ask", "never"] = Field(
        default="ask",
        description="What happens to the settings of a release that fails here: they go back to the release before "
        "(auto), somebody is asked, or they stay.",
    )
