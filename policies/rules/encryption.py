"""Rules on what lies encrypted, and by whose key. What travels encrypted is in transport.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import declared, filled, one_of
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, require, undetermined

INSTANCE = "aws:rds/instance:Instance"
CLUSTERS = frozenset({"aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster"})
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
SINGLE = "aws:elasticache/cluster:Cluster"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
MEMORYDB = "aws:memorydb/cluster:Cluster"
QUEUE = "aws:sqs/queue:Queue"
TOPIC = "aws:sns/topic:Topic"
BUCKET = "aws:s3/bucket:Bucket"
KEY_TYPES: Final = ("aws:kms/key:Key", "aws:kms/alias:Alias", "aws:kms/replicaKey:ReplicaKey")

BUCKET_ENCRYPTION = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
ALGORITHMS = ("AES256", "aws:kms", "aws:kms:dsse")

KEY_PATHS: Final[Mapping[str, str]] = {
    INSTANCE: "kmsKeyId",
    **dict.fromkeys((*sorted(CLUSTERS - {"aws:neptune/cluster:Cluster"}), CACHE, SERVERLESS), "kmsKeyId"),
    "aws:neptune/cluster:Cluster": "kmsKeyArn",
    MEMORYDB: "kmsKeyArn",
    "aws:secretsmanager/secret:Secret": "kmsKeyId",
    "aws:cloudwatch/logGroup:LogGroup": "kmsKeyId",
    QUEUE: "kmsMasterKeyId",
    TOPIC: "kmsMasterKeyId",
}
"""Where a type names the key that encrypts it."""
COPIES = ("replicateSourceDb", "replicationSourceIdentifier", "globalReplicationGroupId")
"""What says that something copies another thing, which has chosen the key."""

ENCRYPT = "set storageEncrypted, as headroom:databases does; what exists: restore a snapshot that was copied with a key"
OUR_KEY = "name a KMS key of this stack, as its components do (components/keys/kms.py)"
QUEUE_KEY = "set headroom:queues.<name>.encryption to kms"


def rds_encrypted(database: Properties) -> Verdict:
    """A snapshot of an unencrypted database that leaks, or is shared by mistake, is read by anyone.

    A replica in the same region is as its source is. One of another region's source needs a key of its own region.
    """
    if lookup(database, "engineMode") == "serverless":
        return PASS  # Aurora Serverless v1 knows nothing else
    source = lookup(database, "replicateSourceDb")
    if lookup(database, "storageEncrypted") is not MISSING or source is MISSING:
        return require(database, "storageEncrypted", True, ENCRYPT)
    if source is UNKNOWN:
        return undetermined("replicateSourceDb")
    if not str(source).startswith("arn:") or filled(lookup(database, "kmsKeyId")):
        return PASS
    return fail("kmsKeyId", "is not set, and the replica's source is in another region", "name a key of its own region")


def cmk_used(store: Resource, graph: Graph) -> Verdict:
    """With AWS's own key everybody in the account who may use the service may read; ours has a policy, and an end.

    A replica has its source's key, and is not asked. Buckets have a rule of their own.
    """
    path = KEY_PATHS[store.type]
    value = declared(store, path)
    if value is MISSING and any(filled(declared(store, copy)) for copy in COPIES):
        return PASS
    if value in (MISSING, "") and _not_encrypted(store):
        return PASS  # another rule says that it is not encrypted at all
    remedy = QUEUE_KEY if store.type == QUEUE else OUR_KEY
    if value is MISSING or value == "":
        return fail(path, "is not set: AWS's own key is used, which nobody can restrict", remedy)
    if value is UNKNOWN:
        ours = any(graph.behind(store, path, token) for token in KEY_TYPES)
        return PASS if ours or _other_stack(store, path) else undetermined(path)
    if isinstance(value, str) and "alias/aws/" in value:
        return fail(path, "is AWS's own key, which nobody can restrict", remedy)
    return PASS


def _not_encrypted(store: Resource) -> bool:
    """Whether it is encrypted by no key: a topic of which nobody said so, or where somebody said no."""
    switches = ("storageEncrypted", "atRestEncryptionEnabled", "sqsManagedSseEnabled")
    return store.type == TOPIC or any(lookup(store.properties, switch) is False for switch in switches)


def _other_stack(store: Resource, path: str) -> bool:
    """Whether an unknown key comes from a stack or a lookup: it is somebody's choice."""
    return any("::pulumi:pulumi:StackReference::" in urn for urn in store.depends_on.get(path, ()))


