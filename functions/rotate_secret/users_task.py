"""The task inside the network that lines a database up with the document of its logins."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Container, Mapping
from typing import Any

from functions.rotate_secret.errors import RotationError
from functions.rotate_secret.kinds.kind import Surroundings
from functions.rotate_secret.store import CURRENT
from functions.run_task.request import Request
from functions.run_task.runner import POLL_SECONDS, Runner, StillRunningError, TaskFailedError

PATIENCE_SECONDS = 600
"""How long a task is waited for; the function itself ends after 900 s, and is called again."""


class UsersTask:
    """Runs the task of one database. ECS reads the document when it starts a task: so one that is started after a
    change knows the change. Tasks of one database come one after the other: an older one must not overtake."""

    def __init__(self, around: Surroundings, document: str) -> None:
        self._around, self._document = around, document
        self._ecs = around.client("ecs")

    def run(self, environment: Mapping[str, str], accepts: Container[int] = (0,)) -> int | None:
        """Its exit code; None as long as the stack has not said how the task is run. The same document and variables
        are the same task, for as long as ECS knows it: however many ask for it, one runs. Raises RotationError."""
        task = self._task()
        if task is None:
            return None
        family = str(task["task_definition"]).rpartition("/")[2].rpartition(":")[0]
        for _ in range(PATIENCE_SECONDS // POLL_SECONDS):
            request = self._request(task, environment)
            if not self._others(request, family):
                break
            self._around.sleep(POLL_SECONDS)
        else:
            raise RotationError(f"Secret {self._name}: another {task['title']} runs for {PATIENCE_SECONDS} s; stop it")
        runner = Runner(self._ecs, self._around.client("logs"), self._now, self._around.sleep)
        try:
            return int(runner.run(request, PATIENCE_SECONDS, accepts)["exit_code"])
        except (TaskFailedError, StillRunningError) as error:
            raise RotationError(f"Secret {self._name}: {error}") from None

    @property
    def _name(self) -> str:
        return self._around.secret.name

    def _now(self) -> Any:
        """By AWS's clock."""
        return self._around.store.describe(self._document).now

    def _task(self) -> Mapping[str, Any] | None:
        document = self._around.store.labelled(self._around.store.describe(self._document), CURRENT) or {}
        task: Mapping[str, Any] | None = document.get("task")
        return task

    def _request(self, task: Mapping[str, Any], environment: Mapping[str, str]) -> Request:
        version = self._around.store.describe(self._document).labels[CURRENT]
        what = json.dumps([task, version, environment], sort_keys=True)
        known = {key: value for key, value in task.items() if key in Request.__dataclass_fields__}
        told = {**known, "request": hashlib.sha256(what.encode()).hexdigest()[:32], "environment": dict(environment)}
        return Request.of({"wait_seconds": PATIENCE_SECONDS, **told})

    def _others(self, request: Request, family: str) -> bool:
        """Whether a task of this family runs that was not started for this request."""
        running = self._ecs.list_tasks(cluster=request.cluster, family=family, desiredStatus="RUNNING")["taskArns"]
        if not running:
            return False
        found = self._ecs.describe_tasks(cluster=request.cluster, tasks=running)["tasks"]
        ours = request.parameters(0)["startedBy"]
        return any(task.get("startedBy") != ours for task in found if task["lastStatus"] != "STOPPED")
