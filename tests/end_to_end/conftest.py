"""Copies of the project, each with an emulated AWS of its own; AWS is looked at through boto3.

`standing` holds dev, staging and prod, `options` a stack of its own with every engine and option that they don't have,
and `eks` dev on EKS. Each is brought up once for all tests that look at it: these share a worker, and leave it as they
found it.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from offline import cloud
from offline.engine.cli.main import main as pulumi
from operations.cli import main as headroom
from tests.in_process import called

ROOT = Path(__file__).resolve().parents[2]
LINKED = ("infra", "components", "policies", "operations", "offline", ".venv")
ENVIRONMENTS = ("dev", "staging", "prod")
SCALED = ("ecs", "rds")
"""Namespaces of what is scaled."""
SHARED = {"standing": "environments", "options": "options", "eks": "eks"}
"""Fixture of a stack to the group of the tests that look at it."""
Inventory = dict[str, set[str]]
Call = dict[str, Any]
"""Service and operation of a request, and the names of what it is about: see offline/aws/calls.py."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Groups what looks at the same stack, before xdist hands the groups to workers."""
    for item in items:
        for fixture, group in SHARED.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.xdist_group(group))


@dataclass(frozen=True)
class Project:
    """One fork of the project: its own stack files, state and emulated AWS."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / ".headroom"

    @property
    def environ(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "PULUMI_", "HEADROOM_"))}
        return {**kept, "HEADROOM_OFFLINE_HOME": str(self.home)}

    def start(self, *command: str) -> subprocess.Popen[str]:
        """The command in a process group of its own, so that a test can kill all of it."""
        return subprocess.Popen(
            command, cwd=self.root, env=self.environ, text=True, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *command: str, ok: bool = True) -> str:
        process = self.start(*command)
        output, _ = process.communicate(timeout=300)
        assert (process.returncode == 0) is ok, f"{command} exited with {process.returncode}:\n{output}"
        return output

    def call(self, main: Callable[[], Any], *command: str, ok: bool = True) -> str:
        """As `run`, but in this process: the engine that a command starts is a process all the same."""
        done = called(main, command, folder=self.root, environment=self.environ)
        assert (done.returncode == 0) is ok, f"{command} came to {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout + done.stderr

    def headroom(self, *arguments: str, ok: bool = True) -> str:
        return self.call(headroom, str(self.root / ".venv/bin/headroom"), *arguments, ok=ok)

    def pulumi(self, *arguments: str, ok: bool = True) -> str:
        command = str(self.root / "offline/bin/pulumi")
        if arguments[0] == "stack":  # no more than a look at files
            return self.call(pulumi, command, *arguments, ok=ok)
        return self.run(command, *arguments, ok=ok)

    def state(self, stack: str) -> list[dict[str, Any]]:
        exported = json.loads(self.pulumi("stack", "export", "--stack", stack))
        return list(exported["deployment"].get("resources", []))

    def planned(self, stack: str) -> dict[str, str]:
        """What a preview would do: type and name -> operation, without what stays the same."""
        return planned(self.pulumi("preview", "--stack", stack, "--json"))

    def settings(self, stack: str) -> dict[str, Any]:
        config = yaml.safe_load((self.root / f"Pulumi.{stack}.yaml").read_text())["config"]
        return dict(config)

    def change(self, stack: str, edit: Callable[[dict[str, Any]], None]) -> None:
        path = self.root / f"Pulumi.{stack}.yaml"
        document = yaml.safe_load(path.read_text())
        edit(document["config"])
        path.write_text(yaml.safe_dump(document, sort_keys=False))

    @contextmanager
    def listed_calls(self) -> Iterator[list[Call]]:
        """What the emulated AWS, which must be running, is called meanwhile; told at the end."""
        calls: list[Call] = []
        port = json.loads((self.home / "aws/server.json").read_text())["port"]
        _ask_for_calls(port, "PUT")
        try:
            yield calls
        finally:
            calls += _ask_for_calls(port, "GET")
            _ask_for_calls(port, "DELETE")

    @contextmanager
    def changed(self, stack: str, edit: Callable[[dict[str, Any]], None]) -> Iterator[None]:
        """As `change`, but only for a while."""
        path = self.root / f"Pulumi.{stack}.yaml"
        before = path.read_text()
        self.change(stack, edit)
        try:
            yield
        finally:
            path.write_text(before)

    def restore(self, stack: str) -> None:
        shutil.copy(ROOT / f"Pulumi.{stack}.yaml", self.root)

    def aws_environ(self, stack: str) -> dict[str, str]:
        """What `headroom offline env` hands out for the stack's account."""
        config = self.settings(stack)
        return cloud.environment(cloud.ensure(self.home), config["headroom:account"], config["aws:region"])

    def aws(self, stack: str) -> boto3.Session:
        """A session in the stack's account."""
        given = self.aws_environ(stack)
        session = boto3.Session(
            given["AWS_ACCESS_KEY_ID"], given["AWS_SECRET_ACCESS_KEY"], given["AWS_SESSION_TOKEN"], given["AWS_REGION"]
        )
        return _at(session, given["AWS_ENDPOINT_URL"])


