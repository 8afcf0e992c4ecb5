"""A database that stood before. S2."""

import pytest

from components.access import Scope
from components.databases.existing import ExistingDatabase, existing_database

SCOPE = Scope(account="111111111111", region="eu-central-1", namespace="headroom/dev")
SECRET = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:shared/main-database-AbCdEf"


def existing(secret_arn: str = SECRET) -> ExistingDatabase:
    return existing_database(
        SCOPE,
        protocol="mysql",
        address="db.example.com",
        port=3306,
        secret_arn=secret_arn,
        secret_key="alias/shared",
        security_group_id="sg-0a1b2c3d",
        database_name="orders",
    )


def test_services_find_its_secret_by_a_name_that_policies_know() -> None:
    link = existing().link
    assert (link.secret_arn, link.secret_name) == (SECRET, "shared/main-database")
    assert link.key.alias == "alias/shared"
    assert link.key.arn == "arn:aws:kms:eu-central-1:111111111111:alias/shared"


def test_services_learn_how_to_speak_with_it() -> None:
    link = existing().link
    assert (link.protocol, link.port, link.database_name, link.security_group_id) == (
        "mysql",
        3306,
        "orders",
        "sg-0a1b2c3d",
    )


def test_nothing_of_it_is_watched_or_made() -> None:
    assert (existing().instances, existing().replica_addresses) == ((), ())
    assert existing().address == "db.example.com"


def test_another_address_starts_new_tasks() -> None:
    assert existing().link.instances == ["db.example.com"]


def test_an_arn_without_its_six_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="write the whole ARN, with the six characters at its end"):
        existing("arn:aws:secretsmanager:eu-central-1:111111111111:secret:main")
