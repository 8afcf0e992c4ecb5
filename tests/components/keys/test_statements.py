"""What the rotation, consumers and verifying services may do. E2, E6."""

from __future__ import annotations

from datetime import UTC, datetime

from components.access import Scope
from components.keys.names import Rotated, verified_by
from components.keys.statements import (
    read_digests,
    read_own_key,
    read_uses,
    roll_services,
    rotate_redis_users,
    rotate_secrets,
)
from functions.rotate_secret.store import Secret
from operations.keys.inventory import listed
from tests.components.rotation_examples import api_key

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
SECRETS = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:headroom/dev"


def test_the_rotation_reads_and_writes_its_secrets_and_notes_in_tags_of_its_own_only() -> None:
    secrets, notes, key = rotate_secrets(SCOPE, ["headroom/dev/keys/a"], ["headroom/dev/service/b/c"], ["alias/s"])
    assert secrets["Resource"] == [f"{SECRETS}/keys/a-??????", f"{SECRETS}/service/b/c-??????"]
    assert notes["Resource"] == [f"{SECRETS}/keys/a-??????"]
    assert notes["Condition"] == {"ForAllValues:StringLike": {"aws:TagKeys": ["rotation:*"]}}
    assert key["Condition"]["ForAnyValue:StringEquals"] == {"kms:ResourceAliases": ["alias/s"]}


def test_it_changes_the_named_users_of_redis_only() -> None:
    [statement] = rotate_redis_users(SCOPE, ["dev-main"])
    assert statement["Resource"] == ["arn:aws:elasticache:eu-central-1:111111111111:user:dev-main"]


def test_it_rolls_services_that_read_what_it_rotates_and_no_other() -> None:
    roll = next(s for s in roll_services(SCOPE, ["api", "api"]) if s["Action"] == ["ecs:UpdateService"])
    wanted = {"aws:ResourceTag/Service": ["api"], "aws:ResourceTag/Environment": "dev"}
    assert roll["Condition"] == {"StringEquals": wanted}


def test_where_there_is_nothing_to_do_nothing_is_allowed() -> None:
    assert rotate_secrets(SCOPE, [], [], []) == rotate_redis_users(SCOPE, []) == []
    assert roll_services(SCOPE, []) == read_uses(SCOPE, []) == []


def test_it_looks_for_uses_in_the_logs_of_services_that_verify_keys() -> None:
    [statement] = read_uses(SCOPE, ["api"])
    group = "arn:aws:logs:eu-central-1:111111111111:log-group:/headroom/dev/service/api:*"
    assert statement["Resource"] == [group]


def test_a_consumer_reads_its_own_key_and_the_encryption_of_nothing_else() -> None:
    read, decrypt = read_own_key(SCOPE, "frontend", "alias/s")
    assert read["Resource"] == [f"{SECRETS}/keys/frontend-??????"]
    assert decrypt["Condition"]["StringLike"] == {"kms:EncryptionContext:SecretARN": f"{SECRETS}/keys/frontend-??????"}
    assert {action.split(":")[1] for action in read["Action"]} == {"DescribeSecret", "GetSecretValue"}


def test_a_service_reads_the_digests_that_it_verifies_by() -> None:
    read, _ = read_digests(SCOPE, "headroom/dev/service/api/key-digests", "alias/s")
    assert read["Resource"] == [f"{SECRETS}/service/api/key-digests-??????"]


def test_each_service_verifies_the_keys_that_name_it() -> None:
    keys = {"a": api_key("a", "read", "web", "api"), "b": api_key("b", "read", "api")}
    assert verified_by(keys) == {"api": ["a", "b"], "web": ["a"]}


def test_tags_hold_what_is_known_and_nothing_empty() -> None:
    rotated = Rotated(kind="mysql-user", owner="o", period_days=0, overlap_days=7)
    assert rotated.tags == {
        "headroom:kind": "mysql-user",
        "headroom:owner": "o",
        "headroom:period-days": "0",
        "headroom:overlap-days": "7",
    }


def test_more_names_than_a_tag_holds_go_on_in_the_next() -> None:
    """And the function reads all of them."""
    names = [f"service-number-{number:05}" for number in range(40)]
    tags = Rotated(kind="redis-user", owner="o", period_days=0, overlap_days=7, readers=names).tags
    assert all(len(text) <= 256 for text in tags.values())
    now = datetime.now(UTC)
    secret = Secret(name="n", arn="a", tags=tags, labels={}, created=now, now=now)
    assert secret.listed("readers") == names == list(listed(tags, "readers"))