def _at(session: boto3.Session, endpoint: str) -> boto3.Session:
    plain_client = session.client

    def client(service: str, region_name: str | None = None) -> Any:
        return plain_client(service, region_name=region_name, endpoint_url=endpoint)

    session.client = client
    return session


def _ask_for_calls(port: int, method: str) -> list[Call]:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    client.request(method, "/headroom/calls")
    found: list[Call] = json.loads(client.getresponse().read())
    client.close()
    return found


def planned(preview: str) -> dict[str, str]:
    """What a preview said as JSON: type and name -> operation, without what stays the same.

    A replacement is three steps of one resource: it counts as one `replace`.
    """
    steps = json.loads(preview[preview.index("{") :])["steps"]
    replacing = {"create-replacement": "replace", "delete-replaced": "replace"}
    return {_label(s["urn"]): replacing.get(s["op"], s["op"]) for s in steps if s["op"] != "same"}


def _label(urn: str) -> str:
    _, _, kind, name = urn.split("::", 3)
    return f"{kind.rsplit('$', 1)[-1]} {name}"


def fork(folder: Path) -> Project:
    for name in LINKED:
        (folder / name).symlink_to(ROOT / name)
    for path in ROOT.glob("Pulumi*.yaml"):
        shutil.copy(path, folder)
    return Project(folder)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    made = fork(tmp_path_factory.mktemp("project"))
    yield made
    made.headroom("offline", "stop")


@pytest.fixture(scope="module")
def minimal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """A project whose `dev` is the minimal profile, for tests that bring it up many times."""
    made = fork(tmp_path_factory.mktemp("minimal"))
    shutil.copy(ROOT / "profiles/minimal.yaml", made.root / "Pulumi.dev.yaml")
    yield made
    made.headroom("offline", "stop")


@pytest.fixture(scope="session")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Three environments side by side, for tests that change nothing."""
    made = fork(tmp_path_factory.mktemp("standing"))
    yield made
    made.headroom("offline", "stop")


@pytest.fixture(scope="session")
def calls_of_up(standing: Project) -> dict[str, list[Call]]:
    """What each environment's first up called of AWS; filled by `outputs_of_up`."""
    return {}


@pytest.fixture(scope="session")
def outputs_of_up(standing: Project, calls_of_up: dict[str, list[Call]]) -> dict[str, str]:
    """Each environment brought up once, one after the other; what the command printed."""
    standing.headroom("offline", "start")
    printed = {}
    for environment in ENVIRONMENTS:
        with standing.listed_calls() as calls:
            command = str(standing.root / ".venv/bin/headroom"), "up", environment, "--offline"
            printed[environment] = standing.run(*command)
        calls_of_up[environment] = calls
    return printed


@pytest.fixture(scope="session")
def previews(standing: Project, outputs_of_up: dict[str, str]) -> dict[str, tuple[str, list[Call]]]:
    """What a preview of dev and prod prints once they stand, and what it calls of AWS."""
    found = {}
    for environment in ("dev", "prod"):
        with standing.listed_calls() as calls:
            printed = standing.headroom("preview", environment, "--offline")
        found[environment] = printed, calls
    return found


@pytest.fixture(scope="session")
def accounts(standing: Project, outputs_of_up: dict[str, str]) -> dict[str, boto3.Session]:
    """Each environment's account."""
    return {environment: standing.aws(environment) for environment in outputs_of_up}


@pytest.fixture(scope="session")
def options(
    tmp_path_factory: pytest.TempPathFactory, inventory: Callable[[boto3.Session], Inventory]
) -> Iterator[Project]:
    """A stack `dev` with what `options.yaml` asks for, up; after the last test it goes, and nothing may be left."""
    made = fork(tmp_path_factory.mktemp("options"))
    shutil.copy(Path(__file__).with_name("options.yaml"), made.root / "Pulumi.dev.yaml")
    with up_and_down(made, inventory):
        yield made


