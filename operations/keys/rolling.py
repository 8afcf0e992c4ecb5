"""Services that read a secret when they start: new tasks, until they run with the new value or do not come to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from operations.errors import Failure
from operations.keys import pods
from operations.keys.pods import NotRunning
from operations.keys.rotator import PATIENCE, POLL_SECONDS, Rotator, Seen, Tell
from operations.keys.services import Running
from operations.rollout import Gate, wanted


@dataclass(frozen=True)
class Roller:
    """One environment's services."""

    aws: Any
    outputs: Mapping[str, Any]
    environment: str
    rotator: Rotator
    offline: bool
    """Whether AWS is the emulated one, where no pod runs."""

    @property
    def _on_ecs(self) -> bool:
        return str(self.outputs.get("compute") or "ecs") == "ecs"

    def refuse_deploys(self, seen: Seen) -> None:
        """Raises Failure while one of the readers is being deployed: the rotation would end that deployment, and nobody
        could say which of the two a task fails of."""
        cluster = str(self.outputs.get("cluster") or "")
        if not (seen.one.readers and cluster and self._on_ecs):
            return
        deploying = Running.read(self.aws("ecs"), cluster).deploying(seen.one.readers)
        if deploying:
            raise Failure(
                f"{', '.join(deploying)} is being deployed, and reads {seen.one.name} when it starts; nothing was "
                "changed",
                ("wait until the deployment is through, then give the same command",),
            )

    def roll(self, seen: Seen, tell: Tell) -> Seen:
        """Returns when every reader runs with the current value. Raises Failure where one does not come to."""
        one = seen.one
        if not seen.rotation.settled or (one.readers and not (seen.rotation.rolling or seen.rotation.rolled)):
            self.rotator.act("sweep", one)
            seen = self.rotator.see(one)
        if not one.readers:
            return seen
        if not seen.rotation.rolled:
            tell(f"{one.name}: new tasks with the new value for {', '.join(one.readers)}")
        if not self._on_ecs:
            return seen if seen.rotation.rolled else self._restart_pods(seen)
        asked = [service for service in wanted(self.outputs) if service.service in one.readers]
        try:
            Gate(self.aws("ecs"), self.aws("logs"), str(self.outputs.get("cluster"))).wait(asked, tell)
        except Failure as failure:
            if failure.__cause__ is not None:
                raise  # ECS could not be asked: nobody knows
            raise NotRunning("\n".join(failure.message.splitlines()[1:]), failure.remedies) from None
        return self._noted(seen)

    def _restart_pods(self, seen: Seen) -> Seen:
        pods.restart(self.outputs, self.environment, seen.one.readers, offline=self.offline)
        self.rotator.act("rolled", seen.one)
        return self.rotator.see(seen.one)

    def _noted(self, seen: Seen) -> Seen:
        """The function looks for itself whether older tasks are left."""
        if seen.rotation.rolled:
            return seen
        for _ in range(PATIENCE):
            self.rotator.act("sweep", seen.one)
            again = self.rotator.see(seen.one)
            if again.rotation.rolled:
                return again
            self.rotator.sleep(POLL_SECONDS)
        raise Failure(f"{', '.join(seen.one.readers)}: tasks from before the rotation of {seen.one.name} are left")
