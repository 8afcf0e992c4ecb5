"""Rules on secrets: each has somebody who turns it over, in time, and with a while in which both values are valid.

What cannot be read off a resource stands in its tags, as our components set them (components/keys/names.py):

| tag | says |
|---|---|
| headroom:owner | the team that answers for it; else the tag `Owner`, its own or the provider's default |
| headroom:rotated-by | of a secret without a rotation in AWS: `team` (its owner, by hand), or `keys` (follows keys) |
| headroom:period-days | days between two rotations; where AWS rotates it, its schedule says so too |
| headroom:overlap-days | days that the old value stays valid |
| headroom:user | of a cache user's secret: ElastiCache's id of the user |
"""

from __future__ import annotations

import re
from typing import Any, Final

from policies.graph import Graph, Resource
from policies.rule import GraphRule, ResourceRule, Rule
from policies.values import declared, filled, within
from policies.verdict import MISSING, PASS, UNKNOWN, Properties, Verdict, combine, fail, lookup, undetermined

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ROTATION = "aws:secretsmanager/secretRotation:SecretRotation"
KEY = "aws:kms/key:Key"
CACHE_USERS = frozenset({"aws:elasticache/user:User", "aws:memorydb/user:User"})
DATABASES = frozenset({"aws:rds/instance:Instance", "aws:rds/cluster:Cluster", "aws:docdb/cluster:Cluster"})
PROVIDER = "pulumi:providers:aws"

KIND, OWNER, ROTATED_BY = "tags.headroom:kind", "tags.headroom:owner", "tags.headroom:rotated-by"
PERIOD, OVERLAP = "tags.headroom:period-days", "tags.headroom:overlap-days"
BY_TEAM, BY_KEYS = "team", "keys"
ROTATED_BY_US: Final = ("api-key", "redis-user", "postgres-user", "mysql-user")
"""What a secret's `headroom:kind` says where our function rotates it."""

LONGEST_DAYS = 90
LONGEST_OVERLAP_DAYS = 14
SHORTER = f"set period_days of headroom:secrets or headroom:api_keys to {LONGEST_DAYS} or less"
OWN_SECRET = "tag a secret of your own headroom:rotated-by: team and headroom:owner: TEAM, or add a SecretRotation"
RATE = re.compile(r"rate\(\s*(\d+)\s+(hour|day)s?\s*\)")
CRON = re.compile(r"cron\(\s*\S+\s+\S+\s+(\S+)\s+(\S+)\s+(\S+)\s+(\S+)\s*\)")


def secret_has_rotation(secret: Resource, graph: Graph) -> Verdict:
    """A secret that nobody turns over is known to everybody who ever worked here, and to whoever read their machines.

    Owned is what a SecretRotation of the stack turns over, what an AWS service made for itself, and what says that a
    team does so by hand (`headroom:rotated-by: team` with an owner) or that it follows keys which rotate.
    """
    if filled(declared(secret, "owningService")):
        return PASS
    if graph.referrers(secret, "secretId", ROTATION):
        return PASS
    by = lookup(secret.properties, ROTATED_BY)
    if by is UNKNOWN:
        return undetermined(_unknown_tag(secret, ROTATED_BY))
    if by is MISSING:
        return fail(ROTATED_BY, "is not set, and nothing in AWS rotates the secret", f"{SHORTER}; {OWN_SECRET}")
    if by not in (BY_TEAM, BY_KEYS):
        return fail(ROTATED_BY, "names nobody who can rotate it without a SecretRotation", f"{SHORTER}; {OWN_SECRET}")
    return _owned(secret, graph)


def secret_rotation_period(rotation: Properties) -> Verdict:
    """Whoever copied a secret uses it until it changes; after three months nobody remembers who had it."""
    if lookup(rotation, "rotationRules") is UNKNOWN:
        return undetermined("rotationRules")
    schedule, path = lookup(rotation, "rotationRules.scheduleExpression"), "rotationRules.scheduleExpression"
    if schedule is UNKNOWN:
        return undetermined(path)
    if schedule is MISSING:
        return within(rotation, "rotationRules.automaticallyAfterDays", 1, LONGEST_DAYS, SHORTER)
    longest = longest_days(str(schedule))
    if longest is not None and longest <= LONGEST_DAYS:
        return PASS
    what = f"leaves more than {LONGEST_DAYS} days between two rotations" if longest else "is no rate(...) or cron(...)"
    return fail(path, what, f"{SHORTER}, or write rate({LONGEST_DAYS} days)")