@pytest.fixture(scope="session")
def eks(tmp_path_factory: pytest.TempPathFactory, inventory: Callable[[boto3.Session], Inventory]) -> Iterator[Project]:
    """dev with one word of its stack file changed, up; after the last test it goes, and nothing may be left."""
    made = fork(tmp_path_factory.mktemp("eks"))
    made.change("dev", on_eks)
    with up_and_down(made, inventory):
        yield made


def on_eks(config: dict[str, Any]) -> None:
    """All that is to be changed."""
    config["headroom:compute"] = "eks"


@contextmanager
def up_and_down(made: Project, inventory: Callable[[boto3.Session], Inventory]) -> Iterator[None]:
    """Brings `dev` up, and takes it down again."""
    made.headroom("offline", "start")
    empty = inventory(made.aws("dev"))
    made.headroom("up", "dev", "--offline")
    yield
    made.headroom("down", "dev", "--offline", "--yes")
    left = inventory(made.aws("dev"))
    made.headroom("offline", "stop")
    assert left == empty


@pytest.fixture(scope="session")
def options_account(options: Project) -> boto3.Session:
    """The account of `options`."""
    return options.aws("dev")


def _ec2(client: Any) -> Inventory:
    def ids(
        operation: str, group: str, key: str, ignore: Callable[[dict[str, Any]], bool] = lambda _: False
    ) -> set[str]:
        return {item[key] for item in getattr(client, operation)()[group] if not ignore(item)}

    default = {vpc["VpcId"] for vpc in client.describe_vpcs()["Vpcs"] if vpc.get("IsDefault")}
    return {
        "vpcs": ids("describe_vpcs", "Vpcs", "VpcId"),
        "subnets": ids("describe_subnets", "Subnets", "SubnetId"),
        "security groups": ids(
            "describe_security_groups", "SecurityGroups", "GroupId", lambda group: group["VpcId"] in default
        ),
        "nat gateways": ids("describe_nat_gateways", "NatGateways", "NatGatewayId", lambda n: n["State"] == "deleted"),
        "internet gateways": ids("describe_internet_gateways", "InternetGateways", "InternetGatewayId"),
        "route tables": ids("describe_route_tables", "RouteTables", "RouteTableId"),
        "addresses": ids("describe_addresses", "Addresses", "AllocationId"),
        "endpoints": ids("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", lambda e: e["State"] == "deleted"),
        "flow logs": ids("describe_flow_logs", "FlowLogs", "FlowLogId"),
    }


def _ecs(client: Any) -> Inventory:
    clusters = client.list_clusters()["clusterArns"]
    active = [
        cluster["clusterArn"]
        for cluster in client.describe_clusters(clusters=clusters)["clusters"]
        if cluster["status"] != "INACTIVE"
    ]
    services = [arn for cluster in active for arn in client.list_services(cluster=cluster)["serviceArns"]]
    return {
        "clusters": set(active),
        "services": set(services),
        "task definitions": set(client.list_task_definitions()["taskDefinitionArns"]),
    }


def _eks(client: Any) -> Inventory:
    clusters = client.list_clusters()["clusters"]
    of_each = {
        "EKS add-ons": lambda name: client.list_addons(clusterName=name)["addons"],
        "EKS access entries": lambda name: client.list_access_entries(clusterName=name)["accessEntries"],
        "pod identities": lambda name: [
            found["associationId"] for found in client.list_pod_identity_associations(clusterName=name)["associations"]
        ],
    }
    parts = {kind: {part for name in clusters for part in listed(name)} for kind, listed in of_each.items()}
    return {"EKS clusters": set(clusters), **parts}


def _kms(client: Any) -> Inventory:
    keys = [client.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in client.list_keys()["Keys"]]
    return {
        "keys": {key["KeyId"] for key in keys if key["KeyState"] != "PendingDeletion" and key["KeyManager"] != "AWS"},
        "key aliases": {a["AliasName"] for a in client.list_aliases()["Aliases"] if "alias/aws/" not in a["AliasName"]},
    }


def _caches(client: Any) -> Inventory:
    groups = client.describe_replication_groups()["ReplicationGroups"]
    parameters = client.describe_cache_parameter_groups()["CacheParameterGroups"]
    return {
        "caches": {group["ReplicationGroupId"] for group in groups},
        "cache nodes": {node["CacheClusterId"] for node in client.describe_cache_clusters()["CacheClusters"]},
        "cache subnet groups": {
            group["CacheSubnetGroupName"] for group in client.describe_cache_subnet_groups()["CacheSubnetGroups"]
        },
        "cache parameter groups": {group["CacheParameterGroupName"] for group in parameters},
        "cache users": {user["UserId"] for user in client.describe_users()["Users"] if user["UserId"] != "default"},
        "cache user groups": {group["UserGroupId"] for group in client.describe_user_groups()["UserGroups"]},
        "serverless caches": {
            cache["ServerlessCacheName"] for cache in client.describe_serverless_caches()["ServerlessCaches"]
        },
    }


