import json
from pathlib import Path

import grpc
import pulumi
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from infra import program
from infra.outputs import OUTPUTS
from infra.settings import SettingsError, load
from infra.settings.problems import to_config

ROOT = Path(__file__).parents[2]
ENVIRONMENTS = ("dev", "staging", "prod")
WHO = "aws:index/getCallerIdentity:getCallerIdentity"
DOCUMENTS = ("policy", "assumeRolePolicy", "inlinePolicies")
CANARY = "canary-Generated-Password-0001"


def identity(account):
    return {"accountId": account, "arn": "", "id": account, "userId": ""}


def content_of(environment):
    return yaml.safe_load((ROOT / f"Pulumi.{environment}.yaml").read_text())["config"]


def provided(stack):
    """Everything that AWS is asked for."""
    return [r for r in stack.resources if r["type"].startswith("aws:")]


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_environment_exports_the_contract(up, environment):
    assert set(up(environment).exports) == set(OUTPUTS)


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_everything_goes_through_the_provider_of_this_account_and_region(up, environment):
    stack = up(environment)
    provider = stack.one("pulumi:providers:aws")
    account = content_of(environment)["headroom:account"]
    assert json.loads(provider["inputs"]["allowedAccountIds"]) == [account]
    assert provider["inputs"]["region"] == "eu-central-1"
    assert {r["options"]["provider"] for r in provided(stack)} == {f"{provider['urn']}::{provider['id']}"}


def test_everything_is_tagged_with_whose_it_is(up):
    tags = json.loads(up("prod").one("pulumi:providers:aws")["inputs"]["defaultTags"])["tags"]
    assert tags == {"Project": "headroom", "Environment": "prod", "Owner": "backend", "ManagedBy": "pulumi"}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_policy_document_is_unknown_in_a_first_preview(up, environment):
    documents = [
        (r["type"], r["name"], r["inputs"][key])
        for r in provided(up(environment, preview=True))
        for key in DOCUMENTS
        # What ECR calls a lifecycle policy lets nobody in.
        if key in r["inputs"] and not r["type"].endswith(":LifecyclePolicy")
    ]
    assert len(documents) > 10
    for _type, _name, text in documents:
        assert json.loads(text)["Version"] == "2012-10-17"


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_every_resource_belongs_to_a_component(up, environment):
    stack = up(environment)
    assert [r["urn"] for r in provided(stack) if "headroom:" not in r["parent"]] == []


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_no_two_resources_have_the_same_urn(up, environment):
    urns = [r["urn"] for r in up(environment).resources]
    assert len(urns) == len(set(urns))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_generated_password_stands_in_secret_inputs_only(up, environment):
    stack = up(environment)
    holders = [
        (r["name"], key) for r in provided(stack) for key, value in r["inputs"].items() if CANARY in json.dumps(value)
    ]
    assert holders
    secret = {(r["name"], key) for r in provided(stack) for key in r["secrets"]}
    assert set(holders) <= secret
    assert CANARY not in json.dumps(stack.exports)


def test_dev_is_small_and_resists_no_deletion(up):
    stack = up("dev")
    (writer,) = stack.all("rds/instance:Instance")
    assert writer["inputs"]["instanceClass"] == "db.t4g.small"
    assert writer["inputs"]["deletionProtection"] is False
    assert not writer["options"]["protect"]
    assert len(stack.all("NatGateway")) == 1


def test_staging_has_one_replica_and_prod_two(up):
    assert stack_replicas(up("staging")) == ["main-1"]
    assert stack_replicas(up("prod")) == ["main-1", "main-2"]


def stack_replicas(stack):
    return [r["name"] for r in stack.all("rds/instance:Instance") if "replicateSourceDb" in r["inputs"]]


def test_prod_has_a_nat_gateway_in_each_of_three_zones_and_a_standby(up):
    stack = up("prod")
    assert len(stack.all("NatGateway")) == 3
    writer = stack.one("rds/instance:Instance", "main")
    assert writer["inputs"]["multiAz"] is True
    assert writer["inputs"]["deletionProtection"] is True
    assert writer["options"]["protect"] is True


@pytest.mark.parametrize(("environment", "ports"), [("dev", {80}), ("staging", {80, 443}), ("prod", {80, 443})])
def test_the_load_balancer_speaks_https_where_there_is_a_certificate(up, environment, ports):
    assert {listener["inputs"]["port"] for listener in up(environment).all("lb/listener:Listener")} == ports


