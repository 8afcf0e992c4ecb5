"""The gate of rollouts: what ECS and Kubernetes answer, and whether it is what was asked for."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.promotion.health.look import Span
from operations.promotion.health.rollout_gate import NAME, RolloutGate
from operations.promotion.model import Check
from operations.rollout import SERVICES_AT_ONCE
from tests.operations.programs import Programs
from tests.operations.promotion.health.watched import HOUR, LIMITS, NOON, Replayed, Resource, health, resource

FAMILY = "arn:aws:ecs:eu-central-1:222222222222:task-definition/headroom-staging"


def outputs(*services: str) -> dict[str, Any]:
    given = {
        name: {"name": f"{name}-1a2b", "task_definition": f"{FAMILY}-{name}:7", "log_group": f"/headroom/{name}"}
        for name in services
    }
    return {"compute": "ecs", "cluster": "headroom-staging", "services": given}


def described(service: str, revision: int = 7, **more: Any) -> dict[str, Any]:
    """A service as DescribeServices tells of it."""
    deployment = {
        "status": "PRIMARY",
        "taskDefinition": f"{FAMILY}-{service}:{revision}",
        "rolloutState": "COMPLETED",
        "desiredCount": 2,
        "runningCount": 2,
        **more,
    }
    return {"serviceName": f"{service}-1a2b", "status": "ACTIVE", "deployments": [deployment]}


def gate(aws: Any, given: dict[str, Any], resources: tuple[Resource, ...] = ()) -> Check:
    (found,) = [one for one in health(aws, resources, given).checks(NOON - HOUR, LIMITS) if one.name == NAME]
    return found


def on_ecs(*services: dict[str, Any]) -> Replayed:
    """ECS that knows these services, and of no deployment of theirs."""
    aws = Replayed()
    aws.answers("ecs", "describe_services", {"services": list(services)})
    for _ in services:
        aws.answers("ecs", "list_service_deployments", {})
    return aws


def test_services_that_run_what_was_asked_for_pass() -> None:
    found = gate(on_ecs(described("api"), described("web")), outputs("api", "web"))
    assert (found.passed, found.said) == (True, "api: 2 of 2 tasks run revision 7; web: 2 of 2 tasks run revision 7")


def test_a_service_that_was_rolled_back_shuts_the_gate_and_is_named_alone() -> None:
    found = gate(on_ecs(described("api"), described("web", revision=6)), outputs("api", "web"))
    assert not found.passed
    assert found.said == "web: revision 6 runs, and 7 was asked for: ECS rolled it back, or somebody did."
    assert "bring the environment up again" in found.remedies[0]


def test_a_rollout_under_way_is_to_be_waited_for() -> None:
    found = gate(on_ecs(described("api", rolloutState="IN_PROGRESS", runningCount=1)), outputs("api"))
    assert (found.passed, found.said) == (False, "api: 1 of 2 tasks run revision 7")
    assert found.remedies == ("wait until the rollout is complete, then give the same command",)


def test_services_that_sleep_show_nothing_of_a_release() -> None:
    asleep = described("web", desiredCount=0, runningCount=0)
    found = gate(on_ecs(described("api"), asleep), outputs("api", "web"))
    assert not found.passed
    assert found.said == "no task is asked for of web, and what does not run shows nothing: no data is no pass"
    assert "wake staging" in found.remedies[0]


def test_that_services_sleep_in_a_bake_time_is_not_the_releases_doing() -> None:
    aws = on_ecs(described("web", desiredCount=0, runningCount=0))
    look = RolloutGate(aws, "staging", outputs("web"), ()).look(Span(since=NOON - HOUR, until=NOON, baking=True))  # type: ignore[arg-type]
    assert (look.check.passed, look.check.said) == (True, "web: 0 of 0 tasks run revision 7")


def test_a_deployment_that_an_alarm_ended_is_told_with_the_alarm() -> None:
    aws = Replayed()
    arn = "arn:aws:ecs:eu-central-1:222222222222:service-deployment/headroom-staging/api-1a2b/one"
    revision = "arn:aws:ecs:eu-central-1:222222222222:service-revision/headroom-staging/api-1a2b/1"
    aws.answers("ecs", "describe_services", {"services": [{**described("api"), "currentServiceDeployment": arn}]})
    deployment = {
        "serviceDeploymentArn": arn,
        "status": "ROLLBACK_SUCCESSFUL",
        "targetServiceRevision": {"arn": revision},
        "alarms": {"triggeredAlarmNames": ["headroom-staging-api-errors-page"]},
    }
    aws.answers("ecs", "describe_service_deployments", {"serviceDeployments": [deployment]})
    bringing = {"serviceRevisionArn": revision, "taskDefinition": f"{FAMILY}-api:7"}
    aws.answers("ecs", "describe_service_revisions", {"serviceRevisions": [bringing]})
    found = gate(aws, outputs("api"))
    assert found.said == "api: ECS rolled revision 7 back. Alarm: headroom-staging-api-errors-page."


def test_a_service_that_ecs_does_not_know_shuts_the_gate() -> None:
    assert gate(on_ecs(described("api")), outputs("api", "web")).said == "web: ECS does not know it"


def test_many_services_are_asked_for_in_parts() -> None:
    names = [f"s{number:02}" for number in range(SERVICES_AT_ONCE + 1)]
    aws = Replayed()
    for part in (names[:SERVICES_AT_ONCE], names[SERVICES_AT_ONCE:]):
        asked = [f"{name}-1a2b" for name in part]
        answer = {"services": [described(name) for name in part]}
        aws.answers("ecs", "describe_services", answer, cluster="headroom-staging", services=asked)
    aws.refuses("ecs", "list_service_deployments", "AccessDeniedException", "no")
    assert gate(aws, outputs(*names)).passed


def test_what_ecs_refuses_shuts_the_gate_in_its_words() -> None:
    aws = Replayed()
    aws.refuses("ecs", "describe_services", "ThrottlingException", "Rate exceeded")
    found = gate(aws, outputs("api"))
    assert (found.passed, found.remedies) == (False, ("give the same command again in a minute",))
    assert found.said.endswith("Rate exceeded")


def test_a_stack_without_services_has_nothing_to_roll_out() -> None:
    assert gate(Replayed(), {"compute": "ecs", "cluster": "", "services": {}}).passed


EKS = {
    "compute": "eks",
    "cluster": "headroom-staging",
    "region": "eu-central-1",
    "account": "222222222222",
    "services": {"api": {"name": "api", "namespace": "api", "log_group": "/headroom/api"}},
}


def spec(image: str = "registry/api@sha256:aa") -> dict[str, Any]:
    return {"replicas": 2, "template": {"spec": {"containers": [{"name": "api", "image": image}]}}}


def asked(image: str = "registry/api@sha256:aa") -> Resource:
    """The Deployment as the stack's state has it."""
    metadata = {"name": "api", "namespace": "api"}
    return resource("kubernetes:apps/v1:Deployment", "api", metadata=metadata, spec=spec(image))