def longest_days(schedule: str) -> float | None:
    """The most days between two rotations that a schedule leaves; None for what is no schedule.

    https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_schedule.html
    """
    rate = RATE.fullmatch(schedule.strip())
    if rate:
        return int(rate[1]) / (24 if rate[2] == "hour" else 1)
    cron = CRON.fullmatch(schedule.strip())
    if not cron:
        return None
    months, year = _months(cron[2]), cron[4]
    if year != "*" or not months:
        return 366.0
    gaps = [(later - month) % 12 or 12 for month, later in zip(months, [*months[1:], months[0]], strict=True)]
    return max(gaps) * 31.0


def _months(field: str) -> list[int]:
    """The months that a cron expression names: `*`, `*/2`, `1/3`, `1,7`, `JAN-MAR`."""
    names = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    chosen: set[int] = set()
    for part in field.upper().split(","):
        for number, name in enumerate(names, 1):
            part = part.replace(name, str(number))
        found = re.fullmatch(r"(\*|\d+)(?:-(\d+))?(?:/(\d+))?", part)
        if not found:
            return []
        first = 1 if found[1] == "*" else int(found[1])
        last = int(found[2]) if found[2] else 12 if found[1] == "*" or found[3] else first
        chosen |= set(range(first, last + 1, max(1, int(found[3] or 1))))
    return sorted(month for month in chosen if 1 <= month <= 12)


def secret_recovery_window(secret: Properties) -> Verdict:
    """A secret deleted by mistake takes every service down at its next start, unless it can be brought back.

    Secrets Manager waits 30 days where nothing is said.
    """
    path = "recoveryWindowInDays"
    return within(secret, path, 7, 30, "set headroom:secrets.recovery_days to 7 or more", default=30)


def key_grace_period(secret: Properties) -> Verdict:
    """Without an overlap every holder of the old key is refused at once; with a long one, a leaked key lives on.

    For API keys, and users of databases and caches, which our function rotates alike. A week is the default.
    """
    kind = lookup(secret, KIND)
    if kind is UNKNOWN:
        return undetermined("tags" if lookup(secret, "tags") is UNKNOWN else KIND)
    if kind not in ROTATED_BY_US:
        return PASS
    where = "headroom:api_keys" if kind == "api-key" else "headroom:secrets"
    remedy = f"set overlap_days of {where} to 1 to {LONGEST_OVERLAP_DAYS}; 7 is the default"
    return within(secret, OVERLAP, 1, LONGEST_OVERLAP_DAYS, remedy)


def rotation_closure(resource: Resource, graph: Graph) -> Verdict:
    """When something leaks, somebody has to know at once whose it is, when it ends, and how long the old one lives.

    A secret says so itself. A KMS key says its owner: AWS rotates it, and keeps what it encrypted readable; one that
    AWS cannot rotate says all of it. A cache's user and a database's master are covered by their secret in the stack,
    or by RDS where it manages the password; else they say it themselves.
    """
    if resource.type == SECRET:
        return _secret_closed(resource, graph)
    if resource.type == KEY:
        return _owned(resource, graph) if _symmetric(resource) else _closed(resource, graph)
    if resource.type in CACHE_USERS:
        return _user_closed(resource, graph)
    return _database_closed(resource, graph)


def _secret_closed(secret: Resource, graph: Graph) -> Verdict:
    if filled(declared(secret, "owningService")):
        return PASS
    if lookup(secret.properties, ROTATED_BY) == BY_KEYS:
        return _owned(secret, graph)
    scheduled = bool(graph.referrers(secret, "secretId", ROTATION))
    return _closed(secret, graph, scheduled=scheduled)


def _user_closed(user: Resource, graph: Graph) -> Verdict:
    access = lookup(user.properties, "accessString")
    mode = lookup(user.properties, "authenticationMode.type")
    if mode == "iam" or (isinstance(access, str) and "off" in access.split()):
        return PASS
    named = lookup(user.properties, "userId")
    if named is UNKNOWN:
        return undetermined("userId")
    if any(lookup(secret.properties, "tags.headroom:user") == named for secret in graph.of_type(SECRET)):
        return PASS
    return _closed(user, graph)


