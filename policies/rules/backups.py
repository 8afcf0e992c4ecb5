"""Rules on what keeps data: it comes back, and it does not go by mistake."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.rules.stores import (
    BUCKET,
    CACHE_CLUSTER,
    CACHES,
    CLUSTER,
    DATABASES,
    INSTANCE,
    MEMORY_CLUSTER,
    REPLICATION_GROUP,
    SERVERLESS_CACHE,
    is_memcached,
    is_node_of_another,
    is_replica,
    is_set,
)
from policies.values import declared
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, require, undetermined

LEAST_DAYS, LEAST_DAYS_IN_PROD = 7, 14
BACKUP_DAYS = "set headroom:databases.<name>.backup_days to {days} or more (backupRetentionPeriod)"

LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
KEY = "aws:kms/key:Key"
ZONE = "aws:route53/zone:Zone"
ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
BACKUP_COPY = "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication"

OTHER_STORES = (
    "aws:backup/vault:Vault",
    "aws:cognito/userPool:UserPool",
    "aws:dynamodb/table:Table",
    "aws:ebs/volume:Volume",
    "aws:efs/fileSystem:FileSystem",
    "aws:opensearch/domain:Domain",
    "aws:redshift/cluster:Cluster",
)
PROTECTED: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(DATABASES, "headroom:databases.<name>.protect"),
        **dict.fromkeys(CACHES, "headroom:caches.<name>.protect"),
        BUCKET: "headroom:buckets.<name>.protect",
        KEY: "`protect` of the databases and caches that it encrypts",
        ZONE: "headroom:domain.protect",
        **dict.fromkeys(OTHER_STORES, "the option `protect` of the resource"),
    }
)
"""What must be protected, and what to set for it."""


def rds_backups(database: Properties) -> Verdict:
    """Damage is often noticed days later: with backups of a day or two, none is left from before it.

    A replica passes: its source has the backups. Without a word, an instance has none and a cluster a day's.
    """
    return _kept(database, LEAST_DAYS)


def rds_backups_two_weeks(database: Properties) -> Verdict:
    """In production a mistake may lie unnoticed over a holiday: two weeks of backups reach back before it.

    Fewer than seven days are for `rds-backups` to find.
    """
    days = lookup(database, "backupRetentionPeriod")
    if days is MISSING or (isinstance(days, int) and days < LEAST_DAYS):
        return PASS
    return _kept(database, LEAST_DAYS_IN_PROD)


def _kept(database: Properties, least: int) -> Verdict:
    path = "backupRetentionPeriod"
    days, remedy = lookup(database, path), BACKUP_DAYS.format(days=least)
    if is_replica(database):
        return PASS
    if days is UNKNOWN:
        return undetermined(path)
    if days is MISSING:
        return fail(path, "is not set: AWS keeps a day's backups, or none", remedy)
    return PASS if isinstance(days, int) and days >= least else fail(path, f"is less than {least} days", remedy)


def rds_deletion_protection(database: Properties) -> Verdict:
    """One wrong destroy, or one replacement that nobody read in the preview, deletes the database and all it holds.

    A replica passes: it holds nothing that its source does not.
    """
    if is_replica(database):
        return PASS
    return require(database, "deletionProtection", True, "set headroom:databases.<name>.deletion_protection to true")


def rds_final_snapshot(database: Properties) -> Verdict:
    """Automatic backups end with their database: the final snapshot is what remains of one that was deleted."""
    if is_replica(database):
        return PASS
    value = lookup(database, "skipFinalSnapshot")
    if value is UNKNOWN:
        return undetermined("skipFinalSnapshot")
    if value is True:
        remedy = "set headroom:databases.<name>.final_snapshot to true"
        return fail("skipFinalSnapshot", "the database is deleted without a last snapshot", remedy)
    return PASS


def cache_snapshots(cache: Resource, graph: Graph) -> Verdict:
    """Sessions, queues and counters in a cache without snapshots are gone with its nodes.

    Memcached passes, as it has no snapshots, and so do nodes of a replication group, which decides for them.
    """
    if is_memcached(cache) or is_node_of_another(cache):
        return PASS
    limit, path = declared(cache, "snapshotRetentionLimit"), "snapshotRetentionLimit"
    if limit is UNKNOWN:
        return undetermined(path)
    if isinstance(limit, int) and limit >= 1:
        return PASS
    what = "is not set: AWS keeps no snapshots" if limit is MISSING else "keeps no snapshots"
    return fail(path, what, "set headroom:caches.<name>.snapshot_days to 1 or more")


def alb_deletion_protection(balancer: Properties) -> Verdict:
    """A load balancer that is made again has another name: DNS, firewall and CDN lead nowhere until all follow."""
    remedy = "set headroom:load_balancer.deletion_protection to true"
    return require(balancer, "enableDeletionProtection", True, remedy)


def bucket_versioned(bucket: Resource, graph: Graph) -> Verdict:
    """An object that was overwritten or deleted comes back from its versions, and from nowhere else.

    With forceDestroy, deleting the bucket deletes every version of every object first.
    """
    destroys = declared(bucket, "forceDestroy")
    verdicts = [_has_versions(bucket, graph)]
    if destroys is UNKNOWN:
        verdicts.append(undetermined("forceDestroy"))
    if destroys is True:
        what = "deleting the bucket deletes all its objects"
        verdicts.append(fail("forceDestroy", what, "set headroom:buckets.<name>.force_destroy to false"))
    return combine(verdicts)


def _has_versions(bucket: Resource, graph: Graph) -> Verdict:
    inline = [declared(bucket, path) for path in ("versioning.enabled", "versionings[0].enabled")]
    separate = [
        lookup(versioning.properties, "versioningConfiguration.status")
        for versioning in graph.referrers(bucket, "bucket", VERSIONING)
    ]
    states = [*inline, *separate]
    if any(state is True or state == "Enabled" for state in states):
        return PASS
    if any(state is UNKNOWN for state in states):
        return undetermined("versioning")
    remedy = "add aws.s3.BucketVersioning with status Enabled; components.buckets does"
    return fail("versioning", "keeps no versions of its objects", remedy)


def stateful_protected(store: Resource, graph: Graph) -> Verdict:
    """A rename or a changed property can make Pulumi replace a resource; with `protect` it refuses, whatever AWS says.

    It is for what is lost at once: databases, caches, buckets and other stores; the keys that encrypt them, without
    which they are noise; and public DNS zones, which come back with other name servers than the parent's. Not for
    secrets and other keys, which AWS keeps for days after their deletion (`secret-recovery-window`,
    `kms-deletion-window`), nor for replicas, images and logs' groups, which can be made again.
    """
    if store.protect or is_replica(store.properties) or is_memcached(store) or is_node_of_another(store):
        return PASS
    if store.type == KEY and not _encrypts_stores(store, graph):
        return PASS
    if store.type == ZONE:
        private = declared(store, "vpcs")
        if private is UNKNOWN:
            return undetermined("vpcs", "is not known yet, and decides whether the zone is public")
        if is_set(private):
            return PASS
    what = "Pulumi would delete or replace it without asking"
    return fail("protect", what, f"set {PROTECTED[store.type]} to true")


def _encrypts_stores(key: Resource, graph: Graph) -> bool:
    stores = (INSTANCE, CLUSTER, REPLICATION_GROUP, SERVERLESS_CACHE, CACHE_CLUSTER, MEMORY_CLUSTER, BACKUP_COPY)
    others = ("aws:efs/fileSystem:FileSystem", "aws:ebs/volume:Volume", "aws:docdb/cluster:Cluster")
    if graph.referrers(key, "kmsKeyId", *stores, *others) or graph.referrers(key, "kmsKeyArn", MEMORY_CLUSTER):
        return True
    in_bucket = "rules[0].applyServerSideEncryptionByDefault.kmsMasterKeyId"
    return bool(graph.referrers(key, in_bucket, ENCRYPTION))


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=rds_backups,
        title="Databases keep a week of backups",
        types=DATABASES,
        severity="high",
        references=("AWS FSBP RDS.11", "AWS FSBP DocumentDB.2", "AWS FSBP Neptune.5", "Checkov CKV_AWS_133"),
    ),
    ResourceRule(
        check=rds_backups_two_weeks,
        title="Databases in production keep two weeks of backups",
        types=DATABASES,
        severity="medium",
        references=("requirement D1", "AWS FSBP RDS.11"),
    ),
    ResourceRule(
        check=rds_deletion_protection,
        title="AWS refuses to delete databases",
        types=DATABASES,
        severity="high",
        references=(
            "AWS FSBP RDS.7",
            "AWS FSBP RDS.8",
            "AWS FSBP DocumentDB.5",
            "AWS FSBP Neptune.4",
            "Checkov CKV_AWS_293",
            "Checkov CKV_AWS_139",
            "cdk-nag AwsSolutions-RDS10",
        ),
    ),
    ResourceRule(
        check=rds_final_snapshot,
        title="Databases leave a last snapshot",
        types=DATABASES,
        severity="medium",
        references=("requirement D1",),
    ),
    GraphRule(
        check=cache_snapshots,
        title="Caches keep snapshots",
        types=CACHES,
        severity="medium",
        references=("AWS FSBP ElastiCache.1", "Checkov CKV_AWS_134"),
    ),
    ResourceRule(
        check=alb_deletion_protection,
        title="AWS refuses to delete load balancers",
        types=frozenset({LOAD_BALANCER}),
        severity="medium",
        references=("AWS FSBP ELB.6", "Checkov CKV_AWS_150"),
    ),
    GraphRule(
        check=bucket_versioned,
        title="Buckets keep versions, and are not emptied when they are deleted",
        types=frozenset({BUCKET}),
        severity="medium",
        references=("AWS FSBP S3.14", "Checkov CKV_AWS_21"),
    ),
    GraphRule(
        check=stateful_protected,
        title="Pulumi refuses to delete what holds data",
        types=frozenset(PROTECTED),
        severity="high",
        references=("requirement D1",),
    ),
)
