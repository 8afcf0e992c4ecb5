"""What ECS tells of a service's deployments: how far one is, and why it was rolled back.

DescribeServices tells what runs; only the deployment itself tells which alarm ended it, and how far the requests have
moved. A deployer's role that may not ask for deployments (`ecs:ListServiceDeployments`,
`ecs:DescribeServiceDeployments`, `ecs:DescribeServiceRevisions`) still learns the first.

Source: docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html, API_ServiceDeploymentBrief.html,
API_ServiceRevision.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

AT_ONCE = 20
"""Deployments, and revisions, that one call describes (their documented limit)."""
NOT_TOLD = frozenset(
    {"AccessDeniedException", "UnsupportedFeatureException", "InvalidAction", "UnknownOperationException"}
)
"""Errors after which nothing is asked of deployments any more: they say the same next time."""

UNDER_WAY = frozenset({"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"})
"""States that another follows."""

STAGES: Mapping[str, str] = {
    "RECONCILE_SERVICE": "ECS ends what other deployments left",
    "PRE_SCALE_UP": "its tasks are about to start",
    "SCALE_UP": "its tasks start",
    "POST_SCALE_UP": "its tasks have started",
    "TEST_TRAFFIC_SHIFT": "its tasks have started",
    "POST_TEST_TRAFFIC_SHIFT": "its tasks have started",
    "PRE_PRODUCTION_TRAFFIC_SHIFT": "requests are about to move to it",
    "PRODUCTION_TRAFFIC_SHIFT": "requests move to it",
    "POST_PRODUCTION_TRAFFIC_SHIFT": "requests have moved to it",
    "BAKE_TIME": "the old tasks are kept until the bake time is over",
    "CLEAN_UP": "the old tasks stop",
}
"""A deployment's lifecycle stage in words."""

Answer = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """The newest deployment of a service."""

    task_definition: str
    """ARN of the revision that it brings."""
    status: str
    """ECS's word: `IN_PROGRESS`, `SUCCESSFUL`, `ROLLBACK_SUCCESSFUL`, ..."""
    stage: str
    """How far it is, in words; empty where ECS names no stage."""
    why: str
    """Why it ended as it did; empty while it goes well."""


class Deployments:
    """Asks ECS for the newest deployment of services, as rarely as will do."""

    def __init__(self, ecs: Any, cluster: str) -> None:
        self._ecs, self._cluster = ecs, cluster
        self._definitions: dict[str, str] = {}
        self._told = True

    def newest(self, services: Sequence[Answer]) -> dict[str, Deployment]:
        """The newest deployment of each service that has one, by the service's name. `services` are as DescribeServices
        answers. Raises ClientError for what may pass, such as throttling."""
        if not self._told:
            return {}
        try:
            arns = {str(service["serviceName"]): self._newest_arn(service) for service in services}
            described = self._describe([arn for arn in arns.values() if arn])
            self._learn_definitions(described.values())
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in NOT_TOLD:
                self._told = False
                return {}
            raise
        return {name: self._read(described[arn]) for name, arn in arns.items() if arn in described}

    def _newest_arn(self, service: Answer) -> str:
        if service.get("currentServiceDeployment"):
            return str(service["currentServiceDeployment"])
        # No order is documented, so all are looked through; ECS keeps them for a while only.
        newest = max(self._listed(service), key=lambda brief: str(brief.get("createdAt") or ""), default=None)
        return str(newest["serviceDeploymentArn"]) if newest else ""

    def _listed(self, service: Answer) -> Iterator[Answer]:
        asked: dict[str, Any] = {"cluster": self._cluster, "service": str(service["serviceName"]), "maxResults": 100}
        while True:
            answer = self._ecs.list_service_deployments(**asked)
            yield from answer.get("serviceDeployments") or ()
            if not answer.get("nextToken"):
                return
            asked["nextToken"] = answer["nextToken"]

    def _describe(self, arns: Sequence[str]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        for part in _parts(arns):
            answer = self._ecs.describe_service_deployments(serviceDeploymentArns=part)
            found |= {str(told["serviceDeploymentArn"]): told for told in answer.get("serviceDeployments") or ()}
        return found

    def _learn_definitions(self, deployments: Iterable[Answer]) -> None:
        """Task definitions of the revisions that the deployments bring; a revision never changes."""
        unknown = {_revision(told) for told in deployments} - {"", *self._definitions}
        for part in _parts(sorted(unknown)):
            answer = self._ecs.describe_service_revisions(serviceRevisionArns=part)
            for revision in answer.get("serviceRevisions") or ():
                self._definitions[str(revision["serviceRevisionArn"])] = str(revision.get("taskDefinition") or "")

    def _read(self, told: Answer) -> Deployment:
        return Deployment(
            task_definition=self._definitions.get(_revision(told), ""),
            status=str(told.get("status") or ""),
            stage=_stage(told),
            why=_why(told),
        )


def _parts(arns: Sequence[str]) -> Iterator[list[str]]:
    for start in range(0, len(arns), AT_ONCE):
        yield list(arns[start : start + AT_ONCE])


def _revision(told: Answer) -> str:
    return str((told.get("targetServiceRevision") or {}).get("arn") or "")


def _stage(told: Answer) -> str:
    """`requests move to it (10 %)`: the share is told while it moves."""
    words = STAGES.get(str(told.get("lifecycleStage") or ""), "")
    weight = (told.get("targetServiceRevision") or {}).get("requestedProductionTrafficWeight")
    if words and weight is not None and told.get("lifecycleStage") == "PRODUCTION_TRAFFIC_SHIFT":
        words += f" ({float(weight):g} %)"
    return words


def _why(told: Answer) -> str:
    """In ECS's words, with the alarms that it names, and how often tasks failed."""
    rollback, alarms = told.get("rollback") or {}, told.get("alarms") or {}
    breaker = told.get("deploymentCircuitBreaker") or {}
    ended = told.get("status") not in ("PENDING", "IN_PROGRESS", "SUCCESSFUL")
    said = [str(text).strip() for text in (told.get("statusReason"), rollback.get("reason")) if text] if ended else []
    if alarms.get("triggeredAlarmNames"):
        said.append(f"Alarm: {', '.join(alarms['triggeredAlarmNames'])}")
    if breaker.get("status") == "TRIGGERED":
        said.append(f"{breaker.get('failureCount', 0)} tasks failed, of {breaker.get('threshold', 0)} that may")
    return ". ".join(text.rstrip(".") for text in dict.fromkeys(said))
