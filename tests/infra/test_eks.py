"""The same stack files on EKS: one word is another, and everything that depends on it. T2, T6, T7, T9, E5."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.contract import explain
from infra.differences import DIFFERENCES, differences
from infra.outputs import OUTPUTS
from infra.settings import load
from infra.settings.problems import to_config
from offline.kubernetes import checks, kinds

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
SERVICES = {"api", "web", "worker"}


def on_eks(content: dict[str, Any]) -> None:
    content["headroom:compute"] = "eks"


@pytest.fixture(scope="module")
def busy(up: Any) -> Any:
    """dev with what its file leaves out: a migration, a pool, a night, other times, a shell."""

    def change(content: dict[str, Any]) -> None:
        on_eks(content)
        content["headroom:databases"]["main"]["pooling"] = "pgbouncer"
        content["headroom:services"]["api"]["migrate"] = ["/app/migrate"]
        content["headroom:services"]["api"]["liveness_path"] = "/alive"
        content["headroom:services"]["worker"]["port"] = 9000
        content["headroom:services"]["worker"].pop("health_command", None)
        content["headroom:schedules"]["report"] |= {"cpu_units": 1024, "memory_mib": 2048, "enabled": False}
        content["headroom:cluster"]["execute_command"] = True

    return up("dev", change)


def objects(stack: Any) -> list[dict[str, Any]]:
    return [made for made in stack.resources if made["type"].startswith("kubernetes:")]


def pod(stack: Any, service: str) -> dict[str, Any]:
    spec: dict[str, Any] = stack.one("Deployment", f"{service}-pods")["inputs"]["spec"]["template"]["spec"]
    return spec


def allowed_out(stack: Any, service: str) -> dict[int, list[str]]:
    """Port -> ranges that a service's pods reach."""
    rules = stack.one("NetworkPolicy", f"{service}-allow-out")["inputs"]["spec"]["egress"]
    return {
        rule["ports"][0]["port"]: [to["ipBlock"]["cidr"] for to in rule.get("to", []) if "ipBlock" in to]
        for rule in rules
    }


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_exports_the_same_as_on_ecs(up, eks, environment):
    here, there = eks(environment).exports, up(environment).exports
    assert set(here) == set(there) == set(OUTPUTS)
    assert (here["compute"], there["compute"]) == ("eks", "ecs")
    assert here["cluster"] == f"headroom-{environment}"
    assert set(here["services"]) == set(there["services"])
    for name, service in here["services"].items():
        assert service["name"] == service["namespace"] == name
        assert service["log_group"] == there["services"][name]["log_group"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_service_is_left_on_ecs_and_each_has_all_that_kubernetes_wants(eks, environment):
    stack = eks(environment)
    for kind in ("ecs/service:Service", "appautoscaling/target:Target", "scheduler/schedule:Schedule"):
        assert stack.all(kind) == []
    namespaces = {made["inputs"]["metadata"]["name"] for made in stack.all("core/v1:Namespace")}
    assert namespaces >= SERVICES
    for kind in ("Deployment", "HorizontalPodAutoscaler", "PodDisruptionBudget", "ServiceAccount"):
        assert {made["inputs"]["metadata"].get("namespace") for made in stack.all(kind)} >= SERVICES
    assert {made["inputs"]["namespace"] for made in stack.all("PodIdentityAssociation")} == SERVICES


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_object_looks_as_kubernetes_publishes_it(eks, environment):
    for made in objects(eks(environment)):
        _, failures = checks.check(kinds.of_token(made["type"]), made["name"], {}, made["inputs"], "default")
        assert failures == [], made["name"]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_policy_document_is_unknown_in_a_first_preview(eks, environment):
    for made in eks(environment, preview=True).resources:
        for key in ("policy", "assumeRolePolicy"):
            if made["type"].startswith("aws:") and key in made["inputs"] and "ecr/" not in made["type"]:
                assert json.loads(made["inputs"][key])["Version"] == "2012-10-17", made["name"]


def test_services_are_as_large_and_as_many_as_on_ecs(eks):
    stack = eks("prod")
    [container] = pod(stack, "api")["containers"]
    assert container["resources"]["limits"]["cpu"] == "1000m"
    assert container["resources"]["requests"]["memory"] == "1024Mi"
    spec = stack.one("HorizontalPodAutoscaler", "api-scaling")["inputs"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 10)


def test_critical_work_keeps_off_spot_nodes_and_other_work_prefers_them(eks):
    assert pod(eks("prod"), "api")["nodeSelector"]["karpenter.sh/capacity-type"] == "on-demand"
    assert "nodeAffinity" in pod(eks("dev"), "worker")["affinity"]
    assert len(eks("prod").all("NodePool")) == 1
    assert len(eks("dev").all("NodePool")) == 2


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_service_is_told_the_same_on_both_platforms(up, eks, environment):
    for name in SERVICES:
        definition = up(environment).one("ecs/taskDefinition:TaskDefinition", name)["inputs"]
        on_ecs = json.loads(definition["containerDefinitions"])[0]
        there = {pair["name"] for key in ("environment", "secrets") for pair in on_ecs.get(key, ())}
        [container] = pod(eks(environment), name)["containers"]
        here = {pair["name"] for pair in container["env"]}
        assert here == there
        secret = {pair["name"] for pair in container["env"] if "valueFrom" in pair}
        assert secret == {pair["name"] for pair in on_ecs.get("secrets", ())}


def test_secrets_and_alarms_have_the_names_that_they_have_on_ecs_and_are_taken_over(up, eks):
    for kind, key in (("secretsmanager/secret:Secret", "name"), ("cloudwatch/logGroup:LogGroup", "name")):
        names = {made["inputs"][key] for made in up("dev").all(kind)}
        assert {name for name in names if "run-task" not in name} <= {m["inputs"][key] for m in eks("dev").all(kind)}
    service = eks("dev").one("headroom:compute:EksService", "api")
    assert any("EcsService" in alias for alias in service["options"]["aliases"])
    before = up("dev").one("headroom:compute:EcsService", "api")
    assert any("EksService" in alias for alias in before["options"]["aliases"])


def test_requests_turn_to_pods_that_are_healthy_and_the_rule_is_the_one_of_ecs(up, eks):
    stack = eks("dev")
    rule, before = (found.one("lb/listenerRule:ListenerRule", "api") for found in (stack, up("dev")))
    pods = stack.one("Deployment", "api-pods")
    assert pods["urn"] in rule["options"]["depends_on"]
    assert rule["urn"] == before["urn"]
    assert rule["inputs"]["priority"] == before["inputs"]["priority"]
    attached = stack.one("lb/listenerRule:ListenerRule", "api-pods")
    assert attached["inputs"]["conditions"] == [{"sourceIp": {"values": ["192.0.2.1/32"]}}]
    binding = stack.one("TargetGroupBinding", "api-binding")
    assert attached["urn"] in binding["options"]["depends_on"]
    assert binding["urn"] in pods["options"]["depends_on"]


def test_the_way_back_may_wait_for_tasks_as_the_way_there_waits_for_pods(up):
    def change(content):
        content["headroom:cluster"]["wait_for_tasks"] = True

    stack = up("dev", change)
    service = stack.one("ecs/service:Service", "api")
    assert service["inputs"]["waitForSteadyState"] is True
    assert service["urn"] in stack.one("lb/listenerRule:ListenerRule", "api")["options"]["depends_on"]
    attached = stack.one("lb/listenerRule:ListenerRule", "api-tasks")
    assert attached["urn"] in service["options"]["depends_on"]
    assert up("dev").one("ecs/service:Service", "api")["inputs"]["waitForSteadyState"] is False


def test_the_load_balancer_gets_in_and_pods_get_to_their_stores_and_nowhere_else(eks):
    stack = eks("dev")
    [rule] = stack.one("NetworkPolicy", "api-allow-callers")["inputs"]["spec"]["ingress"]
    # dev's load balancer is internal, behind CloudFront, in the private subnets.
    assert [source["ipBlock"]["cidr"] for source in rule["from"]] == ["10.10.0.0/20", "10.10.32.0/20"]
    isolated = ["10.10.24.0/21", "10.10.56.0/21"]
    out = allowed_out(stack, "api")
    assert (out[5432], out[6379], out[443]) == (isolated, isolated, ["0.0.0.0/0"])
    assert 6379 not in allowed_out(stack, "worker")
    ingress = {made["name"] for made in stack.all("SecurityGroupIngressRule")}
    assert {"eks-load-balancer-5000", "eks-database-main-5432", "eks-cache-main-6379"} <= ingress


def test_a_network_and_a_database_that_stood_before_are_reached_by_what_is_known_of_them(up):
    def change(content):
        on_eks(content)
        subnets = {
            f"{tier}_subnets": [f"subnet-{index}{letter * 7}" for letter in "ab"]
            for index, tier in enumerate(("public", "private", "isolated"))
        }
        content["headroom:network"] = {
            "cidr": "10.10.0.0/16",
            "zones": ["a", "b"],
            "existing": {"vpc_id": "vpc-0a1b2c3d", **subnets},
        }
        content["headroom:databases"]["main"] = {
            "engine": "postgres",
            "existing": {
                "address": "shared.abcdefghijkl.eu-central-1.rds.amazonaws.com",
                "secret": "arn:aws:secretsmanager:eu-central-1:111111111111:secret:shared/main-AbCdEf",
                "security_group": "sg-0a1b2c3d4e5f67890",
            },
        }

    stack = up("dev", change)
    [rule] = stack.one("NetworkPolicy", "api-allow-callers")["inputs"]["spec"]["ingress"]
    assert [source["ipBlock"]["cidr"] for source in rule["from"]] == ["10.10.0.0/16"]
    assert allowed_out(stack, "api")[5432] == ["0.0.0.0/0"]
    assert stack.one("eks/cluster:Cluster")["inputs"]["vpcConfig"]["subnetIds"] == [
        "subnet-1aaaaaaa",
        "subnet-1bbbbbbb",
    ]


def test_the_ecs_cluster_is_made_for_what_is_a_task_on_eks_too_and_else_not(eks, busy, up):
    def without_databases(content):
        on_eks(content)
        for service in content["headroom:services"].values():
            service.pop("database", None)
        content["headroom:databases"] = {}

    assert len(eks("dev").all("ecs/cluster:Cluster")) == 1
    assert len(busy.all("ecs/service:Service")) == 1  # PgBouncer
    alone = up("dev", without_databases)
    assert alone.all("ecs/cluster:Cluster") == alone.all(
        "lambda/function:Function",
    ) or not alone.all("ecs/cluster:Cluster")
    assert len(alone.all("Deployment")) == 3


def test_pods_reach_pgbouncer_where_its_tasks_are(busy):
    assert set(allowed_out(busy, "api")[6432]) == {
        *("10.10.24.0/21", "10.10.56.0/21"),
        *("10.10.0.0/20", "10.10.32.0/20"),
    }


def test_a_schedule_is_a_cron_job_at_the_same_time_with_its_name_and_size(eks, busy):
    jobs = {made["inputs"]["metadata"]["name"]: made["inputs"]["spec"] for made in eks("dev").all("CronJob")}
    assert {name: (spec["schedule"], spec["timeZone"], spec["suspend"]) for name, spec in jobs.items()} == {
        "cleanup": ("0 * * * *", "UTC", False),
        "report": ("0 2 * * *", "UTC", False),
        "partitions": ("0 3 * * SUN", "UTC", False),
    }
    assert jobs["cleanup"]["startingDeadlineSeconds"] == 30 * 60
    spec = busy.one("CronJob", "worker-schedule-report")["inputs"]["spec"]
    [container] = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert spec["suspend"] is True
    assert container["resources"]["limits"] == {"cpu": "1000m", "memory": "2048Mi", "ephemeral-storage": "512Mi"}
    assert {"name": "SCHEDULE_NAME", "value": "report"} in container["env"]
    assert explain("SCHEDULE_NAME") is not None


def test_a_migration_is_a_job_before_the_pods_and_no_task_of_ecs(busy):
    job = busy.one("batch/v1:Job", "api-migration")
    assert job["urn"] in busy.one("Deployment", "api-pods")["options"]["depends_on"]
    assert job["inputs"]["spec"]["activeDeadlineSeconds"] == 600
    runner = json.dumps([made["inputs"] for made in busy.all("RolePolicy") if "run-task" in made["name"]])
    assert "migrate" not in runner


def test_probes_ask_what_the_settings_name_and_restart_nothing_for_a_database(eks, busy):
    [public] = pod(eks("dev"), "api")["containers"]
    assert public["readinessProbe"]["httpGet"]["path"] == public["startupProbe"]["httpGet"]["path"] == "/health"
    assert public["livenessProbe"]["tcpSocket"] == {"port": "http"}
    [named] = pod(busy, "api")["containers"]
    assert named["livenessProbe"]["httpGet"]["path"] == "/alive"
    # Nobody promised that a private service answers HTTP.
    [private] = pod(busy, "worker")["containers"]
    assert private["readinessProbe"]["tcpSocket"] == private["startupProbe"]["tcpSocket"] == {"port": "http"}


def test_whoever_is_named_gets_into_the_cluster_and_nobody_else(eks):
    entries = {made["inputs"]["principalArn"] for made in eks("prod").all("eks/accessEntry:AccessEntry")}
    assert entries == {"arn:aws:iam::333333333333:role/deploy"}
    cluster = eks("prod").one("eks/cluster:Cluster")["inputs"]
    assert cluster["vpcConfig"]["endpointPublicAccess"] is False
    assert cluster["deletionProtection"] is True


def test_the_cluster_s_log_groups_are_ones_that_the_key_may_encrypt(up, eks):
    [key] = [made for made in eks("dev").all("kms/key:Key") if made["name"] == "services"]
    for group in ("/aws/eks/headroom-dev/cluster", "/aws/containerinsights/headroom-dev/*"):
        assert f"log-group:{group}" in key["inputs"]["policy"]
    [key] = [made for made in up("dev").all("kms/key:Key") if made["name"] == "services"]
    assert "/aws/eks" not in key["inputs"]["policy"]


def test_without_a_way_to_the_internet_nodes_reach_aws_by_endpoints(up):
    def change(content):
        on_eks(content)
        content["headroom:network"]["nat"] = "none"
        account, region = content["headroom:account"], content["aws:region"]
        for image in ("postgres_image", "mysql_image"):
            content["headroom:tasks"][image] = f"{account}.dkr.ecr.{region}.amazonaws.com/clients:1"

    endpoints = {made["inputs"]["serviceName"] for made in up("dev", change).all("VpcEndpoint")}
    for service in ("ec2", "eks", "eks-auth", "ecr.dkr", "secretsmanager"):
        assert f"com.amazonaws.eu-central-1.{service}" in endpoints


def test_without_observability_nothing_is_watched_that_nobody_measures(up):
    def change(content):
        on_eks(content)
        content["headroom:eks"]["observability"] = False

    alarms = {made["name"] for made in up("dev", change).all("MetricAlarm")}
    assert "api-down" in alarms
    assert not {"worker-no-tasks", "api-cpu-high", "worker-errors-logged"} & alarms


@pytest.mark.parametrize("platform", DIFFERENCES)
def test_the_guide_tells_what_each_platform_takes_otherwise(platform):
    guide = (ROOT / "docs" / "eks.md").read_text()
    assert [one.setting for one in DIFFERENCES[platform] if f"`{one.setting}`" not in guide] == []


def test_what_eks_takes_otherwise_is_said_once_a_setting_and_nothing_that_nobody_set():
    content = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())["config"]
    content["headroom:sleep"]["enabled"] = False
    for service in content["headroom:services"].values():
        service |= {"requests_per_target": None, "backlog_per_task": None, "health_command": [], "spot_percent": 0}
    on_eks(content)
    assert list(differences(load(*to_config(content), "Pulumi.dev.yaml"))) == []
    content["headroom:services"]["api"]["requests_per_target"] = 10
    content["headroom:services"]["web"]["requests_per_target"] = 10
    [said] = differences(load(*to_config(content), "Pulumi.dev.yaml"))
    assert said == (
        "headroom:services.api.requests_per_target, headroom:services.web.requests_per_target: requests bring no more "
        "pods on EKS: the CPU alone does (docs/eks.md)"
    )


def test_whoever_is_on_ecs_does_not_pay_for_kubernetes():
    code = "import infra.program, sys; print('pulumi_kubernetes' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
