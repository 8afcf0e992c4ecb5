"""Checks of caches and buckets."""

from collections.abc import Collection, Iterator, Mapping

from components.buckets.constraints import LOGS, lifecycle_problems, limit_problems
from components.caches.constraints import (
    cache_class_problems,
    cache_version_problems,
    failover_problems,
    serverless_use_problems,
    serverless_version_problems,
)
from infra.settings.checking import Values, at, given
from infra.settings.problems import Finding, show


def stores_findings(
    caches: Mapping[str, Values], buckets: Mapping[str, Values], written: Mapping[str, Collection[str]]
) -> Iterator[Finding]:
    """Every contradiction in and among caches and buckets; `written` are the keys of each cache that stand in the
    file."""
    for name, cache in caches.items():
        if cache.get("serverless") is not None:
            yield from _serverless(name, cache, written[name])
        elif "serverless" in cache:
            yield from _cache(name, cache)
    for name, bucket in buckets.items():
        yield from _bucket(name, bucket)
    yield from _sites(buckets)


def _cache(name: str, cache: Values) -> Iterator[Finding]:
    path = ("caches", name)
    yield from at(path, given(cache, cache_version_problems, "engine", "version"))
    if cache.get("class") == "":
        yield Finding((*path, "class"), "is missing; name a node type such as cache.t4g.small, or limits in serverless")
    else:
        yield from at(path, given(cache, cache_class_problems, "class"))
    yield from at(path, given(cache, failover_problems, "nodes", "failover"))


def _serverless(name: str, cache: Values, written: Collection[str]) -> Iterator[Finding]:
    """AWS chooses the nodes, and pulumi-aws asks for no last snapshot of them."""
    path = ("caches", name)
    yield from at(path, given(cache, serverless_version_problems, "engine", "version"))
    yield from at(path, given(cache, serverless_use_problems, "use"))
    for key in ("class", "nodes", "failover"):
        if key in written and cache.get(key) not in (None, ""):
            yield Finding((*path, key), "means nothing to a serverless cache; take it out, or serverless")
    if "final_snapshot" in written and cache.get("final_snapshot"):
        says = "a serverless cache leaves no last snapshot; keep daily ones by snapshot_days, and set this to false"
        yield Finding((*path, "final_snapshot"), f"is true: {says}")


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