def test_everything_encrypted_has_one_of_the_three_keys_or_that_of_another_region(up):
    stack = up("prod")
    keys = {f"alias/headroom-prod-{name}" for name in ("data", "services", "operations")}
    aliases = {r["inputs"]["name"]: r["inputs"].get("region") for r in stack.all("kms/alias:Alias")}
    assert {name for name, region in aliases.items() if region is None} == keys
    assert aliases["alias/headroom-prod-backups-eu-west-1"] == "eu-west-1"
    assert all("kmsKeyId" in group["inputs"] for group in stack.all("LogGroup"))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_each_log_group_is_one_that_its_key_may_encrypt(up, environment):
    stack = up(environment)
    policies = {k["name"]: k["inputs"]["policy"] for k in stack.all("kms/key:Key")}
    for group in stack.all("LogGroup"):
        name = group["inputs"]["name"]
        is_data = name.startswith(("/aws/rds/", f"/headroom/{environment}/cache/"))
        is_operations = "flow" in name or name.startswith(f"/headroom/{environment}/function/")
        key = "data" if is_data else "operations" if is_operations else "services"
        key = "edge" if name.startswith("aws-waf-logs-") else key
        assert group["inputs"]["kmsKeyId"].endswith(f"/{key}")
        rds, own = name.split(f"headroom-{environment}-")[0], f"/headroom/{environment}/"
        prefix = rds if rds != name else f"{own}cache/*" if key == "data" else own
        assert f":log-group:{prefix}" in policies[key]


def test_a_public_service_has_a_route_and_a_private_one_has_none(up):
    assert up("dev").names("headroom:edge:Route") == ["api", "web"]


@pytest.mark.parametrize(
    ("environment", "node_class", "nodes"),
    [("dev", "cache.t4g.micro", 1), ("staging", "cache.t4g.small", 2), ("prod", "cache.r7g.large", 3)],
)
def test_each_environment_has_the_cache_of_its_size(up, environment, node_class, nodes):
    stack = up(environment)
    cache = stack.one("elasticache/replicationGroup:ReplicationGroup")["inputs"]
    assert (cache["nodeType"], cache["numCacheClusters"]) == (node_class, nodes)
    assert len([r for r in stack.all("MetricAlarm") if r["name"].endswith("-cache-cpu-high")]) == nodes
    assert stack.exports["caches"]["main"]["secret"] == f"headroom/{environment}/cache/main"


def test_only_the_service_that_names_a_cache_gets_it(up):
    stack = up("dev")
    given = {
        definition["name"]: "REDIS_URL" in definition["inputs"]["containerDefinitions"]
        for definition in stack.all("ecs/taskDefinition:TaskDefinition")
    }
    assert given == {"api": True, "web": False, "worker": False, "main-users": False}


def test_a_service_a_database_and_a_cache_may_have_the_same_name(up):
    def change(content):
        content["headroom:databases"]["api"] = content["headroom:databases"]["main"] | {"replicas": 1}
        content["headroom:caches"]["api"] = content["headroom:caches"]["main"]

    stack = up("dev", change=change)
    urns = [r["urn"] for r in stack.resources]
    alarms = [r["inputs"]["name"] for r in stack.all("MetricAlarm")]
    assert len(urns) == len(set(urns))
    assert len(alarms) == len(set(alarms))


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_service_is_told_the_buckets_that_it_may_use_and_may_use_no_other(up, environment):
    account, stack = content_of(environment)["headroom:account"], up(environment)
    granted = {r["name"]: r["inputs"]["policy"] for r in stack.all("iam/rolePolicy:RolePolicy")}
    [api] = json.loads(stack.one("ecs/taskDefinition:TaskDefinition", "api")["inputs"]["containerDefinitions"])
    told = {variable["name"]: variable["value"] for variable in api["environment"]}
    uploads, exports = (f"headroom-{environment}-{name}-{account}" for name in ("uploads", "exports"))
    assert (told["BUCKET_UPLOADS"], told["BUCKET_EXPORTS"]) == (uploads, exports)
    assert bucket_actions(granted["api-task"], exports) == {"s3:GetObject"}
    assert "s3:PutObject" in bucket_actions(granted["worker-task"], exports)
    assert "s3:PutObject" not in bucket_actions(granted["worker-task"], uploads)
    tasks = {name: policy for name, policy in granted.items() if name.endswith("-task")}
    assert [name for name, policy in tasks.items() if "s3:" in policy] == ["api-task", "worker-task"]
    assert (told["BUCKET_UPLOADS_MAX_BYTES"], told["BUCKET_AVATARS_MAX_BYTES"]) == ("5242880", "2097152")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_uploads_are_limited_in_every_way_in_and_the_site_is_for_cloudfront(up, environment):
    stack = up(environment)
    policies = {r["name"]: r["inputs"]["policy"] for r in stack.all("s3/bucketPolicy:BucketPolicy")}
    assert [name for name, policy in policies.items() if "NoPresignedPut" in policy] == ["uploads", "avatars"]
    assert [name for name, policy in policies.items() if "CloudFrontReads" in policy] == ["site"]
    assert stack.names("s3/bucketNotification:BucketNotification") == ["avatars", "uploads"]
    limits = stack.one("lambda/function:Function", "limit-uploads")["inputs"]["environment"]["variables"]["LIMITS"]
    assert sorted(json.loads(limits).values()) == [2097152, 5242880]
    assert stack.exports["site"]["bucket"].startswith(f"headroom-{environment}-site-")


