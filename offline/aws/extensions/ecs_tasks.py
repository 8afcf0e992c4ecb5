"""One-off tasks on Fargate: no image is run, so a task has ended as soon as it is started.

It ends well, unless its command is `false`, or `sh -c "exit <n>"`: then with 1, or with n, as that command would.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from typing import Any

from offline.aws.extensions.wrapping import wrap

EXIT = re.compile(r"^exit (\d{1,3})$")


def install() -> None:
    """Extends moto's RunTask."""
    from moto.ec2.models.elastic_network_interfaces import NetworkInterface
    from moto.ecs.models import EC2ContainerServiceBackend
    from moto.ecs.responses import EC2ContainerServiceResponse

    # A task asks its interface for the name, and moto gives one only in a VPC with names.
    if not hasattr(NetworkInterface, "private_dns_name"):
        setattr(NetworkInterface, "private_dns_name", "")  # noqa: B010 (moto declares no such attribute)
    wrap(EC2ContainerServiceResponse, "run_task", run_task)
    wrap(EC2ContainerServiceBackend, "_calculate_task_resource_requirements", requirements)


def requirements(original: Callable[..., Any], backend: Any, task_definition: Any) -> Any:
    """On Fargate the task as a whole has a size, and its containers need none; moto adds up theirs."""
    if all({"memory", "memoryReservation"} & set(given) for given in task_definition.container_definitions):
        return original(task_definition)
    return {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}


def run_task(original: Callable[..., Any], response: Any) -> Any:
    """A repeated client token is answered with the task that it started, and refused with other parameters."""
    token, parameters = response._get_param("clientToken"), _parameters(response)
    known = _tokens(response.ecs_backend)
    if token in known:
        return _again(response, known[token], parameters)
    before = _all_tasks(response.ecs_backend)
    answer = original(response)
    started = [task for arn, task in _all_tasks(response.ecs_backend).items() if arn not in before]
    for task in started:
        if task.launch_type != "EC2" and task.container_instance_arn is None:
            end(task, response.ecs_backend)
    if token:
        known[token] = (parameters, [task.task_arn for task in started])
    return answer


def _again(response: Any, known: tuple[str, list[str]], parameters: str) -> Any:
    from moto.core.responses import ActionResult
    from moto.ecs.exceptions import ECSException

    if known[0] != parameters:
        raise ECSException("ConflictException", "The client token was used by a request with other parameters.")
    tasks = _all_tasks(response.ecs_backend)
    return ActionResult({"tasks": [tasks[arn] for arn in known[1] if arn in tasks], "failures": []})


def _parameters(response: Any) -> str:
    names = ("cluster", "taskDefinition", "overrides", "networkConfiguration", "count", "startedBy", "launchType")
    return repr([response._get_param(name) for name in names])


def _tokens(backend: Any) -> dict[str, tuple[str, list[str]]]:
    if not hasattr(backend, "headroom_tokens"):
        backend.headroom_tokens = {}
    found: dict[str, tuple[str, list[str]]] = backend.headroom_tokens
    return found


def _all_tasks(backend: Any) -> dict[str, Any]:
    return {arn: task for tasks in backend.tasks.values() for arn, task in tasks.items()}


def end(task: Any, backend: Any) -> None:
    """The task has stopped, and its first container with the code that its command means."""
    definition = backend.describe_task_definition(task.task_definition_arn)
    container = definition.container_definitions[0]
    command = _command(task, container)
    code = exit_code(command)
    now = datetime.datetime.now(datetime.UTC)
    task.status = task.last_status = task.desired_status = "STOPPED"
    task._transitions = []
    task.created_at = task.started_at = task.stopped_at = now
    task.stop_code, task.stopped_reason = "EssentialContainerExited", "Essential container in task exited"
    for made in task.containers:
        made.exitCode, made.last_status, made.task_arn = code, "STOPPED", task.task_arn
    log(task, container, f"The emulated AWS runs no image: {container.get('image')} counts as ended with {code}.")


def _command(task: Any, container: dict[str, Any]) -> list[str]:
    """Of the entry point and the command, as a run may override it."""
    overrides = (task.overrides or {}).get("containerOverrides") or []
    given = next((o["command"] for o in overrides if o.get("name") == container["name"] and o.get("command")), None)
    return [*(container.get("entryPoint") or []), *(given or container.get("command") or [])]


def exit_code(command: list[str]) -> int:
    """What the command means where nothing is run."""
    if command[:1] == ["false"]:
        return 1
    told = EXIT.match(command[2].strip()) if command[:2] == ["sh", "-c"] and len(command) == 3 else None
    return int(told[1]) if told else 0


def log(task: Any, container: dict[str, Any], line: str) -> None:
    """In the container's own stream, where its log goes to a group that is there."""
    from moto.logs.models import logs_backends

    options = (container.get("logConfiguration") or {}).get("options") or {}
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    backend = logs_backends[task._account_id][task.region_name]
    if group not in backend.groups or not prefix:
        return
    stream = f"{prefix}/{container['name']}/{task.id}"
    backend.ensure_log_stream(group, stream)
    now = int(task.stopped_at.timestamp() * 1000)
    backend.put_log_events(group, stream, [{"timestamp": now, "message": line}])
