"""The deploy truth gate: whether what runs is what was asked for.

ECS takes a change of a service at once and rolls it out afterwards; when that fails, its circuit breaker or an alarm
puts the earlier revision back, and the API call that began it all has long succeeded. So after `up` each service's
running revision is compared with the requested one, until it runs or ECS gave up: whatever the strategy, and with its
bake time, in which an alarm may still bring the earlier version back.

Source: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Deployment.html (rolloutState, failedTasks) and
docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html; of deployments themselves see
`deployments`.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as NoConnection

from operations.deployments import UNDER_WAY, Deployment, Deployments
from operations.errors import Failure

LONGEST_SECONDS = 1200.0
"""How long a rollout may take before it counts as stuck: the circuit breaker needs 3 to 200 failed tasks
(half the desired count) to give up, each with its start, grace period and health checks. What a strategy waits by
itself comes on top."""
POLL_SECONDS = 5.0
"""Pause between two looks."""
PATIENCE = 12
"""Looks in a row that ECS may leave without an answer (a minute, and what botocore tries) before the gate gives up."""
THROTTLED = frozenset({"ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded"})
"""Errors that pass."""
SERVICES_AT_ONCE = 10
"""Services that one DescribeServices takes (its documented limit)."""
TASKS_SHOWN = 3
"""Stopped tasks whose reasons are told; more of them say the same."""
STREAM_PREFIX = "task"
"""First part of a log stream's name, as `components/services/task_definition.py` sets it; container and task follow."""
LINES_SHOWN = 8
"""Last log lines of a stopped task that are told."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What `up` asked ECS for."""

    service: str
    """The service's name in the settings."""
    ecs_name: str
    """Its name in ECS."""
    task_definition: str
    """ARN of the revision."""
    log_group: str
    """Where its tasks write."""
    waiting_minutes: int = 0
    """How long its strategy waits by itself."""


class State(Enum):
    """How far a rollout is."""

    RUNS = "runs"
    WAITING = "waiting"
    FAILED = "failed"


@dataclass(frozen=True)
class Verdict:
    """What one look at a service says."""

    state: State
    says: str
    """`2 of 2 tasks run revision 7`, or why not."""
    asleep: bool = False
    """Whether it runs as asked since not one task is asked for."""


def wanted(outputs: Mapping[str, Any]) -> list[Wanted]:
    """What the stack's outputs say was asked of ECS. A service on EKS has no task definition: the engine itself waits
    until its pods are ready, and fails if they are not."""
    return [
        Wanted(
            service=name,
            ecs_name=str(given["name"]),
            task_definition=str(given["task_definition"]),
            log_group=str(given["log_group"]),
            waiting_minutes=int((given.get("deploy") or {}).get("waiting_minutes") or 0),
        )
        for name, given in sorted((outputs.get("services") or {}).items())
        if "task_definition" in given
    ]


def judge(asked: Wanted, described: Answer | None, newest: Deployment | None = None) -> Verdict:
    """What DescribeServices' answer about one service means, None where it has no answer; with what its newest
    deployment tells, where that brings what was asked."""
    if described is None or described.get("status") != "ACTIVE":
        status = "does not know it" if described is None else f"says it is {described.get('status')}"
        return Verdict(State.FAILED, f"ECS {status}")
    if newest is not None and newest.task_definition == asked.task_definition and newest.status != "SUCCESSFUL":
        return _of_deployment(asked, described, newest)
    deployments: Sequence[Answer] = described.get("deployments") or ()
    primary = next((d for d in deployments if d.get("status") == "PRIMARY"), None)
    if primary is None:
        return Verdict(State.WAITING, "ECS has not begun to deploy it")
    revision, asked_revision = _revision(primary.get("taskDefinition")), _revision(asked.task_definition)
    if primary.get("taskDefinition") != asked.task_definition:
        why = next((d.get("rolloutStateReason") for d in deployments if _failed(d)), "") or _last_event(described)
        said = f"revision {revision} runs, and {asked_revision} was asked for: ECS rolled it back, or somebody did"
        return Verdict(State.FAILED, f"{said}. {why}".rstrip(". ") + ".")
    if _failed(primary):
        reason = primary.get("rolloutStateReason") or _last_event(described)
        return Verdict(State.FAILED, f"the rollout of revision {revision} failed. {reason}".strip())
    return _progress(primary, deployments, revision)


