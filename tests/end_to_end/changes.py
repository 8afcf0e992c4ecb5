"""Changes of the three environments' settings, as users make them: each one or more edits of a stack file."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Edit = Callable[[dict[str, Any]], None]


def put(path: str, value: Any) -> Edit:
    """Sets what stands under a path such as `databases.main.class`."""

    def edit(config: dict[str, Any]) -> None:
        holder, key = _holder(config, path)
        holder[key] = copy.deepcopy(value)

    return edit


def drop(path: str) -> Edit:
    """Removes what stands there."""

    def edit(config: dict[str, Any]) -> None:
        holder, key = _holder(config, path)
        del holder[key]

    return edit


def again(path: str, name: str, **changes: Any) -> Edit:
    """Puts what stands there a second time, beside it and under another name."""

    def edit(config: dict[str, Any]) -> None:
        holder, key = _holder(config, path)
        holder[name] = copy.deepcopy(holder[key]) | changes

    return edit


def _holder(config: dict[str, Any], path: str) -> tuple[Any, str]:
    *between, last = f"headroom:{path}".split(".")
    holder: Any = config
    for key in between:
        holder = holder[key]
    return holder, last


CHANGES: dict[str, dict[str, list[Edit]]] = {
    "dev": {
        "a third zone": [put("network.zones", ["a", "b", "c"])],
        "another address range": [put("network.cidr", "10.40.0.0/16")],
        "a NAT gateway in each zone": [put("network.nat", "per-zone")],
        "a replica": [put("databases.main.replicas", 1)],
        "another class of the database": [put("databases.main.class", "db.t4g.medium")],
        "a new image": [put("services.api.image", "registry:1.1.0")],
        "a renamed service": [again("services.web", "pages"), drop("services.web")],
        "another owner, on the tags of all": [put("owner", "platform")],
        "logs kept longer": [put("logs.retention_days", 14)],
        "a generated secret more": [put("services.api.secrets.SIGNING_KEY", "generated")],
        "a bucket more": [again("buckets.exports", "reports")],
        "no cache": [drop("caches.main"), drop("services.api.cache")],
        "no schedules": [put("schedules", {})],
        "a command in containers": [put("cluster.execute_command", True)],
        "a variable of a service": [put("services.worker.environment.LOG_LEVEL", "warning")],
    },
    "staging": {
        "a standby of the database": [put("databases.main.multi_az", True)],
        "more storage": [put("databases.main.storage_gib", 60)],
        "a newer database": [put("databases.main.version", "18")],
        "no pooling": [put("databases.main.pooling", "none")],
        "another cache engine": [
            put("caches.main.engine", "redis"),
            put("caches.main.version", "7.1"),
            put("caches.main.protect", False),
        ],
        "a third cache node": [put("caches.main.nodes", 3)],
        "another domain": [put("domain.name", "test.example.com"), put("domain.protect", False)],
        "a firewall that counts": [put("waf.mode", "count")],
        "another limit of the firewall": [put("waf.limits.uploads.requests", 40)],
        "a path that is cached": [put("cdn.cached_paths", ["/api/catalog/*", "/api/prices/*"])],
        "a fair queue": [put("queues.jobs.fifo", True)],
        "never asleep": [put("sleep.enabled", False)],
        "a schedule less": [drop("schedules.report")],
        "another share on Spot": [put("services.worker.spot_percent", 75)],
    },
    "prod": {
        "a database that may go": [put("databases.main.deletion_protection", False)],
        "nothing protected of the cache": [put("caches.main.protect", False)],
        "a second database": [again("databases.main", "analytics", pooling="none")],
        "backups kept for a shorter time": [put("databases.main.backup_days", 7)],
        "more tasks": [put("services.api.max_count", 20)],
        "tasks of another size": [put("services.api.cpu_units", 2048), put("services.api.memory_mib", 4096)],
        "one more pager": [put("alarms.page_https", ["https://events.example.com/hook"])],
        "logs kept for a year": [put("logs.retention_days", 365)],
        "no shield": [put("cdn.shield_region", "none")],
        "another path of the site": [put("cdn.site_paths", ["/assets/*", "/static/*"])],
        "a command in containers, which the policies refuse": [put("cluster.execute_command", True)],
        "a deployment by canary": [
            put("services.api.deploy.strategy", "canary"),
            drop("services.api.requests_per_target"),
        ],
        "traces": [put("telemetry.traces", "xray")],
        "fewer zones": [put("network.zones", ["a", "b"])],
    },
}
