"""Why time stays linear: a service waits for what it uses, and for nothing of the others. Counted, never timed."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.scenarios import with_services
from infra import program
from infra.settings.problems import to_config
from tests.components.conftest import run_program
from tests.infra.stack_files import CLUSTER, WHO

FEW, STEP = 2, 2
"""Even numbers: every other service is public."""


def waits(count: int, compute: str) -> tuple[int, int]:
    """How many resources an environment of so many services has, and for how many others they wait by name."""
    scenario = with_services(count, compute)
    config, secret = to_config(scenario.config)
    stack = run_program(
        program.main,
        stack=scenario.stack,
        config=config,
        secret_config=list(secret),
        answers={WHO: {"accountId": scenario.config["headroom:account"], "arn": "", "id": "", "userId": ""}},
        outputs=CLUSTER,
    )
    made: list[dict[str, Any]] = stack.resources
    return len(made), sum(len(one["options"]["depends_on"]) for one in made)


@pytest.mark.parametrize("compute", ["ecs", "eks"])
def test_two_more_services_bring_as_much_whether_two_stand_or_four(compute: str) -> None:
    (few, few_waits), (more, more_waits), (most, most_waits) = (waits(FEW + step * STEP, compute) for step in range(3))
    assert most - more == more - few
    assert most_waits - more_waits == more_waits - few_waits