def test_without_uploads_nothing_limits_them_and_without_buckets_and_public_services_nothing_is_logged(up):
    def change(content):
        del content["headroom:cdn"]
        content["headroom:buckets"] = {"exports": content["headroom:buckets"]["exports"]}
        for service in content["headroom:services"].values():
            service["buckets"] = {}

    assert up("dev", change=change).all("headroom:storage:BucketLimit") == []

    def quiet(content):
        del content["headroom:cdn"]
        content["headroom:buckets"] = {}
        content["headroom:api_keys"] = {}
        content["headroom:services"] = {"worker": {**content["headroom:services"]["worker"], "buckets": {}}}

    assert up("dev", change=quiet).all("headroom:storage:LogsBucket") == []


@pytest.mark.parametrize(
    ("balancer", "bucket", "services", "protected"),
    [(False, False, True, False), (True, False, True, True), (False, True, True, True), (True, False, False, False)],
)
def test_logs_are_as_hard_to_delete_as_what_writes_them(up, balancer, bucket, services, protected):
    def change(content):
        content["headroom:load_balancer"]["deletion_protection"] = balancer
        content["headroom:buckets"]["exports"]["protect"] = bucket
        for key in () if services else ("services", "queues", "schedules", "cdn", "api_keys"):
            content.pop(f"headroom:{key}", None)

    stack = up("dev", change=change)
    logs = stack.one("s3/bucket:Bucket", "logs")
    assert (logs["options"]["protect"], logs["inputs"]["forceDestroy"]) == (protected, not protected)


def test_nobody_logs_requests_where_logs_are_kept_for_no_day(up):
    def change(content):
        content["headroom:logs"]["access_log_days"] = 0

    stack = up("dev", change=change)
    assert stack.all("headroom:storage:LogsBucket") == stack.all("s3/bucketLogging:BucketLogging") == []


def bucket_actions(policy, bucket):
    """What a policy allows on the objects of a bucket."""
    found = [s["Action"] for s in json.loads(policy)["Statement"] if f"arn:aws:s3:::{bucket}/*" in s["Resource"]]
    return {action for actions in found for action in actions}


def test_without_services_databases_and_caches_only_the_ground_is_laid(up):
    def change(content):
        del (
            content["headroom:services"],
            content["headroom:databases"],
            content["headroom:caches"],
            content["headroom:buckets"],
            content["headroom:queues"],
            content["headroom:schedules"],
            content["headroom:registry"],
            content["headroom:cdn"],
            content["headroom:consumers"],
            content["headroom:api_keys"],
            content["headroom:ci"],
        )
        content["headroom:observability"]["dashboards"] = False

    stack = up("dev", change=change)
    components = {r["type"] for r in stack.resources if r["type"].startswith("headroom:")}
    assert components == {
        "headroom:security:Key",
        "headroom:observability:Topics",
        "headroom:network:Network",
    }
    assert (stack.exports["url"], stack.exports["cluster"], stack.exports["services"]) == ("", "", {})


def test_without_public_services_there_is_no_load_balancer(up):
    def change(content):
        del content["headroom:cdn"], content["headroom:api_keys"]
        content["headroom:services"] = {"worker": content["headroom:services"]["worker"]}

    stack = up("dev", change=change)
    assert stack.all("LoadBalancer") == stack.all("Listener") == []
    assert stack.names("headroom:compute:EcsService") == ["worker"]


def test_an_internal_load_balancer_stands_in_private_subnets_and_serves_the_vpc(up):
    def change(content):
        del content["headroom:cdn"]

    stack = up("dev", change=change)
    balancer = stack.one("lb/loadBalancer:LoadBalancer")["inputs"]
    assert balancer["internal"] is True
    assert balancer["subnets"] == ["network-private-a-id", "network-private-b-id"]
    assert stack.one("SecurityGroupIngressRule", "alb-80")["inputs"]["cidrIpv4"] == "10.10.0.0/16"


