"""Calls among services, and traces, on the emulated AWS, seen through boto3. C4, E5, O3."""

from __future__ import annotations

import json
from typing import Any

import boto3

COLLECTOR = "opentelemetry-collector"


def service(session: boto3.Session, name: str) -> dict[str, Any]:
    ecs = session.client("ecs")
    (cluster,) = ecs.list_clusters()["clusterArns"]
    (arn,) = [arn for arn in ecs.list_services(cluster=cluster)["serviceArns"] if f"/{name}-" in arn]
    return dict(ecs.describe_services(cluster=cluster, services=[arn])["services"][0])


def containers(session: boto3.Session, name: str) -> dict[str, dict[str, Any]]:
    found = session.client("ecs").describe_task_definition(taskDefinition=f"headroom-dev-{name}")["taskDefinition"]
    return {container["name"]: container for container in found["containerDefinitions"]}


def told(container: dict[str, Any]) -> dict[str, str]:
    return {pair["name"]: pair["value"] for pair in container["environment"]}


def groups_let_in(session: boto3.Session, group: str, port: int) -> set[str]:
    rules = session.client("ec2").describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])[
        "SecurityGroupRules"
    ]
    return {
        rule["ReferencedGroupInfo"]["GroupId"]
        for rule in rules
        if not rule["IsEgress"] and rule["ToPort"] == port and "ReferencedGroupInfo" in rule
    }


def group_of(found: dict[str, Any]) -> str:
    (group,) = found["networkConfiguration"]["awsvpcConfiguration"]["securityGroups"]
    return str(group)


def test_a_called_service_has_a_name_in_a_name_space_that_is_not_in_dns(options_account: boto3.Session) -> None:
    [shop] = service(options_account, "shop")["deployments"]
    connect = shop["serviceConnectConfiguration"]
    spaces = {n["Arn"]: n for n in options_account.client("servicediscovery").list_namespaces()["Namespaces"]}
    space = spaces[connect["namespace"]]
    assert (space["Name"], space["Type"]) == ("headroom-dev", "HTTP")
    [endpoint] = connect["services"]
    assert endpoint["clientAliases"] == [{"port": 8080, "dnsName": "shop"}]
    assert (endpoint["portName"], endpoint["ingressPortOverride"]) == ("http", 15000)


def test_its_streams_have_no_limit(options_account: boto3.Session) -> None:
    [shop] = service(options_account, "shop")["deployments"]
    [endpoint] = shop["serviceConnectConfiguration"]["services"]
    assert endpoint["timeout"] == {"perRequestTimeoutSeconds": 0, "idleTimeoutSeconds": 3600}


def test_exactly_its_caller_reaches_it_past_the_load_balancer(options_account: boto3.Session) -> None:
    shop, collector = (service(options_account, name) for name in ("shop", "collector"))
    assert groups_let_in(options_account, group_of(shop), 15000) == {group_of(collector)}
    assert group_of(collector) not in groups_let_in(options_account, group_of(shop), 8080)
    assert told(containers(options_account, "collector")["collector"])["SERVICE_URL_SHOP"] == "http://shop:8080"
    [deployment] = collector["deployments"]
    assert not deployment["serviceConnectConfiguration"].get("services")


def test_a_collector_stands_beside_each_service_that_wants_one(options_account: boto3.Session) -> None:
    shop = containers(options_account, "shop")
    assert set(shop) == {"shop", COLLECTOR}
    assert set(containers(options_account, "collector")) == {"collector"}
    found = shop[COLLECTOR]
    assert (found["essential"], found["memory"], found["readonlyRootFilesystem"]) == (False, 200, True)
    assert json.loads(told(found)["AOT_CONFIG_CONTENT"])["exporters"]["awsxray"]["region"] == "eu-central-1"
    assert told(shop["shop"])["OTEL_TRACES_SAMPLER_ARG"] == "0.2"


def test_the_service_may_send_traces_and_reaches_xray_without_nat(options_account: boto3.Session) -> None:
    definition = options_account.client("ecs").describe_task_definition(taskDefinition="headroom-dev-shop")
    role = definition["taskDefinition"]["taskRoleArn"].rpartition("/")[2]
    iam = options_account.client("iam")
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    [send] = [s for s in statements if s["Sid"] == "SendTraces"]
    assert send["Action"] == ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
    endpoints = options_account.client("ec2").describe_vpc_endpoints()["VpcEndpoints"]
    assert "com.amazonaws.eu-central-1.xray" in {endpoint["ServiceName"] for endpoint in endpoints}


def test_a_migration_runs_without_a_collector(options_account: boto3.Session) -> None:
    assert set(containers(options_account, "shop_migrate")) == {"shop-migrate"}
