"""Tasks that ECS runs for a service: moto starts none, so they are made up when somebody asks for a service's tasks."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.ecr import digest_of, named
from offline.aws.extensions.ecs_deployments import free_interfaces
from offline.aws.extensions.wrapping import wrap


def install() -> None:
    """Extends moto's list of tasks."""
    from moto.ecs.models import EC2ContainerServiceBackend

    wrap(EC2ContainerServiceBackend, "list_tasks", list_tasks)


def list_tasks(
    original: Callable[..., list[Any]],
    backend: Any,
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desiredStatus: str | None = None,  # noqa: N803 - as moto has it
) -> list[Any]:
    """Of a service: the tasks that it runs now, and those of its own that stopped; moto takes all of the cluster."""
    if service_name:
        service = backend._get_service(cluster_str or "default", service_name)
        _run(service, backend)
        desiredStatus = desiredStatus or "RUNNING"  # noqa: N806 - what AWS takes it for; moto takes all
    found = original(backend, cluster_str, container_instance, family, started_by, service_name, desiredStatus)
    return [task for task in found if task.group == f"service:{service.name}"] if service_name else found


def _run(service: Any, backend: Any) -> None:
    """As many tasks run as the service says, each of its present revision.

    A revision that was deregistered goes on running on AWS; moto knows it no more, and its tasks are left as they are.
    """
    from moto.ecs.exceptions import TaskDefinitionNotFoundException

    try:
        definition = backend.describe_task_definition(service.task_definition)
    except TaskDefinitionNotFoundException:
        return
    tasks = backend.tasks.setdefault(service.cluster_name, {})
    of_service = {
        arn: task
        for arn, task in tasks.items()
        if task.group == f"service:{service.name}" and task.desired_status == "RUNNING"
    }
    current = [arn for arn, task in of_service.items() if task.task_definition_arn == service.task_definition]
    for arn in {*of_service} - {*current[: service.running_count]}:
        del tasks[arn]  # it ended long ago, and well
    for _ in range(service.running_count - len(current)):
        task = _start(service, backend, definition)
        tasks[task.task_arn] = task


def _start(service: Any, backend: Any, definition: Any) -> Any:
    from moto.ecs.models import Task

    task: Any = Task(
        cluster=backend._get_cluster(service.cluster_name),
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements={},
        backend=backend,
        group=f"service:{service.name}",
        launch_type=service.launch_type or "FARGATE",
        started_by=service.deployments[0]["id"] if service.deployments else "",
        networking_configuration=service.network_configuration,
    )
    free_interfaces(task)  # it would outlive the service
    task._transitions = []
    task.status = task.last_status = task.desired_status = "RUNNING"
    task.created_at = task.started_at = datetime.datetime.now(datetime.UTC)
    for made in task.containers:
        made.exitCode, made.last_status, made.task_arn = None, "RUNNING", task.task_arn
        made.image_digest = digest_of(named(str(made.image)))
    return task
