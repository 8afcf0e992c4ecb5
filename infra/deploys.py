"""How new versions of services on ECS take over, and what brings the earlier one back."""

from components.services.deployment import DeploymentArgs
from components.services.deploys import ROLLBACK_CONDITIONS
from infra.environment import Environment


def deployment(env: Environment, name: str) -> DeploymentArgs:
    """What a service's settings say of it, with the alarms of its route that roll back: they stand already."""
    deploy = env.settings.services[name].deploy.chosen
    if not deploy.rollback_on_alarms:
        return DeploymentArgs(deploy=deploy)
    watching = [
        (watched.alarms, f"{env.scope.prefix}-{name}-{condition.name}")
        for watched in env.watched
        if watched.name == name
        for condition in watched.conditions
        if condition.name in ROLLBACK_CONDITIONS
    ]
    return DeploymentArgs(deploy=deploy, alarms=[name for _, name in watching], ready=[made for made, _ in watching])


def deploy_output(env: Environment, name: str) -> dict[str, object]:
    """What those who follow a deployment need: how long it waits, and whether requests can move."""
    deploy = env.settings.services[name].deploy.chosen
    return {
        "strategy": deploy.strategy,
        "second_target_group": deploy.paired,
        "waiting_minutes": deploy.waiting_minutes,
    }
