"""A service under pretended AWS. C4, E6, T1."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pulumi
import pytest

from components.access import Scope
from components.databases.links import DatabaseUserLink, Door
from components.databases.logins import Login
from components.links import CacheLink, ClusterLink, FunctionLink, KeyLink, LoadBalancerLink, RouteLink
from components.services.args import MigrationArgs
from components.services.ecs_service import EcsService, EcsServiceArgs

Run = Callable[..., Any]

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
SECRETS = "arn:aws:secretsmanager:eu-central-1:111111111111:secret"
SERVICES_KEY = KeyLink(arn="services-key", alias="alias/headroom-dev-services")


def signed_in(tenant: str = "", **changed: Any) -> DatabaseUserLink:
    """A user in the database `main`, as `DatabaseUsers` hands it out."""
    login = Login(service="api", tenant=tenant)
    link = DatabaseUserLink(
        secret_arn=f"{SECRETS}:{login.secret_name(SCOPE)}-AbCdEf",
        secret_name=login.secret_name(SCOPE),
        key=SERVICES_KEY,
        variables=login.variables,
        migration_variables=login.migration_variables,
        doors=[Door(name="main", security_group_id="sg-database", port=5432)],
        label="headroom-dev-main,headroom-dev-main-1",
        tenant=tenant,
    )
    return replace(link, **changed)


DATABASE = signed_in()
RUNNER = FunctionLink(name="headroom-dev-run-task", arn="arn:aws:lambda:r:a:function:run-task", made_arn="runner")
CACHE = CacheLink(
    name="main",
    secret_arn="arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev/cache/main-AbCdEf",
    secret_name="headroom/dev/cache/main",
    key=KeyLink(arn="data-key", alias="alias/headroom-dev-data"),
    security_group_id="sg-cache",
    port=6379,
    has_replicas=True,
)
ROUTE = RouteLink(
    target_group_arn="tg-arn",
    target_group_arn_suffix="targetgroup/api/2",
    load_balancer=LoadBalancerLink(arn_suffix="app/alb/1", listener_arn="listener", security_group_id="sg-alb"),
)
WORKER: dict[str, Any] = {
    "scope": SCOPE,
    "key": SERVICES_KEY,
    "cluster": ClusterLink(arn="cluster-arn", name="cluster-1"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "image": "ghcr.io/example/worker:1.0.0",
    "cpu_units": 256,
    "memory_mib": 512,
    "min_count": 2,
    "max_count": 10,
    "log_retention_days": 30,
    "secret_recovery_days": 7,
}
API: dict[str, Any] = WORKER | {
    "image": "ghcr.io/example/api:1.0.0",
    "port": 5000,
    "route": ROUTE,
    "databases": [DATABASE],
    "secrets": {"SESSION_KEY": "generated", "PAYMENT_API_KEY": "external"},
    "environment": {"LOG_LEVEL": "info"},
}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(
        base: dict[str, Any], *, name: str = "api", preview: bool = False, outputs: Any = None, **changed: Any
    ) -> Any:
        return run(lambda: EcsService(name, EcsServiceArgs(**(base | changed))), preview=preview, outputs=outputs)

    return make


def service(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("ecs/service:Service")["inputs"]
    return inputs


def container(stack: Any) -> dict[str, Any]:
    (only,) = json.loads(stack.one("ecs/taskDefinition:TaskDefinition")["inputs"]["containerDefinitions"])
    definition: dict[str, Any] = only
    return definition


def policy(stack: Any, name: str) -> list[dict[str, Any]]:
    statements: list[dict[str, Any]] = json.loads(stack.one("iam/rolePolicy:RolePolicy", name)["inputs"]["policy"])[
        "Statement"
    ]
    return statements


def connections(stack: Any) -> set[tuple[str, str, str, int]]:
    """(direction, group, other end, port) of every rule."""
    return {
        (
            "in" if rule["type"].endswith("IngressRule") else "out",
            rule["inputs"]["securityGroupId"],
            rule["inputs"].get("referencedSecurityGroupId", rule["inputs"].get("cidrIpv4")),
            rule["inputs"]["toPort"],
        )
        for rule in [*stack.all("SecurityGroupIngressRule"), *stack.all("SecurityGroupEgressRule")]
    }


def test_a_failed_rollout_goes_back_by_itself(made: Run) -> None:
    inputs = service(made(API))
    assert inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert (inputs["deploymentMinimumHealthyPercent"], inputs["deploymentMaximumPercent"]) == (100, 200)


def test_a_deploy_leaves_the_number_of_tasks_to_autoscaling(made: Run) -> None:
    resource = made(API).one("ecs/service:Service")
    assert resource["inputs"]["desiredCount"] == 2
    assert resource["options"]["ignore_changes"] == ["desiredCount"]


def test_up_does_not_wait_for_a_rollout_whose_end_would_deceive(made: Run) -> None:
    assert service(made(API))["waitForSteadyState"] is False


def test_a_new_task_behind_the_load_balancer_has_60_seconds(made: Run) -> None:
    inputs = service(made(API))
    assert inputs["healthCheckGracePeriodSeconds"] == 60
    assert inputs["loadBalancers"] == [{"targetGroupArn": "tg-arn", "containerName": "api", "containerPort": 5000}]


def test_a_worker_has_no_load_balancer_and_no_grace(made: Run) -> None:
    inputs = service(made(WORKER, name="worker"))
    assert "loadBalancers" not in inputs
    assert "healthCheckGracePeriodSeconds" not in inputs
    assert container(made(WORKER))["portMappings"] == []


def test_tasks_run_in_private_subnets_without_a_public_address(made: Run) -> None:
    network = service(made(API))["networkConfiguration"]
    assert network["assignPublicIp"] is False
    assert network["subnets"] == ["subnet-a", "subnet-b"]


def test_tasks_spread_over_zones_and_carry_the_services_tags(made: Run) -> None:
    inputs = service(made(API))
    assert inputs["availabilityZoneRebalancing"] == "ENABLED"
    # Without room above the desired count ECS would have to stop a task first, and does not rebalance.
    assert inputs["deploymentMaximumPercent"] > 100
    assert inputs["propagateTags"] == "SERVICE"


@pytest.mark.parametrize(
    ("changed", "strategies"),
    [
        ({"critical": True}, [{"capacityProvider": "FARGATE", "weight": 1}]),
        (
            {"spot_percent": 75, "base_on_demand": 2},
            [
                {"capacityProvider": "FARGATE", "weight": 1, "base": 2},
                {"capacityProvider": "FARGATE_SPOT", "weight": 3},
            ],
        ),
        ({"spot_percent": 100, "base_on_demand": 0}, [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]),
    ],
)
def test_some_tasks_run_on_demand_and_of_the_others_a_share_on_spot(
    made: Run, changed: dict[str, Any], strategies: list[dict[str, Any]]
) -> None:
    assert service(made(API, **changed))["capacityProviderStrategies"] == strategies


def test_a_change_of_capacity_rolls_the_service_and_does_not_replace_it(made: Run) -> None:
    assert service(made(API))["forceNewDeployment"] is True


@pytest.mark.parametrize(("architecture", "cpu"), [("arm64", "ARM64"), ("x86_64", "X86_64")])
def test_the_architecture_is_chosen_by_setting(made: Run, architecture: str, cpu: str) -> None:
    inputs = made(API, architecture=architecture).one("ecs/taskDefinition:TaskDefinition")["inputs"]
    assert inputs["runtimePlatform"] == {"cpuArchitecture": cpu, "operatingSystemFamily": "LINUX"}
    assert (inputs["cpu"], inputs["memory"]) == ("256", "512")


def test_the_container_gets_port_settings_and_references_to_its_secrets(made: Run) -> None:
    definition = container(made(API))
    assert definition["environment"] == [
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "PORT", "value": "5000"},
    ]
    references = {secret["name"]: secret["valueFrom"] for secret in definition["secrets"]}
    assert set(references) == {"DATABASE_URL", "DATABASE_READ_URL", "PAYMENT_API_KEY", "SESSION_KEY"}
    assert references["DATABASE_URL"] == f"{DATABASE.secret_arn}:url::"
    assert references["DATABASE_READ_URL"] == f"{DATABASE.secret_arn}:read_url::"


def test_tasks_start_anew_when_the_database_gains_or_loses_a_replica(made: Run) -> None:
    alone = signed_in(label="headroom-dev-main")
    assert container(made(API))["dockerLabels"] == {"database": "headroom-dev-main,headroom-dev-main-1"}
    assert container(made(API, databases=[alone]))["dockerLabels"] == {"database": "headroom-dev-main"}
    assert "dockerLabels" not in container(made(WORKER))


def test_no_secret_value_stands_in_the_task_definition(made: Run) -> None:
    assert "canary" not in json.dumps(made(API).one("ecs/taskDefinition:TaskDefinition"))


def test_execution_role_and_task_role_are_two(made: Run) -> None:
    inputs = made(API).one("ecs/taskDefinition:TaskDefinition")["inputs"]
    assert inputs["executionRoleArn"] != inputs["taskRoleArn"]


def test_the_execution_role_reads_exactly_the_secrets_that_the_container_references(made: Run) -> None:
    read, decrypt = policy(made(API), "api-execution")[1:]
    prefix = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev"
    assert read["Resource"] == [
        f"{prefix}/service/api/PAYMENT_API_KEY-??????",
        f"{prefix}/service/api/SESSION_KEY-??????",
        f"{prefix}/service/api/database-??????",
    ]
    aliases = decrypt["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"]
    assert aliases == ["alias/headroom-dev-services"]


def test_a_tenants_database_is_given_under_its_name(made: Run) -> None:
    stack = made(API, databases=[DATABASE, signed_in("big-corp")])
    given = {entry["name"]: entry["valueFrom"] for entry in container(stack)["secrets"]}
    assert given["DATABASE_URL_BIG_CORP"].endswith("service/api/database/big-corp-AbCdEf:url::")
    assert given["DATABASE_READ_URL_BIG_CORP"].endswith("service/api/database/big-corp-AbCdEf:read_url::")
    assert "service/api/database/big-corp-??????" in json.dumps(policy(stack, "api-execution"))


def test_a_door_is_opened_once_whoever_goes_through_it(made: Run) -> None:
    elsewhere = [Door(name="other", security_group_id="sg-other", port=3306)]
    pooled = [Door(name="main-pool", security_group_id="sg-pool", port=6432), *DATABASE.doors]
    used = [signed_in(doors=pooled), signed_in("acme"), signed_in("big", doors=elsewhere)]
    stack = made(WORKER, databases=used)
    assert {rule[2:] for rule in connections(stack) if rule[0] == "out"} == {
        ("sg-pool", 6432),
        ("sg-database", 5432),
        ("sg-other", 3306),
        ("0.0.0.0/0", 443),
    }
    assert stack.names("SecurityGroupIngressRule") == ["api-database", "api-database-main", "api-database-other"]


MIGRATION = MigrationArgs(command=["node", "migrate.js"], runner=RUNNER, wait_seconds=300)


def test_new_tasks_start_only_after_the_migration_succeeded(made: Run) -> None:
    stack = made(API, migration=MIGRATION)
    done = stack.one("lambda/invocation:Invocation")
    assert done["urn"] in stack.one("ecs/service:Service")["options"]["depends_on"]
    assert json.loads(done["inputs"]["input"])["title"] == "Migration of api"


def test_a_migration_has_what_the_service_has_and_goes_past_a_pool(made: Run) -> None:
    pool = [Door(name="main-pool", security_group_id="sg-pool", port=6432), *DATABASE.doors]
    stack = made(API, migration=MIGRATION, databases=[signed_in(doors=pool)])
    one, other = (
        json.loads(stack.one("TaskDefinition", name)["inputs"]["containerDefinitions"])[0]
        for name in ("api", "api-migrate")
    )
    for same in ("image", "user", "environment", "linuxParameters", "logConfiguration", "readonlyRootFilesystem"):
        assert one[same] == other[same], same
    assert {secret["name"] for secret in one["secrets"]} == {secret["name"] for secret in other["secrets"]}
    direct = {secret["name"]: secret["valueFrom"] for secret in other["secrets"]}
    assert direct["DATABASE_URL"] == f"{DATABASE.secret_arn}:direct_url::"
    assert other["command"] == ["node", "migrate.js"]


def test_a_migration_is_not_made_again_because_the_service_scales(made: Run) -> None:
    def request(**changed: Any) -> str:
        outputs = {"aws:ecs/taskDefinition:TaskDefinition": {"arn": "arn:of-a-revision"}}
        stack = made(API, migration=MIGRATION, outputs=outputs, **changed)
        return str(json.loads(stack.one("lambda/invocation:Invocation")["inputs"]["input"])["request"])

    assert request() == request(max_count=20)


def test_a_migration_may_do_in_aws_what_the_service_may(made: Run) -> None:
    grant = {"Sid": "Send", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["arn:aws:sqs:r:a:q"]}
    stack = made(API, migration=MIGRATION, grants=[grant])
    assert policy(stack, "api-migrate-task") == [grant]
    assert policy(stack, "api-migrate-execution") == policy(stack, "api-execution")


def test_a_cache_is_given_as_urls_by_reference_and_reached_at_its_port_only(made: Run) -> None:
    stack = made(API, cache=CACHE)
    given = {entry["name"]: entry["valueFrom"] for entry in container(stack)["secrets"]}
    assert given["REDIS_URL"] == f"{CACHE.secret_arn}:url::"
    assert given["REDIS_READ_URL"] == f"{CACHE.secret_arn}:read_url::"
    group = stack.one("SecurityGroup")["id"]
    assert {("out", group, "sg-cache", 6379), ("in", "sg-cache", group, 6379)} <= connections(stack)
    assert "headroom/dev/cache/main-??????" in json.dumps(policy(stack, "api-execution"))


def test_a_service_without_a_cache_reaches_none(made: Run) -> None:
    assert "cache" not in json.dumps(made(API).resources).lower()


def test_tasks_start_anew_when_the_cache_gains_its_first_replica(made: Run) -> None:
    alone = replace(CACHE, has_replicas=False)
    labels = [container(made(WORKER, cache=cache))["dockerLabels"]["cache"] for cache in (alone, CACHE)]
    assert labels == ["main", "main with replicas"]


def test_a_service_without_own_secrets_uses_only_the_key_of_its_databases_secret(made: Run) -> None:
    elsewhere = signed_in(key=KeyLink(arn="data-key", alias="alias/headroom-dev-data"))
    decrypt = policy(made(API, secrets={}, databases=[elsewhere]), "api-execution")[-1]
    assert decrypt["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"] == ["alias/headroom-dev-data"]


def test_the_service_itself_may_do_nothing_in_aws(made: Run) -> None:
    assert made(API).names("iam/rolePolicy:RolePolicy") == ["api-execution"]


def test_what_a_service_is_granted_goes_to_its_task_role(made: Run) -> None:
    grant = {"Sid": "Send", "Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["arn:aws:sqs:r:a:q"]}
    assert policy(made(API, grants=[grant]), "api-task") == [grant]


def test_two_services_cannot_read_each_others_secrets(run: Run) -> None:
    def both() -> None:
        EcsService("api", EcsServiceArgs(**API))
        EcsService("auth", EcsServiceArgs(**(API | {"route": None, "databases": []})))

    stack = run(both)
    for name, other in (("api", "auth"), ("auth", "api")):
        assert f"/service/{other}" not in json.dumps(policy(stack, f"{name}-execution"))


def test_each_connection_is_open_at_both_ends_and_no_other_is(made: Run) -> None:
    group = "api-id"
    assert connections(made(API)) == {
        ("out", "sg-alb", group, 5000),
        ("in", group, "sg-alb", 5000),
        ("out", group, "sg-database", 5432),
        ("in", "sg-database", group, 5432),
        ("out", group, "0.0.0.0/0", 443),
    }


def test_a_worker_is_reached_by_nobody(made: Run) -> None:
    assert {rule[0] for rule in connections(made(WORKER))} == {"out"}


def test_logs_are_kept_for_the_chosen_days_under_our_key(made: Run) -> None:
    inputs = made(API).one("cloudwatch/logGroup:LogGroup")["inputs"]
    assert inputs["name"] == "/headroom/dev/service/api"
    assert (inputs["retentionInDays"], inputs["kmsKeyId"]) == (30, "services-key")


def test_tasks_start_only_when_they_can_read_log_and_connect(made: Run) -> None:
    stack = made(API)
    waits = set(stack.one("ecs/service:Service")["options"]["depends_on"])
    for type_ in ("LogGroup", "RolePolicy", "SecretVersion", "SecurityGroupIngressRule", "SecurityGroupEgressRule"):
        assert {resource["urn"] for resource in stack.all(type_)} <= waits, type_


def test_a_shell_is_off_unless_asked_for(made: Run) -> None:
    closed, opened = made(API), made(API, execute_command=True)
    assert service(closed)["enableExecuteCommand"] is False
    assert container(closed)["readonlyRootFilesystem"] is True
    assert service(opened)["enableExecuteCommand"] is True
    assert container(opened)["readonlyRootFilesystem"] is False
    assert policy(opened, "api-task")[0]["Sid"] == "OpenShell"


def test_earlier_revisions_stay_where_a_rollback_needs_them(made: Run) -> None:
    assert made(API).one("ecs/taskDefinition:TaskDefinition")["inputs"]["skipDestroy"] is False
    kept = made(API, keep_revisions=True).one("ecs/taskDefinition:TaskDefinition")["inputs"]
    assert kept["skipDestroy"] is True


def test_every_policy_is_known_in_the_first_preview(made: Run) -> None:
    stack = made(API, preview=True)
    for type_, key in (("iam/role:Role", "assumeRolePolicy"), ("iam/rolePolicy:RolePolicy", "policy")):
        for resource in stack.all(type_):
            assert json.loads(resource["inputs"][key])["Version"] == "2012-10-17"


def test_no_name_of_an_environment_is_written_in_the_component(made: Run) -> None:
    scope = Scope(account="444444444444", region="eu-central-1", namespace="headroom/qa7")
    text = json.dumps(made(API, scope=scope, databases=[]).resources)
    assert "/headroom/qa7/service/api" in text
    assert "headroom/dev" not in text


def test_every_child_is_named_after_the_service(made: Run) -> None:
    for resource in made(API).resources:
        assert resource["name"].startswith("api")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"cpu_units": 300}, "cpu_units is 300: Fargate has tasks of"),
        ({"memory_mib": 300}, "memory_mib is 300: a task of 256 CPU units has 512, 1024, 2048 MiB"),
        ({"max_count": 1}, "max_count is 1: it is below min_count, 2"),
        ({"environment": {"PORT": "1"}}, "environment is PORT: it is among the variables that the stack sets too"),
        ({"secrets": {"LOG_LEVEL": "external"}}, "secrets is LOG_LEVEL: it is among environment too"),
        ({"user": "root"}, "user is root: the process would be root"),
        ({"tmp_mib": 400}, "tmp_mib is 400: AWS takes 1 to 256 MiB"),
        ({"spot_percent": 101}, "spot_percent is 101: AWS takes 0 to 100 percent"),
        ({"spot_percent": 50, "critical": True}, r"spot_percent is 50: the service is critical \(critical: true\)"),
        ({"health_command": ["curl", "/"]}, "starts with curl; write CMD or CMD-SHELL before the command"),
        ({"log_retention_days": 31}, "retention_days is 31: CloudWatch Logs has fixed retention periods"),
        (
            {"environment": {"DATABASE_URL": "x"}},
            "environment is DATABASE_URL: it is among the variables that the stack",
        ),
        ({"port": None}, "port is missing: a service with a route must listen on one"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        EcsServiceArgs(**(API | changed))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"command": []}, "command is empty; name what migrates"),
        ({"wait_seconds": 900}, "wait_seconds is 900: AWS takes 30 to 840 seconds"),
    ],
)
def test_a_migration_that_cannot_be_is_refused(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        MigrationArgs(**{"command": ["true"], "runner": RUNNER, **changed})


def test_tasks_start_after_their_way_to_image_and_secrets_stands(run: Run) -> None:
    def program() -> None:
        way = pulumi.CustomResource("aws:ec2/route:Route", "private-nat")
        EcsService("api", EcsServiceArgs(**API, ready=[way]))

    stack = run(program)
    assert stack.one("Route", "private-nat")["urn"] in stack.one("ecs/service:Service")["options"]["depends_on"]
