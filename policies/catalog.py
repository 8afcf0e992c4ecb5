"""All rules of the pack, one line a group. A new group is imported and added here."""

from __future__ import annotations

from policies.rule import Rule
from policies.rules import (
    alarms,
    availability,
    backups,
    containers,
    credentials,
    encryption,
    entrances,
    health,
    iam,
    keys,
    kubernetes,
    logs,
    network,
    pods,
    public_access,
    rbac,
    rotation,
    security_groups,
    services,
    transport,
    versions,
    zones,
)

RULES: tuple[Rule, ...] = (
    *iam.RULES,
    *network.RULES,
    *security_groups.RULES,
    *public_access.RULES,
    *entrances.RULES,
    *keys.RULES,
    *rotation.RULES,
    *credentials.RULES,
    *encryption.RULES,
    *transport.RULES,
    *backups.RULES,
    *zones.RULES,
    *versions.RULES,
    *availability.RULES,
    *services.RULES,
    *health.RULES,
    *logs.RULES,
    *alarms.RULES,
    *containers.RULES,
    *pods.RULES,
    *rbac.RULES,
    *kubernetes.RULES,
)
