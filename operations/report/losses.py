"""Which resources hold data, what would endanger it, and what stands against that."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from operations import properties
from operations.changes import QUIET, Change
from operations.events import ResourceState
from operations.report.model import Danger, Loss
from policies.tokens import canonical

HOLDS: Final[Mapping[str, str]] = {
    "aws:rds/instance:Instance": "the rows of a database",
    "aws:rds/cluster:Cluster": "the rows of a database",
    "aws:rds/globalCluster:GlobalCluster": "the rows of a database",
    "aws:docdb/cluster:Cluster": "the documents of a database",
    "aws:neptune/cluster:Cluster": "the graph of a database",
    "aws:dynamodb/table:Table": "the items of a table",
    "aws:redshift/cluster:Cluster": "the rows of a warehouse",
    "aws:opensearch/domain:Domain": "the documents of an index",
    "aws:elasticache/replicationGroup:ReplicationGroup": "what a cache holds",
    "aws:elasticache/cluster:Cluster": "what a cache holds",
    "aws:elasticache/serverlessCache:ServerlessCache": "what a cache holds",
    "aws:memorydb/cluster:Cluster": "the keys of a database",
    "aws:s3/bucket:Bucket": "the objects of a bucket",
    "aws:efs/fileSystem:FileSystem": "the files of a file system",
    "aws:ebs/volume:Volume": "the blocks of a volume",
    "aws:kms/key:Key": "the key to what is encrypted with it",
    "aws:kms/replicaKey:ReplicaKey": "the key to what is encrypted with it",
    "aws:secretsmanager/secret:Secret": "a secret's value",
    "aws:ssm/parameter:Parameter": "a parameter's value",
    "aws:sqs/queue:Queue": "the messages of a queue",
    "aws:kinesis/stream:Stream": "the records of a stream",
    "aws:msk/cluster:Cluster": "the records of topics",
    "aws:eks/cluster:Cluster": "everything that a Kubernetes cluster runs",
    "aws:ecr/repository:Repository": "the images of a registry",
    "aws:route53/zone:Zone": "the name servers of a domain",
    "aws:cognito/userPool:UserPool": "the accounts of users",
    "aws:backup/vault:Vault": "backups",
}
"""Type, as `policies.tokens` spells it -> what is lost with a resource of it."""

KNOWN: Final = frozenset({"create", "update", "replace", "delete", "import", "refresh"}) | QUIET
"""Operations of which it is known what they do to data."""

SOFTENED: Final[Mapping[str, Callable[[Any], bool]]] = {
    "deletionProtection": lambda value: value is not True,
    "deletionProtectionEnabled": lambda value: value is not True,
    "skipFinalSnapshot": lambda value: value is True,
    "forceDestroy": lambda value: value is True,
    "forceDelete": lambda value: value is True,
    "backupRetentionPeriod": lambda value: value in (0, None, properties.MISSING),
    "snapshotRetentionLimit": lambda value: value in (0, None, properties.MISSING),
    "recoveryWindowInDays": lambda value: value == 0,
}
"""Property -> whether a value of it leaves data unprotected."""


def loss(change: Change, approved: frozenset[str]) -> Loss | None:
    """The data that a change endangers; None where it endangers none.

    `approved` holds `replace URN`, `delete URN` and `unprotect URN`, as the pull request names them.
    """
    holds = HOLDS.get(canonical(change.type))
    if holds is None or change.op in {"create", "import"} or (change.old is None and change.op in KNOWN):
        return None
    danger, causes = _danger(change)
    if danger is None or _is_copy(change.old):
        return None
    found = Loss(
        urn=change.urn,
        label=change.label,
        holds=holds,
        danger=danger,
        causes=causes,
        protection=tuple(protection(change.old)) if change.old else (),
        lowered=tuple(_lowered(change)) if danger != "unprotect" else (),
    )
    return replace(found, approved=found.named in approved)


def _danger(change: Change) -> tuple[Danger | None, tuple[str, ...]]:
    if change.op == "delete":
        return "delete", ()
    if change.op == "replace" or change.forcing:
        return "replace", change.forcing
    if change.op not in KNOWN:
        return "unknown", (f"the engine's operation {change.op!r}",)
    lowered = tuple(_lowered(change))
    if lowered:  # Pulumi's own protection is an option: to the engine the resource stays the same
        return "unprotect", lowered
    if change.op == "update" and change.detail is None:
        return "unknown", change.changed or ("the provider names no property",)
    return None, ()


def _lowered(change: Change) -> Iterator[str]:
    """Protection that is taken away from what stays."""
    old, new = change.old, change.new
    if old is None or new is None:
        return
    if old.protect and not new.protect:
        yield "protect"
    for name, unprotected in SOFTENED.items():
        before, after = (state.inputs.get(name, properties.MISSING) for state in (old, new))
        if before is not properties.MISSING and not unprotected(before) and unprotected(after):
            yield name


def _is_copy(state: ResourceState | None) -> bool:
    """A read replica's rows are its writer's: they are copied again."""
    return bool(state and state.inputs.get("replicateSourceDb"))


def protection(state: ResourceState) -> Iterator[str]:
    """What stands against the loss of what a resource holds, or softens it, as it is configured now."""
    said = {**state.outputs, **state.inputs}
    if state.protect:
        yield "Pulumi refuses to delete it (protect)"
    if said.get("deletionProtection") is True or said.get("deletionProtectionEnabled") is True:
        yield "AWS refuses to delete it (deletion protection)"
    if said.get("skipFinalSnapshot") is False or said.get("finalSnapshotIdentifier"):
        yield "a last snapshot is taken"
    for name, unit in (("backupRetentionPeriod", "backups"), ("snapshotRetentionLimit", "snapshots")):
        if _number(said.get(name)):
            yield f"{unit} of {_number(said[name])} days"
    if "forceDestroy" in said and said["forceDestroy"] is not True:
        yield "AWS refuses while it holds objects"
    for name in ("deletionWindowInDays", "recoveryWindowInDays"):
        if _number(said.get(name)):
            yield f"can be restored for {_number(said[name])} days"


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0
