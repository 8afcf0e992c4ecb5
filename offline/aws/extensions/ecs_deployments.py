"""Deployments of ECS services: nothing is run, so one is over as soon as it begins, well or as its image asks.

A tag that ends so makes a deployment fail in one of the ways that ECS knows, and be rolled back as ECS would:

    api:1.2.0-offline-missing    the image can't be pulled
    api:1.2.0-offline-crashes    its tasks end with exit code 1
    api:1.2.0-offline-unhealthy  its tasks fail the load balancer's health checks
    api:1.2.0-offline-alarms     its tasks run, and the alarms that watch the deployment go on
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from offline.aws.extensions.ecr import deployed, named

FATE = re.compile(r"(^|[.-])offline-(?P<fate>missing|crashes|unhealthy|alarms)$")
SHIFTING = ("BLUE_GREEN", "CANARY", "LINEAR")
THRESHOLD = 3
"""Failed tasks after which the circuit breaker gives up: its smallest number."""
BREAKER = "Service deployment rolled back because the circuit breaker threshold was exceeded."
NO_CANDIDATE = "No rollback candidate was found to run the rollback."
ALARMED = "Service deployment rolled back because of a CloudWatch alarm."
APART = (
    "Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or testListenerRule."
)


@dataclass(frozen=True)
class Stopped:
    """How a task of a bad version ends."""

    reason: str
    """ECS's words; `{image}` is filled in."""
    code: int | None
    """Exit code of its container; None for one that never started."""


ENDS: Mapping[str, Stopped] = {
    "missing": Stopped(
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref {image}: not "
        "found",
        None,
    ),
    "crashes": Stopped("Essential container in task exited", 1),
    "unhealthy": Stopped("Task failed ELB health checks in (target-group offline)", 143),
}


def install() -> None:
    """Adds the operations on deployments to moto's ECS."""
    from moto.ecs.responses import EC2ContainerServiceResponse

    for operation in (list_service_deployments, describe_service_deployments, describe_service_revisions):
        setattr(EC2ContainerServiceResponse, operation.__name__, operation)


def deploy(service: Any, backend: Any) -> None:
    """Begins and ends a deployment of what the service asks for."""
    number = len(_deployments(service)) + 1
    before = next((d for d in reversed(_deployments(service)) if d["status"] == "SUCCESSFUL"), None)
    revision = {**_what(service), "number": number}
    failure, told = _failure(service, backend)
    _note_images(service, backend)
    status = "SUCCESSFUL" if not failure else "ROLLBACK_SUCCESSFUL" if before else "ROLLBACK_FAILED"
    now = datetime.datetime.now(datetime.UTC)
    reason = "" if not failure else failure if before else NO_CANDIDATE
    base = f"{service.arn.partition(':service/')[0]}:service-{{}}/{service.cluster_name}/{service.name}"
    _deployments(service).append(
        {
            "serviceDeploymentArn": f"{base.format('deployment')}/{number}",
            "serviceArn": service.arn,
            "clusterArn": service.cluster_arn,
            "createdAt": now,
            "startedAt": now,
            "finishedAt": now,
            "targetServiceRevision": {"arn": f"{base.format('revision')}/{number}"},
            "status": status,
            "deploymentConfiguration": getattr(service, "deployment_configuration", None) or {},
            "revision": revision,
            **({"statusReason": reason, "rollback": {"reason": failure, "startedAt": now}} if failure else {}),
            **told,
        }
    )
    if failure and before:
        service.task_definition = before["revision"]["taskDefinition"]
        service.events.insert(
            0, {"id": str(number), "createdAt": now, "message": f"(service {service.name}) {failure}"}
        )
    elif not failure:
        _move_requests(service)
    settle(service, failed=failure if failure and not before else "")


def _note_images(service: Any, backend: Any) -> None:
    """Tells the registry what runs, as nobody pushes images here."""
    for container in backend.describe_task_definition(service.task_definition).container_definitions:
        image = str(container.get("image", ""))
        if not image.endswith("offline-missing"):
            deployed(image)