def _pools(session: boto3.Session) -> Inventory:
    rds, names, logs = session.client("rds"), session.client("servicediscovery"), session.client("logs")
    return {
        "database proxies": {proxy["DBProxyName"] for proxy in rds.describe_db_proxies()["DBProxies"]},
        "proxy endpoints": {
            endpoint["DBProxyEndpointName"] for endpoint in rds.describe_db_proxy_endpoints()["DBProxyEndpoints"]
        },
        "name spaces": {space["Id"] for space in names.list_namespaces()["Namespaces"]},
        "named services": {service["Id"] for service in names.list_services()["Services"]},
        "metric filters": {found["filterName"] for found in logs.describe_metric_filters()["metricFilters"]},
    }


def _mute_rules(session: boto3.Session) -> list[dict[str, Any]]:
    """Of the environment's region, and of CloudFront's."""
    clients = session.client("cloudwatch"), session.client("cloudwatch", "us-east-1")
    return [rule for client in clients for rule in client.list_alarm_mute_rules()["AlarmMuteRuleSummaries"]]


def _watching(session: boto3.Session) -> Inventory:
    cloudwatch, logs = session.client("cloudwatch"), session.client("logs")
    incidents = cloudwatch.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return {
        "composite alarms": {incident["AlarmName"] for incident in incidents},
        "mute rules": {rule["AlarmMuteRuleArn"] for rule in _mute_rules(session)},
        "dashboards": {board["DashboardName"] for board in cloudwatch.list_dashboards()["DashboardEntries"]},
        "saved queries": {query["name"] for query in logs.describe_query_definitions()["queryDefinitions"]},
    }


def _edge(session: boto3.Session) -> Inventory:
    dns, waf = session.client("route53"), session.client("wafv2")
    zones = [zone["Id"].removeprefix("/hostedzone/") for zone in dns.list_hosted_zones()["HostedZones"]]
    records = [
        f"{zone}_{record['Name'].removesuffix('.')}_{record['Type']}"
        for zone in zones
        for record in dns.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
        if record["Type"] not in ("NS", "SOA")  # AWS's own, of each zone
    ]
    certificates = session.client("acm").list_certificates()["CertificateSummaryList"]
    return {
        "hosted zones": set(zones),
        "records": set(records),
        "certificates": {certificate["CertificateArn"] for certificate in certificates},
        "web ACLs": {acl["ARN"] for acl in waf.list_web_acls(Scope="REGIONAL")["WebACLs"]},
    }


def _cdn(session: boto3.Session) -> Inventory:
    """CloudFront's, and what of it lies in us-east-1."""
    client, there = session.client("cloudfront"), "us-east-1"
    logs, kms = session.client("logs", there), _kms(session.client("kms", there))
    acls = session.client("wafv2", there).list_web_acls(Scope="CLOUDFRONT")["WebACLs"]
    certificates = session.client("acm", there).list_certificates()["CertificateSummaryList"]
    found = {
        "distributions": (client.list_distributions()["DistributionList"].get("Items", []), "Id"),
        "origin access controls": (
            client.list_origin_access_controls()["OriginAccessControlList"].get("Items", []),
            "Id",
        ),
        "VPC origins": (client.list_vpc_origins()["VpcOriginList"].get("Items", []), "Id"),
        "edge functions": (client.list_functions()["FunctionList"].get("Items", []), "Name"),
        "log deliveries": (logs.describe_deliveries()["deliveries"], "id"),
        "log delivery sources": (logs.describe_delivery_sources()["deliverySources"], "name"),
        "log delivery destinations": (logs.describe_delivery_destinations()["deliveryDestinations"], "name"),
        "edge log groups": (logs.describe_log_groups()["logGroups"], "logGroupName"),
        "edge alarms": (session.client("cloudwatch", there).describe_alarms()["MetricAlarms"], "AlarmName"),
        "edge topics": (session.client("sns", there).list_topics()["Topics"], "TopicArn"),
        "edge web ACLs": (acls, "ARN"),
        "edge certificates": (certificates, "CertificateArn"),
    }
    policies = client.list_cache_policies(Type="custom")["CachePolicyList"].get("Items", [])
    headers = client.list_response_headers_policies(Type="custom")["ResponseHeadersPolicyList"].get("Items", [])
    return {
        **{kind: {item[key] for item in items} for kind, (items, key) in found.items()},
        **{f"edge {kind}": names for kind, names in kms.items()},
        "cache policies": {item["CachePolicy"]["Id"] for item in policies},
        "response headers policies": {item["ResponseHeadersPolicy"]["Id"] for item in headers},
    }