def live(**status: Any) -> dict[str, Any]:
    """The Deployment as Kubernetes tells of it."""
    counts = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2}
    revision = {"deployment.kubernetes.io/revision": "4"}
    return {"metadata": {"generation": 3, "annotations": revision}, "spec": spec(), "status": {**counts, **status}}


@pytest.fixture
def kubectl(programs: Programs) -> Programs:
    """It tells of the Deployment."""
    programs.answer(json.dumps(live()))
    return programs


def test_kubernetes_is_asked_in_the_environments_own_cluster(kubectl: Programs) -> None:
    found = gate(Replayed(), EKS, (asked(),))
    assert (found.passed, found.said) == (True, "api: 2 of 2 pods run revision 4")
    (access, question) = kubectl.asked
    assert "--name headroom-staging --region eu-central-1" in access
    assert question == "kubectl --kubeconfig KUBECONFIG --request-timeout=20s -n api get deployment/api -o json"


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"readyReplicas": 1}, "api: 1 of 2 pods run revision 4"),
        ({"updatedReplicas": 1}, "api: 1 of 2 pods run revision 4"),
        ({"observedGeneration": 2}, "api: 2 of 2 pods run revision 4"),
        ({"replicas": 3}, "api: 2 of 2 pods run revision 4"),
        (
            {
                "readyReplicas": 0,
                "conditions": [{"type": "Progressing", "reason": "ProgressDeadlineExceeded", "message": "timed out"}],
            },
            "api: 0 of 2 pods run revision 4. timed out",
        ),
    ],
)
def test_pods_that_are_not_all_ready_and_new_shut_the_gate(
    kubectl: Programs, status: dict[str, Any], said: str
) -> None:
    kubectl.answer(json.dumps(live(**status)))
    found = gate(Replayed(), EKS, (asked(),))
    assert (found.passed, found.said) == (False, said)


def test_no_pod_that_is_asked_for_shows_nothing_of_a_release(kubectl: Programs) -> None:
    none = dict.fromkeys(("replicas", "updatedReplicas", "readyReplicas"), 0)
    kubectl.answer(json.dumps({**live(**none), "spec": {**spec(), "replicas": 0}}))
    assert "what does not run shows nothing" in gate(Replayed(), EKS, (asked(),)).said


def test_images_are_compared_where_the_state_has_them(kubectl: Programs) -> None:
    assert gate(Replayed(), EKS).passed


def test_another_image_than_was_asked_for_shuts_the_gate(kubectl: Programs) -> None:
    found = gate(Replayed(), EKS, (asked("registry/api@sha256:bb"),))
    assert found.said == "api: registry/api@sha256:aa runs, and registry/api@sha256:bb was asked for"


def test_a_cluster_that_can_not_be_reached_shuts_the_gate_with_the_way_in(kubectl: Programs) -> None:
    kubectl.fail("get", "Unable to connect to the server: i/o timeout")
    found = gate(Replayed(), EKS)
    assert not found.passed
    assert found.said == (
        "kubectl did not tell what runs in the cluster headroom-staging: Unable to connect to the server: i/o timeout"
    )
    assert found.remedies[0].startswith("aws eks describe-cluster --name headroom-staging --region eu-central-1")
    assert "private" in found.remedies[1]


def test_words_of_kubectl_that_are_no_answer_shut_the_gate(kubectl: Programs) -> None:
    kubectl.answer("surprise")
    assert not gate(Replayed(), EKS).passed


def test_offline_it_is_said_that_pods_are_not_looked_at() -> None:
    aws = Replayed()
    aws.emulated = True
    found = gate(aws, EKS)
    assert found.passed
    assert found.said == "not looked at: the emulated Kubernetes keeps the Deployments of 1 service and runs no pods"
