"""Whether a standing service may change its deployment strategy in one step: requests must never go where no task is.

ECS moves requests from one target group to another, so a service has both before its strategy does that, and keeps
both afterwards: after an odd number of deployments the second one is live, and a service that forgot it would start
its next tasks where nobody is sent to.
Sources: docs.aws.amazon.com/AmazonECS/latest/developerguide/update-rolling-to-bluegreen.html,
docs.aws.amazon.com/AmazonECS/latest/developerguide/update-bluegreen-to-rolling.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from operations.errors import Failure

SERVICES = "headroom:services"
COMPUTE = "headroom:compute"


def refuse_gaps(environment: str, config: Mapping[str, Any], outputs: Mapping[str, Any]) -> None:
    """Raises Failure where the stack file asks for a step that would lose requests of what the last `up` left."""
    found = list(gaps(config, outputs))
    if found:
        raise Failure("\n".join(f"Pulumi.{environment}.yaml: {said}" for said in found), ("docs/deploys.md tells why",))


def has_pairs(config: Mapping[str, Any]) -> bool:
    """Whether any service is to have two target groups."""
    chosen = (_mapping(_mapping(service).get("deploy")) for service in _mapping(config.get(SERVICES)).values())
    return any(deploy.get("strategy", "rolling") != "rolling" or deploy.get("second_target_group") for deploy in chosen)


def gaps(config: Mapping[str, Any], outputs: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each service that can't go there in one step."""
    standing, asked = _mapping(outputs.get("services")), _mapping(config.get(SERVICES))
    on_ecs = config.get(COMPUTE, "ecs") == "ecs"
    for name, told in standing.items():
        before, chosen = _mapping(_mapping(told).get("deploy")), _mapping(asked.get(name))
        if not chosen or not chosen.get("public") or not on_ecs:
            continue
        deploy = _mapping(chosen.get("deploy"))
        strategy = deploy.get("strategy", "rolling")
        wants = deploy.get("second_target_group", strategy != "rolling")
        key = f"{SERVICES}.{name}.deploy"
        if strategy != "rolling" and before.get("second_target_group") is not True:
            yield (
                f"{key}.strategy is {strategy}, and {name} has one target group so far. First give it the second: "
                "strategy: rolling, second_target_group: true, and `up`; then this"
            )
        elif before.get("second_target_group") is True and not wants:
            yield (
                f"{key}.second_target_group is not true, and requests of {name} may be going to its second target "
                "group. Keep it with second_target_group: true; an idle one costs nothing"
            )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