def is_aws_own(group: dict[str, Any]) -> bool:
    """Groups of an engine's defaults appear with the first instance that has none of its own, and stay."""
    return str(group["DBParameterGroupName"]).startswith("default.")


def _listed(session: boto3.Session) -> Inventory:
    rds, iam, elb = session.client("rds"), session.client("iam"), session.client("elbv2")
    scaling = session.client("application-autoscaling")
    found = {
        "database instances": (rds.describe_db_instances()["DBInstances"], "DBInstanceIdentifier"),
        "database clusters": (rds.describe_db_clusters()["DBClusters"], "DBClusterIdentifier"),
        "cluster parameter groups": (
            rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"],
            "DBClusterParameterGroupName",
        ),
        "copies of backups": (
            session.client("rds", "eu-west-1").describe_db_instance_automated_backups()["DBInstanceAutomatedBackups"],
            "DBInstanceAutomatedBackupsArn",
        ),
        "database subnet groups": (rds.describe_db_subnet_groups()["DBSubnetGroups"], "DBSubnetGroupName"),
        "parameter groups": (
            [g for g in rds.describe_db_parameter_groups()["DBParameterGroups"] if not is_aws_own(g)],
            "DBParameterGroupName",
        ),
        "roles": (iam.list_roles()["Roles"], "RoleName"),
        "policies": (iam.list_policies(Scope="Local")["Policies"], "PolicyName"),
        "users": (iam.list_users()["Users"], "UserName"),
        "identity providers": (iam.list_open_id_connect_providers()["OpenIDConnectProviderList"], "Arn"),
        "load balancers": (elb.describe_load_balancers()["LoadBalancers"], "LoadBalancerName"),
        "target groups": (elb.describe_target_groups()["TargetGroups"], "TargetGroupName"),
        "secrets": (session.client("secretsmanager").list_secrets()["SecretList"], "Name"),
        "log groups": (session.client("logs").describe_log_groups()["logGroups"], "logGroupName"),
        "alarms": (session.client("cloudwatch").describe_alarms()["MetricAlarms"], "AlarmName"),
        "topics": (session.client("sns").list_topics()["Topics"], "TopicArn"),
        "scalable targets": (
            [t for of in SCALED for t in scaling.describe_scalable_targets(ServiceNamespace=of)["ScalableTargets"]],
            "ResourceId",
        ),
        "scaling policies": (
            [p for of in SCALED for p in scaling.describe_scaling_policies(ServiceNamespace=of)["ScalingPolicies"]],
            "PolicyARN",
        ),
        "scheduled scaling": (
            [a for of in SCALED for a in scaling.describe_scheduled_actions(ServiceNamespace=of)["ScheduledActions"]],
            "ScheduledActionARN",
        ),
        "buckets": (session.client("s3").list_buckets()["Buckets"], "Name"),
        "functions": (session.client("lambda").list_functions()["Functions"], "FunctionName"),
        "event rules": (session.client("events").list_rules()["Rules"], "Name"),
        "schedules": (session.client("scheduler").list_schedules()["Schedules"], "Name"),
        "schedule groups": (
            [g for g in session.client("scheduler").list_schedule_groups()["ScheduleGroups"] if g["Name"] != "default"],
            "Name",
        ),
        "repositories": (session.client("ecr").describe_repositories()["repositories"], "repositoryName"),
    }
    return {kind: {item[key] for item in items} for kind, (items, key) in found.items()}


@pytest.fixture(scope="session")
def inventory() -> Callable[[boto3.Session], Inventory]:
    """Everything that stands in an account, by kind, as AWS names it."""

    def take(session: boto3.Session) -> Inventory:
        return {
            **_ec2(session.client("ec2")),
            **_ecs(session.client("ecs")),
            **_eks(session.client("eks")),
            **_kms(session.client("kms")),
            **_caches(session.client("elasticache")),
            **_pools(session),
            **_watching(session),
            **_edge(session),
            **_cdn(session),
            **_listed(session),
            "queues": set(session.client("sqs").list_queues().get("QueueUrls", [])),
        }

    return take