DATABASES = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["14", "17", "17.6", "18"]),
        "class": st.sampled_from(["db.t3.micro", "db.r8g.16xlarge"]),
    },
    optional={
        "storage_gib": st.sampled_from([20, 50, 65536]),
        "max_storage_gib": st.sampled_from([0, 55, 65536]),
        "multi_az": st.booleans(),
        "replicas": st.integers(0, 15),
        "backup_days": st.sampled_from([0, 1, 35]),
        "insights": st.booleans(),
        "monitoring_seconds": st.sampled_from([0, 1, 60]),
    },
)
CACHES = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["6.2", "7.1", "7.2", "8.2"]),
        "class": st.sampled_from(["cache.t3.micro", "cache.r7g.16xlarge"]),
        "use": st.sampled_from(["cache", "queue", "sessions"]),
    },
    optional={
        "engine": st.sampled_from(["redis", "valkey"]),
        "nodes": st.integers(1, 6),
        "failover": st.booleans(),
        "snapshot_days": st.sampled_from([0, 1, 35]),
    },
)
SERVICES = st.fixed_dictionaries(
    {"image": st.just("ghcr.io/example/some:1.0.0")},
    optional={
        "public": st.booleans(),
        "port": st.sampled_from([1, 65535]),
        "paths": st.lists(st.sampled_from(["/*", "/a/*", "/a/b?c", "/"]), max_size=5),
        "priority": st.sampled_from([1, 50000]),
        "cpu_units": st.sampled_from([256, 16384]),
        "memory_mib": st.sampled_from([512, 122880]),
        "tmp_mib": st.sampled_from([1, 256, 257]),
        "min_count": st.sampled_from([1, 1000]),
        "max_count": st.sampled_from([1, 4, 1000]),
        "requests_per_target": st.just(1),
        "spot_percent": st.sampled_from([0, 33, 100]),
        "database": st.just("one"),
        "cache": st.just("one"),
        "user": st.sampled_from(["0", "1", "65534:65534"]),
        "secrets": st.dictionaries(
            st.sampled_from(["PORT", "A", "DATABASE_URL", "REDIS_URL"]), st.sampled_from(["generated", "external"])
        ),
    },
)


@settings(max_examples=25)
@given(
    st.dictionaries(st.sampled_from(["one", "two"]), DATABASES),
    st.dictionaries(st.just("one"), CACHES),
    st.dictionaries(st.sampled_from(["one", "b"]), SERVICES),
)
def test_what_the_settings_accept_the_components_accept(run, databases, caches, services):
    chosen = {"headroom:databases": databases, "headroom:caches": caches, "headroom:services": services}
    # What else an environment has has tests of its own, and makes each example slow.
    others = ("cdn", "queues", "schedules", "buckets", "registry", "waf", "observability", "tasks", "consumers")
    content = {k: v for k, v in (content_of("dev") | chosen).items() if k.removeprefix("headroom:") not in others}
    config, _ = to_config(content)
    try:
        load(config, [], "Pulumi.dev.yaml")
    except SettingsError:
        return
    assert run(program.main, config=config).exports["account"] == "111111111111"


def test_in_another_account_nothing_is_registered(run):
    config, _ = to_config(content_of("prod"))
    with pytest.raises(pulumi.RunError) as error:
        run(program.main, stack="prod", config=config, answers={WHO: identity("111111111111")})
    assert str(error.value) == (
        "Pulumi.prod.yaml: headroom:account is 333333333333, but the credentials in use belong to account "
        "111111111111; nothing was changed. Sign in to 333333333333, for example by AWS_PROFILE, or correct the "
        "setting"
    )


def test_the_account_is_asked_before_anything_is_registered(run, monkeypatch):
    order = []
    monkeypatch.setattr(program, "check_account", lambda settings: order.append(settings.account))
    monkeypatch.setattr(program, "deploy", lambda settings, scope: order.append(scope.namespace))
    run(program.main, stack="prod", config=to_config(content_of("prod"))[0])
    assert order == ["333333333333", "headroom/prod"]


class NoCredentialsError(grpc.RpcError):  # type: ignore[misc]
    """What the engine answers when the provider finds no credentials."""

    def code(self):
        return grpc.StatusCode.UNKNOWN

    def details(self):
        return "no valid credential sources"


