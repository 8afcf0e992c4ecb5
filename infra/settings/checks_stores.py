"""Checks of caches and buckets."""

from collections.abc import Iterator, Mapping

from components.bucket_constraints import LOGS, lifecycle_problems, limit_problems
from components.cache_constraints import cache_class_problems, cache_version_problems, failover_problems
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding, show


def stores_findings(caches: Mapping[str, Values], buckets: Mapping[str, Values]) -> Iterator[Finding]:
    """Every contradiction in and among caches and buckets."""
    for name, cache in caches.items():
        yield from _cache(name, cache)
    for name, bucket in buckets.items():
        yield from _bucket(name, bucket)
    yield from _sites(buckets)


def _cache(name: str, cache: Values) -> Iterator[Finding]:
    path = ("caches", name)
    yield from at(path, given(cache, cache_version_problems, "engine", "version"))
    yield from at(path, given(cache, cache_class_problems, "class"))
    yield from at(path, given(cache, failover_problems, "nodes", "failover"))


def _bucket(name: str, bucket: Values) -> Iterator[Finding]:
    path = ("buckets", name)
    yield from at(path, given(bucket, lifecycle_problems, "archive_days", "expire_days", "tier_unused"))
    yield from at(path, given(bucket, limit_problems, "use", "max_mib"))
    if name == LOGS:
        yield Finding(path, "can't have this name: the bucket of the access logs has it; choose another")


def _sites(buckets: Mapping[str, Values]) -> Iterator[Finding]:
    """One site an environment: `headroom publish` and the CDN know which."""
    first, *others = [name for name, bucket in buckets.items() if bucket.get("use") == "site"] or [""]
    for name in others:
        path = ("buckets", name, "use")
        yield Finding(path, f"{show(path, 'site')}: {first} is the site already, and an environment has one")
