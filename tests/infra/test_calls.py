"""Calls among services, and traces, in the whole program. C4, E5, O3."""

import json

import pytest

from infra.settings import SettingsError, load
from infra.settings.problems import to_config
from tests.infra.stack_files import on_eks

SIZE = {"cpu_units": 512, "memory_mib": 1024}


def web_calls_api(content):
    content["headroom:services"]["web"] |= {"calls": ["api"], **SIZE}
    content["headroom:services"]["api"] |= SIZE


def told(stack, service):
    definition = stack.one("ecs/taskDefinition:TaskDefinition", service)["inputs"]
    return {pair["name"]: pair["value"] for pair in json.loads(definition["containerDefinitions"])[0]["environment"]}


def test_who_calls_is_deployed_after_whom_it_calls_and_told_its_url(up):
    stack = up("dev", web_calls_api)
    api, web = (stack.one("ecs/service:Service", name) for name in ("api", "web"))
    assert api["urn"] in web["options"]["depends_on"]
    assert told(stack, "web")["SERVICE_URL_API"] == "http://api:5000"
    assert not [name for name in told(stack, "api") if name.startswith("SERVICE_URL_")]


def test_only_who_calls_or_is_called_has_a_proxy_in_one_name_space(up):
    stack = up("dev", web_calls_api)
    assert stack.one("HttpNamespace")["inputs"]["name"] == "headroom-dev"
    with_proxy = {s["name"] for s in stack.all("ecs/service:Service") if "serviceConnectConfiguration" in s["inputs"]}
    assert with_proxy == {"web", "api"}


def test_nobody_else_may_call(up):
    stack = up("dev", web_calls_api)
    rules = [r["inputs"] for r in stack.all("SecurityGroupIngressRule") if r["inputs"].get("toPort") == 15000]
    assert [(rule["securityGroupId"], rule["referencedSecurityGroupId"]) for rule in rules] == [("api-id", "web-id")]


def test_a_private_service_with_a_port_can_be_called(up):
    def change(content):
        content["headroom:services"]["worker"] |= {"port": 7000, **SIZE}
        content["headroom:services"]["api"] |= {"calls": ["worker"], **SIZE}

    stack = up("dev", change)
    assert told(stack, "api")["SERVICE_URL_WORKER"] == "http://worker:7000"
    assert "loadBalancers" not in stack.one("ecs/service:Service", "worker")["inputs"]


def test_without_calls_and_traces_there_is_nothing_of_them(up):
    stack = up("dev")
    assert stack.all("HttpNamespace") == []
    for definition in stack.all("ecs/taskDefinition:TaskDefinition"):
        assert "opentelemetry-collector" not in definition["inputs"]["containerDefinitions"]


def test_each_service_has_a_collector_unless_it_wants_none(up):
    def change(content):
        content["headroom:telemetry"] = {"traces": "xray"}
        content["headroom:services"]["worker"]["traces"] = False

    stack = up("dev", change)
    with_collector = {
        d["name"]
        for d in stack.all("ecs/taskDefinition:TaskDefinition")
        if '"name": "opentelemetry-collector"' in d["inputs"]["containerDefinitions"]
    }
    assert with_collector == {"api", "web"}


def test_without_nat_traces_reach_xray_by_an_endpoint(up):
    def change(content):
        content["headroom:telemetry"] = {"traces": "xray", "image": f"{ecr}/collector:v0.49.0"}
        content["headroom:network"]["nat"] = "none"
        for service in content["headroom:services"].values():
            service["image"] = f"{ecr}/any:1"
        content["headroom:tasks"] = {"postgres_image": f"{ecr}/postgres:17", "mysql_image": f"{ecr}/mysql:8.4"}

    ecr = "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
    stack = up("dev", change)
    assert "network-xray" in stack.names("ec2/vpcEndpoint:VpcEndpoint")
    assert "network-xray" not in up("dev").names("ec2/vpcEndpoint:VpcEndpoint")


def test_a_receiver_elsewhere_is_reached_by_its_port_with_a_secret_header(up):
    def change(content):
        content["headroom:telemetry"] = {
            "traces": "otlp",
            "endpoint": "https://otlp.example.com:4318",
            "header": "x-api-key",
        }

    stack = up("dev", change)
    assert stack.one("secretsmanager/secret:Secret", "traces-header")["inputs"]["name"] == (
        "headroom/dev/telemetry/header"
    )
    ways_out = {r["name"] for r in stack.all("SecurityGroupEgressRule") if "cidrIpv4" in r["inputs"]}
    assert {"api-out-443", "api-out-4318", "worker-out-4318"} <= ways_out


def test_on_eks_the_same_variable_leads_to_the_same_service(up):
    def change(content):
        web_calls_api(content)
        content["headroom:telemetry"] = {"traces": "xray"}
        on_eks(content)

    stack = up("dev", change)
    pods = {r["name"]: r["inputs"]["spec"]["template"]["spec"] for r in stack.all("kubernetes:apps/v1:Deployment")}
    given = {one["name"]: one.get("value") for one in pods["web-pods"]["containers"][0]["env"]}
    assert given["SERVICE_URL_API"] == "http://api.api.svc.cluster.local:5000"
    assert {name for name, pod in pods.items() if "initContainers" in pod} == {"api-pods", "web-pods", "worker-pods"}
    callers = stack.one("kubernetes:networking.k8s.io/v1:NetworkPolicy", "api-allow-callers")["inputs"]["spec"]
    [rule] = callers["ingress"]
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}} in rule["from"]
    assert stack.all("HttpNamespace") == []


def test_services_that_call_each_other_around_are_refused_on_ecs_only(up):
    content = {
        "aws:region": "eu-central-1",
        "headroom:account": "111111111111",
        "headroom:owner": "backend",
        "headroom:network": {"cidr": "10.10.0.0/16", "zones": ["a", "b"], "nat": "single"},
        "headroom:services": {
            "one": {"image": "a/one:1", "port": 1, "calls": ["two"], **SIZE},
            "two": {"image": "a/two:1", "port": 2, "calls": ["one"], **SIZE},
        },
    }
    with pytest.raises(SettingsError, match="one calls two calls one, and a task on ECS knows only the names"):
        load(*to_config(content), "Pulumi.dev.yaml")
    deployer = "arn:aws:iam::111111111111:role/deployer"
    content |= {
        "headroom:compute": "eks",
        "headroom:eks": {"admins": {"ci": deployer}, "public_cidrs": ["203.0.113.7/32"]},
    }
    assert load(*to_config(content), "Pulumi.dev.yaml").services["one"].calls == ("two",)