def test_without_credentials_it_says_what_to_do(run):
    def nobody(args):
        raise NoCredentialsError

    config, _ = to_config(content_of("dev"))
    with pytest.raises(pulumi.RunError) as error:
        run(program.main, config=config, answers={WHO: nobody})
    assert str(error.value).startswith(
        "AWS did not say which account the credentials in use belong to; sign in to account 111111111111, for example "
        "by AWS_PROFILE. It said: "
    )
    assert str(error.value).endswith("no valid credential sources")


def test_wrong_settings_end_the_run_with_their_lines(run):
    with pytest.raises(pulumi.RunError) as error:
        run(program.main, config={"headroom:acount": "1"})
    lines = str(error.value).splitlines()
    assert [line.split(" ")[:3] for line in lines] == [
        ["Pulumi.dev.yaml:", "aws:region", "is"],
        ["Pulumi.dev.yaml:", "headroom:account", "is"],
        ["Pulumi.dev.yaml:", "headroom:acount", "is"],
        ["Pulumi.dev.yaml:", "headroom:network", "is"],
        ["Pulumi.dev.yaml:", "headroom:owner", "is"],
    ]


def test_a_stack_whose_name_fits_no_aws_name_is_refused(run):
    with pytest.raises(pulumi.RunError, match=r"the stack is named 'my_stack', which does not fit into AWS names"):
        run(program.main, stack="my_stack", config=to_config(content_of("dev"))[0])


def test_the_entry_point_holds_only_the_import_and_the_call():
    code = [line for line in (ROOT / "infra/__main__.py").read_text().splitlines() if line and '"""' not in line]
    assert code == ["from infra.program import main", "main()"]


def test_the_load_balancer_waits_for_the_internet_and_tasks_for_their_nat(up):
    stack = up("prod")
    balancer, internet = stack.one("lb/loadBalancer:LoadBalancer"), stack.one("Route", "network-public-internet")
    ways_out = {stack.one("Route", f"network-private-{zone}-nat")["urn"] for zone in "abc"}
    assert internet["urn"] in balancer["options"]["depends_on"]
    for service in stack.all("ecs/service:Service"):
        assert ways_out <= set(service["options"]["depends_on"])


def test_the_alarms_of_a_replica_are_the_databases(up):
    alarm = up("prod").one("MetricAlarm", "main-1-database-replica-lag")
    assert alarm["inputs"]["tags"]["Service"] == "main"
    assert alarm["inputs"]["dimensions"] == {"DBInstanceIdentifier": "headroom-prod-main-1"}


PROTECTED_KEYS = [("dev", set()), ("staging", {"data"}), ("prod", {"data", "backups-eu-west-1"})]


@pytest.mark.parametrize(("environment", "protected"), PROTECTED_KEYS)
def test_the_key_of_a_protected_database_is_protected_with_it(up, environment, protected):
    keys = up(environment).all("kms/key:Key")
    assert {key["name"] for key in keys if key["options"]["protect"]} == protected


def test_prods_backups_are_copied_to_another_region_under_a_key_there(up):
    stack = up("prod")
    copies = stack.one("InstanceAutomatedBackupsReplication", "main")["inputs"]
    key = stack.one("kms/key:Key", "backups-eu-west-1")["inputs"]
    assert (copies["region"], key["region"], copies["retentionPeriod"]) == ("eu-west-1", "eu-west-1", 30)
    assert ":eu-central-1:" not in key["policy"]
    for environment in ("dev", "staging"):
        assert up(environment).all("InstanceAutomatedBackupsReplication") == []


EXISTING = {
    "address": "db.example.com",
    "secret": "arn:aws:secretsmanager:eu-central-1:111111111111:secret:shared/main-AbCdEf",
    "secret_key": "alias/shared",
    "security_group": "sg-0a1b2c3d4e5f67890",
}


@pytest.mark.parametrize(("engine", "port"), [("postgres", 5432), ("aurora-mysql", 3306)])
def test_services_use_a_database_that_stood_before_and_nothing_is_made_of_it(up, engine, port):
    def change(content):
        content["headroom:databases"]["main"] = {"engine": engine, "existing": EXISTING}

    stack = up("dev", change=change)
    assert [r["type"] for r in provided(stack) if ":rds/" in r["type"]] == []
    assert stack.exports["databases"]["main"] == {
        "address": "db.example.com",
        "replica_addresses": [],
        "secret": "shared/main",
    }
    ingress = [r["inputs"] for r in stack.all("SecurityGroupIngressRule")]
    opened = [rule for rule in ingress if rule["securityGroupId"] == EXISTING["security_group"]]
    assert {rule["fromPort"] for rule in opened} == {port}
    assert any("secret:shared/main-??????" in json.dumps(role["inputs"]) for role in stack.all("RolePolicy"))
