"""What waits at RDS and ElastiCache is read, and what AWS does not let us ask is noted."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from operations.changes import Run
from operations.drift.pending import Waiting, waiting
from tests.operations.drift.refreshed import DATABASE, read, run, urn

CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:rds/cluster:Cluster"
STACK = run(
    read(DATABASE, asked={"identifier": "Main"}, found={"identifier": "Main"}),
    read(CLUSTER, "orders", asked={"clusterIdentifier": "orders"}, found={"clusterIdentifier": "orders"}),
    read(CACHE, "cache", asked={"replicationGroupId": "cache"}, found={"replicationGroupId": "cache"}),
)


class Fake:
    """A client whose operations answer what the test says."""

    def __init__(self, answers: dict[str, dict[str, Any] | str]) -> None:
        self.answers = answers

    def get_paginator(self, operation: str) -> Any:
        found = self.answers.get(operation, {})

        class Pages:
            def paginate(self) -> Iterable[dict[str, Any]]:
                if isinstance(found, str):
                    raise ClientError({"Error": {"Code": found}}, operation)
                return [EMPTY | found]

        return Pages()


EMPTY: dict[str, Any] = {
    "DBInstances": [],
    "DBClusters": [],
    "PendingMaintenanceActions": [],
    "ReplicationGroups": [],
    "CacheClusters": [],
    "UpdateActions": [],
}


def asked(stack: Run = STACK, *, offline: bool = False, **answers: dict[str, Any] | str) -> Waiting:
    return waiting(stack, lambda service: Fake(answers), offline=offline)


def test_pending_values_are_told_by_the_programs_names() -> None:
    instance = {
        "DBInstanceIdentifier": "main",
        "PendingModifiedValues": {"DBInstanceClass": "db.r7g.large", "MasterUserPassword": "****"},
        "PreferredMaintenanceWindow": "sun:03:00-sun:04:00",
    }
    found = asked(describe_db_instances={"DBInstances": [instance]}).by_urn[urn(DATABASE, "main")]
    assert found.values == {"instanceClass": "db.r7g.large"}
    assert found.window == "in the window sun:03:00-sun:04:00 (UTC)"


def test_parameters_that_wait_for_a_reboot_are_told() -> None:
    groups = [{"DBParameterGroupName": "main-17", "ParameterApplyStatus": "pending-reboot"}]
    found = asked(
        describe_db_instances={"DBInstances": [{"DBInstanceIdentifier": "main", "DBParameterGroups": groups}]}
    )
    assert found.by_urn[urn(DATABASE, "main")].actions == ["its parameters change with the next reboot (main-17)"]


def test_maintenance_counts_once_it_has_a_date() -> None:
    details = [
        {"Action": "system-update", "Description": "New OS", "CurrentApplyDate": datetime.datetime(2026, 12, 1)},
        {"Action": "db-upgrade", "OptInStatus": "none"},
    ]
    resource = {"ResourceIdentifier": "arn:aws:rds:eu:1:db:main", "PendingMaintenanceActionDetails": details}
    found = asked(describe_pending_maintenance_actions={"PendingMaintenanceActions": [resource]})
    assert found.by_urn[urn(DATABASE, "main")].actions == ["system-update (New OS), by 2026-12-01"]


def test_a_cluster_and_a_caches_nodes_are_asked_too() -> None:
    found = asked(
        describe_db_clusters={
            "DBClusters": [{"DBClusterIdentifier": "orders", "PendingModifiedValues": {"BackupRetentionPeriod": 7}}]
        },
        describe_cache_clusters={
            "CacheClusters": [
                {"ReplicationGroupId": "cache", "PendingModifiedValues": {"CacheNodeType": "cache.r7g.large"}}
            ]
        },
        describe_update_actions={
            "UpdateActions": [
                {"ReplicationGroupId": "cache", "UpdateActionStatus": status, "ServiceUpdateName": status}
                for status in ("scheduled", "not-applied", "complete")
            ]
        },
    )
    assert found.by_urn[urn(CLUSTER, "orders")].values == {"backupRetentionPeriod": 7}
    cache = found.by_urn[urn(CACHE, "cache")]
    assert cache.values == {"nodeType": "cache.r7g.large"}
    assert [action.split(" (")[0] for action in cache.actions] == ["service update scheduled"]


def test_what_belongs_to_somebody_else_is_left_out() -> None:
    stranger = {"DBInstanceIdentifier": "other", "PendingModifiedValues": {"Port": 1}}
    assert asked(describe_db_instances={"DBInstances": [stranger]}).by_urn == {}


def test_a_refusal_is_noted_and_the_rest_is_asked_all_the_same() -> None:
    found = asked(
        describe_db_instances="AccessDenied",
        describe_replication_groups={
            "ReplicationGroups": [{"ReplicationGroupId": "cache", "PendingModifiedValues": {}}]
        },
    )
    assert found.notes == ("what waits at databases can't be told: AccessDenied",)


def test_a_stack_without_databases_and_caches_asks_nobody() -> None:
    def nobody(service: str) -> Any:
        pytest.fail(f"{service} was asked")

    assert waiting(run(read("aws:sns/topic:Topic", asked={}, found={})), nobody, offline=False) == Waiting()


def test_the_emulator_is_not_asked_for_what_it_lacks() -> None:
    found = asked(offline=True, describe_pending_maintenance_actions="500", describe_update_actions="500")
    assert found.notes == ()
