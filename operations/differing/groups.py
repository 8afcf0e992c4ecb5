"""Which kind of difference each setting is: a table over the paths of the settings' model, tested to name them all."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Final

from operations.differing.model import Group

SIZE: Final = """
    network.zones network.nat
    databases.*.class databases.*.replica_class databases.*.serverless.* databases.*.storage_gib
    databases.*.max_storage_gib databases.*.iops databases.*.throughput_mib databases.*.replicas
    databases.*.replica_zones databases.*.max_replicas databases.*.io_optimized databases.*.pool.max_connections_percent
    caches.*.class caches.*.nodes caches.*.serverless.*
    buckets.*.max_mib registry.keep_images registry.keep_releases cdn.price_class cdn.shield_region eks.max_cpus
    services.*.cpu_units services.*.memory_mib services.*.tmp_mib services.*.min_count services.*.max_count
    services.*.requests_per_target services.*.backlog_per_task services.*.base_on_demand services.*.spot_percent
    services.*.workers services.*.database_pool services.*.database_read_pool
    schedules.*.cpu_units schedules.*.memory_mib telemetry.sample_percent telemetry.memory_mib
    quotas.listener_rules quotas.security_group_rules
"""
"""Classes, capacity and numbers."""

SAFETY: Final = """
    network.flow_log_days
    encryption.rotation_days encryption.deletion_days
    secrets.recovery_days secrets.period_days secrets.overlap_days secrets.settle_seconds
    logs.retention_days logs.access_log_days
    databases.*.multi_az databases.*.backup_days databases.*.backup_window databases.*.backup_copy_region
    databases.*.backtrack_hours databases.*.deletion_protection databases.*.final_snapshot databases.*.protect
    databases.*.insights databases.*.monitoring_seconds databases.*.slow_query_ms databases.*.iam_authentication
    databases.*.blue_green databases.*.apply_immediately databases.*.allow_major_upgrade databases.*.ca
    caches.*.failover caches.*.snapshot_days caches.*.final_snapshot caches.*.protect
    buckets.*.replaced_days buckets.*.expire_days buckets.*.force_destroy buckets.*.protect
    domain.caa domain.protect
    load_balancer.access load_balancer.deletion_protection load_balancer.desync_mitigation load_balancer.hsts_days
    load_balancer.frame_options load_balancer.connection_logs
    waf.mode waf.groups waf.exclusions.* waf.limits.*.* waf.flood_requests waf.api_key_header waf.large_body_paths
    cdn.content_security_policy cdn.permissions_policy cdn.referrer_policy cdn.allowed_countries
    cdn.blocked_countries cdn.extra_metrics
    registry.scan registry.force_delete registry.protect registry.untagged_days
    queues.*.retention_days queues.*.max_receives queues.*.encryption queues.*.alarm_age_minutes
    eks.public_cidrs eks.deletion_protection eks.observability
    cluster.insights cluster.execute_command cluster.keep_revisions cluster.wait_for_tasks
    services.*.user services.*.critical services.*.deploy.rollback_on_alarms
    consumers.*.access api_keys.*.access api_keys.*.period_days api_keys.*.overlap_days
    observability.dashboards observability.saved_queries
    promotion.settings promotion.soak_minutes promotion.bake_minutes promotion.max_error_percent
    promotion.max_p95_seconds promotion.min_requests promotion.rollback
"""
"""What keeps data, keeps others out, and tells of harm."""

IDENTITY: Final = """
    aws:region account owner network.cidr network.existing.* databases.*.existing.*
    domain.name domain.zone domain.validation_minutes load_balancer.certificate_arn
    registry.account registry.region registry.existing registry.pull_accounts
    eks.admins.* eks.viewers.* eks.hosted_runners consumers.*.principals api_keys.*.owner ci.*.*
    promotion.from
    alarms.warn_emails alarms.page_emails alarms.warn_https alarms.page_https alarms.slack.* alarms.runbooks_url
"""
"""What makes an environment itself: it is meant to differ."""

CHOICE: Final = """
    databases.*.engine databases.*.version databases.*.pooling databases.*.pool.borrow_timeout_seconds
    databases.*.pool.idle_seconds databases.*.pool.mode databases.*.pool.session_pinning_filters databases.*.pool.image
    databases.*.maintenance_window databases.*.extensions databases.*.parameters.* databases.*.database_name
    databases.*.restore.*
    caches.*.engine caches.*.version caches.*.use
    buckets.*.use buckets.*.archive_days buckets.*.tier_unused buckets.*.cors_origins
    load_balancer.idle_timeout_seconds
    cdn.hosts cdn.site_paths cdn.pages cdn.cached_paths cdn.cache_seconds cdn.error_seconds cdn.origin_seconds
    cdn.function
    registry.repositories registry.environments
    queues.*.fifo queues.*.deduplicate_content queues.*.visibility_timeout_seconds queues.*.max_message_kib
    compute eks.version
    sleep.enabled sleep.from sleep.to sleep.timezone sleep.days
    services.*.image services.*.architecture services.*.command services.*.health_command services.*.liveness_path
    services.*.public services.*.port services.*.paths services.*.hosts services.*.priority services.*.health_path
    services.*.health_codes services.*.slow_start_seconds services.*.drain_seconds
    services.*.deploy.strategy services.*.deploy.bake_minutes services.*.deploy.canary_percent
    services.*.deploy.canary_minutes services.*.deploy.step_percent services.*.deploy.step_minutes
    services.*.deploy.second_target_group
    services.*.database services.*.tenants.* services.*.migrate services.*.migrate_timeout_seconds services.*.cache
    services.*.buckets.* services.*.produces services.*.consumes services.*.calls services.*.call_timeout_seconds
    services.*.traces services.*.secrets.* services.*.environment.*
    schedules.*.service schedules.*.command schedules.*.every schedules.*.timezone schedules.*.retries
    schedules.*.max_age_minutes schedules.*.enabled
    tasks.postgres_image tasks.mysql_image api_keys.*.services
    telemetry.traces telemetry.endpoint telemetry.header telemetry.image
"""
"""Everything else that is chosen."""

TABLE: Final[Mapping[Group, Sequence[str]]] = {
    "size": SIZE.split(),
    "safety": SAFETY.split(),
    "identity": IDENTITY.split(),
    "choice": CHOICE.split(),
}
"""Group -> patterns over paths: `*` is one name."""


def group_of(path: str, promotable: Sequence[str] = ()) -> Group:
    """The group of a setting, by its path or its place in the model (`services.*.image`). A setting that the table does
    not know is a choice."""
    if any(matches(pattern, path) for pattern in promotable):
        return "promotable"
    return next((group for group, known in TABLE.items() if any(matches(one, path) for one in known)), "choice")


def matches(pattern: str, path: str) -> bool:
    """Whether a pattern names a path; `*` in it is any one part."""
    return _compiled(pattern).fullmatch(path) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(r"\.".join("[^.]+" if part == "*" else re.escape(part) for part in pattern.split(".")))
