"""Whether every service runs what the last `up` asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from operations.clients import Clients
from operations.deployments import Deployments
from operations.kubectl import Kubectl, KubectlError, kubectl
from operations.program_name import headroom
from operations.promotion.health.look import AwsError, Look, Span, counted, refused, shut, some
from operations.promotion.model import Check
from operations.rollout import SERVICES_AT_ONCE, State, Verdict, Wanted, judge, wanted
from operations.state import of_type, outputs

NAME = "rollouts complete"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
LONGEST_SECONDS = 60
"""How long kubectl may take for one answer."""
GENERATION = "deployment.kubernetes.io/revision"

Resource = Mapping[str, Any]


class RolloutGate:
    """Looks once at the services of a cluster."""

    def __init__(self, aws: Clients, environment: str, given: Mapping[str, Any], resources: Sequence[Resource]) -> None:
        """`given` are the stack's outputs."""
        self._aws, self._environment, self._outputs, self._resources = aws, environment, given, resources

    def look(self, span: Span) -> Look:
        """What runs, compared with what was asked for. Where nothing runs a release shows nothing; that an environment
        sleeps in its bake time is not its doing."""
        services: Mapping[str, Any] = self._outputs.get("services") or {}
        if not any("task_definition" in given or "namespace" in given for given in services.values()):
            return _passed("the stack has no services")
        if self._outputs.get("compute") == "eks":
            return self._on_eks(services, span)
        try:
            return self._told(self._on_ecs(wanted(self._outputs)), span)
        except AwsError as error:
            return refused(NAME, "ECS", error)

    def _on_ecs(self, services: Sequence[Wanted]) -> dict[str, Verdict]:
        ecs, cluster = self._aws("ecs"), str(self._outputs.get("cluster") or "")
        found: dict[str, Mapping[str, Any]] = {}
        for start in range(0, len(services), SERVICES_AT_ONCE):
            names = [asked.ecs_name for asked in services[start : start + SERVICES_AT_ONCE]]
            answer = ecs.describe_services(cluster=cluster, services=names)
            found |= {str(described["serviceName"]): described for described in answer.get("services") or ()}
        newest = Deployments(ecs, cluster).newest(list(found.values()))
        return {
            asked.service: judge(asked, found.get(asked.ecs_name), newest.get(asked.ecs_name)) for asked in services
        }

    def _on_eks(self, services: Mapping[str, Any], span: Span) -> Look:
        if self._aws.emulated:
            number = counted(len(services), "service")
            return _passed(f"not looked at: the emulated Kubernetes keeps the Deployments of {number} and runs no pods")
        asked = {
            (metadata.get("namespace"), metadata.get("name")): outputs(resource)
            for resource in of_type(self._resources, DEPLOYMENT)
            for metadata in [dict(outputs(resource).get("metadata") or {})]
        }
        try:
            with kubectl(self._outputs, self._environment) as ask:
                verdicts = {
                    name: judge_deployment(_deployment(ask, *place), asked.get(place, {}))
                    for name, given in sorted(services.items())
                    for place in [(str(given.get("namespace")), str(given.get("name")))]
                }
        except KubectlError as error:
            said = f"kubectl did not tell what runs in the cluster {self._outputs.get('cluster')}: {error}"
            return shut(NAME, said, error.remedies)
        return self._told(verdicts, span)

    def _told(self, verdicts: Mapping[str, Verdict], span: Span) -> Look:
        """One gate of all services: those that do not run what was asked for, or else all."""
        bad = {name: verdict for name, verdict in verdicts.items() if verdict.state is not State.RUNS}
        asleep = [name for name, verdict in verdicts.items() if verdict.asleep]
        if bad:
            failed = any(verdict.state is State.FAILED for verdict in bad.values())
            remedy = (
                "bring the environment up again, or deploy what runs there"
                if failed
                else "wait until the rollout is complete, then give the same command"
            )
            return shut(NAME, _said(bad), (remedy,), fallen=failed, unfinished=not failed)
        if asleep and not span.baking:
            return shut(
                NAME,
                f"no task is asked for of {some(asleep)}, and what does not run shows nothing: no data is no pass",
                (f"{headroom('wake', self._environment)}  where it sleeps; then let it run for the soak time",),
            )
        return _passed(_said(verdicts))


def _deployment(ask: Kubectl, namespace: str, name: str) -> Mapping[str, Any]:
    """A Deployment as Kubernetes has it now. Raises KubectlError."""
    words = ["--request-timeout=20s", "-n", namespace, "get", f"deployment/{name}", "-o", "json"]
    said = ask(*words, seconds=LONGEST_SECONDS)
    try:
        return dict(json.loads(said))
    except ValueError as error:
        raise KubectlError(f"{said[:80]!r} is no answer: {error}") from error


def judge_deployment(live: Mapping[str, Any], asked: Mapping[str, Any]) -> Verdict:
    """What a Deployment's status means, beside what the state says was asked for.

    Source: kubernetes.io/docs/concepts/workloads/controllers/deployment/#deployment-status
    """
    metadata, spec, status = (dict(live.get(part) or {}) for part in ("metadata", "spec", "status"))
    images, asked_images = _images(live), _images(asked)
    if asked_images and images != asked_images:
        return Verdict(State.FAILED, f"{', '.join(images)} runs, and {', '.join(asked_images)} was asked for")
    conditions = {str(one.get("type")): one for one in status.get("conditions") or ()}
    progressing = conditions.get("Progressing", {})
    desired, ready = int(spec.get("replicas", 1)), int(status.get("readyReplicas") or 0)
    updated, total = int(status.get("updatedReplicas") or 0), int(status.get("replicas") or 0)
    revision = (metadata.get("annotations") or {}).get(GENERATION, "?")
    says = f"{min(ready, updated)} of {desired} pods run revision {revision}"
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return Verdict(State.FAILED, f"{says}. {progressing.get('message', '')}".strip())
    seen = int(status.get("observedGeneration") or 0) >= int(metadata.get("generation") or 0)
    done = seen and updated >= desired and ready >= desired and total <= updated
    return Verdict(State.RUNS if done else State.WAITING, says, asleep=not desired)


def _images(deployment: Mapping[str, Any]) -> list[str]:
    spec = ((deployment.get("spec") or {}).get("template") or {}).get("spec") or {}
    return sorted(str(container.get("image")) for container in spec.get("containers") or ())


def _said(verdicts: Mapping[str, Verdict]) -> str:
    return "; ".join(f"{name}: {verdict.says}" for name, verdict in verdicts.items())


def _passed(said: str) -> Look:
    return Look(check=Check(name=NAME, passed=True, said=said), news="complete")
