"""Rules on how it is noticed that something no longer works."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from policies.graph import Graph, Resource
from policies.parts import Part, is_not_true, whole
from policies.rule import GraphRule, ResourceRule, Rule
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined
from policies.workloads import (
    ECS_SERVICE,
    SERVICES,
    SERVING,
    TASK_DEFINITION,
    lasting_containers,
    pod_spec,
    task_containers,
)

TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
LISTENERS = frozenset({"aws:lb/listener:Listener", "aws:lb/listenerRule:ListenerRule"})
CLASSIC_STICKINESS = frozenset(
    {
        "aws:elb/appCookieStickinessPolicy:AppCookieStickinessPolicy",
        "aws:elb/loadBalancerCookieStickinessPolicy:LoadBalancerCookieStickinessPolicy",
    }
)
GRACE_SECONDS = 60
"""How long a new task may fail the load balancer's checks; less ends tasks that are still starting."""

SET_PATH = "set headroom:services.<name>.health_path to a path that answers 200 while the service works"
SET_COMMAND = "set headroom:services.<name>.health_command to what fails when the service no longer works"
STICKINESS_OFF = "turn stickiness off, and keep sessions in headroom:caches"


def target_health_check(group: Properties) -> Verdict:
    """A load balancer that is not told what to ask asks `/`: it takes out healthy targets that have nothing there, and
    keeps broken ones whose start page still answers.

    Targets of a network load balancer are asked for a connection, which AWS does by itself, and functions are asked
    nothing, as each question would run one.
    """
    off = whole(group).demand(
        "healthCheck.enabled", lambda value: value is not False, "turns the check off", "remove enabled: false"
    )
    kind, protocol = lookup(group, "targetType"), lookup(group, "protocol")
    if kind == "lambda":
        return PASS
    for path, value in (("targetType", kind), ("protocol", protocol)):
        if value is UNKNOWN:
            return undetermined(path)
    if protocol not in ("HTTP", "HTTPS"):
        return off
    asks = whole(group).demand("healthCheck.path", _is_path, "names no path to ask for", SET_PATH)
    return combine((off, asks))