def _of_deployment(asked: Wanted, described: Answer, newest: Deployment) -> Verdict:
    """A deployment of what was asked that is under way, or did not come through."""
    revision = _revision(asked.task_definition)
    why = f": {newest.why}" if newest.why else ""
    if newest.status.startswith("ROLLBACK_") and newest.status in UNDER_WAY:
        return Verdict(State.WAITING, f"ECS is rolling revision {revision} back{why}")
    if newest.status in UNDER_WAY:
        brought = [d for d in described.get("deployments") or () if d.get("taskDefinition") == asked.task_definition]
        says = _progress(brought[0], brought, revision).says if brought else f"revision {revision} is being deployed"
        return Verdict(State.WAITING, f"{says}; {newest.stage}" if newest.stage else says)
    reason = newest.why or _last_event(described)
    ends = {
        "ROLLBACK_SUCCESSFUL": f"ECS rolled revision {revision} back",
        "ROLLBACK_FAILED": f"revision {revision} failed, and ECS could not roll it back",
        "STOPPED": f"the deployment of revision {revision} was stopped",
    }
    said = ends.get(newest.status, f"the deployment of revision {revision} is {newest.status}")
    return Verdict(State.FAILED, f"{said}. {reason}".rstrip(". ") + ".")


def _progress(primary: Answer, deployments: Sequence[Answer], revision: str) -> Verdict:
    running, desired = int(primary.get("runningCount") or 0), int(primary.get("desiredCount") or 0)
    failed = int(primary.get("failedTasks") or 0)
    says = f"{running} of {desired} tasks run revision {revision}"
    if failed:
        says += f", {failed} failed to start"
    # A service without rolloutState is complete when nothing else of it is left.
    complete = primary.get("rolloutState", "COMPLETED" if len(deployments) == 1 else "IN_PROGRESS") == "COMPLETED"
    return Verdict(State.RUNS if complete and running >= desired else State.WAITING, says, asleep=not desired)


def _failed(deployment: Answer) -> bool:
    return deployment.get("rolloutState") == "FAILED"


def _revision(arn: object) -> str:
    return str(arn or "none").rsplit("/", 1)[-1].rsplit(":", 1)[-1]


def _last_event(described: Answer) -> str:
    events: Sequence[Answer] = described.get("events") or ()
    return str(events[0].get("message", "")) if events else ""


