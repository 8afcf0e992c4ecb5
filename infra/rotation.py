"""One table of everything that is to be turned over: whose it is, how often, and who does it. E3.

Pure: the program makes the rotation of it, tools read it, and so do the docs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from components.access import Scope
from components.databases.logins import Login
from components.keys.by_hand import ByHand
from components.keys.names import Kind, Rotated, api_key_secret
from infra.logins import logins_of
from infra.settings import Settings

Turned = Kind | Literal["database-master", "generated", "external", "kms-key"]
"""What is turned over."""
DONE_BY: Mapping[Turned, Literal["headroom", "aws", "team"]] = {
    "api-key": "headroom",
    "redis-user": "headroom",
    "postgres-user": "headroom",
    "mysql-user": "headroom",
    "database-master": "team",
    "generated": "team",
    "external": "team",
    "kms-key": "aws",
}
"""Who turns it over: our function, AWS by itself, or the team by hand."""

CLOUDFRONT_REGION = "us-east-1"
"""What CloudFront's firewall logs and who hears of it has a key of its own there."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """One secret, key or user."""

    name: str
    """What people call it: `keys/frontend`, `cache/main`; unique."""
    kind: Turned
    """What it is."""
    secret: str
    """Name of its secret in Secrets Manager; empty of a KMS key."""
    owner: str
    """Team that answers for it."""
    period_days: int
    """Days between two rotations; 0: only when somebody asks."""
    overlap_days: int
    """Days that the old one stays valid; 0: none does, or it never ends (KMS)."""
    rotated: Rotated | None = None
    """How our function rotates it."""

    @property
    def done_by(self) -> str:
        """Who turns it over."""
        return DONE_BY[self.kind]


def rotation_table(settings: Settings, scope: Scope) -> list[Row]:
    """Everything that is to be turned over, in the order of the settings."""
    return [
        *_kms_keys(settings),
        *_databases(settings, scope),
        *_caches(settings, scope),
        *_services(settings, scope),
        *_api_keys(settings, scope),
    ]


def rotated_secrets(rows: Sequence[Row]) -> dict[str, Rotated]:
    """Name of each secret that our function rotates, to how."""
    return {row.secret: row.rotated for row in rows if row.rotated is not None and row.done_by == "headroom"}


def api_keys(settings: Settings) -> dict[str, Rotated]:
    """Consumer to its key; of those that have one."""
    return {
        name: Rotated(
            kind="api-key",
            owner=chosen.owner or settings.owner,
            period_days=chosen.period_days,
            overlap_days=chosen.overlap_days,
            verifiers=sorted(chosen.services),
            consumer=name,
            access=chosen.access,
        )
        for name, chosen in settings.api_keys.items()
        if chosen.access != "none"
    }


def redis_user(settings: Settings, scope: Scope, cache: str) -> Rotated:
    """The user as whom services sign in to a cache."""
    return Rotated(
        kind="redis-user",
        owner=settings.owner,
        period_days=settings.secrets.period_days,
        overlap_days=settings.secrets.overlap_days,
        readers=[name for name, service in settings.services.items() if service.cache == cache],
        user=f"{scope.namespace.rpartition('/')[2]}-{cache}",
    )


def database_user(settings: Settings, database: str, login: Login) -> Rotated:
    """As whom a service signs in to its database, or to a tenant's."""
    chosen = settings.databases[database]
    return Rotated(
        kind="mysql-user" if "mysql" in chosen.engine else "postgres-user",
        owner=settings.owner,
        period_days=settings.secrets.period_days,
        overlap_days=settings.secrets.overlap_days,
        readers=[login.service],
        user=login.name,
        database=database,
        pool="" if chosen.pooling == "none" else chosen.pooling,
    )


def by_hand(settings: Settings) -> ByHand:
    """How secrets are turned over that only a team knows how to change: as often as users' passwords are."""
    chosen = settings.secrets
    return ByHand(owner=settings.owner, period_days=chosen.period_days, overlap_days=chosen.overlap_days)


def _kms_keys(settings: Settings) -> list[Row]:
    """AWS keeps earlier key material for what it encrypted: nothing ends."""
    copies = sorted({database.backup_copy_region for database in settings.databases.values()} - {"none"})
    elsewhere = ["edge"] if settings.cdn is not None and settings.region != CLOUDFRONT_REGION else []
    return [
        Row(
            name=f"kms/{name}",
            kind="kms-key",
            secret="",
            owner=settings.owner,
            period_days=settings.encryption.rotation_days,
            overlap_days=0,
        )
        for name in ("data", "services", "operations", *elsewhere, *(f"backups-{region}" for region in copies))
    ]


def _databases(settings: Settings, scope: Scope) -> list[Row]:
    rows = [
        _team_row(settings, f"database/{name}", "database-master", f"{scope.namespace}/database/{name}")
        for name, database in settings.databases.items()
        if database.existing is None
    ]
    for name, logins in logins_of(settings).items():
        rows += [
            _row(f"database/{name}/{login.name}", login.secret_name(scope), database_user(settings, name, login))
            for login in sorted(logins)
        ]
    return rows


def _caches(settings: Settings, scope: Scope) -> list[Row]:
    made = {name: redis_user(settings, scope, name) for name in settings.caches}
    return [_row(f"cache/{name}", f"{scope.namespace}/cache/{name}", rotated) for name, rotated in made.items()]


def _api_keys(settings: Settings, scope: Scope) -> list[Row]:
    return [_row(f"keys/{name}", api_key_secret(scope, name), rotated) for name, rotated in api_keys(settings).items()]


def _row(name: str, secret: str, rotated: Rotated) -> Row:
    return Row(
        name=name,
        kind=rotated.kind,
        secret=secret,
        owner=rotated.owner,
        period_days=rotated.period_days,
        overlap_days=rotated.overlap_days,
        rotated=rotated,
    )


def _team_row(settings: Settings, name: str, kind: Turned, secret: str) -> Row:
    team = by_hand(settings)
    return Row(
        name=name,
        kind=kind,
        secret=secret,
        owner=team.owner,
        period_days=team.period_days,
        overlap_days=team.overlap_days,
    )


def _services(settings: Settings, scope: Scope) -> list[Row]:
    """What only the service knows how to change."""
    return [
        _team_row(settings, f"service/{name}/{variable}", source, f"{scope.namespace}/service/{name}/{variable}")
        for name, service in settings.services.items()
        for variable, source in sorted(service.secrets.items())
    ]