def cache_encrypted(cache: Properties) -> Verdict:
    """Sessions and tokens lie in caches: in its backups and on the way there everybody could read them.

    Valkey is encrypted at rest unless somebody says no, Redis is not. `preferred` lets clients do without TLS. A node
    of Redis on its own can't be encrypted; one of Memcached only on the way. What copies a global store is as that is.
    """
    if lookup(cache, "aclName") is not MISSING:  # MemoryDB: each cluster has one
        return one_of(cache, "tlsEnabled", (True,), "is off", "leave tlsEnabled out, or set it", default=True)
    # Each replication group has a description, and no node has one.
    return _node_encrypted(cache) if lookup(cache, "description") is MISSING else _group_encrypted(cache)


def _group_encrypted(group: Properties) -> Verdict:
    if filled(lookup(group, "globalReplicationGroupId")):
        return PASS
    remedy = "set it, or make the cache by headroom:caches"
    valkey = lookup(group, "engine") == "valkey"
    lying = one_of(group, "atRestEncryptionEnabled", (True,), "is not on", remedy, default=valkey)
    moving = one_of(group, "transitEncryptionEnabled", (True,), "is not on", remedy, default=False)
    what = "lets clients do without TLS"
    forced = one_of(group, "transitEncryptionMode", ("required",), what, "set it to required", default="required")
    return combine([lying, moving, forced])


def _node_encrypted(node: Properties) -> Verdict:
    if filled(lookup(node, "replicationGroupId")):
        return PASS  # the group has the settings
    engine = lookup(node, "engine")
    if engine is UNKNOWN:
        return undetermined("engine")
    if engine == "memcached":
        return require(node, "transitEncryptionEnabled", True, "set it (Memcached 1.6.12 and newer)")
    what = "is a node of its own, which can't be encrypted"
    return fail("engine", what, "make a replication group, with one node if you like: headroom:caches with nodes: 1")


def bucket_encrypted(bucket: Resource, graph: Graph) -> Verdict:
    """AWS encrypts every new object by itself; only what is written down says by which key, and shows a change."""
    inline = declared(bucket, "serverSideEncryptionConfiguration.rule")
    apart = graph.referrers(bucket, "bucket", BUCKET_ENCRYPTION)
    places = [place for resource in apart for place in _algorithms(resource)]
    path = "serverSideEncryptionConfiguration"
    if inline is UNKNOWN:
        return undetermined(path)
    if inline is not MISSING:
        default = "applyServerSideEncryptionByDefault.sseAlgorithm"
        places.append(lookup(bucket.properties, f"{path}.rule.{default}"))
    if not places:
        return fail(path, "is not set, and no resource sets it", "set it, or make the bucket by headroom:buckets")
    if any(isinstance(algorithm, str) and algorithm in ALGORITHMS for algorithm in places):
        return PASS
    if UNKNOWN in places:
        return undetermined(path, "is a kind of encryption that is not known yet")
    return fail(path, "names no kind of encryption", "set sseAlgorithm to aws:kms, or to AES256")


def _algorithms(configuration: Resource) -> Iterator[object]:
    rules = lookup(configuration.properties, "rules")
    if not isinstance(rules, list):
        yield rules
        return
    for index in range(len(rules)):
        path = f"rules[{index}].applyServerSideEncryptionByDefault.sseAlgorithm"
        yield lookup(configuration.properties, path)


