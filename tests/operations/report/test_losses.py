"""What holds data is watched: whatever may end it is named, with its cause and what stands against it."""

from __future__ import annotations

from typing import Any

import pytest

from operations.report.losses import HOLDS, loss
from operations.report.model import Loss
from tests.operations.report.streams import BUCKET, DATABASE, TOPIC, run, step, urn

ROWS = {"engine": "postgres", "deletionProtection": True, "skipFinalSnapshot": False, "backupRetentionPeriod": 14}


def found(document: dict[str, Any], *approved: str) -> Loss | None:
    [change] = run(document).changes.values()
    return loss(change, frozenset(approved))


def test_a_replaced_database_names_its_cause_and_its_protection() -> None:
    detail = {"engine": "update-replace"}
    told = found(step("replace", DATABASE, "main", old=ROWS, new={**ROWS, "engine": "mysql"}, detail=detail))
    assert told is not None
    assert (told.danger, told.causes, told.holds) == ("replace", ("engine",), "the rows of a database")
    assert told.protection == (
        "AWS refuses to delete it (deletion protection)",
        "a last snapshot is taken",
        "backups of 14 days",
    )


@pytest.mark.parametrize("token", [*sorted(HOLDS), "aws:s3/bucketV2:BucketV2"])
def test_the_deletion_of_whatever_holds_data_is_a_loss(token: str) -> None:
    told = found(step("delete", token, "main", old={}))
    assert told is not None
    assert told.danger == "delete"


def test_a_replacement_that_nobody_can_rule_out_counts_as_one() -> None:
    unclear = step("update", DATABASE, "main", old=ROWS, new={**ROWS, "engine": "mysql"})
    told = found(unclear)
    assert told is not None
    assert told.danger == "unknown"
    assert told.approval == f"headroom-approve: replace {urn(DATABASE, 'main')}"


def test_an_operation_that_only_the_engine_knows_counts_as_a_replacement() -> None:
    told = found(step("transmogrify", BUCKET, "uploads", old={}, new={}))
    assert told is not None
    assert (told.danger, told.causes) == ("unknown", ("the engine's operation 'transmogrify'",))


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("deletionProtection", True, False),
        ("skipFinalSnapshot", False, True),
        ("backupRetentionPeriod", 14, 0),
    ],
)
def test_protection_that_is_taken_away_is_told(name: str, before: object, after: object) -> None:
    old = {**ROWS, name: before}
    told = found(step("update", DATABASE, "main", old=old, new={**old, name: after}, detail={name: "update"}))
    assert told is not None
    assert (told.danger, told.causes) == ("unprotect", (name,))


def test_pulumis_own_protection_that_is_taken_away_is_told() -> None:
    told = found(step("update", BUCKET, "b", old={}, new={}, detail={"tags": "update"}, protect=(True, False)))
    assert told is not None
    assert (told.danger, told.causes) == ("unprotect", ("protect",))


def test_protection_is_taken_away_of_what_stays_the_same_to_the_engine() -> None:
    told = found(step("same", BUCKET, "b", old={}, new={}, protect=(True, False)))
    assert told is not None
    assert (told.danger, told.causes) == ("unprotect", ("protect",))


@pytest.mark.parametrize(
    "harmless",
    [
        step("create", DATABASE, "main", new=ROWS),
        step("same", DATABASE, "main", old=ROWS, new=ROWS),
        step("update", DATABASE, "main", old=ROWS, new={**ROWS, "tags": {}}, detail={"tags": "add"}),
        step("delete", TOPIC, "alarms", old={}),
        step("import", BUCKET, "uploads", new={}),
    ],
    ids=lambda document: document["resourcePreEvent"]["metadata"]["op"],
)
def test_what_keeps_the_data_is_no_loss(harmless: dict[str, Any]) -> None:
    assert found(harmless) is None


def test_a_read_replica_is_copied_again() -> None:
    copy = {**ROWS, "replicateSourceDb": "main"}
    assert found(step("replace", DATABASE, "main-replica-1", old=copy, new=copy, forced=["zone"])) is None


def test_a_loss_is_approved_by_its_own_danger_and_urn_alone() -> None:
    document = step("delete", DATABASE, "main", old=ROWS)
    for approval, expected in (
        (f"delete {urn(DATABASE, 'main')}", True),
        (f"replace {urn(DATABASE, 'main')}", False),
        (f"delete {urn(DATABASE, 'other')}", False),
    ):
        told = found(document, approval)
        assert told is not None
        assert told.approved is expected
