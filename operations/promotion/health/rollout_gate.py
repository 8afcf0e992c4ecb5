"""Whether every service runs what the last `up` asked for."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

from operations.clients import Clients
from operations.deployments import Deployments
from operations.promotion.health.look import AwsError, Look, counted, refused, shut
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

    def __init__(self, aws: Clients, given: Mapping[str, Any], resources: Sequence[Resource]) -> None:
        """`given` are the stack's outputs."""
        self._aws, self._outputs, self._resources = aws, given, resources

    def look(self) -> Look:
        """What runs, compared with what was asked for."""
        services: Mapping[str, Any] = self._outputs.get("services") or {}
        if not any("task_definition" in given or "namespace" in given for given in services.values()):
            return _passed("the stack has no services")
        if self._outputs.get("compute") == "eks":
            return self._on_eks(services)
        try:
            return _told(self._on_ecs(wanted(self._outputs)))
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

    def _on_eks(self, services: Mapping[str, Any]) -> Look:
        if self._aws.emulated:
            number = counted(len(services), "service")
            return _passed(f"not looked at: the emulated Kubernetes keeps the Deployments of {number} and runs no pods")
        asked = {
            (metadata.get("namespace"), metadata.get("name")): outputs(resource)
            for resource in of_type(self._resources, DEPLOYMENT)
            for metadata in [dict(outputs(resource).get("metadata") or {})]
        }
        verdicts: dict[str, Verdict] = {}
        for name, given in sorted(services.items()):
            place = str(given.get("namespace")), str(given.get("name"))
            try:
                live = self._deployment(*place)
            except (OSError, subprocess.SubprocessError, ValueError) as error:
                return self._unreachable(str(error))
            verdicts[name] = judge_deployment(live, asked.get(place, {}))
        return _told(verdicts)

    def _deployment(self, namespace: str, name: str) -> Mapping[str, Any]:
        """A Deployment as Kubernetes has it now. Raises OSError or ValueError where kubectl does not tell."""
        if shutil.which("kubectl") is None:
            raise FileNotFoundError("there is no kubectl on PATH")
        given = self._outputs
        context = f"arn:aws:eks:{given.get('region')}:{given.get('account')}:cluster/{given.get('cluster')}"
        words = [
            "--context",
            context,
            "--request-timeout=20s",
            "-n",
            namespace,
            "get",
            f"deployment/{name}",
            "-o",
            "json",
        ]
        done = subprocess.run(["kubectl", *words], capture_output=True, text=True, check=False, timeout=LONGEST_SECONDS)
        if done.returncode != 0:
            raise ValueError(done.stderr.strip() or f"kubectl ended with exit code {done.returncode}")
        return dict(json.loads(done.stdout))

    def _unreachable(self, why: str) -> Look:
        given = self._outputs
        return shut(
            NAME,
            f"kubectl did not tell what runs in the cluster {given.get('cluster')}: {why.strip()}",
            (
                f"aws eks update-kubeconfig --name {given.get('cluster')} --region {given.get('region')}",
                "where the cluster's endpoint is private, give the command from inside of its network",
            ),
        )


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
    return Verdict(State.RUNS if done else State.WAITING, says)


def _images(deployment: Mapping[str, Any]) -> list[str]:
    spec = ((deployment.get("spec") or {}).get("template") or {}).get("spec") or {}
    return sorted(str(container.get("image")) for container in spec.get("containers") or ())


def _told(verdicts: Mapping[str, Verdict]) -> Look:
    """One gate of all services: those that do not run what was asked for, or else all."""
    bad = {name: verdict for name, verdict in verdicts.items() if verdict.state is not State.RUNS}
    if not bad:
        return _passed("; ".join(f"{name}: {verdict.says}" for name, verdict in verdicts.items()))
    failed = any(verdict.state is State.FAILED for verdict in bad.values())
    remedy = (
        "bring the environment up again, or deploy what runs there"
        if failed
        else "wait until the rollout is complete, then give the same command"
    )
    said = "; ".join(f"{name}: {verdict.says}" for name, verdict in bad.items())
    return shut(NAME, said, (remedy,), fallen=failed, unfinished=not failed)


def _passed(said: str) -> Look:
    return Look(check=Check(name=NAME, passed=True, said=said), news="complete")
