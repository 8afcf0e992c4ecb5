"""A service on EKS under pretended AWS. C4, E6, T2, T7, T9."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest

from components.kubernetes.pod import Resources
from offline.kubernetes import checks, kinds
from tests.components.eks_examples import API, DATABASE, ROUTE, SECRETS, WORKER, Run, objects, started


def pod_of(stack: Any) -> dict[str, Any]:
    spec: dict[str, Any] = stack.one("kubernetes:apps/v1:Deployment")["inputs"]["spec"]["template"]["spec"]
    return spec


@pytest.mark.parametrize("given", [API, WORKER, API | {"spot_percent": 60}, API | {"liveness_path": "/alive"}])
def test_every_object_looks_as_kubernetes_publishes_it(run: Run, given: dict[str, Any]) -> None:
    found = objects(started(run, given))
    assert len(found) >= 7
    for made in found:
        _, failures = checks.check(kinds.of_token(made["type"]), made["name"], {}, made["inputs"], "default")
        assert failures == [], made["name"]


def test_the_namespace_refuses_pods_that_are_not_restricted(run: Run) -> None:
    labels = started(run).one("kubernetes:core/v1:Namespace")["inputs"]["metadata"]["labels"]
    assert labels["pod-security.kubernetes.io/enforce"] == "restricted"


def test_a_container_is_promised_a_quarter_of_a_cpu_and_may_take_half(run: Run) -> None:
    (container,) = pod_of(started(run))["containers"]
    disk = {"ephemeral-storage": "512Mi"}
    assert container["resources"] == {
        "requests": {"cpu": "250m", "memory": "256Mi", **disk},
        "limits": {"cpu": "500m", "memory": "512Mi", **disk},
    }
    assert container["ports"] == [{"name": "http", "containerPort": 5000, "protocol": "TCP"}]
    assert {"name": "PORT", "value": "5000"} in container["env"]


def test_the_autoscaler_owns_the_number_of_pods(run: Run) -> None:
    stack = started(run)
    assert "replicas" not in stack.one("kubernetes:apps/v1:Deployment")["inputs"]["spec"]
    spec = stack.one("kubernetes:autoscaling/v2:HorizontalPodAutoscaler")["inputs"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 70}
    out, into = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
    assert out["policies"] == [{"type": "Percent", "value": 100, "periodSeconds": 60}]
    assert into["stabilizationWindowSeconds"] == 300


def test_the_three_probes_differ(run: Run) -> None:
    (container,) = pod_of(started(run))["containers"]
    start, ready, alive = (container[f"{name}Probe"] for name in ("startup", "readiness", "liveness"))
    assert start["httpGet"] == ready["httpGet"] == {"path": "/health", "port": "http"}
    assert start["periodSeconds"] * start["failureThreshold"] == 60
    assert (ready["periodSeconds"], ready["timeoutSeconds"], ready["failureThreshold"]) == (15, 5, 3)
    assert alive["tcpSocket"] == {"port": "http"} and "httpGet" not in alive


def test_a_pod_serves_until_the_load_balancer_has_drained_it(run: Run) -> None:
    pod = pod_of(started(run))
    sleep = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert sleep > 60 and pod["terminationGracePeriodSeconds"] > sleep


def test_a_pod_is_hardened(run: Run) -> None:
    pod = pod_of(started(run))
    assert pod["securityContext"]["runAsNonRoot"] and pod["securityContext"]["runAsUser"] == 10001
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod["automountServiceAccountToken"] is False


def test_pods_spread_over_zones_and_go_one_by_one(run: Run) -> None:
    stack = started(run)
    keys = [one["topologyKey"] for one in pod_of(stack)["topologySpreadConstraints"]]
    assert keys == ["topology.kubernetes.io/zone", "kubernetes.io/hostname"]
    assert stack.one("kubernetes:policy/v1:PodDisruptionBudget")["inputs"]["spec"]["maxUnavailable"] == 1


def test_secrets_come_by_reference_and_no_manifest_holds_one(run: Run) -> None:
    stack = started(run)
    secret_class = stack.one("kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass")["inputs"]["spec"]
    read = json.loads(secret_class["parameters"]["objects"])
    assert {one["objectName"] for one in read} == {
        "headroom/dev/cache/main",
        "headroom/dev/login/api",
        "headroom/dev/service/api/SESSION_KEY",
        "headroom/dev/telemetry/header",
    }
    login = next(one for one in read if one["objectName"].endswith("login/api"))
    assert {"path": "read_url", "objectAlias": "DATABASE_READ_URL"} in login["jmesPath"]
    variables = {one["name"]: one.get("valueFrom") for one in pod_of(stack)["containers"][0]["env"]}
    assert variables["DATABASE_URL"] == {"secretKeyRef": {"name": "api-environment", "key": "DATABASE_URL"}}
    assert "canary-Generated-Password" not in json.dumps([one["inputs"] for one in objects(stack)])
    assert stack.all("kubernetes:core/v1:Secret") == []


def test_the_role_is_the_pods_of_one_account_and_reads_its_own_secrets(run: Run) -> None:
    stack = started(run, preview=True)
    role = stack.one("aws:iam/role:Role")["inputs"]
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    assert trusted["Condition"]["StringEquals"] == {
        "aws:SourceAccount": "111111111111",
        "aws:RequestTag/eks-cluster-name": "headroom-dev",
        "aws:RequestTag/kubernetes-namespace": "api",
        "aws:RequestTag/kubernetes-service-account": "api",
    }
    read, _ = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy")["inputs"]["policy"])["Statement"]
    assert read["Resource"] == [
        f"{SECRETS}:headroom/dev/service/api/SESSION_KEY-??????",
        f"{SECRETS}:headroom/dev/login/api-??????",
        f"{SECRETS}:headroom/dev/cache/main-??????",
        f"{SECRETS}:headroom/dev/telemetry/header-??????",
    ]
    association = stack.one("aws:eks/podIdentityAssociation:PodIdentityAssociation")["inputs"]
    assert (association["namespace"], association["serviceAccount"]) == ("api", "api")


@pytest.mark.parametrize("kind", ["apps/v1:Deployment", "batch/v1:Job"])
def test_pods_start_once_they_can_sign_in_and_read_their_secrets(run: Run, kind: str) -> None:
    """A pod gets its credentials when it starts, or never."""
    stack = started(run)
    waits = stack.one(f"kubernetes:{kind}")["options"]["depends_on"]
    for wanted in (
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "aws:iam/rolePolicy:RolePolicy",
        "kubernetes:secrets-store.csi.x-k8s.io/v1:SecretProviderClass",
        "aws:cloudwatch/logGroup:LogGroup",
    ):
        assert stack.one(wanted)["urn"] in waits, wanted


def test_a_namespace_denies_all_and_allows_what_the_service_has(run: Run) -> None:
    policies = {
        r["name"]: r["inputs"]["spec"] for r in started(run).all("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    }
    assert policies["api-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    (into,) = policies["api-allow-callers"]["ingress"]
    assert {"ipBlock": {"cidr": "10.10.0.0/24"}} in into["from"]
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}} in into["from"]
    assert into["ports"] == [{"protocol": "TCP", "port": 5000}]
    out = {port["port"]: rule.get("to") for rule in policies["api-allow-out"]["egress"] for port in rule["ports"]}
    assert sorted(out) == [53, 80, 443, 5432, 6379, 8080]
    assert out[8080] == [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "users"}}}]
    assert out[5432] == out[6379] == [{"ipBlock": {"cidr": "10.10.32.0/24"}}]
    assert out[443] == [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]


def test_the_pods_stand_behind_the_load_balancer_in_a_target_group_of_their_own(run: Run) -> None:
    stack = started(run)
    spec = stack.one("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding")["inputs"]["spec"]
    assert spec == {
        "serviceRef": {"name": "api", "port": 5000},
        "targetGroupARN": ROUTE.target_group_arn,
        "targetType": "ip",
    }
    selector = stack.one("kubernetes:core/v1:Service")["inputs"]["spec"]["selector"]
    template = stack.one("kubernetes:apps/v1:Deployment")["inputs"]["spec"]["template"]
    job = stack.one("kubernetes:batch/v1:Job")["inputs"]["spec"]["template"]
    assert selector.items() <= template["metadata"]["labels"].items()
    assert not selector.items() <= job["metadata"]["labels"].items()


def test_a_migration_runs_before_the_pods_once_for_each_image(run: Run) -> None:
    stack = started(run)
    job = stack.one("kubernetes:batch/v1:Job")
    assert job["urn"] in stack.one("kubernetes:apps/v1:Deployment")["options"]["depends_on"]
    container = job["inputs"]["spec"]["template"]["spec"]["containers"][0]
    assert container["command"] == ["/app/migrate"]
    past_pool = next(one for one in container["env"] if one["name"] == "DATABASE_URL")
    assert past_pool["valueFrom"]["secretKeyRef"]["key"] == "DATABASE_URL.migration"
    other = started(run, image="ghcr.io/example/api:1.0.1").one("kubernetes:batch/v1:Job")
    assert other["inputs"]["metadata"]["name"] != job["inputs"]["metadata"]["name"]


def test_a_schedule_is_a_cron_job_that_never_runs_twice_at_once(run: Run) -> None:
    spec = started(run).one("kubernetes:batch/v1:CronJob")["inputs"]["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["concurrencyPolicy"]) == ("0 2 * * *", "UTC", "Forbid")
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["restartPolicy"] == "Never"


def test_a_worker_has_neither_service_nor_probes_nor_a_way_in(run: Run) -> None:
    stack = started(run, WORKER)
    assert stack.all("kubernetes:core/v1:Service") == stack.all("TargetGroupBinding") == []
    assert "readinessProbe" not in pod_of(stack)["containers"][0]
    assert stack.names("kubernetes:networking.k8s.io/v1:NetworkPolicy") == ["api-allow-out", "api-deny"]


def test_spot_nodes_are_for_pods_that_say_so(run: Run) -> None:
    assert pod_of(started(run))["nodeSelector"]["karpenter.sh/capacity-type"] == "on-demand"
    pod = pod_of(started(run, spot_percent=60))
    assert "karpenter.sh/capacity-type" not in pod["nodeSelector"]
    (preferred,) = pod["affinity"]["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert preferred["weight"] == 60
    assert preferred["preference"]["matchExpressions"][0]["values"] == ["spot"]


def test_pods_start_when_their_target_group_waits_for_them(run: Run) -> None:
    stack = started(run)
    binding = stack.one("kubernetes:eks.amazonaws.com/v1:TargetGroupBinding")
    assert binding["urn"] in stack.one("kubernetes:apps/v1:Deployment")["options"]["depends_on"]
    annotations = stack.one("kubernetes:core/v1:Service")["inputs"]["metadata"]["annotations"]
    assert annotations == {"pulumi.com/skipAwait": "true"}


def test_pods_are_started_anew_when_what_their_secrets_follow_changes(run: Run) -> None:
    moved = replace(DATABASE, label="headroom-dev-main,headroom-dev-main-1")
    one, other = (
        started(run, databases=[database]).one("kubernetes:apps/v1:Deployment")["inputs"]["spec"]["template"]
        for database in (DATABASE, moved)
    )
    assert one["metadata"]["annotations"] != other["metadata"]["annotations"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"image": "ghcr.io/example/api"}, "image is ghcr.io/example/api: pods that start later"),
        ({"image": "registry:5000/api:latest"}, "name a tag other than latest"),
        ({"min_count": 3, "max_count": 2}, "max_count is 2: it is below min_count, 3"),
        ({"min_count": 0}, "min_count is 0"),
        ({"port": 70000}, "port is 70000"),
        ({"liveness_path": "/health"}, "a database that is down would restart every pod"),
        ({"health_timeout_seconds": 20}, "health_timeout_seconds is 20"),
        ({"critical": True, "spot_percent": 10}, "the service is critical"),
        ({"spot_percent": 10, "drain_seconds": 100}, "drain_seconds is 100: on Spot"),
        ({"spot_percent": 101}, "spot_percent is 101"),
        ({"user": "0:0"}, "user is 0:0"),
        ({"cpu_target_percent": 0}, "cpu_target_percent is 0"),
        ({"scale_out_seconds": 0}, "scale_out_seconds is 0"),
        ({"scale_in_seconds": 3601}, "scale_in_seconds is 3601"),
        ({"resources": Resources(memory_request_mib=513)}, "memory_request_mib is 513: it is above the limit, 512"),
        ({"environment": {"PORT": "1"}}, "environment is PORT"),
        ({"environment": {"DATABASE_URL": "x"}}, "environment is DATABASE_URL"),
        ({"port": None}, "port is missing"),
    ],
)
def test_what_cannot_work_is_refused_before_anything_is_made(run: Run, changed: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=re.escape(told)):
        started(run, **changed)


def test_a_service_is_called_by_its_pods_own_port_or_network_policies_refuse_it(run: Run) -> None:
    [port] = started(run).one("kubernetes:core/v1:Service")["inputs"]["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (5000, "http")


def test_a_caller_is_told_where_to_call(run: Run) -> None:
    told = {one["name"]: one.get("value") for one in pod_of(started(run))["containers"][0]["env"]}
    assert told["SERVICE_URL_USERS"] == "http://users.users.svc.cluster.local:8080"


def test_who_is_called_listens(run: Run) -> None:
    with pytest.raises(ValueError, match="a service that others call must listen on one"):
        started(run, WORKER, callers=["web"])


def test_the_collector_starts_first_stops_last_and_keeps_no_job_from_ending(run: Run) -> None:
    stack = started(run)
    job = stack.one("kubernetes:batch/v1:CronJob")["inputs"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    for pod in (pod_of(stack), job):
        [collector] = pod["initContainers"]
        assert (collector["name"], collector["restartPolicy"]) == ("opentelemetry-collector", "Always")
        assert not {"readinessProbe", "startupProbe"} & set(collector)
        assert collector["livenessProbe"]["exec"] == {"command": ["/healthcheck"]}


def test_the_collector_is_hardened_and_limited(run: Run) -> None:
    [collector] = pod_of(started(run))["initContainers"]
    assert collector["securityContext"] == {
        "runAsUser": 10001,
        "runAsGroup": 10001,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert collector["resources"]["limits"]["memory"] == "128Mi"
    told = {one["name"]: one.get("value") for one in collector["env"]}
    assert "resourcedetection" not in json.loads(told["AOT_CONFIG_CONTENT"])["processors"]


def test_only_the_collector_reads_the_header_of_the_receiver(run: Run) -> None:
    stack = started(run, WORKER, traces=API["traces"])
    pod = pod_of(stack)
    [collector] = pod["initContainers"]
    header = next(one for one in collector["env"] if one["name"] == "TRACES_HEADER")
    assert header["valueFrom"] == {"secretKeyRef": {"name": "api-environment", "key": "TRACES_HEADER"}}
    assert collector["volumeMounts"] == [{"name": "secrets", "mountPath": "/mnt/secrets", "readOnly": True}]
    assert "TRACES_HEADER" not in {one["name"] for one in pod["containers"][0]["env"]}
    assert "secrets" in {volume["name"] for volume in pod["volumes"]}


def test_pods_may_send_traces_to_xray(run: Run) -> None:
    stack = started(run, WORKER, traces=replace(API["traces"], to="xray", endpoint="", header=None), preview=True)
    [statement] = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy")["inputs"]["policy"])["Statement"]
    assert statement["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]


def test_a_migration_has_no_collector_and_is_not_told_of_any(run: Run) -> None:
    pod = started(run).one("kubernetes:batch/v1:Job")["inputs"]["spec"]["template"]["spec"]
    assert "initContainers" not in pod
    names = {one["name"] for one in pod["containers"][0]["env"]}
    assert "SERVICE_URL_USERS" in names and not {name for name in names if name.startswith("OTEL_")}
