"""A function that rotates, as components are given it, and a secret that it rotates."""

from __future__ import annotations

from components.keys.names import Rotated
from components.links import FunctionLink, RotatorLink

ARN = "arn:aws:lambda:eu-central-1:111111111111:function:headroom-dev-rotate-secret"
ROTATOR = RotatorLink(
    name="rotate-secret",
    function=FunctionLink(name="headroom-dev-rotate-secret", arn=ARN, made_arn=ARN),
    ready=[],
)
REDIS = Rotated(
    kind="redis-user", owner="backend", period_days=90, overlap_days=7, readers=["worker", "api"], user="dev-main"
)


def api_key(consumer: str, access: str, *services: str, period_days: int = 90) -> Rotated:
    """The key of a consumer."""
    return Rotated(
        kind="api-key",
        owner="backend",
        period_days=period_days,
        overlap_days=7,
        verifiers=services,
        consumer=consumer,
        access=access,  # type: ignore[arg-type]
    )