def _what(service: Any) -> dict[str, Any]:
    return {"taskDefinition": service.task_definition, "loadBalancers": list(service.load_balancers or [])}


def _deployments(service: Any) -> list[dict[str, Any]]:
    if not hasattr(service, "headroom_deployments"):
        service.headroom_deployments = []
    found: list[dict[str, Any]] = service.headroom_deployments
    return found


def settle(service: Any, failed: str = "") -> None:
    """All tasks run, and the primary deployment is complete: what `services_stable` waits for. Or none does."""
    running = 0 if failed else service.desired_count
    connect = getattr(service, "service_connect_configuration", None)
    service.running_count, service.pending_count = running, 0
    for deployment in service.deployments:
        deployment.update(
            desiredCount=service.desired_count,
            runningCount=running,
            pendingCount=0,
            failedTasks=THRESHOLD if failed else 0,
            rolloutState="FAILED" if failed else "COMPLETED",
            rolloutStateReason=failed or f"ECS deployment {deployment['id']} completed.",
            taskDefinition=service.task_definition,
            launchType=service.launch_type,
            **({"serviceConnectConfiguration": connect} if connect else {}),
        )


def _failure(service: Any, backend: Any) -> tuple[str, dict[str, Any]]:
    """Why the deployment fails, and what it tells of that; empty where it does not."""
    if _is_shifting(service) and not _stands_between(service):
        return f"Service deployment rolled back: {APART}", {}
    definition = backend.describe_task_definition(service.task_definition)
    container = definition.container_definitions[0]
    image = named(str(container.get("image", "")))
    match = FATE.search(image.partition("@")[0].rpartition(":")[2])
    if match is None:
        return "", {}
    if match["fate"] == "alarms":
        watched = (getattr(service, "deployment_configuration", None) or {}).get("alarms") or {}
        names = list(watched.get("alarmNames") or ())
        if not (watched.get("enable") and watched.get("rollback") and names):
            return "", {}
        return ALARMED, {"alarms": {"status": "TRIGGERED", "alarmNames": names, "triggeredAlarmNames": names}}
    _leave_stopped_task(service, backend, definition, container, ENDS[match["fate"]])
    breaker = {"status": "TRIGGERED", "failureCount": THRESHOLD, "threshold": THRESHOLD}
    return BREAKER, {"deploymentCircuitBreaker": breaker}


def _leave_stopped_task(service: Any, backend: Any, definition: Any, container: Any, ending: Stopped) -> None:
    """One of the tasks that failed, as DescribeTasks tells of it, with the end of its log."""
    from moto.ecs.models import Task

    from offline.aws.extensions.ecs_tasks import log

    cluster = backend._get_cluster(service.cluster_name)
    task: Any = Task(
        cluster=cluster,
        task_definition=definition,
        container_instance_arn=None,
        resource_requirements={},
        backend=backend,
        group=f"service:{service.name}",
        launch_type="FARGATE",
        started_by=service.deployments[0]["id"] if service.deployments else "",
        networking_configuration=service.network_configuration,
    )
    free_interfaces(task)
    task._transitions = []
    task.status = task.last_status = task.desired_status = "STOPPED"
    task.created_at = task.started_at = task.stopped_at = datetime.datetime.now(datetime.UTC)
    task.stop_code = "TaskFailedToStart" if ending.code is None else "EssentialContainerExited"
    task.stopped_reason = ending.reason.format(image=container.get("image"))
    for made in task.containers:
        made.exitCode, made.last_status, made.task_arn = ending.code, "STOPPED", task.task_arn
    backend.tasks.setdefault(cluster.name, {})[task.task_arn] = task
    if ending.code is not None:
        log(task, container, f"The emulated AWS runs no image: {container.get('image')} ends with {ending.code}.")


def free_interfaces(task: Any) -> None:
    """A stopped task has given its network interface back."""
    from moto.ec2.models import ec2_backends

    ec2 = ec2_backends[task._account_id][task.region_name]
    for attachment in task.attachments:
        told = {detail["name"]: detail["value"] for detail in attachment.get("details", ())}
        ec2.enis.pop(str(told.get("networkInterfaceId")), None)


