"""Checks of caches and buckets."""

from collections.abc import Iterator, Mapping

from components.bucket_constraints import lifecycle_problems
from components.cache_constraints import cache_class_problems, cache_version_problems, failover_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding


def stores_findings(caches: Mapping[str, Values], buckets: Mapping[str, Values]) -> Iterator[Finding]:
    """Every contradiction in and among caches and buckets."""
    for name, cache in caches.items():
        yield from _cache(name, cache)
    for name, bucket in buckets.items():
        yield from _bucket(name, bucket)


def _cache(name: str, cache: Values) -> Iterator[Finding]:
    path = ("caches", name)
    yield from at(path, given(cache, cache_version_problems, "engine", "version"))
    yield from at(path, given(cache, cache_class_problems, "class"))
    yield from at(path, given(cache, failover_problems, "nodes", "failover"))


def _bucket(name: str, bucket: Values) -> Iterator[Finding]:
    yield from at(("buckets", name), given(bucket, lifecycle_problems, "archive_days", "expire_days"))
