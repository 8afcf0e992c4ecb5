"""An ECS cluster on Fargate."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class EcsClusterArgs:
    """What the cluster is; environments differ by these values only."""

    insights: Literal["enhanced", "enabled", "disabled"] = "enhanced"
    """CloudWatch Container Insights: per task (enhanced), per service (enabled) or none."""