def _database_closed(database: Resource, graph: Graph) -> Verdict:
    copies = ("replicateSourceDb", "replicationSourceIdentifier", "globalClusterIdentifier")
    managed = declared(database, "manageMasterUserPassword")
    if any(filled(declared(database, path)) for path in copies):
        return PASS
    if managed is UNKNOWN:
        return undetermined("manageMasterUserPassword")
    if managed is True:
        return _owned(database, graph)
    if graph.referrers(database, "secretString", VERSION):
        return PASS
    return _closed(database, graph)


def _closed(resource: Resource, graph: Graph, *, scheduled: bool = False) -> Verdict:
    """Owner, period and overlap, each where it is missing."""
    own = "tag it so"
    period = within(resource.properties, PERIOD, 1, 366, f"set the period in the settings; else {own}")
    if scheduled and lookup(resource.properties, PERIOD) is MISSING:
        period = PASS
    overlap = within(resource.properties, OVERLAP, 0, 90, f"set the overlap in the settings; else {own}")
    if lookup(resource.properties, "tags") is UNKNOWN:
        return undetermined("tags")
    return combine([_owned(resource, graph), period, overlap])


def _owned(resource: Resource, graph: Graph) -> Verdict:
    """Whether a team answers for it: by its own tag, or by its provider's."""
    found = [lookup(resource.properties, path) for path in (OWNER, "tags.Owner", "tagsAll.Owner")]
    if any(isinstance(owner, str) and owner.strip() for owner in found):
        return PASS
    defaults = [_default_owner(provider.properties) for provider in graph.of_type(PROVIDER)]
    if defaults and all(isinstance(owner, str) and owner for owner in defaults):
        return PASS
    if found[0] is UNKNOWN:
        return undetermined(_unknown_tag(resource, OWNER))
    return fail(OWNER, "is not set: nobody answers for it", "set headroom:owner; tag a resource of your own so")


def _default_owner(provider: Properties) -> Any:
    """The owner that a provider gives to all it makes. Its properties come as data, or as text in the state."""
    defaults = lookup(provider, "defaultTags")
    if isinstance(defaults, str):
        found = re.search(r'"Owner"\s*:\s*"([^"]+)"', defaults)
        return found[1] if found else MISSING
    return lookup(provider, "defaultTags.tags.Owner")


def _symmetric(key: Resource) -> bool:
    """Whether AWS can rotate the key; what is not known yet counts as such."""
    spec, usage = lookup(key.properties, "customerMasterKeySpec"), lookup(key.properties, "keyUsage")
    store = lookup(key.properties, "customKeyStoreId")
    common = spec in (MISSING, UNKNOWN, "SYMMETRIC_DEFAULT") and usage in (MISSING, UNKNOWN, "ENCRYPT_DECRYPT")
    return common and store in (MISSING, UNKNOWN)


def _unknown_tag(resource: Resource, path: str) -> str:
    return "tags" if lookup(resource.properties, "tags") is UNKNOWN else path


RULES: tuple[Rule, ...] = (
    GraphRule(
        check=secret_has_rotation,
        title="Every secret has somebody who rotates it",
        types=frozenset({SECRET}),
        severity="high",
        references=("AWS FSBP SecretsManager.1", "Checkov CKV2_AWS_57", "cdk-nag AwsSolutions-SMG4"),
    ),
    ResourceRule(
        check=secret_rotation_period,
        title=f"Secrets rotate every {LONGEST_DAYS} days at least",
        types=frozenset({ROTATION}),
        severity="medium",
        references=("AWS FSBP SecretsManager.4", "Checkov CKV_AWS_304"),
    ),
    ResourceRule(
        check=secret_recovery_window,
        title="A deleted secret can be brought back",
        types=frozenset({SECRET}),
        severity="medium",
        references=("requirement E3",),
    ),
    ResourceRule(
        check=key_grace_period,
        title=f"An old key or password stays valid for 1 to {LONGEST_OVERLAP_DAYS} days",
        types=frozenset({SECRET}),
        severity="high",
        references=("requirement E3",),
    ),
    GraphRule(
        check=rotation_closure,
        title="Every secret, key, user and database says who rotates it, how often, and with what overlap",
        types=frozenset({SECRET, KEY}) | CACHE_USERS | DATABASES,
        severity="medium",
        references=("requirement E3",),
    ),
)
