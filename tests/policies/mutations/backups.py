"""How data is lost for good. Dev does most of it as it is."""

from policies.graph import Resource
from tests.policies.mutations.mutation import Mutation, put, with_fields

INSTANCE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
LASTING = ("staging", "prod")


def is_writer(database: Resource) -> bool:
    return "replicateSourceDb" not in database.properties


MUTATIONS = [
    Mutation(rule="rds-backups", change=put(INSTANCE, "backupRetentionPeriod", 3, is_writer), environments=LASTING),
    Mutation(
        rule="rds-backups-two-weeks",
        change=put(INSTANCE, "backupRetentionPeriod", 8, is_writer),
        environments=("prod",),
    ),
    Mutation(
        rule="rds-deletion-protection",
        change=put(INSTANCE, "deletionProtection", False, is_writer),
        environments=LASTING,
    ),
    Mutation(
        rule="rds-final-snapshot", change=put(INSTANCE, "skipFinalSnapshot", True, is_writer), environments=LASTING
    ),
    Mutation(rule="cache-snapshots", change=put(CACHE, "snapshotRetentionLimit", 0), environments=LASTING),
    Mutation(
        rule="alb-deletion-protection",
        change=put("aws:lb/loadBalancer:LoadBalancer", "enableDeletionProtection", False),
        environments=LASTING,
    ),
    Mutation(
        rule="bucket-versioned",
        change=put("aws:s3/bucketVersioning:BucketVersioning", "versioningConfiguration.status", "Suspended"),
        environments=LASTING,
    ),
    Mutation(rule="bucket-versioned", change=put("aws:s3/bucket:Bucket", "forceDestroy", True), environments=LASTING),
    *(
        Mutation(rule="stateful-protected", change=with_fields(token, where, protect=False), environments=LASTING)
        for token, where in (
            (INSTANCE, is_writer),
            (CACHE, lambda _: True),
            ("aws:s3/bucket:Bucket", lambda bucket: bucket.name == "uploads"),
            ("aws:kms/key:Key", lambda key: key.name == "data"),
            ("aws:route53/zone:Zone", lambda _: True),
        )
    ),
]
