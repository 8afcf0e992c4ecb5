"""`headroom keys list`, `status` and `audit` over the emulated AWS: what is there, and never a value."""

from __future__ import annotations

import json
from typing import Any

import pytest

OWNED = {"kind": "api-key", "owner": "web-team", "period_days": 90, "overlap_days": 7, "verifiers": "api"}
VALUE = {"id": "abc", "key": "hr_dev_abc_swordfish_1"}


@pytest.fixture
def frontend(town: Any) -> Any:
    """A key that was rotated a month ago, and is in order."""
    town.secret(
        "keys/frontend",
        VALUE,
        **OWNED,
        rotation_phase="done",
        rotation_rotated=town.ago(days=30),
        rotation_current="?",
    )
    return town


def test_a_key_is_listed_with_owner_age_period_and_next_rotation(frontend):
    found = frontend.listed()["keys/frontend"]
    assert (found["kind"], found["owner"], found["age_days"]) == ("api-key", "web-team", 30)
    assert (found["period_days"], found["overlap_days"], found["rotation"]["phase"]) == (90, 7, "done")
    assert found["next_rotation"][:10] == frontend.ago(days=-60)[:10]
    assert found["last_use"] is None


def test_an_api_keys_last_use_is_what_its_verifiers_wrote(frontend):
    line = {"api_key_id": "abc", "consumer": "frontend", "previous": False}
    frontend.write_log("api", json.dumps(line), days=3)
    frontend.write_log("api", json.dumps({"level": "INFO", "message": json.dumps(line)}), days=20)
    found = frontend.listed()["keys/frontend"]
    assert (found["last_use"][:10], found["last_use_by"]) == (frontend.ago(days=3)[:10], "logs")


def test_kms_keys_secrets_and_users_of_caches_stand_in_the_same_table(frontend):
    kms = frontend("kms")
    key = kms.create_key(Tags=[{"TagKey": "Owner", "TagValue": "platform"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/headroom-dev-data", TargetKeyId=key)
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=365)
    frontend.secret("service/api/SESSION_KEY", {"a": "b"}, owner="api-team")
    frontend.secret("service/api/database", {"a": "b"}, owner="api-team")
    frontend.secret("database/main", {"a": "b"}, owner="data")
    frontend.secret("service/api/key-digests", {"frontend": {}})
    frontend("elasticache").create_user(
        UserId="dev-main", UserName="services", Engine="redis", AccessString="on ~* +@all", Passwords=["p" * 20]
    )
    lines = frontend.keys("list", "dev").splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["name", "kind", "owner"],
        ["cache-user/dev-main", "redis-user", "nobody"],
        ["database/main", "database-master", "data"],
        ["keys/frontend", "api-key", "web-team"],
        ["kms/data", "kms-key", "platform"],
        ["service/api/SESSION_KEY", "secret", "api-team"],
        ["service/api/database", "database-user", "api-team"],
        ["service/api/key-digests", "digests", "nobody"],
    ]
    assert "365 d" in lines[4]
    assert "by hand" in lines[5]


def test_a_redis_user_that_a_secret_rotates_is_listed_once_with_its_passwords_counted(town):
    town("elasticache").create_user(
        UserId="dev-main",
        UserName="services",
        Engine="redis",
        AccessString="on ~* +@all",
        Passwords=["p" * 20, "q" * 20],
    )
    town.secret(
        "cache/main", {"username": "services"}, kind="redis-user", owner="data", user="dev-main", period_days=90
    )
    assert [*town.listed()] == ["cache/main"]
    assert "two-live      cache/main: 2 passwords are valid" in town.keys("audit", "dev", code=2)


def test_no_command_prints_a_value(frontend):
    for asked in (["list", "dev"], ["list", "dev", "--json"], ["status", "dev", "frontend"]):
        assert "swordfish" not in frontend.keys(*asked)
    for asked in (["audit", "dev"], ["audit", "dev", "--json"]):
        assert "swordfish" not in frontend.keys(*asked, code=0)


def test_another_environments_secrets_are_not_listed(frontend):
    frontend("secretsmanager").create_secret(Name="headroom/development/keys/x")
    frontend("secretsmanager").create_secret(Name="elsewhere/headroom/dev/keys/x")
    assert [*frontend.listed()] == ["keys/frontend"]


def test_status_tells_how_far_a_rotation_is(frontend):
    ends = frontend.ago(days=-3)
    frontend.tag("keys/frontend", rotation_phase="overlap", rotation_deactivate_after=ends)
    printed = frontend.keys("status", "dev")
    assert printed.startswith("keys/frontend\n")
    assert f"two valid: the old one stays so until {ends[:10]} {ends[11:16]} UTC" in printed
    assert "period         90 days" in printed


def test_status_without_a_rotation_says_so(frontend):
    assert frontend.keys("status", "dev") == "No rotation is under way in dev.\n"


def test_an_unknown_name_is_refused_with_the_nearest(frontend):
    printed = frontend.keys("status", "dev", "fronted", code=1)
    assert printed.startswith("Error: there is no fronted. Did you mean keys/frontend?\n")


def test_a_name_that_several_end_with_is_refused(frontend):
    frontend.secret("partner/frontend")
    assert "may be any of these: keys/frontend, partner/frontend" in frontend.keys("status", "dev", "frontend", code=1)


def test_an_environment_in_order_passes_the_audit(frontend):
    printed = frontend.keys("audit", "dev")
    assert "dev: nothing is wrong." in printed


def test_findings_make_exit_code_2(frontend):
    frontend.tag("keys/frontend", rotation_rotated=frontend.ago(days=93), owner="")
    told = json.loads(frontend.keys("audit", "dev", "--json", code=2))
    assert [finding["rule"] for finding in told["findings"]] == ["no-owner", "overdue"]
    assert told["keys"][0]["name"] == "keys/frontend"


def test_a_missing_permission_is_named_in_awss_own_words(frontend):
    says = "User: arn:aws:iam::1:user/ada is not authorized to perform: secretsmanager:ListSecrets"
    frontend.faults({"match": "ListSecrets", "code": "AccessDeniedException", "message": says})
    printed = frontend.keys("audit", "dev", code=1)
    assert says in printed
    assert "Try: let your role have secretsmanager:ListSecrets" in printed


def test_an_environment_that_is_not_up_is_refused(frontend):
    frontend.project.script(output={"stdout": "{}"})
    printed = frontend.keys("list", "dev", code=1)
    assert printed == "Error: dev is not up\nTry: headroom up dev --offline\n"
