"""Settings of caches and buckets."""

from typing import Literal

from pydantic import Field

from components.buckets.constraints import LARGEST_POST_MIB, UPLOAD_MIB
from infra.settings.patterns import Origin
from infra.settings.section import Section


class ServerlessCache(Section):
    """Limits of a serverless cache, which has no nodes to choose."""

    max_gb: int = Field(
        ge=1,
        le=5000,
        description="Most data in GB (10^9 bytes). When it is reached, of the keys that expire those go that were used "
        "least lately; without any such key, writing fails.",
    )
    max_ecpu_per_second: int = Field(
        ge=1000,
        le=15_000_000,
        description="Most ElastiCache processing units (ECPU) a second; what is above waits. A simple command of up to "
        "1 kB is one.",
    )


class Cache(Section):
    """A Redis OSS or Valkey cache on ElastiCache: nodes with replicas, or serverless."""

    engine: Literal["redis", "valkey"] = Field(
        default="valkey", description="Redis OSS, or Valkey, its open successor that costs less."
    )
    version: str = Field(
        description='Version of the engine in quotes, major and minor, such as "8.1"; of a serverless cache the major '
        'one, such as "8".'
    )
    serverless: ServerlessCache | None = Field(
        default=None, description="Limits of a serverless cache, in place of class and nodes."
    )
    node_class: str = Field(
        default="",
        alias="class",
        description="ElastiCache node type of the primary and its replicas, such as cache.t4g.small. Only a serverless "
        "cache has none.",
    )
    nodes: int = Field(
        default=2, ge=1, le=6, description="Number of nodes, the primary and its replicas, spread over the zones."
    )
    failover: bool | None = Field(
        default=None,
        description="Whether a replica takes over when the primary fails. By default wherever there is a replica.",
    )
    use: Literal["cache", "queue", "sessions"] = Field(
        description="What it is for, and so what it does when it is full: a cache drops what was used least lately, "
        "sessions are dropped only if they expire anyway, a queue (BullMQ) drops nothing and refuses to write."
    )
    snapshot_days: int = Field(
        default=7, ge=0, le=35, description="Retention of daily snapshots, in days; 0 takes none."
    )
    final_snapshot: bool = Field(
        default=True,
        description="Whether a last snapshot is taken when the cache is deleted; of a serverless one none can be.",
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete or replace the cache and its secret. To take them down, turn it "
        "off and run `up` first.",
    )


class Bucket(Section):
    """A private bucket on S3: versioned, encrypted, reached over TLS only."""

    use: Literal["private", "uploads", "site"] = Field(
        default="private",
        description="What it is for: private data of services; uploads, where clients put files by a POST that a "
        "service signed, up to a size; or the site whose files CloudFront serves and `headroom publish` puts there.",
    )
    max_mib: int | None = Field(
        default=None,
        ge=1,
        le=LARGEST_POST_MIB,
        description="Largest upload, in MiB; services are told it in bytes as BUCKET_<NAME>_MAX_BYTES. By default "
        f"{UPLOAD_MIB} where the use is uploads; no other use has a limit.",
    )
    replaced_days: int = Field(
        default=90,
        ge=1,
        le=3650,
        description="Time after which a replaced or deleted version is gone for good, in days.",
    )
    archive_days: int = Field(
        default=0,
        ge=0,
        le=3650,
        description="Age in days at which an object moves to Glacier Instant Retrieval; 0: never.",
    )
    tier_unused: bool = Field(
        default=False,
        description="Whether what nobody reads for 30 days becomes cheaper, and again after 90, read as before (S3 "
        "Intelligent-Tiering); instead of archive_days.",
    )
    expire_days: int = Field(
        default=0, ge=0, le=3650, description="Age in days at which an object is deleted, used or not; 0: never."
    )
    cors_origins: tuple[Origin, ...] = Field(
        default=(), description="Origins whose pages may read and upload by what a service signed."
    )
    force_destroy: bool = Field(
        default=False, description="Whether deleting the bucket deletes its objects; else AWS refuses while it has any."
    )
    protect: bool = Field(
        default=True,
        description="Whether Pulumi refuses to delete or replace the bucket; turn it off and run `up` first.",
    )