def _is_path(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def container_health(subject: Resource, graph: Graph) -> Verdict:
    """ECS replaces a task whose process hangs only if the definition says how to notice; behind a load balancer it ends
    new tasks within a minute where they get no time to start.

    ECS takes no notice of the HEALTHCHECK of an image. One-off tasks end by themselves, and need none.
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/healthcheck.html
    """
    if subject.type == ECS_SERVICE:
        return _grace(subject)
    if not graph.referrers(subject, "taskDefinition", ECS_SERVICE):
        return PASS
    return combine(_checked(container, subject.name) for container in task_containers(subject.properties))


def _grace(service: Resource) -> Verdict:
    balancers = lookup(service.properties, "loadBalancers")
    if balancers is UNKNOWN:
        return undetermined("loadBalancers")
    if balancers is MISSING or balancers == []:
        return PASS
    what = f"gives a new task less than {GRACE_SECONDS} s before the load balancer's checks count"
    remedy = f"set healthCheckGracePeriodSeconds to {GRACE_SECONDS} or more"
    return whole(service.properties).demand("healthCheckGracePeriodSeconds", _long_enough, what, remedy)


def _long_enough(value: Any) -> bool:
    return isinstance(value, int | float) and value >= GRACE_SECONDS


def _checked(container: Part, service: str) -> Verdict:
    essential = container.get("essential")
    if container.value is UNKNOWN or essential is UNKNOWN:
        return undetermined(container.at("essential"))
    if essential is False:
        return PASS
    remedy = SET_COMMAND.replace("<name>", service)
    return container.demand("healthCheck.command", _asks_something, "has no health check", remedy)


def _asks_something(command: Any) -> bool:
    return isinstance(command, list) and bool(command) and command[0] != "NONE"


def pod_probes(workload: Properties) -> Verdict:
    """Kubernetes restarts what hangs, sends requests to what is ready, and waits for what starts slowly only where
    probes tell it; one probe for both restarts pods because their database is down, all at once.

    What has no port gets no requests, and so needs no readiness. Sidecars that fail take the pod along by their own
    liveness.
    """
    pod = pod_spec(workload)
    return combine(verdict for container in lasting_containers(pod) for verdict in _probed(container))


def _probed(container: Part) -> Iterator[Verdict]:
    if container.value is UNKNOWN:
        yield undetermined(container.where)
        return
    yield container.demand("livenessProbe", _probes, "has no liveness probe, so nothing restarts it", SET_COMMAND)
    started = container.get("startupProbe")
    if started is MISSING and not _waits(container):
        what = "has neither a start-up probe nor an initial delay, so a slow start counts as a failure"
        yield fail(container.at("startupProbe"), what, "set startupProbe to what livenessProbe asks")
    ports = container.get("ports")
    if ports is UNKNOWN:
        yield undetermined(container.at("ports"))
    elif ports not in (MISSING, []):
        yield container.demand("readinessProbe", _probes, "gets requests before it is ready", SET_PATH)
        yield _distinct(container)


def _probes(value: Any) -> bool:
    return isinstance(value, dict) and bool(value)


def _waits(container: Part) -> bool:
    delay = container.get("livenessProbe.initialDelaySeconds")
    return delay is UNKNOWN or (isinstance(delay, int | float) and delay > 0)


def _distinct(container: Part) -> Verdict:
    """What is asked must differ, or how patiently: kube-score's pod-probes-identical."""
    liveness, readiness = container.get("livenessProbe"), container.get("readinessProbe")
    if _probes(liveness) and liveness == readiness:
        what = "is the same as the readiness probe, so that what should only get no requests is restarted"
        return fail(
            container.at("livenessProbe"), what, "set headroom:services.<name>.liveness_path, or another patience"
        )
    return PASS


def stickiness_off(subject: Properties) -> Verdict:
    """Clients that stick to a target keep an overloaded or outdated one busy while new ones idle, and lose their
    session with it.

    Covers target groups, weighted forwarding of listeners, cookie policies of classic load balancers, and the affinity
    of a Kubernetes service. A blue-green deployment needs none either: ECS moves all requests at once.
    """
    if lookup(subject, "loadBalancer") is not MISSING and lookup(subject, "lbPort") is not MISSING:
        return fail("lbPort", "makes clients of a classic load balancer stick to a target", "remove the policy")
    root = whole(subject)
    affinity = "makes clients stick to a pod"
    verdicts = [
        root.demand("stickiness.enabled", is_not_true, "makes clients stick to a target", STICKINESS_OFF),
        root.demand("spec.sessionAffinity", lambda value: value != "ClientIP", affinity, STICKINESS_OFF),
    ]
    for action in (*root.parts("defaultActions"), *root.parts("actions")):
        what = "makes clients stick to a target group"
        verdicts.append(action.demand("forward.stickiness.enabled", is_not_true, what, STICKINESS_OFF))
    return combine(verdicts)


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=target_health_check,
        title="Target groups ask for a path that tells whether the service works",
        types=frozenset({TARGET_GROUP}),
        severity="medium",
        references=("Checkov CKV_AWS_261", "requirement T3"),
    ),
    GraphRule(
        check=container_health,
        title="ECS notices containers that no longer work, and lets new ones start",
        types=frozenset({ECS_SERVICE, TASK_DEFINITION}),
        severity="medium",
        references=("requirement T1",),
    ),
    ResourceRule(
        check=pod_probes,
        title="Kubernetes knows when pods have started, are ready, and work",
        types=SERVING,
        severity="medium",
        references=("Checkov CKV_K8S_8", "Checkov CKV_K8S_9", "kube-score pod-probes"),
    ),
    ResourceRule(
        check=stickiness_off,
        title="No client sticks to a target",
        types=frozenset({TARGET_GROUP}) | LISTENERS | CLASSIC_STICKINESS | SERVICES,
        severity="medium",
        references=("requirement T3",),
    ),
)
