"""RDS Proxy under pretended AWS. D3."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.access import Scope
from components.databases.proxy import Proxy, ProxyArgs
from components.links import KeyLink, PooledUser
from tests.components.conftest import document
from tests.components.rotation_examples import pooled_user

Run = Callable[..., Any]

SECRETS = "arn:aws:secretsmanager:eu-central-1:111111111111:secret"
KEY = KeyLink(arn="arn:aws:kms:eu-central-1:111111111111:key/k", alias="alias/headroom-dev-data")
ENDPOINTS = {
    "aws:rds/proxy:Proxy": {"endpoint": "headroom-dev-main.proxy-abc.eu-central-1.rds.amazonaws.com"},
    "aws:rds/proxyEndpoint:ProxyEndpoint": {"endpoint": "headroom-dev-main-read.endpoint.proxy-abc.rds.amazonaws.com"},
}


def user(service: str) -> PooledUser:
    return pooled_user(service, KEY)


RDS: dict[str, Any] = {
    "scope": Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev"),
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-a", "subnet-b"],
    "engine": "postgres",
    "identifier": "headroom-dev-main",
    "database_group_id": "sg-database",
    "port": 5432,
    "users": [user("api"), user("worker")],
    "key": KEY,
    "log_retention_days": 7,
}
AURORA: dict[str, Any] = RDS | {"engine": "aurora-mysql", "port": 3306, "has_readers": True}


@pytest.fixture
def made(run: Run) -> Callable[..., Any]:
    def make(base: dict[str, Any], *, preview: bool = False, **changed: Any) -> Any:
        return run(
            lambda: Proxy("main", ProxyArgs(**(base | changed))), preview=preview, outputs={} if preview else ENDPOINTS
        )

    return make


def proxy(stack: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = stack.one("aws:rds/proxy:Proxy")["inputs"]
    return inputs


def test_clients_must_encrypt_and_are_let_go_when_idle_for_10_minutes(made: Run) -> None:
    inputs = proxy(made(RDS))
    assert (inputs["requireTls"], inputs["idleClientTimeout"], inputs["debugLogging"]) == (True, 600, False)


def test_a_client_waits_30_seconds_for_one_of_80_percent_of_the_connections(made: Run) -> None:
    pool = made(RDS).one("ProxyDefaultTargetGroup")["inputs"]["connectionPoolConfig"]
    assert pool == {"connectionBorrowTimeout": 30, "maxConnectionsPercent": 80, "maxIdleConnectionsPercent": 40}


PROXIED = [f"headroom/dev/database/main/proxy/{user}" for user in ("api", "api__2", "worker", "worker__2")]


def test_it_knows_both_users_of_each_login_by_secrets_of_its_own(made: Run) -> None:
    auths = proxy(made(RDS))["auths"]
    assert [auth["secretArn"] for auth in auths] == [f"{SECRETS}:{name}-AbCdEf" for name in PROXIED]
    assert [auth["description"] for auth in auths] == ["User api", "User api-2", "User worker", "User worker-2"]
    assert {auth["clientPasswordAuthType"] for auth in auths} == {"POSTGRES_SCRAM_SHA_256"}
    assert {(auth["authScheme"], auth["iamAuth"]) for auth in auths} == {("SECRETS", "DISABLED")}


def test_its_role_reads_exactly_these_secrets_and_is_known_in_the_first_preview(made: Run) -> None:
    policy = document(made(RDS, preview=True).one("RolePolicy")["inputs"]["policy"])
    read, decrypt = policy["Statement"]
    assert read["Action"] == ["secretsmanager:GetSecretValue"]
    assert read["Resource"] == [f"{SECRETS}:{name}-??????" for name in PROXIED]
    assert decrypt["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": ["alias/headroom-dev-data"]}
    assert decrypt["Condition"]["StringEquals"] == {"kms:ViaService": "secretsmanager.eu-central-1.amazonaws.com"}


def test_of_100_logins_it_reads_what_is_named_for_it_and_the_policy_fits(made: Run) -> None:
    stack = made(RDS, users=[user(f"service-{number:03}") for number in range(100)])
    text = stack.one("RolePolicy")["inputs"]["policy"]
    assert document(text)["Statement"][0]["Resource"] == [f"{SECRETS}:headroom/dev/database/main/proxy/*-??????"]
    assert len(text) < 10_240
    assert len(proxy(stack)["auths"]) == 200


def test_rds_may_take_the_role(made: Run) -> None:
    (statement,) = document(made(RDS).one("aws:iam/role:Role")["inputs"]["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "rds.amazonaws.com"}


def test_the_target_is_the_writer_on_rds_and_the_cluster_on_aurora(made: Run) -> None:
    rds, aurora = made(RDS).one("ProxyTarget")["inputs"], made(AURORA).one("ProxyTarget")["inputs"]
    assert rds["dbInstanceIdentifier"] == aurora["dbClusterIdentifier"] == "headroom-dev-main"
    assert "dbClusterIdentifier" not in rds
    assert "dbInstanceIdentifier" not in aurora
    assert rds["targetGroupName"] == "default"


def test_aurora_readers_get_an_endpoint_of_their_own(made: Run) -> None:
    stack = made(AURORA)
    assert stack.one("ProxyEndpoint")["inputs"]["targetRole"] == "READ_ONLY"
    assert made(AURORA, has_readers=False).all("ProxyEndpoint") == []
    assert made(RDS, has_readers=True).all("ProxyEndpoint") == []
    assert proxy(stack)["engineFamily"] == "MYSQL"
    assert {auth["clientPasswordAuthType"] for auth in proxy(stack)["auths"]} == {"MYSQL_CACHING_SHA2_PASSWORD"}


def test_it_reaches_its_database_and_nothing_else(made: Run) -> None:
    stack = made(RDS)
    (out,) = [rule["inputs"] for rule in stack.all("SecurityGroupEgressRule")]
    (into,) = [rule["inputs"] for rule in stack.all("SecurityGroupIngressRule")]
    assert (out["referencedSecurityGroupId"], out["fromPort"], out["toPort"]) == ("sg-database", 5432, 5432)
    assert (into["securityGroupId"], into["referencedSecurityGroupId"]) == ("sg-database", out["securityGroupId"])


def test_its_log_is_made_before_it_with_our_key_and_an_end(made: Run) -> None:
    stack = made(RDS)
    log = stack.one("LogGroup")
    assert log["inputs"]["name"] == f"/aws/rds/proxy/{proxy(stack)['name']}" == "/aws/rds/proxy/headroom-dev-main"
    assert (log["inputs"]["retentionInDays"], log["inputs"]["kmsKeyId"]) == (7, KEY.arn)
    assert log["urn"] in stack.one("aws:rds/proxy:Proxy")["options"]["depends_on"]


def test_what_hangs_on_the_proxy_is_replaced_with_it(made: Run) -> None:
    stack = made(AURORA)
    before = stack.one("aws:rds/proxy:Proxy")
    assert before["options"]["delete_before_replace"] is True
    for kind in ("ProxyDefaultTargetGroup", "ProxyTarget", "ProxyEndpoint"):
        assert stack.one(kind)["options"]["replace_with"] == [before["urn"]]


def test_services_get_the_proxys_address_and_aurora_readers(run: Run) -> None:
    def program() -> None:
        found = Proxy("main", ProxyArgs(**AURORA)).link
        assert (found.port, len(found.ready)) == (3306, 2)
        pulumi.Output.from_input(found.host).apply(seen.append)
        assert found.read_host is not None
        pulumi.Output.from_input(found.read_host).apply(seen.append)

    seen: list[str] = []
    run(program, outputs=ENDPOINTS)
    assert sorted(seen) == sorted(entry["endpoint"] for entry in ENDPOINTS.values())


def test_what_it_can_not_do_is_refused_before_anything_is_made(made: Run) -> None:
    with pytest.raises(ValueError, match=r"pool\.max_connections_percent is 0: AWS takes 1 to 100 percent"):
        made(RDS, max_connections_percent=0)