class Gate:
    """Looks at a cluster's services until each runs what was asked, or one does not."""

    def __init__(
        self,
        ecs: Any,
        logs: Any,
        cluster: str,
        *,
        longest_seconds: float = LONGEST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._ecs, self._logs, self._cluster = ecs, logs, cluster
        self._deployments, self._refused = Deployments(ecs, cluster), 0
        self._sure: set[str] = set()
        self._longest, self._clock, self._sleep = longest_seconds, clock, sleep

    def wait(self, services: Sequence[Wanted], tell: Callable[[str], None]) -> None:
        """Returns when all run. `tell` hears each service's news once. Raises Failure when one does not."""
        began, told, verdicts = self._clock(), dict[str, str](), dict[str, Verdict]()
        longest = self._longest + 60.0 * max((asked.waiting_minutes for asked in services), default=0)
        while True:
            verdicts = self._look(services, verdicts)
            for asked in services:
                verdict = verdicts[asked.service]
                if verdict.state is not State.FAILED and told.get(asked.service) != verdict.says:
                    told[asked.service] = verdict.says
                    tell(f"{asked.service}: {verdict.says}")
            failed = [asked for asked in services if verdicts[asked.service].state is State.FAILED]
            waiting = [asked for asked in services if verdicts[asked.service].state is State.WAITING]
            if failed:
                raise self._failure(failed, {name: verdict.says for name, verdict in verdicts.items()})
            if not waiting:
                return
            if self._clock() - began >= longest:
                minutes = f"{longest / 60:g} minutes"
                stuck = {a.service: f"after {minutes} only {verdicts[a.service].says}" for a in waiting}
                raise self._failure(waiting, stuck)
            self._sleep(POLL_SECONDS)

    def _look(self, services: Sequence[Wanted], before: Mapping[str, Verdict]) -> dict[str, Verdict]:
        """What every service is like now; what it was `before` while ECS does not answer: no failed rollout."""
        try:
            found = self._described(services)
            verdicts = {asked.service: judge(asked, found.get(asked.ecs_name)) for asked in services}
            # A change that left the task definition alone looks the same after a rollback, so what runs is asked once.
            running = {name for name, verdict in verdicts.items() if verdict.state is State.RUNS}
            open_ones = [a for a in services if a.service not in running & self._sure and a.ecs_name in found]
            newest = self._deployments.newest([found[asked.ecs_name] for asked in open_ones])
        except (ClientError, BotoCoreError) as error:
            self._refused += 1
            if not _passes(error) or self._refused > PATIENCE:
                raise Failure(
                    f"what was changed stands, but ECS did not say whether it runs: {error}",
                    ("see that AWS can be reached and the credentials in use are valid, then give the same command",),
                ) from error
            silent = Verdict(State.WAITING, "ECS does not answer for now")
            return {asked.service: before.get(asked.service, silent) for asked in services}
        self._refused, self._sure = 0, running
        for asked in open_ones:
            if asked.ecs_name in newest:
                verdicts[asked.service] = judge(asked, found[asked.ecs_name], newest[asked.ecs_name])
        return verdicts

    def _described(self, services: Sequence[Wanted]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for start in range(0, len(services), SERVICES_AT_ONCE):
            names = [asked.ecs_name for asked in services[start : start + SERVICES_AT_ONCE]]
            answer = self._ecs.describe_services(cluster=self._cluster, services=names)
            found |= {str(described["serviceName"]): described for described in answer.get("services", [])}
        return found

    def _failure(self, services: Sequence[Wanted], says: Mapping[str, str]) -> Failure:
        lines = ["what was changed stands, but not all of it runs:"]
        for asked in services:
            lines.append(f"{asked.service}: {says[asked.service]}")
            lines += [f"  {line}" for line in self._evidence(asked)]
        return Failure(
            "\n".join(lines),
            ("correct what the tasks say, and give the same command; what ran before is left running",),
        )

    def _evidence(self, asked: Wanted) -> Iterator[str]:
        """Why tasks stopped, in ECS's words, and what the last one wrote. What can't be had is left out."""
        try:
            tasks = self._stopped(asked)
        except (ClientError, BotoCoreError) as error:
            yield f"ECS did not tell of its stopped tasks: {error}"
            return
        for task in tasks[:TASKS_SHOWN]:
            yield from _reasons(task)
        if tasks:
            yield from self._last_lines(asked, tasks[0])
        else:
            yield "no task of it stopped within the last hour"

    def _stopped(self, asked: Wanted) -> list[Answer]:
        """Tasks of the requested revision that stopped; ECS remembers them for an hour."""
        listed = self._ecs.list_tasks(cluster=self._cluster, serviceName=asked.ecs_name, desiredStatus="STOPPED")
        arns = listed.get("taskArns", [])[:100]
        if not arns:
            return []
        tasks = self._ecs.describe_tasks(cluster=self._cluster, tasks=arns).get("tasks", [])
        mine = [task for task in tasks if task.get("taskDefinitionArn") == asked.task_definition]
        return sorted(mine, key=lambda task: str(task.get("stoppedAt") or ""), reverse=True)

    def _last_lines(self, asked: Wanted, task: Answer) -> Iterator[str]:
        """The end of what a task wrote; one that never started wrote nothing, and has no stream."""
        number = str(task.get("taskArn", "")).rsplit("/", 1)[-1]
        for container in task.get("containers", ()):
            name = str(container.get("name"))
            try:
                written = self._logs.get_log_events(
                    logGroupName=asked.log_group, logStreamName=f"{STREAM_PREFIX}/{name}/{number}", limit=LINES_SHOWN
                )
            except (ClientError, BotoCoreError):
                continue
            yield from (f"{name} wrote: {str(event['message']).rstrip()}" for event in written.get("events", []))


def _passes(error: Exception) -> bool:
    """Whether ECS may answer in a moment: it is asked too often, has trouble of its own, or was not reached."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status >= 500 or error.response.get("Error", {}).get("Code") in THROTTLED
    return isinstance(error, HTTPClientError | NoConnection)


def _reasons(task: Answer) -> Iterator[str]:
    """Why a task stopped: its own reason, then each container that has one or an exit code."""
    number = str(task.get("taskArn", "")).rsplit("/", 1)[-1][:8]
    yield f"task {number}: {task.get('stoppedReason') or 'ECS names no reason'}"
    for container in task.get("containers", ()):
        said = [f"exit code {container['exitCode']}"] if container.get("exitCode") is not None else []
        said += [str(container["reason"])] if container.get("reason") else []
        if said:
            yield f"  container {container.get('name')}: {', '.join(said)}"
