"""What makes an environment itself is taken out; nothing else is."""

from __future__ import annotations

import pytest

from operations.differing.names import Names, learn
from tests.operations.differing.conftest import names, resource


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("headroom-staging-api", "headroom-<env>-api"),
        ("/headroom/staging/service/web", "/headroom/<env>/service/web"),
        ("staging", "<env>"),
        ("arn:aws:sqs:eu-central-1:222222222222:jobs", "arn:aws:sqs:<region>:<account>:jobs"),
        ("eu-central-1b", "<region>b"),
        ("api.staging.example.com", "api.<domain>"),
        ("10.20.32.0/20", "<network>+0.0.32.0/20"),
        ("10.99.0.0/16", "10.99.0.0/16"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("stagingly unstaging", "stagingly unstaging"),
        ("backend@example.com", "backend@example.com"),
        ("999.20.0.1", "999.20.0.1"),
    ],
)
def test_of_a_text_only_what_is_the_environments_own_is_taken_out(text: str, plain: str) -> None:
    assert names("staging").plain(text) == plain


def test_a_device_is_no_environment() -> None:
    dev = Names("dev", "111111111111", "eu-central-1")
    assert dev.plain("wget -O /dev/null http://dev-api/dev/") == "wget -O /dev/null http://<env>-api/<env>/"


def test_the_registry_is_the_same_whoever_has_it_and_other_repositories_are_not() -> None:
    dev = Names("dev", "111111111111", "eu-central-1", registry=("111111111111", "eu-central-1"))
    prod = Names("prod", "333333333333", "us-east-1", registry=("111111111111", "eu-central-1"))
    for text in ("111111111111.dkr.ecr.eu-central-1.amazonaws.com/headroom/api:1",
                 "arn:aws:ecr:eu-central-1:111111111111:repository/headroom/*"):  # fmt: skip
        assert dev.text(text) == prod.text(text) and "<registry>" in prod.text(text)
    other = "arn:aws:ecr:eu-central-1:444444444444:repository/headroom/api"
    assert "444444444444" in prod.text(other) and "<registry>" not in prod.text(other)


def test_an_address_of_mail_stays_also_where_its_domain_is_the_environments() -> None:
    assert names("prod").plain("on-call@example.com and www.example.com") == "on-call@example.com and www.<domain>"


def test_names_that_somebody_made_up_stand_for_their_resource() -> None:
    staging, prod = names("staging"), names("prod")
    kind = "aws:ecs/cluster:Cluster"
    learn(
        staging,
        prod,
        [resource("staging", kind, "cluster", id="arn:aws:ecs:eu-central-1:222222222222:cluster/cluster-d59aadd")],
        [resource("prod", kind, "cluster", id="arn:aws:ecs:eu-central-1:333333333333:cluster/cluster-0123abc")],
    )
    assert staging.text("service/cluster-d59aadd/api") == "service/<ecs.Cluster cluster>/api"
    assert prod.text("service/cluster-0123abc/api") == "service/<ecs.Cluster cluster>/api"
    assert prod.text("cluster-0123abc-002") == "<ecs.Cluster cluster>-002"


def test_a_name_that_both_have_stays() -> None:
    staging, prod = names("staging"), names("prod")
    learn(staging, prod, [resource("staging", id="shared-1234567")], [resource("prod", id="shared-1234567")])
    assert staging.text("shared-1234567") == prod.text("shared-1234567") == "shared-1234567"


def test_numbers_of_revisions_and_suffixes_of_secrets_say_nothing() -> None:
    name = names("staging").text
    assert name("arn:aws:ecs:eu-central-1:222222222222:task-definition/headroom-staging-api:14") == (
        "arn:aws:ecs:<region>:<account>:task-definition/headroom-<env>-api"
    )
    secret = "arn:aws:secretsmanager:eu-central-1:222222222222:secret:headroom/staging/database/main-OIuAZt"
    assert name(f"{secret}:password::") == name(secret.removesuffix("-OIuAZt") + "-phpEiP:password::")
    assert name("sg-0123456789abcdef0") == "<sg>"