def _is_shifting(service: Any) -> bool:
    configuration = getattr(service, "deployment_configuration", None) or {}
    return configuration.get("strategy") in SHIFTING and bool(_pairs(service))


def _pairs(service: Any) -> list[dict[str, Any]]:
    return [balancer for balancer in service.load_balancers or () if balancer.get("advancedConfiguration")]


def _rules(service: Any) -> Any:
    from moto.elbv2.models import elbv2_backends

    return elbv2_backends[service._account_id][service.region_name]


def _stands_between(service: Any) -> bool:
    """Whether a rule leads to each of the two target groups."""
    for pair in _pairs(service):
        advanced = pair["advancedConfiguration"]
        rules = [advanced["productionListenerRule"], *filter(None, [advanced.get("testListenerRule")])]
        reached = {arn for rule in rules for arn in _groups_of(_rules(service), rule)}
        if not {pair["targetGroupArn"], advanced["alternateTargetGroupArn"]} <= reached:
            return False
    return True


def _groups_of(elb: Any, rule_arn: str) -> Iterator[str]:
    for rule in elb.describe_rules(listener_arn=None, rule_arns=[rule_arn]):
        for action in rule.actions:
            yield from filter(None, [action.data.get("TargetGroupArn")])
            yield from (
                group["TargetGroupArn"] for group in action.data.get("ForwardConfig", {}).get("TargetGroups", [])
            )


def _move_requests(service: Any) -> None:
    """Requests go to the target group that the new tasks are in: the one that was idle, after the first deployment."""
    if not _is_shifting(service):
        return
    well = sum(told["status"] == "SUCCESSFUL" for told in _deployments(service))
    for pair in _pairs(service):
        advanced = pair["advancedConfiguration"]
        groups = [pair["targetGroupArn"], advanced["alternateTargetGroupArn"]]
        live = groups[(well - 1) % 2]
        weights = [{"TargetGroupArn": arn, "Weight": 100 if arn == live else 0} for arn in groups]
        action = {"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": weights}}
        _rules(service).modify_rule(advanced["productionListenerRule"], [], [action])


def list_service_deployments(response: Any) -> Any:
    """The deployments of a service, the newest first."""
    from moto.core.responses import ActionResult

    service = response.ecs_backend._get_service(
        response._get_param("cluster", "default"), response._get_param("service")
    )
    brief = ("serviceDeploymentArn", "serviceArn", "clusterArn", "createdAt", "startedAt", "finishedAt", "status")
    told = [
        {
            **{key: deployment[key] for key in brief},
            "statusReason": deployment.get("statusReason", ""),
            "targetServiceRevisionArn": deployment["targetServiceRevision"]["arn"],
        }
        for deployment in reversed(_deployments(service))
    ]
    return ActionResult({"serviceDeployments": told})


def describe_service_deployments(response: Any) -> Any:
    """What became of deployments."""
    from moto.core.responses import ActionResult

    asked = response._get_param("serviceDeploymentArns", [])
    found = [told for told in _all_deployments(response.ecs_backend) if told["serviceDeploymentArn"] in asked]
    described = [{key: value for key, value in told.items() if key != "revision"} for told in found]
    return ActionResult({"serviceDeployments": described, "failures": []})


def describe_service_revisions(response: Any) -> Any:
    """What deployments brought."""
    from moto.core.responses import ActionResult

    asked = response._get_param("serviceRevisionArns", [])
    found = [
        {
            "serviceRevisionArn": told["targetServiceRevision"]["arn"],
            "serviceArn": told["serviceArn"],
            "clusterArn": told["clusterArn"],
            "taskDefinition": told["revision"]["taskDefinition"],
            "createdAt": told["createdAt"],
        }
        for told in _all_deployments(response.ecs_backend)
        if told["targetServiceRevision"]["arn"] in asked
    ]
    return ActionResult({"serviceRevisions": found, "failures": []})


def _all_deployments(backend: Any) -> Iterator[dict[str, Any]]:
    for service in backend.services.values():
        yield from _deployments(service)