def eks_secrets_encrypted(cluster: Properties) -> Verdict:
    """Whoever reads the cluster's store, or its backup, reads every Secret in it, unless a key of ours seals them.

    EKS has sealed them by a key of AWS since version 1.28; ours has a policy, and CloudTrail tells of each use.
    """
    config = lookup(cluster, "encryptionConfig")
    remedy = "name the resources [secrets] and the key of the services (headroom:encryption)"
    if config is UNKNOWN:
        return undetermined("encryptionConfig")
    if config is MISSING:
        return fail("encryptionConfig", "is not set", remedy)
    resources, key = (lookup(cluster, f"encryptionConfig.{path}") for path in ("resources", "provider.keyArn"))
    if resources is UNKNOWN:
        return undetermined("encryptionConfig.resources")
    if not isinstance(resources, list) or "secrets" not in resources:
        if isinstance(resources, list) and UNKNOWN in resources:
            return undetermined("encryptionConfig.resources")
        return fail("encryptionConfig.resources", "does not name secrets", remedy)
    return fail("encryptionConfig.provider.keyArn", "is not set", remedy) if key is MISSING else PASS


def queue_topic_encrypted(carrier: Resource, graph: Graph) -> Verdict:
    """Messages wait on disks, for up to two weeks, and hold what services tell each other about people.

    SQS encrypts a queue by a key of its own unless somebody says no (since October 2022); SNS does so only when told.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
    """
    key, own = declared(carrier, "kmsMasterKeyId"), declared(carrier, "sqsManagedSseEnabled")
    if key is UNKNOWN:
        known = any(graph.behind(carrier, "kmsMasterKeyId", token) for token in KEY_TYPES)
        return PASS if known else undetermined("kmsMasterKeyId")
    if filled(key):
        return PASS
    if carrier.type == TOPIC:
        return fail("kmsMasterKeyId", "is not set, and SNS encrypts nothing by itself", OUR_KEY)
    if own is UNKNOWN:
        return undetermined("sqsManagedSseEnabled")
    if own is MISSING or own is True:
        return PASS
    return fail("sqsManagedSseEnabled", "is off, and no key is named", f"leave it out, or {QUEUE_KEY}")


RULES: tuple[Rule, ...] = (
    ResourceRule(
        check=rds_encrypted,
        title="Databases are encrypted",
        types=CLUSTERS | {INSTANCE, "aws:rds/globalCluster:GlobalCluster"},
        severity="critical",
        references=("AWS FSBP RDS.3", "AWS FSBP RDS.27", "Checkov CKV_AWS_16", "cdk-nag AwsSolutions-RDS2"),
    ),
    GraphRule(
        check=cmk_used,
        title="Data, secrets, messages and logs are encrypted by a key of ours",
        types=frozenset(KEY_PATHS),
        severity="medium",
        references=("Checkov CKV_AWS_327", "Checkov CKV_AWS_191", "Checkov CKV_AWS_149", "Checkov CKV_AWS_158"),
    ),
    ResourceRule(
        check=cache_encrypted,
        title="Caches are encrypted, at rest and on the way",
        types=frozenset({CACHE, SINGLE, MEMORYDB}),
        severity="high",
        references=("AWS FSBP ElastiCache.4", "AWS FSBP ElastiCache.5", "Checkov CKV_AWS_29", "Checkov CKV_AWS_30"),
    ),
    GraphRule(
        check=bucket_encrypted,
        title="Buckets say how they are encrypted",
        types=frozenset({BUCKET}),
        severity="medium",
        references=("AWS FSBP S3.17", "Checkov CKV_AWS_145"),
    ),
    ResourceRule(
        check=eks_secrets_encrypted,
        title="Secrets of Kubernetes are sealed by a key of ours",
        types=frozenset({"aws:eks/cluster:Cluster"}),
        severity="high",
        references=("AWS FSBP EKS.3", "Checkov CKV_AWS_58"),
    ),
    GraphRule(
        check=queue_topic_encrypted,
        title="Queues and topics are encrypted",
        types=frozenset({QUEUE, TOPIC}),
        severity="high",
        references=("AWS FSBP SQS.1", "AWS FSBP SNS.1", "Checkov CKV_AWS_27", "Checkov CKV_AWS_26"),
    ),
)
